"""The whole dialer at work on the real Asterisk, the line between them cut at chosen points and swallowed whole.

What Asterisk was asked is counted by the proxy between them, what came of it by the customers' own telephones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.cutting_proxy import (
    ORIGINATE_BEGINS,
    ORIGINATE_RESPONSE,
    ORIGINATE_WHOLE,
    QUEUED,
    Cut,
    CuttingProxy,
    Toward,
)
from tests.support.shift import attempts, campaign_file, get, invited, people, placed, post, staff, until, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = pytest.mark.asterisk

CAMPAIGN = CampaignId("cortes")
TRUNK = TrunkId("operador-a")
AGENTS = ("ana", "luis", "marta", "pedro")

LONG_CUTS = int(os.environ.get("VOCERO_CUTS", "500"))
CUTS_PER_HOLE = 25
"""In the long run."""

HOLE_SEEN_SECONDS = 12.0
"""Failure catalogue F3: a black hole is cut within this; by the product's own waits it takes 11 s."""
END_SECONDS = 90.0
"""For the last calls to end and what the link lost to be settled; it takes some seconds."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the conversation."""

    cut: Cut
    somewhere_behind: int = 0
    """The cut falls on one of so many bytes behind it, chosen by chance."""
    between_sessions: bool = False
    """Comes only when a session begins: the present one is cut first."""


def _asked(pattern: bytes, somewhere_behind: int = 0) -> Point:
    return Point(Cut(Toward.ASTERISK, pattern), somewhere_behind)


def _told(pattern: bytes, somewhere_behind: int = 0) -> Point:
    return Point(Cut(Toward.CLIENT, pattern), somewhere_behind)


def _beginning(toward: Toward, pattern: bytes) -> Point:
    return Point(Cut(toward, pattern), between_sessions=True)


POINTS = (
    # the Originate, and what Asterisk says of it
    _asked(ORIGINATE_BEGINS, somewhere_behind=500),
    _asked(ORIGINATE_WHOLE),
    _told(rb"Response: Success\r\n"),
    _told(QUEUED),
    _asked(ORIGINATE_BEGINS, somewhere_behind=500),
    _told(ORIGINATE_RESPONSE),
    # the beginning of a session
    _beginning(Toward.CLIENT, b""),
    _beginning(Toward.ASTERISK, rb"Action: Login\r\n"),
    _asked(ORIGINATE_WHOLE),
    _beginning(Toward.CLIENT, rb"Authentication accepted"),
    _beginning(Toward.CLIENT, rb"Event: FullyBooted"),
    _asked(ORIGINATE_WHOLE),
    _beginning(Toward.ASTERISK, rb"Action: CoreSettings\r\n"),
    _beginning(Toward.CLIENT, rb"CoreStartupDate"),
    _asked(ORIGINATE_WHOLE),
    # the question for what is true
    _beginning(Toward.ASTERISK, rb"Action: CoreShowChannels\r\n(?:[^\r\n]+\r\n)+\r\n"),
    _beginning(Toward.CLIENT, rb"Event: CoreShowChannel\r\n"),
    _told(QUEUED),
    _beginning(Toward.CLIENT, rb"Event: CoreShowChannelsComplete\r\n"),
    # a call on its way, and its end
    _told(rb"Event: Newstate\r\n", somewhere_behind=300),
    _told(rb"Event: DialState\r\n", somewhere_behind=300),
    _told(rb"UserEvent: VoceroLive\r\n"),
    _told(rb"UserEvent: VoceroDialed\r\n"),
    _told(rb"Event: Hangup\r\n", somewhere_behind=300),
    # the joining of a person and an agent
    _asked(rb"Action: Redirect\r\n", somewhere_behind=80),
    _asked(rb"Action: Redirect\r\n(?:[^\r\n]+\r\n)+\r\n"),
    _told(rb"Redirect successful"),
    _told(rb"Event: BridgeEnter\r\n", somewhere_behind=300),
)


@pytest.mark.timeout(300)
async def test_twenty_five_cuts_and_two_black_holes_cost_no_call_and_no_second_one(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    await _a_shift_on_a_bad_line(asterisk_program, tmp_path, cuts=25, holes=2)


@pytest.mark.long
@pytest.mark.timeout(LONG_CUTS * 6)
async def test_a_line_that_is_cut_all_day_costs_no_call_and_no_second_one(
    asterisk_program: AsteriskProgram, tmp_path: Path
) -> None:
    await _a_shift_on_a_bad_line(asterisk_program, tmp_path, cuts=LONG_CUTS, holes=max(1, LONG_CUTS // CUTS_PER_HOLE))


async def _a_shift_on_a_bad_line(program: AsteriskProgram, folder: Path, *, cuts: int, holes: int) -> None:
    """Dial while the line is cut so often; then hold store, proxy and telephones against each other."""
    async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)], ami_through=CuttingProxy) as rig:
        proxy = rig.detour
        assert isinstance(proxy, CuttingProxy)
        file = campaign_file(CAMPAIGN, [TRUNK], calls_per_second=8)
        await rig.make_campaign(CAMPAIGN, file, people(_numbers(20 * (cuts + holes))))
        await staff(rig, [CAMPAIGN], *AGENTS)
        await post(rig, f"/campaigns/{CAMPAIGN}/start")

        for place, point in enumerate(_points(cuts, Random(cuts))):
            await _cut(rig, proxy, point)
            if place % (cuts // holes) == 0:
                await _black_hole(rig, proxy)

        await post(rig, f"/campaigns/{CAMPAIGN}/drain")
        await until_state(rig, CAMPAIGN, "completed", END_SECONDS)
        for agent in AGENTS:
            assert (await get(rig, f"/agents/{agent}"))["state"] == "ready"
            await post(rig, f"/agents/{agent}/logout")
        assert await rig.quiet(10) == []

        tried = await attempts(rig, CAMPAIGN)
        assert proxy.cuts >= cuts
        assert set(proxy.originates.values()) == {1}, "an Originate went out twice"
        dialed = {one["attempt_id"] for one in tried if one["result"] != "never_dialed"}
        assert dialed <= proxy.originates.keys()
        assert not [one for one in tried if one["state"] != "closed" or one["result"] in ("lost", "interrupted")]
        assert placed(tried) == invited(rig)
        assert set(invited(rig).values()) == {1}, "somebody was called twice"


def _points(cuts: int, random: Random) -> Iterator[Point]:
    """So many cuts: every point in turn, each time at another byte where it has several."""
    for place in range(cuts):
        point = POINTS[place % len(POINTS)]
        yield replace(point, cut=replace(point.cut, after_bytes=random.randrange(point.somewhere_behind + 1)))


async def _cut(rig: Rig, proxy: CuttingProxy, point: Point) -> None:
    """Cut there, and wait until the dialer may dial again: over the next session, not the one just cut."""
    wanted = proxy.cuts + 1 + point.between_sessions
    sessions = proxy.connections + 1 + point.between_sessions
    proxy.cut_at(point.cut)
    if point.between_sessions:
        proxy.cut()
    await proxy.until(lambda: proxy.cuts >= wanted)
    await proxy.until(lambda: proxy.connections >= sessions)
    await rig.reconciled()


async def _black_hole(rig: Rig, proxy: CuttingProxy) -> None:
    """The line is there and nothing passes, until the dialer has noticed."""
    proxy.black_hole()
    try:
        await until(lambda: _link_is_down(rig), HOLE_SEEN_SECONDS, "the dialer sees that nothing comes")
    finally:
        proxy.heal()
    await rig.reconciled()


async def _link_is_down(rig: Rig) -> bool:
    return not (await get(rig, "/status"))["link_up"]


def _numbers(count: int) -> list[PhoneNumber]:
    """Most are busy, every fourth takes the call and hangs up after 3 s, and a few let it ring through several cuts."""
    people = []
    for place in range(count):
        talks = Behaviour.HANGS_UP if place % 4 == 1 else Behaviour.BUSY
        people.append(number(Behaviour.RINGS_OUT if place % 60 == 7 else talks, place))
    return people
