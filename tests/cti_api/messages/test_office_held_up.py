"""What one campaign, system, channel or fault holds up: itself, and no other message."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cti_api.clock import SystemClock
from cti_api.message_settings import MessageSettings, WebhookSettings
from cti_api.messages.planner import Planner
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead
from cti_api.model.messages import MessageState
from cti_api.store.store import Store
from tests.support.messages import allowed, message_for, people, planned
from tests.support.office import ON_EXHAUSTED, S, SetClock, at_work, becomes, end, with_file, working
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0, new_leads
from tests.support.whatsapp_provider import Does, Provider
from tests.support.wire_http import Heard, Say, wire_http


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What these tests ask is the same on both; the store's own tests run on both."""
    yield str(request.param)


@pytest.mark.parametrize(
    ("campaign", "state", "reason"),
    [
        (CampaignState.PAUSED, S.PLANNED, "The campaign is paused."),
        (CampaignState.CANCELLED, S.DROPPED, "The campaign was cancelled."),
    ],
)
async def test_a_campaign_that_does_not_call_does_not_write(
    store: Store, campaign: CampaignState, state: MessageState, reason: str
) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    await store.outbox.join("follow_ups")
    await end(store, lead)
    await store.campaigns.set_state(CampaignId(CAMPAIGN), campaign, T0)
    async with working(store, SetClock(T0)) as provider:

        async def so() -> bool:
            found = await store.messages.of_lead(lead.id)
            return [(message.state, message.reason) for message in found] == [(state, reason)]

        await until(so, 30, f"the message is {state}")
    assert provider.count == 0


async def test_a_paused_campaign_with_many_messages_holds_up_no_other(store: Store) -> None:
    """At the slowest rate there may be: whatever takes a turn is seen by who comes after it."""
    other = CampaignId("renovacion")
    await store.campaigns.create(other, "Renovación", "id: renovacion\n", T0)
    many = await people(store, 30)
    await store.leads.add(other, new_leads(31)[30:], T0)
    waiting = await store.leads.with_number(other, new_leads(31)[30].phones[0])
    assert waiting is not None
    early = T0 - timedelta(hours=1)
    await store.follow_ups.plan([planned(lead, message_for(lead, early)) for lead in many], T0)
    await store.follow_ups.plan([planned(waiting, message_for(waiting))], T0)
    await store.campaigns.set_state(CampaignId(CAMPAIGN), CampaignState.PAUSED, T0)
    async with wire_http(Provider().answer) as port:
        settings = MessageSettings(whatsapp=Provider().settings(port, per_second=0.01))
        async with at_work(store, settings, SetClock(T0)):
            await becomes(store, waiting, S.ACCEPTED)
    held = await store.messages.list(campaign_id=CampaignId(CAMPAIGN))
    assert {(message.state, message.reason) for message in held} == {(S.PLANNED, "The campaign is paused.")}
    assert await store.messages.due(Via.WHATSAPP, T0, 100) == []


async def test_a_campaign_that_is_paused_while_its_message_waits_for_its_turn_sends_it_no_more(store: Store) -> None:
    [lead] = await people(store, 1)
    await store.follow_ups.plan([planned(lead, message := message_for(lead))], T0)
    await store.campaigns.set_state(CampaignId(CAMPAIGN), CampaignState.PAUSED, T0)
    assert await store.messages.begin(message.id, T0, allowed) is None
    await store.campaigns.set_state(CampaignId(CAMPAIGN), CampaignState.RUNNING, T0)
    assert await store.messages.begin(message.id, T0, allowed) is not None


async def test_a_system_that_does_not_answer_holds_up_no_other(store: Store) -> None:
    leads = await people(store, 21)
    webhook = {"via": Via.WEBHOOK, "number": None, "purpose": None, "content": {"on": "exhausted"}}
    for lead in leads[1:]:
        hung = message_for(lead, T0 - timedelta(hours=1), recipient="mudo", **webhook)
        await store.follow_ups.plan([planned(lead, hung)], T0)
    await store.follow_ups.plan([planned(leads[0], message_for(leads[0], recipient="crm", **webhook))], T0)
    over = asyncio.Event()

    async def answering(heard: Heard) -> Say:
        if heard.target == "/mudo":
            await over.wait()
        return Say(200)

    async with wire_http(answering) as port:
        url = f"http://127.0.0.1:{port}"
        systems = {name: WebhookSettings(url=f"{url}/{name}", secret="clave") for name in ("mudo", "crm")}
        async with at_work(store, MessageSettings(webhooks=systems), SetClock(T0)):
            await becomes(store, leads[0], S.ACCEPTED)
            over.set()


async def test_a_channel_that_is_not_set_up_sends_nothing_and_its_messages_expire(store: Store) -> None:
    await with_file(
        store, "follow_ups:\n  - {name: a, on: exhausted, within: 1 h, message: {channel: sms, text: Hola}}\n"
    )
    [lead] = await people(store, 1)
    async with working(store, SetClock(T0)):
        await end(store, lead)
        await becomes(store, lead, S.PLANNED)
    async with working(store, SetClock(T0 + timedelta(hours=2))):
        await becomes(store, lead, S.EXPIRED)
    [message] = await store.messages.list(via=Via.SMS)
    assert (message.state, message.reason) == (S.EXPIRED, "It could not be sent in time.")


async def test_what_became_of_a_message_is_written_down_once_the_store_can_be_written_again(
    store: Store, url: str
) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    await store.outbox.join("follow_ups")
    await end(store, lead)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other_program:

        def locks_the_store(_to: str, _time: int) -> Does:
            other_program.execute("BEGIN IMMEDIATE")
            return Does.TAKES

        async with (
            Store.open(url, clock=SystemClock(), busy_seconds=0.1) as impatient,
            working(impatient, SetClock(T0), locks_the_store) as provider,
        ):
            await until(lambda: provider.count == 1 and not impatient.writable, 20, "the store refuses")
            assert (await store.messages.of_lead(lead.id))[0].state is S.SENDING
            other_program.execute("ROLLBACK")
            await becomes(store, lead, S.ACCEPTED)
    assert provider.count == 1


async def test_a_message_that_our_own_code_fails_at_takes_no_other_with_it(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    broken, sound = await people(store, 2)
    await store.follow_ups.plan([planned(broken, message_for(broken, content={}))], T0)
    await store.follow_ups.plan([planned(sound, message_for(sound))], T0)
    async with working(store, SetClock(T0)) as provider:
        await becomes(store, sound, S.ACCEPTED)
        message = await becomes(store, broken, S.DEAD)
    assert message.reason == "A fault of ours; the log has the details."
    assert provider.asked == {sound.phone.digits: 1}


@pytest.mark.parametrize("words", ["\udcf3", "\0", "x" * 10_000])
async def test_words_of_a_provider_that_no_store_keeps_leave_no_message_on_its_way(store: Store, words: str) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)

    async def answering(_heard: Heard) -> Say:
        return Say(400, {"error": {"code": 131026, "message": words}})

    async with wire_http(answering) as port:
        settings = MessageSettings(whatsapp=Provider().settings(port))
        async with at_work(store, settings, SetClock(T0)):
            await end(store, lead)
            await becomes(store, lead, S.DEAD)


async def test_what_a_link_function_fails_at_stops_no_other_follow_up(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    first, second = await people(store, 2)

    def booking_link(lead: Lead, _spec: CampaignSpec) -> dict[str, str]:
        if lead.id == first.id:
            raise ValueError(lead.id)
        return {"booking_link": "https://citas.example.com/c/x"}

    planner = Planner(store, SetClock(T0), booking_link)
    events = [await end(store, first), await end(store, second)]
    assert await planner.plan(events) == 1
    assert [len(await store.messages.of_lead(lead.id)) for lead in (first, second)] == [0, 1]


async def test_what_the_store_fails_at_stops_no_other_follow_up(store: Store, url: str) -> None:
    await with_file(store, 'follow_ups:\n  - {name: uno, on: exhausted, task: {text: "Llamar"}}\n')
    leads = await people(store, 3)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other_program:
        other_program.execute(
            f"CREATE TRIGGER poison BEFORE INSERT ON tasks WHEN NEW.lead_id = {leads[1].id} "
            "BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    planner = Planner(store, SetClock(T0))
    assert await planner.plan([await end(store, lead) for lead in leads]) == 2
    assert {task.lead_id for task in await store.follow_ups.tasks()} == {leads[0].id, leads[2].id}


async def test_a_message_whose_outcome_cannot_be_written_is_not_left_on_its_way(store: Store, url: str) -> None:
    await with_file(store, ON_EXHAUSTED)
    broken, sound = await people(store, 2)
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other_program:
        other_program.execute(
            f"CREATE TRIGGER poison BEFORE UPDATE ON messages WHEN NEW.lead_id = {broken.id} "
            "AND NEW.state = 'accepted' BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
    for lead in (broken, sound):
        await store.follow_ups.plan([planned(lead, message_for(lead))], T0)
    async with working(store, SetClock(T0)) as provider:
        await becomes(store, sound, S.ACCEPTED)
        await becomes(store, broken, S.UNKNOWN)
    assert provider.count == 2
