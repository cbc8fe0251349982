// The telephone of this page, for whoever has none on the desk: the microphone once, and its state in words.

import { csrf, notice, say, seat } from "/static/api.js";
import { $ } from "/static/dom.js";

const THERE_MS = 10000;
const LOOKS = { off: "warn", connecting: "warn", ready: "good", in_call: "good", failed: "bad" };

/** Makes the telephone; it is silent until it is started. `changed` is called whenever it is in another state;
 *  `isMissed()`: its loss is to be told of. */
export async function telephoneOf(changed, isMissed) {
  const { Phone } = await import("/static/phone.js");
  const phone = new Phone($("sound"), seat, csrf);
  let before = phone.state;
  phone.addEventListener("change", () => {
    const [was, is] = [before, phone.state];
    before = is;
    // in the middle of a shift; at its beginning `ready` says why
    if (is === "failed" && was === "in_call" && isMissed()) notice(whyNot(phone.reason), "problem");
    changed();
  });
  return phone;
}

/** What the bar says of it. */
export const standing = (phone) => [say(`agent.telephone.${phone.state}`), LOOKS[phone.state] ?? "warn"];

const REASONS = ["insecure", "microphone_refused", "microphone_missing", "signed_out", "another_page", "not_browser", "refused"];

/** Why it is no telephone, and what to do, in words. */
export const whyNot = (reason) => say(REASONS.includes(reason) ? `agent.telephone.why.${reason}` : "agent.telephone.again");

/** Start it, and wait until it is there (`isThere`: the engine heard of it); false: it is not, and the reader knows why. */
export async function ready(phone, isThere) {
  try {
    if (!["ready", "in_call"].includes(phone.state)) await phone.start();
  } catch {
    // its state says so
  }
  const patience = Date.now() + THERE_MS;
  while (Date.now() < patience && phone.state !== "failed") {
    if (["ready", "in_call"].includes(phone.state) && isThere()) return true;
    await new Promise((again) => setTimeout(again, 100));
  }
  notice(whyNot(phone.reason), "problem");
  return false;
}
