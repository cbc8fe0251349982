// The person: who it is, why we call, what is to be said to them, and what was before. Asked for once for each call; what
// moves meanwhile comes by the stream.

import { Refused, ask, say, seat } from "/static/api.js";
import { $, badge, make, says, shown } from "/static/dom.js";
import { lasting, runs } from "./clock.js";
import { key } from "./keys.js";
import { HERE, when } from "./wall.js";

const AGAIN_MS = 2000;
let asked = "";
let heard = () => {};
let campaigns = new Map();

/** What tells one call from the next: a preview is another than the call that comes of it. */
export const idOf = (call) => call && (call.attempt_id ?? call.caller_id ?? `preview:${call.lead_id ?? call.number}`);

/** `came(details, id)` is told of the call's details as soon as they are there; null: there is no call. */
export function start(came) {
  heard = came;
  key("w", $("pop"));
}

/** The campaigns in which the agent works, for their clocks. */
export function know(found) {
  campaigns = new Map(found.map((each) => [each.id, each]));
}

export function update(agent) {
  const { call, state } = agent;
  const id = idOf(call) ?? "";
  shown($("person"), call);
  shown($("script"), call);
  runs($("held-for"), call ? agent.held_since : null);
  if (call) {
    direction(call, agent);
    says($("name"), call.lead_name || say(call.caller_id ? "agent.call.unknown" : "agent.call.nameless"));
    says($("number"), inGroups(call.number));
    shown($("waited"), call.caller_id);
    says($("waited"), say("agent.call.waited", { time: lasting(call.waited_seconds) }));
    pop(call.screen_pop);
  }
  if (id === asked) return;
  asked = id;
  clear();
  if (call) {
    facts(call.fields);
    script(call.script);
    look(id);
  } else heard(null, "");
}

/** ``+57 300 123 4567``: a number as people say it. One that is masked is grouped alike. */
export const inGroups = (number) => number.replace(/^(\+.{2})(.{3})(.{3})(.{4})$/, "$1 $2 $3 $4");

function direction(call, { state, held_since: held, consulting }) {
  const word = held || consulting ? "held" : state === "wrap_up" ? "over" : call.caller_id ? "in" : call.attempt_id ? "out" : "shown";
  badge($("direction"), say(`agent.call.${word}`), ["over", "held"].includes(word) ? "warn" : "busy");
}

async function look(id) {
  try {
    const found = await ask("GET", `/agents/${seat}/call`);
    if (asked !== id) return;
    draw(found);
    heard(found, id);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // what is on the page came by the stream and stays; the form waits for its part
    if (asked === id) setTimeout(() => asked === id && look(id), AGAIN_MS);
  }
}

function clear() {
  says($("why-call"), "");
  shown($("brief"), false);
  shown($("earlier"), false);
  shown($("last"), false);
  $("facts").replaceChildren();
  $("script-text").replaceChildren();
  $("script").scrollTop = 0;
}

function draw({ campaign, queue, earlier, attempts_made: made, call_back: promised }) {
  const why = [queue?.title, campaign?.title].filter(Boolean).join(" · ");
  says($("why-call"), why);
  shown($("brief"), campaign?.brief);
  says($("brief"), campaign?.brief ?? "");
  shown($("earlier"), earlier.length || promised);
  const [last] = earlier;
  const there = campaigns.get(campaign?.id)?.timezone ?? HERE;
  shown($("last"), last);
  if (last) says($("last"), say("agent.earlier.last", { what: last.label || resultInWords(last.result), when: when(last.at, there) }));
  says($("made"), made ? say("agent.earlier.made", { count: made }) : "");
  const lines = earlier.map((each) =>
    make("li", {},
      make("strong", {}, each.label || resultInWords(each.result)),
      make("span", { class: "soft" }, ` ${when(each.at, there)}${each.agent_id ? ` · ${each.agent_id}` : ""}`),
      ...each.notes.map((note) => make("span", { class: "note" }, `${note.label}: ${note.value}`))));
  if (promised) {
    lines.unshift(make("li", { class: "warning" }, say("agent.earlier.promised", { when: promised.at ? when(promised.at, there) : "" })));
  }
  $("earlier-list").replaceChildren(...lines);
}

/** What Asterisk, or the person, made of a call. */
export const resultInWords = (result) => say(`agent.result.${result ?? "none"}`);

function facts(fields) {
  const lines = Object.entries(fields).filter(([, value]) => value);
  $("facts").replaceChildren(...lines.map(([name, value]) =>
    make("div", {}, make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, value))));
}

function script(text) {
  const paragraphs = text.trim().split(/\n\s*\n/).filter(Boolean);
  $("script-text").replaceChildren(...(paragraphs.length
    ? paragraphs.map((each) => make("p", {}, each))
    : [make("p", { class: "soft" }, say("agent.script.none"))]));
}

/** An address of the campaign's file; nothing else is ever opened. */
function pop(address) {
  const good = /^https?:\/\//.test(address ?? "");
  shown($("pop"), good);
  if (good && $("pop").getAttribute("href") !== address) $("pop").setAttribute("href", address);
}
