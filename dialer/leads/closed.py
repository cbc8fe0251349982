"""Whether a campaign is closed to everybody now, by its own hours or by the law's, and when it opens again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from cti_api.law.facts import Decision
from cti_api.law.terms import Remedy
from cti_api.model.campaigns import CampaignSpec
from dialer.leads.hours import closing_margin, next_open, stays_open


def is_closed(spec: CampaignSpec, law: Decision, now: datetime) -> bool:
    """`law` is what the law says of everybody in it (`dialer.leads.law.for_everybody`)."""
    return law.remedy is Remedy.WAIT or not stays_open(spec.hours, now, closing_margin(spec))


def why_closed(spec: CampaignSpec, law: Decision, now: datetime) -> str:
    """A sentence for a person, of a campaign that `is_closed`: the law's own where it is the law's doing."""
    if law.remedy is Remedy.WAIT:
        return f"{law.reason} It opens again at {_told(spec, law.next_open)}."
    opening = next_open(spec.hours, now, closing_margin(spec))
    return f"outside of the campaign's hours; it opens again at {_told(spec, opening)}"


def _told(spec: CampaignSpec, opening: datetime | None) -> str:
    return f"{opening.astimezone(ZoneInfo(spec.hours.timezone)):%Y-%m-%d %H:%M}" if opening else "no day soon"
