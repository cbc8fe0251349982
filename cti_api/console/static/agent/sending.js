// What was said of a call, on its way to the server: sent until there is an answer, however often the connection breaks,
// and by a page that was loaded anew, too. The same key goes with it each time, so it is kept once however often it
// arrives (docs/api.md). Meanwhile the agent goes on.

import { Refused, ask, leaving, notice, say, seat } from "/static/api.js";
import { $, says, shown } from "/static/dom.js";
import { answered, sends, unanswered } from "./drafts.js";

const FIRST_MS = 500;
const LONGEST_MS = 30000;
const PATIENCE_MS = 5000;
/** Of what the server says to who asks, or how often, and not of what was said. */
const NO_ANSWERS = [401, 408, 425, 429];

const onTheirWay = new Map();
let kept = () => {};

/** One submission. `answer` is fulfilled once it is kept, and rejected with the refusal; `isAway`: it did not arrive, as
 *  far as we know, and is sent again. Event `change`. */
class Sending extends EventTarget {
  isAway = false;
  /** Whether the agent sees how it stands. */
  isSeen = () => false;
  #sent;
  #id;
  #rest = () => {};

  constructor(id, sent) {
    super();
    [this.#id, this.#sent] = [id, sent];
    onTheirWay.set(id, this);
    this.answer = this.#untilAnswered();
    this.answer.then(() => this.#ends(true), (error) => this.#ends(false, error));
  }

  get code() {
    return this.#sent.code;
  }

  /** There is reason to hope: do not wait any longer. */
  hurry() {
    this.#rest();
  }

  async #untilAnswered() {
    const { key, of, code, fields } = this.#sent;
    // a caller has one disposition and no versions of it: to say it again is to say nothing new, and takes no key
    const path = of === "caller_id" ? `/agents/${seat}/disposition` : "/dispositions";
    for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, LONGEST_MS)) {
      try {
        return await ask("POST", path, { [of]: this.#id, code, fields }, { key });
      } catch (error) {
        if (!(error instanceof Refused) || isAnswer(error)) throw error;
      }
      this.isAway = true;
      this.#tell();
      await new Promise((over) => {
        this.#rest = over;
        setTimeout(over, pause);
      });
    }
  }

  #ends(isSaved, error = null) {
    if (error && !(error instanceof Refused)) throw error;
    onTheirWay.delete(this.#id);
    answered(this.#id, isSaved);
    if (error && !this.isSeen()) {
      notice(say("agent.unsaid.refused", { why: error.message }), "problem", error.detail);
    }
    if (isSaved) kept();
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
    update();
  }
}

const isAnswer = ({ status }) => status >= 400 && status < 500 && !NO_ANSWERS.includes(status);

/** Say what became of that call, `of` being how the API names it: `attempt_id`, or `caller_id` of who called. What was
 *  said of it before has its answer. */
export function send(id, code, fields, of = "attempt_id") {
  const sent = { key: crypto.randomUUID(), of, code, fields };
  sends(id, sent);
  return new Sending(id, sent);
}

/** What is on its way of that call, if anything. */
export const sendingOf = (id) => onTheirWay.get(id) ?? null;

/** The server is there again. */
export const hurry = () => onTheirWay.forEach((each) => each.hurry());

/** Take up what has had no answer since the page was here last. `saved()` is told whenever something is kept. */
export function start(saved) {
  kept = saved;
  for (const [id, sent] of unanswered()) new Sending(id, sent);
}

/** Who signs out leaves nothing here, so what is on its way arrives before. */
export function keepsFromLeaving() {
  leaving.unshift(async () => {
    hurry();
    const all = Promise.allSettled([...onTheirWay.values()].map(({ answer }) => answer));
    await Promise.race([all, new Promise((over) => setTimeout(over, PATIENCE_MS))]);
    if (!onTheirWay.size) return true;
    notice(say("agent.unsaid.leave"), "problem");
    return false;
  });
}

/** What is on its way and stands in no form that is seen: of calls that were before. */
export function update() {
  const unseen = [...onTheirWay.values()].filter((each) => !each.isSeen());
  shown($("unsaid"), unseen.length);
  says($("unsaid"), unseen.length ? say(unseen.some((each) => each.isAway) ? "agent.unsaid.away" : "agent.unsaid.sending") : "");
}
