// Between two calls: what is waited for, and what the agent has done today.

import { say } from "/static/api.js";
import { $, says, shown } from "/static/dom.js";
import { lasting } from "./clock.js";
import { capital, reasonInWords } from "./status.js";

let hasWorked = false;

export function update(agent) {
  const { state, call, reason } = agent;
  shown($("rest"), !call);
  hasWorked ||= state !== "logged_off";
  const what = state === "logged_off" && hasWorked ? "ended" : state;
  const paused = state === "not_ready" && ["technical", "unanswered", "preview_unattended", "consola"].includes(reason);
  says($("rest-title"), paused ? capital(reasonInWords(reason)) : say(`agent.rest.${what}`));
  says($("rest-says"), say(paused ? `agent.rest.of.${reason}` : `agent.rest.says.${what}`));
  says($("calls"), String(agent.calls));
  says($("talk"), lasting(agent.talk_seconds));
}
