"""The share of abandoned calls: the campaign's day, and the longer time the law speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.law.rules import Pack
from cti_api.model.calls import AttemptState
from cti_api.model.campaigns import CampaignSpec
from dialer.engine.floor import Floor, Tally
from dialer.leads.law import abandonment_cap, abandonment_limits
from dialer.pacing.governor import govern
from dialer.pacing.interface import Decision, Snapshot

LONGEST: Final = timedelta(days=366)
"""The longest time a rule may look back (`cti_api.law.pack_file`)."""


async def open_tally(floor: Floor, spec: CampaignSpec, began: datetime) -> Tally:
    """What the abandonment promise has to look at from `began` on, the start of the campaign's own day.

    It is of the days as they were counted, where an answer that nobody gave is left out, and not of the attempts.
    """
    days = await floor.store.answer_days.since(spec.id, day_of(spec, floor.clock.now() - LONGEST))
    own = next((each for each in days if each.day == day_of(spec, began)), None)
    so_far = (0, 0) if own is None else (own.live_answers, own.abandoned)
    return Tally(began, *so_far, days=days, of_days=so_far)


def day_of(spec: CampaignSpec, at: datetime) -> date:
    """The campaign's own day."""
    return at.astimezone(ZoneInfo(spec.hours.timezone)).date()


def within_limits(
    decision: Decision, snapshot: Snapshot, tally: Tally, spec: CampaignSpec, packs: Sequence[Pack], now: datetime
) -> Decision:
    """`decision` with no more calls than the campaign's day allows, and each longer time of the law as well."""
    decision = govern(decision, snapshot, abandonment_cap(spec, packs))
    for limit in abandonment_limits(spec, packs):
        answered, abandoned = tally.over(limit.over, now)
        stricter = govern(decision, snapshot._replace(answered=answered, abandoned=abandoned), limit.at_most)
        if stricter.dial < decision.dial:
            decision = stricter
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
        answered, abandoned = tally.over(limit.over, now)
        shares.append(abandoned / answered if answered else 0.0)
    return max(shares, default=0.0)


def _somebody_is_free(floor: Floor, spec: CampaignSpec) -> bool:
    """More agents are ready than calls of the campaign may still ask for one."""
    flights = floor.book.live(spec.id)
    asking = sum(
        1
        for f in flights
        if f.call.connected_at is None and f.booked_for is None and f.call.state is not AttemptState.OFFERED
    )
    return len(floor.board.ready(spec.id)) > asking
