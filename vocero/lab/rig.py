"""Everything real around one Vocero, on loopback: an Asterisk, customers behind each trunk, softphones, and the dialer
itself as a process of its own, as in production. The demo runs on it, and so do the tests.

    async with Rig(folder, program, trunks=[TrunkId("operador-a")]) as rig:
        rig.control.post("/campaigns/c/start")
        await rig.add_agent(AgentId("ana"), "Ana Díaz", [CampaignId("c")])
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from cti_api.errors import InputError, Unreachable
from cti_api.inbound_settings import TransferSettings
from cti_api.model.ids import AgentId, CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from cti_api.settings import PREFIX
from dialer.ami.actions import core_show_channels
from dialer.ami.session import AmiAddress, AmiSession
from vocero.asterisk_site import InboundNumber
from vocero.client import Control
from vocero.first_start import transfers_of
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.child import Child
from vocero.lab.customers import Customers
from vocero.lab.handsets import Voice
from vocero.lab.ports import LOOPBACK, TRUNKS, Ports, free_ports
from vocero.lab.softphones import Softphone

LAB_PACKS: Final = Path(__file__).parent / "packs"
"""The law of the lab: its customers are programs, so the demo and the tests run at any hour."""

CALLERS: Final = TrunkId("entrada")
"""The line on which people call in."""

UP_SECONDS: Final = 60.0
"""From the start of the dialer to its first answer: 1.5 s measured; the rest is for a busy machine."""

REGISTERED_SECONDS: Final = 30.0
LIST_SECONDS: Final = 5.0
LIST: Final = "clientes.csv"
"""What every list brought in here is called."""
QUIET_LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class RigTrunk:
    """One trunk of the rig, with the limits the settings give it."""

    id: TrunkId
    channels: int = 100
    calls_per_hour: int = 100_000
    calls_per_second: float = 20.0
    rtp_timeout_seconds: int = 30
    own: Mapping[PhoneNumber, Voice] = field(default_factory=dict)
    """People behind it who do something of their own with their sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the rig's IVR is told of callers: who dials `number` from `Rig.port_of_callers` meets the tree `entry`."""

    number: str
    entry: str
    look_ups: Mapping[str, Any]
    speech: Mapping[str, Any]
    """Those sections of the settings."""


class Detour(Protocol):
    """What stands between the dialer and Asterisk's manager port: the dialer is told this port instead."""

    port: int


class Rig:
    """``async with`` brings everything up, and down again; `dialer` may be killed and started in between."""

    def __init__(
        self,
        folder: Path,
        program: AsteriskProgram,
        *,
        trunks: Sequence[RigTrunk],
        store_url: str = "",
        log_level: str = "info",
        ami_through: Callable[[int], AbstractAsyncContextManager[Detour]] | None = None,
        messages: Mapping[str, Any] | None = None,
        callers_into: str = "",
        ivr: bool = False,
        answers: Answers | None = None,
        inbound: tuple[InboundNumber, ...] = (),
        transfers: TransferSettings | None = None,
        console: bool = False,
    ) -> None:
        """`ami_through` is given Asterisk's manager port and opens the detour to it (see `detour`). `messages` is that
        section of the settings; with it the public door stands open, too (`public_url`). `callers_into`: a
        queue; whoever calls from `port_of_callers` comes into it. With `answers` they meet a tree instead. `ivr`: it
        runs, and leads whom it is brought. `inbound`: numbers that are answered besides, by what is at
        ``ports.agi``. `transfers`: where people may be handed on to. `console`: people may sign in (`console_url`)."""
        self.folder = folder.absolute()
        self.settings_file = self.folder / "vocero.yaml"
        self.store_file = self.folder / "vocero.db"
        self.prompts = self.folder / "prompts"
        self._store_url = store_url or f"sqlite:///{self.store_file}"
        self._log_level = log_level
        self._ami_through = ami_through
        self._messages = messages
        self._callers_into, self._entrance, self._inbound = callers_into, answers, inbound
        self._transfers = transfers or TransferSettings()
        self._ivr = ivr or answers is not None
        self._console = console
        self._program = program
        self._trunks = trunks
        self._stack = AsyncExitStack()
        self.ports: Ports
        """The block of ports that all of it uses."""
        self.asterisk: LabAsterisk
        self.customers: dict[TrunkId, Customers] = {}
        self.phones: dict[AgentId, Softphone] = {}
        self.dialer: Child
        self.control: Control
        self.detour: Detour | None = None
        """Between the dialer and Asterisk, where one was asked for."""

    async def __aenter__(self) -> Self:
        try:
            await self._bring_up()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _bring_up(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        ports = self.ports = self._stack.enter_context(free_ports())
        lines = [
            LabTrunk(
                id=trunk.id,
                port=ports.trunk_sip(place),
                channels=trunk.channels,
                calls_per_hour=trunk.calls_per_hour,
                rtp_timeout_seconds=trunk.rtp_timeout_seconds,
            )
            for place, trunk in enumerate(self._trunks)
        ]
        if self._callers_into or self._entrance or self._inbound:
            lines.append(LabTrunk(id=CALLERS, port=self.port_of_callers, into_queue=self._callers_into))
        entrance = self._entrance
        answered = (InboundNumber(number=entrance.number, entry=entrance.entry),) if entrance else ()
        self.asterisk = await self._stack.enter_async_context(
            LabAsterisk(
                self._program,
                self.folder / "asterisk",
                ports,
                trunks=lines,
                inbound=answered + self._inbound,
                transfers=dict(transfers_of(self._transfers)),
            )
        )
        for place, trunk in enumerate(self._trunks):
            self.customers[trunk.id] = await self._stack.enter_async_context(
                Customers(self.folder / f"customers-{trunk.id}", ports, trunk=place, own=trunk.own)
            )
        if self._ami_through is not None:
            self.detour = await self._stack.enter_async_context(self._ami_through(ports.ami))
        self._write_settings(ports)
        command = [sys.executable, "-m", "vocero", "--settings", str(self.settings_file), "up"]
        # Whoever runs the rig may have settings of a real system in their shell: they are none of the rig's.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.dialer = Child("dialer", command, self.folder, environment)
        self._stack.push_async_callback(self.dialer.stop)
        self.control = self._stack.enter_context(Control(self.folder / "vocero.sock"))
        await self.start_dialer()

    @property
    def port_of_callers(self) -> int:
        """Calls from this SIP port come into the queue that was named."""
        return self.ports.trunk_sip(TRUNKS[-1])

    @property
    def public_url(self) -> str:
        """Where providers report and customers book."""
        return f"http://{LOOPBACK}:{self.ports.public}"

    @property
    def scraped(self) -> str:
        """Where Prometheus asks."""
        return f"{LOOPBACK}:{self.ports.metrics}"

    @property
    def console_url(self) -> str:
        """Where people sign in."""
        return f"http://{LOOPBACK}:{self.ports.console}"

    async def start_dialer(self) -> None:
        """Start the dialer and wait until its API answers. Raises `Unreachable` with its last words."""
        self.dialer.start()
        await self.dialer.wait_until(self._answers, UP_SECONDS)

    async def reconciled(self, seconds: float = UP_SECONDS) -> None:
        """Wait until the dialer has asked Asterisk what is true, so that it may dial. Raises `Unreachable`."""
        await self.dialer.wait_until(lambda: self._answers() and self.control.get("/status")["reconciled"], seconds)

    async def make_campaign(self, campaign_id: CampaignId, file: bytes, people: str) -> None:
        """Make a campaign from its file and bring its list (CSV) in. Raises `InputError` for a list not taken whole."""
        await asyncio.to_thread(self.control.send, "POST", "/campaigns", file, "application/yaml")
        place = f"/campaigns/{campaign_id}/leads?file={LIST}"
        sent = partial(self.control.send_lines, place, [people.encode()], "text/csv")
        told = await asyncio.to_thread(lambda: list(sent()))
        result = told[-1].get("result")
        if result is None or result["imported"] != result["rows"]:
            raise InputError(f"Not every row of the list went in: {told[-1]}")

    async def add_agent(self, agent_id: AgentId, name: str, campaigns: Sequence[CampaignId], **more: Any) -> Softphone:
        """Make an agent, start their softphone, and wait until the dialer knows that it is registered."""
        new = {"id": agent_id, "name": name, "campaigns": list(campaigns), **more}
        added = await asyncio.to_thread(self.control.post, "/agents", new)
        phone = Softphone(
            self.folder / f"phone-{agent_id}",
            agent_id,
            added["sip"]["password"],
            self.asterisk.sip_port,
            self.ports,
            phone=len(self.phones),
        )
        self.phones[agent_id] = await self._stack.enter_async_context(phone)
        await self.dialer.wait_until(lambda: self._agent(agent_id)["phone_reachable"], REGISTERED_SECONDS)
        return phone

    async def log_in(self, agent_id: AgentId) -> None:
        """Sign an agent in; the softphone answers by itself."""
        await asyncio.to_thread(self.control.post, f"/agents/{agent_id}/login")

    async def channels(self) -> list[str]:
        """Names of every channel Asterisk has now, asked over a session of our own."""
        return [name for name, _ in await self._channels()]

    async def bridges(self) -> list[set[str]]:
        """Who is joined with whom in Asterisk now, each by whose channel it is: ``ana``, ``573001234567``."""
        joined: dict[str, set[str]] = {}
        for name, bridge in await self._channels():
            if bridge:
                joined.setdefault(bridge, set()).add(re.split("[/@;]|-[0-9a-f]{8}", name)[1])
        return list(joined.values())

    async def _channels(self) -> list[tuple[str, str]]:
        """Each with the bridge it is in."""
        address = AmiAddress(
            host=LOOPBACK, port=self.asterisk.ami_port, username="vocero", secret=self.asterisk.ami_secret
        )
        async with AmiSession(address) as session:
            listed = await session.collect(core_show_channels(), LIST_SECONDS)
        return [(str(message.get("Channel")), str(message.get("BridgeId"))) for message in listed]

    async def quiet(self, seconds: float) -> list[str]:
        """Wait until no channel is left; returns those that still are when the time is over."""
        for _ in range(max(1, int(seconds / QUIET_LOOK_SECONDS))):
            if not (left := await self.channels()):
                break
            await asyncio.sleep(QUIET_LOOK_SECONDS)
        return left

    def _agent(self, agent_id: AgentId) -> dict[str, Any]:
        answer: dict[str, Any] = self.control.get(f"/agents/{agent_id}")
        return answer

    def _answers(self) -> bool:
        try:
            self.control.get("/status")
        except Unreachable:
            return False
        return True

    def _write_settings(self, ports: Ports) -> None:
        """The settings file; JSON is YAML too."""
        settings: dict[str, Any] = {
            "store": {"url": self._store_url},
            "asterisk": {
                "ami": {
                    "host": LOOPBACK,
                    "port": self.detour.port if self.detour else ports.ami,
                    "user": "vocero",
                    "secret": self.asterisk.ami_secret,
                },
                "browsers": {"port": ports.websocket},
                "recordings": str(self.asterisk.recordings),
                "cel_journal": str(self.asterisk.journal),
                "sounds": str(self.asterisk.campaign_sounds),
                "sip_accounts": str(self.folder / "asterisk" / "sip-accounts.sqlite3"),
            },
            "trunks": [
                {
                    "name": trunk.id,
                    "channels": trunk.channels,
                    "calls_per_hour": trunk.calls_per_hour,
                    "calls_per_second": trunk.calls_per_second,
                }
                for trunk in self._trunks
            ],
            "api": {"socket": str(self.folder / "vocero.sock"), "metrics_port": ports.metrics},
            "law": {"folder": str(LAB_PACKS)},
            "limits": {"channels": 500, "calls_per_second": 50},
            "log": {"level": self._log_level},
            "transfers": self._transfers.model_dump(mode="json"),
        }
        if self._messages is not None:
            settings["messages"] = dict(self._messages)
            settings["public"] = {"port": ports.public, "base_url": self.public_url}
        if self._console:
            settings["console"] = {"port": ports.console}
        if self._ivr:
            self.prompts.mkdir(exist_ok=True)
            settings["ivr"] = {"port": ports.agi, "sound_port": ports.sound, "prompts": str(self.prompts)}
        if self._entrance is not None:
            settings["inbound"] = [{"number": self._entrance.number, "entry": self._entrance.entry}]
            settings["look_ups"] = dict(self._entrance.look_ups)
            settings["speech"] = dict(self._entrance.speech)
        self.settings_file.touch(mode=0o600)
        self.settings_file.write_text(json.dumps(settings, indent=2))
