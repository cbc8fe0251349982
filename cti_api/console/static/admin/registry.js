// A copy of a public list: read to its end first, a piece at a time, and taken when somebody has seen what is in it.

import { ask, notice, say } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { faultsOf, refuse } from "/static/faults.js";

const PIECE = 1000; // lines of one request
const LONGEST_LINE = 1000;
const MOST_SHOWN = 100;
const form = $("registry");
const whole = new Intl.NumberFormat("es-CO");
let entries = [];

/** Every piece of `all` after the other, while one sees how far it is. */
async function pieces(all, each) {
  shown($("registry-progress"), true);
  try {
    for (let first = 0; first < all.length; first += PIECE) {
      $("registry-progress").value = first / all.length;
      await each(all.slice(first, first + PIECE), first + 1);
    }
  } finally {
    shown($("registry-progress"), false);
  }
}

function told(refused) {
  const some = entries.filter((each) => each.channels.length < 4).length; // a line may exclude some ways alone
  const rows = refused.slice(0, MOST_SHOWN).map((each) => make("tr", {}, make("td", { class: "figure" }, String(each.line)), make("td", each.said ? {} : { lang: "en" }, each.said || each.reason)));
  const parts = [make("p", { class: entries.length ? "told" : "problem" }, say("admin.registries.found", { count: whole.format(entries.length), some: whole.format(some), refused: whole.format(refused.length) }))];
  if (rows.length) parts.push(make("table", {}, make("caption", {}, say("admin.registries.refused")), make("thead", {}, make("tr", {}, make("th", { scope: "col", class: "figure" }, say("admin.lists.line")), make("th", { scope: "col" }, say("admin.lists.reason")))), make("tbody", {}, ...rows)));
  return parts;
}

async function look() {
  const [region, refused] = [form.elements.region.value, []];
  entries = [];
  // only digits matter, and they are the same in every encoding that a list comes in
  const lines = (await form.elements.copy.files[0].text()).split(/\r\n|\n|\r/).map((line) => line.slice(0, LONGEST_LINE));
  await pieces(lines, async (some, first) => {
    const read = await ask("POST", "/registries/lines", { lines: some, first, region });
    entries.push(...read.entries);
    refused.push(...read.refused);
  });
  $("registry-found").replaceChildren(...told(refused));
  shown($("registry-found"), true);
}

async function take() {
  const taken = new Date(form.elements.taken_at.value).toISOString();
  const { copy_id } = await ask("POST", "/registries", { registry: form.elements.registry.value, taken_at: taken });
  await pieces(entries, (some) => ask("POST", `/registries/copies/${copy_id}/entries`, { entries: some }));
  await ask("POST", `/registries/copies/${copy_id}/finish`, undefined, { longest: 120000 });
  notice(say("admin.done"));
  location.reload();
}

/** Nothing else is pressed meanwhile; a refusal is told. */
async function go(act) {
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    await act();
    faultsOf(form, null);
  } catch (error) {
    entries = [];
    refuse(error, form);
  } finally {
    form.querySelector("[type=submit]").disabled = false;
    $("registry-go").disabled = !entries.length;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(look);
});
for (const name of ["copy", "region"]) {
  form.elements[name].addEventListener("input", () => {
    entries = [];
    $("registry-go").disabled = true;
    shown($("registry-found"), false);
  });
}
$("registry-go").addEventListener("click", async (event) => {
  if (!form.reportValidity()) return;
  if (await sure(event.target.textContent, say("admin.registries.sure", { registry: form.elements.registry.value, count: whole.format(entries.length) }))) go(take);
});
