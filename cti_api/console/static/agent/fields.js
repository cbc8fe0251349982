// The fields of a disposition: each kind has its own way to be entered, and all are read the same way.

import { ask, say } from "/static/api.js";
import { make, says } from "/static/dom.js";
import { now } from "./clock.js";
import { dayInWords, hoursOn, isWithin, later, wall } from "./wall.js";

const MOST_DAYS = 12;

/**
 * A field of a disposition: `element` to be shown, `value`, and `focus()`. `changed` is called when another is entered.
 *
 * `campaign` has the hours and the clock; it is null for a queue's.
 */
export function fieldOf(field, disposition, campaign, value, changed, prefix = "field") {
  const id = `${prefix}-${field.name}`;
  const books = disposition.books?.field === field.name ? disposition.books : null;
  if (field.kind === "datetime" && books?.calendar) return slots(field, id, books.calendar, campaign, value, changed);
  if (field.kind === "datetime") return hour(field, id, campaign, value, changed);
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
  const options = [make("option", { value: "" }, say("agent.form.choose")), ...field.choices.map((each) => make("option", { value: each }, each))];
  return make("select", { id, required: field.required }, ...options);
}

/** Day and hour, on the campaign's clock, with the hours in which somebody will be there. */
function hour(field, id, campaign, value, changed) {
  const timezone = campaign?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [date, time] = [
    make("input", { id, type: "date", required: field.required }),
    make("input", { id: `${id}-hour`, type: "time", step: 300, "aria-label": say("agent.form.hour"), required: field.required }),
  ];
  const hint = make("p", { class: "soft hint", id: `${id}-hint` });
  const enter = (day, at) => {
    [date.value, time.value] = [day, at];
    told();
  };
  const told = () => {
    date.min = wall(now(), timezone).date;
    if (campaign && date.value) {
      const open = hoursOn(date.value, campaign.hours);
      const there = open.map(([start, end]) => `${start} – ${end === "00:00" ? "24:00" : end}`).join(", ");
      const outside = time.value && !isWithin(date.value, time.value, campaign.hours);
      hint.className = outside || !open.length ? "warning hint" : "soft hint";
      says(hint, open.length ? say("agent.form.hours", { day: dayInWords(date.value), hours: there }) : say("agent.form.closed", { day: dayInWords(date.value) }));
    } else says(hint, "");
    changed();
  };
  const soon = (minutes) => {
    const at = wall(now() + minutes * 60000, timezone);
    enter(at.date, `${at.time.slice(0, 3)}${String(Math.floor(Number(at.time.slice(3)) / 5) * 5).padStart(2, "0")}`);
  };
  const nextDay = () => {
    let day = later(wall(now(), timezone).date, 1);
    for (let tried = 0; campaign && tried < 7 && !hoursOn(day, campaign.hours).length; tried += 1) day = later(day, 1);
    enter(day, (campaign && hoursOn(day, campaign.hours)[0]?.[0]) || "09:00");
  };
  const quick = make("div", { class: "row quick" },
    make("button", { type: "button", onclick: () => soon(60) }, say("agent.form.in_one_hour")),
    make("button", { type: "button", onclick: () => soon(120) }, say("agent.form.in_two_hours")),
    make("button", { type: "button", onclick: nextDay }, say("agent.form.next_day")));
  [date.value, time.value] = value ? [value.slice(0, 10), value.slice(11, 16)] : ["", ""];
  date.addEventListener("input", told);
  time.addEventListener("input", told);
  const element = make("div", { class: "field" }, label(field, id), make("div", { class: "pair" }, date, time), quick, hint);
  if (value) told();
  return {
    name: field.name,
    element,
    inputs: [date, time],
    get value() { return date.value && time.value ? `${date.value}T${time.value}` : ""; },
    focus: () => date.focus(),
  };
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
