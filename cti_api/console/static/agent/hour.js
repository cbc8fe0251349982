// A day and an hour that are agreed on with a person, on the campaign's clock. While somebody is typing nothing of theirs
// is touched or judged: a browser tells of a date at each digit of its year.

import { say } from "/static/api.js";
import { make, says } from "/static/dom.js";
import { now } from "./clock.js";
import { dayInWords, elsewhere, hoursOn, isWithin, later, wall } from "./wall.js";

const QUARTER_MS = 15 * 60000;
const DAY_BEGINS = "09:00";
const DAY_ENDS = "18:00";
const DAYS_OFFERED = 4;
const DAYS_AHEAD = 10;

/** As `fieldOf` makes fields. `books`: an appointment, which is offered days; else a call back, which is soon. */
export function hourField(field, id, campaign, value, changed, label, books) {
  const timezone = campaign?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [date, time] = [
    make("input", { id, type: "date", max: "9999-12-31", required: field.required }),
    make("input", { id: `${id}-hour`, type: "time", step: 300, "aria-label": say("agent.form.hour"), required: field.required }),
  ];
  label.append(make("span", { class: "soft" }, elsewhere(timezone)));
  const hint = make("p", { class: "soft hint", id: `${id}-hint`, role: "status" });
  const read = () => (date.value && time.value ? `${date.value}T${time.value}` : "");

  /** What the hint says, and how it looks; false: the hour is none. */
  const judge = () => {
    const here = wall(now(), timezone);
    const isHalf = date.validity.badInput || time.validity.badInput;
    const isPast = date.value && (date.value < here.date || (time.value && read() <= `${here.date}T${here.time}`));
    for (const input of [date, time]) {
      if (isHalf || isPast) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    hint.className = isHalf || isPast ? "fault hint" : "soft hint";
    if (isHalf || isPast) says(hint, say(isHalf ? "agent.faults.time" : "agent.faults.past"));
    else if (!campaign || !date.value) says(hint, "");
    else {
      const [open, day] = [hoursOn(date.value, campaign.hours), dayInWords(date.value)];
      if (!open.length || (time.value && !isWithin(date.value, time.value, campaign.hours))) hint.className = "warning hint";
      says(hint, open.length ? say("agent.form.hours", { day, hours: hoursInWords(open) }) : say("agent.form.closed", { day }));
    }
    return !isHalf && !isPast;
  };

  const unmark = () => {
    says(hint, "");
    hint.className = "soft hint";
    for (const input of [date, time]) input.removeAttribute("aria-invalid");
  };

  const enter = (day, at) => {
    [date.value, time.value] = [day, at];
    judge();
    changed();
  };
  const inHours = (hours) => {
    const at = wall(Math.ceil((now() + hours * 3600000) / QUARTER_MS) * QUARTER_MS, timezone);
    enter(at.date, at.time);
  };
  const days = offeredDays(campaign, timezone);
  const [tomorrow] = days.filter(([day]) => day > wall(now(), timezone).date);
  const dayButton = ([day, at]) => chip(dayName(day, timezone), () => enter(day, at));
  const quick = books
    ? days.slice(0, DAYS_OFFERED).map(dayButton)
    : [chip(say("agent.form.in_one_hour"), () => inHours(1)), chip(say("agent.form.in_two_hours"), () => inHours(2)),
      ...(tomorrow ? [dayButton(tomorrow)] : [])];

  [date.value, time.value] = value ? [value.slice(0, 10), value.slice(11, 16)] : ["", ""];
  for (const input of [date, time]) {
    input.addEventListener("input", () => {
      if (hint.classList.contains("fault")) unmark();
      changed();
    });
    input.addEventListener("blur", judge);
  }
  if (value) judge();
  return {
    name: field.name,
    element: make("div", { class: "field" }, label, make("div", { class: "pair" }, date, time), make("div", { class: "row quick" }, ...quick), hint),
    inputs: [date, time],
    get value() { return read(); },
    focus: () => date.focus(),
    judge,
  };
}

const chip = (text, act) => make("button", { type: "button", onclick: act }, text);

function dayName(day, timezone) {
  const today = wall(now(), timezone).date;
  if (day === today) return say("agent.form.today");
  return day === later(today, 1) ? say("agent.form.tomorrow") : dayInWords(day);
}

/** The next days on which somebody is there, each with an hour that people keep: never one of the night. */
function offeredDays(campaign, timezone) {
  const today = wall(now(), timezone).date;
  const soon = wall(Math.ceil(now() / QUARTER_MS) * QUARTER_MS, timezone);
  return Array.from({ length: DAYS_AHEAD }, (_, ahead) => later(today, ahead)).flatMap((day) => {
    const from = day === soon.date ? soon.time : day < soon.date ? "24:00" : "00:00";
    const open = campaign ? hoursOn(day, campaign.hours) : [[DAY_BEGINS, DAY_ENDS]];
    for (const [start, end] of open) {
      const isOpenAtNight = start < "06:00";
      const first = [isOpenAtNight ? DAY_BEGINS : start, from].sort().at(-1);
      if (first < (end === "00:00" ? DAY_ENDS : end)) return [[day, first]];
    }
    return [];
  });
}

/** ``de 8:00 a 12:00 y de 14:00 a 18:00``, and ``todo el día``. */
function hoursInWords(open) {
  const plain = (hour) => hour.replace(/^0/, "");
  return open.map(([start, end]) => (start === "00:00" && end === "00:00"
    ? say("agent.form.all_day")
    : say("agent.form.from_to", { start: plain(start), end: end === "00:00" ? "24:00" : plain(end) }))).join(say("agent.form.and"));
}
