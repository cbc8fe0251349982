"""No table holds something of a person that neither the evidence nor an erasure knows of."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
import sqlalchemy as sa

import cti_api.store
from cti_api.store.held import HELD, OF_NOBODY
from cti_api.store.left import PAYLOAD_KEPT
from cti_api.store.schema import metadata

for module in pkgutil.iter_modules(cti_api.store.__path__, "cti_api.store."):
    importlib.import_module(module.name)  # a table that nothing imports yet counts too

OF_A_PERSON = re.compile(
    r"(.*_)?(e164|number|phone|recipient|sender|address|e?mail|(contact|lead|attempt|provider)_id|name|key|fields|payload|text|content|body"
    r"|notes?|comments?|evidence|recording|timezone|to|token|answer)s?\Z"
)
"""How a column is called that may hold something of a person, or lead to it."""

KNOWN = {
    "lists.name": "of a file",
    "outbox.attempt_id": "the lead stands beside it",
    "inbound_calls.lead_id": "their number stands beside it",
    "campaign_specs.text": "a campaign's file",
    "ivr_recordings.name": "a variable of the tree",
    "erasures.numbers": "how many",
    "erased_numbers.key_id": "which key",
}
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)


def looks_personal(table: sa.Table) -> set[str]:
    return {column.name for column in table.c if OF_A_PERSON.match(column.name)}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_column_that_may_be_a_person_s_is_in_the_evidence_and_in_the_erasure(table: sa.Table) -> None:
    held = [each for each in HELD if each.table is table]
    known = {column.name for each in held for column in (*each.personal, *(found for _, found in each.by))}
    known |= {place.split(".")[1] for place in KNOWN if place.startswith(f"{table.name}.")}
    if table.name in OF_NOBODY:
        assert not held
        return
    forgotten = looks_personal(table) - known - {column.name for column in table.c if column.foreign_keys and held}
    assert not forgotten, f"{table.name}: {forgotten}: add it to HELD in cti_api/store/held.py, or to OF_NOBODY"


def test_the_sight_is_sharp_enough_for_the_tables_there_are() -> None:
    for each in HELD:
        own = {column.name for column in each.personal if not column.foreign_keys}
        assert own - looks_personal(each.table) <= {"counts", "line", "source", "reason"}, each.table.name


@pytest.mark.parametrize("held", HELD, ids=lambda held: held.title)
def test_what_finds_a_person_s_rows_has_an_index(held: object) -> None:
    for _, column in held.by:
        table = column.table
        first = {next(iter(index.columns)).name for index in table.indexes}
        unique = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
        first |= {next(iter(each.columns)).name for each in unique}
        within = held.within is not None
        assert column.name in first or within, f"{table.name}.{column.name} is looked for without an index"


def test_nothing_that_is_kept_of_an_event_names_a_person() -> None:
    how_many = {"live_answers"}
    assert {entry for entry in PAYLOAD_KEPT if OF_A_PERSON.match(entry)} == how_many


def test_a_table_is_of_people_or_of_nobody() -> None:
    assert not set(OF_NOBODY) & {each.table.name for each in HELD}
    assert set(OF_NOBODY) <= {table.name for table in TABLES}
