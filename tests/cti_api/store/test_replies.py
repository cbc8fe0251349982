"""What people answer: kept once, with the lead, and a no holds for the whole person."""

from __future__ import annotations

from cti_api.messages.machine import Step
from cti_api.model.events import EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import LeadId
from cti_api.model.leads import LeadMove, LeadState, NewLead
from cti_api.model.messages import MessageState, Reply
from cti_api.store.store import Store
from tests.support.messages import allowed, message_for, planned
from tests.support.store import CAMPAIGN, T0, at, attempt_for, number


def reply(text: str = "Sí", *, says_no: bool = False, key: str = "wamid.r") -> Reply:
    return Reply(via=Via.WHATSAPP, provider_id=key, sender=number(1), text=text, at=at(60), says_no=says_no)


async def sent(store: Store) -> int:
    """A person with two phones got a message by the second of them."""
    await store.leads.add(CAMPAIGN, [NewLead(name="Ana", phones=(number(0), number(1)))], T0)
    lead = await store.leads.with_number(CAMPAIGN, number(0))
    assert lead is not None
    message = message_for(lead, recipient=number(1).e164, number=number(1))
    await store.follow_ups.plan([planned(lead, message), planned(lead, message_for(lead), action="otro")], T0)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.TAKEN, at(2), provider_id="wamid.1")
    return lead.id


async def test_an_answer_is_kept_once_with_the_lead_and_the_message_it_answers(store: Store) -> None:
    lead_id = await sent(store)
    kept = await store.replies.take(reply(), "wamid.1")
    assert kept is not None
    assert (kept.lead_id, kept.campaign_id, kept.message_id is not None) == (lead_id, CAMPAIGN, True)
    assert await store.replies.take(reply(), "wamid.1") is None
    assert [each.text for each in await store.replies.of_lead(kept.lead_id)] == ["Sí"]
    assert not await store.suppression.contains(number(1))
    events = await store.outbox.number()
    assert [event.lead_id for event in events if event.kind is EventKind.MESSAGE_REPLY] == [lead_id]
    assert "Sí" not in str([event.payload for event in events]), "what people write stays with the lead"


async def test_an_answer_to_a_message_closes_its_lead(store: Store) -> None:
    lead_id = LeadId(await sent(store))
    await store.replies.take(reply(), "wamid.1")
    assert (await store.leads.get(lead_id)).state is LeadState.CLOSED
    told = [event for event in await store.outbox.number() if event.kind is EventKind.LEAD_MOVED]
    assert [event.lead_id for event in told] == [lead_id]
    assert told[0].payload == {"lead_state": "closed", "lead_reason": "answered"}
    assert await store.leads.reserve(CAMPAIGN, 9, at(100), at(200)) == []


async def test_an_answer_leaves_an_agreed_call_and_a_call_that_is_on_its_way_alone(store: Store) -> None:
    lead_id = LeadId(await sent(store))
    agreed = LeadMove(state=LeadState.CALLBACK, reason="callback", not_before=at(9000))
    await store.leads.move(lead_id, agreed, at(50))
    await store.replies.take(reply(), "wamid.1")
    assert (await store.leads.get(lead_id)).state is LeadState.CALLBACK
    [lead] = await store.leads.reserve(CAMPAIGN, 1, at(9001), at(9900))
    await store.attempts.open(attempt_for(lead, at(9002)))
    await store.replies.take(reply(key="wamid.r2"), "wamid.1")
    assert (await store.leads.get(lead_id)).state is LeadState.DIALING


async def test_an_answer_that_names_no_message_is_of_the_last_one_sent_there(store: Store) -> None:
    lead_id = await sent(store)
    kept = await store.replies.take(reply())
    assert kept is not None
    assert (kept.lead_id, kept.message_id is not None) == (lead_id, True)


async def test_a_no_holds_for_every_number_of_the_person_and_for_what_waits_to_be_sent(store: Store) -> None:
    lead_id = await sent(store)
    await store.replies.take(reply("No", says_no=True), "wamid.1")
    assert await store.suppression.contains(number(0))
    assert await store.suppression.contains(number(1))
    states = {each.action: each.state for each in await store.messages.of_lead(lead_id)}
    assert states == {"aviso": MessageState.ACCEPTED, "otro": MessageState.SUPPRESSED}


async def test_an_answer_of_a_stranger_is_kept_and_a_strangers_no_holds_too(store: Store) -> None:
    kept = await store.replies.take(reply("Baja", says_no=True))
    assert kept is not None
    assert kept.lead_id is None
    assert await store.suppression.contains(number(1))
