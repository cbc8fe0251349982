"""Agents and people on the real Asterisk: joined, parted, orphaned, and what each of them hears."""

from __future__ import annotations

import asyncio

import pytest

from cti_api.model.ids import AgentId
from cti_api.model.phone import PhoneNumber
from ivr.agi.session import AgiSession
from ivr.agi.verbs import AFTER, Next
from tests.support.agi_handlers import PIP, Leads, serving
from tests.support.calls import (
    WAIT_SECONDS,
    campaign_sound,
    counted,
    ended,
    hang_up,
    join,
    place,
    recorded,
    seat,
    tone_heard,
    until_channel,
)
from tests.support.raw_ami import RawAmi
from tests.support.shift import until
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, Counts, number
from vocero.lab.sounds import audible_seconds, tone_seconds

pytestmark = pytest.mark.asterisk


async def test_agent_and_person_hear_each_other_and_the_star_key_ends_the_call(
    ami: RawAmi, telephones: Telephones
) -> None:
    phone, called = telephones.phones[AgentId("ana")], number(Behaviour.TALKS, 10)
    leg = await seat(ami, AgentId("ana"))
    attempt = place(ami, called, record="1")
    await ami.said("VoceroLive", attempt)
    await join(ami, leg, attempt)
    await _hears(telephones, called, phone.tone_hz, 1.0)
    await _is_recorded(telephones, attempt, phone.tone_hz, 0.2)
    await phone.press("*")
    assert await ended(ami, attempt) == 16
    assert (await ami.event("DTMFEnd", Uniqueid=leg, Direction="Received"))["Digit"] == "*"
    assert await counted(telephones.customers, called) == Counts(invited=1, answered=1, hung_up=1)
    assert audible_seconds(recorded(telephones.asterisk, attempt)) >= 1

    second = place(ami, number(Behaviour.ECHOES, 10))
    await ami.said("VoceroLive", second)
    before = len(phone.heard())
    await join(ami, leg, second)
    await until(
        lambda: tone_seconds(phone.heard()[before:], phone.tone_hz) >= 1, WAIT_SECONDS, "the agent's tone comes back"
    )
    await hang_up(ami, second)
    await hang_up(ami, leg)


async def test_a_person_who_hangs_up_leaves_the_agent_to_the_music(ami: RawAmi, telephones: Telephones) -> None:
    leg = await seat(ami, AgentId("beto"))
    attempt = place(ami, number(Behaviour.HANGS_UP, 11))
    await ami.said("VoceroLive", attempt)
    await join(ami, leg, attempt)
    await ended(ami, attempt)
    await until_channel(ami, leg, Exten="wait", Application="MusicOnHold")
    await hang_up(ami, leg)


async def test_an_agent_rung_for_one_call_is_free_when_it_ends(ami: RawAmi) -> None:
    attempt = place(ami, number(Behaviour.HANGS_UP, 12))
    await ami.said("VoceroLive", attempt)
    leg = "c0ffee" + attempt[6:]
    ami.send(
        "Originate",
        {"__VOCERO_NAILED": "0"},
        Channel="PJSIP/carla",
        Context="vocero-agent",
        Exten=attempt,
        Priority="1",
        Async="true",
        ChannelId=leg,
    )
    await ami.event("BridgeEnter", Uniqueid=attempt)
    await ended(ami, attempt)
    await ended(ami, leg)


async def test_a_person_who_is_gone_leaves_the_agent_where_it_was(ami: RawAmi) -> None:
    leg = await seat(ami, AgentId("beto"))
    attempt = place(ami, number(Behaviour.HANGS_UP_AT_ONCE, 13))
    await ended(ami, attempt)
    ami.send("Redirect", Channel=leg, Context="vocero-agent", Exten=attempt, Priority="1")
    await until_channel(ami, leg, Exten="wait", Application="MusicOnHold")
    await hang_up(ami, leg)


async def test_a_person_whose_agent_died_is_orphaned_and_another_agent_takes_over(
    ami: RawAmi, telephones: Telephones
) -> None:
    called = number(Behaviour.TALKS, 14)
    first, second = await seat(ami, AgentId("ana")), await seat(ami, AgentId("beto"))
    attempt = place(ami, called, record="1")
    await ami.said("VoceroLive", attempt)
    await join(ami, first, attempt)
    tones = [telephones.phones[AgentId(agent)].tone_hz for agent in ("ana", "beto")]
    await _hears(telephones, called, tones[0], 0.5)
    await _is_recorded(telephones, attempt, tones[0], 0.1)
    await telephones.phones[AgentId("ana")].hang_up()
    await ami.said("VoceroOrphaned", attempt)
    await ended(ami, first)
    ami.messages.clear()
    await join(ami, second, attempt)
    await _hears(telephones, called, tones[1], 0.5)
    await _is_recorded(telephones, attempt, tones[1], 0.1)
    await hang_up(ami, attempt)
    await hang_up(ami, second)
    (heard,) = telephones.customers.heard(called)
    await until(
        lambda: len(recorded(telephones.asterisk, attempt)) == pytest.approx(len(heard), abs=4000),
        WAIT_SECONDS,
        "both conversations are in one recording",
    )
    assert all(tone_seconds(recorded(telephones.asterisk, attempt), hz) >= 0.1 for hz in tones)


async def test_an_orphan_nobody_takes_hears_the_message(ami: RawAmi, telephones: Telephones) -> None:
    campaign_sound(telephones.asterisk, "huerfano", "abandoned", 800)
    called = number(Behaviour.TALKS, 15)
    leg = await seat(ami, AgentId("ana"))
    attempt = place(ami, called, hold="0.5", campaign="huerfano")
    await ami.said("VoceroLive", attempt)
    await join(ami, leg, attempt)
    await telephones.phones[AgentId("ana")].hang_up()
    await ami.said("VoceroOrphaned", attempt)
    await ami.said("VoceroAbandoned", attempt)
    await ended(ami, attempt)
    await _hears(telephones, called, 800, 0.8)
    assert tone_heard(telephones.customers, called, 800) <= 1.1


async def _hears(telephones: Telephones, called: PhoneNumber, hz: float, seconds: float) -> None:
    await until(
        lambda: tone_heard(telephones.customers, called, hz) >= seconds, WAIT_SECONDS, f"the person hears {hz:g} Hz"
    )


async def _is_recorded(telephones: Telephones, attempt: str, hz: float, seconds: float) -> None:
    """The agent alone, between the person's words."""
    await until(
        lambda: tone_seconds(recorded(telephones.asterisk, attempt), hz) >= seconds,
        WAIT_SECONDS,
        f"{hz:g} Hz is recorded",
    )


async def test_where_a_survey_follows_the_agent_is_free_and_the_person_is_asked(
    ami: RawAmi, telephones: Telephones
) -> None:
    asked = asyncio.Event()

    async def script(call: AgiSession) -> None:
        asked.set()
        await call.play(PIP)
        await call.leave(Next.HANG_UP)

    ivr = Leads(script)
    leg = await seat(ami, AgentId("ana"))
    async with serving(ivr, telephones.ports.agi):
        attempt = place(ami, number(Behaviour.ECHOES, 30), after="survey")
        await ami.said("VoceroLive", attempt)
        await join(ami, leg, attempt)
        await telephones.phones[AgentId("ana")].press("*")
        await ami.said("VoceroSurveyed", attempt)
        assert await ended(ami, attempt) == 16
        await until_channel(ami, leg, Exten="wait", Application="MusicOnHold")
    assert asked.is_set()
    assert (ivr.calls[0].inbound.entry, ivr.calls[0].inbound.id) == (AFTER, attempt)

    second = place(ami, number(Behaviour.ECHOES, 31), after="survey")
    await ami.said("VoceroLive", second)
    await join(ami, leg, second)
    ami.send("Redirect", Channel=leg, Context="vocero-agent", Exten="over", Priority="1")
    await ami.said("VoceroSurveyed", second)
    assert await ended(ami, second) == 16, "there is no IVR: the call ends as without a survey"
    await hang_up(ami, leg)
