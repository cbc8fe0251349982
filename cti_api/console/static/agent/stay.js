// The page is a telephone: whoever leaves it in a call leaves the call. The other sections open beside it, and who goes
// all the same is asked first.

import { leaving, say } from "/static/api.js";
import { sure } from "/static/sure.js";

const LONGEST_MS = 20000;
let isLeaving = false;

/** Somebody signs out: what ends now ends as it should. */
export const goes = () => isLeaving;

/** Whether there is somebody on the line. */
export const inCall = (agent) =>
  Boolean(agent?.call) && (agent.state === "busy" || (agent.state === "reserved" && Boolean(agent.call.attempt_id || agent.call.caller_id)));

/** `agentNow()` as the stream has them; `end()` ends their shift. */
export function start(agentNow, end) {
  leaving.unshift(async () => {
    const agent = agentNow();
    const text = agent?.phone === "browser" ? "agent.leave.drops" : "agent.leave.pending";
    if (inCall(agent) && !(await sure(say("page.sign_out"), say(text)))) return false;
    isLeaving = true;
    setTimeout(() => { isLeaving = false; }, LONGEST_MS); // it may be refused
    if (agent && agent.state !== "logged_off") await end();
    return true;
  });
}

/** From now on this page is the agent's telephone. */
export function isTelephone(agentNow) {
  for (const link of document.querySelectorAll(".top nav a:not([aria-current]), .top .who a")) {
    link.target = "_blank";
    link.rel = "noopener";
  }
  // these lead to this page, and a second one would take the telephone away from it
  for (const link of document.querySelectorAll(".top .product a, .top nav a[aria-current]")) {
    link.addEventListener("click", (event) => event.preventDefault());
  }
  addEventListener("beforeunload", (event) => {
    if (inCall(agentNow()) && !isLeaving) event.preventDefault();
  });
}
