"""Messages in the store: each is planned once, begun once, and never begun again where nobody knows of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.law.facts import Decision, OnRecord
from cti_api.law.terms import Channel
from cti_api.messages.machine import Step
from cti_api.model.events import EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.leads import Lead
from cti_api.model.messages import Message, MessageId, MessageState
from cti_api.store.follow_ups import Elsewhere, NewTask
from cti_api.store.store import Store
from tests.support.messages import allowed, message_for, one_message, people, planned
from tests.support.store import CAMPAIGN, T0, at, move

S = MessageState


async def state(store: Store, message: Message) -> MessageState:
    return (await store.messages.get(message.id)).state


def lose_key(url: str) -> None:
    Path(f"{url.removeprefix('sqlite:///')}.erasure-key").unlink()


async def told(store: Store) -> list[tuple[EventKind, int | None]]:
    events = []
    while more := await store.outbox.number():
        events += more
    return [(event.kind, event.lead_id) for event in events if event.kind is not EventKind.CAMPAIGN_IMPORTED]


async def test_an_action_of_a_lead_is_planned_once_and_again_only_for_another_occasion(store: Store) -> None:
    [lead] = await people(store, 1)
    assert await store.follow_ups.plan([planned(lead, message_for(lead))], T0) == 1
    assert await store.follow_ups.plan([planned(lead, message_for(lead)), planned(lead, message_for(lead))], T0) == 0
    assert await store.follow_ups.plan([planned(lead, message_for(lead), occasion="a" * 32)], T0) == 1
    assert len(await store.messages.of_lead(lead.id)) == 2


async def test_a_message_that_was_begun_is_not_begun_again(store: Store) -> None:
    message = await one_message(store)
    begun = await store.messages.begin(message.id, at(1), allowed)
    assert isinstance(begun, Message)
    assert (begun.state, begun.sent_at, begun.tries) == (S.SENDING, at(1), 1)
    assert await store.messages.begin(message.id, at(2), allowed) is None
    assert await store.messages.due(Via.WHATSAPP, at(9), 10) == []


async def test_what_was_being_sent_when_the_process_died_is_unknown_and_stays_so(store: Store) -> None:
    message = await one_message(store)
    await store.messages.begin(message.id, at(1), allowed)
    assert await store.messages.interrupt(at(2), "killed") == 1
    assert await state(store, message) is S.UNKNOWN
    assert await store.messages.begin(message.id, at(3), allowed) is None
    assert await store.messages.give_up(at(1), at(60), "no report") == 0
    assert await store.messages.give_up(at(2), at(60), "no report") == 1
    assert await state(store, message) is S.DEAD


async def test_what_was_being_told_to_a_system_is_told_again(store: Store) -> None:
    message = await one_message(store, via=Via.WEBHOOK, recipient="crm", number=None, purpose=None)
    await store.messages.begin(message.id, at(1), None)
    assert await store.messages.interrupt(at(2), "killed") == 1
    assert [each.id for each in await store.messages.due(Via.WEBHOOK, at(2), 9)] == [message.id]


async def test_a_report_that_names_our_id_decides_about_an_unknown_message(store: Store) -> None:
    message = await one_message(store)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.NO_ANSWER, at(2), "no answer")
    assert await store.messages.report(message.id, "wamid.1", Step.DELIVERED, at(3)) is S.DELIVERED
    assert await store.messages.report("", "wamid.1", Step.SENT, at(4)) is None, "late, and nothing is undone"
    assert await store.messages.report("", "wamid.1", Step.READ, at(5)) is S.READ
    assert await store.messages.report("", "wamid.1", Step.READ, at(6)) is None, "twice"
    assert await store.messages.report("0" * 32, "wamid.other", Step.READ, at(6)) is None, "not ours"
    found = await store.messages.get(message.id)
    assert (found.delivered_at, found.read_at, found.provider_id) == (at(3), at(5), "wamid.1")
    assert await told(store) == [
        (EventKind.MESSAGE_DELIVERED, message.lead_id),
        (EventKind.MESSAGE_READ, message.lead_id),
    ]


async def test_a_report_of_a_message_that_a_person_planned_anew_keeps_it_from_going_twice(store: Store) -> None:
    message = await one_message(store)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.NO_ANSWER, at(2))
    await store.messages.give_up(at(2), at(3), "no report")
    await store.messages.decide(message.id, Step.RETRY, at(4), at(9999))
    assert await state(store, message) is S.PLANNED
    assert await store.messages.report(message.id, "wamid.1", Step.SENT, at(5)) is S.ACCEPTED
    assert await store.messages.begin(message.id, at(6), allowed) is None


async def test_a_message_of_somebody_who_said_no_is_not_begun(store: Store) -> None:
    first, second = await people(store, 2)
    for lead in (first, second):
        await store.follow_ups.plan([planned(lead, message_for(lead))], T0)
    await store.suppression.add([first.phone], "llamada", at(1))
    [message] = await store.messages.of_lead(first.id)
    assert message.state is S.SUPPRESSED
    assert await store.messages.begin(message.id, at(2), allowed) is None
    late = message_for(first)  # planned by somebody who did not know of it yet
    await store.follow_ups.plan([planned(first, late, action="otro")], at(1))
    assert await store.messages.begin(late.id, at(2), allowed) is None
    assert await state(store, late) is S.SUPPRESSED
    [other] = await store.messages.of_lead(second.id)
    assert isinstance(await store.messages.begin(other.id, at(2), allowed), Message)


RACES = 300
AT_ONCE = 20


async def test_no_message_goes_out_after_a_no_that_was_on_the_disk_first(store: Store) -> None:
    leads, random = await people(store, RACES), Random(5)
    await store.follow_ups.plan([planned(lead, message_for(lead)) for lead in leads], T0)
    ids = {lead.id: (await store.messages.of_lead(lead.id))[0].id for lead in leads}

    async def begin(lead: Lead, turns: int) -> bool:
        for _ in range(turns):
            await asyncio.sleep(0)
        found = await store.messages.begin(ids[lead.id], at(1), allowed)
        if isinstance(found, Message):
            await store.messages.step(found.id, Step.TAKEN, at(2))
        return isinstance(found, Message)

    async def say_no(lead: Lead, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await store.suppression.add([lead.phone], "respuesta", at(1))
        # on the disk: from here on nothing may begin
        assert await store.messages.begin(ids[lead.id], at(1), allowed) is None

    went: list[bool] = []
    for first in range(0, RACES, AT_ONCE):
        racing = leads[first : first + AT_ONCE]
        going = [asyncio.create_task(begin(lead, random.randrange(40))) for lead in racing]
        await asyncio.gather(*(say_no(lead, random.randrange(40)) for lead in racing))
        went += await asyncio.gather(*going)
    assert 0 < sum(went) < RACES, "both sides win some"
    for lead, was in zip(leads, went, strict=True):
        found = (await store.messages.get(ids[lead.id])).state
        assert found is (S.ACCEPTED if was else S.SUPPRESSED)


async def test_two_messages_to_one_person_are_asked_about_one_after_the_other(store: Store) -> None:
    [lead] = await people(store, 1)
    both = [message_for(lead), message_for(lead)]
    await store.follow_ups.plan([planned(lead, each, action=f"a{n}") for n, each in enumerate(both)], T0)

    def once(_message: Message, _lead: Lead, known: OnRecord, now: datetime) -> Decision:
        met = any(contact.direct for contact in known.history)
        return Decision(allowed=not met, rule="once", reason="", next_open=None, remedy=None)

    ends = await asyncio.gather(*(store.messages.begin(each.id, at(1), once) for each in both))
    assert sorted(isinstance(end, Message) for end in ends) == [False, True]


async def test_a_message_counts_as_a_contact_of_its_channel_unless_it_is_known_not_to_have_come(store: Store) -> None:
    leads = await people(store, 4)
    messages = [message_for(lead) for lead in leads]
    await store.follow_ups.plan([planned(lead, m) for lead, m in zip(leads, messages, strict=True)], T0)
    for message in messages:
        await store.messages.begin(message.id, at(1), allowed)
    unknown, refused, undelivered, taken = messages
    await store.messages.step(unknown.id, Step.NO_ANSWER, at(2))
    await store.messages.step(refused.id, Step.REFUSED, at(2))
    await store.messages.report(undelivered.id, "w", Step.UNDELIVERED, at(2))
    await store.messages.step(taken.id, Step.TAKEN, at(2))
    found = [(await store.record.of([lead.phone], lead.phone, at(9))).history for lead in leads]
    assert [[(past.channel, past.direct, past.at) for past in history] for history in found] == [
        [(Channel.WHATSAPP, True, at(1))],
        [],
        [(Channel.WHATSAPP, False, at(1))],
        [(Channel.WHATSAPP, True, at(1))],
    ]


async def test_a_message_that_arrived_after_all_counts_as_a_contact(store: Store) -> None:
    message = await one_message(store)
    assert message.number is not None
    await store.messages.begin(message.id, at(1), allowed)
    for step in (Step.UNDELIVERED, Step.DELIVERED):
        await store.messages.report(message.id, "w", step, at(2))
    [contact] = (await store.record.of([message.number], message.number, at(9))).history
    assert contact.direct


async def test_a_report_about_an_earlier_time_that_it_was_sent_does_not_fail_it(store: Store) -> None:
    message = await one_message(store)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.report(message.id, "first", Step.UNDELIVERED, at(2), "not on WhatsApp")
    await store.messages.decide(message.id, Step.RETRY, at(3), at(9000))
    await store.messages.begin(message.id, at(4), allowed)
    await store.messages.step(message.id, Step.TAKEN, at(5), provider_id="second")
    assert await store.messages.report(message.id, "first", Step.UNDELIVERED, at(6)) is None
    assert await state(store, message) is S.ACCEPTED


async def test_of_somebody_who_was_erased_while_a_message_went_nothing_is_written_down_and_nothing_goes_again(
    url: str, tmp_path: Path
) -> None:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "erasure.key") as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        message = await one_message(store)
        await store.messages.begin(message.id, at(1), allowed)
        await store.erasures.erase(message.recipient, [message.recipient], "mesa", "pedido", at(2))
        words = f"550 {message.recipient} is busy"
        await store.messages.step(message.id, Step.NOT_TAKEN, at(3), words, due_at=at(4))
        assert message.recipient not in (await store.messages.get(message.id)).reason
        assert await store.messages.begin(message.id, at(5), allowed) is None
        assert await state(store, message) is S.DROPPED


async def test_what_was_not_taken_goes_again_and_what_comes_too_late_expires(store: Store) -> None:
    message = await one_message(store, expires_at=at(100))
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.NOT_TAKEN, at(2), "429", due_at=at(60))
    assert await store.messages.due(Via.WHATSAPP, at(59), 10) == []
    assert [each.id for each in await store.messages.due(Via.WHATSAPP, at(60), 10)] == [message.id]
    assert (await store.messages.get(message.id)).sent_at is None
    assert await store.messages.expire(at(99), "too late") == 0
    assert await store.messages.expire(at(100), "too late") == 1
    assert await state(store, message) is S.EXPIRED


async def test_a_message_that_may_go_only_after_its_time_is_over_expires_at_once(store: Store) -> None:
    message = await one_message(store, expires_at=at(100))
    await store.messages.put_off(message.id, at(50), "tomorrow", at(1))
    assert (await store.messages.get(message.id)).due_at == at(50)
    await store.messages.put_off(message.id, at(100), "next week", at(1))
    assert await state(store, message) is S.EXPIRED


async def test_a_person_decides_about_dead_letters_and_about_nothing_that_went(store: Store) -> None:
    message = await one_message(store)
    with pytest.raises(Conflict, match="is planned"):
        await store.messages.decide(message.id, Step.RETRY, at(1), at(9))
    await store.messages.begin(message.id, at(1), allowed)
    with pytest.raises(Conflict, match="is sending"):
        await store.messages.decide(message.id, Step.DROP, at(1), at(9))
    await store.messages.step(message.id, Step.REFUSED, at(2), "no such template")
    assert (await store.messages.decide(message.id, Step.DROP, at(3), at(9))).state is S.DROPPED
    with pytest.raises(NotFound):
        await store.messages.decide(MessageId("0" * 32), Step.DROP, at(3), at(9))


async def test_a_dead_letter_without_a_recipient_cannot_be_sent(store: Store) -> None:
    message = await one_message(store, recipient="", state=S.DEAD, reason="None of the telephones is a mobile.")
    with pytest.raises(Conflict, match="nobody to go to"):
        await store.messages.decide(message.id, Step.RETRY, at(1), at(9))


async def test_tasks_are_listed_until_somebody_has_done_them(store: Store) -> None:
    [lead] = await people(store, 1)
    await store.follow_ups.plan([planned(lead, NewTask("Llamar al taller", "ana"))], T0)
    [task] = await store.follow_ups.tasks()
    assert (task.text, task.owner, task.lead_id, task.done_at) == ("Llamar al taller", "ana", lead.id, None)
    await store.follow_ups.finish_task(task.id, "luis", at(5))
    again = await store.follow_ups.finish_task(task.id, "eva", at(9))
    assert (again.done_by, again.done_at) == ("luis", at(5))
    assert await store.follow_ups.tasks() == []
    assert [each.id for each in await store.follow_ups.tasks(done=True)] == [task.id]
    assert await told(store) == [(EventKind.TASK_CREATED, lead.id)]
    with pytest.raises(NotFound):
        await store.follow_ups.finish_task(77, "eva", at(9))


async def test_a_person_goes_into_another_campaign_and_where_there_is_none_somebody_is_told(store: Store) -> None:
    await store.campaigns.create("renovacion", "Renovación", "id: renovacion\n", T0)
    [lead] = await people(store, 1)
    await store.follow_ups.plan([planned(lead, Elsewhere("renovacion"))], T0)
    other = await store.leads.with_number("renovacion", lead.phone)
    assert other is not None
    assert (other.contact.id, other.fields) == (lead.contact.id, lead.fields)
    await store.follow_ups.plan([planned(lead, Elsewhere("nada"), action="x")], T0)
    [task] = await store.follow_ups.tasks()
    assert "There is no campaign nada" in task.text


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_where_nobody_can_tell_who_was_erased_a_person_goes_elsewhere_by_hand(store: Store, url: str) -> None:
    await store.campaigns.create("renovacion", "Renovación", "id: renovacion\n", T0)
    lead, gone = await people(store, 2)
    await store.erasures.erase(gone.phone.e164, [gone.phone.e164], "mesa", "pedido", T0)
    lose_key(url)
    async with Store.open(url, clock=SystemClock()) as again:
        await again.follow_ups.plan([planned(lead, Elsewhere("renovacion"))], T0)
        [task] = await again.follow_ups.tasks()
        assert "no se pudo pasar a la campaña renovacion" in task.text
        assert await again.leads.with_number("renovacion", lead.phone) is None


async def test_a_new_reader_of_events_begins_with_what_happens_from_now_on(store: Store) -> None:
    await people(store, 1)
    await store.outbox.number()
    await store.outbox.join("follow_ups")
    assert await store.outbox.cursor("follow_ups") == await store.outbox.head() > 0
    await store.outbox.advance("follow_ups", 7)
    await store.outbox.join("follow_ups")
    assert await store.outbox.cursor("follow_ups") == 7


async def test_a_lead_that_the_gate_ends_is_told_in_the_outbox(store: Store) -> None:
    from cti_api.model.leads import LeadState

    [lead] = await people(store, 1)
    await store.leads.move(lead.id, move(LeadState.EXHAUSTED, "exhausted"), at(1))
    assert await told(store) == [(EventKind.LEAD_MOVED, lead.id)]


async def test_messages_are_listed_and_counted_by_what_is_asked(store: Store) -> None:
    leads = await people(store, 3)
    messages = [message_for(lead, due_at=T0 + timedelta(minutes=n)) for n, lead in enumerate(leads)]
    await store.follow_ups.plan([planned(lead, m) for lead, m in zip(leads, messages, strict=True)], T0)
    await store.messages.begin(messages[0].id, at(1), allowed)
    assert {m.id for m in await store.messages.list(states=[S.PLANNED])} == {m.id for m in messages[1:]}
    assert await store.messages.list(via=Via.SMS) == []
    assert len(await store.messages.list(campaign_id=CAMPAIGN, most=2)) == 2
    counts = await store.messages.counts()
    assert counts.by_state == {(Via.WHATSAPP, S.PLANNED): 2, (Via.WHATSAPP, S.SENDING): 1}
    assert counts.oldest_due == {Via.WHATSAPP: at(60)}
