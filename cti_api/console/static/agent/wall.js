// The clock on the wall of a campaign: what an agent agrees on with a person is an hour there, wherever this machine is.

import { say } from "/static/api.js";
import { now } from "./clock.js";

const parts = new Map();

/** An instant (milliseconds, or as the API writes it) there: `{date: "2026-11-30", time: "15:00", weekday: 0 Monday … 6}`. */
export function wall(instant, timezone) {
  if (!parts.has(timezone)) {
    const asked = { timeZone: timezone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
      minute: "2-digit", hourCycle: "h23", weekday: "short" };
    parts.set(timezone, new Intl.DateTimeFormat("en-GB", asked));
  }
  const found = Object.fromEntries(parts.get(timezone).formatToParts(new Date(instant)).map((p) => [p.type, p.value]));
  return {
    date: `${found.year}-${found.month}-${found.day}`,
    time: `${found.hour}:${found.minute}`,
    weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(found.weekday),
  };
}

/** Which day of the week a date is, 0 Monday … 6 Sunday. */
export const weekdayOf = (date) => (new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7;

/** A date some days later. */
export function later(date, days) {
  const at = new Date(`${date}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

const SHORT = new Intl.DateTimeFormat("es", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const LONG = new Intl.DateTimeFormat("es", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

/** ``lun, 30 nov``, or in full. */
export const dayInWords = (date, full = false) => (full ? LONG : SHORT).format(new Date(`${date}T12:00:00Z`));

/** When something was, for whoever reads it now: the hour alone if it is today. */
export function when(instant, timezone) {
  const [at, today] = [wall(instant, timezone), wall(now(), timezone)];
  return (at.date === today.date ? at.time : `${dayInWords(at.date)} ${at.time}`) + elsewhere(timezone);
}

/** That an hour is the campaign's, where its clocks are not those of this machine; else nothing. */
export function elsewhere(timezone) {
  const [here, there] = [wall(now(), HERE), wall(now(), timezone)];
  return here.date === there.date && here.time === there.time ? "" : ` ${say("agent.elsewhere")}`;
}

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** From when to when a campaign is at work on that day: `[["08:00", "19:00"]]`. */
export function hoursOn(date, hours) {
  const weekday = weekdayOf(date);
  return hours.filter((each) => each.weekday === weekday).map((each) => [each.start.slice(0, 5), each.end.slice(0, 5)]);
}

/** Whether an hour of a day lies within them; an end of 00:00 is midnight at the end of the day. */
export const isWithin = (date, time, hours) =>
  hoursOn(date, hours).some(([start, end]) => start <= time && (time < end || end === "00:00"));
