"""The lines of the IVR, which take the agents' place in campaigns without agents."""

from __future__ import annotations

from typing import Final

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from dialer.engine.book import Flight
from dialer.engine.floor import Floor

UNMET_IN_A_ROW: Final = 3
"""So many people in a row whom the IVR did not meet, and the campaign stops: Asterisk does not find it. And so many
lines it begins with, until somebody was met: more are not to be left alone before that is known."""

ALARM: Final = "ivr"


def lines_free(floor: Floor, spec: CampaignSpec) -> int:
    """Lines that lead nobody and may be counted on by this campaign: of its own, and of those that the IVR has left
    beside the calls of other campaigns that are on their way to it."""
    if floor.ivr_lines is None:
        return 0
    led = [flight for flight in floor.book.live() if flight.led]
    of_others = sum(1 for f in led if f.attempt.campaign_id != spec.id and f.call.connected_at is None)
    busy = sum(1 for f in led if f.attempt.campaign_id == spec.id and not may_still_ask(f))
    own = spec.max_channels if spec.id in floor.met else min(spec.max_channels, UNMET_IN_A_ROW)
    return max(min(own - busy, floor.ivr_lines() - of_others), 0)


def may_still_ask(flight: Flight) -> bool:
    """The call is on its way to somebody who may answer, or to the IVR."""
    return flight.call.connected_at is None and not flight.call.hold_expired


def count_met(floor: Floor, flight: Flight) -> None:
    """A call of a campaign without agents is over: was the person met?"""
    campaign_id = flight.attempt.campaign_id
    if flight.result is CallResult.CONNECTED:
        floor.unmet.pop(campaign_id, None)
    elif flight.result is CallResult.ABANDONED:
        floor.met.discard(campaign_id)
        floor.unmet[campaign_id] += 1
        if floor.unmet[campaign_id] >= UNMET_IN_A_ROW:
            floor.faults[campaign_id] = ALARM
