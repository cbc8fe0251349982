// What the API found wrong, in the agent's words. The API's own sentence, in English, stays at hand as a title.

import { say } from "/static/api.js";
import { make } from "/static/dom.js";

const FAULTS = [
  [/^is required/, "required"],
  [/^one of:/, "choice"],
  [/^write it as/, "time"],
  [/number/i, "number"],
];

/** One fault, as a line below its field. */
export function faultLine(fault, id) {
  const found = FAULTS.find(([pattern]) => pattern.test(fault.message))?.[1] ?? "other";
  return make("p", { class: "fault", id, title: fault.message }, say(`agent.faults.${found}`));
}

/** A refusal, with what the API said of it. */
export function refusalText(element, refused) {
  element.textContent = refused.message;
  element.title = refused.detail;
}
