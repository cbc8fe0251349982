"""From what happened to what goes out: planned once, asked of the law, sent, tried again, given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cti_api.messages.planner import Planner
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.leads import LeadState
from cti_api.store.store import Store
from tests.support.law import PACKS, bogota
from tests.support.messages import people
from tests.support.office import CONSENT, ON_EXHAUSTED, S, SetClock, becomes, end, with_file, working
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0, attempt_for, closed, event, move
from tests.support.whatsapp_provider import Does


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What these tests ask is the same on both; the store's own tests run on both."""
    yield str(request.param)


async def test_whoever_is_exhausted_gets_the_message_once(store: Store) -> None:
    await with_file(store, ON_EXHAUSTED)
    [lead] = await people(store, 1)
    async with working(store, SetClock(T0)) as provider:
        await end(store, lead)
        message = await becomes(store, lead, S.ACCEPTED)
        await store.outbox.append(event(EventKind.LEAD_MOVED, campaign_id=CAMPAIGN, lead_id=lead.id,
                                        payload={"lead_state": "exhausted"}))  # fmt: skip
        await until(lambda: _read(store), 30, "it is read")
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

        await until(waits, 30, "it waits")
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

        await until(one_waits, 30, "one went and the other waits")
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

        await until(asked, 30, "the law was asked")
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
    async with working(store, clock, lambda _to, _n: Does.TAKES_SILENTLY, send_seconds=3.0) as provider:
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
        await until(lambda: bool(provider.asked), 30, "it is on its way")
    [message] = await store.messages.of_lead(lead.id)
    assert message.state is S.UNKNOWN, "written down before the end"
