// People on the line whom no agent has: they wait, the IVR leads them, or they were handed on.

import { ask, attempt, say } from "/static/api.js";
import { $, make, says, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { runs } from "./clock.js";
import { Tiles } from "./figures.js";
import { may } from "./may.js";

let board = null;

const tiles = new Tiles(
  $("loose"),
  (item, id) => {
    const parts = { who: make("span", { class: "number" }), what: make("span", { class: "soft" }), since: make("span", { class: "number" }) };
    item.append(make("div", { class: "ends" }, parts.who, parts.since), make("div", { class: "ends" }, parts.what));
    if (may("hangup")) {
      const button = make("button", { type: "button", class: "danger" }, say("board.loose.end"));
      button.addEventListener("click", async () => {
        if (await sure(say("board.loose.end"), say("board.sure.end", { name: parts.who.textContent }))) await attempt(() => ask("POST", `/calls/${id}/hangup`));
      });
      parts.what.after(button);
    }
    return parts;
  },
  (parts, call) => {
    says(parts.who, call.number || say("board.agents.unknown"));
    const where = board.queues[call.queue_id]?.title ?? board.campaigns[call.campaign_id]?.title ?? "";
    says(parts.what, [say(`board.loose.states.${call.state}`), placeOf(call.to) || where].filter(Boolean).join(" · "));
    runs(parts.since, call.since);
  },
);

/** Where somebody was handed on to, as people call it: of `queue:ventas` the queue's title. */
function placeOf(to) {
  const [, kind, name] = /^(\w+):(.*)$/.exec(to) ?? [];
  return { queue: board.queues[name]?.title, agent: board.agents[name]?.name }[kind] ?? name ?? to;
}

/** Those that are looked at, the earliest first. */
export function show(now, chosen) {
  board = now;
  const wanted = Object.entries(now.loose).filter(([, call]) => (call.campaign_id ? chosen.campaign(call.campaign_id) : chosen.queue(call.queue_id)));
  tiles.show(wanted.sort(([, one], [, other]) => (one.since < other.since ? -1 : 1)));
  shown($("loose-part"), wanted.length);
}
