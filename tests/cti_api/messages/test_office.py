"""From what happened to what goes out: planned once, asked of the law, sent, tried again, given up."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.law.rules import Pack
from cti_api.message_settings import MessageSettings, WebhookSettings
from cti_api.messages.office import Office
from cti_api.messages.planner import Planner
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.consents import Channel, Consent
from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead, LeadState
from cti_api.model.messages import Message, MessageState
from cti_api.relay import Relay
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.law import LAB, PACKS, bogota
from tests.support.messages import allowed, message_for, people, planned
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0, attempt_for, closed, event, move, new_leads
from tests.support.whatsapp_provider import Does, Provider
from tests.support.wire_http import Heard, Say, wire_http

S = MessageState
ON_EXHAUSTED = """\
follow_ups:
  - name: aviso
    on: exhausted
    message: {channel: whatsapp, template: t, language: es, parameters: ["{nombre}"]}
"""
CONSENT = Consent(
    channel=Channel.WHATSAPP, at=datetime(2026, 1, 1, tzinfo=UTC), evidence="formulario", purpose="cobranza"
)


class SetClock:
    """The time that a test says it is; durations are real."""

    def __init__(self, now: datetime) -> None:
        self.at = now
        self._real = SystemClock()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._real.monotonic()


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What these tests ask is the same on both; the store's own tests run on both."""
    yield str(request.param)


async def with_file(store: Store, text: str) -> None:
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + text, T0)


async def end(
    store: Store, lead: Lead, result: CallResult = CallResult.NO_ANSWER, when: datetime = T0, **facts: Any
) -> Event:
    """The lead's last call is over; what was told of it."""
    [taken] = await store.leads.reserve(CAMPAIGN, 1, when, when + timedelta(hours=1))
    attempt = attempt_for(taken, when)
    await store.attempts.open(attempt)
    state = facts.pop("lead_state", LeadState.EXHAUSTED)
    told = event(
        EventKind.ATTEMPT_CLOSED,
        when,
        campaign_id=CAMPAIGN,
        lead_id=lead.id,
        attempt_id=attempt.id,
        payload={"result": result.value, "disposition": facts.get("disposition", ""), "lead_state": state.value},
    )
    await store.attempts.close(closed(attempt, result, when, **facts), move(state, "x"), told)
    return told


@asynccontextmanager
async def working(
    store: Store, clock: SetClock, does: Callable[[str, int], Does] = lambda _to, _n: Does.TAKES, **otherwise: Any
) -> AsyncIterator[Provider]:
    """An office at work, with a provider."""
    provider = Provider(does=does)
    settings = {"tries": 3} | {key: otherwise.pop(key) for key in ("tries", "decided_hours") if key in otherwise}
    async with wire_http(provider.answer) as port:
        messages = MessageSettings(whatsapp=provider.settings(port), **settings)
        async with at_work(store, messages, clock, **otherwise):
            yield provider


@asynccontextmanager
async def at_work(
    store: Store, settings: MessageSettings, clock: SetClock, packs: tuple[Pack, ...] = LAB, **otherwise: Any
) -> AsyncIterator[None]:
    """An office at work, with whatever the settings name."""
    office = Office(store, settings, lambda: packs, clock, **otherwise)
    relay = Relay(store.outbox)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(relay.run()), tasks.create_task(office.run(relay))]
        yield
        for task in running:
            task.cancel()


async def becomes(store: Store, lead: Lead, state: MessageState) -> Message:
    found: list[Message] = []

    async def so() -> bool:
        found[:] = await store.messages.of_lead(lead.id)
        return [message.state for message in found] == [state]

    await until(so, 10, f"the message is {state}")
    return found[0]


async def test_whoever_is_exhausted_gets_the_message_once(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    async with working(store, SetClock(T0)) as provider:
        await end(store, lead)
        message = await becomes(store, lead, S.ACCEPTED)
        await store.outbox.append(event(EventKind.LEAD_MOVED, campaign_id=CAMPAIGN, lead_id=lead.id,
                                        payload={"lead_state": "exhausted"}))  # fmt: skip
        await until(lambda: _read(store), 5, "it is read")
    assert provider.taken == {lead.phone.digits: [message.id]}
    assert provider.bodies[0]["template"]["components"][0]["parameters"][0]["text"] == "Cliente 0"


async def _read(store: Store) -> bool:
    return await store.outbox.cursor("follow_ups") >= await store.outbox.head() - 1


async def test_an_event_seen_twice_plans_nothing_twice_and_each_call_its_own_where_the_file_says_so(
    store: Store,
) -> None:
    await with_file(
        store,
        "follow_ups:\n"
        "  - {name: una, on: [busy, no_answer], task: {text: una}}\n"
        "  - {name: cada, on: [busy, no_answer], each_time: true, task: {text: cada}}\n",
    )
    [lead] = await people(store, 1)
    planner = Planner(store, SetClock(T0))
    first = await end(store, lead, lead_state=LeadState.READY)
    assert await planner.plan([first, first]) == 2
    assert await planner.plan([first]) == 0
    second = await end(store, lead, CallResult.BUSY, lead_state=LeadState.READY)
    assert await planner.plan([second]) == 1
    assert sorted(task.text for task in await store.follow_ups.tasks()) == ["cada", "cada", "una"]


async def test_a_disposition_counts_once_the_call_is_over_and_as_it_was_chosen_last(store: Store) -> None:
    await with_file(
        store,
        "follow_ups:\n  - {name: a, on: cita, task: {text: cita}}\n  - {name: b, on: sin_cita, task: {text: no}}\n",
    )
    [lead] = await people(store, 1)
    [taken] = await store.leads.reserve(CAMPAIGN, 1, T0, T0 + timedelta(hours=1))
    attempt = attempt_for(taken)
    await store.attempts.open(attempt)
    during = event(
        EventKind.DISPOSITION_SET, campaign_id=CAMPAIGN, lead_id=lead.id, attempt_id=attempt.id,
        payload={"disposition": "cita"},
    )  # fmt: skip
    await store.attempts.dispose(attempt.id, "cita", {}, T0, during)
    planner = Planner(store, SetClock(T0))
    assert await planner.plan([during]) == 0, "the talk is not over"
    done = closed(attempt, CallResult.CONNECTED, T0, disposition="sin_cita", connected_at=T0)
    told = event(
        EventKind.ATTEMPT_CLOSED, campaign_id=CAMPAIGN, lead_id=lead.id, attempt_id=attempt.id,
        payload={"result": "connected", "disposition": "sin_cita", "lead_state": "closed"},
    )  # fmt: skip
    await store.attempts.close(done, move(LeadState.CLOSED, "x"), told)
    assert await planner.plan([during, told]) == 1
    corrected = event(
        EventKind.DISPOSITION_SET, campaign_id=CAMPAIGN, lead_id=lead.id, attempt_id=attempt.id,
        payload={"disposition": "cita"},
    )  # fmt: skip
    await store.attempts.dispose(attempt.id, "cita", {}, T0, corrected)
    assert await planner.plan([corrected]) == 1
    assert [task.text for task in await store.follow_ups.tasks()] == ["no", "cita"]


async def test_the_file_in_force_when_it_happened_is_what_counts(store: Store) -> None:
    await with_file(store, "follow_ups:\n  - {name: a, on: exhausted, task: {text: antes}}\n")
    first, second = await people(store, 2)
    planner = Planner(store, SetClock(T0))
    await planner.plan([await end(store, first)])
    await with_file(store, "follow_ups:\n  - {name: a, on: exhausted, task: {text: ahora}}\n")
    await planner.plan([await end(store, second)])
    assert [task.text for task in await store.follow_ups.tasks()] == ["antes", "ahora"]


async def test_what_cannot_be_written_is_a_dead_letter_from_the_start(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED.replace("{nombre}", "{km}"))
    [lead] = await people(store, 1)
    assert await Planner(store, SetClock(T0)).plan([await end(store, lead)]) == 1
    [message] = await store.messages.of_lead(lead.id)
    assert (message.state, message.reason) == (S.DEAD, "The list has nothing in the column km for this lead.")


@pytest.mark.parametrize(
    ("purpose", "now", "until_then"),
    [
        ("collections", "2026-11-27 19:30", "2026-11-28 08:00"),
        ("collections", "2026-11-28 15:10", "2026-11-30 07:00"),
        ("collections", "2026-12-07 22:00", "2026-12-09 07:00"),
    ],
)
async def test_a_message_waits_for_the_hours_of_the_law(store: Store, purpose: str, now: str, until_then: str) -> None:
    await with_file(store, f"purpose: {purpose}\n{ON_EXHAUSTED}    within: 9 d\n")
    [lead] = await people(store, 1, consents=(CONSENT,))
    clock = SetClock(bogota(now))
    async with working(store, clock, packs=PACKS) as provider:
        await end(store, lead, when=clock.at)

        async def waits() -> bool:
            return any(message.due_at == bogota(until_then) for message in await store.messages.of_lead(lead.id))

        await until(waits, 10, "it waits")
        [message] = await store.messages.of_lead(lead.id)
        assert message.state is S.PLANNED
        assert message.reason.startswith("co-2300-art3-hours: ")
        clock.at = bogota(until_then) - timedelta(seconds=1)
        await store.outbox.append(event())
        assert provider.count == 0
        clock.at = bogota(until_then)
        await becomes(store, lead, S.ACCEPTED)


async def test_who_was_written_to_today_is_neither_written_to_nor_called_again_today(store: Store) -> None:
    other = ON_EXHAUSTED.removeprefix("follow_ups:\n").replace("aviso", "otro")
    await with_file(store, f"purpose: collections\n{ON_EXHAUSTED}{other}")
    [lead] = await people(store, 1, consents=(CONSENT,))
    clock = SetClock(bogota("2026-11-25 10:00"))
    async with working(store, clock, packs=PACKS) as provider:
        await end(store, lead, when=clock.at)

        async def one_waits() -> bool:
            found = {message.action: message for message in await store.messages.of_lead(lead.id)}
            return (
                len(found) == 2
                and {found["aviso"].state, found["otro"].state} == {S.ACCEPTED, S.PLANNED}
                and any("once-a-day" in message.reason for message in found.values())
            )

        await until(one_waits, 10, "one went and the other waits")
    assert provider.count == 1
    known = await store.record.of([lead.phone], lead.phone, bogota("2026-11-25 11:00"))
    assert [contact.direct for contact in known.history if contact.channel.value == "whatsapp"] == [True]


async def test_a_message_without_consent_waits_for_somebody_and_one_after_a_no_for_nobody(store: Store) -> None:
    await with_file(store, f"purpose: collections\n{ON_EXHAUSTED}")
    [lead] = await people(store, 1)  # no consent on record: somebody has to act
    clock = SetClock(bogota("2026-11-25 10:00"))
    async with working(store, clock, packs=PACKS) as provider:
        await end(store, lead, when=clock.at)

        async def asked() -> bool:
            return any("co-2300-art2-channels" in m.reason for m in await store.messages.of_lead(lead.id))

        await until(asked, 10, "the law was asked")
        await store.suppression.add([lead.phone], "llamada", T0)
        message = await becomes(store, lead, S.SUPPRESSED)
    assert message.reason == "The person asked not to be contacted."
    assert provider.count == 0


async def test_what_is_not_taken_is_tried_again_later_and_then_left_to_a_person(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    clock = SetClock(T0)
    async with working(store, clock, lambda _to, _n: Does.BUSY, tries=2) as provider:
        await end(store, lead)
        message = await becomes(store, lead, S.FAILED)
        assert (message.due_at, message.tries) == (T0 + timedelta(minutes=1), 1)
        clock.at = message.due_at
        message = await becomes(store, lead, S.DEAD)
    assert provider.asked[lead.phone.digits] == 2
    assert message.reason == "Tried 2 times: 130429 Rate limit hit"


async def test_a_provider_that_never_answers_is_not_asked_again(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    clock = SetClock(T0)
    async with working(store, clock, lambda _to, _n: Does.TAKES_SILENTLY, send_seconds=0.2) as provider:
        await end(store, lead)
        await becomes(store, lead, S.UNKNOWN)
        clock.at = T0 + timedelta(hours=20)
        await store.outbox.append(event())
    assert provider.asked[lead.phone.digits] == 1


async def test_who_stops_waits_for_what_is_on_its_way(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    async with working(store, SetClock(T0), lambda _to, _n: Does.SILENT, send_seconds=0.5) as provider:
        await end(store, lead)
        await until(lambda: bool(provider.asked), 10, "it is on its way")
    [message] = await store.messages.of_lead(lead.id)
    assert message.state is S.UNKNOWN, "written down before the end"


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

        await until(so, 10, f"the message is {state}")
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
