// A list into a campaign: looked at first, then brought in while one sees how far it is.

import { Refused, csrf, notice, say, words } from "/static/api.js";
import { $, make, shown } from "/static/dom.js";
import { faultsOf } from "/static/faults.js";

const MOST_SHOWN = 200;
const form = $("list-import");
const path = `/api/v1/campaigns/${form.dataset.campaign}/leads`;
let rejected = [];

/** Which column is what, as far as somebody says it: the others are the campaign's. Telephones may be several. */
function columns() {
  const named = [...form.querySelectorAll("[data-column]")].map((field) => [field.name, field.value.trim()]).filter(([, column]) => column);
  return named.flatMap(([role, column]) => (role === "phone" ? column.split(",").map((each) => [role, each.trim()]).filter(([, each]) => each) : [[role, column]]));
}

/** Send the list, and hear the lines of the answer as they come. */
async function send(where, heard) {
  const file = form.elements.list.files[0];
  const answer = await fetch(`${where}?${new URLSearchParams([["file", file.name.slice(0, 200)], ...columns()])}`, { method: "POST", headers: { "X-CSRF-Token": csrf, "Content-Type": "application/octet-stream" }, body: file });
  if (!answer.ok) throw refusalOf(await answer.json().catch(() => ({})), answer.status);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines.filter(Boolean)) heard(JSON.parse(line));
  }
  if (rest) heard(JSON.parse(rest));
}

const refusalOf = (problem, status) => new Refused(String(problem.type ?? "").replace("urn:vocero:problem:", "") || "other", status, problem.detail ?? "", problem);

function found(list) {
  const columns = Object.entries(list.columns).filter(([, column]) => (Array.isArray(column) ? column.length : column));
  const items = [["kind", list.kind], ["encoding", list.encoding], ["sheet", list.sheet], ...columns.map(([role, column]) => [role, [column].flat().join(", ")])].filter(([, said]) => said);
  return make("dl", { class: "facts" }, ...items.flatMap(([name, said]) => [make("dt", {}, words.admin.lists.columns[name] ?? name), make("dd", {}, said)]));
}

function refused(rows) {
  if (!rows.length) return make("p", { class: "told" }, say("admin.lists.all_good"));
  const body = rows.slice(0, MOST_SHOWN).map((row) => make("tr", {}, make("td", { class: "figure" }, String(row.line)), make("td", {}, row.column), make("td", { lang: row.said ? null : "en" }, row.said || row.reason), make("td", {}, row.cells.join(" · "))));
  const head = ["line", "column", "reason", "row"].map((name) => make("th", { scope: "col" }, say(`admin.lists.${name}`)));
  return make("table", {}, make("caption", {}, say("admin.lists.refused", { count: rows.length })), make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
}

async function go(where, done) {
  const box = $("list-found");
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  rejected = [];
  let [list, end, failure] = [null, null, null];
  shown($("list-progress"), true);
  $("list-progress").value = 0;
  try {
    await send(where, (line) => {
      if (line.found) list = line.found;
      if (line.share !== undefined) $("list-progress").value = line.share;
      rejected.push(...(line.rejections ?? []));
      end = line.result ?? end;
      if (line.problem) failure = refusalOf(line.problem, line.problem.status);
    });
    if (failure) throw failure;
    faultsOf(form, null);
    if (list) $("list-columns").replaceChildren(...list.header.map((name) => make("option", { value: name })));
    box.replaceChildren(make("p", { class: "told" }, say(done, { ...end, rejected: end?.rejected_rows ?? 0 })), ...(list ? [found(list)] : []), refused(rejected));
    shown(box, true);
    buttons.forEach((button) => (button.disabled = false));
  } catch (error) {
    notice(error instanceof Refused ? (error.said ? error.message : `${error.message} (${error.detail})`) : say("refused.away"), "problem");
    if (error instanceof Refused) faultsOf(form, error);
    form.querySelector("[type=submit]").disabled = false;
  } finally {
    shown($("list-progress"), false);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(`${path}/preview`, "admin.lists.looked");
});
$("list-go").addEventListener("click", () => go(path, "admin.lists.imported"));
form.addEventListener("input", () => {
  $("list-go").disabled = true; // another list, or the same one read otherwise
  shown($("list-found"), false);
});
