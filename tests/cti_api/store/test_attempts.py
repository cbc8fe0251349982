from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.agents import Agent
from cti_api.model.calls import AmdVerdict, Attempt, AttemptState, CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId, TrunkId
from cti_api.model.leads import Lead, LeadState, NewLead
from cti_api.store.attempts import AgentFigures
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, TRUNK, at, attempt_for, closed, event, move, new_leads, number

ANA = AgentId("ana")


@pytest.fixture
async def lead(store: Store) -> Lead:
    """A reserved lead; there is an agent, too."""
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    await store.outbox.number()
    return lead


@pytest.fixture
async def attempt(store: Store, lead: Lead) -> Attempt:
    """An open attempt of that lead."""
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    return attempt


async def told(store: Store) -> list[str]:
    """Ids of the events written since the last look, imports left out."""
    return [e.event_id for e in await store.outbox.number() if e.kind is not EventKind.CAMPAIGN_IMPORTED]


# ------------------------------------------------------------------ open


async def test_the_intent_is_kept_whole_with_the_decision_that_allowed_it(store: Store, lead: Lead) -> None:
    attempt, originated = attempt_for(lead, at(1)), event(lead_id=lead.id)
    await store.attempts.open(attempt, originated)
    assert await store.attempts.get(attempt.id) == attempt
    assert await store.attempts.unsettled() == [attempt]
    assert (await store.leads.get(lead.id)).state is LeadState.DIALING
    assert await told(store) == [originated.event_id]


async def test_a_lead_that_was_not_reserved_is_only_dialled_by_hand(store: Store, lead: Lead) -> None:
    await store.leads.release([lead.id], T0)
    with pytest.raises(Conflict, match="is new; it cannot be dialled"):
        await store.attempts.open(attempt_for(lead), event())
    assert await told(store) == []
    await store.attempts.open(attempt_for(lead), by_hand=True)


async def test_a_lead_in_a_call_gets_no_second_one_even_by_hand(store: Store, attempt: Attempt, lead: Lead) -> None:
    for by_hand in (False, True):
        with pytest.raises(Conflict, match="is dialing"):
            await store.attempts.open(attempt_for(lead), by_hand=by_hand)
    assert await store.attempts.unsettled() == [attempt]


async def test_one_number_is_never_in_two_calls_whatever_the_campaigns(store: Store, attempt: Attempt) -> None:
    other = CampaignId("otra")
    await store.campaigns.create(other, "Otra", "", T0)
    await store.leads.add(other, [NewLead(name="Luis", phones=(number(9), attempt.number))], T0)
    [luis] = await store.leads.reserve(other, 1, T0, at(60))
    with pytest.raises(Conflict, match="already in a call"):
        await store.attempts.open(replace(attempt_for(luis), number=attempt.number), event())
    assert (await store.leads.get(luis.id)).state is LeadState.RESERVED, "all of it is undone"
    assert await told(store) == []
    await store.attempts.mark(replace(attempt, state=AttemptState.WRAP_UP, ended_at=at(5)))
    await store.attempts.open(replace(attempt_for(luis), number=attempt.number))


async def test_of_many_who_open_at_once_one_succeeds(store: Store, lead: Lead) -> None:
    outcomes = await asyncio.gather(
        *(store.attempts.open(attempt_for(lead), by_hand=True) for _ in range(8)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 7 + ["NoneType"]
    assert len(await store.attempts.unsettled()) == 1


async def test_an_unknown_lead_or_one_of_another_campaign_is_not_found(store: Store, lead: Lead) -> None:
    with pytest.raises(NotFound):
        await store.attempts.open(replace(attempt_for(lead), lead_id=LeadId(10**6)))
    with pytest.raises(NotFound):
        await store.attempts.open(replace(attempt_for(lead), campaign_id=CampaignId("otra")))


async def test_an_attempt_id_is_used_once(store: Store, attempt: Attempt) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1, first=7), T0)
    [second] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    with pytest.raises(Conflict, match="already in the store"):
        await store.attempts.open(replace(attempt_for(second), id=attempt.id))


# ------------------------------------------------------------------ mark


async def test_a_state_only_moves_on_and_facts_that_come_late_are_kept(store: Store, attempt: Attempt) -> None:
    answered = replace(attempt, state=AttemptState.ANSWERED, answered_at=at(9), live_at=at(9))
    assert await store.attempts.mark(answered)
    assert await store.attempts.mark(replace(attempt, state=AttemptState.RINGING, ringing_at=at(3)))
    assert await store.attempts.get(attempt.id) == replace(answered, ringing_at=at(3))


async def test_every_fact_of_a_call_is_kept(store: Store, attempt: Attempt) -> None:
    over = replace(
        attempt,
        state=AttemptState.WRAP_UP,
        agent_id=ANA,
        result=CallResult.CONNECTED,
        cause=16,
        sip_code=200,
        amd=AmdVerdict.HUMAN,
        ringing_at=at(1),
        answered_at=at(2),
        live_at=at(3),
        offered_at=at(3.25),
        connected_at=at(3.5),
        ended_at=at(63.5),
        recording=f"{attempt.id}.wav",
    )
    cleared = event(EventKind.CALL_CLEARED)
    assert await store.attempts.mark(over, cleared)
    kept = await store.attempts.get(attempt.id)
    assert kept == over
    assert kept.talk_seconds == 60.0
    assert await told(store) == [cleared.event_id]
    counts = await store.campaigns.counts(CAMPAIGN)
    assert (counts.calls_in_flight, counts.live_answers, counts.attempts_by_result) == (0, 1, {})


async def test_what_is_learned_of_a_closed_or_unknown_attempt_changes_nothing(store: Store, attempt: Attempt) -> None:
    done = closed(attempt, CallResult.BUSY, at(2))
    await store.attempts.close(done, move())
    assert not await store.attempts.mark(replace(attempt, state=AttemptState.CONNECTED, connected_at=at(5)), event())
    assert not await store.attempts.mark(replace(attempt, id=AttemptId("0" * 32)), event())
    assert await store.attempts.get(attempt.id) == done
    assert await told(store) == []
    with pytest.raises(ValueError, match="closed by"):
        await store.attempts.mark(done)


# ------------------------------------------------------------------ close


async def test_closing_moves_the_lead_counts_it_and_tells_it_in_one_go(store: Store, attempt: Attempt) -> None:
    done = closed(attempt, CallResult.CONNECTED, at(90), agent_id=ANA, disposition="cita", cause=16)
    done = replace(done, disposition_fields={"fecha": "2026-03-09", "nota": "de la mañana"})
    events = event(EventKind.ATTEMPT_CLOSED), event(EventKind.LEAD_MOVED)
    assert await store.attempts.close(done, move(LeadState.COMPLETED, "disposition:cita"), *events)
    assert await store.attempts.get(attempt.id) == done
    lead = await store.leads.get(attempt.lead_id)
    assert (lead.state, lead.waiting_reason, lead.attempts_made) == (LeadState.COMPLETED, "disposition:cita", 1)
    assert lead.counts == {"connected": 1, "cita": 1}
    assert await told(store) == [e.event_id for e in events]
    assert await store.attempts.unsettled() == []


async def test_closing_again_changes_nothing_and_says_so(store: Store, attempt: Attempt) -> None:
    done = closed(attempt, CallResult.BUSY, at(2))
    assert await store.attempts.close(done, move(not_before=at(99)))
    lead = await store.leads.get(attempt.lead_id)
    again = closed(attempt, CallResult.CONNECTED, at(50), disposition="cita")
    assert not await store.attempts.close(again, move(LeadState.COMPLETED, suppress_number=True), event())
    assert await store.attempts.get(attempt.id) == done
    assert await store.leads.get(attempt.lead_id) == lead
    assert await told(store) == []
    assert await store.suppression.count() == 0
    with pytest.raises(NotFound):
        await store.attempts.close(replace(done, id=AttemptId("f" * 32)), move())


async def test_an_attempt_given_back_does_not_use_one_up(store: Store, attempt: Attempt) -> None:
    await store.attempts.close(
        closed(attempt, CallResult.TRUNK_FAILED, at(2)), move(LeadState.READY, "given_back", counts_as_attempt=False)
    )
    lead = await store.leads.get(attempt.lead_id)
    assert (lead.state, lead.attempts_made, lead.counts) == (LeadState.READY, 0, {"trunk_failed": 1})


@pytest.mark.parametrize("words", [(), ("invalid_number", "invalid_number:0:uno")])
async def test_a_move_may_say_what_is_counted_in_place_of_the_result(
    store: Store, attempt: Attempt, words: tuple[str, ...]
) -> None:
    await store.attempts.close(closed(attempt, CallResult.CONGESTION, at(2)), move(counted_as=words))
    assert (await store.leads.get(attempt.lead_id)).counts == dict.fromkeys(words, 1)


async def test_a_retry_waits_for_its_hour_on_the_phone_it_names(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(1), number(2)))], T0)
    for round_, expected in enumerate((number(2), number(1), number(2))):
        [lead] = await store.leads.reserve(CAMPAIGN, 1, at(round_ * 10), at(60))
        attempt = attempt_for(lead, at(round_ * 10))
        await store.attempts.open(attempt)
        next_hour = at(round_ * 10 + 10)
        wait = move(not_before=next_hour, phone_index=lead.phone_index + 1)
        await store.attempts.close(closed(attempt, CallResult.BUSY, at(round_ * 10 + 1)), wait)
        lead = await store.leads.get(lead.id)
        assert (lead.phone, lead.not_before) == (expected, next_hour)
    assert (lead.attempts_made, lead.counts) == (3, {"busy": 3})


async def test_closing_needs_a_result_and_an_instant(store: Store, attempt: Attempt) -> None:
    with pytest.raises(ValueError, match="result"):
        await store.attempts.close(replace(attempt, closed_at=at(1)), move())


# ------------------------------------------------------------------ dispositions


async def test_a_disposition_given_in_the_call_is_kept_though_the_closing_names_none(
    store: Store, attempt: Attempt
) -> None:
    assert await store.attempts.dispose(attempt.id, "cita", {"fecha": "mañana"}, at(5), agent_id=ANA) == 1
    assert await store.attempts.dispose(attempt.id, "cita", {"fecha": "mañana"}, at(6), event(), agent_id=ANA) == 1
    assert await told(store) == []
    await store.attempts.close(closed(attempt, CallResult.CONNECTED, at(9)), move(LeadState.COMPLETED))
    kept = await store.attempts.get(attempt.id)
    assert (kept.disposition, kept.disposition_fields) == ("cita", {"fecha": "mañana"})
    assert (await store.leads.get(attempt.lead_id)).counts == {"connected": 1, "cita": 1}


async def test_a_correction_is_a_new_version_and_the_counts_follow(store: Store, attempt: Attempt) -> None:
    await store.attempts.close(
        closed(attempt, CallResult.CONNECTED, at(9), disposition="no_interesa"), move(LeadState.WAITING)
    )
    corrected = event(EventKind.DISPOSITION_SET)
    call_back = move(LeadState.CALLBACK, "callback", not_before=at(500), callback_agent=ANA)
    await store.agents.change(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)))
    version = await store.attempts.dispose(
        attempt.id, "volver_a_llamar", {}, at(20), corrected, source="supervisor", move=call_back
    )
    assert version == 2
    assert (await store.attempts.get(attempt.id)).disposition == "volver_a_llamar"
    lead = await store.leads.get(attempt.lead_id)
    assert (lead.state, lead.callback_agent, lead.not_before) == (LeadState.CALLBACK, ANA, at(500))
    assert (lead.counts, lead.attempts_made) == ({"connected": 1, "volver_a_llamar": 1}, 1)
    assert await told(store) == [corrected.event_id]


async def test_a_correction_leaves_a_finished_lead_where_it_is_but_do_not_call_holds(
    store: Store, attempt: Attempt
) -> None:
    await store.attempts.close(
        closed(attempt, CallResult.CONNECTED, at(9), disposition="cita"), move(LeadState.COMPLETED)
    )
    never = move(LeadState.SUPPRESSED, "disposition:no_llamar", suppress_number=True)
    await store.attempts.dispose(attempt.id, "no_llamar", {}, at(20), move=never)
    assert (await store.leads.get(attempt.lead_id)).state is LeadState.COMPLETED
    assert await store.suppression.contains(attempt.number)


async def test_a_number_that_was_called_wrong_by_mistake_is_anybodys_again(store: Store, attempt: Attempt) -> None:
    wrong = move(reason="drop_phone:equivocado", counted_as=("connected", "dropped:0"))
    ended = closed(attempt, CallResult.CONNECTED, at(9), disposition="equivocado")
    await store.attempts.close(ended, wrong)
    assert (await store.leads.get(attempt.lead_id)).counts == {"connected": 1, "dropped:0": 1, "equivocado": 1}
    await store.attempts.dispose(attempt.id, "volver", {}, at(20), move=move(LeadState.CALLBACK, not_before=at(99)))
    assert (await store.leads.get(attempt.lead_id)).counts == {"connected": 1, "volver": 1}
    await store.attempts.dispose(attempt.id, "equivocado", {}, at(30), move=wrong)
    assert (await store.leads.get(attempt.lead_id)).counts == {"connected": 1, "dropped:0": 1, "equivocado": 1}


async def test_many_corrections_at_once_all_get_a_version_of_their_own(store: Store, attempt: Attempt) -> None:
    versions = await asyncio.gather(*(store.attempts.dispose(attempt.id, f"code{n}", {}, at(n)) for n in range(10)))
    assert sorted(versions) == list(range(1, 11))


# ------------------------------------------------------------------ reading


async def test_the_history_of_a_lead_says_what_each_call_did_to_it(store: Store, attempt: Attempt) -> None:
    await store.attempts.close(closed(attempt, CallResult.BUSY, at(2)), move(reason="retry:busy", not_before=at(5)))
    [lead] = await store.leads.reserve(CAMPAIGN, 1, at(6), at(60))
    second = attempt_for(lead, at(6))
    await store.attempts.open(second)
    first_record, second_record = await store.attempts.history(attempt.lead_id)
    assert (first_record.attempt.result, first_record.lead_reason) == (CallResult.BUSY, "retry:busy")
    assert (second_record.attempt, second_record.lead_state) == (second, "")
    assert (first_record.contact_name, first_record.contact_fields) == ("Cliente 0", {"placa": "ABC000"})
    assert await store.attempts.history(attempt.lead_id, most=1) == [second_record]
    assert await store.attempts.made(attempt.lead_id) == 2


async def test_a_campaigns_records_come_in_order_page_by_page(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(7), T0)
    opened = []
    for n, lead in enumerate(await store.leads.reserve(CAMPAIGN, 7, T0, at(60))):
        opened.append(attempt_for(lead, at(n // 3)))  # several at one instant
        await store.attempts.open(opened[-1])
    pages, after = [], None
    while page := await store.attempts.records(CAMPAIGN, after, most=2):
        pages.append(len(page))
        after = page[-1]
        opened = [a for a in opened if a.id not in {record.attempt.id for record in page}]
    assert (pages, opened) == ([2, 2, 2, 1], [])


async def test_what_a_report_reads_of_closed_attempts_is_what_they_say_of_themselves(store: Store) -> None:
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    await store.leads.add(CAMPAIGN, new_leads(7), T0)
    expected = []
    for n, lead in enumerate(await store.leads.reserve(CAMPAIGN, 7, T0, at(60))):
        opened = attempt_for(lead, at(n // 3))  # several at one instant
        await store.attempts.open(opened)
        if n == 4:
            continue
        talked = replace(opened, agent_id=ANA, connected_at=at(10), ended_at=at(40 + n))
        done = closed(talked if n % 2 else opened, CallResult.CONNECTED if n % 2 else CallResult.BUSY, at(50))
        done = replace(done, disposition="cita", disposition_fields={"fecha": "hoy"}) if n % 2 else done
        await store.attempts.close(done, move(LeadState.COMPLETED))
        expected.append((await store.attempts.get(done.id), lead.fields))
    found, last = [], None
    while page := await store.tallied.page(CAMPAIGN, last, most=2):
        found, last = [*found, *page], page[-1]
    names = (
        "state", "result", "lead_id", "created_at", "agent_id", "connected_at", "talk_seconds", "disposition",
        "disposition_fields",
    )  # fmt: skip
    said = {call.id: [getattr(call, name) for name in names] + [call.lead_fields] for call in found}
    assert said == {call.id: [getattr(call, name) for name in names] + [fields] for call, fields in expected}
    assert [call.created_at for call in found] == sorted(call.created_at for call in found)
    assert len(found) == 6


async def test_calls_on_a_trunk_are_counted_since_an_instant(store: Store, attempt: Attempt) -> None:
    assert await store.attempts.count_on_trunk(TRUNK, T0) == 1
    assert await store.attempts.count_on_trunk(TRUNK, at(1)) == 0
    assert await store.attempts.count_on_trunk(TrunkId("otra"), T0) == 0


async def test_talk_is_the_time_joined_where_it_is_known(store: Store, attempt: Attempt) -> None:
    talked = replace(attempt, agent_id=ANA, connected_at=at(10), ended_at=at(40), joined_seconds=18.5)
    await store.attempts.close(closed(talked, CallResult.CONNECTED, at(41)), move(LeadState.COMPLETED))
    assert (await store.attempts.get(attempt.id)).talk_seconds == 18.5
    assert await store.attempts.figures_by_agent(T0) == {ANA: AgentFigures(calls=1, talk_seconds=18.5)}


async def test_talk_is_summed_by_agent(store: Store, attempt: Attempt) -> None:
    talked = replace(attempt, agent_id=ANA, connected_at=at(10), ended_at=at(40))
    await store.attempts.close(closed(talked, CallResult.CONNECTED, at(41)), move(LeadState.COMPLETED))
    assert await store.attempts.figures_by_agent(T0) == {ANA: AgentFigures(calls=1, talk_seconds=30.0)}
    assert await store.attempts.figures_by_agent(at(11)) == {}


async def test_the_latest_that_are_closed_come_in_order_with_what_became_of_them(store: Store) -> None:
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

    busy, talk, machine = await store.attempts.lately(CAMPAIGN, 10)
    assert [busy.result, talk.result, machine.result] == [CallResult.BUSY, CallResult.CONNECTED, CallResult.MACHINE]
    assert (talk.created_at, talk.answered_at, talk.closed_at) == (at(100), at(108), at(160))
    assert (talk.talk_seconds, talk.disposition, busy.disposition) == (40.0, "cita", "")
    assert await store.attempts.lately(CAMPAIGN, 1) == [machine]
    assert await store.attempts.lately(CAMPAIGN, 10, at(100)) == [talk, machine]
    assert await store.attempts.lately(CampaignId("otra"), 10) == []
