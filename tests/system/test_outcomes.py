"""Every way a call can end, through the whole dialer: the result in the store, what becomes of the lead, and of a trunk
that is silent or full.

Four trunks and four campaigns at the same time, so that the long silences pass together: one trunk whose customers
fail in every way there is, one that finds fault with us, one that is dead until the breaker has probed it, one that has
no room for anybody.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from cti_api.model.ids import TrunkId
from cti_api.model.phone import PhoneNumber
from dialer.calls.outcome import SILENT_LINE_SECONDS
from dialer.trunks.breaker import ENOUGH_SEEN, PROBE_SECONDS, SILENT_IN_A_ROW
from tests.support.shift import ANSWERED, attempts, campaign_file, get, people, post, retry, staff, until, until_state
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, Counts, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(300)]

BOUND_SECONDS = 120.0
"""Against hanging; the slowest of the three stories takes about 55 s."""

LIVING, PICKY, SILENT, FULL = TrunkId("vivo"), TrunkId("quisquilloso"), TrunkId("mudo"), TrunkId("lleno")


BY_AMD = "what AMD makes of it"
"""A result of `ANSWERED`: on a busy machine AMD may be mistaken."""


@dataclass(frozen=True, slots=True)
class End:
    """What must come of one customer."""

    called: PhoneNumber
    result: str
    lead_state: str = "waiting"
    given_back: bool = False
    """The attempt does not count."""


def _fails(status: int, result: str, lead_state: str = "waiting", *, given_back: bool = False) -> End:
    return End(number(Behaviour.FAILS, 0, status=status), result, lead_state, given_back)


ENDS = {
    # those that last, first
    "rings out": End(number(Behaviour.RINGS_OUT, 0), "no_answer"),
    "no reply at all": End(number(Behaviour.SILENT, 0), "trunk_failed", given_back=True),
    "100 and nothing more": End(number(Behaviour.TRYING, 0), "trunk_failed", given_back=True),
    "a machine": End(number(Behaviour.MACHINE, 0), BY_AMD),
    "talks and hangs up": End(number(Behaviour.HANGS_UP, 0), BY_AMD),
    "hangs up at once": End(number(Behaviour.HANGS_UP_AT_ONCE, 0), "caller_hung_up"),
    # the callee, or his network, speaks
    "486": _fails(486, "busy"),
    "600": _fails(600, "busy"),
    "486 after ringing": End(number(Behaviour.RINGS_THEN_FAILS, 0, status=486), "busy"),
    "480": _fails(480, "unavailable"),
    "408": _fails(408, "unavailable"),
    "487": _fails(487, "unavailable"),
    "480 after ringing": End(number(Behaviour.RINGS_THEN_FAILS, 0, status=480), "no_answer"),
    "404": _fails(404, "invalid_number"),
    "410": _fails(410, "invalid_number"),
    "484": _fails(484, "invalid_number"),
    "604": _fails(604, "invalid_number"),
    "603": _fails(603, "rejected"),
    "607": _fails(607, "rejected"),
    "403 after ringing": End(number(Behaviour.RINGS_THEN_FAILS, 0, status=403), "rejected"),
    # the trunk speaks
    "403": _fails(403, "trunk_failed", given_back=True),
    "402": _fails(402, "congestion", given_back=True),
    "429": _fails(429, "congestion", given_back=True),
    "500": _fails(500, "congestion", given_back=True),
    "502": _fails(502, "congestion", given_back=True),
    "503": _fails(503, "congestion", given_back=True),
    "504": _fails(504, "congestion", given_back=True),
}
"""How the telephone, or the trunk, ends the call → what our store must say."""

FAULTS = {
    # nobody's fault but the configuration's; a redirection is not followed
    "302": _fails(302, "trunk_failed", given_back=True),
    "400": _fails(400, "trunk_failed", given_back=True),
    "401": _fails(401, "trunk_failed", given_back=True),
    "415": _fails(415, "codec", given_back=True),
    "488": _fails(488, "codec", given_back=True),
    "606": _fails(606, "codec", given_back=True),
}
"""As `ENDS`, on a trunk of their own: too few to give it up."""

ALL_ENDS = ENDS | FAULTS
CAMPAIGNS_OF_ENDS = ("desenlaces", "reparos")

ON_THE_SILENT_TRUNK = [number(Behaviour.HANGS_UP, serial) for serial in range(100, 108)]
SILENT_AGENTS, FULL_AGENTS = ("sara", "sergio", "silvia"), ("carla", "camilo")
ON_THE_FULL_TRUNK = [number(Behaviour.CONGESTED, serial) for serial in range(40)]
FULL_CALLS_PER_SECOND = 5.0


@dataclass(slots=True)
class Told:
    """What was seen while it happened, and what the store says after it."""

    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Attempt by number, of the living trunk."""
    leads: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Lead by number, of all trunks, with its attempts."""
    counts: dict[str, Counts] = field(default_factory=dict)
    """What the customers counted, by number."""
    before_alarm: list[dict[str, Any]] = field(default_factory=list)
    """Attempts on the silent trunk when it was given up."""
    silent: list[dict[str, Any]] = field(default_factory=list)
    full: list[dict[str, Any]] = field(default_factory=list)
    full_invites: list[float] = field(default_factory=list)
    """Instants of the INVITEs that reached the full trunk, by SIPp."""
    full_until_alarm: int = 0
    """Attempts on the full trunk when it was given up."""
    full_alarm: str = ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    trunks = [
        RigTrunk(id=LIVING),
        RigTrunk(id=PICKY),
        RigTrunk(id=SILENT),
        RigTrunk(id=FULL, calls_per_second=FULL_CALLS_PER_SECOND),
    ]
    async with Rig(tmp_path_factory.mktemp("outcomes"), asterisk_program, trunks=trunks) as rig:
        rig.customers[SILENT].kill()
        later = {"action": "retry", "after": "1 h"}
        rules = dict.fromkeys(("default", "trunk_failed", "congestion", "codec"), later)
        rules["invalid_number"] = {"action": "drop_phone", "after": "1 h"}
        lists = {
            "desenlaces": (LIVING, retry(2, **rules), [end.called for end in ENDS.values()]),
            "reparos": (PICKY, retry(2, **rules), [end.called for end in FAULTS.values()]),
            "silencio": (SILENT, retry(), ON_THE_SILENT_TRUNK),
            "congestion": (FULL, retry(1, congestion=later), ON_THE_FULL_TRUNK),
        }
        for name, (trunk, rule, numbers) in lists.items():
            file = campaign_file(name, [trunk], retry=rule, amd={"enabled": name == "desenlaces"})
            await rig.make_campaign(name, file, people(numbers))
        await staff(rig, ["desenlaces"], "ana", "luis", "marta", "pedro", "rosa")
        await staff(rig, ["reparos"], "raul")
        await staff(rig, ["silencio"], *SILENT_AGENTS)
        await staff(rig, ["congestion"], *FULL_AGENTS)
        for name in lists:
            await post(rig, f"/campaigns/{name}/start")

        story = Told()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_every_end(rig))
            tasks.create_task(_a_silent_trunk(rig, story))
            tasks.create_task(_a_full_trunk(rig, story))
        for name in CAMPAIGNS_OF_ENDS:
            story.ends |= {one["number"]: one for one in await attempts(rig, name)}
        story.silent, story.full = await attempts(rig, "silencio"), await attempts(rig, "congestion")
        story.full_invites = [step.at for step in rig.customers[FULL].steps() if step.what == "invited"]
        for _, _, numbers in lists.values():
            for one in numbers:
                (story.leads[one.e164],) = await post(rig, "/leads/why", {"words": one.e164})
        for customers in rig.customers.values():
            story.counts |= {one.e164: counts for one, counts in customers.counts().items()}
        yield story


async def _every_end(rig: Rig) -> None:
    async def all_ended() -> bool:
        statuses = [await get(rig, f"/campaigns/{name}") for name in CAMPAIGNS_OF_ENDS]
        ended = sum(sum(status["attempts_by_result"].values()) for status in statuses)
        return ended == sum(status["attempts"] for status in statuses) == len(ALL_ENDS)

    await until(all_ended, BOUND_SECONDS, "every customer was called and every call is over")


async def _a_silent_trunk(rig: Rig, story: Told) -> None:
    """Dead from the beginning; it answers again once it was given up and probed."""
    await until(lambda: _alarmed(rig, "silencio"), BOUND_SECONDS, "the silent trunk is given up")
    story.before_alarm = await attempts(rig, "silencio")

    async def probed() -> bool:
        return len(await attempts(rig, "silencio")) > len(story.before_alarm)

    await until(probed, BOUND_SECONDS, "the silent trunk is probed")
    await rig.customers[SILENT].start()
    await until_state(rig, "silencio", "completed", BOUND_SECONDS)


async def _a_full_trunk(rig: Rig, story: Told) -> None:
    """It never gets better: after two probes we have seen enough."""
    await until(lambda: _alarmed(rig, "congestion"), BOUND_SECONDS, "the full trunk is given up")
    story.full_until_alarm = len(await attempts(rig, "congestion"))

    async def probed_twice() -> bool:
        return len(await attempts(rig, "congestion")) >= story.full_until_alarm + 2

    await until(probed_twice, BOUND_SECONDS, "the full trunk is probed twice")
    story.full_alarm = (await get(rig, "/campaigns/congestion"))["alarm"]
    await post(rig, "/campaigns/congestion/pause")


async def _alarmed(rig: Rig, campaign: str) -> bool:
    return bool((await get(rig, f"/campaigns/{campaign}"))["alarm"] == "no_trunks")


# ------------------------------------------------------------------------------------------------------------ every end


@pytest.mark.parametrize("how", ALL_ENDS)
def test_the_result_is_the_one_of_the_outcome_table(how: str, told: Told) -> None:
    result = told.ends[ALL_ENDS[how].called.e164]["result"]
    assert result in ANSWERED if ALL_ENDS[how].result is BY_AMD else result == ALL_ENDS[how].result


@pytest.mark.parametrize("how", ALL_ENDS)
def test_the_lead_goes_where_its_result_sends_it(how: str, told: Told) -> None:
    end, lead = ALL_ENDS[how], told.leads[ALL_ENDS[how].called.e164]
    connected = told.ends[end.called.e164]["result"] == "connected"
    state = "completed" if connected else end.lead_state
    assert (lead["state"], lead["attempts_made"]) == (state, 0 if end.given_back else 1)
    assert lead["reason"].startswith("given_back") is end.given_back


@pytest.mark.parametrize("how", ALL_ENDS)
def test_each_customer_was_called_once(how: str, told: Told) -> None:
    assert told.counts[ALL_ENDS[how].called.e164].invited == 1


def test_what_amd_takes_for_a_machine_and_nothing_else_is_one(told: Told) -> None:
    verdicts = {how: told.ends[end.called.e164]["amd"] for how, end in ALL_ENDS.items()}
    assert {how for how, verdict in verdicts.items() if verdict} == {"a machine", "talks and hangs up"}
    for how, end in ALL_ENDS.items():
        assert (told.ends[end.called.e164]["result"] == "machine") is (verdicts[how] == "machine"), how


# ---------------------------------------------------------------------------------------------------- a silent trunk


def test_a_silent_trunk_is_given_up_when_three_calls_met_silence(told: Told) -> None:
    met_silence = [one for one in told.before_alarm if one["result"] == "trunk_failed"]
    assert len(met_silence) == SILENT_IN_A_ROW
    assert len(told.before_alarm) - SILENT_IN_A_ROW < len(SILENT_AGENTS), "the third silence was the last word"


def test_a_silent_trunk_consumes_no_lead(told: Told) -> None:
    leads = [told.leads[one.e164] for one in ON_THE_SILENT_TRUNK]
    assert {(lead["state"], lead["attempts_made"]) for lead in leads} == {("completed", 1)}
    assert Counter(one["result"] for one in told.silent)["connected"] == len(ON_THE_SILENT_TRUNK)
    for counts in (told.counts[one.e164] for one in ON_THE_SILENT_TRUNK):
        # A carrier that wakes up finds the last INVITE of a call long given up: it rings, and is taken back at once.
        assert (counts.answered, counts.invited - counts.canceled) == (1, 1)


def test_nobody_is_called_again_while_a_silent_call_may_still_come_to_life(told: Told) -> None:
    again = [lead["attempts"] for lead in told.leads.values() if len(lead["attempts"]) > 1]
    assert len(again) >= SILENT_IN_A_ROW
    for tries in again:
        for first, second in pairwise(tries):
            assert _instant(second["at"]) - _instant(first["at"]) >= timedelta(seconds=SILENT_LINE_SECONDS)


# ------------------------------------------------------------------------------------------------------ a full trunk


def test_a_full_trunk_is_slowed_down_and_given_up_after_ten_calls(told: Told) -> None:
    assert ENOUGH_SEEN <= told.full_until_alarm < ENOUGH_SEEN + len(FULL_AGENTS)
    ten = told.full_invites[:ENOUGH_SEEN]
    at_full_speed = (ENOUGH_SEEN - FULL_CALLS_PER_SECOND) / FULL_CALLS_PER_SECOND
    assert ten[-1] - ten[0] >= 1.5 * at_full_speed


def test_a_full_trunk_is_probed_and_not_called_otherwise(told: Told) -> None:
    probes = told.full_invites[told.full_until_alarm :]
    assert len(probes) == 2
    for earlier, probe in pairwise([told.full_invites[told.full_until_alarm - 1], *probes]):
        assert probe - earlier >= PROBE_SECONDS - 1.0
    assert told.full_alarm == "no_trunks"


def test_a_full_trunk_consumes_no_lead(told: Told) -> None:
    assert {one["result"] for one in told.full} <= {"congestion", None}
    leads = [told.leads[one.e164] for one in ON_THE_FULL_TRUNK]
    assert {lead["attempts_made"] for lead in leads} == {0}
    assert not {lead["state"] for lead in leads} & {"completed", "exhausted", "suppressed", "closed"}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
