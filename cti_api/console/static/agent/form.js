// The disposition form: first what became of the call, then exactly what that asks for. It is made anew for another call
// or another disposition, and for nothing else.

import { Refused, say } from "/static/api.js";
import { make, says, shown } from "/static/dom.js";
import { fieldOf } from "./fields.js";
import { faultLine, refusalText } from "./refusals.js";

export class DispositionForm {
  #root;
  #save;
  #changed;
  #offered = [];
  #campaign = null;
  #fields = [];
  #code = "";
  #kept = {};
  #saved = "";
  #busy = false;

  /** `save(code, fields)` sends it; `changed(code, fields, saved)` is told of everything that is entered. */
  constructor(root, { save, changed = () => {} }) {
    this.#root = root;
    this.#save = save;
    this.#changed = changed;
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

  /** Another call: what may be said of it, and what was typed already. */
  show(offered, campaign, { code = "", fields = {}, saved = "" } = {}) {
    [this.#offered, this.#campaign, this.#kept, this.#saved] = [offered, campaign, fields, saved];
    this.#choose(offered.some((each) => each.code === code) ? code : "", false);
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

  /** To where there is something to do. */
  focus() {
    (this.#fields[0] ?? { focus: () => this.#root.querySelector(".choices button, button.primary")?.focus() }).focus();
  }

  #choose(code, byHand = true) {
    this.#code = code;
    const chosen = this.#offered.find((each) => each.code === code);
    this.#fields = (chosen?.fields ?? []).map((each) =>
      fieldOf(each, chosen, this.#campaign, this.#kept[each.name] ?? "", () => this.#entered(), this.#root.id));
    this.#root.replaceChildren(...(chosen ? this.#filled(chosen) : this.#choices()));
    if (!byHand) return;
    this.#entered();
    this.focus();
  }

  #choices() {
    if (!this.#offered.length) return [make("p", { class: "soft" }, say("agent.form.nothing"))];
    const buttons = this.#offered.map((each, place) => {
      const name = place < 9 ? [make("kbd", {}, String(place + 1))] : [];
      return make("button", { type: "button", onclick: () => this.#choose(each.code) }, make("span", {}, each.label), ...name);
    });
    return [make("div", { class: "choices", role: "group", "aria-label": say("agent.form.what") }, ...buttons)];
  }

  #filled(chosen) {
    const again = make("button", { type: "button", class: "quiet", onclick: () => this.#choose("") }, say("agent.form.change"));
    const save = make("button", { class: "primary" }, say("agent.form.save"), make("kbd", {}, "Ctrl Enter"));
    const kept = make("p", { class: "told", hidden: this.#saved !== chosen.code }, say("agent.form.saved"));
    return [
      make("div", { class: "row picked" }, make("strong", {}, chosen.label), again),
      ...this.#fields.map((each) => each.element),
      make("p", { class: "problem", role: "alert", hidden: true }),
      kept,
      make("div", { class: "row end" }, save),
    ];
  }

  #entered() {
    this.#kept = { ...this.#kept, ...this.#values() };
    this.#saved = "";
    const told = this.#root.querySelector(".told");
    if (told) shown(told, false);
    this.#changed(this.#code, this.#kept, "");
  }

  #values() {
    return Object.fromEntries(this.#fields.map((each) => [each.name, each.value.trim()]).filter(([, value]) => value));
  }

  async #send() {
    if (!this.#code || this.#busy) return;
    this.#busy = true;
    this.#clear();
    const [code, values] = [this.#code, this.#values()];
    try {
      await this.#save(code, values);
      if (this.#code !== code) return;
      this.#saved = code;
      const told = this.#root.querySelector(".told");
      if (told) shown(told, true);
      this.#changed(code, values, code);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#refused(error);
    } finally {
      this.#busy = false;
    }
  }

  #clear() {
    for (const fault of this.#root.querySelectorAll(".fault")) fault.remove();
    for (const { inputs } of this.#fields) {
      for (const input of inputs) {
        input.removeAttribute("aria-invalid");
        input.removeAttribute("aria-describedby");
      }
    }
    shown(this.#root.querySelector(".problem"), false);
  }

  #refused(error) {
    let first = null;
    for (const field of this.#fields) {
      const fault = error.faults.find((each) => each.path === `fields.${field.name}`);
      if (!fault) continue;
      const id = `${this.#root.id}-${field.name}-fault`;
      field.element.append(faultLine(fault, id));
      for (const input of field.inputs) {
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", id);
      }
      first ??= field;
    }
    const problem = this.#root.querySelector(".problem");
    if (first) {
      says(problem, say("agent.form.incomplete"));
    } else {
      refusalText(problem, error);
      // an hour that somebody else took meanwhile
      for (const field of this.#fields) field.again?.();
    }
    shown(problem, true);
    first?.focus();
  }
}
