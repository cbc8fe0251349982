"""Live answers and abandoned calls by campaign and day, counted as attempts close."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from cti_api.clock import SystemClock
from cti_api.model.calls import CallResult
from cti_api.model.leads import LeadState
from cti_api.store import migrate
from cti_api.store.answer_days import AnswerDay
from cti_api.store.opening import open_database
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, attempt_for, closed, move, new_leads

TODAY = T0.date()


async def call(store: Store, result: CallResult, days_ago: int = 0, *, answer_counts: bool = True) -> None:
    then = T0 - timedelta(days=days_ago)
    [lead] = await store.leads.reserve(CAMPAIGN, 1, T0, T0 + timedelta(minutes=1))
    attempt = attempt_for(lead, then)
    await store.attempts.open(attempt)
    done = closed(attempt, result, then)
    for _ in range(2):  # what was closed before is not counted again
        await store.attempts.close(done, move(LeadState.CLOSED), answer_counts=answer_counts)


async def test_each_live_answer_is_counted_once_on_its_day(store: Store) -> None:
    await store.leads.add(CAMPAIGN, new_leads(8), T0)
    for result in (CallResult.CONNECTED, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP, CallResult.BUSY):
        await call(store, result)
    await call(store, CallResult.ABANDONED, days_ago=3)
    await call(store, CallResult.CONNECTED, days_ago=40)
    await call(store, CallResult.CALLER_HUNG_UP, answer_counts=False)  # an answer that nobody gave
    days = await store.answer_days.since(CAMPAIGN, TODAY - timedelta(days=30))
    assert days == (AnswerDay(TODAY - timedelta(days=3), 1, 1), AnswerDay(TODAY, 3, 1))
    assert await store.answer_days.since(CAMPAIGN, date(2027, 1, 1)) == ()


async def test_what_was_closed_before_the_days_were_counted_is_counted_by_the_upgrade(empty_url: str) -> None:
    clock = SystemClock()
    await migrate.upgrade(empty_url, clock)
    async with Store.open(empty_url, clock=clock) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "", T0)
        await store.leads.add(CAMPAIGN, new_leads(4), T0)
        for result in (CallResult.ABANDONED, CallResult.CONNECTED, CallResult.BUSY):
            await call(store, result)
        await call(store, CallResult.CONNECTED, days_ago=2)
        counted = await store.answer_days.since(CAMPAIGN, date(2020, 1, 1))
    database = await open_database(empty_url, clock)
    for table in ("answer_days", "law_periods", "law_texts", "law_files", "law_changes"):
        await database.write(lambda tx, table=table: tx.execute(sa.text(f"DROP TABLE {table}")))
    await database.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '0001'")))
    await database.close()
    await migrate.upgrade(empty_url, clock)
    async with Store.open(empty_url, clock=clock) as store:
        assert await store.answer_days.since(CAMPAIGN, date(2020, 1, 1)) == counted
    assert [(day.live_answers, day.abandoned) for day in counted] == [(1, 0), (2, 1)]
