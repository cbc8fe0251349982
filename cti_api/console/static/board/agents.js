// Agents: who does what since when, and what a supervisor may do about it.

import { ask, attempt, notice, say, words } from "/static/api.js";
import { sure } from "/static/sure.js";
import { $, badge, make, says, shown } from "/static/dom.js";
import { lasting, runs } from "./clock.js";
import { Tiles, count } from "./figures.js";
import * as hear from "./hear.js";
import { may } from "./may.js";

const HOW = { busy: "busy", reserved: "busy", ready: "good", wrap_up: "warn", not_ready: "", logged_off: "" };
/** So many agents leave room on a small screen. */
const SMALL = 12;
const IN_CALL = ["busy", "reserved"];
let looked = "";
let board = null;

const tiles = new Tiles(
  $("agents"),
  (item, name) => {
    const parts = {};
    for (const part of ["name", "time", "what", "more", "flag"]) parts[part] = make("span", { class: part });
    const button = make("button", { type: "button", class: "tile", "aria-haspopup": "dialog" }, make("span", { class: "ends" }, parts.name, parts.time), parts.what, make("span", { class: "ends" }, parts.more, parts.flag));
    button.addEventListener("click", () => open(name));
    item.append(button);
    return { ...parts, button };
  },
  (parts, agent) => {
    parts.button.dataset.state = agent.state;
    says(parts.name, agent.name);
    says(parts.what, stateOf(agent));
    says(parts.more, detailOf(agent));
    const flag = flagOf(agent);
    says(parts.flag, flag && say(`board.agents.flags.${flag}`));
    shown(parts.flag, flag);
    runs(parts.time, agent.since);
    shown(parts.time, agent.state !== "logged_off");
  },
);

/** Agents of what is looked at; those who are out on request alone. */
export function show(now, chosen) {
  board = now;
  const wanted = Object.entries(now.agents).filter(([name, agent]) => chosen.has(agent, name));
  const here = wanted.filter(([, agent]) => agent.state !== "logged_off");
  const out = wanted.filter(([, agent]) => agent.state === "logged_off");
  const byName = ([, one], [, other]) => one.name.localeCompare(other.name, "es");
  tiles.show([...here.sort(byName), ...($("show-out").checked ? out.sort(byName) : [])]);
  $("board").toggleAttribute("data-small", here.length <= SMALL);
  shown($("no-agents"), !here.length && !($("show-out").checked && out.length));
  if (looked) detail();
}

const reasonOf = (reason) => words.board.system_reasons[reason] ?? reason;
const stateOf = (agent) => (agent.state === "not_ready" && agent.reason ? reasonOf(agent.reason) : say(`board.states.${agent.state}`));

function flagOf({ call, pending, phone_reachable, state }) {
  if (!phone_reachable && state !== "logged_off") return "phone";
  if (call?.held_since) return "held";
  if (call?.supervised.length) return "heard";
  return pending ? "pending" : "";
}

function detailOf({ call, state, calls }) {
  if (!call) return state === "logged_off" ? "" : say("board.agents.calls", { count: count(calls) });
  const who = call.lead_name || call.number || say("board.agents.unknown");
  return call.queue_id ? say("board.agents.from_queue", { who, queue: board.queues[call.queue_id]?.title ?? call.queue_id }) : who;
}

function open(name) {
  looked = name;
  $("pause-reason").value = "";
  detail();
  if (!$("agent").open) $("agent").showModal();
}

function detail() {
  const agent = board.agents[looked];
  if (!agent) return $("agent").close();
  says($("agent-name"), agent.name);
  badge($("agent-state"), say(`board.states.${agent.state}`), HOW[agent.state]);
  runs($("agent-since"), agent.state === "logged_off" ? null : agent.since);
  says($("agent-reason"), reasonOf(agent.reason));
  shown($("agent-pending"), agent.pending);
  if (agent.pending) says($("agent-pending"), say(`board.agents.pending.${agent.pending}`));
  const facts = [["calls", count(agent.calls)], ["talked", lasting(agent.talk_seconds)], ["campaigns", agent.campaigns.map((id) => board.campaigns[id]?.title ?? id).join(", ")]];
  if (agent.call) facts.push(["with", detailOf(agent)], ["number", agent.call.number], ["campaign", board.campaigns[agent.call.campaign_id]?.title ?? agent.call.campaign_id ?? ""]);
  const text = JSON.stringify(facts);
  if ($("agent-facts").dataset.shown !== text) {
    $("agent-facts").dataset.shown = text;
    $("agent-facts").replaceChildren(...facts.filter(([, said]) => said).flatMap(([name, said]) => [make("dt", {}, say(`board.agents.facts.${name}`)), make("dd", {}, said)]));
  }
  const can = {
    pause: agent.state !== "logged_off" && agent.state !== "not_ready" && !agent.pending,
    ready: agent.state === "not_ready" || agent.state === "wrap_up",
    hangup: IN_CALL.includes(agent.state),
    logout: agent.state !== "logged_off" && agent.pending !== "logged_off",
  };
  for (const button of $("agent").querySelectorAll("[data-act]")) shown(button, can[button.dataset.act] && may(button.dataset.act));
  shown($("pause-reason-part"), can.pause && may("pause"));
  hear.show(agent);
}

for (const button of $("agent").querySelectorAll("[data-act]")) {
  button.addEventListener("click", async () => {
    const act = button.dataset.act;
    const agent = board.agents[looked];
    const name = agent.name;
    const later = act === "pause" || act === "logout" ? IN_CALL.includes(agent.state) : false;
    if (act === "hangup" && !(await sure(say("board.agents.hangup"), say("board.sure.hangup", { name })))) return;
    if (act === "logout" && !(await sure(say("board.agents.logout"), say(later ? "board.sure.logout_later" : "board.sure.logout", { name })))) return;
    const body = act === "pause" ? { reason: $("pause-reason").value } : undefined;
    if (await attempt(() => ask("POST", `/agents/${looked}/${act}`, body))) {
      notice(say(later ? "board.done.later" : "board.done.now", { name }));
      $("agent").close();
    }
  });
}
$("agent").addEventListener("close", () => {
  looked = "";
});
$("show-out").addEventListener("change", () => dispatchEvent(new Event("look-again")));
