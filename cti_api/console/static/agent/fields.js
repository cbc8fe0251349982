// The fields of a disposition: each kind has its own way to be entered, and all are read the same way.

import { ask, say } from "/static/api.js";
import { make, says } from "/static/dom.js";
import { hourField } from "./hour.js";
import { dayInWords, wall } from "./wall.js";

const MOST_DAYS = 12;

/**
 * A field of a disposition: `element` to be shown, `value`, and `focus()`. `changed` is called when another is entered.
 * One that has `judge()` says itself what is wrong with it; false: something is.
 *
 * `campaign` has the hours and the clock; it is null for a queue's.
 */
export function fieldOf(field, disposition, campaign, value, changed, prefix = "field") {
  const id = `${prefix}-${field.name}`;
  const books = disposition.books?.field === field.name ? disposition.books : null;
  if (field.kind === "datetime" && books?.calendar) return slots(field, id, books.calendar, campaign, value, changed);
  if (field.kind === "datetime") return hourField(field, id, campaign, value, changed, label(field, id), books);
  const input = field.kind === "choice" ? choice(field, id) : plain(field, id);
  input.value = value;
  input.addEventListener("input", changed);
  return simple(field, input);
}

function simple(field, input) {
  const element = make("div", { class: "field" }, label(field, input.id), input);
  return { name: field.name, element, inputs: [input], get value() { return input.value; }, focus: () => input.focus() };
}

const label = (field, id) =>
  make("label", { htmlFor: id }, field.label, field.required ? "" : make("span", { class: "soft" }, ` ${say("agent.form.optional")}`));

function plain(field, id) {
  if (field.kind === "date") return make("input", { id, type: "date", required: field.required });
  const long = /observ|detalle|nota|coment/i.test(field.name);
  return long
    ? make("textarea", { id, rows: 2, maxLength: 2000, required: field.required })
    : make("input", { id, type: "text", maxLength: 500, autocomplete: "off", required: field.required });
}

function choice(field, id) {
  const options = field.choices.map((each, place) => make("option", { value: each }, place < 9 ? `${place + 1} · ${each}` : each));
  const select = make("select", { id, required: field.required }, make("option", { value: "" }, say("agent.form.choose")), ...options);
  select.addEventListener("keydown", (event) => {
    const chosen = /^[1-9]$/.test(event.key) && !event.ctrlKey && !event.altKey && options[Number(event.key) - 1];
    if (!chosen) return;
    event.preventDefault();
    select.value = chosen.value;
    select.dispatchEvent(new Event("input"));
  });
  return select;
}

/** A place in a calendar: the days that have any, and the hours of the chosen one. */
function slots(field, id, calendar, campaign, value, changed) {
  const timezone = campaign?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  let chosen = value;
  let day = value.slice(0, 10);
  let free = new Map();
  let wanted = false;
  const title = make("p", { class: "label", id: `${id}-label` }, field.label);
  const days = make("div", { class: "days row", role: "group", "aria-label": say("agent.form.day") });
  const hours = make("div", { class: "hours row", role: "group", "aria-label": say("agent.form.hour") });
  const said = make("p", { class: "chosen", role: "status" });
  const element = make("div", { class: "field slots", role: "group", "aria-labelledby": `${id}-label`, id }, title, days, hours, said);

  const press = (box, mark) => {
    for (const each of box.children) each.setAttribute("aria-pressed", String(each.dataset.mark === mark));
  };
  const tell = () => {
    const there = free.get(chosen.slice(0, 10))?.includes(chosen.slice(11));
    says(said, !chosen ? "" : say(there ? "agent.form.chosen" : "agent.form.taken", { day: dayInWords(chosen.slice(0, 10), true), hour: chosen.slice(11) }));
    said.className = chosen && !there ? "warning chosen" : "chosen";
  };
  const showHours = () => {
    press(days, day);
    hours.replaceChildren(...(free.get(day) ?? []).map((at) => {
      const button = make("button", { type: "button", "data-mark": `${day}T${at}`, "aria-pressed": "false" }, at);
      button.addEventListener("click", () => {
        chosen = `${day}T${at}`;
        press(hours, chosen);
        tell();
        changed();
      });
      return button;
    }));
    press(hours, chosen);
  };
  const load = async () => {
    says(said, say("agent.form.looking"));
    let found;
    try {
      found = await ask("GET", `/calendars/${encodeURIComponent(calendar)}/slots?free=true&most=1000`);
    } catch (refused) {
      says(said, refused.message);
      return;
    }
    free = new Map();
    for (const slot of found) {
      const at = wall(slot.starts_at, timezone);
      if (!free.has(at.date)) free.set(at.date, []);
      if (!free.get(at.date).includes(at.time)) free.get(at.date).push(at.time);
    }
    const shownDays = [...free.keys()].slice(0, MOST_DAYS);
    if (!free.has(day)) day = shownDays[0] ?? "";
    days.replaceChildren(...shownDays.map((each) => {
      const button = make("button", { type: "button", "data-mark": each, "aria-pressed": "false" }, dayInWords(each));
      button.addEventListener("click", () => {
        day = each;
        showHours();
      });
      return button;
    }));
    showHours();
    tell();
    if (wanted) focus();
    wanted = false;
    if (!shownDays.length) says(said, say("agent.form.full"));
  };
  const focus = () => {
    const first = hours.querySelector("[aria-pressed=true]") ?? hours.firstElementChild ?? days.firstElementChild;
    if (first) first.focus();
    else wanted = true; // once they are there
  };
  load();
  return {
    name: field.name,
    element,
    inputs: [],
    get value() { return chosen; },
    focus,
    again: load,
  };
}
