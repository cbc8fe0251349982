// The keyboard. A letter does what its button does, where nobody is typing; with Alt it does so anywhere. The letters
// alone can be switched off (WCAG 2.2, 2.1.4): whoever speaks to the machine presses many by mistake.

import { $ } from "/static/dom.js";

const KEPT = "vocero.letters";
const bound = new Map();
const digits = [];

/** Press `button` for a letter. A button that is hidden or disabled is not pressed. */
export function key(letter, button) {
  bound.set(letter, [...(bound.get(letter) ?? []), button]);
  button.setAttribute("aria-keyshortcuts", `${letter.toUpperCase()} Alt+${letter.toUpperCase()}`);
}

/** `take(digit)` is given the digits while it says true; the latest that was bound is asked first. */
export function takesDigits(take) {
  digits.unshift(take);
}

const can = (button) => !button.disabled && button.checkVisibility();

const typing = (element) =>
  element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.defaultPrevented || event.repeat) return;
  const open = document.querySelector("dialog[open]");
  if (!event.altKey && typing(event.target)) return;
  if (/^[0-9*#]$/.test(event.key) && !event.altKey) {
    if (!open && !lettersAreOn()) return;
    if (digits.some((take) => take(event.key))) event.preventDefault();
    return;
  }
  if (event.key === "?" && !open) {
    event.preventDefault();
    $("help").showModal();
    return;
  }
  const letter = event.altKey ? event.code.replace(/^Key/, "").toLowerCase() : event.key.toLowerCase();
  const button = (bound.get(letter) ?? []).find(can);
  if (!button || (!event.altKey && !lettersAreOn()) || (open && !open.contains(button))) return;
  event.preventDefault();
  button.click();
}

const lettersAreOn = () => localStorage.getItem(KEPT) !== "off";

/** Listen, and let the reader switch the letters off in the help. */
export function listen() {
  document.addEventListener("keydown", pressed);
  const box = $("letters");
  box.checked = lettersAreOn();
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
  $("open-help").addEventListener("click", () => $("help").showModal());
  for (const close of document.querySelectorAll("[data-close]")) {
    close.addEventListener("click", () => close.closest("dialog").close());
  }
}
