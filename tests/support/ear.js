// Put into every page of a test before its own code: what the page's audio element sounds like, and what it asks for.
(() => {
  // Noise suppression takes pure tones away: the microphone's sound as it comes.
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  window.ear = { microphones: 0, sockets: 0, violations: [], loudest, begins, cut: () => {} };
  if (ask) {
    navigator.mediaDevices.getUserMedia = (asked) => {
      window.ear.microphones += 1;
      return ask({ ...asked, audio: asked.audio ? raw : false });
    };
  }
  window.WebSocket = class extends WebSocket {
    constructor(...how) {
      super(...how);
      window.ear.sockets += 1;
      window.ear.cut = () => this.close();
    }
  };
  document.addEventListener("securitypolicyviolation", (event) =>
    window.ear.violations.push(`${event.violatedDirective}: ${event.blockedURI}`),
  );

  let context, source, analyser, heard;
  function listen() {
    const stream = document.querySelector("audio")?.srcObject ?? null;
    if (stream !== heard) {
      source?.disconnect();
      heard = stream;
      if (!stream) return false;
      context ??= new AudioContext();
      source = context.createMediaStreamSource(stream);
      analyser = context.createAnalyser();
      source.connect(analyser);
    }
    return heard !== null;
  }

  function level() {
    analyser.fftSize = 512;
    const wave = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(wave);
    return Math.sqrt(wave.reduce((sum, each) => sum + each * each, 0) / wave.length);
  }

  /** The frequency that is loudest now, in hertz; 0: it is quiet. */
  function loudest() {
    if (!listen()) return 0;
    const loud = level() > 0.01;
    analyser.fftSize = 8192;
    const parts = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(parts);
    return loud ? (parts.indexOf(Math.max(...parts)) * context.sampleRate) / analyser.fftSize : 0;
  }

  /** When something of this level is heard next, in milliseconds since 1970; looked at every four. */
  function begins(least) {
    return new Promise((resolve) => {
      const looking = setInterval(() => {
        if (!listen() || level() < least) return;
        clearInterval(looking);
        resolve(performance.timeOrigin + performance.now());
      }, 4);
    });
  }
})();
