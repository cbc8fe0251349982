"""A person is erased: nothing of theirs is left in any row or byte, the tallies are, and no list brings them back."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, InputError, NotFound, SettingsError
from cti_api.model.appointments import AppointmentState, Booking
from cti_api.model.calls import AttemptState, CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId, CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.erasures import StepKind
from cti_api.store.left import ERASED_NUMBER
from cti_api.store.person import Meant
from cti_api.store.schema import metadata
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.lived import (
    KEY,
    LANDLINE,
    MOBILE,
    NAME,
    PLATE,
    THEIRS,
    bytes_found_in,
    bytes_in,
    everything,
    found_in,
    lived,
    person,
    report,
)
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, number

CLOCK = SystemClock()


def kept_in(file: Path) -> tuple[str, int]:
    return file.read_text(), file.stat().st_mode & 0o777


def put_in(file: Path, text: str) -> None:
    file.write_text(text)


def take_away(file: Path) -> None:
    file.unlink()


def is_there(file: Path) -> bool:
    return file.exists()


@pytest.fixture
async def key(tmp_path: Path) -> Path:
    return tmp_path / "erasure.key"


@pytest.fixture
async def store(url: str, key: Path) -> Any:
    async with Store.open(url, clock=CLOCK, erasure_key=key) as opened:
        await opened.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
        yield opened


async def test_an_erased_person_is_in_no_row_and_the_tallies_are_what_they_were(store: Store, url: str) -> None:
    recordings = await lived(store, url)
    before = await report(store)
    assert found_in(await everything(store)) == set(THEIRS)
    done = await store.erasures.erase(MOBILE.e164, [MOBILE.e164], "mesa de datos", "Ley 1581", at(5000))
    assert found_in(await everything(store)) == set()
    assert await report(store) == before
    assert done.files == tuple(sorted(recordings))
    assert done.rows == {
        "contacts": 1, "phones": 2, "leads": 1, "attempts": 2, "dispositions": 1, "consents": 2,
        "suppressed_numbers": 1, "registry_entries": 1, "outbox": 3,
    }  # fmt: skip
    assert await store.erasures.unfinished() == [done.id]
    left = [step.name for step in await store.erasures.steps() if step.kind is StepKind.RECORDING]
    assert left == sorted(recordings)
    [audit] = await store.erasures.all()
    assert (audit.id, audit.asked_by, audit.reason, audit.numbers, audit.rows) == (
        done.id, "mesa de datos", "Ley 1581", 2, done.rows,
    )  # fmt: skip


async def test_what_would_be_erased_is_told_and_nothing_changes(store: Store, url: str) -> None:
    await lived(store, url)
    before = await everything(store)
    would = await store.erasures.look(KEY, [], "mesa", "pedido", at(5000))
    assert await everything(store) == before
    assert would.person.meant is Meant.KEY
    done = await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    assert (would.rows, would.files, would.opted_out) == (done.rows, done.files, done.opted_out)


async def test_an_appointment_still_ahead_is_told_beforehand_and_cancelled(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [person()], T0)
    [lead] = await store.leads.find(MOBILE.e164, CAMPAIGN)
    booked = await store.appointments.book(lead.id, Booking(starts_at=at(10**5)), at(1))
    assert (await store.erasures.look(KEY, [], "mesa", "pedido", at(10**6))).appointments == 0, "it is over by then"
    assert (await store.erasures.look(KEY, [], "mesa", "pedido", at(10))).appointments == 1
    assert (await store.appointments.get(booked.id)).state is AppointmentState.BOOKED
    assert (await store.erasures.erase(KEY, [], "mesa", "pedido", at(10))).appointments == 1
    assert (await store.appointments.get(booked.id)).state is AppointmentState.CANCELLED


async def test_erasing_twice_does_nothing_more(store: Store, url: str) -> None:
    await lived(store, url)
    first = await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    before = await everything(store)
    contact = f"contact:{first.person.contacts[0]}"
    for words, numbers in ((contact, []), (MOBILE.e164, [MOBILE.e164])):
        again = await store.erasures.erase(words, numbers, "mesa", "pedido", at(6000))
        assert (again.id, again.rows, again.files) == ("", {}, ())
    assert again.person.erased_at == at(5000)
    assert await everything(store) == before


async def test_the_next_list_does_not_bring_an_erased_person_back(store: Store, url: str) -> None:
    await lived(store, url)
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    await store.campaigns.create(CampaignId("otra"), "Otra", "", T0)
    again = [NewLead(name="Otra", phones=(number(50),), line=2), person(line=3), person(line=4)]
    begun = await store.lists.begin(CampaignId("otra"), "1" * 64, "otra.csv", T0)
    added = await store.leads.add(CampaignId("otra"), again, at(6000), begun.id)
    assert (added.added, added.erased, added.known) == (1, (1, 2), {})
    assert await store.leads.add(CampaignId("otra"), again, at(6000), begun.id) == replace(added, added=0, resumed=1)
    assert found_in(await everything(store)) == set()


async def test_an_import_at_the_same_moment_does_not_bring_a_person_back(store: Store) -> None:
    for n in range(12):
        campaigns = [CampaignId(f"c{n}-{which}") for which in "ab"]
        for each in campaigns:
            await store.campaigns.create(each, "Otra", "", T0)
        mobile = PhoneNumber(f"+5730176543{n:02d}")
        row = NewLead(name=NAME, phones=(mobile,), external_key=f"{KEY}-{n}", fields={"placa": PLATE})
        await store.leads.add(campaigns[0], [row], T0)
        again = store.leads.add(campaigns[1], [row], at(5000))
        erasure = store.erasures.erase(mobile.e164, [mobile.e164], "mesa", "pedido", at(5000))
        added, done = await asyncio.gather(*((again, erasure) if n % 2 else (erasure, again)))
        if n % 2 == 0:
            added, done = done, added
        assert done.id
        assert (added.added, added.erased) in ((1, ()), (0, (0,))), "before the erasure, or refused after it"
        assert found_in(await everything(store)) == set()


async def test_an_opt_out_is_known_after_the_erasure_and_may_come_after_it(store: Store, url: str) -> None:
    await lived(store, url)
    done = await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    assert done.opted_out == 1
    assert await store.suppression.add([LANDLINE, number(70)], "llamó y lo pidió", at(6000)) == 1
    assert found_in(await everything(store)) == set()
    rows = await store._database.read(
        lambda tx: tx.execute(sa.select(metadata.tables["erased_numbers"])).all()  # which is which only the key tells
    )
    assert sorted(row.opted_out_at for row in rows) == [at(1200), at(6000)]
    assert all(len(row.digest) == 64 for row in rows)


async def test_a_person_in_a_call_is_not_erased(store: Store, url: str) -> None:
    await store.leads.add(CAMPAIGN, [person()], T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    ended = replace(attempt, state=AttemptState.WRAP_UP, result=CallResult.CONNECTED, ended_at=at(30))
    for _ in range(2):  # while they talk, and while the agent has not said yet what it was
        before = await everything(store)
        with pytest.raises(Conflict, match="está en una llamada"):
            await store.erasures.look(KEY, [], "mesa", "pedido", at(10))
        with pytest.raises(Conflict, match="está en una llamada"):
            await store.erasures.erase(KEY, [], "mesa", "pedido", at(10))
        assert await everything(store) == before
        await store.attempts.mark(ended)
    await store.attempts.close(closed(ended, CallResult.CONNECTED, at(40)), move(), event())
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(50))
    with pytest.raises(Conflict, match="was erased"):
        await store.attempts.dispose(AttemptId(attempt.id), "sin_cita", {"nota": NAME}, at(60))
    assert found_in(await everything(store)) == set()


async def test_a_reserved_lead_of_an_erased_person_is_not_dialled(store: Store, url: str) -> None:
    await store.leads.add(CAMPAIGN, [person()], T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, at(60))
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(10))
    with pytest.raises(Conflict):
        await store.attempts.open(attempt_for(lead))
    assert (await store.leads.get(lead.id)).state is LeadState.CLOSED
    told = (await store.outbox.number())[-1]
    assert (told.kind, told.lead_id, told.payload["lead_reason"]) == (EventKind.LEAD_MOVED, lead.id, "erased")


async def test_a_number_that_a_family_shares_stays_the_other_s(store: Store, url: str) -> None:
    await lived(store, url)
    brother = NewLead(name="Rubén Ortiz", phones=(MOBILE,))
    await store.campaigns.create(CampaignId("otra"), "Otra", "", T0)
    await store.leads.add(CampaignId("otra"), [brother], T0)
    with pytest.raises(InputError, match="contact:5") as doubt:
        await store.erasures.erase(MOBILE.e164, [MOBILE.e164], "mesa", "pedido", at(5000))
    assert len(doubt.value.faults) == 2
    done = await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    assert done.person.shared == {MOBILE.e164}
    left = await everything(store)
    assert found_in(left) == {"3017654321", "Zoraida", "firmado en papel"}, "the agreement is by the number alone"
    assert await store.suppression.contains(MOBILE)
    assert (await store.leads.add(CampaignId("otra"), [person()], at(6000))).erased == (0,)
    await store.erasures.erase(MOBILE.e164, [MOBILE.e164], "mesa", "pedido", at(7000))
    assert found_in(await everything(store)) == set()


async def test_somebody_known_by_a_number_alone_is_erased(store: Store) -> None:
    await store.suppression.add([MOBILE], "llamó Zoraida", T0)
    done = await store.erasures.erase(MOBILE.e164, [MOBILE.e164], "mesa", "pedido", at(10))
    assert done.rows == {"suppressed_numbers": 1, "outbox": 1}
    assert found_in(await everything(store)) == set()


@pytest.mark.parametrize(
    ("by", "reason"),
    [("mesa", "lo pidió Zoraida"), ("mesa", "llamó del 301 765 43 21"), (NAME, "pedido"), ("mesa", "la señora VÉLEZ.")],
)
async def test_the_audit_may_not_name_the_person(store: Store, by: str, reason: str) -> None:
    await store.leads.add(CAMPAIGN, [person()], T0)
    with pytest.raises(InputError, match="sin el nombre ni el número"):
        await store.erasures.look(KEY, [], by, reason, at(10))
    with pytest.raises(InputError, match="sin el nombre ni el número"):
        await store.erasures.erase(KEY, [], by, reason, at(10))


async def test_nobody_can_be_erased_by_mistake(store: Store, url: str) -> None:
    await lived(store, url)
    with pytest.raises(NotFound, match="No hay nada de «9999»"):
        await store.erasures.erase("9999", [], "mesa", "pedido", at(10))
    with pytest.raises(NotFound):
        await store.erasures.erase(ERASED_NUMBER, [], "mesa", "pedido", at(10))


async def test_without_its_key_no_list_goes_in(store: Store, url: str, key: Path) -> None:
    await lived(store, url)
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(10**4))
    secret, mode = kept_in(key)
    assert mode == 0o600
    assert secret.strip() not in await everything(store)
    for spoilt, sentence in (("11" * 32, "not the one they were hashed with"), ("x", "cannot be read")):
        put_in(key, spoilt)
        async with Store.open(url, clock=CLOCK, erasure_key=key) as other:
            with pytest.raises(SettingsError, match=sentence):
                await other.leads.add(CAMPAIGN, [person()], at(10**4))
    put_in(key, secret)
    async with Store.open(url, clock=CLOCK, erasure_key=key) as other:
        assert (await other.leads.add(CAMPAIGN, [person()], at(10**4))).erased == (0,)


async def test_without_its_key_who_says_no_is_heard_and_what_is_on_record_is_told(
    store: Store, url: str, key: Path
) -> None:
    await lived(store, url)
    assert await store.erasures.key_trouble() == ""
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(10**4))
    take_away(key)
    async with Store.open(url, clock=CLOCK, erasure_key=key) as other:
        assert "put it back" in await other.erasures.key_trouble()
        assert await other.suppression.add([number(3), number(71)], "carta 12", at(11000)) == 2
        assert await other.suppression.contains(number(3))
        found = await other.evidence.of(number(3).e164, [number(3).e164])
        assert found.person.names == ("Cliente 3",)
        with pytest.raises(SettingsError, match="put it back"):
            await other.erasures.erase(number(3).e164, [number(3).e164], "mesa", "pedido", at(12000))
        assert not is_there(key), "another one would hide that this one is missing"
        assert await other.erasures.let_go("mesa", "disco dañado", at(13000)) == 2
        assert await other.erasures.key_trouble() == ""
        assert (await other.leads.add(CAMPAIGN, [person()], at(14000))).added == 1
        assert [(each.asked_by, each.numbers) for each in await other.erasures.all()] == [("mesa", 2), ("mesa", 2)]
        with pytest.raises(Conflict, match="no se olvidó nada"):
            await other.erasures.let_go("mesa", "otra vez", at(15000))


async def test_a_key_that_vanishes_while_we_run_is_written_anew_and_not_another(
    store: Store, url: str, key: Path
) -> None:
    await store.leads.add(CAMPAIGN, [person(), NewLead(name="Otro", phones=(number(9),))], T0)
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(10))
    secret = kept_in(key)
    with pytest.raises(Conflict, match="no se olvidó nada"):
        await store.erasures.let_go("mesa", "sin motivo", at(15))
    take_away(key)
    await store.erasures.erase(number(9).e164, [number(9).e164], "mesa", "pedido", at(20))
    assert kept_in(key) == secret


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_files_of_the_store_hold_no_byte_of_an_erased_person(store: Store, url: str, tmp_path: Path) -> None:
    await lived(store, url)
    await store._database.read(lambda tx: tx.execute(sa.text("SELECT count(*) FROM leads")).scalar())
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    assert await store.scrub()
    found = bytes_found_in(tmp_path)
    assert found.keys() >= {"vocero.db", "vocero.db-wal"}
    assert not any(found.values()), found


def needles(n: int) -> tuple[bytes, ...]:
    return (f"Zoraida{n:05d}".encode(), f"zoraida{n:05d}".encode(), number(n).digits.encode(), f"KEY{n:06d}Q".encode())


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_pages_that_were_split_and_freed_hold_no_byte_of_erased_people(
    store: Store, url: str, tmp_path: Path
) -> None:
    people = list(range(1500))
    Random(3).shuffle(people)
    rows = [
        NewLead(
            name=f"Zoraida{n:05d} Quevedo",
            phones=(number(n),),
            external_key=f"KEY{n:06d}Q",
            fields={"nota": f"de Zoraida{n:05d} " + "x" * (n % 300)},
        )
        for n in people
    ]
    await store.leads.add(CAMPAIGN, rows, T0)
    for lead in await store.leads.reserve(CAMPAIGN, 300, T0, at(60)):
        attempt = attempt_for(lead)
        await store.attempts.open(attempt, event(lead_id=lead.id, payload={"to": lead.contact.name}))
        answers = {"nota": f"{lead.contact.name} {lead.phone.digits}"}
        done = closed(attempt, CallResult.BUSY, at(1), disposition="sin_cita", disposition_fields=answers)
        await store.attempts.close(done, move(suppress_number=lead.id % 3 == 0), event(lead_id=lead.id))
    while await store.outbox.number():
        pass
    for n in people[:300:15]:
        await store.erasures.erase(f"KEY{n:06d}Q", [], "mesa", "pedido", at(5000))
    assert await store.scrub()
    content = b"".join(bytes_in(tmp_path).values())
    assert [n for n in people[:300:15] if any(needle in content for needle in needles(n))] == []
    assert all(needle in content for needle in needles(people[1]))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_log_is_emptied_later_where_somebody_reads(store: Store, url: str, tmp_path: Path) -> None:
    await lived(store, url)
    reader = sqlite3.connect(tmp_path / "vocero.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM leads").fetchone()
    await store.erasures.erase(KEY, [], "mesa", "pedido", at(5000))
    assert not await store.scrub()
    reader.close()
    assert await store.scrub()
