// The bar on top: what the agent is doing, since when, whether the telephone is there, and the way to another state.

import { ask, attempt, say, seat } from "/static/api.js";
import { $, badge, make, says, shown } from "/static/dom.js";
import { runs } from "./clock.js";
import { key, takesDigits } from "./keys.js";

const LOOKS = { logged_off: "", not_ready: "warn", ready: "good", reserved: "busy", busy: "busy", wrap_up: "warn" };
const OF_THE_SYSTEM = ["technical", "unanswered", "preview_unattended", "consola"];
const IN_A_CALL = ["reserved", "busy", "wrap_up"];

/** Ask for a change of one's own seat; it is shown once it is so. */
export const move = (what, body) => attempt(() => ask("POST", `/agents/${seat}/${what}`, body));

/** Why somebody is paused, in words. */
export const reasonInWords = (reason) => (OF_THE_SYSTEM.includes(reason) ? say(`agent.reason.${reason}`) : reason);

/** As it begins where it stands alone. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const COMING_MS = 8000;
let lift = null;

/** What is done before a shift begins, or goes on, where the telephone is the page's: it has to be there. */
export function beginsWith(act) {
  lift = act;
}

/** To the calls: once the page's telephone is there, which the engine calls anew within seconds of its coming. */
async function toCalls(what) {
  if (!lift) return move(what);
  if (!(await lift())) return false;
  const patience = Date.now() + COMING_MS;
  return attempt(async () => {
    for (;;) {
      try {
        return await ask("POST", `/agents/${seat}/${what}`);
      } catch (error) {
        if (error.rule !== "phone_away" || Date.now() > patience) throw error;
        await new Promise((again) => setTimeout(again, 250));
      }
    }
  });
}

export function update(agent, telephone) {
  const { state, pending } = agent;
  badge($("state"), say(`agent.state.${state}`), LOOKS[state]);
  // of a call that a page was loaded anew in, as long as it lasts
  runs($("since"), (state === "busy" && agent.call?.connected_at) || agent.since);
  says($("why"), state === "not_ready" && agent.reason ? capital(reasonInWords(agent.reason)) : "");
  const [text, how] = telephone ?? (agent.phone_reachable ? [say("agent.telephone.there"), "good"] : [say("agent.telephone.away"), "bad"]);
  badge($("telephone"), text, how);
  shown($("pending"), pending);
  if (pending) says($("pending"), pendingInWords(agent));
  shown($("begin"), state === "logged_off");
  shown($("ready"), state === "not_ready");
  shown($("unpend"), pending);
  shown($("pause"), !["logged_off", "not_ready"].includes(state) && pending !== "not_ready");
  says($("pause-says"), say(IN_A_CALL.includes(state) ? "agent.pause_after" : "agent.pause"));
  $("pause").className = state === "ready" ? "primary" : "";
  shown($("end"), state !== "logged_off" && pending !== "logged_off");
}

function pendingInWords(agent) {
  if (agent.pending === "logged_off") return say("agent.pending.end");
  const reason = agent.pending_reason ? ` (${reasonInWords(agent.pending_reason)})` : "";
  return say("agent.pending.pause", { reason });
}

/** Buttons and keys, and the reasons for a pause, which the settings have. */
export async function start() {
  for (const [letter, id] of [["l", "begin"], ["l", "ready"], ["l", "unpend"], ["p", "pause"], ["f", "end"]]) key(letter, $(id));
  $("begin").addEventListener("click", busyWhile($("begin"), () => toCalls("login")));
  $("ready").addEventListener("click", busyWhile($("ready"), () => toCalls("ready")));
  $("unpend").addEventListener("click", () => move("ready"));
  $("end").addEventListener("click", () => move("logout"));
  const reasons = await ask("GET", "/pause-reasons").catch(() => []);
  const buttons = (reasons.length ? reasons : [""]).map((reason, place) =>
    make("button", { type: "button", onclick: () => pauseFor(reason) },
      make("span", {}, reason ? capital(reason) : say("agent.pause")), ...(place < 9 ? [make("kbd", {}, String(place + 1))] : [])));
  $("pause-reasons").replaceChildren(...buttons);
  $("pause").addEventListener("click", () => {
    says($("pauses-title"), $("pause-says").textContent);
    $("pauses").showModal();
  });
  takesDigits((digit) => {
    const chosen = $("pauses").open && buttons[Number(digit) - 1];
    if (!chosen) return $("pauses").open;
    chosen.click();
    return true;
  });
}

function pauseFor(reason) {
  $("pauses").close();
  return move("pause", { reason });
}

/** A click that takes a while: the button waits with it. */
function busyWhile(button, act) {
  return async () => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await act();
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  };
}
