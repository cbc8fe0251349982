// A consultation: whom the agent asks before the person is handed on, or who asks this agent, and about whom.

import { say } from "/static/api.js";
import { $, badge, says, shown } from "/static/dom.js";
import { inGroups } from "./call.js";
import { runs } from "./clock.js";
import { key } from "./keys.js";
import { move } from "./status.js";

const HOW = { talking: "good", handing: "busy", returning: "warn" };
let before = "";

export function start() {
  key("g", $("consult-complete"));
  key("v", $("consult-back"));
  $("consult-complete").addEventListener("click", () => move("consult/complete"));
  $("consult-back").addEventListener("click", () => move("consult/back"));
}

export function update({ consulting, state }) {
  shown($("consulting"), consulting);
  runs($("consult-for"), consulting?.since ?? null);
  const now = consulting ? `${consulting.role}.${consulting.state}.${consulting.other}` : "";
  if (consulting) draw(consulting);
  if (now === before) return;
  before = now;
  if (consulting) says($("spoken"), `${$("consult-state").textContent}. ${$("consult-about").textContent}`);
  else if (state === "busy") says($("spoken"), say("agent.state.busy"));
}

function draw({ role, state, title, lead_name: name, number }) {
  const asks = role === "asks";
  const person = name || inGroups(number) || say("agent.call.unknown");
  badge($("consult-state"), say(`agent.consult.state.${asks ? state : "is_asked"}`, { title }), HOW[state] ?? "busy");
  says($("consult-about"), say(asks ? "agent.consult.waits" : "agent.consult.about", { person }));
  says($("consult-number"), asks || !name ? "" : inGroups(number));
  shown($("consult-complete"), asks && ["talking", "handing"].includes(state));
  $("consult-complete").disabled = state === "handing";
  shown($("consult-back"), ["calling", "talking"].includes(state));
  says($("consult-back-says"), say(asks ? "agent.consult.back" : "agent.consult.end"));
}
