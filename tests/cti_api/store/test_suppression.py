from __future__ import annotations

import pytest

from cti_api.errors import Conflict
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads, number


async def test_a_number_is_put_on_the_list_once(store: Store) -> None:
    assert not await store.suppression.contains(number(1))
    assert await store.suppression.add([number(1), number(2), number(1)], "api", T0) == 2
    assert await store.suppression.add([number(1), number(3)], "api", at(1)) == 1
    assert await store.suppression.contains(number(1))
    assert await store.suppression.count() == 3


async def test_its_leads_go_on_to_another_phone_or_are_suppressed_in_every_campaign(store: Store) -> None:
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", T0)
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(1), number(2)))], T0)
    await store.leads.add(other, [NewLead(name="Luis", phones=(number(1),))], T0)
    [reserved] = await store.leads.reserve(other, 1, T0, at(60))
    await store.outbox.number()

    await store.suppression.add([number(1)], "llamada", at(1))
    ana = await store.leads.with_number(CAMPAIGN, number(1))
    luis = await store.leads.get(reserved.id)
    assert ana is not None
    assert (ana.state, ana.phone) == (LeadState.NEW, number(2))
    assert (luis.state, luis.waiting_reason) == (LeadState.SUPPRESSED, "do_not_call")
    told = await store.outbox.number()
    assert [(e.kind, e.lead_id) for e in told] == [
        (EventKind.NUMBER_SUPPRESSED, None),
        (EventKind.LEAD_MOVED, luis.id),
    ]
    assert told[1].payload == {"lead_state": "suppressed", "lead_reason": "do_not_call"}


async def test_a_lead_reserved_before_is_not_dialled_after(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(1), number(2)))], T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    await store.suppression.add([number(1)], "api", at(1))
    with pytest.raises(Conflict, match="do-not-call list"):
        await store.attempts.open(attempt_for(lead, at(2)))
    assert (await store.leads.get(lead.id)).state is LeadState.RESERVED


async def test_a_call_that_ends_with_do_not_call_suppresses_number_and_lead_in_one_go(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    await store.attempts.close(
        closed(attempt, CallResult.CONNECTED, at(30), disposition="no_llamar"),
        move(LeadState.SUPPRESSED, "disposition:no_llamar", suppress_number=True),
    )
    assert await store.suppression.contains(lead.phone)
    assert (await store.leads.get(lead.id)).state is LeadState.SUPPRESSED


async def test_a_persons_own_no_is_for_all_of_their_numbers_and_says_how_it_was_said(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(1), number(2)))], T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    await store.attempts.close(
        closed(attempt, CallResult.ABANDONED, at(30)),
        move(LeadState.SUPPRESSED, "keypad", suppress_number=True, suppress_person=True, suppress_source="keypad"),
    )
    assert await store.suppression.contains(number(1))
    assert await store.suppression.contains(number(2))
    await store.outbox.number()
    told = [each for each in await store.outbox.since(0) if each.kind is EventKind.NUMBER_SUPPRESSED]
    assert {each.payload["source"] for each in told} == {f"{CAMPAIGN}:keypad"}


async def test_a_retry_never_goes_to_a_suppressed_phone(store: Store) -> None:
    rows = [NewLead(name="Ana", phones=(number(1), number(2))), NewLead(name="Luis", phones=(number(3),))]
    await store.leads.add(CAMPAIGN, rows, T0)
    taken = await store.leads.reserve(CAMPAIGN, 2, T0, at(60))
    attempts = [attempt_for(lead) for lead in taken]
    for attempt in attempts:
        await store.attempts.open(attempt)
    await store.suppression.add([number(1), number(3)], "api", at(1))
    for attempt in attempts:
        await store.attempts.close(closed(attempt, CallResult.BUSY, at(2)), move(not_before=at(9)))
    ana, luis = [await store.leads.get(lead.id) for lead in taken]
    assert (ana.state, ana.phone, ana.not_before) == (LeadState.WAITING, number(2), at(9))
    assert (luis.state, luis.not_before) == (LeadState.SUPPRESSED, None)
    [record] = await store.attempts.history(luis.id)
    assert (record.lead_state, record.lead_reason) == ("suppressed", "do_not_call")


async def test_a_persons_number_may_stand_for_all_of_theirs_and_for_nobody_elses(store: Store) -> None:
    people = [NewLead(name="Ana", phones=(number(1), number(2))), NewLead(name="Luis", phones=(number(3),))]
    await store.leads.add(CAMPAIGN, people, T0)
    assert await store.suppression.add([number(1), number(9)], "api", at(1), persons=True) == 3
    told = [await store.suppression.contains(number(nth)) for nth in (1, 2, 3, 9)]
    assert told == [True, True, False, True]
