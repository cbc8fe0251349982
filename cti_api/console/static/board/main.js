// The board: one stream, the whole first and then what changes, laid over what is known.

import { ask, say } from "/static/api.js";
import { $, badge, make, says, shown, usable } from "/static/dom.js";
import * as agents from "./agents.js";
import * as campaigns from "./campaigns.js";
import { lasting, runs, told } from "./clock.js";
import * as loose from "./loose.js";
import { Tiles, count, share, when } from "./figures.js";

const PARTS = ["alerts", "agents", "queues", "campaigns", "trunks", "loose"];
const LONGEST_SILENCE_MS = 40000;
let board = null;
let heard = 0;
let stream = null;

const alerts = new Tiles(
  $("alert-list"),
  (item) => {
    const parts = { text: make("span"), since: make("span") };
    item.append(parts.text, parts.since);
    return { ...parts, item };
  },
  (parts, alert) => {
    parts.item.className = alert.grave ? "grave" : "";
    says(parts.text, alertOf(alert));
    runs(parts.since, alert.since);
  },
);

const queues = new Tiles(
  $("queues"),
  (item) => {
    const parts = { title: make("span"), state: make("span", { class: "badge" }), wait: make("span", { class: "number" }), figures: make("dl", { class: "pairs" }) };
    item.append(make("h3", {}, parts.title, parts.state), parts.figures);
    return parts;
  },
  (parts, queue) => {
    says(parts.title, queue.title);
    badge(parts.state, say("board.queues.waiting", { count: count(queue.waiting) }), queue.waiting ? "warn" : "good");
    runs(parts.wait, queue.waiting_since);
    const rows = [];
    if (queue.waiting_since) rows.push(["longest", parts.wait]);
    rows.push(["agents", say("board.queues.of_agents", { ready: count(queue.agents_ready), all: count(queue.agents_at_work) })]);
    rows.push(["expected", queue.expected_wait_seconds === null ? say("board.queues.nobody") : queue.expected_wait_seconds ? lasting(queue.expected_wait_seconds) : say("board.queues.at_once")]);
    if (queue.service_level !== null) rows.push(["level", say("board.queues.of_goal", { share: share(queue.service_level), goal: share(queue.service_level_goal) })]);
    rows.push(["today", say("board.queues.of_calls", { answered: count(queue.answered), offered: count(queue.offered) })]);
    parts.figures.replaceChildren(...rows.flatMap(([name, said]) => [make("dt", {}, say(`board.queues.figures.${name}`)), make("dd", {}, said)]));
  },
);

const trunks = new Tiles(
  $("trunks"),
  (item) => {
    const parts = { name: make("strong"), calls: make("span") };
    item.append(parts.name, parts.calls);
    return { ...parts, item };
  },
  (parts, trunk, name) => {
    parts.item.dataset.state = trunk.state;
    says(parts.name, name);
    const calls = say("board.trunks.calls", { count: count(trunk.calls) });
    says(parts.calls, trunk.state === "closed" ? calls : `${say(`board.trunks.states.${trunk.state}`)} · ${calls}`);
  },
);

function alertOf(alert) {
  const title = board.campaigns[alert.subject]?.title ?? board.queues[alert.subject]?.title ?? board.agents[alert.subject]?.name ?? alert.subject;
  if (alert.kind === "campaign") return `${title}: ${say(`board.alarms.${alert.detail.split(":")[0]}`)}`;
  return say(`board.alerts.kinds.${alert.kind}`, { name: title, detail: alert.detail });
}

/** What the filter lets through: ``c:`` a campaign, ``q:`` a queue. */
function chosen() {
  const [kind, id] = [$("filter").value.slice(0, 1), $("filter").value.slice(2)];
  const served = kind === "q" ? board.queues[id] : null;
  return {
    has: (agent, name) => !kind || (kind === "c" ? agent.campaigns.includes(id) || agent.call?.campaign_id === id : served.agents.includes(name)),
    campaign: (name) => kind !== "c" || name === id,
    queue: (name) => kind !== "q" || name === id,
  };
}

function draw() {
  if (!board) return;
  const filter = chosen();
  const all = Object.values(board.agents);
  const sums = {
    talking: all.filter((agent) => ["busy", "reserved", "wrap_up"].includes(agent.state)).length,
    ready: all.filter((agent) => agent.state === "ready").length,
    paused: all.filter((agent) => agent.state === "not_ready").length,
    out: all.filter((agent) => agent.state === "logged_off").length,
    waiting: Object.values(board.queues).reduce((sum, queue) => sum + queue.waiting, 0),
    calls: Object.values(board.campaigns).reduce((sum, campaign) => sum + campaign.calls_in_flight, 0),
  };
  for (const place of document.querySelectorAll("[data-sum]")) {
    says(place, count(sums[place.dataset.sum]));
    if (place.dataset.sum === "waiting") place.parentElement.classList.toggle("hot", sums.waiting > 0);
  }
  alerts.show(Object.entries(board.alerts));
  shown($("alerts"), Object.keys(board.alerts).length);
  agents.show(board, filter);
  campaigns.show(board, filter);
  queues.show(Object.entries(board.queues).filter(([name]) => filter.queue(name)));
  shown($("queues-part"), Object.keys(board.queues).length);
  loose.show(board, filter);
  trunks.show(Object.entries(board.trunks));
  shown($("trunks-part"), Object.keys(board.trunks).length);
  choices();
}

let offered = "";

function choices() {
  const wanted = [...Object.entries(board.campaigns).map(([id, each]) => [`c:${id}`, each.title]), ...Object.entries(board.queues).map(([id, each]) => [`q:${id}`, each.title])];
  const text = JSON.stringify(wanted);
  if (text === offered) return;
  offered = text;
  const kept = $("filter").value || sessionStorage.getItem("board-filter") || "";
  $("filter").replaceChildren($("filter").options[0], ...wanted.map(([value, title]) => make("option", { value }, title)));
  $("filter").value = wanted.some(([value]) => value === kept) ? kept : "";
}

function take(message) {
  heard = Date.now();
  if (message.whole) board = message.whole;
  else {
    for (const part of PARTS) {
      for (const [name, tile] of Object.entries(message.changed[part] ?? {})) {
        if (tile === null) delete board[part][name];
        else board[part][name] = tile;
      }
    }
    board.at = message.changed.at;
  }
  told(board.at);
  draw();
  live(true);
}

function live(yes) {
  badge($("live"), yes ? say("board.live") : say("board.lost", { when: board ? when(board.at) : "–" }), yes ? "good" : "bad");
}

function follow() {
  stream?.close();
  heard = Date.now();
  stream = new EventSource("/api/v1/board/stream");
  stream.addEventListener("message", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    live(false);
    // refused outright: the browser does not come again; asking says why, and leads to the door where that is it
    if (stream.readyState === EventSource.CLOSED) ask("GET", "/me").catch(() => {}).finally(() => setTimeout(follow, 3000));
  });
}

$("filter").addEventListener("change", () => {
  sessionStorage.setItem("board-filter", $("filter").value);
  draw();
});
addEventListener("look-again", draw);
setInterval(() => {
  if (stream.readyState === EventSource.OPEN && Date.now() - heard > LONGEST_SILENCE_MS) ask("GET", "/me").then(() => (heard = Date.now()), () => live(false));
}, 10000);
follow();
usable();
