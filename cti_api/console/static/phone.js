// An agent's telephone in the page. The dialer calls it, it answers by itself; what a call is about the page hears from
// the server, never from here.
//
//   const phone = new Phone(document.querySelector("audio"), "ana", csrf);
//   phone.addEventListener("change", () => show(phone.state, phone.reason));
//   await phone.start();
//
// A talk is ended by the API (`POST /agents/{id}/hangup`): `hangup` here lays the telephone down, which for an agent who
// is on the line for the shift is as if it was lost.

import JsSIP from "./vendor/jssip-3.13.8.min.js";

const SIGNED_OUT = 4401;
const ANOTHER_PAGE = 4409;
/** How Asterisk is told that the telephone is lost, not laid down (Q.850: destination out of order). */
const LOST = 'Reason: Q.850;cause=27;text="page gone"';
const AGAIN_MS = 2000;
const GATHER_MS = 500;
const MICROPHONE = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } };

JsSIP.debug.disable();

export class Phone extends EventTarget {
  #audio;
  #agentId;
  #csrf;
  #microphone = null;
  #account = null;
  #ua = null;
  #session = null;
  #answered = false;
  #registered = false;
  #dialogIsStale = false;
  #started = false;
  #reason = "";
  #muted = false;
  #held = false;
  #wantsHeld = false;
  #told = "";
  #pagehide = () => this.#leave();

  /** `audio`: the element that sounds; `csrf`: the token that changes bring. */
  constructor(audio, agentId, csrf) {
    super();
    this.#audio = audio;
    this.#agentId = agentId;
    this.#csrf = csrf;
  }

  /** "off", "connecting", "ready" (it can be called), "in_call" (for a shift: all the time), or "failed". */
  get state() {
    if (this.#reason) return "failed";
    if (!this.#started) return "off";
    if (this.#answered) return "in_call";
    return this.#registered ? "ready" : "connecting";
  }

  /**
   * Why it failed: "insecure" (the page came without TLS), "microphone_refused", "microphone_missing", "signed_out",
   * "another_page" (the agent's telephone is on another page now), "not_browser" (their telephone is another), "refused".
   */
  get reason() {
    return this.#reason;
  }

  get muted() {
    return this.#muted;
  }

  /** The other side hears music. */
  get held() {
    return this.#held;
  }

  /** Ask for the microphone, once, and be a telephone; after "failed", try again. It comes back by itself whenever it can. */
  async start() {
    if (this.#started && !this.#reason) return;
    this.#reason = "";
    this.#started = true;
    this.#change();
    if (!(await this.#listen())) return;
    const account = await this.#fetchAccount();
    if (account) this.#register(account);
  }

  /** Lay down, and be no telephone any more. */
  stop() {
    this.#started = false;
    this.#reason = "";
    this.#end();
    this.#change();
  }

  mute(on) {
    this.#muted = Boolean(on);
    this.#applyMute();
    this.#change();
  }

  /** Let the other side hear music, or talk again. */
  hold(on) {
    this.#wantsHeld = Boolean(on);
    this.#offerHold(this.#session);
  }

  /** An offer that is not answered yet lets no other out: what was asked for last waits for it. */
  #offerHold(session) {
    if (this.#session !== session || !session?.isEstablished() || this.#held === this.#wantsHeld) return;
    const offered = this.#wantsHeld ? session.hold() : session.unhold();
    if (!offered) setTimeout(() => this.#offerHold(session), AGAIN_MS / 10);
  }

  /** Press keys: 0 to 9, * and #. */
  keys(digits) {
    if (this.#session?.isEstablished()) {
      this.#session.sendDTMF(String(digits), { transportType: "RFC2833", duration: 120, interToneGap: 80 });
    }
  }

  hangup() {
    if (this.#session && !this.#session.isEnded()) this.#session.terminate();
  }

  // -------------------------------------------------------------- the microphone

  async #listen() {
    if (this.#microphone?.getAudioTracks().some((track) => track.readyState === "live")) return true;
    if (!navigator.mediaDevices) return this.#fail("insecure");
    try {
      this.#microphone = await navigator.mediaDevices.getUserMedia(MICROPHONE);
    } catch (error) {
      return this.#fail(error.name === "NotAllowedError" ? "microphone_refused" : "microphone_missing");
    }
    const [track] = this.#microphone.getAudioTracks();
    track.addEventListener("ended", () => this.#microphoneEnded(track));
    this.#applyMute();
    return this.#started || this.#hush();
  }

  /** Unplugged in the middle: another one takes its place, or whoever is on the line goes to an agent who can speak. */
  async #microphoneEnded(lost) {
    if (!this.#started || this.#microphone?.getAudioTracks()[0] !== lost) return;
    if (!(await this.#listen())) return;
    const [track] = this.#microphone.getAudioTracks();
    for (const sender of this.#session?.connection?.getSenders() ?? []) await sender.replaceTrack(track);
  }

  #hush() {
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
    return false;
  }

  #applyMute() {
    if (this.#session?.isEstablished()) {
      if (this.#muted) this.#session.mute({ audio: true });
      else this.#session.unmute({ audio: true });
    } else {
      for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !this.#muted;
    }
  }

  // -------------------------------------------------------------- the account

  /** What to register with; asked for again as long as nobody answers. */
  async #fetchAccount() {
    const asked = { method: "POST", headers: { Accept: "application/json", "X-CSRF-Token": this.#csrf } };
    while (this.#started && !this.#reason) {
      try {
        const answer = await fetch(`/api/v1/agents/${encodeURIComponent(this.#agentId)}/softphone`, asked);
        if (answer.ok) return await answer.json();
        if (answer.status < 500) {
          this.#fail({ 401: "signed_out", 409: "not_browser" }[answer.status] ?? "refused");
          return null;
        }
      } catch {
        // the server is away: so is the page's own stream of events, which says so
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return null;
  }

  #register(account) {
    if (!this.#started) return;
    this.#account = account;
    const place = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/sip`;
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(place)],
      uri: `sip:${account.user}@vocero.invalid`,
      password: account.password,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "Vocero",
    });
    const current = (act) => (event) => {
      if (this.#ua !== ua) return;
      act(event);
      this.#change();
    };
    ua.on("registered", current(() => this.#isThere()));
    ua.on("unregistered", current(() => (this.#registered = false)));
    ua.on("registrationFailed", current(({ response }) => this.#notRegistered(response?.status_code)));
    ua.on("disconnected", current(({ code }) => this.#disconnected(code)));
    ua.on("newRTCSession", current(({ session, originator }) => this.#called(session, originator)));
    this.#ua = ua;
    addEventListener("pagehide", this.#pagehide);
    ua.start();
  }

  #isThere() {
    this.#registered = true;
    if (this.#dialogIsStale) this.#moveDialog();
  }

  #notRegistered(status) {
    this.#registered = false;
    if (status === 401 || status === 403) this.#fail("another_page");
    else setTimeout(() => this.#ua?.isConnected() && !this.#registered && this.#ua.register(), AGAIN_MS);
  }

  #disconnected(code) {
    this.#registered = false;
    this.#dialogIsStale = this.#session !== null;
    if (code === SIGNED_OUT) this.#fail("signed_out");
    if (code === ANOTHER_PAGE) this.#fail("another_page");
  }

  /** Asterisk's words of this call still go to the connection that is gone: a new offer says where they reach us now. */
  #moveDialog() {
    const session = this.#session;
    if (!session?.isEstablished()) {
      this.#dialogIsStale = false;
    } else if (session.renegotiate()) {
      this.#dialogIsStale = false;
    } else {
      setTimeout(() => this.#registered && this.#dialogIsStale && this.#moveDialog(), AGAIN_MS / 4);
    }
  }

  // -------------------------------------------------------------- calls

  #called(session, originator) {
    if (originator !== "remote") return;
    // The dialer calls a telephone once: it has forgotten the call before, whatever we still believe of it.
    const forgotten = this.#session;
    this.#session = session;
    if (forgotten && !forgotten.isEnded()) forgotten.terminate();
    this.#answered = false;
    this.#held = this.#wantsHeld = false;
    this.#dialogIsStale = false;
    const mine = (act) => (event) => {
      if (this.#session !== session) return;
      act(event);
      this.#change();
    };
    session.on("peerconnection", ({ peerconnection }) => this.#sound(session, peerconnection));
    session.on("icecandidate", ({ ready }) => setTimeout(ready, GATHER_MS));
    session.on("accepted", mine(() => (this.#answered = true)));
    session.on("confirmed", mine(() => this.#applyMute()));
    session.on("hold", mine(({ originator: by }) => (this.#held ||= by === "local")));
    session.on("unhold", mine(({ originator: by }) => (this.#held &&= by !== "local")));
    session.on("ended", mine(() => this.#over()));
    session.on("failed", mine(() => this.#over()));
    session.answer({ mediaStream: this.#microphone, pcConfig: this.#network() });
  }

  #network() {
    const iceServers = this.#account.stun ? [{ urls: `stun:${this.#account.stun}` }] : [];
    return { iceServers, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
  }

  #sound(session, connection) {
    connection.addEventListener("track", ({ streams, track }) => {
      this.#audio.srcObject = streams[0] ?? new MediaStream([track]);
      this.#audio.play().catch(() => {}); // taken away again at once
    });
    connection.addEventListener("connectionstatechange", () => {
      // nothing is heard any more, either way: whoever is there waits for somebody who hears them
      if (connection.connectionState === "failed" && this.#session === session && !session.isEnded()) {
        session.terminate({ extraHeaders: [LOST] });
      }
    });
  }

  #over() {
    this.#session = null;
    this.#answered = false;
    this.#held = this.#wantsHeld = false;
    this.#dialogIsStale = false;
    this.#audio.srcObject = null;
    this.#applyMute();
  }

  // -------------------------------------------------------------- the end

  /** The page goes away: whoever is on the line waits for it, or goes to somebody else. */
  #leave() {
    if (this.#session?.isEstablished()) this.#session.terminate({ extraHeaders: [LOST] });
  }

  #fail(reason) {
    this.#reason = reason;
    this.#end();
    this.#change();
    return false;
  }

  #end() {
    removeEventListener("pagehide", this.#pagehide);
    this.#leave();
    const ua = this.#ua;
    this.#ua = null;
    this.#session = null;
    this.#answered = false;
    this.#registered = false;
    this.#held = this.#wantsHeld = false;
    this.#dialogIsStale = false;
    this.#audio.srcObject = null;
    ua?.stop();
    this.#hush();
  }

  #change() {
    const now = [this.state, this.#reason, this.#muted, this.#held].join();
    if (now === this.#told) return;
    this.#told = now;
    this.dispatchEvent(new Event("change"));
  }
}
