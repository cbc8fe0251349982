"""The real Asterisk as the other side of a wire: whom it lets in, what hostile values are to it, and that the fake
answers as it does."""

from __future__ import annotations

import contextlib
from random import Random

import pytest

from cti_api.errors import InputError, LinkDown
from cti_api.model.ids import AgentId
from dialer.ami import actions
from dialer.ami.actions import Action
from dialer.ami.link import LinkState
from dialer.ami.session import AmiAddress, AmiSession, SessionTiming
from dialer.telephony import (
    CallEnded,
    CallLive,
    HangUp,
)
from tests.support.ami_fake import AmiFake, Channel
from tests.support.ami_peers import address
from tests.support.ears import a_call, at, linked
from tests.support.hostile import hostile_strings
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, number

pytestmark = pytest.mark.asterisk

ANA = AgentId("ana")


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
