// A new agent, and in the same step the user with whom they come in.

import { ask, notice, say } from "/static/api.js";
import { $ } from "/static/dom.js";
import { faultsOf, refuse } from "/static/faults.js";
import { bodyOf, goOn } from "./send.js";

const form = $("new-agent");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const agent = await ask("POST", "/agents", bodyOf(form));
    let user = null;
    if ($("with-user")?.checked) {
      try {
        user = await ask("POST", "/users", { id: agent.id, name: agent.name, role: "agent", agent_id: agent.id });
      } catch (error) {
        refuse(error); // the agent is there; the user can be made on their page
      }
    }
    faultsOf(form, null);
    notice(say("admin.done"));
    form.dataset.once = "link,sip.user,sip.password";
    await goOn(form, { link: user?.link, sip: agent.sip });
  } catch (error) {
    refuse(error, form);
    button.disabled = false;
  }
});
