// Taking part in a talk: a telephone of the supervisor's rings, and hears, advises or joins.

import { ask, attempt, notice, say, seat } from "/static/api.js";
import { $, says, shown } from "/static/dom.js";
import { may } from "./may.js";

const KEPT = "board-telephone";
let call = "";

/** What can be done about the talk of this agent. */
export function show(agent) {
  const talks = agent.state === "busy" && agent.call && (agent.call.attempt_id || agent.call.caller_id);
  call = talks ? (agent.call.attempt_id ?? agent.call.caller_id) : "";
  shown($("hear"), talks && may("listen"));
  if (!talks) return;
  const by = agent.call.supervised.map((each) => each.replace(/^\w+:/, "").split(" ")).map(([name, how]) => say(`board.hear.now.${how}`, { name }));
  shown($("hear-now"), by.length);
  says($("hear-now"), by.join(" "));
  shown($("telephone-part"), !seat);
  shown($("hear").querySelector("[data-hear=leave]"), by.length);
}

$("telephone").value = localStorage.getItem(KEPT) ?? "";
for (const button of $("hear").querySelectorAll("[data-hear]")) {
  button.addEventListener("click", async () => {
    const telephone = $("telephone").value.trim();
    if (telephone) localStorage.setItem(KEPT, telephone);
    const how = button.dataset.hear;
    const body = how === "leave" ? undefined : telephone && !seat ? { telephone } : {};
    if (await attempt(() => ask("POST", `/calls/${call}/${how}`, body))) notice(say(how === "leave" ? "board.hear.left" : "board.hear.rings"));
  });
}
