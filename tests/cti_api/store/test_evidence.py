"""What is on record of a person is all told, and of nobody else, however many calls there are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.errors import InputError, NotFound
from cti_api.model.ids import AttemptId
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.evidence import OnRecord
from cti_api.store.person import Meant
from cti_api.store.store import Store
from tests.support.big_store import CALLS_OF_A_LEAD, EVENTS, OF_MANY, BigStore, fill
from tests.support.store import CAMPAIGN, T0, at, attempt_for, event, number

CLOCK = SystemClock()
MARIA = NewLead(name="María Pérez", phones=(number(1), number(2)), external_key="K-7", fields={"placa": "ABC123"})


def rows(found: OnRecord, table: str) -> list[dict[str, Any]]:
    return [dict(row) for held, own in found.rows if held.table.name == table for row in own]


async def test_everybody_is_found_by_every_id_of_theirs(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="Otra", phones=(number(9),)), MARIA], T0)
    leads = {lead.contact.name: lead for lead in await store.leads.reserve(CAMPAIGN, 2, T0, at(60))}
    lead = leads[MARIA.name]
    attempt = attempt_for(lead)
    await store.attempts.open(attempt, event(lead_id=lead.id, attempt_id=attempt.id))
    ways = {
        Meant.CONTACT: f"contact:{lead.contact.id}",
        Meant.LEAD: f"lead:{lead.id}",
        Meant.ATTEMPT: attempt.id,
        Meant.KEY: "K-7",
    }
    found = {way: await store.evidence.of(words, []) for way, words in ways.items()}
    found[Meant.PHONE] = await store.evidence.of("300 000 0002", [number(2).e164])
    for way, each in found.items():
        assert each.person.meant is way
        assert each.rows == found[Meant.KEY].rows
        assert [row["e164"] for row in rows(each, "phones")] == [number(1).e164, number(2).e164]
        assert [row["id"] for row in rows(each, "attempts")] == [attempt.id]
        assert len(rows(each, "outbox")) == 1


async def test_an_id_that_is_two_people_s_is_asked_back_with_the_choices(store: Store) -> None:
    others = [NewLead(name=f"Persona {n}", phones=(number(n),), external_key=str(n)) for n in (50, 1)]
    await store.leads.add(CAMPAIGN, others, T0)
    with pytest.raises(InputError, match="puede ser más de una persona") as doubt:
        await store.evidence.of("1", [])
    said = {fault.path: fault.message for fault in doubt.value.faults}
    assert said == {
        "contact:1": f"Persona 50 {number(50).e164} (contact, lead)",
        "contact:2": f"Persona 1 {number(1).e164} (key)",
    }
    assert (await store.evidence.of("key:1", [])).person.names == ("Persona 1",)
    assert (await store.evidence.of("lead:1", [])).person.names == ("Persona 50",)


@pytest.mark.parametrize("words", ["0", "-1", "9" * 40, "%", "contact:x", "lead:99", ":", "attempt:" + "0" * 32, "ñ"])
async def test_what_names_nobody_is_said_so(store: Store, words: str) -> None:
    await store.leads.add(CAMPAIGN, [MARIA], T0)
    with pytest.raises(NotFound, match="No hay nada de"):
        await store.evidence.of(words, [])


async def test_an_opt_out_s_event_is_the_person_s_though_it_names_no_lead(store: Store) -> None:
    await store.suppression.add([number(1), number(2), number(3)], "lista", T0)
    found = await store.evidence.of(number(2).e164, [number(2).e164])
    assert [row["payload"]["number"] for row in rows(found, "outbox")] == [number(2).e164]
    assert [row["source"] for row in rows(found, "suppressed_numbers")] == ["lista"]


@pytest.fixture
def filled(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[int], BigStore]]:
    file = Path(shutil.copy(sqlite_template, tmp_path / "vocero.db"))
    yield lambda calls: fill(file, calls)
    file.unlink()  # tens of gigabytes


async def all_is_told(url: str, big: BigStore) -> None:
    async with Store.open(url, clock=CLOCK) as store:
        for lead, calls in ((big.few, CALLS_OF_A_LEAD), (big.many, CALLS_OF_A_LEAD + OF_MANY)):
            e164 = big.number(lead)
            found = await store.evidence.of(e164, [e164])
            tried = await store._database.read(
                lambda tx, of=lead: tx.execute(sa.text(f"SELECT count(*) FROM attempts WHERE +lead_id = {of}")).scalar()
            )
            assert tried in range(calls - 2, calls + 1), "it was made so"
            assert len(rows(found, "attempts")) == tried
            assert {row["lead_id"] for row in rows(found, "attempts")} == {lead}
            opted_out = len(rows(found, "suppressed_numbers"))
            assert len(rows(found, "outbox")) == tried * len(EVENTS) + opted_out
            assert [record.attempt.id for record in await store.attempts.history(lead, most=tried)] == [
                row["id"] for row in rows(found, "attempts")
            ]
            done = await store.erasures.erase(e164, [e164], "mesa", "pedido", T0)
            assert done.rows["attempts"] == tried
            left = await store.evidence.of(f"lead:{lead}", [])
            assert {row["e164"] for row in rows(left, "attempts")} == {"+9990000000"}
            assert (await store.attempts.get(AttemptId(rows(left, "attempts")[0]["id"]))).number == PhoneNumber(
                "+9990000000"
            )


async def test_all_is_told_of_a_person_with_a_thousand_calls(filled: Callable[[int], BigStore], tmp_path: Path) -> None:
    await all_is_told(f"sqlite:///{tmp_path}/vocero.db", filled(20_000))


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_all_is_told_among_ten_million_calls(filled: Callable[[int], BigStore], tmp_path: Path) -> None:
    """How long it takes is measured by ``python -m tests.bench bench_evidence``."""
    await all_is_told(f"sqlite:///{tmp_path}/vocero.db", filled(10_000_000))
