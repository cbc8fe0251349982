// The disposition form: first what became of the call, then exactly what that asks for. It is made anew for another call
// or another disposition, and for nothing else.

import { Refused, notice, say } from "/static/api.js";
import { make, says, shown } from "/static/dom.js";
import { sure } from "/static/sure.js";
import { fieldOf } from "./fields.js";
import { faultLine, refusalText } from "./refusals.js";

export class DispositionForm {
  #root;
  #letter;
  #save;
  #changed;
  #done;
  #offered = [];
  #campaign = null;
  #fields = [];
  #code = "";
  #kept = {};
  #saved = "";
  #isDraft = false;
  #isChanged = false;
  #isAsking = false;
  #sending = null;
  #turn = 0;

  /** `save(code, fields)` sends it (`sending.js`); `changed(code, fields)` is told of everything that is entered, `saved()`
   *  that what is shown is kept; `letter`: the key that chooses again (`choose`). */
  constructor(root, { save, changed, saved = () => {}, letter = "" }) {
    this.#root = root;
    this.#letter = letter;
    this.#save = save;
    this.#changed = changed;
    this.#done = saved;
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    document.addEventListener("keydown", (event) => {
      const dialog = document.querySelector("dialog[open]");
      const isMine = root.checkVisibility() && (!dialog || dialog.contains(root));
      if (event.key === "Enter" && event.ctrlKey && isMine) this.#send();
    });
  }

  /** Another call: what may be said of it, what was typed already, and what is on its way of that. */
  show(offered, campaign, { code = "", fields = {}, saved = "", isDraft = false, isChanged = false } = {}, sending = null) {
    [this.#offered, this.#campaign, this.#kept, this.#saved] = [offered, campaign, fields, saved];
    this.#isDraft = isDraft && !saved && (!sending || isChanged);
    this.#isChanged = isChanged;
    this.#sending = null;
    this.#turn += 1;
    this.#choose(offered.some((each) => each.code === code) ? code : "", false);
    if (sending) this.#follow(sending);
  }

  get isChoosing() {
    return !this.#code && this.#offered.length > 0;
  }

  /** The digit of a disposition, where one is to be chosen; false: it is none. */
  digit(pressed) {
    const chosen = this.isChoosing && this.#root.checkVisibility() && this.#offered[Number(pressed) - 1];
    if (!chosen || !/^[1-9]$/.test(pressed)) return false;
    this.#choose(chosen.code);
    return true;
  }

  /** Back to the list of what may be said; what was entered is kept for whoever chooses the same. */
  choose() {
    if (this.#code) this.#choose("");
    else this.focus();
  }

  /** To where there is something to do. */
  focus() {
    (this.#fields[0] ?? { focus: () => this.#root.querySelector(".choices button, button.primary")?.focus() }).focus();
  }

  #choose(code, byHand = true) {
    this.#code = code;
    const chosen = this.#offered.find((each) => each.code === code);
    this.#fields = (chosen?.fields ?? []).map((each) =>
      fieldOf(each, chosen, this.#campaign, this.#kept[each.name] ?? "", () => this.#entered(each.name), this.#root.id));
    this.#root.replaceChildren(...(chosen ? this.#filled(chosen) : this.#choices()));
    this.#stands();
    if (!byHand) return;
    this.#isDraft = false;
    this.#entered();
    this.focus();
  }

  #choices() {
    if (!this.#offered.length) return [make("p", { class: "soft" }, say("agent.form.nothing"))];
    const buttons = this.#offered.map((each, place) => {
      const name = place < 9 ? [make("kbd", {}, String(place + 1))] : [];
      return make("button", { type: "button", onclick: () => this.#choose(each.code) }, make("span", {}, each.label), ...name);
    });
    return [make("div", { class: "choices", role: "group", "aria-label": say("agent.form.what") }, ...buttons), standing()];
  }

  #filled(chosen) {
    const again = make("button", { type: "button", class: "quiet", onclick: () => this.#choose("") }, say("agent.form.change"), ...(this.#letter ? [make("kbd", {}, this.#letter)] : []));
    const save = make("button", { class: "primary" }, say("agent.form.save"), make("kbd", {}, "Ctrl Enter"));
    return [
      make("div", { class: "picked" }, make("strong", {}, chosen.label), again),
      make("p", { class: "warning draft", hidden: !this.#isDraft }, say("agent.form.draft")),
      ...this.#fields.map((each) => each.element),
      make("p", { class: "problem", role: "alert", hidden: true }),
      standing(),
      make("div", { class: "row end" }, save),
    ];
  }

  #entered(name = "") {
    this.#kept = { ...this.#kept, ...this.#values() };
    this.#saved = "";
    this.#isChanged = true;
    for (const draft of this.#root.querySelectorAll(".draft")) shown(draft, false);
    this.#stands();
    const cured = this.#fields.find((each) => each.name === name);
    if (cured) this.#cure(cured);
    this.#changed(this.#code, this.#kept);
  }

  /** What was wrong with it is not there any more. */
  #cure(field) {
    document.getElementById(this.#faultOf(field))?.remove();
    for (const input of field.inputs) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    const problem = this.#root.querySelector(".problem");
    if (problem && !this.#root.querySelector(".fault")) shown(problem, false);
  }

  #faultOf(field) {
    return `${this.#root.id}-${field.name}-fault`;
  }

  #values() {
    return Object.fromEntries(this.#fields.map((each) => [each.name, each.value.trim()]).filter(([, value]) => value));
  }

  async #send() {
    if (!this.#code || this.#isAsking || this.#sending) return;
    this.#fields.forEach((each) => this.#cure(each));
    shown(this.#root.querySelector(".problem"), false);
    const wrong = this.#fields.find((each) => each.judge && !each.judge());
    if (wrong) {
      this.#incomplete(wrong);
      return;
    }
    const [code, values] = [this.#code, this.#values()];
    const chosen = this.#offered.find((each) => each.code === code);
    const turn = this.#turn;
    if (chosen.suppresses && !(await this.#isSure(chosen))) return;
    if (turn !== this.#turn) return; // the next call came while they were asked
    this.#isChanged = false;
    await this.#follow(this.#save(code, values));
  }

  async #isSure({ label }) {
    this.#isAsking = true;
    try {
      return await sure(say("agent.form.suppress"), say("agent.form.suppresses", { label }));
    } finally {
      this.#isAsking = false;
    }
  }

  /** Show how it stands with what was sent, until there is an answer or the form is another call's. */
  async #follow(sending) {
    const isMine = () => this.#sending === sending;
    this.#sending = sending;
    sending.isSeen = () => isMine() && this.#root.checkVisibility();
    sending.addEventListener("change", () => isMine() && this.#stands());
    this.#stands();
    try {
      await sending.answer;
      if (isMine()) this.#isKept(sending.code);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (isMine()) this.#refused(error);
    }
  }

  #isKept(code) {
    this.#sending = null;
    if (!this.#isChanged) {
      // to whoever goes on by keys, which a field would take for letters
      if (this.#root.contains(document.activeElement)) document.activeElement.blur();
      this.#saved = code;
      this.#done();
    }
    this.#stands();
  }

  /** What the form says below its fields: that it is on its way, that it is saved, or nothing. */
  #stands() {
    const [line, save] = [this.#root.querySelector(".standing"), this.#root.querySelector("button.primary")];
    const isSaved = Boolean(this.#code) && this.#saved === this.#code;
    if (line) {
      line.className = `standing ${this.#sending?.isAway ? "warning" : isSaved ? "told" : ""}`;
      says(line, this.#sending ? say(this.#sending.isAway ? "agent.form.away" : "agent.form.sending") : isSaved ? say("agent.form.saved") : "");
    }
    if (save) save.disabled = Boolean(this.#sending);
  }

  #refused(error) {
    this.#sending = null;
    this.#stands();
    let first = null;
    for (const field of this.#fields) {
      const fault = error.faults.find((each) => each.path === `fields.${field.name}`);
      if (!fault) continue;
      const id = this.#faultOf(field);
      field.element.append(faultLine(fault, id));
      for (const input of field.inputs) {
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", id);
      }
      first ??= field;
    }
    if (first) {
      this.#incomplete(first);
      return;
    }
    const problem = this.#root.querySelector(".problem");
    if (!problem) {
      notice(error.message, "problem", error.detail);
      return;
    }
    refusalText(problem, error);
    // an hour that somebody else took meanwhile
    for (const field of this.#fields) field.again?.();
    shown(problem, true);
  }

  #incomplete(field) {
    const problem = this.#root.querySelector(".problem");
    says(problem, say("agent.form.incomplete"));
    shown(problem, true);
    field.focus();
  }
}

const standing = () => make("p", { class: "standing", role: "status" });
