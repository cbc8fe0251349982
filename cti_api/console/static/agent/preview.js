// The next person, before they are called: to be accepted or skipped, while the time runs.

import { $, shown } from "/static/dom.js";
import { runs } from "./clock.js";
import { key } from "./keys.js";
import { move } from "./status.js";

export function start() {
  key("a", $("accept"));
  key("o", $("skip"));
  $("accept").addEventListener("click", () => move("preview/accept"));
  $("skip").addEventListener("click", () => move("preview/skip"));
}

export function update({ state, call, preview_until: until }) {
  const shows = state === "reserved" && call && !call.attempt_id && !call.caller_id;
  shown($("preview"), shows);
  runs($("preview-left"), shows ? until : null, true);
}
