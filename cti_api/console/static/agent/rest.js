// Between two calls: what is waited for, and what the agent has done today.

import { say } from "/static/api.js";
import { $, says, shown } from "/static/dom.js";
import { lasting } from "./clock.js";
import { reasonInWords } from "./status.js";

export function update(agent) {
  const { state, call, reason } = agent;
  shown($("rest"), !call);
  const paused = state === "not_ready" && ["technical", "unanswered", "preview_unattended", "consola"].includes(reason);
  says($("rest-title"), paused ? reasonInWords(reason) : say(`agent.rest.${state}`));
  says($("rest-says"), say(paused ? `agent.rest.of.${reason}` : `agent.rest.says.${state}`));
  says($("calls"), String(agent.calls));
  says($("talk"), lasting(agent.talk_seconds));
}
