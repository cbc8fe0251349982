// Campaigns: how far they are, why they call or do not, and what of the abandonment promise is left.

import { ask, attempt, notice, say } from "/static/api.js";
import { sure } from "/static/sure.js";
import { $, badge, make, says, shown } from "/static/dom.js";
import { Tiles, bar, count, share, some, when } from "./figures.js";
import { may } from "./may.js";

const HOW = { running: "good", paused: "warn", draining: "warn", cancelled: "bad" };
const ORDER = ["running", "draining", "paused", "ready", "scheduled", "draft", "completed", "cancelled"];
const FROM = { start: ["draft", "ready", "scheduled", "paused"], pause: ["running"], drain: ["running", "paused"] };
const QUIET = ["stands", "no_list"];
const AT_WORK = ["running", "paused", "draining"];

const tiles = new Tiles(
  $("campaigns"),
  (item, name) => {
    const parts = {
      link: make("a", { href: `/administracion/campanas/${name}` }),
      state: make("span", { class: "badge" }),
      progress: bar(),
      far: make("p"),
      why: make("p", { class: "soft" }),
      figures: make("dl", { class: "pairs" }),
      acts: make("div", { class: "row acts" }),
    };
    for (const act of Object.keys(FROM).filter(may)) {
      const button = make("button", { type: "button", "data-act": act }, say(`board.campaigns.${act}`));
      button.addEventListener("click", () => go(name, act, parts.link.textContent));
      parts.acts.append(button);
    }
    item.append(make("h3", {}, parts.link, parts.state), parts.progress, parts.far, parts.why, parts.figures, parts.acts);
    return parts;
  },
  (parts, campaign) => {
    says(parts.link, campaign.title);
    badge(parts.state, say(`board.campaign_states.${campaign.state}`), HOW[campaign.state] ?? "");
    const far = campaign.leads ? campaign.leads_done / campaign.leads : 0;
    parts.progress.fill(far);
    parts.progress.toggleAttribute("hidden", !campaign.leads);
    shown(parts.far, campaign.leads);
    says(parts.far, farOf(campaign, far));
    says(parts.why, whyOf(campaign));
    shown(parts.why, parts.why.textContent);
    figures(parts.figures, campaign);
    let any = false;
    for (const button of parts.acts.children) {
      const can = FROM[button.dataset.act].includes(campaign.state);
      shown(button, can);
      any ||= can;
    }
    shown(parts.acts, any);
  },
);

/** Those that are looked at, at work first. */
export function show(board, chosen) {
  const wanted = Object.entries(board.campaigns).filter(([name]) => chosen.campaign(name));
  const place = (campaign) => ORDER.indexOf(campaign.state);
  tiles.show(wanted.sort(([, one], [, other]) => place(one) - place(other) || one.title.localeCompare(other.title, "es")));
  shown($("no-campaigns"), !wanted.length);
}

function farOf(campaign, far) {
  const done = say("board.campaigns.done", { done: count(campaign.leads_done), leads: count(campaign.leads), share: share(far) });
  if (campaign.expected_end) return `${done} · ${say("board.campaigns.ends", { when: when(campaign.expected_end) })}`;
  return QUIET.includes(campaign.no_end) ? done : `${done} · ${say(`board.no_end.${campaign.no_end}`)}`;
}

function whyOf(campaign) {
  if (!AT_WORK.includes(campaign.state)) return "";
  const [kind] = campaign.alarm.split(":");
  if (campaign.alarm) return say(`board.alarms.${kind}`);
  return campaign.reason && campaign.state === "running" ? say(`board.reasons.${campaign.reason}`) : "";
}

function figures(list, campaign) {
  const limit = campaign.abandonment_limit;
  const of = campaign.live_answers ? campaign.abandoned / campaign.live_answers : 0;
  const rows = AT_WORK.includes(campaign.state) ? [["in_flight", count(campaign.calls_in_flight), false]] : [];
  if (limit && campaign.live_answers) rows.push(["abandoned", say("board.campaigns.of_limit", { share: share(of), limit: share(limit) }), of > limit]);
  if (campaign.budget_left !== null && campaign.state === "running") rows.push(["budget", some(campaign.budget_left), false]);
  if (campaign.done_per_hour) rows.push(["speed", count(campaign.done_per_hour), false]);
  list.replaceChildren(...rows.flatMap(([name, said, over]) => [make("dt", {}, say(`board.campaigns.figures.${name}`)), make("dd", { class: over ? "over" : null }, said)]));
}

async function go(name, act, title) {
  if (act !== "start" && !(await sure(say(`board.campaigns.${act}`), say(`board.sure.${act}`, { title })))) return;
  if (await attempt(() => ask("POST", `/campaigns/${name}/${act}`))) notice(say("board.done.now", { name: title }));
}
