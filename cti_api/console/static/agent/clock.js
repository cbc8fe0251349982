// Time on the page: the server's clock, whatever this machine's says, and one timer for everything that runs.

import { says } from "/static/dom.js";

let ahead = 0;
const running = new Map();

/** What time it is where calls are placed, as an instant in milliseconds. */
export const now = () => Date.now() + ahead;

/** The server said what time it is. A message is a few milliseconds old, which nobody sees. */
export function told(instant) {
  ahead = Date.parse(instant) - Date.now();
}

/** Let `element` count from `instant` up, or down to it (`down`); null: stop. */
export function runs(element, instant, down = false) {
  if (instant === null || instant === undefined) {
    running.delete(element);
    says(element, "");
    return;
  }
  running.set(element, { at: Date.parse(instant), down });
  draw(element);
}

/** Seconds until `instant`; negative: it is over. */
export const until = (instant) => (Date.parse(instant) - now()) / 1000;

/** ``3:07``, and ``1:02:03`` from an hour on. */
export function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function draw(element) {
  const { at, down } = running.get(element);
  const seconds = (down ? at - now() : now() - at) / 1000;
  says(element, lasting(down ? Math.ceil(seconds) : seconds));
  element.classList.toggle("late", down && seconds < 15);
}

setInterval(() => running.forEach((_, element) => draw(element)), 250);
