// Handing somebody on: to a queue, another agent, or a number of the settings' list. Whom nobody takes there comes back.

import { Refused, ask, say, seat } from "/static/api.js";
import { $, make, says, shown } from "/static/dom.js";
import { takesDigits } from "./keys.js";
import { refusalText } from "./refusals.js";

let places = [];

export function start() {
  $("transfer-open").addEventListener("click", open);
  $("transfer-find").addEventListener("input", draw);
  takesDigits((digit) => {
    if (!$("transfer").open) return false;
    $("transfer-places").querySelectorAll("button:not(:disabled)")[Number(digit) - 1]?.click();
    return true;
  });
}

export function update({ state }) {
  if (state !== "busy" && $("transfer").open) $("transfer").close();
}

async function open() {
  shown($("transfer-problem"), false);
  $("transfer-find").value = "";
  $("transfer-places").replaceChildren(make("p", { class: "soft" }, say("agent.transfer.looking")));
  $("transfer").showModal();
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
    await ask("POST", `/agents/${seat}/transfer`, { to: place.to });
    $("transfer").close();
    says($("spoken"), say("agent.transfer.done", { to: place.title }));
  } catch (error) {
    refuse(error);
  }
}

function refuse(error) {
  if (!(error instanceof Refused)) throw error;
  refusalText($("transfer-problem"), error);
  shown($("transfer-problem"), true);
}
