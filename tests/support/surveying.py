"""The whole product in this process, with a real Asterisk and customers who answer surveys by key and by voice."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cti_api.clock import SystemClock
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import SittingId, StoredSitting
from cti_api.settings import Settings
from cti_api.store.store import Store
from cti_api.survey_file.parse import parse_survey
from tests.support.agentless import SURVEY, agentless_file, invite
from tests.support.calls import MAIN
from tests.support.shift import until
from vocero.app import run_until
from vocero.client import Control
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.customers import Customers
from vocero.lab.handsets import Voice
from vocero.lab.ports import LOOPBACK, Ports, free_ports
from vocero.lab.rig import LAB_PACKS

CLOCK = SystemClock()
SURVEY_FILE = """\
id: satisfaccion
title: Satisfacción
timezone: America/Bogota
within: 5 d
greeting: Buen día.
thanks: Gracias.
questions:
  - {id: nota, kind: scale, ask: "¿Qué nota, de uno a cinco?", from: 1, to: 5, figure: csat, satisfied_from: 4}
  - id: motivo
    kind: choice
    only_if: nota <= 2
    ask: "¿Fue la demora, o el trato?"
    choices:
      - {value: demora, label: la demora, key: 1, phrases: [la demora]}
      - {value: trato, label: el trato, key: 2, phrases: [el trato]}
  - {id: facilidad, kind: scale, ask: "¿Qué tan fácil, de uno a siete?", from: 1, to: 7, figure: ces}
  - {id: comentario, kind: open, ask: "¿Algo más?", seconds: 5 s}
follow:
  - {name: reclamo, when: nota <= 2, action: area, owner: calidad, due: 8 h}
  - {name: legal, when: comentario says abogado, action: area, owner: juridica, due: 8 h}
limits: {tries: 2, answer: 4 s}
confidence: {confirm: 0.1, accept: 0.2}
"""
ASKS = CampaignId("encuesta")


@dataclass(frozen=True)
class Lab:
    """Asterisk and its customers."""

    asterisk: LabAsterisk
    customers: Customers
    ports: Ports
    voices: dict[PhoneNumber, Voice] = field(default_factory=dict)
    """Of people who do something of their own, to be added to before they are called."""


@contextlib.asynccontextmanager
async def lab(program: AsteriskProgram, folder: Path) -> AsyncIterator[Lab]:
    """As long as the block lasts."""
    voices: dict[PhoneNumber, Voice] = {}
    async with contextlib.AsyncExitStack() as stack:
        ports = stack.enter_context(free_ports())
        trunks = [LabTrunk(id=MAIN, port=ports.trunk_sip(0))]
        asterisk = await stack.enter_async_context(LabAsterisk(program, folder / "asterisk", ports, trunks=trunks))
        customers = await stack.enter_async_context(Customers(folder / "customers", ports, own=voices))
        yield Lab(asterisk, customers, ports, voices)


@dataclass(frozen=True)
class Surveying:
    """The running product."""

    lab: Lab
    control: Control
    store: Store
    """Beside it, on the same file."""

    async def get(self, path: str, **query: Any) -> Any:
        return await asyncio.to_thread(lambda: self.control.get(path, **query))

    async def post(self, path: str, body: Any = None) -> Any:
        return await asyncio.to_thread(self.control.post, path, body)

    async def publish(self, text: str) -> None:
        survey = parse_survey(text)
        await self.store.surveys.publish(survey.id, survey.title, text, CLOCK.now())

    async def ask(self, people: Mapping[str, PhoneNumber], lines: int, **entries: Any) -> None:
        """Invite these people, by their services' keys, and start the campaign."""
        for key, phone in people.items():
            await invite(self.store, phone, key, CLOCK.now())
        file = agentless_file(ASKS, [MAIN], lines, **entries)
        await asyncio.to_thread(self.control.send, "POST", "/campaigns", file, "application/yaml")
        await self.post(f"/campaigns/{ASKS}/start")

    async def attempts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.get(f"/campaigns/{ASKS}/attempts", format="json")
        return found

    async def sittings(self) -> dict[str, StoredSitting]:
        """Of each service, by its key."""
        ids: dict[int | None, SittingId] = {}
        seen: int | None = 0
        while page := await self.store.outbox.since(seen or 0):
            ended = (each for each in page if each.kind is EventKind.SURVEY_ENDED)
            ids |= {each.lead_id: SittingId(each.payload["sitting_id"]) for each in ended}
            seen = page[-1].seq
        invited = await self.store.surveys.invitations(SURVEY)
        return {each.key: await self.store.sittings.get(ids[each.lead_id]) for each in invited if each.lead_id in ids}

    async def until_written_out(self, seconds: float) -> None:
        """No comment waits to become text any more."""

        async def nothing_waits() -> bool:
            return not await self.store.survey_comments.to_transcribe()

        await until(nothing_waits, seconds, "every comment is written out")

    async def until_closed(self, count: int, seconds: float) -> list[dict[str, Any]]:
        """So many attempts, once each is closed."""
        found: list[dict[str, Any]] = []

        async def all_closed() -> bool:
            await asyncio.sleep(0.5)  # the export is no light question
            found[:] = await self.attempts()
            return len(found) >= count and all(each["state"] == "closed" for each in found)

        await until(all_closed, seconds, f"{count} attempts are closed")
        return found


@contextlib.asynccontextmanager
async def surveying(there: Lab, folder: Path, **speech: Any) -> AsyncIterator[Surveying]:
    """`speech`: that section of the settings."""
    for name in ("prompts", "asterisk"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    asterisk = there.asterisk
    settings = Settings(
        **json.loads(
            json.dumps(
                {
                    "store": {"url": f"sqlite:///{folder / 'vocero.db'}"},
                    "asterisk": {
                        "ami": {
                            "host": LOOPBACK, "port": there.ports.ami, "user": "vocero", "secret": asterisk.ami_secret,
                        },
                        "recordings": str(asterisk.recordings),
                        "cel_journal": str(asterisk.journal),
                        "sounds": str(asterisk.campaign_sounds),
                        "sip_accounts": str(folder / "sip-accounts.sqlite3"),
                    },
                    "trunks": [{"name": MAIN, "channels": 100, "calls_per_hour": 10_000, "calls_per_second": 20}],
                    "api": {"socket": str(folder / "vocero.sock")},
                    "ivr": {
                        "host": LOOPBACK, "port": there.ports.agi, "sound_port": there.ports.sound,
                        "prompts": str(folder / "prompts"),
                    },
                    "law": {"folder": str(LAB_PACKS)},
                    "limits": {"channels": 200, "calls_per_second": 20},
                    "speech": speech,
                }
            )
        )
    )  # fmt: skip
    stop, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_until(stop, settings, CLOCK, ready.set), name="vocero")
        try:
            await ready.wait()
            async with Store.open(settings.store.url.get_secret_value(), clock=CLOCK) as store:
                with Control(folder / "vocero.sock") as control:
                    running = Surveying(there, control, store)

                    async def reconciled() -> bool:
                        return bool((await running.get("/status"))["reconciled"])

                    await until(reconciled, 20, "the dialer has asked Asterisk what is true")
                    yield running
        finally:
            stop.set()
