// The telephone of this page, for whoever has none on the desk: the microphone once, and its state in words.

import { csrf, notice, say, seat } from "/static/api.js";
import { $ } from "/static/dom.js";

const THERE_MS = 10000;
const LOOKS = { off: "warn", connecting: "warn", ready: "good", in_call: "good", failed: "bad" };

/** Makes the telephone; it is silent until it is started. `changed` is called whenever it is in another state. */
export async function telephoneOf(changed) {
  const { Phone } = await import("/static/phone.js");
  const phone = new Phone($("sound"), seat, csrf);
  phone.addEventListener("change", changed);
  addEventListener("pagehide", () => phone.stop());
  return phone;
}

/** What the bar says of it. */
export const standing = (phone) => [say(`agent.telephone.${phone.state}`), LOOKS[phone.state] ?? "warn"];

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
  notice(say(/NotAllowed|microphone/i.test(phone.reason ?? "") ? "agent.telephone.microphone" : "agent.telephone.again"), "problem");
  return false;
}
