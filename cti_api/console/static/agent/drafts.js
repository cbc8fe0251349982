// What was typed and not sent: by call, on this machine, so that a reload or a crash loses nothing. It holds what a person
// said, so it goes once it is saved, after a shift, and when the agent signs out.

import { leaving, seat } from "/static/api.js";

const ALL = "vocero.draft.";
const BEFORE = `${ALL}${seat}.`;
const LONGEST_MS = 12 * 3600 * 1000;

/** What was typed for that call: `{code, fields, saved, isDraft}`; null: nothing. */
export function draftOf(id) {
  try {
    const kept = JSON.parse(localStorage.getItem(BEFORE + id));
    return kept && { ...kept, isDraft: true };
  } catch {
    return null;
  }
}

/** `saved`: the code that the server has, empty until it has one. */
export function keep(id, code, fields, saved = "") {
  try {
    localStorage.setItem(BEFORE + id, JSON.stringify({ code, fields, saved, at: Date.now() }));
  } catch {
    // a full disk: the form holds it still
  }
}

export function forget(id) {
  localStorage.removeItem(BEFORE + id);
}

/** All but that of call `id`, which are older than a shift or were saved: another call has come. */
export function tidy(id) {
  for (const name of names()) {
    const kept = draftOf(name);
    if (name !== id && (!kept || kept.saved || Date.now() - kept.at > LONGEST_MS)) forget(name);
  }
}

const names = () =>
  Object.keys(localStorage).filter((name) => name.startsWith(BEFORE)).map((name) => name.slice(BEFORE.length));

// what somebody left here whose session ended by itself is nobody else's
for (const name of Object.keys(localStorage)) {
  if (name.startsWith(ALL) && !name.startsWith(BEFORE)) localStorage.removeItem(name);
}

leaving.push(async () => names().forEach(forget));
