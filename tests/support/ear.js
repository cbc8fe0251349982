// Put into every page of a test before its own code: what the page's audio element sounds like, and what it asks for.
(() => {
  // Noise suppression takes pure tones away: the microphone's sound as it comes.
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  window.ear = { microphones: 0, sockets: 0, violations: [], loudest, begins, cut: () => {} };
  if (ask) {
    navigator.mediaDevices.getUserMedia = async (asked) => {
      window.ear.microphones += 1;
      const stream = await ask({ ...asked, audio: asked.audio ? raw : false });
      window.ear.unplug = () => {
        for (const track of stream.getTracks()) {
          track.stop();
          track.dispatchEvent(new Event("ended")); // which a browser says of a device, not of a page that stops it
        }
      };
      return stream;
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

  /** When this tone is heard next, in milliseconds since 1970; looked at every four, over the last ten. */
  function begins(hz, least) {
    return new Promise((resolve) => {
      const looking = setInterval(() => {
        if (!listen() || strength(hz) < least) return;
        clearInterval(looking);
        resolve(performance.timeOrigin + performance.now());
      }, 4);
    });
  }

  /** How loud one tone is now, of 1 (Goertzel's algorithm). */
  function strength(hz) {
    analyser.fftSize = 512;
    const wave = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(wave);
    const turn = 2 * Math.cos((2 * Math.PI * hz) / context.sampleRate);
    let [last, before] = [0, 0];
    for (const each of wave) [last, before] = [each + turn * last - before, last];
    return (2 * Math.sqrt(last * last + before * before - turn * last * before)) / wave.length;
  }
})();
