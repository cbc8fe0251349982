"""From a person's answer to the first of their sound on its way to the agent, read from the wire (root only).

The whole product on this machine's loopback: the answer is the customer's ``200 OK`` (with answering-machine detection:
the packet in which Asterisk tells its verdict); the end is the first sound packet to the agent's softphone that carries
what this very customer said.
"""

from __future__ import annotations

import tempfile
from math import inf
from pathlib import Path
from typing import Any

from cti_api.model.ids import AgentId, TrunkId
from tests.bench.figure import Figure
from tests.support.loopback import Loopback, Packet
from tests.support.shift import attempts, campaign_file, people, post, staff, until_state
from vocero.demo import CACHE
from vocero.lab.asterisk import fetch_asterisk
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk
from vocero.lab.summary import nearest_rank

TRUNK = TrunkId("operador-a")
AGENTS = ("ana", "luis", "marta")
CALLS = 60
GOAL_MS = 100
LIVE_ANSWERS = {"connected", "abandoned", "caller_hung_up"}
"""A person was there. What AMD takes for a machine is joined with nobody, and does not count."""
RTP_HEADER_BYTES = 12


async def figures() -> list[Figure]:
    """Everything measured here."""
    return [*await _measure("without AMD"), *await _measure("with AMD")]


async def _measure(how: str) -> list[Figure]:
    amd = how == "with AMD"
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="vocero-bench-") as folder:  # a socket's path must be short
        async with Rig(Path(folder), await fetch_asterisk(CACHE), trunks=[RigTrunk(id=TRUNK)]) as rig:
            file = campaign_file("medida", [TRUNK], amd={"enabled": amd}, recording="on")
            await rig.make_campaign("medida", file, people(number(Behaviour.HANGS_UP, n) for n in range(CALLS)))
            await staff(rig, ["medida"], *AGENTS)
            with Loopback(rig.ports.all) as wire:
                await post(rig, "/campaigns/medida/start")
                await until_state(rig, "medida", "completed", 300)
            waits = _waits(rig, wire.packets, await attempts(rig, "medida"), amd)
    return [
        Figure(f"answer to agent {how}, people who stayed to be joined", len(waits), "", f"≥ {CALLS * 9 // 10}"),
        Figure(f"answer to agent {how}, p50", nearest_rank(waits, 0.50) or inf, "ms"),
        Figure(f"answer to agent {how}, p95", nearest_rank(waits, 0.95) or inf, "ms", f"≤ {GOAL_MS}"),
        Figure(f"answer to agent {how}, longest", max(waits, default=inf), "ms"),
    ]


def _waits(rig: Rig, packets: list[Packet], tried: list[dict[str, Any]], amd: bool) -> list[float]:
    """Milliseconds of every live answer; for ever where the agent's sound of that person was not found."""
    sound_ports = {step.number.e164: step.sound_port for step in rig.customers[TRUNK].steps()}
    waits = []
    for one in tried:
        if one["result"] not in LIVE_ANSWERS:
            continue
        answered = _verdict(packets, one["attempt_id"]) if amd else _answer(rig, packets, one["number"])
        heard = _first_heard(rig, packets, one, sound_ports[one["number"]], answered)
        waits.append(inf if answered is None or heard is None else (heard - answered) * 1000.0)
    return waits


def _answer(rig: Rig, packets: list[Packet], called: str) -> float | None:
    """When the customer's ``200 OK`` to the INVITE left their telephone."""
    to = called.removeprefix("+").encode()
    for packet in packets:
        if packet.from_port == rig.customers[TRUNK].port and packet.payload.startswith(b"SIP/2.0 200 "):
            header = packet.payload.partition(b"\r\n\r\n")[0]
            if b" INVITE" in header and to in header:
                return packet.at
    return None


def _verdict(packets: list[Packet], attempt_id: str) -> float | None:
    """When Asterisk told what AMD had found."""
    about = f"Attempt: {attempt_id}".encode()
    for packet in packets:
        if about in packet.payload and b"UserEvent: VoceroAmd" in packet.payload:
            return packet.at
    return None


def _first_heard(
    rig: Rig, packets: list[Packet], one: dict[str, Any], sound_port: int, since: float | None
) -> float | None:
    """When the first packet with something this customer said left for the agent's softphone."""
    if since is None or one["agent_id"] is None:
        return None
    first, last = rig.ports.softphone_rtp(list(rig.phones).index(AgentId(one["agent_id"])))
    ears = range(first, last + 1)
    said: set[bytes] = set()
    for packet in packets:
        if packet.to_port == sound_port:
            said.add(packet.payload[RTP_HEADER_BYTES:])
        elif packet.at >= since and packet.to_port in ears and packet.payload[RTP_HEADER_BYTES:] in said:
            return packet.at
    return None
