"""Reports in the store: each is planned once for each of its readers, and what may have gone never goes by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cti_api.errors import Conflict, NotFound
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind
from cti_api.reports.periods import month_of
from cti_api.reports.run import Occasion, Run, RunId, RunState, RunStep
from cti_api.store.report_runs import MOST_INTERRUPTED, ToPlan
from cti_api.store.store import Store
from tests.support.store import CAMPAIGN, T0, at

READERS = ("ana@example.com", "luis@example.com")
OCTOBER = Occasion(report="mensual", kind="monthly", period=month_of(date(2026, 10, 1)), due_at=T0, key="2026-10")


async def one(store: Store, occasion: Occasion = OCTOBER, reader: str = READERS[0]) -> Run:
    [run_id] = await store.report_runs.plan([ToPlan(occasion=occasion, to=(reader,))], T0, T0)
    return await store.report_runs.get(run_id)


async def steps(store: Store, run: Run, *taken: RunStep) -> RunState:
    for step in taken:
        await store.report_runs.step(run.id, step, at(1))
    return (await store.report_runs.get(run.id)).state


async def told(store: Store) -> list[tuple[EventKind, object]]:
    events = await store.outbox.number()
    return [(each.kind, each.payload["state"]) for each in events if each.kind.startswith("report.")]


async def test_an_occasion_is_planned_once_for_each_reader(store: Store) -> None:
    wanted = [ToPlan(occasion=OCTOBER, to=READERS)]
    assert len(await store.report_runs.plan(wanted, T0, T0)) == 2
    assert await store.report_runs.plan([*wanted, *wanted], T0, T0) == []
    found = await store.report_runs.due(T0, 10)
    assert [(run.occasion, run.state) for run in found] == [(OCTOBER, RunState.PLANNED)] * 2
    assert {run.recipient for run in found} == set(READERS)


async def test_the_same_month_is_not_planned_again_at_another_hour_nor_for_a_reader_who_is_new(store: Store) -> None:
    await one(store)
    later = replace(OCTOBER, due_at=T0 + timedelta(days=3))
    assert await store.report_runs.plan([ToPlan(occasion=later, to=READERS)], T0, T0) == []
    november = replace(OCTOBER, period=month_of(date(2026, 11, 1)), key="2026-11")
    assert len(await store.report_runs.plan([ToPlan(occasion=november, to=READERS)], T0, T0)) == 2


async def test_what_was_due_first_is_sent_first(store: Store) -> None:
    newer = await one(store, replace(OCTOBER, key="2026-12", due_at=at(2)))
    older = await one(store, replace(OCTOBER, key="2026-11", due_at=at(1)))
    assert [run.id for run in await store.report_runs.due(at(9), 10)] == [older.id, newer.id]


async def test_one_that_was_sent_is_told_and_goes_no_more(store: Store) -> None:
    run = await one(store)
    assert await steps(store, run, RunStep.BUILD, RunStep.GO, RunStep.TAKEN) is RunState.SENT
    assert await store.report_runs.step(run.id, RunStep.BUILD, at(2)) is None
    assert await store.report_runs.due(at(9), 10) == []
    assert await told(store) == [(EventKind.REPORT_SENT, "sent")]


async def test_what_was_being_made_when_all_ended_is_made_again_and_what_was_going_is_in_doubt(store: Store) -> None:
    making = await one(store)
    going = await one(store, replace(OCTOBER, key="2026-11"))
    await steps(store, making, RunStep.BUILD)
    await steps(store, going, RunStep.BUILD, RunStep.GO)
    found = {run.id: run for run in await store.report_runs.interrupt(at(5))}
    assert (found[making.id].state, found[making.id].interrupted) == (RunState.PLANNED, 1)
    assert found[going.id].state is RunState.IN_DOUBT
    assert "may have it" in found[going.id].reason
    assert await store.report_runs.interrupt(at(6)) == []
    assert await told(store) == [(EventKind.REPORT_FAILED, "in_doubt")]


async def test_one_whose_making_ends_vocero_again_and_again_is_given_up(store: Store) -> None:
    run = await one(store)
    for _ in range(MOST_INTERRUPTED):
        await steps(store, run, RunStep.BUILD)
        await store.report_runs.interrupt(at(2))
    given_up = await store.report_runs.get(run.id)
    assert given_up.state is RunState.FAILED
    assert str(MOST_INTERRUPTED) in given_up.reason


async def test_a_person_sends_one_again_that_is_over_and_no_other(store: Store) -> None:
    run = await one(store)
    with pytest.raises(Conflict, match="still on its way"):
        await store.report_runs.again(run.id, "ana", at(1))
    await steps(store, run, RunStep.BUILD, RunStep.GO, RunStep.NO_ANSWER)
    fresh = await store.report_runs.again(run.id, "ana", at(2))
    assert (fresh.again, fresh.asked_by, fresh.occasion) == (1, "ana", OCTOBER)
    with pytest.raises(Conflict):
        await store.report_runs.again(run.id, "ana", at(3))
    assert [each.id for each in await store.report_runs.due(at(4), 10)] == [fresh.id]
    with pytest.raises(NotFound):
        await store.report_runs.again(RunId("0" * 32), "ana", at(5))


async def test_it_is_counted_what_is_in_which_state_and_which_waits_longest(store: Store) -> None:
    older = await one(store, replace(OCTOBER, due_at=at(1)))
    newer = await one(store, replace(OCTOBER, key="2026-11", due_at=at(2)))
    await one(store, replace(OCTOBER, report="", key="x", due_at=at(3)))
    await steps(store, older, RunStep.BUILD, RunStep.GO, RunStep.TAKEN)
    counts = await store.report_runs.counts()
    assert counts.by_state == {("mensual", "sent"): 1, ("mensual", "planned"): 1, ("monthly", "planned"): 1}
    assert counts.oldest_due == {"mensual": at(2), "monthly": at(3)}
    await steps(store, newer, RunStep.BUILD, RunStep.REFUSED)
    assert (await store.report_runs.counts()).oldest_due == {"monthly": at(3)}


async def test_a_person_closes_one_that_failed(store: Store) -> None:
    run = await one(store)
    await steps(store, run, RunStep.BUILD, RunStep.REFUSED)
    closed = await store.report_runs.close(run.id, "ana", at(9))
    assert (closed.state, closed.reason) == (RunState.CLOSED, "Closed by ana: ")
    with pytest.raises(Conflict, match="nothing to close"):
        await store.report_runs.close(run.id, "ana", at(9))


async def test_since_when_a_report_is_in_the_settings_is_kept_until_it_is_not(store: Store) -> None:
    assert await store.report_runs.names({"mensual", "semanal"}, at(1)) == {"mensual": at(1), "semanal": at(1)}
    assert await store.report_runs.names({"mensual", "otro"}, at(2)) == {"mensual": at(1), "otro": at(2)}
    assert await store.report_runs.names({"semanal"}, at(3)) == {"semanal": at(3)}


async def test_campaigns_that_ended_are_found(store: Store) -> None:
    assert await store.report_runs.ended_campaigns(T0) == []
    await store.campaigns.set_state(CAMPAIGN, CampaignState.COMPLETED, at(7))
    assert await store.report_runs.ended_campaigns(at(6)) == [(CAMPAIGN, at(7))]
    assert await store.report_runs.ended_campaigns(at(7)) == []


async def test_what_was_over_long_ago_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    over, waiting = await one(store), await one(store, replace(OCTOBER, key="2026-11"))
    await steps(store, over, RunStep.BUILD, RunStep.REFUSED)
    assert await store.report_runs.forget(at(1)) == 0
    assert await store.report_runs.forget(at(2)) == 1
    assert [run.id for run in await store.report_runs.list()] == [waiting.id]


async def test_the_list_has_the_newest_first_and_only_what_is_asked_for(store: Store) -> None:
    first = await one(store)
    await steps(store, first, RunStep.BUILD, RunStep.REFUSED)
    [second_id] = await store.report_runs.plan(
        [ToPlan(occasion=replace(OCTOBER, report="", key="x"), to=READERS[:1])], at(5), at(5), "ana"
    )
    assert [run.id for run in await store.report_runs.list()] == [second_id, first.id]
    assert [run.id for run in await store.report_runs.list(states=[RunState.FAILED])] == [first.id]
    assert [run.id for run in await store.report_runs.list(report="")] == [second_id]
    assert [run.id for run in await store.report_runs.list(before=(at(5), second_id))] == [first.id]
