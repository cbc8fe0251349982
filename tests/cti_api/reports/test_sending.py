"""Reports by mail, over a real connection to a mail server that does what such servers do."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from cti_api.errors import InputError, StoreUnavailable, Unreachable
from cti_api.messages.machine import pause
from cti_api.model.campaigns import CampaignState
from cti_api.reports.build import BuiltReport
from cti_api.reports.kinds import COVER, REPORTS
from cti_api.reports.making import Build
from cti_api.reports.periods import Period
from cti_api.reports.planning import SETTLED
from cti_api.reports.run import Run, RunId, RunState, RunStep
from cti_api.store.report_runs import ReportRuns
from cti_api.store.store import Store
from tests.support.office import SetClock
from tests.support.report_post import (
    MONTHLY,
    MailServer,
    Says,
    at_work,
    attached,
    due,
    real_reports,
    report_settings,
    sending,
    small_report,
    states,
    until_states,
)
from tests.support.shift import until
from tests.support.store import CAMPAIGN
from tests.support.wire_smtp import wire_smtp

S = RunState
DIRECTOR, HEAD = "director@example.com", "jefa@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    """What the two engines do otherwise is in the tests of the store."""
    return str(request.param)


@pytest.fixture
def clock() -> SetClock:
    """A minute before the report of October is due."""
    return SetClock(due(11) - MINUTE)


async def only_run(store: Store) -> Run:
    [run] = await store.report_runs.list()
    return run


async def test_a_report_comes_at_its_hour_with_workbook_and_csv_that_open(store: Store, clock: SetClock) -> None:
    server = MailServer()
    async with at_work(store, clock, server, MONTHLY | {"to": [DIRECTOR, HEAD]}):
        await asyncio.sleep(0)
        assert server.letters == []
        clock.at = due(11)
        await until_states(store, S.SENT, S.SENT)
    assert server.told() == {(reader, "Informe: octubre de 2026"): 1 for reader in (DIRECTOR, HEAD)}
    letter = server.letters[0]
    assert "octubre de 2026" in letter.get_body().get_content()  # type: ignore[union-attr]
    files = attached(letter)
    assert set(files) == {"monthly-2026-10-31.xlsx", "monthly-2026-10-31-resumen.csv"}
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["monthly-2026-10-31.xlsx"]))
    assert book.get_sheet_by_name("Resumen").to_python() == [["monthly  octubre de 2026"]]
    assert files["monthly-2026-10-31-resumen.csv"].decode("utf-8-sig") == "Informe\r\n\r\n"
    runs = await store.report_runs.list()
    assert {run.message_id for run in runs} == {each["Message-ID"] for each in server.letters}


async def test_the_report_that_comes_is_the_one_that_is_made_on_demand(store: Store, clock: SetClock) -> None:
    server = MailServer()
    async with at_work(store, clock, server, makes=real_reports(store, clock)):
        clock.at = due(11)
        await until_states(store, S.SENT)
    [letter] = server.letters
    files = attached(letter)
    [book] = [content for name, content in files.items() if name.endswith(".xlsx")]
    assert CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names == list(REPORTS["monthly"].sheets)
    assert len(files) == len(REPORTS["monthly"].sheets), f"a CSV for each but {COVER}"


async def test_what_was_missed_is_sent_once_each_the_oldest_first(store: Store, clock: SetClock) -> None:
    server, weekly = MailServer(), {"name": "semanal", "kind": "weekly", "to": [HEAD], "weekly": "monday"}
    settings = report_settings(MONTHLY, weekly)
    await store.report_runs.names({"mensual", "semanal"}, clock.now())
    clock.at = due(11) + timedelta(days=15)  # Tuesday, the 17th
    for _ in range(2):  # and what was sent is not sent by the next process
        async with wire_smtp(server) as port, sending(store, settings, port, clock):
            await until_states(store, S.SENT, S.SENT, S.SENT, S.SENT)
    subjects = [each["Subject"] for each in server.letters]
    # both of the 2nd, a Monday, are due at seven
    assert sorted(subjects[:2]) == [
        "Informe: octubre de 2026", "Informe: semana del 26 de octubre al 1 de noviembre de 2026",
    ]  # fmt: skip
    assert subjects[2:] == [f"Informe: semana del {days} de noviembre de 2026" for days in ("2 al 8", "9 al 15")]


async def test_nothing_is_sent_of_the_time_before_a_report_was_in_the_settings(store: Store, clock: SetClock) -> None:
    server = MailServer()
    clock.at = due(11) + MINUTE
    async with at_work(store, clock, server):
        clock.at = due(12)
        await until_states(store, S.SENT)
    assert [each["Subject"] for each in server.letters] == ["Informe: noviembre de 2026"]


async def test_what_was_missed_too_long_ago_is_not_sent(store: Store, clock: SetClock) -> None:
    server = MailServer()
    async with at_work(store, clock, server, catch_up_days=45):
        clock.at = due(1, 2027) + timedelta(days=20)  # November's is 81 days old, December's 50
        await until_states(store, S.SENT)
    assert [each["Subject"] for each in server.letters] == ["Informe: diciembre de 2026"]


async def test_a_campaign_s_results_come_at_its_end(store: Store, clock: SetClock) -> None:
    server = MailServer()
    at_end = {"name": "resultados", "kind": "campaign", "to": [HEAD], "at_end": True, "subject": "{of}: {title}"}
    async with at_work(store, clock, server, at_end):
        ended = clock.at + MINUTE
        await store.campaigns.set_state(CAMPAIGN, CampaignState.COMPLETED, ended)
        clock.at = ended + SETTLED
        await until_states(store, S.SENT)
    assert server.told() == {(HEAD, "mantenimiento: Informe"): 1}
    assert (await only_run(store)).occasion.of == CAMPAIGN


@pytest.mark.parametrize("says", [Says.GREYLISTS, Says.IS_FULL, Says.CUTS_EARLY], ids=lambda says: says.name)
async def test_a_server_that_does_not_have_it_gets_it_later(store: Store, clock: SetClock, says: Says) -> None:
    server = MailServer()
    server.says[DIRECTOR] = [says, says]
    async with at_work(store, clock, server):
        clock.at = due(11)
        for tries in (1, 2):
            await until(lambda tries=tries: server.asked[DIRECTOR] == tries, 10, "it was asked")  # type: ignore[misc]
            await until_states(store, S.PLANNED)
            run = await only_run(store)
            assert (run.tries, run.next_at) == (tries, clock.at + pause(tries))
            clock.at = run.next_at
        await until_states(store, S.SENT)
    assert server.told() == {(DIRECTOR, "Informe: octubre de 2026"): 1}


async def test_a_server_that_never_has_room_is_asked_so_often_and_no_more(store: Store, clock: SetClock) -> None:
    server = MailServer()
    server.says[DIRECTOR] = [Says.GREYLISTS] * 9
    async with at_work(store, clock, server, tries=3):
        clock.at = due(11)
        for tries in (1, 2):
            await until(lambda tries=tries: server.asked[DIRECTOR] == tries, 10, "it was asked")  # type: ignore[misc]
            await until_states(store, S.PLANNED)
            clock.at = (await only_run(store)).next_at
        await until_states(store, S.FAILED)
    assert server.asked[DIRECTOR] == 3
    assert (await only_run(store)).reason == "Tried 3 times: 451 4.7.1 Greylisted, come again"


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (Says.REFUSES_READER, "550 5.1.1 There is nobody of that name"),
        (Says.REFUSES_LETTER, "552 5.3.4 It is too large"),
    ],
)
async def test_a_reader_who_is_refused_fails_and_the_others_have_it(
    store: Store, clock: SetClock, says: Says, words: str
) -> None:
    server = MailServer()
    server.says[DIRECTOR] = [says]
    async with at_work(store, clock, server, MONTHLY | {"to": [DIRECTOR, HEAD]}):
        clock.at = due(11)
        await until(lambda: server.told() == {(HEAD, "Informe: octubre de 2026"): 1}, 10, "the head has it")

        async def both_over() -> bool:
            return sorted(await states(store)) == [S.FAILED, S.SENT]

        await until(both_over, 10, "both are over")
    [failed] = await store.report_runs.list(states=[S.FAILED])
    assert (failed.recipient, failed.reason) == (DIRECTOR, words)


@pytest.mark.parametrize("says", [Says.TAKES_AND_CUTS, Says.TAKES_AND_HANGS], ids=lambda says: says.name)
async def test_a_letter_without_an_answer_is_in_doubt_and_does_not_go_again(
    store: Store, clock: SetClock, says: Says
) -> None:
    server = MailServer()
    server.says[DIRECTOR] = [says]
    async with at_work(store, clock, server, send_seconds=0.5):
        clock.at = due(11)
        await until_states(store, S.IN_DOUBT)
        doubt = await only_run(store)
        assert doubt.message_id == server.letters[0]["Message-ID"]
        clock.at += timedelta(days=10)
        # a person looked for it, and decides
        await store.report_runs.again(doubt.id, "ana", clock.at)
        await until_states(store, S.CLOSED, S.SENT)
    assert len(server.letters) == 2
    events = [each.payload["state"] for each in await store.outbox.number() if each.kind.startswith("report.")]
    assert events == ["in_doubt", "sent"]


async def test_it_is_told_what_is_in_which_state_and_what_is_due(store: Store, clock: SetClock) -> None:
    server, runs, next_due = MailServer(), dict[tuple[str, str], int](), dict[str, datetime]()
    server.says[DIRECTOR] = [Says.GREYLISTS, Says.REFUSES_READER]
    weekly = {"name": "semanal", "kind": "weekly", "to": [HEAD], "weekly": "tuesday"}

    def stand(told: Mapping[tuple[str, str], int], due_at: Mapping[str, datetime], _now: datetime) -> None:
        runs.clear()
        runs.update(told)
        next_due.update(due_at)

    async with at_work(store, clock, server, MONTHLY, weekly, stand=stand):
        await until(lambda: next_due.get("mensual") == due(11), 10, "it is told when it is due")
        clock.at = due(11) + timedelta(days=4)
        tuesday = datetime(2026, 11, 10, 12, tzinfo=UTC)
        await until(lambda: runs == {("mensual", "planned"): 1, ("semanal", "sent"): 1}, 10, "one waits")
        assert next_due == {"mensual": due(11), "semanal": tuesday}, "and is late"
        clock.at += pause(1)
        await until(lambda: runs == {("mensual", "failed"): 1, ("semanal", "sent"): 1}, 10, "it failed")
        assert next_due == {"mensual": due(12), "semanal": tuesday}


async def test_a_server_that_hangs_before_it_has_the_letter_is_left_and_asked_later(
    store: Store, clock: SetClock
) -> None:
    server = MailServer()
    server.says[DIRECTOR] = [Says.HANGS_EARLY]
    async with at_work(store, clock, server, send_seconds=0.5):
        clock.at = due(11)
        await until(lambda: server.asked[DIRECTOR] == 1, 10, "it was asked")
        await until_states(store, S.PLANNED)
        assert "within 0.5 s" in (await only_run(store)).reason
        clock.at += pause(1)
        await until_states(store, S.SENT)


async def test_a_server_that_is_away_gets_it_later(store: Store, clock: SetClock) -> None:
    async with wire_smtp(MailServer()) as port:
        pass  # nobody listens there now
    settings = report_settings()
    await store.report_runs.names({"mensual"}, clock.now())
    clock.at = due(11)
    async with sending(store, settings, port, clock):

        async def tried() -> bool:
            return [run.tries for run in await store.report_runs.list()] == [1]

        await until(tried, 10, "it was tried")
    assert (await states(store)) == [S.PLANNED]


async def test_what_was_begun_when_the_store_went_away_is_taken_up_again(store: Store, clock: SetClock) -> None:
    class AwayAtTheSecond(ReportRuns):
        begun = 0

        async def step(self, run_id: RunId, step: RunStep, *about: Any, **facts: Any) -> RunState | None:
            self.begun += step is RunStep.BUILD
            if step is RunStep.BUILD and self.begun == 2:
                raise StoreUnavailable("The store is locked by another program.")
            return await super().step(run_id, step, *about, **facts)

    server = MailServer()
    store.report_runs = AwayAtTheSecond(store._database)
    async with at_work(store, clock, server, MONTHLY | {"to": [DIRECTOR, HEAD]}):
        clock.at = due(11)
        await until_states(store, S.SENT, S.SENT)
    assert {letter["To"] for letter in server.letters} == {DIRECTOR, HEAD}
    assert len(server.letters) == 2


async def fails(_kind: str, _period: Period | None, _of: str, _now: datetime) -> BuiltReport:
    raise ZeroDivisionError


async def is_of_nothing(_kind: str, _period: Period | None, _of: str, _now: datetime) -> BuiltReport:
    raise InputError("There is no such thing.")


@pytest.mark.parametrize(("build", "words"), [(fails, "A fault of ours"), (is_of_nothing, "no such thing")])
async def test_a_report_that_cannot_be_made_fails_and_the_next_one_comes(
    store: Store, clock: SetClock, build: Build, words: str
) -> None:
    server = MailServer()

    async def monthly_fails(kind: str, period: Period | None, of: str, now: datetime) -> BuiltReport:
        return await (build if kind == "monthly" else small_report)(kind, period, of, now)

    weekly = {"name": "semanal", "kind": "weekly", "to": [HEAD], "weekly": "monday", "at": "07:01"}
    async with at_work(store, clock, server, MONTHLY, weekly, makes=monthly_fails):
        clock.at = due(11) + MINUTE
        await until_states(store, S.FAILED, S.SENT)
    [failed] = await store.report_runs.list(states=[S.FAILED])
    assert words in failed.reason
    assert [each["To"] for each in server.letters] == [HEAD]


async def test_a_report_that_takes_too_long_is_left_and_made_later(store: Store, clock: SetClock) -> None:
    server, slow = MailServer(), [True]

    async def slow_once(kind: str, period: Period | None, of: str, now: datetime) -> BuiltReport:
        if slow:
            slow.clear()
            await asyncio.Event().wait()
        return await small_report(kind, period, of, now)

    async with at_work(store, clock, server, makes=slow_once, build_seconds=0.1):
        clock.at = due(11)
        await until(lambda: not slow, 10, "it was begun")
        await until_states(store, S.PLANNED)
        assert "not ready" in (await only_run(store)).reason
        clock.at += pause(1)
        await until_states(store, S.SENT)


async def test_a_report_waits_for_figures_that_are_behind(store: Store, clock: SetClock) -> None:
    server, behind = MailServer(), [True]

    async def ready() -> None:
        if behind:
            behind.clear()
            raise Unreachable("The figures are behind.")

    async with at_work(store, clock, server, ready=ready):
        clock.at = due(11)
        await until(lambda: not behind, 10, "it was asked")
        await until_states(store, S.PLANNED)
        assert server.letters == []
        clock.at += pause(1)
        await until_states(store, S.SENT)


async def large(kind: str, period: Period | None, of: str, now: datetime) -> BuiltReport:
    made = await small_report(kind, period, of, now)
    return replace(made, xlsx=made.xlsx + bytes(2**20), csv_for_people={"Control": b"x" * 2**20})


@pytest.mark.parametrize(
    ("megabytes", "files", "words"),
    [
        (3.0, {"monthly-2026-10-31.xlsx", "monthly-2026-10-31-control.csv"}, "Adjuntamos"),
        (2.0, {"monthly-2026-10-31.xlsx"}, "Las hojas en CSV no caben"),
        (0.1, set(), "vocero report monthly --period 2026-10 -o informe.xlsx"),
    ],
)
async def test_a_letter_that_would_be_too_large_says_where_the_rest_is(
    store: Store, clock: SetClock, megabytes: float, files: set[str], words: str
) -> None:
    server = MailServer()
    async with at_work(store, clock, server, makes=large, largest_megabytes=megabytes):
        clock.at = due(11)
        await until_states(store, S.SENT)
    [letter] = server.letters
    assert set(attached(letter)) == files
    assert words in letter.get_body(["plain"]).get_content()  # type: ignore[union-attr]


async def test_who_stops_it_waits_for_the_word_about_a_letter_that_went(store: Store, clock: SetClock) -> None:
    server, went, may_answer = MailServer(), asyncio.Event(), asyncio.Event()

    class Slow(MailServer):
        async def handle_DATA(self, *about: Any) -> str:  # noqa: N802
            went.set()
            await may_answer.wait()
            return await MailServer.handle_DATA(server, *about)

    settings = report_settings()
    await store.report_runs.names({"mensual"}, clock.now())
    clock.at = due(11)
    async with wire_smtp(Slow()) as port, asyncio.TaskGroup() as tasks, sending(store, settings, port, clock):
        await went.wait()
        tasks.create_task(_soon(may_answer))
    assert await states(store) == [S.SENT]
    assert len(server.letters) == 1


async def _soon(event: asyncio.Event) -> None:
    for _ in range(50):
        await asyncio.sleep(0)
    event.set()
