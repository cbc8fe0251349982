// A person who asked to be erased: first what would go and what stays, then for good.

import { ask, say } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { faultsOf, refuse } from "/static/faults.js";
import { bodyOf } from "./send.js";

const LONGEST_MS = 120000;
const form = $("erase");
const body = (dry) => ({ ...bodyOf(form), by: form.dataset.by, dry_run: dry });

function told(done) {
  const { person } = done;
  const who = [...person.names, ...person.numbers].join(", ") || say("admin.people.nameless");
  if (!done.dry_run && !done.erasure_id) return [make("p", { class: "warning" }, say("admin.erasures.nothing", { who }))];
  const rows = [...done.rows.map((each) => [each.title, each.rows]), [say("admin.erasures.recordings"), done.recordings], [say("admin.erasures.appointments"), done.appointments]];
  const body = rows.filter(([, count]) => count).map(([what, count]) => make("tr", {}, make("td", {}, what), make("td", { class: "figure" }, String(count))));
  const head = done.dry_run ? make("p", { class: "warning" }, say("admin.erasures.would", { who })) : make("p", { class: "told" }, say("admin.erasures.done", { who, id: done.erasure_id }));
  return [
    head,
    ...(done.dry_run || done.finished ? [] : [make("p", { class: "warning" }, say("admin.erasures.left"))]),
    make("table", {}, make("caption", {}, say("admin.erasures.goes")), make("tbody", {}, ...body)),
    make("h3", {}, say("admin.erasures.stays")),
    make("ul", {}, ...done.kept.map((line) => make("li", {}, line))),
  ];
}

async function go(dry) {
  try {
    const done = await ask("POST", "/privacy/erasures", body(dry), { longest: LONGEST_MS });
    faultsOf(form, null);
    $("erase-found").replaceChildren(...told(done));
    shown($("erase-found"), true);
    $("erase-go").disabled = !dry;
  } catch (error) {
    refuse(error, form);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(true);
});
form.addEventListener("input", () => {
  $("erase-go").disabled = true; // what was looked at is another's
  shown($("erase-found"), false);
});
$("erase-go").addEventListener("click", async (event) => {
  if (await sure(event.target.textContent, say("admin.erasures.sure"))) go(false);
});
