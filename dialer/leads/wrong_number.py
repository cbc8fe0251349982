"""When a number is taken to be wrong: the network said so twice, where it can by two different trunks.

A carrier in trouble, or one that wants numbers written another way, says "no such number" of numbers that exist; so one
word of one trunk drops nobody's telephone (outcome table 2.3: closed after two, on different trunks). Who said it of
which of the person's phones is kept among the lead's counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import TrunkId
from cti_api.model.leads import Lead

TIMES = 2


def word(lead: Lead, trunk: TrunkId | None) -> str:
    """The word under which the lead keeps that `trunk` does not know its present phone."""
    return f"{_prefix(lead, lead.phone_index)}{trunk or ''}"


def is_confirmed(spec: CampaignSpec, lead: Lead, trunk: TrunkId | None) -> bool:
    """Whether the present phone is wrong for good, now that `trunk` says so (once more)."""
    said = dict(_said(lead, lead.phone_index))
    said[trunk or ""] = said.get(trunk or "", 0) + 1
    return _enough(spec, said)


def dropped(spec: CampaignSpec, lead: Lead) -> int:
    """How many of the person's phones were found wrong for good."""
    return sum(_enough(spec, _said(lead, index)) for index in range(len(lead.contact.phones)))


def trunks_for(spec: CampaignSpec, lead: Lead) -> tuple[TrunkId, ...]:
    """The campaign's trunks in order of preference, those that do not know the lead's present phone last."""
    said = _said(lead, lead.phone_index)
    return tuple(sorted(spec.trunks, key=lambda trunk: trunk in said))


def _enough(spec: CampaignSpec, said: Mapping[str, int]) -> bool:
    return len(said) >= TIMES if len(spec.trunks) > 1 else sum(said.values()) >= TIMES


def _said(lead: Lead, phone_index: int) -> Mapping[str, int]:
    """How often each trunk said it of that phone."""
    prefix = _prefix(lead, phone_index)
    return {key.removeprefix(prefix): times for key, times in lead.counts.items() if key.startswith(prefix)}


def _prefix(lead: Lead, phone_index: int) -> str:
    return f"{CallResult.INVALID_NUMBER}:{phone_index % len(lead.contact.phones)}:"
