"""The latest closed attempts of a campaign, as a simulation of it asks for them."""

from __future__ import annotations

from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads


async def test_the_latest_come_first_with_what_became_of_them_and_open_ones_not_at_all(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(4), T0)
    leads = await store.leads.reserve(CAMPAIGN, 4, T0, at(60))
    for nth, (lead, result) in enumerate(
        zip(leads, (CallResult.BUSY, CallResult.CONNECTED, CallResult.MACHINE), strict=False)
    ):
        attempt = attempt_for(lead, at(100 * nth))
        await store.attempts.open(attempt)
        talked = result is CallResult.CONNECTED
        facts = {"answered_at": at(108), "connected_at": at(110), "ended_at": at(150), "disposition": "cita"}
        ended = closed(attempt, result, at(100 * nth + 60), **(facts if talked else {}))
        await store.attempts.close(ended, move(not_before=at(900)))
    await store.attempts.open(attempt_for(leads[3], at(400)))

    machine, talk, busy = await store.past_calls.latest(CAMPAIGN, 10)
    assert [machine.result, talk.result, busy.result] == [CallResult.MACHINE, CallResult.CONNECTED, CallResult.BUSY]
    assert (talk.created_at, talk.answered_at, talk.closed_at) == (at(100), at(108), at(160))
    assert (talk.talk_seconds, talk.disposition, busy.disposition) == (40.0, "cita", "")
    assert [each.result for each in await store.past_calls.latest(CAMPAIGN, 1)] == [CallResult.MACHINE]
    assert await store.past_calls.latest(CampaignId("otra"), 10) == []
