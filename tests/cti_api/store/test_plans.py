"""The statements a dialer runs all day find their rows by an index, however many rows there are.

Asked of SQLite, whose plans depend on nothing but the tables; it once read the whole campaign for each row imported.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from cti_api.model.ids import AgentId, CampaignId, LeadId
from cti_api.model.phone import PhoneNumber
from cti_api.store import (
    answer_days,
    attempt_life,
    attempt_pages,
    attempts,
    call_counts,
    callbacks,
    campaigns,
    erasures,
    evidence,
    follow_ups,
    hopper,
    intake,
    lead_pages,
    leads,
    messages,
    moves,
    number_key,
    on_record,
    outbox,
    people,
    person,
    registries,
    replies,
    rounds,
    sample,
    suppression,
    tallied,
)
from cti_api.store.attempt_pages import Wanted
from cti_api.store.held import HELD
from cti_api.store.lead_pages import Sought
from cti_api.store.paging import page
from tests.support.store import T0

LARGE = (
    "leads", "contacts", "phones", "attempts", "outbox", "suppressed_numbers", "dispositions", "registry_entries",
    "messages", "follow_ups", "replies", "tasks",
)  # fmt: skip

STATEMENTS = {
    f"{module.__name__.rsplit('.', 1)[1]}.{name}": statement
    for module in (
        answer_days,
        attempt_life,
        attempts,
        callbacks,
        call_counts,
        campaigns,
        erasures,
        follow_ups,
        hopper,
        intake,
        leads,
        messages,
        moves,
        on_record,
        number_key,
        outbox,
        people,
        person,
        registries,
        replies,
        rounds,
        sample,
        suppression,
        tallied,
    )
    for name, statement in vars(module).items()
    if name.startswith("_") and isinstance(statement, sa.Select | sa.Update)
} | {f"evidence.{held.table.name} by {by}": evidence.statement_of(held, by) for held in HELD for by, _ in held.by}

READ_WHOLE = {
    "leads._BY_NAME": "a person looks for part of a name",
    "leads._BY_NUMBER": "a person looks for part of a number",
    "hopper._FREE": "run only as a part of others",
    "messages._COUNTS": "all are counted, of an index alone",
    "sample._COUNT": "a person asks what another law would do",
    "sample._EVERY_NTH": "a person asks what another law would do",
}


def plan(path: Path, statement: sa.ClauseElement) -> list[str]:
    words = str(statement.compile(dialect=sqlite.dialect()))
    words = re.sub(r"\(?__\[POSTCOMPILE_[^\]]*\]\)?", "(?, ?)", words)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", (None,) * words.count("?"))
        steps = [str(row[3]) for row in found]
    engine.dispose()
    return steps


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - READ_WHOLE.keys()))
def test_no_large_table_is_read_whole(name: str, sqlite_template: Path) -> None:
    for step in plan(sqlite_template, STATEMENTS[name]):
        # A partial index holds few rows: reading all of it is the point.
        few = re.search(
            r"USING INDEX (ux_attempts_|ix_leads_lease|ix_outbox_unnumbered|ix_messages_due|ix_messages_expire|"
            r"ix_messages_in_doubt|ix_tasks_open)",
            step,
        )
        assert few or not re.match(rf"SCAN ({'|'.join(LARGE)})\b", step), step


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("evidence.outbox by lead", "outbox USING INDEX ix_outbox_lead"),
        ("evidence.outbox by opt_out", "outbox USING INDEX ix_outbox_suppressed"),
        ("evidence.registry_entries by number", "registry_entries USING INDEX sqlite_autoindex_registry_entries_1"),
        ("person._ATTEMPTS", "attempts USING INDEX ix_attempts_lead"),
        ("hopper._OTHERS", "leads USING INDEX ix_leads_order"),
        ("hopper._CALLBACKS", "leads USING INDEX ix_leads_state"),
        ("hopper._OTHERS", "attempts USING INDEX ux_attempts_live_number"),
        ("hopper._EARLIEST", "leads USING COVERING INDEX ix_leads_state"),
        ("hopper._ANY_OPEN", "leads USING INDEX ix_leads_state"),
        ("intake._IN_CAMPAIGN", "phones USING INDEX ix_phones_e164"),
        ("leads._BY_WHOLE_NUMBER", "phones USING INDEX ix_phones_e164"),
        ("leads._BY_EXACT_NUMBER", "phones USING INDEX ix_phones_e164"),
        ("call_counts._IN_FLIGHT", "attempts USING INDEX ux_attempts_live_number"),
        ("on_record._CALLS", "attempts USING INDEX ix_attempts_number"),
        ("on_record._MESSAGES", "messages USING INDEX ix_messages_number"),
        ("messages._DUE", "messages USING INDEX ix_messages_due"),
        ("messages._BY_PROVIDER", "messages USING INDEX ix_messages_provider"),
        ("messages._COUNTS", "messages USING COVERING INDEX ix_messages_state"),
        ("suppression._TURN_BACK", "messages USING INDEX ix_messages_contact"),
        ("callbacks._OVERDUE", "leads USING INDEX ix_leads_state"),
        ("rounds._ENDED", "leads USING INTEGER PRIMARY KEY"),
        ("rounds._ENDED", "attempts USING INDEX ix_attempts_lead"),
        ("attempts._TALKS", "attempts USING COVERING INDEX ix_attempts_talks"),
    ],
)
def test_an_index_made_for_a_question_answers_it(name: str, index: str, sqlite_template: Path) -> None:
    steps = plan(sqlite_template, STATEMENTS[name])
    assert any(index in step for step in steps), steps
    if name.startswith("hopper"):
        assert not any("TEMP B-TREE" in step for step in steps), "the hopper's order is the index's"


PAGES = {
    "all attempts": (attempt_pages.of(Wanted()), attempt_pages.ORDER, "ix_attempts_made"),
    "of a campaign": (
        attempt_pages.of(Wanted(campaign_id=CampaignId("marzo"))), attempt_pages.ORDER, "ix_attempts_campaign",
    ),
    "of a lead": (attempt_pages.of(Wanted(lead_id=LeadId(7))), attempt_pages.ORDER, "ix_attempts_lead"),
    "of an agent": (attempt_pages.of(Wanted(agent_id=AgentId("ana"))), attempt_pages.ORDER, "ix_attempts_agent"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_attempts_is_read_from_where_the_one_before_ended(name: str, sqlite_template: Path) -> None:
    statement, order, index = PAGES[name]
    for after in (None, (T0, "0" * 32)):
        steps = plan(sqlite_template, page(statement, order, after, 50, newest_first=True))
        assert any(f"attempts USING INDEX {index}" in step for step in steps), steps
        assert not any(step == "USE TEMP B-TREE FOR ORDER BY" for step in steps), steps


@pytest.mark.parametrize(
    ("sought", "index"),
    [
        (Sought(number=PhoneNumber("+573001234567")), "phones USING INDEX ix_phones_e164"),
        (Sought(external_key="CC-1"), "contacts USING INDEX ix_contacts_key"),
        (Sought(lead_id=LeadId(7)), "leads USING INTEGER PRIMARY KEY"),
    ],
)
def test_a_person_is_found_by_what_another_system_knows(sought: Sought, index: str, sqlite_template: Path) -> None:
    steps = plan(sqlite_template, page(lead_pages.of(sought), lead_pages.ORDER, (7,), 50))
    assert any(index in step for step in steps), steps
    assert not any(re.match(r"SCAN (leads|contacts|phones)\b", step) for step in steps), steps
