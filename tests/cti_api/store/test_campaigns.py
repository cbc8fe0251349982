from __future__ import annotations

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, new_leads

NOBODY = CampaignId("nadie")


async def test_a_new_campaign_is_a_draft_of_version_one(store: Store) -> None:
    campaign = await store.campaigns.get(CAMPAIGN)
    assert (campaign.state, campaign.spec_version) == (CampaignState.DRAFT, 1)
    assert campaign.created_at == T0
    assert campaign.spec_text == "id: mantenimiento\n"


async def test_two_campaigns_cannot_have_one_name(store: Store) -> None:
    with pytest.raises(Conflict, match="already a campaign of this name"):
        await store.campaigns.create(CAMPAIGN, "Otra", "x", T0)


async def test_every_version_of_the_file_is_kept_and_the_same_file_makes_none(store: Store) -> None:
    again = await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", at(1))
    assert again.spec_version == 1
    second = await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento de noviembre", "title: ñandú", at(2))
    assert (second.spec_version, second.spec_text, second.title) == (2, "title: ñandú", "Mantenimiento de noviembre")
    assert await store.campaigns.spec_version(CAMPAIGN, 1) == "id: mantenimiento\n"
    with pytest.raises(NotFound):
        await store.campaigns.spec_version(CAMPAIGN, 3)


async def test_a_campaign_nobody_made_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no campaign nadie"):
        await store.campaigns.get(NOBODY)
    with pytest.raises(NotFound):
        await store.campaigns.replace_spec(NOBODY, "t", "x", T0)
    with pytest.raises(NotFound):
        await store.campaigns.set_state(NOBODY, CampaignState.RUNNING, T0)
    with pytest.raises(NotFound):
        await store.campaigns.counts(NOBODY)


async def test_a_move_writes_its_event_and_a_refused_one_writes_nothing(store: Store) -> None:
    running = event(EventKind.CAMPAIGN_STATE, campaign_id=CAMPAIGN, payload={"state": "running"})
    await store.campaigns.set_state(
        CAMPAIGN, CampaignState.RUNNING, at(5), running, only_from={CampaignState.DRAFT, CampaignState.PAUSED}
    )
    with pytest.raises(Conflict, match="is running; it cannot become running"):
        await store.campaigns.set_state(
            CAMPAIGN, CampaignState.RUNNING, at(6), event(), only_from={CampaignState.DRAFT}
        )
    assert (await store.campaigns.get(CAMPAIGN)).state_since == at(5)
    assert [told.event_id for told in await store.outbox.number()] == [running.event_id]


async def test_campaigns_are_listed_oldest_first(store: Store) -> None:
    await store.campaigns.create(CampaignId("b"), "B", "", at(2))
    await store.campaigns.create(CampaignId("a"), "A", "", at(1))
    assert [campaign.id for campaign in await store.campaigns.all()] == [CAMPAIGN, "a", "b"]


async def test_counts_tell_leads_by_state_results_of_closed_calls_and_the_abandoned(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(5), T0)
    early, abandoned, busy, talking = await store.leads.reserve(CAMPAIGN, 4, T0, at(60))
    for lead, when, result in (
        (early, 0, CallResult.ABANDONED),
        (abandoned, 10, CallResult.ABANDONED),
        (busy, 11, CallResult.BUSY),
    ):
        attempt = attempt_for(lead, at(when))
        await store.attempts.open(attempt)
        await store.attempts.close(closed(attempt, result, at(when + 1)), move(LeadState.COMPLETED))
    await store.attempts.open(attempt_for(talking, at(12)))

    counts = await store.campaigns.counts(CAMPAIGN)
    assert counts.leads_by_state == {LeadState.NEW: 1, LeadState.COMPLETED: 3, LeadState.DIALING: 1}
    assert counts.leads == 5
    assert counts.attempts == 4
    assert counts.attempts_by_result == {CallResult.ABANDONED: 2, CallResult.BUSY: 1}
    assert (counts.calls_in_flight, counts.live_answers, counts.abandoned) == (1, 2, 2)
