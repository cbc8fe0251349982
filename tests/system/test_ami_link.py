"""The AMI link against the real Asterisk: what it says of calls and softphones, and every way to lose it."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import ActionRefused, InputError, LinkDown, ResultUnknown
from cti_api.model.ids import AgentId, AttemptId, LegId, TrunkId, new_attempt_id, new_leg_id
from cti_api.model.phone import PhoneNumber
from dialer.ami import actions
from dialer.ami.actions import Action
from dialer.ami.link import AmiLink, LinkState, LinkTiming
from dialer.ami.session import AmiAddress, AmiSession, SessionTiming
from dialer.telephony import (
    CallAgent,
    CallAnswered,
    CallDialed,
    CallEnded,
    CallForbidden,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallRefused,
    CallRinging,
    HangUp,
    JoinCall,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LinkDoubtful,
    LinkLost,
    LinkUp,
    PhoneReachable,
    PlaceCall,
    TelephonyEvent,
)
from tests.support import cutting_proxy as proxied
from tests.support.ami_fake import AmiFake, Channel
from tests.support.ami_peers import address
from tests.support.calls import MAIN
from tests.support.cutting_proxy import Cut, CuttingProxy, Toward
from tests.support.hostile import hostile_strings
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.asterisk import LabAsterisk, LabTrunk
from vocero.lab.customers import Behaviour, number
from vocero.lab.ports import LOOPBACK, Ports, free_ports
from vocero.lab.softphones import Softphone

pytestmark = pytest.mark.asterisk

ANA = AgentId("ana")
QUICK = LinkTiming(first_retry_seconds=0.02, longest_retry_seconds=0.1)
HASTY = SessionTiming(ping_every_seconds=0.1, ping_answer_seconds=0.5)


def at(asterisk: LabAsterisk, port: int = 0, secret: str = "") -> AmiAddress:
    return AmiAddress(
        host=LOOPBACK, port=port or asterisk.ami_port, username="vocero", secret=secret or asterisk.ami_secret
    )


class Ears:
    """Everything the link said, and a way to wait for more."""

    def __init__(self) -> None:
        self.said: list[TelephonyEvent] = []
        self._news = asyncio.Condition()

    async def listen(self, link: AmiLink) -> None:
        async for event in link.events():
            async with self._news:
                self.said.append(event)
                self._news.notify_all()

    async def hear(self, *wanted: TelephonyEvent, seconds: float = 15) -> None:
        """Wait until all of these were said, in any order."""
        await self.until(lambda said: all(event in said for event in wanted), seconds)

    async def until(self, true: Callable[[list[TelephonyEvent]], bool], seconds: float = 15) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: true(self.said))

    def about(self, attempt: AttemptId) -> list[TelephonyEvent]:
        return [event for event in self.said if getattr(event, "attempt_id", None) == attempt]


@contextlib.asynccontextmanager
async def linked(
    to: AmiAddress, *, timing: LinkTiming = QUICK, session_timing: SessionTiming | None = None
) -> AsyncIterator[tuple[AmiLink, Ears]]:
    link = AmiLink(to, clock=SystemClock(), random=Random(7), timing=timing, session_timing=session_timing)
    ears = Ears()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(link.run(), name="ami.link"), tasks.create_task(ears.listen(link))]
        yield link, ears
        for task in running:
            task.cancel()


@pytest.fixture
async def up(telephones: Telephones) -> AsyncIterator[tuple[AmiLink, Ears]]:
    async with linked(at(telephones.asterisk)) as (link, ears):
        await ears.until(lambda said: bool(said) and isinstance(said[0], LinkUp))
        yield link, ears


def a_call(to: PhoneNumber, **other: object) -> PlaceCall:
    call = PlaceCall(
        attempt_id=new_attempt_id(),
        number=to,
        trunk=MAIN,
        caller_id=PhoneNumber("+576015550100"),
        ring_seconds=20,
        campaign="prueba",
        hold_seconds=30.0,
        amd=False,
        machine_action="hang_up",
        record=False,
    )
    return replace(call, **other)  # type: ignore[arg-type]


async def seated(link: AmiLink, ears: Ears, agent: AgentId) -> LegId:
    leg = new_leg_id()
    await link.perform(CallAgent(leg_id=leg, agent_id=agent, nailed_up=True, attempt_id=None, ring_seconds=10))
    await ears.hear(LegAnswered(leg))
    return leg


# ------------------------------------------------------------------ what it says


async def test_a_call_is_told_from_ringing_to_its_end_and_the_truth_agrees(
    up: tuple[AmiLink, Ears], telephones: Telephones
) -> None:
    link, ears = up
    leg = await seated(link, ears, ANA)
    call = a_call(number(Behaviour.TALKS, 901))
    attempt = call.attempt_id
    await link.perform(call)
    await ears.hear(CallRinging(attempt), CallAnswered(attempt), CallLive(attempt))
    await link.perform(JoinCall(leg_id=leg, attempt_id=attempt))
    await ears.hear(CallJoined(attempt))
    await telephones.phones[ANA].press("7")
    await ears.hear(KeyPressed(leg, "7"))

    truth = await link.truth()
    seen = {channel.channel_id: channel for channel in truth.channels}
    assert set(seen) == {attempt, leg}
    assert (seen[attempt].up, seen[attempt].agent_id) == (True, None)
    assert (seen[leg].up, seen[leg].agent_id, seen[leg].exten) == (True, ANA, attempt)
    assert seen[attempt].bridge_id == seen[leg].bridge_id != ""
    assert truth.reachable_agents == set(telephones.phones)
    assert truth.asterisk_started_at == link.status.asterisk_started_at

    await link.perform(HangUp(channel_id=attempt))
    await ears.hear(CallEnded(attempt, 16))
    assert [channel.channel_id for channel in (await link.truth()).channels] == [leg]
    await link.perform(HangUp(channel_id=leg))
    await ears.hear(LegEnded(leg, 16))
    with pytest.raises(ActionRefused, match="No such channel"):
        await link.perform(HangUp(channel_id=leg))
    assert (await link.truth()).channels == ()


async def test_an_agent_who_has_only_just_answered_can_be_joined_at_once(up: tuple[AmiLink, Ears]) -> None:
    """LegAnswered is the channel's word, not the dialplan's: the two must not race."""
    link, ears = up
    for serial in range(10):
        call = a_call(number(Behaviour.TALKS, 910 + serial))
        await link.perform(call)
        await ears.hear(CallLive(call.attempt_id))
        leg = await seated(link, ears, ANA)
        await link.perform(JoinCall(leg_id=leg, attempt_id=call.attempt_id))
        await ears.hear(CallJoined(call.attempt_id))
        for channel in (call.attempt_id, leg):
            await link.perform(HangUp(channel_id=channel))
        await ears.hear(CallEnded(call.attempt_id, 16), LegEnded(leg, 16))


async def test_a_call_without_an_agent_is_told_to_have_waited_too_long(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.TALKS, 930), hold_seconds=0.25)
    await link.perform(call)
    await ears.hear(CallHoldExpired(call.attempt_id))
    await link.perform(HangUp(channel_id=call.attempt_id))
    await ears.hear(CallEnded(call.attempt_id, 16))


@pytest.mark.parametrize(
    ("behaviour", "status", "cause", "sip", "rings"),
    [
        (Behaviour.BUSY, 0, 17, 486, False),
        (Behaviour.CONGESTED, 0, 34, 503, False),
        (Behaviour.RINGS_THEN_FAILS, 480, 19, 480, True),
        (Behaviour.RINGS_OUT, 0, 19, None, True),
        (Behaviour.SILENT, 0, 18, None, False),
    ],
)
async def test_how_a_call_failed_is_told_whole(
    up: tuple[AmiLink, Ears], behaviour: Behaviour, status: int, cause: int, sip: int | None, rings: bool
) -> None:
    link, ears = up
    call = a_call(number(behaviour, 940, status=status), ring_seconds=5)
    attempt = call.attempt_id
    await link.perform(call)
    await ears.hear(CallDialed(attempt, cause, sip), CallEnded(attempt, cause), CallRefused(attempt))
    assert (CallRinging(attempt) in ears.said) == rings
    assert CallAnswered(attempt) not in ears.said


async def test_early_sound_is_a_living_trunk(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.EARLY_SOUND, 941))
    await link.perform(call)
    await ears.hear(CallLive(call.attempt_id))
    assert ears.about(call.attempt_id)[0] == CallRinging(call.attempt_id)
    await link.perform(HangUp(channel_id=call.attempt_id))
    await ears.hear(CallEnded(call.attempt_id, 16))


@pytest.mark.parametrize(
    ("why", "other"),
    [("number", {"number": PhoneNumber("+12125550100")}), ("trunk", {"trunk": TrunkId("nobody")})],
)
async def test_what_the_dialplan_forbids_is_told(up: tuple[AmiLink, Ears], why: str, other: dict[str, object]) -> None:
    link, ears = up
    call = a_call(number(Behaviour.TALKS, 950), **other)
    await link.perform(call)
    await ears.hear(CallForbidden(call.attempt_id, why), CallEnded(call.attempt_id, 21))


async def test_an_agent_whose_softphone_is_not_there_ends_at_once(up: tuple[AmiLink, Ears]) -> None:
    link, ears = up
    leg = new_leg_id()
    await link.perform(
        CallAgent(leg_id=leg, agent_id=AgentId("nadie"), nailed_up=True, attempt_id=None, ring_seconds=10)
    )
    await ears.hear(LegEnded(leg, 0))


async def test_softphones_come_and_go_also_those_of_accounts_made_while_asterisk_runs(
    up: tuple[AmiLink, Ears], telephones: Telephones, tmp_path: Path
) -> None:
    link, ears = up
    dora, asterisk = AgentId("dora"), telephones.asterisk
    here, gone = PhoneReachable(dora, True), PhoneReachable(dora, False)
    password = asterisk.accounts.add(dora)
    phone = Softphone(tmp_path, dora, password, asterisk.sip_port, telephones.ports, phone=9)
    async with phone:
        await ears.hear(here)
        assert dora in (await link.truth()).reachable_agents
        phone.kill()
        await phone.start()  # from another address, while the first is still registered
        await ears.until(lambda said: said.count(here) >= 2)
        assert dora in (await link.truth()).reachable_agents
    await ears.hear(gone)
    assert ears.said.index(gone) > ears.said.index(here)
    assert dora not in (await link.truth()).reachable_agents
    asterisk.accounts.remove(dora)


# ------------------------------------------------------------------ being let in


async def test_a_wrong_password_is_a_clear_state(telephones: Telephones) -> None:
    async with linked(at(telephones.asterisk, secret="wrong")) as (link, ears):
        await ears.until(bool)
        assert link.status.state is LinkState.REFUSED
        assert "compare its name and secret with manager.conf" in link.status.reason


async def test_a_port_of_something_else_is_told_from_asterisk(telephones: Telephones) -> None:
    sip = at(telephones.asterisk, port=telephones.ports.softphone_control(0))
    with pytest.raises(LinkDown):
        async with AmiSession(sip, SessionTiming(login_seconds=0.5)):
            pass


# ------------------------------------------------------------------ hostile values


async def test_two_thousand_hostile_values_are_each_one_header_to_asterisk(telephones: Telephones) -> None:
    async with AmiSession(at(telephones.asterisk)) as session:
        passed = 0
        for text in hostile_strings(Random(11), 20_000):
            if passed == 2_000:
                break
            with contextlib.suppress(InputError):
                action = Action(name="Ping", headers=(("X", text),), repeatable=True)
                assert (await session.perform(action, 5)).get("Ping") == "Pong"
                passed += 1
        assert passed == 2_000
        assert await session.collect(actions.core_show_channels(), 5) == ()
        assert not session.lost


# ------------------------------------------------------------------ losing it

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
            await ears.until(lambda said, turn=turn: _count(said, LinkUp) >= turn)  # type: ignore[misc]
            proxy.cut_at(POINTS[point])
            try:
                await link.perform(call)
                outcomes["queued"] += 1
            except ResultUnknown:
                outcomes["unknown"] += 1
            await ears.until(lambda said, turn=turn: _count(said, LinkLost) >= turn)  # type: ignore[misc]
        await ears.until(lambda said: _count(said, LinkUp) > len(calls))
        assert outcomes.total() == len(calls)
        assert set(proxy.originates.values()) <= {1}

        async def no_channel_is_left() -> bool:  # events of a cut may be missed: it has to be asked
            return not (await link.truth()).channels

        await until(no_channel_is_left, 10, "every call is over")
    journal = telephones.asterisk.journal
    await until(lambda: _starts(journal, calls) == proxy.originates, 10, "what went out began in Asterisk, once")


def _count(said: list[TelephonyEvent], kind: type) -> int:
    return sum(isinstance(event, kind) for event in said)


def _starts(journal: Path, calls: list[PlaceCall]) -> Counter[str]:
    """How often the channel of each began, by Asterisk's own account (asterisk/README.md, "The journal")."""
    ids = {call.attempt_id for call in calls}
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
            await ears.until(lambda said, hole=hole: _count(said, LinkUp) == hole)  # type: ignore[misc]
            proxy.black_hole()
            await until(lambda hole=hole: _count(ears.said, LinkLost) >= hole, 12, "the black hole is seen")  # type: ignore[misc]
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


# ------------------------------------------------------------------ the fake is honest


async def test_the_fake_answers_with_the_headers_of_the_real_one(telephones: Telephones) -> None:
    """Names and order; a list is compared by its first item and its end."""
    call = a_call(number(Behaviour.TALKS, 999))
    async with AmiFake() as fake, linked(at(telephones.asterisk)) as (link, ears):
        fake.channels, fake.phones = [Channel(uniqueid="x", name="y")], {"ana": True}
        await ears.until(bool)
        await link.perform(call)
        await ears.hear(CallLive(call.attempt_id))
        for ask in (actions.core_settings(), actions.core_status(), actions.ping(), actions.dial_contacts(ANA)):
            real, faked = [await _ask(each, ask) for each in (at(telephones.asterisk), address(fake))]
            assert _in_order(faked, real), (ask.name, faked, real)
        for listing in (actions.core_show_channels(), actions.registered_contacts()):
            real, faked = [await _first(each, listing) for each in (at(telephones.asterisk), address(fake))]
            assert _in_order(faked, real), (listing.name, faked, real)
        await link.perform(HangUp(channel_id=call.attempt_id))
        await ears.hear(CallEnded(call.attempt_id, 16))


async def _ask(to: AmiAddress, action: Action) -> list[str]:
    async with AmiSession(to) as session:
        return [name for name, _ in (await session.perform(action, 5)).headers]


async def _first(to: AmiAddress, action: Action) -> list[str]:
    async with AmiSession(to) as session:
        return [name for name, _ in (await session.collect(action, 5))[0].headers if name != "ActionID"]


def _in_order(some: list[str], all_: list[str]) -> bool:
    rest = iter(all_)
    return all(name in rest for name in some)
