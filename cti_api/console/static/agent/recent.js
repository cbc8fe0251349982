// The agent's last calls, and what they said of them: to be corrected as long as they remember.

import { Refused, ask, notice, say, seat } from "/static/api.js";
import { $, make, says, shown } from "/static/dom.js";
import { inGroups, resultInWords } from "./call.js";
import { draftOf, keep } from "./drafts.js";
import { DispositionForm } from "./form.js";
import { key } from "./keys.js";
import { send, sendingOf, update as tellOfOthers } from "./sending.js";
import { HERE, dayInWords, when } from "./wall.js";

let form;
let corrected = null;
let campaigns = new Map();

export function start() {
  form = new DispositionForm($("corrected"), {
    save: (code, fields) => send(corrected.attempt_id, code, fields),
    changed: (code, fields) => keep(corrected.attempt_id, code, fields),
    saved: () => {
      $("correction").close();
      notice(say("agent.recent.corrected"));
    },
  });
  $("correction").addEventListener("close", tellOfOthers);
  const title = $("recent-title");
  title.addEventListener("click", () => $("recent-rows").querySelector("button")?.focus());
  key("u", title);
}

export function know(found) {
  campaigns = new Map(found.map((each) => [each.id, each]));
}

/** Ask anew: a call is over. */
export async function look() {
  let calls;
  try {
    calls = await ask("GET", `/agents/${seat}/calls`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return;
  }
  shown($("recent-none"), !calls.length);
  shown($("recent-table"), calls.length);
  $("recent-rows").replaceChildren(...calls.map(row));
}

function row(call) {
  const campaign = campaigns.get(call.campaign_id);
  const chosen = campaign?.dispositions.find((each) => each.code === call.disposition);
  const said = chosen?.label ?? call.disposition;
  const agreed = call.fields[chosen?.books?.field ?? chosen?.calls_back?.field ?? ""];
  const nothing = call.result === "connected" ? say("agent.recent.unsaid") : resultInWords(call.result);
  const correct = make("button", { type: "button", class: "quiet", onclick: () => open(call), "aria-label": say("agent.recent.correct_of", { name: call.name || call.number }) }, say("agent.recent.correct"));
  return make("tr", {},
    make("td", { class: "number" }, when(call.at, campaign?.timezone ?? HERE)),
    make("td", {}, call.name || say("agent.call.nameless"), make("br"), make("span", { class: "soft number" }, inGroups(call.number))),
    make("td", {}, said || make("span", { class: "soft" }, nothing), ...(agreed ? [make("br"), make("span", { class: "soft" }, `${dayInWords(agreed.slice(0, 10))} ${agreed.slice(11, 16)}`)] : [])),
    make("td", {}, campaign ? correct : ""));
}

function open(call) {
  corrected = call;
  const campaign = campaigns.get(call.campaign_id);
  says($("correction-who"), `${call.name || call.number} · ${when(call.at, campaign.timezone)} · ${campaign.title}`);
  const draft = draftOf(call.attempt_id);
  const present = draft && !draft.saved ? draft : { code: call.disposition, fields: call.fields };
  form.show(campaign.dispositions, campaign, present, sendingOf(call.attempt_id));
  $("correction").showModal();
}

export function update({ state }) {
  shown($("recent"), ["ready", "not_ready", "logged_off"].includes(state));
}
