// The console's way to the API: every change brings the token, every refusal is an error with words for people.

export const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
export const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
export const seat = document.querySelector("meta[name=seat]")?.content ?? "";
export const role = document.querySelector("meta[name=role]")?.content ?? "";

const LONGEST_MS = 20000;

/**
 * The API said no, or did not answer. `kind` is the end of the problem's type, `faults` what is wrong with which field.
 *
 * Its message is the page's own sentence for the `rule` that objects; else what was `said` for people (a law speaks
 * Spanish); else that of the kind.
 */
export class Refused extends Error {
  constructor(kind, status, detail, { faults = [], rule = "", said = "" } = {}) {
    super(words.refused?.rules?.[rule] ?? (said || words.refused?.[kind] || words.refused?.other || detail));
    this.kind = kind;
    this.status = status;
    /** The API's own sentence, in English. */
    this.detail = detail;
    this.faults = faults ?? [];
    this.rule = rule;
    /** Whether the message is of this very refusal, not of its kind. */
    this.said = Boolean(words.refused?.rules?.[rule] ?? said);
  }
}

/** Ask the API, and give back what it answers. `how.type`: of a body that is text and no JSON; `how.longest`: how long
 *  it may take, in ms; `how.key`: by what it is known when it comes again. Throws `Refused`. */
export async function ask(method, path, body, how = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (how.key) headers["Idempotency-Key"] = how.key;
  if (body !== undefined) headers["Content-Type"] = how.type ?? "application/json";
  let answer, text;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined || how.type ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(how.longest ?? LONGEST_MS),
    });
    text = await answer.text();
  } catch (error) {
    throw new Refused("away", 0, String(error));
  }
  let told = null;
  try {
    told = text ? JSON.parse(text) : null;
  } catch {
    told = null;
  }
  if (answer.ok) return told;
  const kind = String(told?.type ?? "").replace("urn:vocero:problem:", "") || "other";
  if (answer.status === 401) toSignIn();
  throw new Refused(kind, answer.status, told?.detail ?? answer.statusText, told ?? {});
}

let signsOut = false;

/** To the page where somebody signs in, and then comes back to this one; whoever has signed out does not. */
export function toSignIn() {
  location.assign(signsOut ? "/entrar" : `/entrar?a=${encodeURIComponent(location.pathname)}`);
}

/** A sentence of the page's words with its values (``{minutes}``), as in ``say("refused.title")``. */
export function say(place, values = {}) {
  const found = place.split(".").reduce((part, name) => part?.[name], words);
  if (typeof found !== "string") throw new Error(`no words for ${place}`);
  return found.replace(/\{(\w+)\}/g, (_all, name) => String(values[name] ?? ""));
}

/** Tell the reader something that passes; `how` is "good" or "problem", `title` what the API said itself. */
export function notice(text, how = "good", title = "") {
  const box = document.getElementById("notices");
  const line = document.createElement("p");
  line.className = how === "problem" ? "problem" : "told";
  line.textContent = text;
  line.title = title;
  box.append(line);
  setTimeout(() => line.remove(), how === "problem" ? 12000 : 5000);
}

/** Do `act`, and tell of its refusal; false: it was refused. */
export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notice(error.message, "problem", error.detail);
    return false;
  }
}

/** What is done before somebody signs out, in this order; one that gives back false keeps them here. */
export const leaving = [];

for (const button of document.querySelectorAll("[data-sign-out]")) {
  button.addEventListener("click", async () => {
    for (const act of leaving) if ((await act()) === false) return;
    // from now on whatever else the page asks for may be refused, before we know that we are out
    signsOut = true;
    signsOut = await attempt(() => ask("DELETE", "/session"));
    if (signsOut) toSignIn();
  });
}
