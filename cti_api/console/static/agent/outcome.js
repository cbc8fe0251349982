// What became of the call: the form, what was typed into it, and the time that is left for it.

import { $, shown } from "/static/dom.js";
import { runs } from "./clock.js";
import { draftOf, keep, tidy } from "./drafts.js";
import { DispositionForm } from "./form.js";
import { key, takesDigits } from "./keys.js";
import { send, sendingOf } from "./sending.js";
import { move } from "./status.js";

const DEAF_MS = 1500;
let form;
let id = null;
let campaigns = new Map();
let came = 0;

export function start() {
  form = new DispositionForm($("disposition"), {
    save: (code, fields) => send(id.name, code, fields, id.of),
    changed: (code, fields) => keep(id.name, code, fields),
    letter: "D",
  });
  // what is pressed as a call comes was meant for what was there before
  const isNew = () => performance.now() - came < DEAF_MS;
  takesDigits((digit) => !document.querySelector("dialog[open]") && (isNew() || form.digit(digit)));
  const title = $("outcome-title");
  title.addEventListener("click", () => form.choose());
  key("d", title);
  key("x", $("finish"));
  $("finish").addEventListener("click", () => move("finish"));
}

/** The campaigns in which the agent works, for their hours. */
export function know(found) {
  campaigns = new Map(found.map((each) => [each.id, each]));
}

/** The details of another call came; null: there is none. */
export function another(details, name) {
  const real = details && !name.startsWith("preview:");
  if (!real) {
    id = null;
    return;
  }
  id = { name, of: details.call.attempt_id ? "attempt_id" : "caller_id" };
  came = performance.now();
  tidy(name);
  form.show(details.dispositions, campaigns.get(details.campaign?.id) ?? null, draftOf(name) ?? {}, sendingOf(name));
}

export function update(agent) {
  const wraps = agent.state === "wrap_up";
  shown($("outcome"), id && (wraps || agent.state === "busy"));
  shown($("finish"), wraps);
  shown($("wrap-up"), wraps && agent.wrap_up_until);
  runs($("wrap-up-left"), wraps ? agent.wrap_up_until : null, true);
}

/** To the form, unless somebody is in it already. */
export function toForm() {
  if (!$("disposition").contains(document.activeElement)) form.focus();
}
