// The question before what cannot be taken back: it says what will happen.

import { $, says } from "/static/dom.js";

/** Asks; true: they are sure. `title` is what the button says, too. */
export function sure(title, text) {
  const dialog = $("sure");
  says($("sure-title"), title);
  says($("sure-text"), text);
  says($("sure-yes"), title);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

$("sure-yes").addEventListener("click", () => $("sure").close("yes"));
for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
