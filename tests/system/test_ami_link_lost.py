"""The AMI link against the real Asterisk: every way to lose it."""

from __future__ import annotations

import asyncio
import csv
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import LinkDown, ResultUnknown
from dialer.ami.session import SessionTiming
from dialer.telephony import (
    CallEnded,
    CallRinging,
    LinkDoubtful,
    LinkLost,
    LinkUp,
    PlaceCall,
    TelephonyEvent,
)
from tests.support import cutting_proxy as proxied
from tests.support.calls import MAIN
from tests.support.cutting_proxy import Cut, CuttingProxy, Toward
from tests.support.ears import a_call, at, linked
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.asterisk import LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import Ports, free_ports

pytestmark = pytest.mark.asterisk

HASTY = SessionTiming(ping_every_seconds=0.1, ping_answer_seconds=0.5)

POINTS = {
    "in the middle of the Originate": Cut(Toward.ASTERISK, proxied.ORIGINATE_BEGINS, after_bytes=40),
    "in its last line": Cut(Toward.ASTERISK, rb"VOCERO_RECORD"),
    "behind the Originate": Cut(Toward.ASTERISK, proxied.ORIGINATE_WHOLE),
    "in the middle of the answer": Cut(Toward.CLIENT, rb"Originate succ"),
    "behind the answer": Cut(Toward.CLIENT, proxied.QUEUED),
    "in how it ended": Cut(Toward.CLIENT, rb"Event: OriginateResponse\r\n"),
}


@pytest.mark.parametrize("point", POINTS)
async def test_however_the_line_is_cut_no_call_is_placed_twice_and_no_wait_is_left(
    telephones: Telephones, point: str
) -> None:
    async with (
        CuttingProxy(telephones.asterisk.ami_port) as proxy,
        linked(at(telephones.asterisk, port=proxy.port)) as (link, ears),
    ):
        outcomes: Counter[str] = Counter()
        calls = [a_call(number(Behaviour.BUSY, 960 + turn)) for turn in range(5)]
        for turn, call in enumerate(calls, start=1):
            await ears.until(lambda said, turn=turn: _count(said, LinkUp) >= turn)
            proxy.cut_at(POINTS[point])
            try:
                await link.perform(call)
                outcomes["queued"] += 1
            except ResultUnknown:
                outcomes["unknown"] += 1
            await ears.until(lambda said, turn=turn: _count(said, LinkLost) >= turn)
        await ears.until(lambda said: _count(said, LinkUp) > len(calls))
        assert outcomes.total() == len(calls)
        assert set(proxy.originates.values()) <= {1}

        async def no_channel_is_left() -> bool:  # events of a cut may be missed: it has to be asked
            return not (await link.truth()).channels

        await until(no_channel_is_left, 30, "every call is over")
    journal = telephones.asterisk.journal
    await until(lambda: _starts(journal, calls) == proxy.originates, 30, "what went out began in Asterisk, once")


def _count(said: list[TelephonyEvent], kind: type) -> int:
    return sum(isinstance(event, kind) for event in said)


def _starts(journal: Path, calls: list[PlaceCall]) -> Counter[str]:
    """How often the channel of each began, by Asterisk's own account (asterisk/README.md, "The journal")."""
    ids = {call.attempt_id for call in calls}
    if not journal.exists():  # it is made with the first row
        return Counter()
    with journal.open(newline="") as rows:
        return Counter(row[2] for row in csv.reader(rows) if row[0] == "CHAN_START" and row[2] in ids)


async def test_a_black_hole_stops_new_calls_and_ends_every_wait(telephones: Telephones) -> None:
    async with (
        CuttingProxy(telephones.asterisk.ami_port) as proxy,
        linked(at(telephones.asterisk, port=proxy.port), session_timing=HASTY) as (link, ears),
    ):
        await ears.until(bool)
        proxy.black_hole()
        with pytest.raises((ResultUnknown, LinkDown)):
            await link.perform(a_call(number(Behaviour.BUSY, 980)))
        await ears.until(lambda said: _count(said, LinkLost) >= 1)
        kinds = [type(event) for event in ears.said]
        assert kinds.index(LinkDoubtful) < kinds.index(LinkLost)
        proxy.heal()
        await ears.until(lambda said: isinstance(said[-1], LinkUp))
        assert (await link.truth()).channels == ()
    assert proxy.originates == {}


@pytest.mark.long
async def test_a_black_hole_is_seen_with_the_waits_of_the_product(telephones: Telephones) -> None:
    async with (
        CuttingProxy(telephones.asterisk.ami_port) as proxy,
        linked(at(telephones.asterisk, port=proxy.port)) as (_, ears),
    ):
        for hole in range(1, 4):
            await ears.until(lambda said, hole=hole: _count(said, LinkUp) == hole)
            proxy.black_hole()
            await until(lambda hole=hole: _count(ears.said, LinkLost) >= hole, 12, "the black hole is seen")
            proxy.heal()


@pytest.fixture
async def own(telephones: Telephones, tmp_path: Path) -> AsyncIterator[tuple[LabAsterisk, Ports]]:
    """An Asterisk that may be killed and frozen; its customers are the shared ones."""
    with free_ports() as ports:
        trunks = [LabTrunk(id=MAIN, port=telephones.ports.trunk_sip(0))]
        async with LabAsterisk(telephones.program, tmp_path, ports, trunks=trunks) as asterisk:
            yield asterisk, ports


async def test_an_asterisk_that_crashed_and_came_back_is_known_by_its_start(own: tuple[LabAsterisk, Ports]) -> None:
    asterisk, _ = own
    async with linked(at(asterisk)) as (link, ears):
        await ears.until(bool)
        call = a_call(number(Behaviour.RINGS_OUT, 990))
        await link.perform(call)
        await ears.hear(CallRinging(call.attempt_id))
        placed_at = SystemClock().now()
        asterisk.kill()
        await ears.until(lambda said: _count(said, LinkLost) >= 1)
        await asyncio.sleep(1.0)  # the start is known to the second
        await asterisk.start()
        await ears.until(lambda said: isinstance(said[-1], LinkUp))
        truth = await link.truth()
        assert truth.channels == ()
        assert truth.asterisk_started_at > placed_at.replace(microsecond=0)
        assert CallEnded not in {type(event) for event in ears.about(call.attempt_id)}


async def test_an_asterisk_that_stops_in_good_order_says_so_first(own: tuple[LabAsterisk, Ports]) -> None:
    asterisk, _ = own
    async with linked(at(asterisk)) as (_, ears):
        await ears.until(bool)
        await asterisk.stop()
        await ears.until(lambda said: _count(said, LinkLost) >= 1)
        assert LinkDoubtful("Asterisk says that it is stopping") in ears.said


async def test_a_frozen_asterisk_is_noticed_and_found_again(own: tuple[LabAsterisk, Ports]) -> None:
    asterisk, _ = own
    async with linked(at(asterisk), session_timing=HASTY) as (link, ears):
        await ears.until(bool)
        os.kill(asterisk.pid, signal.SIGSTOP)
        try:
            await ears.until(lambda said: _count(said, LinkLost) >= 1)
            with pytest.raises(LinkDown):
                await link.perform(a_call(number(Behaviour.BUSY, 991)))
        finally:
            os.kill(asterisk.pid, signal.SIGCONT)
        await ears.until(lambda said: isinstance(said[-1], LinkUp))
        assert (await link.truth()).channels == ()
