// The agent as the engine has them. What the page shows is what came here, never what a click wished for.

import { seat, toSignIn } from "/static/api.js";
import { told } from "./clock.js";

const SILENT_MS = 15000; // three beats of the server's
const AGAIN_MS = 1500;

/** Follows one's own seat: `now` is the newest view, `connected` whether we hear the server. Event `change`. */
export class Stream extends EventTarget {
  now = null;
  connected = false;
  #source = null;
  #patience = 0;

  open() {
    this.#source?.close();
    this.#source = new EventSource(`/api/v1/agents/${encodeURIComponent(seat)}/stream?console=true`);
    this.#source.addEventListener("agent", (event) => {
      const came = JSON.parse(event.data);
      told(came.now);
      this.now = came.agent;
      this.#heard();
    });
    this.#source.addEventListener("beat", () => this.#heard());
    this.#source.addEventListener("error", () => this.#lost());
    this.#wait();
  }

  #heard() {
    this.connected = this.now !== null;
    this.#wait();
    this.dispatchEvent(new Event("change"));
  }

  #wait() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#lost(), SILENT_MS);
  }

  /** A browser comes again by itself where a connection broke, and not where it was refused: the session may be over. */
  async #lost() {
    clearTimeout(this.#patience);
    const refused = this.#source.readyState === EventSource.CLOSED;
    this.connected = false;
    this.dispatchEvent(new Event("change"));
    if (refused && (await this.#isOver())) {
      toSignIn();
      return;
    }
    this.#patience = setTimeout(() => this.open(), AGAIN_MS);
  }

  async #isOver() {
    try {
      return (await fetch("/api/v1/me", { headers: { Accept: "application/json" } })).status === 401;
    } catch {
      return false;
    }
  }
}
