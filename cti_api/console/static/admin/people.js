// What happened to somebody, what happens next, and the talks that were recorded.

import { ask, say, words } from "/static/api.js";
import { $, make } from "/static/dom.js";
import { refuse } from "/static/faults.js";
import { full } from "/static/instants.js";

const form = $("why");

/** A talk is fetched when somebody wants to hear it, and not before: each time is on record. */
function player(id) {
  const button = make("button", { type: "button" }, say("admin.people.listen"));
  button.addEventListener("click", () => {
    const audio = make("audio", { controls: true, src: `/api/v1/attempts/${id}/recording`, "aria-label": say("admin.people.recording") });
    audio.addEventListener("error", () => audio.replaceWith(make("span", { class: "soft" }, say("admin.people.no_recording"))));
    button.replaceWith(audio);
    audio.play().catch(() => {});
  });
  return button;
}

function attempt(each) {
  const said = each.disposition || (words.admin.people.outcomes[each.result ?? each.state] ?? each.result ?? each.state);
  const heard = form.hasAttribute("data-listens") && each.result === "connected" ? player(each.attempt_id) : "";
  return make("tr", {}, make("td", {}, full.format(new Date(each.at))), make("td", {}, each.number), make("td", {}, said), make("td", {}, each.agent_id ?? "–"), make("td", {}, each.packs.join(", ") || "–"), make("td", {}, heard));
}

function story(each) {
  const head = ["when", "number", "outcome", "agent", "law", "recording"].map((name) => make("th", { scope: "col" }, say(`admin.people.${name}`)));
  const attempts = each.attempts.length ? make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...each.attempts.map(attempt))) : null;
  return make("section", { class: "card wide" }, make("h2", {}, `${each.name || say("admin.people.nameless")} · ${each.phones.join(", ")}`), make("p", { class: "soft" }, say("admin.people.in", { campaign: each.campaign_id, lead: each.lead_id }), " · ", make("a", { href: `/administracion/personas/${each.lead_id}/cita` }, say("admin.people.appointment"))), make("p", {}, each.said), attempts);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const found = await ask("POST", "/leads/why", { words: form.elements.words.value.trim() });
    $("stories").replaceChildren(...found.map(story));
  } catch (error) {
    $("stories").replaceChildren();
    refuse(error);
  }
});
