// What other limits would do, before they are put in force.

import { ask, notice, say } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { faultsOf, refuse } from "/static/faults.js";
import { bodyOf } from "./send.js";

const LONGEST_MS = 60000;
const LANGUAGE = document.documentElement.lang === "es" ? "es-CO" : document.documentElement.lang;
const tenths = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const form = $("limits");
const path = `/campaigns/${form.dataset.campaign}`;
const share = (figure) => say("admin.limits.give", { mean: `${tenths.format(figure.mean * 100)} %`, half: tenths.format(figure.half * 100) });
const plain = (figure) => say("admin.limits.give", { mean: whole.format(figure.mean), half: whole.format(figure.half) });
const ROWS = [["occupancy", share, 1], ["talks_per_hour", plain, 1], ["calls_per_hour", plain, 0], ["abandoned", share, -1], ["wait_seconds", plain, -1]];

/** What is another than it was. */
function changed() {
  const body = bodyOf(form);
  for (const field of form.elements) if (field.dataset?.was !== undefined && field.value === field.dataset.was) delete body[field.name];
  return body;
}

/** Whether the difference is more than chance would make of it: the intervals do not meet. */
function differs(before, after) {
  return Math.abs(after.mean - before.mean) > before.half + after.half;
}

function table(found) {
  const rows = ROWS.map(([name, written, good]) => {
    const [before, after] = [found.before[name], found.after[name]];
    const way = differs(before, after) ? Math.sign(after.mean - before.mean) * good : 0;
    return make("tr", {}, make("th", { scope: "row" }, say(`admin.limits.figures.${name}`)), make("td", { class: "figure" }, written(before)), make("td", { class: "figure" }, written(after)), make("td", { class: way > 0 ? "better" : way < 0 ? "worse" : "soft" }, say(`admin.limits.${!differs(before, after) ? "same" : after.mean > before.mean ? "more" : "less"}`)));
  });
  const head = ["", "before", "after", "change"].map((name) => make("th", { scope: "col", class: name === "before" || name === "after" ? "figure" : null }, name ? say(`admin.limits.${name}`) : ""));
  return make("table", {}, make("caption", {}, say("admin.limits.found", { shifts: found.shifts, hours: found.hours, agents: found.agents })), make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  shown($("limits-wait"), true);
  try {
    const found = await ask("POST", `${path}/what-if`, changed(), { longest: LONGEST_MS });
    faultsOf(form, null);
    $("foreseen").replaceChildren(table(found));
    shown($("foreseen"), true);
  } catch (error) {
    refuse(error, form);
  } finally {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
    shown($("limits-wait"), false);
  }
});

$("limits-apply").addEventListener("click", async (event) => {
  const body = changed();
  delete body.agents;
  if (!(await sure(event.target.textContent, say("admin.limits.sure")))) return;
  try {
    await ask("PATCH", `${path}/limits`, body);
    notice(say("admin.done"));
    location.reload();
  } catch (error) {
    refuse(error, form);
  }
});
