// A number dialled by hand, for one of the agent's campaigns: under the same law as every other call.

import { Refused, ask, say, seat } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { key } from "./keys.js";
import { faultLine, refusalText } from "./refusals.js";

let running = [];

export function start() {
  $("dial-form").addEventListener("submit", (event) => {
    event.preventDefault();
    dial();
  });
  const title = $("dial-title");
  title.addEventListener("click", () => $("dial-number").focus());
  key("m", title);
}

/** The campaigns in which the agent works; only one that runs can be dialled for. */
export function know(campaigns) {
  running = campaigns.filter((each) => each.state === "running" && each.mode !== "agentless");
  const chosen = $("dial-campaign").value;
  $("dial-campaign").replaceChildren(...running.map((each) => make("option", { value: each.id }, each.title)));
  if (running.some((each) => each.id === chosen)) $("dial-campaign").value = chosen;
}

export function update({ state }) {
  shown($("dial"), state === "ready" && running.length > 0);
}

/** As the API wants it: with its country, which is the campaign's where nobody wrote another. */
function whole(written) {
  const number = written.replace(/[\s().-]/g, "");
  const campaign = running.find((each) => each.id === $("dial-campaign").value);
  return number.startsWith("+") || !campaign ? number : campaign.calling_code + number;
}

async function dial() {
  const problem = $("dial-problem");
  shown(problem, false);
  $("dial-number").removeAttribute("aria-invalid");
  try {
    await ask("POST", `/agents/${seat}/dial`, { campaign_id: $("dial-campaign").value, number: whole($("dial-number").value) });
    $("dial-number").value = "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const fault = error.faults.find((each) => each.path === "number");
    if (fault) {
      $("dial-number").setAttribute("aria-invalid", "true");
      problem.replaceChildren(say("agent.faults.number"));
      problem.title = faultLine(fault, "").title;
    } else refusalText(problem, error);
    shown(problem, true);
    $("dial-number").focus();
  }
}
