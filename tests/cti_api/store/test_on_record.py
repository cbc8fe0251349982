"""What the law is told of a person: their calls of all campaigns and numbers, whom they met, what they said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cti_api.law.facts import Consent, OnRecord, OptOut, PastContact
from cti_api.law.terms import Channel, Purpose
from cti_api.model import consents as told
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.on_record import LOOK_BACK
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number

OTHER = CampaignId("otra")


async def call(store: Store, campaign: CampaignId, seconds: float, result: CallResult, **facts: object) -> None:
    """A call to the campaign's next lead, made and ended."""
    [lead] = await store.leads.reserve(campaign, 1, at(10**7), at(10**7 + 60))
    attempt = attempt_for(lead, at(seconds))
    await store.attempts.open(attempt)
    ended = closed(attempt, result, at(seconds + 30), **facts)
    await store.attempts.close(ended, move(LeadState.WAITING, not_before=at(seconds + 60)))


@pytest.fixture
async def ana(store: Store) -> NewLead:
    """One person with two numbers in two campaigns."""
    row = NewLead(name="Ana", phones=(number(1), number(2)))
    await store.campaigns.create(OTHER, "Otra", "", T0)
    for campaign in (CAMPAIGN, OTHER):
        await store.leads.add(campaign, [row], T0)
    return row


def contact(seconds: float, *, direct: bool, nth: int = 1) -> PastContact:
    return PastContact(at=at(seconds), channel=Channel.VOICE, direct=direct, number=number(nth))


async def test_nobody_is_on_record_before_the_first_call(store: Store) -> None:
    assert await store.record.of([number(1)], number(1), T0) == OnRecord()


async def test_calls_of_every_campaign_count(store: Store, ana: NewLead) -> None:
    await call(store, CAMPAIGN, 0, CallResult.BUSY)
    await call(store, OTHER, 100, CallResult.CONNECTED)
    known = await store.record.of(ana.phones, number(1), at(200))
    assert known.history == (contact(0, direct=False), contact(100, direct=True))


async def test_calls_to_another_number_of_the_person_count_and_a_strangers_do_not(store: Store, ana: NewLead) -> None:
    await call(store, CAMPAIGN, 0, CallResult.NO_ANSWER)
    assert (await store.record.of(ana.phones, number(2), at(60))).history == (contact(0, direct=False),)
    assert (await store.record.of([number(3)], number(3), at(60))).history == ()


@pytest.mark.parametrize(
    ("result", "direct"),
    [
        (CallResult.CONNECTED, True),
        (CallResult.ABANDONED, True),
        (CallResult.CALLER_HUNG_UP, True),
        (CallResult.MACHINE, True),
        (CallResult.NO_ANSWER, False),
        (CallResult.REJECTED, False),
    ],
)
async def test_a_direct_contact_is_what_may_have_been_one(
    store: Store, ana: NewLead, result: CallResult, direct: bool
) -> None:
    await call(store, CAMPAIGN, 0, result)
    assert (await store.record.of(ana.phones, number(1), at(60))).history == (contact(0, direct=direct),)


@pytest.mark.parametrize("result", [CallResult.LOST, CallResult.INTERRUPTED])
async def test_a_call_that_nobody_knows_the_end_of_counts_as_whatever_forbids_more(
    store: Store, ana: NewLead, result: CallResult
) -> None:
    await call(store, CAMPAIGN, 0, result)
    known = await store.record.of(ana.phones, number(1), at(60))
    assert known.history == (contact(0, direct=True), contact(0, direct=False))
    assert known.abandoned_at == at(0)
    assert (await store.record.of(ana.phones, number(2), at(60))).abandoned_at is None


async def test_a_call_that_was_answered_and_lost_is_a_direct_contact_in_doubt(store: Store, ana: NewLead) -> None:
    await call(store, CAMPAIGN, 0, CallResult.LOST, answered_at=at(9))
    assert (await store.record.of(ana.phones, number(1), at(60))).history[0].direct


@pytest.mark.parametrize("result", [CallResult.NEVER_DIALED, CallResult.TRUNK_FAILED, CallResult.CONGESTION])
async def test_what_the_trunk_gave_back_reached_nobody_unless_it_rang(
    store: Store, ana: NewLead, result: CallResult
) -> None:
    await call(store, CAMPAIGN, 0, result)
    assert (await store.record.of(ana.phones, number(1), at(60))).history == ()
    await call(store, OTHER, 100, result, ringing_at=at(103))
    assert (await store.record.of(ana.phones, number(1), at(200))).history == (contact(100, direct=False),)


async def test_a_call_under_way_counts_from_its_intent(store: Store, ana: NewLead) -> None:
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead, at(5))
    assert attempt.state is AttemptState.ORIGINATING
    await store.attempts.open(attempt)
    assert (await store.record.of(ana.phones, number(2), at(6))).history == (contact(5, direct=False),)


async def test_who_met_nobody_is_known_by_the_number(store: Store, ana: NewLead) -> None:
    await call(store, CAMPAIGN, 0, CallResult.ABANDONED)
    assert (await store.record.of(ana.phones, number(1), at(60))).abandoned_at == T0
    assert (await store.record.of(ana.phones, number(2), at(60))).abandoned_at is None


async def test_what_is_long_past_is_not_read_and_what_a_clock_put_back_made_future_is(
    store: Store, ana: NewLead
) -> None:
    await call(store, CAMPAIGN, 0, CallResult.BUSY)
    assert (await store.record.of(ana.phones, number(1), T0 + LOOK_BACK + timedelta(seconds=1))).history == ()
    assert (await store.record.of(ana.phones, number(1), at(-3600))).history == (contact(0, direct=False),)


async def test_a_number_on_the_do_not_call_list_opted_out(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1, first=1), T0)
    await store.suppression.add([number(1)], "llamada", at(1))
    known = await store.record.of([number(1), number(2)], number(1), at(2))
    assert known.opt_outs == (OptOut(at=at(1)),)
    assert (await store.record.of([number(1), number(2)], number(2), at(2))).opt_outs == ()


async def test_when_the_campaign_was_started_is_told_while_it_runs(store: Store) -> None:
    async def started() -> datetime | None:
        return (await store.record.of([number(1)], number(1), at(60), CAMPAIGN)).campaign_started_at

    assert await started() is None
    await store.campaigns.set_state(CAMPAIGN, CampaignState.RUNNING, at(5))
    assert await started() == at(5) == await store.record.running_since(CAMPAIGN)
    await store.campaigns.set_state(CAMPAIGN, CampaignState.PAUSED, at(6))
    assert await started() is None
    await store.campaigns.set_state(CAMPAIGN, CampaignState.RUNNING, at(7))
    assert await started() == at(7), "who goes on after a pause begins anew"


async def test_a_consent_that_a_list_told_of_is_read_as_the_law_reads_it(store: Store) -> None:
    agreed = told.Consent(
        channel=told.Channel.CALL, at=at(-60), evidence="formulario 77", purpose="Mercadeo y encuestas"
    )
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(1),), consents=(agreed,))], T0)
    assert (await store.record.of([number(1)], number(1), T0)).consents == (
        Consent(
            purposes=frozenset({Purpose.COMMERCIAL, Purpose.SURVEY}),
            channels=frozenset({Channel.VOICE}),
            given_at=at(-60),
            evidence="formulario 77",
        ),
    )
    assert (await store.record.of([number(2)], number(2), T0)).consents == ()
