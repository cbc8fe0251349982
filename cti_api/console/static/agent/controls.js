// What can be done in a call: hang up, hold, mute, keys, hand it on. The telephone of the browser does some of it itself;
// a telephone on the desk has buttons of its own for these.

import { say } from "/static/api.js";
import { $, make, says, shown } from "/static/dom.js";
import { key, takesDigits } from "./keys.js";
import { move } from "./status.js";

let phone = null;

/** The telephone is this page's. */
export function has(found) {
  phone = found;
}

export function start() {
  for (const [letter, id] of [["c", "hang-up"], ["e", "hold"], ["s", "mute"], ["t", "keypad-open"], ["r", "transfer-open"]]) key(letter, $(id));
  $("hang-up").addEventListener("click", () => move("hangup"));
  $("hold").addEventListener("click", () => phone?.hold(!$("hold").classList.contains("on")));
  $("mute").addEventListener("click", () => phone?.mute(!phone.muted));
  $("keypad-open").addEventListener("click", () => {
    says($("keyed"), "");
    $("keypad").showModal();
  });
  $("pad").addEventListener("click", (event) => event.target.dataset.digit && press(event.target.dataset.digit));
  takesDigits((digit) => {
    if ($("keypad").open) press(digit);
    return $("keypad").open;
  });
}

export function update(agent) {
  const { state, call, held_since: held } = agent;
  const talks = state === "busy";
  // while a colleague is asked, the person is with nobody who could hang them up by mistake
  const asks = Boolean(agent.consulting);
  shown($("controls"), call && (talks || state === "wrap_up" || (state === "reserved" && (call.attempt_id || call.caller_id))));
  shown($("hang-up"), (talks && !asks) || (state === "reserved" && call));
  shown($("transfer-open"), talks && !asks);
  shown($("hold"), phone && talks && !asks);
  for (const id of ["mute", "keypad-open"]) shown($(id), phone && talks);
  toggled($("hold"), held, "agent.call.retrieve", "agent.call.hold");
  toggled($("mute"), phone?.muted, "agent.call.unmute", "agent.call.mute");
  shown($("muted"), talks && phone?.muted);
  // the next person is met by somebody who hears them, and is heard
  if (!talks && phone?.held) phone.hold(false);
  if (!talks && phone?.muted) phone.mute(false);
  if (!talks && $("keypad").open) $("keypad").close();
}

/** It says what it will do; its colour, that something is on. */
function toggled(button, on, whenOn, whenOff) {
  if (button.classList.contains("on") === Boolean(on)) return;
  button.classList.toggle("on", Boolean(on));
  button.replaceChildren(say(on ? whenOn : whenOff), " ", make("kbd", {}, button.id === "hold" ? "E" : "S"));
}

function press(digit) {
  phone?.keys(digit);
  says($("keyed"), $("keyed").textContent + digit);
}
