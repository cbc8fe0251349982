"""What a plan of attempts needs is written down with each call, and the next one keeps to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead, LeadState
from tests.support.house import House
from tests.support.store import new_leads

CAMPAIGN = CampaignId("plan")
PLAN: Final[dict[str, Any]] = {
    "max_attempts": 2,
    "per_day_part": 1,
    "days_apart": 1,
    "min_gap": "1 s",
    "day_parts": {"first": "00:00-12:00", "second": "12:00-24:00"},
    "rules": {
        "busy": {"action": "next_phone", "again_in": "1 h", "times": 1},
        "default": {"action": "retry"},
        "connected": {"action": "complete"},
        "hablado": {"action": "complete"},
    },
}


async def after_busy(house: House) -> Lead:
    attempt = await house.call()
    await house.asterisk.ends(attempt, 17)
    assert (await house.until_closed(attempt)).result is CallResult.BUSY
    return await house.engine.floor.store.leads.get((await house.stored(attempt)).lead_id)


async def test_a_busy_number_is_called_again_within_the_attempt_and_then_in_the_other_part(house: House) -> None:
    await house.sign_in("ana")
    await house.prepare(CAMPAIGN, new_leads(1, first=800), retry=PLAN)
    lead = await after_busy(house)
    assert (lead.state, lead.attempts_made, lead.waiting_reason) == (LeadState.WAITING, 0, "again:busy")
    assert lead.counts == {"busy": 1, "again:0:busy": 1}
    assert lead.not_before is not None
    waits = lead.not_before - house.engine.floor.clock.now()
    assert timedelta(minutes=59) < waits <= timedelta(hours=1), "whatever part of the day that is: none was used up"
    assert (await house.engine.placing.gate(house.engine.campaigns.runs[CAMPAIGN].spec, lead)).rule == "not_before"


async def test_an_attempt_is_counted_in_its_part_of_the_day(house: House) -> None:
    await house.sign_in("ana")
    rules = PLAN["rules"] | {"busy": {"action": "retry"}}
    await house.prepare(CAMPAIGN, new_leads(1, first=800), retry=PLAN | {"rules": rules})
    lead = await after_busy(house)
    (part,) = [word for word in lead.counts if word.startswith("day_part:")]
    assert (lead.state, lead.attempts_made, lead.counts["busy"]) == (LeadState.WAITING, 1, 1)
    assert lead.not_before is not None
    local = lead.not_before.astimezone(ZoneInfo("America/Bogota"))
    assert (local.hour, local.minute) == ((12, 0) if part == "day_part:first" else (0, 0))
