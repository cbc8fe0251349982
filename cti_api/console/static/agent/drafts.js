// What was typed and is not saved: by call, on this machine, so that a reload or a crash loses nothing. It holds what a
// person said, so it goes once it is saved, after a shift, and when the agent signs out. With it stands what was sent of
// the call, as long as there is no answer.

import { leaving, seat } from "/static/api.js";

const ALL = "vocero.draft.";
const BEFORE = `${ALL}${seat}.`;
const LONGEST_MS = 12 * 3600 * 1000;

/** What was typed for that call: `{code, fields, saved, sent, isDraft, isChanged}`. `saved`: the code that the server has,
 *  empty until it has one; `sent`: what has no answer yet; `isChanged`: something was typed since. Null: nothing. */
export function draftOf(id) {
  try {
    const kept = JSON.parse(localStorage.getItem(BEFORE + id));
    return kept && { ...kept, isDraft: true };
  } catch {
    return null;
  }
}

/** What is in the form now. */
export function keep(id, code, fields) {
  put(id, { code, fields, saved: "", sent: draftOf(id)?.sent, isChanged: true });
}

/** This is on its way: `{key, of, code, fields}` (`sending.js`). */
export function sends(id, sent) {
  put(id, { saved: "", ...(draftOf(id) ?? sent), sent, isChanged: false });
}

/** There is an answer to what was sent; `isSaved`: it is that it is kept. What was typed since, or refused, is a draft. */
export function answered(id, isSaved) {
  const kept = draftOf(id);
  if (kept) put(id, { ...kept, saved: isSaved && !kept.isChanged ? kept.code : "", sent: undefined });
}

/** What was sent and has no answer: `[id, {key, of, code, fields}]` of each. */
export const unanswered = () => names().map((id) => [id, draftOf(id)?.sent]).filter(([, sent]) => sent);

function put(id, { code, fields, saved, sent, isChanged }) {
  try {
    localStorage.setItem(BEFORE + id, JSON.stringify({ code, fields, saved, sent, isChanged, at: Date.now() }));
  } catch {
    // a full disk: the form holds it still
  }
}

function forget(id) {
  localStorage.removeItem(BEFORE + id);
}

/** All but that of call `id`, which are older than a shift or were saved: another call has come. What has no answer yet
 *  stays until it has. */
export function tidy(id) {
  for (const name of names()) {
    const kept = draftOf(name);
    if (name !== id && !kept?.sent && (!kept || kept.saved || Date.now() - kept.at > LONGEST_MS)) forget(name);
  }
}

const names = () =>
  Object.keys(localStorage).filter((name) => name.startsWith(BEFORE)).map((name) => name.slice(BEFORE.length));

// what somebody left here whose session ended by itself is nobody else's
for (const name of Object.keys(localStorage)) {
  if (name.startsWith(ALL) && !name.startsWith(BEFORE)) localStorage.removeItem(name);
}

leaving.push(async () => names().forEach(forget));
