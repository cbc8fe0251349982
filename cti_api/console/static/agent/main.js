// The agent's page: the stream says how things are, and each part shows what is its own.

import { Refused, ask, leaving, say, seat } from "/static/api.js";
import { $, says, shown } from "/static/dom.js";
import * as call from "./call.js";
import * as controls from "./controls.js";
import * as dial from "./dial.js";
import { listen } from "./keys.js";
import * as outcome from "./outcome.js";
import * as preview from "./preview.js";
import * as recent from "./recent.js";
import * as rest from "./rest.js";
import { ready, standing, telephoneOf } from "./softphone.js";
import * as status from "./status.js";
import { Stream } from "./stream.js";

const PARTS = [status, call, controls, preview, outcome, rest, dial, recent];
const stream = new Stream();
let before = null;
let phone = null;

async function learn() {
  try {
    const campaigns = await ask("GET", `/agents/${seat}/campaigns`);
    for (const part of [outcome, dial, recent]) part.know(campaigns);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/** Said to whoever hears the page, and to nobody who looks at it: what the agent is now, and with whom. */
function speak(agent) {
  const who = agent.call?.lead_name || agent.call?.number || "";
  says($("spoken"), `${say(`agent.state.${agent.state}`)}. ${who}`);
}

function changed() {
  shown($("lost"), !stream.connected && before);
  document.querySelector(".desk").classList.toggle("stale", !stream.connected);
  const agent = stream.now;
  if (!agent) return;
  if (!before) lift(agent);
  for (const part of PARTS) part.update(agent, phone && standing(phone));
  shown($("lift"), phone?.state === "failed" && agent.state !== "logged_off");
  if (before?.state !== agent.state || call.idOf(before?.call) !== call.idOf(agent.call)) {
    speak(agent);
    document.title = `${say(`agent.state.${agent.state}`)} · ${say("page.product")}`;
    if (!agent.call && (before?.call || !before)) learn().then(recent.look);
    if (agent.state === "wrap_up" && before?.state === "busy") outcome.toForm();
  }
  before = agent;
}

/** The telephone of this page, where there is none on the desk; a page that was reloaded in a shift takes it up again. */
async function lift(agent) {
  if (agent.phone !== "browser") return;
  phone = await telephoneOf(changed);
  controls.has(phone);
  const lifted = () => ready(phone, () => stream.now?.phone_reachable);
  status.beginsWith(lifted);
  $("lift").addEventListener("click", lifted);
  if (agent.state !== "logged_off") await lifted();
}

listen();
controls.start();
preview.start();
outcome.start();
dial.start();
recent.start();
call.start((details, id) => {
  outcome.another(details, id);
  if (stream.now) outcome.update(stream.now);
});
await Promise.all([status.start(), learn()]);
stream.addEventListener("change", changed);
stream.open();

leaving.unshift(async () => {
  if (stream.now && stream.now.state !== "logged_off") await status.move("logout");
});
