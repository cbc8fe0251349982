"""How calls end on the real Asterisk: the cause, the SIP status, whether it rang."""

from __future__ import annotations

import pytest
import pytest_asyncio

from cti_api.model.phone import PhoneNumber
from tests.support.calls import NARROW, counted, ended, hang_up, place, steps, until_no_channel
from tests.support.raw_ami import RawAmi, raw_ami
from tests.system.conftest import Telephones
from vocero.lab.customers import Behaviour, Counts, number

pytestmark = pytest.mark.asterisk

RING_SECONDS = 5
"""Too short for the law, and much longer than a telephone here rings before it fails."""

OUTCOMES = {
    "486": (17, 486),
    "600": (17, 600),
    "404": (1, 404),
    "604": (1, 604),
    "410": (22, 410),
    "484": (28, 484),
    "401": (21, 401),
    "403": (21, 403),
    "603": (21, 603),
    "607": (127, 607),
    "608": (127, 608),
    "400": (127, 400),
    "415": (127, 415),
    "402": (127, 402),
    "429": (127, 429),
    "488": (58, 488),
    "500": (38, 500),
    "502": (27, 502),
    "503": (34, 503),
    "480": (19, 480),
    "408": (18, 408),
    "487": (127, 487),
    "302": (23, None),
    "486 after ringing": (17, 486),
    "480 after ringing": (19, 480),
    "rings out": (19, None),
    "silent": (18, None),
    "100 and nothing more": (18, None),
}
"""How a call ends → Q.850 cause, final SIP status."""

RANG = {"486 after ringing", "480 after ringing", "rings out"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outcomes(telephones: Telephones) -> dict[str, list[dict[str, str]]]:
    """Every kind of end at once: each call's events, in the order in which they came."""
    async with raw_ami(telephones.asterisk.ami_port, telephones.asterisk.ami_secret) as ami:
        attempts = {how: place(ami, _number(how), ring=RING_SECONDS) for how in OUTCOMES}
        for attempt in attempts.values():
            await ended(ami, attempt)
            await ami.event("OriginateResponse", Uniqueid=attempt)
            await ami.said("VoceroDialed", attempt)
        return {how: list(ami.about(attempt)) for how, attempt in attempts.items()}


def _number(how: str) -> PhoneNumber:
    match how.split():
        case ["rings", "out"]:
            return number(Behaviour.RINGS_OUT, 0)
        case ["silent"]:
            return number(Behaviour.SILENT, 0)
        case ["100", *_]:
            return number(Behaviour.TRYING, 0)
        case [status, "after", "ringing"]:
            return number(Behaviour.RINGS_THEN_FAILS, 0, status=int(status))
        case [status, *_]:
            return number(Behaviour.FAILS, 0, status=int(status))


@pytest.mark.parametrize("how", OUTCOMES)
def test_the_trunks_last_word_tells_cause_and_status(how: str, outcomes: dict[str, list[dict[str, str]]]) -> None:
    cause, status = OUTCOMES[how]
    (dialed,) = [e for e in outcomes[how] if e.get("UserEvent") == "VoceroDialed"]
    assert (dialed["Cause"], dialed["Sip"]) == (str(cause), str(status or ""))


@pytest.mark.parametrize("how", OUTCOMES)
def test_the_customers_channel_ends_with_the_same_cause(how: str, outcomes: dict[str, list[dict[str, str]]]) -> None:
    (near_half,) = [e for e in outcomes[how] if e["Event"] == "Hangup" and e["Channel"].endswith(";1")]
    assert near_half["Cause"] == str(OUTCOMES[how][0])


@pytest.mark.parametrize("how", OUTCOMES)
def test_ringing_is_seen_exactly_where_it_rang(how: str, outcomes: dict[str, list[dict[str, str]]]) -> None:
    near_half = [e for e in outcomes[how] if e["Event"] == "Newstate" and e["Channel"].endswith(";1")]
    states = [e for e in outcomes[how] if e["Event"] == "DialState" and "Channel" not in e]
    assert ("Ringing" in {e["ChannelStateDesc"] for e in near_half}) is (how in RANG)
    assert ("RINGING" in {e["DialStatus"] for e in states}) is (how in RANG)


@pytest.mark.parametrize("how", OUTCOMES)
def test_each_number_got_one_invite(how: str, outcomes: object, telephones: Telephones) -> None:
    assert telephones.customers.counts()[_number(how)].invited == 1


@pytest.mark.long
async def test_an_invite_that_asterisk_gave_up_itself_has_no_status(ami: RawAmi) -> None:
    """SIP timer B: the 408 that Asterisk makes is on the trunk's leg only, so one in `Sip` came over the wire."""
    attempt = place(ami, number(Behaviour.SILENT, 1), ring=45)
    assert await ended(ami, attempt, 40) == 18
    dialed = await ami.said("VoceroDialed", attempt)
    assert (dialed["Cause"], dialed["Sip"]) == ("18", "")


async def test_a_redirection_by_the_trunk_is_not_followed(ami: RawAmi, telephones: Telephones) -> None:
    called, elsewhere = number(Behaviour.FAILS, 1, status=302), PhoneNumber("+573000500999")
    before = steps(telephones.customers, elsewhere).count("invited")
    attempt = place(ami, called)
    assert await ended(ami, attempt) == 23
    await until_no_channel(ami)
    assert steps(telephones.customers, called) == ["invited", "failed"]
    assert steps(telephones.customers, elsewhere).count("invited") == before


async def test_early_sound_counts_as_life_on_the_line(ami: RawAmi) -> None:
    attempt = place(ami, number(Behaviour.EARLY_SOUND, 0))
    await ami.event("DialState", DestUniqueid=attempt, DialStatus="PROGRESS")
    await ami.said("VoceroLive", attempt)
    await hang_up(ami, attempt)


async def test_a_call_that_we_cancel_while_it_rings_is_canceled_at_the_telephone(
    ami: RawAmi, telephones: Telephones
) -> None:
    attempt = place(ami, number(Behaviour.RINGS_OUT, 1))
    await ami.event("DialState", DestUniqueid=attempt, DialStatus="RINGING")
    ami.send("Hangup", Channel=attempt, Cause="16")
    assert await ended(ami, attempt) == 16
    assert not [e for e in ami.about(attempt) if e.get("UserEvent") == "VoceroDialed"]
    assert await counted(telephones.customers, number(Behaviour.RINGS_OUT, 1)) == Counts(invited=1, canceled=1)


async def test_a_person_who_hangs_up_ends_the_call_with_cause_16(ami: RawAmi, telephones: Telephones) -> None:
    attempt = place(ami, number(Behaviour.HANGS_UP_AT_ONCE, 0))
    assert await ended(ami, attempt) == 16
    assert await counted(telephones.customers, number(Behaviour.HANGS_UP_AT_ONCE, 0)) == Counts(
        invited=1, answered=1, left=1
    )


async def test_a_person_who_vanished_is_hung_up_and_the_trunks_leg_says_so(ami: RawAmi) -> None:
    attempt = place(ami, number(Behaviour.MUTE, 0), trunk=NARROW)
    assert await ended(ami, attempt) == 16
    trunk_leg = await ami.until(
        lambda m: m.get("Event") == "Hangup" and m["Channel"].startswith("PJSIP/") and m["Linkedid"] == attempt
    )
    assert trunk_leg["Cause"] == "44"


async def test_the_caller_id_shown_is_the_one_asked_for(ami: RawAmi, telephones: Telephones) -> None:
    attempt = place(ami, number(Behaviour.BUSY, 0))
    await ended(ami, attempt)
    (invited,) = [
        s for s in telephones.customers.steps() if s.number == number(Behaviour.BUSY, 0) and s.what == "invited"
    ]
    assert invited.caller == "576015550100"
