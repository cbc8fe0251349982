// What the API says is wrong with a form: beside its field, or in a list at the end.

import { Refused, notice, say } from "/static/api.js";
import { make, shown } from "/static/dom.js";

/** Show what is wrong with which field, or in which line; what has no field is told at the end. */
export function faultsOf(form, refused) {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  form.querySelectorAll(".fault").forEach((each) => each.remove());
  const left = [];
  for (const fault of refused?.faults ?? []) {
    const field = form.elements[fault.path];
    if (form.hasAttribute("data-yaml") || !(field instanceof HTMLElement)) left.push(fault);
    else {
      field.setAttribute("aria-invalid", "true");
      field.closest("label").append(make("span", { class: "fault", lang: fault.said ? null : "en", role: "alert" }, fault.said || fault.message));
    }
  }
  const list = form.querySelector(".faults") ?? form.appendChild(make("ul", { class: "faults" }));
  list.replaceChildren(...left.map((fault) => make("li", { lang: fault.said ? null : "en" }, `${fault.line ? `${say("admin.line", { line: fault.line })}: ` : ""}${fault.path ? `${fault.path}: ` : ""}${fault.said || fault.message}`)));
  shown(list, left.length);
  if (left.length) list.setAttribute("role", "alert");
}

/** Say why not: in our words; where there are only words for the kind of refusal, with the API's own. */
export function refuse(error, form) {
  if (!(error instanceof Refused)) throw error;
  notice(error.detail && !error.said && error.kind !== "away" ? `${error.message} (${error.detail})` : error.message, "problem");
  if (form) faultsOf(form, error);
}
