"""The share of abandoned calls: the campaign's own promise, and the longer times the law speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cti_api.law.rules import Pack
from cti_api.model.abandonment import NONE, Answers, answers_of
from cti_api.model.calls import Attempt, AttemptState, CallResult
from cti_api.model.campaigns import CampaignSpec, PacingMode
from cti_api.store.answer_days import Counted
from dialer.engine.book import Flight
from dialer.engine.floor import Floor
from dialer.engine.ivr_lines import lines_free, may_still_ask
from dialer.leads.law import abandonment_cap, abandonment_limits
from dialer.pacing.governor import govern
from dialer.pacing.interface import Decision, Snapshot
from dialer.pacing.tally import LONGEST, LONGEST_ROLLING, Tally, day_of


async def open_tally(floor: Floor, spec: CampaignSpec) -> Tally:
    """Everything that was ever counted and may still be looked at.

    It is of the days and hours as they were counted, where an answer that nobody gave is left out, and not of the
    attempts. Calls that are over here and wait for their disposition are in the store as they close: until then they
    are added.
    """
    now = floor.clock.now()
    tally = Tally(
        spec,
        await floor.store.answer_days.since(spec.id, day_of(spec, now - LONGEST)),
        await floor.store.answer_days.hours_since(spec.id, now - LONGEST_ROLLING),
    )
    for flight in floor.book.wrapping():
        if flight.attempt.campaign_id == spec.id:
            tally.count(flight.attempt.created_at, flight.answers)
    return tally


def under_way(floor: Floor, spec: CampaignSpec) -> Answers:
    """What the campaign's calls that are not over count as already: people who talk, and people who hear the message.

    Else somebody who was abandoned would be forgotten until the message is over, and be counted on once more.
    """
    found = NONE
    for flight in floor.book.live(spec.id):
        call = flight.call
        if call.connected_at is not None or call.hold_expired:
            result = CallResult.ABANDONED if call.connected_at is None else CallResult.CONNECTED
            found += answers_of(flight.spec.abandonment, result, call.answered_at, call.connected_at)
    return found


def count_over(floor: Floor, flight: Flight, *, false_answer: bool = False) -> None:
    """The flight's call is over: it counts from this moment on."""
    flight.answers = NONE if false_answer else _answers_of(flight)
    _count(floor, flight, flight.answers)


def count_disposed(floor: Floor, flight: Flight) -> Answers:
    """What it counts as for good, now that it is known whether its agent says that it was a machine."""
    before = flight.answers
    if _says_machine(flight.spec, flight.disposition) and before != NONE:
        flight.answers = _answers_of(flight, said_machine=True)
        _count(floor, flight, flight.answers - before)
    return flight.answers


def recount(spec: CampaignSpec, attempt: Attempt, code: str) -> Counted | None:
    """By how much another disposition of a closed call changes what it counts as; None where it does not.

    An answer that nobody gave was never joined with an agent, and has no disposition.
    """
    assert attempt.result is not None
    was, now = (
        answers_of(
            spec.abandonment,
            attempt.result,
            attempt.answered_at,
            attempt.connected_at,
            said_machine=_says_machine(spec, said),
        )
        for said in (attempt.disposition, code)
    )
    return None if was == now else Counted(attempt.created_at, day_of(spec, attempt.created_at), now - was)


def _says_machine(spec: CampaignSpec, code: str) -> bool:
    disposition = spec.disposition(code) if code else None
    return disposition is not None and disposition.machine


def _answers_of(flight: Flight, *, said_machine: bool = False) -> Answers:
    assert flight.result is not None
    call = flight.call
    return answers_of(
        flight.spec.abandonment, flight.result, call.answered_at, call.connected_at, said_machine=said_machine
    )


def _count(floor: Floor, flight: Flight, answers: Answers) -> None:
    tally = floor.tallies.get(flight.attempt.campaign_id)
    if tally is not None:
        tally.count(flight.attempt.created_at, answers)


def within_limits(
    decision: Decision,
    snapshot: Snapshot,
    tally: Tally,
    spec: CampaignSpec,
    packs: Sequence[Pack],
    now: datetime,
    so_far: Answers = NONE,
) -> Decision:
    """`decision` with no more calls than the campaign's window allows, and each longer time of the law as well.

    `so_far`: what calls that are not over count as. The budget that is told is the one that allows least. What is still
    to come pays in the campaign's window alone: the law looks back.
    """
    decision = govern(decision, snapshot, abandonment_cap(spec, packs))._replace(answers_to_come=0.0)
    for limit in abandonment_limits(spec, packs):
        answered, abandoned = tally.over(limit.over, now, so_far)
        stricter = govern(decision, snapshot._replace(answered=answered, abandoned=abandoned), limit.at_most)
        budgets = [one.budget_left for one in (decision, stricter) if one.budget_left is not None]
        decision = (stricter if stricter.dial < decision.dial else decision)._replace(budget_left=min(budgets))
    return decision


def share_told(floor: Floor, spec: CampaignSpec, now: datetime) -> float:
    """The share (0..1) that the law is told of: the worst of its times.

    0 where somebody is free for the call, as for one that an agent waits for: it can leave nobody alone. Beyond those
    the governor lets no call be placed while the share is spent; should it ever, the law refuses it here.
    """
    tally = floor.tallies.get(spec.id)
    if tally is None or _somebody_is_free(floor, spec):
        return 0.0
    shares = []
    for limit in abandonment_limits(spec, floor.packs):
        answered, abandoned = tally.over(limit.over, now, under_way(floor, spec))
        shares.append(abandoned / answered if answered else 0.0)
    return max(shares, default=0.0)


def _somebody_is_free(floor: Floor, spec: CampaignSpec) -> bool:
    """More agents are ready, or lines of the IVR free, than calls of the campaign may still ask for one."""
    flights = floor.book.live(spec.id)
    if spec.mode is PacingMode.AGENTLESS:
        return lines_free(floor, spec) > sum(map(may_still_ask, flights))
    asking = sum(
        1
        for f in flights
        if f.call.connected_at is None and f.booked_for is None and f.call.state is not AttemptState.OFFERED
    )
    return len(floor.board.ready(spec.id)) > asking
