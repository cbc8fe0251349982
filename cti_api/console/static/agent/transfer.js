// Handing somebody on: to a queue, another agent, or a number of the settings' list; at once, or after a word with whoever
// is to have them. Whom nobody takes there comes back.

import { Refused, ask, say, seat } from "/static/api.js";
import { $, make, says, shown } from "/static/dom.js";
import { key, takesDigits } from "./keys.js";
import { refusalText } from "./refusals.js";

let places = [];
let consults = false;

export function start() {
  $("transfer-open").addEventListener("click", open);
  $("transfer-find").addEventListener("input", draw);
  for (const [letter, id, first] of [["i", "transfer-directly", false], ["n", "transfer-consult", true]]) {
    key(letter, $(id));
    $(id).addEventListener("click", () => choose(first));
  }
  takesDigits((digit) => {
    if (!$("transfer").open) return false;
    $("transfer-places").querySelectorAll("button:not(:disabled)")[Number(digit) - 1]?.click();
    return true;
  });
}

export function update({ state }) {
  if (state !== "busy" && $("transfer").open) $("transfer").close();
}

/** `first`: speak with whoever is chosen before they have the person. */
function choose(first) {
  consults = first;
  $("transfer-directly").setAttribute("aria-pressed", String(!first));
  $("transfer-consult").setAttribute("aria-pressed", String(first));
  says($("transfer-way"), say(first ? "agent.transfer.consult_says" : "agent.transfer.directly_says"));
}

async function open() {
  choose(false);
  shown($("transfer-problem"), false);
  $("transfer-find").value = "";
  $("transfer-places").replaceChildren(make("p", { class: "soft" }, say("agent.transfer.looking")));
  $("transfer").showModal();
  await look();
}

async function look() {
  try {
    places = (await ask("GET", "/transfers")).filter((each) => each.to !== `agent:${seat}`);
    draw();
  } catch (error) {
    refuse(error);
  }
}

function draw() {
  const wanted = plain($("transfer-find").value);
  const found = places.filter((each) => plain(`${each.title} ${each.to}`).includes(wanted)).sort((a, b) => b.available - a.available);
  let free = 0;
  const lines = found.map((each) => {
    free += each.available;
    const name = each.available && free <= 9 && !wanted ? make("kbd", {}, String(free)) : "";
    const kind = make("span", { class: "soft" }, ` · ${say(`agent.transfer.kind.${each.kind}`)}`);
    const why = each.available ? "" : make("span", { class: "soft", title: each.why_not }, say("agent.transfer.not_now"));
    return make("button", { type: "button", disabled: !each.available, onclick: () => hand(each) }, make("span", {}, each.title, kind), name || why);
  });
  $("transfer-places").replaceChildren(...(lines.length ? lines : [make("p", { class: "soft" }, say("agent.transfer.none"))]));
}

const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");

async function hand(place) {
  shown($("transfer-problem"), false);
  try {
    await ask("POST", `/agents/${seat}/${consults ? "consult" : "transfer"}`, { to: place.to });
    $("transfer").close();
    if (!consults) says($("spoken"), say("agent.transfer.done", { to: place.title }));
  } catch (error) {
    refuse(error);
    await look(); // somebody else may be free by now
  }
}

function refuse(error) {
  if (!(error instanceof Refused)) throw error;
  refusalText($("transfer-problem"), error);
  shown($("transfer-problem"), true);
}
