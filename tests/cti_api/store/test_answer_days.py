"""Live answers and abandoned calls by campaign and day, counted as attempts close."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from cti_api.clock import SystemClock
from cti_api.model.abandonment import NONE, Answers
from cti_api.model.calls import CallResult
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState
from cti_api.store import migrate
from cti_api.store.answer_days import Counted
from cti_api.store.opening import open_database
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, attempt_for, closed, move, new_leads

TODAY = T0.date()


async def call(store: Store, result: CallResult, days_ago: float = 0, counts_as: Answers | None = None) -> None:
    then = T0 - timedelta(days=days_ago)
    counted = None if counts_as is None else Counted(then, then.date(), counts_as)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, T0 + timedelta(minutes=1))
    attempt = attempt_for(lead, then)
    await store.attempts.open(attempt)
    done = closed(attempt, result, then)
    for _ in range(2):  # what was closed before is not counted again
        await store.attempts.close(done, move(LeadState.CLOSED), counted=counted)


async def test_each_live_answer_is_counted_once_on_its_day(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(8), T0)
    for result in (CallResult.CONNECTED, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP, CallResult.BUSY):
        await call(store, result)
    await call(store, CallResult.ABANDONED, days_ago=3)
    await call(store, CallResult.CONNECTED, days_ago=40)
    await call(store, CallResult.CALLER_HUNG_UP, counts_as=NONE)  # an answer that nobody gave
    await call(store, CallResult.MACHINE)
    days = await store.answer_days.since(CAMPAIGN, TODAY - timedelta(days=30))
    assert days == {TODAY - timedelta(days=3): Answers(people=1, abandoned=1), TODAY: Answers(3, 1, 1, 1)}
    assert await store.answer_days.since(CAMPAIGN, date(2027, 1, 1)) == {}


async def test_each_hour_has_its_answers_whatever_the_campaigns_clock_says(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(4), T0)
    for minutes in (0, 20, 59, 61):
        await call(store, CallResult.CONNECTED, days_ago=minutes / 1440)
    hours = await store.answer_days.hours_since(CAMPAIGN, T0 - timedelta(minutes=30))
    before = T0 - timedelta(hours=1)
    assert hours == {before: Answers(people=2), T0: Answers(people=1)}, "from the whole hour of the first instant on"


async def test_an_agent_who_says_later_that_it_was_a_machine_takes_the_answer_back(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(1), T0)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, T0 + timedelta(minutes=1))
    attempt = attempt_for(lead)
    await store.attempts.open(attempt)
    await store.attempts.close(closed(attempt, CallResult.CONNECTED, T0), move(LeadState.CLOSED))
    for _ in range(2):  # the same word again changes nothing
        back = Counted(T0, TODAY, NONE - Answers(people=1))
        await store.attempts.dispose(attempt.id, "buzon", {}, T0, counted=back)
    assert await store.answer_days.since(CAMPAIGN, TODAY) == {TODAY: NONE}


def as_it_was_before(tx: sa.Connection) -> None:
    """The tables of the version before the days were counted, with calls in them."""
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    config.attributes["connection"] = tx
    command.upgrade(config, str(ScriptDirectory.from_config(config).get_revision("0006").down_revision))
    tables = sa.MetaData()
    tables.reflect(tx, only=["campaigns", "contacts", "leads", "attempts"])
    text = "'2026-03-02 14:00:00.000000'" if tx.dialect.name == "sqlite" else "'2026-03-02 14:00:00+00'"
    before = text.replace("-03-02", "-02-28")
    tx.execute(sa.text(f"INSERT INTO campaigns VALUES ('c', '', 'draft', {text}, 1, {text})"))
    tx.execute(sa.text(f"INSERT INTO contacts VALUES (1, '', '', '', {text})"))
    for row, (result, then) in enumerate(
        [("abandoned", text), ("connected", text), ("busy", text), ("caller_hung_up", before)], start=1
    ):
        lead = {"id": row, "campaign_id": "c", "contact_id": 1, "state": "closed", "reason": "", "priority": 0}
        attempt = {"id": str(row), "campaign_id": "c", "lead_id": 1, "e164": "", "trunk": "", "state": "closed"}
        if row == 1:
            _insert(tx, tables.tables["leads"], lead, text)
        _insert(tx, tables.tables["attempts"], attempt | {"result": result}, then)


def _insert(tx: sa.Connection, table: sa.Table, values: dict[str, object], instant: str) -> None:
    """A row with these values, and in every other column that must have one something of its kind."""
    words = {}
    for column in table.columns:
        if column.name in values:
            words[column.name] = repr(values[column.name])
        elif not column.nullable:
            kind = str(column.type)
            words[column.name] = (
                instant if "TIME" in kind else "'{}'" if "JSON" in kind else "0" if "INT" in kind else "''"
            )
    names = ", ".join(words)
    tx.execute(sa.text(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join(words.values())})"))


async def test_what_was_closed_before_the_days_were_counted_is_counted_by_the_upgrade(empty_url: str) -> None:
    clock = SystemClock()
    database = await open_database(empty_url, clock)
    await database.rebuild(as_it_was_before)
    await database.close()
    await migrate.upgrade(empty_url, clock)
    async with Store.open(empty_url, clock=clock) as store:
        days = await store.answer_days.since(CampaignId("c"), date(2020, 1, 1))
        hours = await store.answer_days.hours_since(CampaignId("c"), T0 - timedelta(days=9))
    assert days == {date(2026, 2, 28): Answers(people=1), date(2026, 3, 2): Answers(people=2, abandoned=1)}
    assert hours == {T0 - timedelta(days=2): Answers(people=1, hung_up=1), T0: Answers(people=2, abandoned=1)}
