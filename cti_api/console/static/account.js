// Somebody's own account. What they ask for stands in the page; what comes back is shown this once, or the page anew.

import { ask } from "/static/api.js";
import { $, make, shown, usable } from "/static/dom.js";
import { refuse } from "/static/faults.js";

function tell(codes) {
  $("notices").replaceChildren(); // what was wrong with a code before this one
  $("codes-list").replaceChildren(...codes.map((code) => make("li", {}, code)));
  shown($("how"), false);
  shown($("codes"), true);
  $("codes-text").focus();
}

for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [method, path] = (event.submitter?.dataset.ask ?? form.dataset.ask).split(" ");
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await ask(method, path, Object.fromEntries(new FormData(form)));
      if (answer?.codes) tell(answer.codes);
      else location.assign(form.dataset.then ?? location.pathname);
    } catch (error) {
      refuse(error, form);
    }
    for (const button of buttons) button.disabled = false;
  });
}

usable();
