// The agent's page: the stream says how things are, and each part shows what is its own.

import { Refused, ask, say, seat } from "/static/api.js";
import { $, says, shown, usable } from "/static/dom.js";
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
import * as stay from "./stay.js";
import { Stream } from "./stream.js";
import * as transfer from "./transfer.js";

const PARTS = [status, call, controls, transfer, preview, outcome, rest, dial, recent];
const LEARN_MS = 60000;
const WRITTEN_MS = 2000;
const stream = new Stream();
let before = null;
let phone = null;
let isKnown = false;
let wasConnected = false;

async function learn() {
  try {
    const campaigns = await ask("GET", `/agents/${seat}/campaigns`);
    for (const part of [call, outcome, dial, recent]) part.know(campaigns);
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
  const isLost = !stream.connected && before && before.state !== "logged_off" && !stay.goes();
  if (isLost) says($("lost"), `${say("agent.lost")} ${stay.inCall(before) ? say("agent.lost_call") : ""}`.trim());
  shown($("lost"), isLost);
  document.querySelector(".desk").classList.toggle("stale", !stream.connected && !stay.goes());
  const agent = stream.now;
  if (!agent) return;
  if (!isKnown) lift(agent);
  isKnown = true;
  for (const part of PARTS) part.update(agent, phone && standing(phone));
  shown($("lift"), phone?.state === "failed" && agent.state !== "logged_off");
  if (before?.state !== agent.state || call.idOf(before?.call) !== call.idOf(agent.call)) {
    speak(agent);
    document.title = `${say(`agent.state.${agent.state}`)} · ${say("page.product")}`;
    if (!agent.call) latest();
    if (agent.state === "wrap_up" && before?.state === "busy") outcome.toForm();
  }
  if (stream.connected && !wasConnected && before && !agent.call) latest();
  wasConnected = stream.connected;
  before = agent;
}

/** What has just ended is written a moment later. */
async function latest() {
  await learn();
  await recent.look();
  setTimeout(recent.look, WRITTEN_MS);
}

/** The telephone of this page, where there is none on the desk; a page that was reloaded in a shift takes it up again. */
async function lift(agent) {
  if (agent.phone !== "browser") return;
  stay.isTelephone(() => stream.now);
  const made = telephoneOf(changed, () => stream.now?.state !== "logged_off" && !stay.goes());
  const lifted = async () => ready(await made, () => stream.now?.phone_reachable);
  // at once: whoever presses the key before the telephone is made waits for it
  status.beginsWith(lifted);
  $("lift").addEventListener("click", lifted);
  phone = await made;
  controls.has(phone);
  changed();
  if (agent.state !== "logged_off") await lifted();
}

listen();
controls.start();
transfer.start();
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
// a campaign that was started meanwhile can be dialled for
setInterval(() => stream.now && !stream.now.call && learn(), LEARN_MS);
stay.start(() => stream.now, () => status.move("logout"));
usable();
