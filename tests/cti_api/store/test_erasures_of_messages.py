"""A person who was written to, answered, and is expected: erased, and nothing that comes in later brings them back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.messages.machine import Step
from cti_api.model.appointments import AppointmentState, Booking, Calendar, Slot
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.messages import Message, MessageState, Reply
from cti_api.model.phone import PhoneNumber
from cti_api.recycling import Choice
from cti_api.store.callbacks import MissedCallback
from cti_api.store.follow_ups import Elsewhere, NewTask
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.lived import KEY, LANDLINE, MOBILE, NAME, bytes_found_in, everything, found_in, lived, person, report
from tests.support.messages import allowed, message_for, planned
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, number

S = MessageState
OTHER = CampaignId("otra")
WORKSHOP = "taller-norte"
WAMID = f"wamid.{MOBILE.digits}"
"""WhatsApp's own ids have the number in them."""
CLOSED = Choice(
    results=frozenset(), dispositions=frozenset({"sin_cita"}), states=frozenset({LeadState.CLOSED}),
    goals=frozenset({"cita"}), drops=frozenset(), phones=(), min_gap_seconds=0.0,
)  # fmt: skip


@pytest.fixture
async def store(url: str, tmp_path: Path) -> Any:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "erasure.key") as opened:
        await opened.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
        await opened.campaigns.create(OTHER, "Otra", CAMPAIGN_FILE, T0)
        yield opened


@dataclass(frozen=True, slots=True)
class Written:
    """What was written to the person."""

    lead_id: LeadId
    sent: Message
    waits: Message
    on_its_way: Message


async def written_to(store: Store, url: str) -> Written:
    """`lived`, and then: a second round, a callback that nobody made, messages, an answer, a task, an appointment."""
    await lived(store, url, says_no=False)
    found = await store.leads.with_number(CAMPAIGN, MOBILE)
    assert found is not None
    assert (await store.rounds.recycle(CAMPAIGN, CLOSED, LeadId(0), at(2000))).recycled == 2
    await store.leads.move(
        found.id, move(LeadState.CALLBACK, "callback", not_before=at(2100), agreed_at=at(2100)), at(2001)
    )
    missed = MissedCallback(
        lead_id=found.id, due_at=at(2100), agent_id=None, action="any_agent",
        move=move(LeadState.CALLBACK, "callback_missed", not_before=at(2100)),
    )  # fmt: skip
    assert await store.callbacks.miss([missed], at(2200)) == 1
    lead = await store.leads.get(found.id)
    sent, waits, on_its_way = (message_for(lead, at(2300)) for _ in range(3))
    wanted = [planned(lead, each, action=f"aviso-{n}") for n, each in enumerate((sent, waits, on_its_way))]
    task = planned(lead, NewTask(f"Llamar a {NAME} al {MOBILE.digits}", "recepción"), action="tarea")
    assert await store.follow_ups.plan([*wanted, task], at(2300)) == 4
    for each in (sent, on_its_way):
        assert await store.messages.begin(each.id, at(2400), allowed)
    await store.messages.step(sent.id, Step.TAKEN, at(2401), provider_id=f"{WAMID}.1")
    assert await store.replies.take(answer(), f"{WAMID}.1")
    await store.calendars.put(Calendar(name=WORKSHOP, title="Taller Norte", timezone="America/Bogota"), T0)
    await store.calendars.put_slots(WORKSHOP, [Slot(starts_at=at(9e4), ends_at=at(9.1e4), capacity=1)])
    await store.appointments.book(lead.id, Booking(starts_at=at(9e4), calendar=WORKSHOP), at(2500))
    assert await free(store) == [0]
    return Written(lead.id, sent, waits, on_its_way)


async def free(store: Store) -> list[int]:
    return [slot.free for slot in await store.calendars.slots(WORKSHOP, T0, at(1e6))]


def answer(*, says_no: bool = False, key: str = "r", sender: PhoneNumber = MOBILE) -> Reply:
    return Reply(
        via=Via.WHATSAPP, provider_id=f"{WAMID}.{key}", sender=sender, text=f"Soy {NAME}, prefiere la tarde",
        at=at(2450), says_no=says_no,
    )  # fmt: skip


async def erase(store: Store) -> Any:
    return await store.erasures.erase(KEY, [], "mesa de datos", "Ley 1581", at(5000))


async def test_nothing_of_messages_answers_tasks_and_appointments_is_left_and_nobody_is_expected(
    store: Store, url: str
) -> None:
    known = await written_to(store, url)
    before = await report(store)
    done = await erase(store)
    assert found_in(await everything(store)) == set()
    assert await report(store) == before
    assert {"messages": 3, "replies": 1, "tasks": 1, "lead_rounds": 1}.items() <= done.rows.items()
    assert (await store.messages.get(known.waits.id)).state is S.DROPPED
    assert await store.messages.begin(known.waits.id, at(6000), allowed) is None
    assert [each.id for each in await store.messages.due(Via.WHATSAPP, at(6000), 10)] == []
    assert await free(store) == [1]
    assert [each.state for each in await store.appointments.of_lead(known.lead_id)] == [AppointmentState.CANCELLED]
    assert await store.callbacks.missed_in(CAMPAIGN) == 1
    again = await store.erasures.erase(f"lead:{known.lead_id}", [], "mesa", "pedido", at(6000))
    assert again.rows == {}


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_no_byte_of_them_is_left_in_the_files(store: Store, url: str, tmp_path: Path) -> None:
    await written_to(store, url)
    assert any(bytes_found_in(tmp_path).values())
    await erase(store)
    assert await store.scrub()
    assert not any(bytes_found_in(tmp_path).values())


async def test_what_a_provider_reports_later_brings_nothing_back(store: Store, url: str) -> None:
    known = await written_to(store, url)
    await erase(store)
    words = f"131026 {NAME} {MOBILE.digits}"
    assert await store.messages.report(known.sent.id, f"{WAMID}.1", Step.DELIVERED, at(6000), words) is S.DELIVERED
    assert await store.messages.step(known.on_its_way.id, Step.TAKEN, at(6000), words, provider_id=f"{WAMID}.2")
    assert await store.messages.report(known.on_its_way.id, f"{WAMID}.2", Step.UNDELIVERED, at(6001), words) is S.DEAD
    assert await store.replies.take(answer(), f"{WAMID}.1") is None
    assert await store.replies.take(answer(key="otra"), f"{WAMID}.1") is None
    assert found_in(await everything(store)) == set()


async def test_a_message_on_its_way_that_was_not_taken_does_not_go_again(store: Store, url: str) -> None:
    known = await written_to(store, url)
    await erase(store)
    on_its_way = known.on_its_way.id
    assert await store.messages.step(on_its_way, Step.NOT_TAKEN, at(6000), NAME, due_at=at(6001)) is S.DROPPED
    assert await store.messages.due(Via.WHATSAPP, at(7000), 10) == []
    assert found_in(await everything(store)) == set()


async def test_of_an_erased_number_that_says_no_the_hash_alone_is_kept(store: Store, url: str) -> None:
    await written_to(store, url)
    await erase(store)
    assert await store.replies.take(answer(says_no=True, key="no", sender=LANDLINE)) is None
    assert await store.suppression.add([MOBILE, number(70)], "bajas.csv", at(6000), persons=True) == 1
    assert found_in(await everything(store)) == set()
    again = await store.erasures.erase(MOBILE.e164, [MOBILE.e164, LANDLINE.e164], "mesa", "pedido", at(7000))
    assert again.rows == {}
    opted = await store._database.read(lambda tx: tx.exec_driver_sql("SELECT opted_out_at FROM erased_numbers").all())
    assert len(opted) == 2
    assert all(when is not None for (when,) in opted)


@pytest.mark.parametrize("way", ["reply", "list", "agent"])
async def test_whoever_shares_the_number_of_an_erased_person_may_still_say_no(store: Store, way: str) -> None:
    await store.leads.add(CAMPAIGN, [person()], T0)
    await store.leads.add(OTHER, [NewLead(name="Rubén Ortiz", phones=(MOBILE, number(9)))], T0)
    await erase(store)
    his = await store.leads.with_number(OTHER, MOBILE)
    assert his is not None
    if way == "reply":
        kept = await store.replies.take(answer(says_no=True))
        assert kept is not None
        assert kept.lead_id == his.id
    elif way == "list":
        assert await store.suppression.add([MOBILE], "bajas.csv", at(6000), persons=True) == 2
    else:
        [lead] = await store.leads.reserve(OTHER, 1, at(5001), at(5060))
        attempt = attempt_for(lead, at(5002))
        await store.attempts.open(attempt)
        done = closed(attempt, CallResult.CONNECTED, at(5003))
        gone = move(LeadState.SUPPRESSED, "no_llamar", suppress_number=True)
        await store.attempts.close(done, gone, event(lead_id=lead.id))
    assert await store.suppression.contains(MOBILE)


async def test_nothing_follows_for_somebody_who_was_erased_meanwhile(store: Store, url: str) -> None:
    known = await written_to(store, url)
    lead = await store.leads.get(known.lead_id)
    await erase(store)
    wanted = [
        planned(lead, message_for(lead), action="m"),
        planned(lead, NewTask(f"Llamar a {NAME}"), action="t"),
        planned(lead, Elsewhere(OTHER), action="l"),
    ]
    assert await store.follow_ups.plan(wanted, at(6000)) == 0
    assert await store.leads.find("+999", OTHER) == []
    assert found_in(await everything(store)) == set()


async def test_who_cannot_be_put_elsewhere_for_an_erased_number_is_a_task(store: Store) -> None:
    """Rubén has a number of an erased person: no list brings that one in, nor does a follow-up."""
    await store.leads.add(OTHER, [person()], T0)
    await store.leads.add(CAMPAIGN, [NewLead(name="Rubén Ortiz", phones=(number(9), MOBILE))], T0)
    his = await store.leads.with_number(CAMPAIGN, number(9))
    assert his is not None
    await erase(store)
    assert await store.follow_ups.plan([planned(his, Elsewhere(OTHER), action="l")], at(6000)) == 1
    [task] = await store.follow_ups.tasks()
    assert (task.lead_id, task.text) == (
        his.id,
        "Rubén Ortiz: no se pudo pasar a la campaña otra: uno de sus números es de alguien que pidió ser borrado; "
        "ninguna lista lo trae de vuelta",
    )
    assert await store.leads.with_number(OTHER, number(9)) is None
    told = [each.kind for each in await store.outbox.number()]
    assert told.count(EventKind.TASK_CREATED) == 1


async def test_without_the_key_of_erased_numbers_a_follow_up_is_a_task_and_not_an_end(
    store: Store, url: str, tmp_path: Path
) -> None:
    await store.leads.add(CAMPAIGN, [person(), NewLead(name="Eva Ríos", phones=(number(9),))], T0)
    await erase(store)
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "other.key") as other:
        hers = await other.leads.with_number(CAMPAIGN, number(9))
        assert hers is not None
        assert await other.follow_ups.plan([planned(hers, Elsewhere(OTHER), action="l")], at(6000)) == 1
        [task] = await other.follow_ups.tasks()
    assert task.text.startswith("Eva Ríos: no se pudo pasar a la campaña otra: The key of erased numbers")
