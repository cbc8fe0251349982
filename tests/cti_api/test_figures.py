"""Figures are answered with what stands behind them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cti_api.errors import InputError
from cti_api.figures import Figures, Question
from cti_api.kpi.behind import Behind
from cti_api.kpi.facts import Scope
from cti_api.kpi.indicators import Target
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi_goals import Goals
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, QueueId
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.office import SetClock
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")
DAY = date(2026, 3, 2)


def closed_call(nth: int, payload: dict[str, Any]) -> Event:
    ids: dict[str, Any] = {"campaign_id": "norte", "lead_id": nth, "attempt_id": f"{nth:032x}"}
    return event(EventKind.ATTEMPT_CLOSED, at(nth * 60 + 9), payload=payload, **ids)


async def three_calls(store: Store) -> Figures:
    said = (("Kia", True, ""), ("Kia", False, "busy"), ("Mazda", False, "no_answer"))
    for n, (brand, contact, reason) in enumerate(said):
        payload = {
            "result": "connected", "placed_at": at(n * 60).isoformat(), "contact": contact, "effective": contact,
            "success": False, "reason": reason, "brand": brand,
        }  # fmt: skip
        await store.outbox.append(closed_call(n, payload))
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    return Figures(store.kpi, BOGOTA, {"effectiveness": Target(good=0.3)})


async def test_a_brand_is_told_apart_by_its_reasons_and_days(store: Store) -> None:
    figures = await three_calls(store)
    asked = Question(first=DAY, last=DAY, by=Split.REASON, where=(Split.BRAND, "Kia"))
    answers = await figures.ask(["no_contact"], asked)
    assert [(each.group, each.value) for each in answers["no_contact"].figures] == [("busy", 1.0)]
    by_day = Question(first=DAY, last=DAY, by=Split.DAY, where=(Split.BRAND, "Kia"))
    answers = await figures.ask(["effectiveness", "calls_made"], by_day)
    assert answers["effectiveness"].figures[0].counts == {Measure.EFFECTIVE: 1, Measure.CALLS_MADE: 2}
    assert [each.value for each in answers["calls_made"].figures] == [2.0]


async def test_what_was_never_recorded_is_said_to_be_lacking_and_not_zero(store: Store) -> None:
    figures = await three_calls(store)
    answers = await figures.ask(["retention", "effectiveness"], Question(first=DAY, last=DAY))
    assert answers["retention"].lacking and not answers["retention"].figures
    assert answers["effectiveness"].target == Target(good=0.3)


async def test_a_list_of_last_month_is_swept_in_this(store: Store) -> None:
    imported = event(EventKind.CAMPAIGN_IMPORTED, at(-30 * 86400), campaign_id="norte", payload={"added": 12})
    await store.outbox.append(imported)
    figures = await three_calls(store)
    answers = await figures.ask(["penetration", "calls_made"], Question(first=DAY, last=DAY))
    assert answers["penetration"].figures[0].counts == {Measure.LEADS_TRIED: 3, Measure.LEADS: 12}
    assert list(answers) == ["penetration", "calls_made"]
    with pytest.raises(InputError, match="penetration is not told apart by day"):
        await figures.ask(["penetration"], Question(first=DAY, last=DAY, by=Split.DAY))


async def test_of_a_scope_that_is_not_its_own_it_has_no_answer(store: Store) -> None:
    asked = Question(first=DAY, last=DAY, scope=Scope.CAMPAIGN, of="norte")
    with pytest.raises(InputError, match="service_level is not told apart by campaign"):
        await Figures(store.kpi, BOGOTA, {}).ask(["service_level"], asked)


async def test_who_has_been_ready_since_nine_has_been_so_until_now(store: Store) -> None:
    moves = [event(EventKind.AGENT_STATE, at(seconds), agent_id="ana", payload={"state": state, "reason": ""})
             for seconds, state in ((0, "busy"), (600, "ready"))]  # fmt: skip
    await store.outbox.append(*moves)
    await three_calls(store)
    figures = Figures(store.kpi, BOGOTA, {}, SetClock(at(2400)))
    for by in (None, Split.AGENT, Split.HOUR, Split.DAY):
        answers = await figures.ask(["occupancy"], Question(first=DAY, last=DAY, by=by))
        assert [each.value for each in answers["occupancy"].figures] == [600 / 2400], by
    tomorrow = DAY + timedelta(days=1)
    answers = await figures.ask(["signed_in_time"], Question(first=tomorrow, last=tomorrow))
    assert answers["signed_in_time"].figures[0].value == 0


async def test_an_agents_very_first_state_counts_before_it_is_over(store: Store) -> None:
    ready = event(EventKind.AGENT_STATE, at(0), agent_id="ana", payload={"state": "ready", "reason": ""})
    await store.outbox.append(ready)
    await three_calls(store)
    figures = Figures(store.kpi, BOGOTA, {}, SetClock(at(90)))
    answers = await figures.ask(["signed_in_time"], Question(first=DAY, last=DAY, by=Split.AGENT))
    assert [(each.group, each.value) for each in answers["signed_in_time"].figures] == [("ana", 90.0)]


async def test_of_one_campaign_or_queue_its_own_promise_is_the_target(store: Store) -> None:
    now = at(0)
    file = CAMPAIGN_FILE.replace("id: mantenimiento", "id: norte") + "abandonment: {limit: 1 %}\n"
    await store.campaigns.create(CampaignId("norte"), "Norte", file, now)
    await store.queues.put(QueueId("soporte"), QUEUE_FILE, now)
    figures = Figures(store.kpi, BOGOTA, {"service_level": Target(good=0.5)}, goals=Goals(store))
    for of, name, good in ((Scope.CAMPAIGN, "abandonment", 0.01), (Scope.QUEUE, "service_level", 0.8)):
        whose = "norte" if of is Scope.CAMPAIGN else "soporte"
        answers = await figures.ask([name], Question(first=DAY, last=DAY, scope=of, of=whose))
        assert answers[name].target.good == good
        answers = await figures.ask([name], Question(first=DAY, last=DAY, scope=of, of="nobody"))
        assert answers[name].target == figures.target(answers[name].indicator)


@pytest.mark.parametrize(
    ("name", "by", "said"),
    [("service_level", Split.BRAND, "not told apart by brand"), ("nada", None, "There is no indicator 'nada'")],
)
async def test_a_question_that_has_no_answer_is_refused(store: Store, name: str, by: Split | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        await Figures(store.kpi, BOGOTA, {}).ask([name], Question(first=DAY, last=DAY, by=by))


async def test_of_one_agent_a_survey_is_not_told_apart_by_queue_where_callers_are(store: Store) -> None:
    figures = Figures(store.kpi, BOGOTA, {})
    asked = Question(first=DAY, last=DAY, by=Split.QUEUE, where=(Split.AGENT, "ana"))
    with pytest.raises(InputError, match="csat is not told apart by agent and queue at once"):
        await figures.ask(["csat"], asked)
    assert list(await figures.ask(["answered"], asked)) == ["answered"]


async def test_of_one_queue_a_survey_has_the_rows_that_its_figure_was_made_of(store: Store) -> None:
    for nth, (queue, agent) in enumerate((("soporte", "ana"), ("soporte", "luis"), ("ventas", "ana"))):
        payload = {"survey": "pos", "sitting_id": f"s{nth}", "outcome": "finished", "queue": queue, "agent": agent,
                   "scores": [{"figure": "csat", "value": 5, "satisfied": True}]}  # fmt: skip
        await store.outbox.append(event(EventKind.SURVEY_ENDED, at(nth), payload=payload))
    joined = event(EventKind.CALLER_CLOSED, at(9), call_id="c", payload={"queue": "soporte", "outcome": "answered"})
    await store.outbox.append(joined)
    figures = await three_calls(store)
    of = Question(first=DAY, last=DAY, scope=Scope.QUEUE, of="soporte")
    for by in (None, Split.DAY, Split.MONTH, Split.SURVEY):
        assert (await figures.ask(["csat"], replace(of, by=by)))["csat"].figures[0].counts[Measure.CSAT_ANSWERS] == 2
    for by in (Split.HOUR, Split.AGENT, Split.SERVICE, Split.QUEUE):
        with pytest.raises(InputError, match=f"csat is not told apart by queue and {by} at once"):
            await figures.ask(["csat"], replace(of, by=by))
    with pytest.raises(InputError, match="csat is not told apart by agent and queue at once"):
        await figures.ask(["csat"], replace(of, where=(Split.AGENT, "ana")))
    of_survey = replace(of, scope=Scope.SURVEY, of="pos", by=Split.QUEUE)
    apart = (await figures.ask(["csat"], of_survey))["csat"].figures
    assert {each.group: each.counts[Measure.CSAT_ANSWERS] for each in apart} == {"soporte": 2, "ventas": 1}
    behind = Behind(
        measures=frozenset({Measure.CSAT_ANSWERS, Measure.OFFERED}), first=DAY, last=DAY, scope=Scope.QUEUE,
        of="soporte",
    )  # fmt: skip
    rows, _ = await store.kpi_rows.page(behind, BOGOTA, None, 10)
    assert [row.id for row in rows] == ["c", "s1", "s0"]
    rows, _ = await store.kpi_rows.page(replace(behind, where={Split.AGENT: "ana"}), BOGOTA, None, 10)
    assert [row.id for row in rows] == ["s0"]


async def test_a_brand_that_lists_write_in_several_ways_is_one_as_it_was_written_first(store: Store) -> None:
    told = {"result": "no_answer", "placed_at": at(0).isoformat(), "reason": "no_answer"}
    longest = "Mazda " * 20
    for nth, brand in enumerate(("Kia", "KIA", " kia  ", longest, "Kia")):
        payload = {**told, "brand": brand}
        await store.outbox.append(closed_call(nth, payload))
        if nth in (1, 4):  # two batches
            while await store.outbox.number():
                pass
            await store.kpi.ingest(BOGOTA)
    figures = Figures(store.kpi, BOGOTA, {})
    day = Question(first=DAY, last=DAY)
    apart = (await figures.ask(["calls_made"], replace(day, by=Split.BRAND)))["calls_made"].figures
    assert {each.group: each.value for each in apart} == {"Kia": 4, longest[:80].strip(): 1}
    for written, calls in (("Kia", 4), ("kIA", 4), ("  KIA ", 4), (longest.upper(), 1)):
        (one,) = (await figures.ask(["calls_made"], replace(day, where=(Split.BRAND, written))))["calls_made"].figures
        assert one.value == calls
    rows, _ = await store.kpi_rows.page(
        Behind(measures=frozenset({Measure.CALLS_MADE}), first=DAY, last=DAY, where={Split.BRAND: "KIA"}),
        BOGOTA, None, 10,
    )  # fmt: skip
    assert [row.splits[Split.BRAND] for row in rows] == ["Kia"] * 4
