// Forms and buttons that ask the API for something. The page says what: `data-send` the operation, `data-sure` what will
// happen, `data-once` what of the answer is shown this once, `data-to` where it goes on.

import { ask, notice, say } from "/static/api.js";
import { $, make } from "/static/dom.js";
import { faultsOf, refuse } from "/static/faults.js";
import { sure } from "/static/sure.js";

const YAML = "application/yaml";

/** The body that a form's fields make; `data-kind` says what a field is. */
export function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    const { name, dataset } = field;
    if (!name || field.disabled) continue;
    if (dataset.kind === "list") {
      body[name] ??= [];
      if (field.checked) body[name].push(field.value);
    } else if (field.type === "checkbox") body[name] = field.checked;
    else if (field.value === "") {
      if (dataset.kind === "null") body[name] = null;
      else if (field.required) body[name] = "";
    } else if (dataset.kind === "number") body[name] = Number(field.value);
    else if (dataset.kind === "percent") body[name] = Math.round(Number(field.value) * 1e6) / 1e8;
    else body[name] = field.value;
  }
  return body;
}

function once(answer, names) {
  const list = $("once-list");
  const told = names.split(",").map((path) => [path, path.split(".").reduce((part, name) => part?.[name], answer)]);
  list.replaceChildren(...told.filter(([, value]) => value).flatMap(([path, value]) => [make("dt", {}, say(`admin.once.${path.replace(".", "_")}`)), make("dd", {}, value)]));
  if (!list.childElementCount) return Promise.resolve();
  $("once").showModal();
  return new Promise((done) => $("once").addEventListener("close", done, { once: true }));
}

/** What comes after an answer: what is told this once, then the page that shows it. */
export async function goOn(element, answer) {
  if (element.dataset.once) await once(answer ?? {}, element.dataset.once);
  const to = element.dataset.to?.replace(/:(\w+)/g, (_all, name) => answer?.[name] ?? "");
  if (to) location.assign(to);
  else location.reload();
}

async function send(element, label, form) {
  if (element.dataset.sure && !(await sure(label, element.dataset.sure))) return;
  let [method, path] = element.dataset.send.split(" ");
  let body = element.dataset.body ? JSON.parse(element.dataset.body) : undefined;
  let how = {};
  if (form?.hasAttribute("data-yaml")) {
    body = form.elements.text.value;
    how = { type: YAML };
    path = path.replace(":id", /^id:\s*["']?([\w-]+)/m.exec(body)?.[1] ?? "-");
  } else if (form) {
    body = bodyOf(form);
    // a name that is part of the address is none of the body
    path = path.replace(/:(\w+)/g, (_all, name) => {
      const value = body[name];
      delete body[name];
      return encodeURIComponent(value);
    });
  }
  const buttons = form ? form.querySelectorAll("button") : [element];
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await ask(method, path, body, how);
    if (form) faultsOf(form, null);
    notice(say("admin.done"));
    await goOn(element, answer);
  } catch (error) {
    refuse(error, form);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

for (const button of document.querySelectorAll("button[data-send]")) {
  button.addEventListener("click", () => send(button, button.textContent));
}
for (const form of document.querySelectorAll("form[data-send]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, (event.submitter ?? form.querySelector("button")).textContent, form);
  });
}
for (const file of document.querySelectorAll("input[type=file][data-into]")) {
  file.addEventListener("change", async () => {
    file.form.elements[file.dataset.into].value = file.files[0] ? await file.files[0].text() : "";
  });
}
