// Time on the board: the server's clock, whatever this machine's says, and one timer for everything that runs.

import { says } from "/static/dom.js";

let ahead = 0;
const running = new Map();

/** The server said what time it is. */
export function told(instant) {
  ahead = Date.parse(instant) - Date.now();
}

/** Milliseconds, where calls are placed. */
export const now = () => Date.now() + ahead;

/** Let `element` count up from `instant`; null: say nothing. */
export function runs(element, instant) {
  if (!instant) {
    running.delete(element);
    says(element, "");
    return;
  }
  running.set(element, Date.parse(instant));
  draw(element);
}

/** Nobody looks at `element` any more. */
export const forget = (element) => running.delete(element);

/** ``3:07``, and ``1:02:03`` from an hour on. */
export function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function draw(element) {
  says(element, lasting((now() - running.get(element)) / 1000));
}

setInterval(() => {
  for (const element of running.keys()) element.isConnected ? draw(element) : running.delete(element);
}, 1000);
