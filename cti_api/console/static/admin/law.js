// What another law would do, before anybody is asked to approve it.

import { ask, notice, say } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { faultsOf, refuse } from "/static/faults.js";

const LONGEST_MS = 60000;
const form = $("law-diff");
const packs = () => [form.elements.text.value];

function told(found) {
  const lines = found.differences.flatMap((each) => each.words.map((line) => make("li", {}, make("span", { class: `badge ${each.effect === "loosens" ? "warn" : ""}` }, say(`admin.law.effects.${each.effect}`)), ` ${line}`)));
  const { reach } = found;
  return [
    make("p", { class: found.effect === "loosens" ? "warning" : "told" }, say(found.differences.length ? `admin.law.whole.${found.effect}` : "admin.law.nothing")),
    make("ul", {}, ...lines),
    make("p", {}, say("admin.law.reach", { open: reach.open_leads, blocked: reach.blocked_now, freed: reach.freed_now, blocked_week: reach.blocked_in_week, freed_week: reach.freed_in_week })),
    ...found.versions_taken.map((version) => make("p", { class: "problem" }, say("admin.law.taken_version", { version }))),
  ];
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const found = await ask("POST", "/policy/diff", { packs: packs() }, { longest: LONGEST_MS });
    faultsOf(form, null);
    $("law-found").replaceChildren(...told(found));
    shown($("law-found"), true);
    if ($("law-apply")) $("law-apply").disabled = !found.differences.length || found.versions_taken.length > 0;
  } catch (error) {
    refuse(error, form);
  }
});
form.elements.text.addEventListener("input", () => {
  if ($("law-apply")) $("law-apply").disabled = true;
});
$("law-apply")?.addEventListener("click", async (event) => {
  if (!(await sure(event.target.textContent, say("admin.law.apply_sure")))) return;
  try {
    await ask("POST", "/policy/changes", { packs: packs(), by: form.dataset.by }, { longest: LONGEST_MS });
    notice(say("admin.done"));
    location.reload();
  } catch (error) {
    refuse(error, form);
  }
});
