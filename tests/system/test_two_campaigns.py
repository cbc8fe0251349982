"""Two campaigns at once over two trunks, of which one dies under them and comes back; some agents work in both.

Limits are measured at the customers' telephones: SIPp writes down when each call begins and ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from cti_api.clock import SystemClock
from cti_api.model.ids import TrunkId
from tests.support.shift import attempts, campaign_file, get, people, post, staff, until, until_state
from tests.support.witness import Away, PhoneCall, phone_calls
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

BOUND_SECONDS = 150.0
"""Against hanging; the whole story takes about 60 s."""

STEADY = RigTrunk(id=TrunkId("firme"), channels=2, calls_per_second=3.0)
DYING = RigTrunk(id=TrunkId("fragil"), channels=4, calls_per_second=3.0, rtp_timeout_seconds=3)

TRUNKS = {"norte": [DYING.id, STEADY.id], "sur": [STEADY.id, DYING.id]}
"""By campaign, in order of preference."""
MOST_CALLS = {"norte": 3, "sur": 4}
AGENTS = {
    "nadia": ["norte"],
    "nestor": ["norte"],
    "sara": ["sur"],
    "sergio": ["sur"],
    "ambar": ["norte", "sur"],
    "andres": ["norte", "sur"],
}
LEADS = 24
"""Of each campaign: every third is busy, the others talk for 3 s and hang up."""

LATE_SECONDS = 1.0
"""How much later than placed a call may reach its telephone on a busy machine, and so come closer to the next."""


SILENT_SECONDS = 15.0
"""How long `campaign_file` lets it ring: what was silent for so long is given up."""


@dataclass(slots=True)
class Told:
    """What was seen, and what the store says after it."""

    calls: dict[TrunkId, list[PhoneCall]] = field(default_factory=dict)
    died_at: float = 0.0
    attempts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    leads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    journal: str = ""


NUMBERS = {
    campaign: [
        number(Behaviour.BUSY if place % 3 == 1 else Behaviour.HANGS_UP, first + place) for place in range(LEADS)
    ]
    for campaign, first in (("norte", 1000), ("sur", 2000))
}


BUSY = {one for numbers in NUMBERS.values() for one in numbers[1::3]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    async with Rig(tmp_path_factory.mktemp("two"), asterisk_program, trunks=[STEADY, DYING]) as rig:
        for campaign, trunks in TRUNKS.items():
            # all wait long for an agent: that nobody is abandoned is another test's affair
            file = campaign_file(campaign, trunks, max_channels=MOST_CALLS[campaign], hold="10 s")
            await rig.make_campaign(campaign, file, people(NUMBERS[campaign]))
        for agent, campaigns in AGENTS.items():
            await staff(rig, campaigns, agent)
        for campaign in TRUNKS:
            await post(rig, f"/campaigns/{campaign}/start")

        story = Told()
        dying = rig.customers[DYING.id]
        await until(lambda: len(phone_calls(dying.steps())) > DYING.channels, BOUND_SECONDS, "the trunk is well used")
        dying.kill()
        story.died_at = max(step.at for step in dying.steps())

        async def given_up() -> bool:
            return bool((await get(rig, "/status"))["trunks"][DYING.id] == "open")

        await until(given_up, BOUND_SECONDS, "the dead trunk is given up")
        back_at = SystemClock().now().timestamp()
        await dying.start()
        async with asyncio.TaskGroup() as tasks:
            for campaign in TRUNKS:
                tasks.create_task(until_state(rig, campaign, "completed", BOUND_SECONDS))

        story.calls[STEADY.id] = phone_calls(rig.customers[STEADY.id].steps())
        # What was up when the trunk died has no end of its own at the telephone: it ended then.
        story.calls[DYING.id] = phone_calls(dying.steps(), [Away(story.died_at, back_at)])
        for campaign, numbers in NUMBERS.items():
            story.attempts[campaign] = await attempts(rig, campaign)
            found = [await post(rig, "/leads/why", {"words": one.e164}) for one in numbers]
            story.leads[campaign] = [lead for leads in found for lead in leads]
        story.journal = rig.asterisk.journal.read_text(errors="replace")
        yield story


def _ringing_when_it_died(told: Told) -> list[str]:
    """Numbers whose call rang when the trunk died: it rang, nobody answered, and nothing tells it from that."""
    return [call.number for call in told.calls[DYING.id] if not call.how and not call.answered]


def _given_up_long_ago(call: PhoneCall, told: Told) -> bool:
    """The last INVITE of a call that met only silence: ended on our side, taken back where it still rings."""
    tries = [one for tried in told.attempts.values() for one in tried if one["number"] == call.number]
    placed = [datetime.fromisoformat(one["created_at"]).timestamp() for one in tries]
    return call.began - max(at for at in placed if at < call.began) > SILENT_SECONDS


def _most_at_once(calls: Iterable[PhoneCall]) -> int:
    # an end and a beginning in the same instant: the end is first
    edges = sorted(edge for call in calls for edge in ((call.began, 1), (call.ended, -1)))
    most = now = 0
    for _, change in edges:
        now += change
        most = max(most, now)
    return most


# ------------------------------------------------------------------------------------------------------------ limits


@pytest.mark.parametrize("trunk", [STEADY, DYING], ids=lambda trunk: trunk.id)
def test_no_trunk_ever_carries_more_calls_than_its_channels(trunk: RigTrunk, told: Told) -> None:
    calls = [call for call in told.calls[trunk.id] if not _given_up_long_ago(call, told)]
    assert 1 < _most_at_once(calls) <= trunk.channels


@pytest.mark.parametrize("campaign", TRUNKS)
def test_no_campaign_ever_has_more_calls_than_it_may(campaign: str, told: Told) -> None:
    numbers = {one.e164 for one in NUMBERS[campaign]}
    known = [call for calls in told.calls.values() for call in calls if call.number in numbers]
    calls = [call for call in known if not _given_up_long_ago(call, told)]
    assert 1 < _most_at_once(calls) <= MOST_CALLS[campaign]


@pytest.mark.parametrize("trunk", [STEADY, DYING], ids=lambda trunk: trunk.id)
def test_calls_never_begin_faster_than_the_trunk_may(trunk: RigTrunk, told: Told) -> None:
    """A second's worth may go at once; from any call to any later one, no more than that and the rate allow."""
    begun = [call.began for call in told.calls[trunk.id]]
    rate = trunk.calls_per_second
    for first in range(len(begun)):
        for last in range(first, len(begun)):
            passed = begun[last] - begun[first] + LATE_SECONDS
            assert last - first + 1 <= rate + rate * passed


def test_our_own_limits_hold_before_the_dialplans_guard(told: Told) -> None:
    assert "VOCERO_GUARD" not in told.journal


# ------------------------------------------------------------------------------------------------ the failing trunk


def test_the_failing_trunk_loses_no_lead(told: Told) -> None:
    silent = [one for tried in told.attempts.values() for one in tried if one["result"] == "trunk_failed"]
    assert len(silent) >= 3
    assert {one["trunk"] for one in silent} == {DYING.id}
    for campaign, leads in told.leads.items():
        assert len(leads) == LEADS
        assert {lead["state"] for lead in leads} == {"completed", "exhausted"}, campaign
        assert {lead["attempts_made"] for lead in leads} == {1}, campaign


def test_everybody_was_talked_to_once_or_was_busy(told: Told) -> None:
    """The last INVITE of a call long given up may still find a trunk that came back; nobody is talked to twice."""
    answered = Counter(call.number for calls in told.calls.values() for call in calls if call.answered)
    talk = [one.e164 for numbers in NUMBERS.values() for one in numbers if one not in BUSY]
    assert answered == Counter(talk) - Counter(_ringing_when_it_died(told))


def test_the_trunk_is_used_again_when_it_lives_again(told: Told) -> None:
    assert [call for call in told.calls[DYING.id] if call.began > told.died_at and call.how != "canceled"]


# ------------------------------------------------------------------------------------------------------- the agents


def test_no_agent_gets_a_call_of_a_campaign_they_do_not_work_in(told: Told) -> None:
    for campaign, tried in told.attempts.items():
        assert {one["agent_id"] for one in tried} - {None} <= {a for a, where in AGENTS.items() if campaign in where}


def test_shared_agents_never_get_two_calls(told: Told) -> None:
    talks = [one for tried in told.attempts.values() for one in tried if one["connected_at"]]
    for agent in AGENTS:
        own = sorted((one["connected_at"], one["ended_at"]) for one in talks if one["agent_id"] == agent)
        for first, second in pairwise(own):
            assert first[1] <= second[0], agent
    assert "VOCERO_ORPHANED" not in told.journal, "somebody was left for another"


def test_agents_counted_once_leave_nobody_waiting(told: Told) -> None:
    results = {(one["result"], one["number"]) for tried in told.attempts.values() for one in tried}
    assert {result for result, _ in results} - {"no_answer"} == {"connected", "busy", "trunk_failed"}
    assert {called for result, called in results if result == "no_answer"} <= set(_ringing_when_it_died(told))
    how = {call.how for calls in told.calls.values() for call in calls if call.how}
    assert how <= {"left", "failed", "canceled"}, "we hung up on somebody"
