"""`vocero demo`: a whole campaign on this machine, every part of it real, and the figures to check it by."""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from rich.console import Console
from rich.live import Live

from cti_api.clock import Clock, SystemClock
from cti_api.errors import Conflict
from cti_api.model.ids import AgentId, CampaignId, TrunkId
from vocero import screens
from vocero.app import one_error
from vocero.client import Control
from vocero.commands.files import whole
from vocero.lab import afterwards, front_desk, surveyed, visitor
from vocero.lab.asterisk import AsteriskProgram, fetch_asterisk
from vocero.lab.callers import Callers
from vocero.lab.customers import Behaviour
from vocero.lab.help_desk import HelpDesk
from vocero.lab.people import DEMO_MIX, make_customers, to_csv
from vocero.lab.provider import WhatsAppProvider
from vocero.lab.rig import Answers, Rig, RigTrunk
from vocero.lab.robots import Robots
from vocero.lab.summary import Counted, summarise, summary_screen

ROOT: Final = Path(__file__).parents[1]
CACHE: Final = ROOT / ".cache" / "asterisk"
FOLDER: Final = ROOT / "run" / "demo"
LOCK: Final = ROOT / "run" / "demo.lock"
CAMPAIGN_FILE: Final = ROOT / "examples" / "p1_dealership" / "demo.yaml"
CAMPAIGN: Final = CampaignId("demo-mantenimiento")
TRUNK: Final = TrunkId("operador-a")
AGENTS: Final = (("ana", "Ana Díaz"), ("luis", "Luis Peña"), ("marta", "Marta Ríos"))
SEED: Final = 20261122
"""The list and the agents' choices are the same in each run."""

LOOK_SECONDS: Final = 0.5
DEMO_SECONDS: Final = 900.0
"""A campaign that has not ended by then never will: the demo says so instead of hanging."""

MESSAGES_SECONDS: Final = 15.0
"""How long the last messages may take to go."""

SURVEY_SECONDS: Final = 90.0
"""How long the survey's calls may go on once the campaign has ended."""

LATER_SECONDS: Final = 15.0
"""How long what comes of calls later may take once they are over."""

PROMPTS_SECONDS: Final = 30.0
"""How long the making of the tree's prompts may keep callers from calling."""

QUIET_SECONDS: Final = 60.0
"""How long the last channels may take to go: one may ring on for a visitor who has just ended their shift, and whoever
takes it hears the campaign's message."""


def demo(json_file: Path | None, out: Console) -> int:
    """Run the demo, live on `out`; returns 0 when every lead came to its end and no channel is left."""
    with the_only_one(LOCK), one_error():
        figures = asyncio.run(_demo(out, SystemClock()))
    code = tell(figures, json_file, out)
    out.print(f"[dim]Logs, recordings and the store of this run are in {FOLDER.relative_to(ROOT)}/[/]")
    return code


def tell(figures: dict[str, Any], json_file: Path | None, out: Console) -> int:
    """Show the summary and write it down; 0 when every lead came to its end and no channel is left."""
    out.print(summary_screen(figures))
    if json_file is not None:
        with whole(json_file) as file:
            file.write((json.dumps(figures, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
    return 0 if _came_to_its_end(figures) else 1


@contextmanager
def the_only_one(lock: Path) -> Iterator[None]:
    """Two demos would take each other's folder away. Raises `Conflict` while another one runs."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Another demo is running from this folder: wait for its end, or stop it.") from None
        yield


async def _demo(out: Console, clock: Clock) -> dict[str, Any]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with WhatsAppProvider() as provider, HelpDesk(clock.now().date()) as billing:
        with out.status("Starting Asterisk, the customers, the dialer and three softphones …"):
            program = await fetch_asterisk(CACHE)
            by_voice = not (why := front_desk.why_no_voice())
            rig = await rig_of_demo(FOLDER, program, provider, billing, by_voice=by_voice)
            await rig.__aenter__()
        if why:
            out.print(f"[yellow]![/] Nobody calls by voice: {why}.", highlight=False)
        try:
            return await dial_the_list(rig, provider, billing, out, clock, DEMO_MIX, by_voice=by_voice)
        finally:
            with out.status("Stopping …"):
                await rig.__aexit__(None, None, None)


async def rig_of_demo(
    folder: Path, program: AsteriskProgram, provider: WhatsAppProvider, billing: HelpDesk, *, by_voice: bool
) -> Rig:
    """With the trunk `TRUNK`, that of the survey and a visitor's; it sends by `provider`, and asks `billing` for
    accounts.

    `by_voice`: it understands callers.
    """
    speech = {"whisper": {"folder": str(front_desk.WHISPER)}} if by_voice else {}
    answers = Answers(number=front_desk.NUMBER, entry=front_desk.ENTRY, look_ups=billing.look_ups, speech=speech)
    trunks = [
        RigTrunk(id=TRUNK),
        RigTrunk(id=surveyed.TRUNK, own=surveyed.voices()),
        RigTrunk(id=visitor.TRUNK, own=await visitor.voices()),
    ]
    return Rig(folder, program, trunks=trunks, messages=provider.settings, answers=answers, console=True)


async def dial_the_list(
    rig: Rig,
    provider: WhatsAppProvider,
    billing: HelpDesk,
    out: Console,
    clock: Clock,
    mix: dict[Behaviour, int],
    *,
    by_voice: bool,
) -> dict[str, Any]:
    """From the list to the last record, while people call in and others are asked how they were served; returns the
    summary.

    `rig` is that of `rig_of_demo`; `mix`: how many people behave how.
    """
    control = rig.control
    with out.status("Importing the dealership's list, signing the agents in …"):
        people = to_csv(make_customers(mix, Random(SEED)))
        await rig.make_campaign(CAMPAIGN, CAMPAIGN_FILE.read_bytes(), people)
        for agent_id, name in AGENTS:
            await rig.add_agent(AgentId(agent_id), name, [CAMPAIGN])
        for agent_id, _ in AGENTS:
            await rig.log_in(AgentId(agent_id))
        await open_the_front_desk(control)
        link = await visitor.invite(rig)
    welcome(link, out)
    started_at = clock.now()
    await asyncio.to_thread(control.post, f"/campaigns/{CAMPAIGN}/start")
    await surveyed.invite(control, started_at)
    async with asyncio.TaskGroup() as tasks:
        people_of_ours = Robots(control, clock, Random(SEED), but_for=visitor.SEAT)
        robots = tasks.create_task(people_of_ours.run(), name="robots")
        later = tasks.create_task(afterwards.tell(control, CAMPAIGN, started_at), name="afterwards")
        calling = tasks.create_task(people_call(rig, by_voice=by_voice), name="callers")
        try:
            async with asyncio.timeout(DEMO_SECONDS):
                await _watch(rig, out, clock)
        except TimeoutError:
            out.print(f"[red]The campaign did not end within {DEMO_SECONDS:.0f} s.[/]")
        callers = await calling
        await surveyed.until_asked(control, SURVEY_SECONDS)
        await asyncio.wait([later], timeout=LATER_SECONDS)
        robots.cancel()
        later.cancel()
    ended_at = clock.now()
    agents = [each for each in await asyncio.to_thread(control.get, "/agents") if each["id"] != visitor.SEAT]
    for agent_id, _ in AGENTS:
        await asyncio.to_thread(control.post, f"/agents/{agent_id}/logout")
    if await visitor.is_expected(control):
        out.print("\nThe list is through. Your seat stays until you end your shift, or press Ctrl-C here:")
        out.print(f"  {rig.console_url}")
        await visitor.until_gone(control)
    await visitor.say_good_bye(control)
    left = await rig.quiet(QUIET_SECONDS)
    messages = await _messages(rig)
    report = await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}/report")
    return summarise(
        await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}"),
        await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}/attempts", format="json"),
        agents,
        journal=rig.asterisk.journal,
        besides=await visitor.attempts(control),
        visitor=await visitor.told_of_shift(control),
        customers=Counted.of(rig.customers[TRUNK].counts()),
        orphan_channels=len(left),
        appointments=report["appointments"]["made"],
        messages=messages,
        messages_counted=provider.taken.total(),
        callers=await told_of(callers, control, billing),
        survey=await surveyed.told_of_survey(control, rig.customers[surveyed.TRUNK]),
        started_at=started_at,
        ended_at=ended_at,
    )


def welcome(link: str, out: Console) -> None:
    """How somebody comes in and takes calls themselves."""
    out.print("[bold]Take calls yourself[/], meanwhile: in a browser on this machine open, once,")
    out.print(f"  {link}", soft_wrap=True, highlight=False, style="cyan")
    out.print("Choose a password, let the page use the microphone, press Empezar turno.\n")


async def open_the_front_desk(control: Control) -> None:
    """Publish the tree that callers meet, and give its one queue to the agents."""
    await asyncio.to_thread(
        control.send, "PUT", "/surveys/satisfaccion", front_desk.SURVEY_FILE.read_bytes(), "application/yaml"
    )
    tree, queue = front_desk.always_open(), front_desk.queue_file([agent_id for agent_id, _ in AGENTS])
    await asyncio.to_thread(control.send, "POST", "/trees", tree.encode(), "application/yaml")
    await asyncio.to_thread(control.send, "PUT", f"/queues/{front_desk.QUEUE}", queue.encode(), "application/yaml")


async def people_call(rig: Rig, *, by_voice: bool) -> Callers:
    """Once the tree's prompts are made, or it would have been time; returns when the last call is over."""
    for _ in range(int(PROMPTS_SECONDS / LOOK_SECONDS)):
        if await asyncio.to_thread(front_desk.prompts_made, rig.prompts):
            break
        await asyncio.sleep(LOOK_SECONDS)
    people = await front_desk.people(by_voice=by_voice)
    callers = Callers(rig.folder / "callers", rig.ports, people, called=front_desk.NUMBER, hurried=front_desk.hurried())
    await callers.call(rig.asterisk.sip_port)
    return callers


async def told_of(callers: Callers, control: Control, billing: HelpDesk) -> dict[str, Any]:
    calls = await asyncio.to_thread(control.get, "/led-calls", limit=500)
    tickets = await asyncio.to_thread(control.get, "/tickets", limit=500)
    return front_desk.told_of_callers(calls, tickets, callers.over(), billing.asked.total())


async def _watch(rig: Rig, out: Console, clock: Clock) -> None:
    """Show the campaign until it is complete."""
    with Live(console=out, refresh_per_second=4, transient=True) as live:
        while True:
            status = await asyncio.to_thread(rig.control.get, f"/campaigns/{CAMPAIGN}")
            agents = await asyncio.to_thread(rig.control.get, "/agents")
            live.update(screens.campaign_board(status, agents, clock.now()))
            if status["state"] == "completed":
                return
            await asyncio.sleep(LOOK_SECONDS)


async def _messages(rig: Rig) -> Counter[str]:
    """How many messages are in each state, once none waits to go."""
    found: Counter[str] = Counter()
    for _ in range(int(MESSAGES_SECONDS / LOOK_SECONDS)):
        told = await asyncio.to_thread(rig.control.get, "/messages", campaign=CAMPAIGN, limit=1000)
        found = Counter(each["state"] for each in told)
        if not found["planned"] + found["sending"] + found["failed"]:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return found


def _came_to_its_end(figures: dict[str, Any]) -> bool:
    final = sum(figures["leads_by_state"].get(state, 0) for state in screens.FINAL_LEADS)
    return bool(final == figures["leads"] and not figures["orphan_channels"] and not figures["double_dials"])
