"""The page of a survey's results, from its answers, and the indicators, from events, are the same numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from cti_api.clock import SystemClock
from cti_api.figures import Figures, Question
from cti_api.kpi.facts import Scope
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.surveys import SurveyFigures, figures_of
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.model.events import EventKind
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import Action, Answer, AnsweredBy, FollowedUp, NewInvitation, NewSitting, Outcome, SurveyId
from cti_api.store.store import Store
from cti_api.store.survey_results import Split as ResultSplit
from cti_api.survey_file.parse import parse_survey
from tests.support.store import T0, at, number

BOGOTA = ZoneInfo("America/Bogota")
SURVEY = SurveyId("satisfaccion")
DAY, WEEK = 86_400.0, 7 * 86_400.0
FILE = """\
id: satisfaccion
title: Satisfacción
timezone: America/Bogota
within: 5 d
greeting: Buen día.
thanks: Gracias.
questions:
  - {id: nota, kind: scale, ask: "¿Qué nota?", from: 1, to: 5, figure: csat, satisfied_from: 4}
  - {id: recomienda, kind: scale, ask: "¿Nos recomienda?", from: 0, to: 10, figure: nps}
  - {id: facilidad, kind: scale, ask: "¿Qué tan fácil?", from: 1, to: 7, figure: ces}
  - {id: motivo, kind: yes_no, ask: "¿Fue puntual?"}
"""
HIGHEST = {"nota": 5, "recomienda": 10, "facilidad": 7}
AREA = FollowedUp(trigger="reclamo", action=Action.AREA, question="nota", owner="calidad", due_at=at(DAY))


@pytest.fixture
async def store(url: str, tmp_path: Path) -> Any:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "erasure.key") as opened:
        await opened.surveys.publish(SURVEY, "Satisfacción", FILE, T0)
        yield opened


async def lived(store: Store, random: Random) -> list[PhoneNumber]:
    """Weeks of people who are asked, in every way it may go; those whom somebody invited."""
    services, agents = ("reparación", "  instalación\tnueva", ""), ("ana", "Luis Pérez", "")
    people = []
    for n in range(24):
        when = random.uniform(0, 2 * WEEK)
        whom = {"service": random.choice(services), "queue": random.choice(("ventas", ""))}
        invitation_id = None
        if random.random() < 0.7:
            people.append(number(n))
            new = NewInvitation(
                key=f"OT-{n}", name=f"Zoraida {n}", phone=number(n), service_at=at(when), agent=random.choice(agents),
                **whom,
            )  # fmt: skip
            invitation_id = (await store.surveys.invite(SURVEY, new, 5 * DAY, at(when)))[0].id
        for call in range(random.choice((0, 1, 1, 2)) if invitation_id is not None else 1):
            began = at(when + DAY * call + 60)
            asked = {} if invitation_id is not None else whom
            sitting = await store.sittings.begin(
                NewSitting(survey_id=SURVEY, invitation_id=invitation_id, **asked), began
            )
            outcome = random.choice(tuple(Outcome))
            answers = [] if outcome in (Outcome.SILENT, Outcome.REFUSED) else answered(random)
            if sitting.answers or answers:
                outcome = outcome if outcome is Outcome.FINISHED else Outcome.PARTIAL
            await store.sittings.keep(sitting.id, began, answers, [AREA] if answers else [], outcome)
            if outcome in (Outcome.FINISHED, Outcome.REFUSED):
                break
    await store.surveys.expire(at(2 * WEEK))
    return people


def answered(random: Random) -> list[Answer]:
    asked = random.sample(sorted(HIGHEST), random.randint(1, 3))
    scores = {each: random.randint(1, HIGHEST[each]) for each in asked}
    return [
        Answer(question=each, value=str(score), score=float(score), by=AnsweredBy.KEY) for each, score in scores.items()
    ]


async def figures(store: Store) -> Figures:
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    return Figures(store.kpi, BOGOTA, {})


async def page(store: Store, split: ResultSplit | None = None) -> dict[str, SurveyFigures]:
    first = at(0).astimezone(BOGOTA).replace(hour=0, minute=0)
    counted, asked = await store.survey_results.counted(SURVEY, first, at(5 * WEEK), split)
    return {each.group: each for each in figures_of(parse_survey(FILE), counted, asked)}


async def shown(store: Store, by: Split | None = None) -> dict[str, dict[str, float]]:
    """By group, each indicator that has a value."""
    asked = Question(first=date(2026, 3, 2), last=date(2026, 4, 5), by=by, scope=Scope.SURVEY, of=SURVEY)
    answers = await (await figures(store)).ask(["response_rate", "csat", "nps", "ces"], asked)
    found: dict[str, dict[str, float]] = {}
    for name, answer in answers.items():
        for each in answer.figures:
            if each.value is not None:
                found.setdefault(each.group, {})[name] = pytest.approx(each.value)
    return found


def on_the_page(results: dict[str, SurveyFigures]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for group, each in results.items():
        values = {question.figure.value: question.value for question in each.questions if question.figure is not None}
        values["response_rate"] = each.response_rate
        found[group] = {name: value for name, value in values.items() if value is not None}
    return {group: values for group, values in found.items() if values}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_page_and_the_indicators_say_the_same(store: Store, seed: int) -> None:
    people = await lived(store, Random(seed))
    assert on_the_page(await page(store)) == await shown(store)
    by_service = on_the_page(await page(store, ResultSplit.SERVICE))
    by_service.pop("", None)  # of no kind of service, no indicator has a row
    assert by_service == await shown(store, Split.SERVICE)
    before = await shown(store)
    await store.erasures.erase("", [people[0].e164], "sara", "lo pidió", at(3 * WEEK))
    assert on_the_page(await page(store)) == await shown(store)
    await store.kpi.rebuild()
    while await store.kpi.empty(100):
        pass
    assert on_the_page(await page(store)) == await shown(store)
    assert before.keys() == (await shown(store)).keys()


@pytest.mark.parametrize("seed", [1, 2])
async def test_prometheus_observes_each_answer_once_however_often_a_conversation_ends(store: Store, seed: int) -> None:
    await lived(store, Random(seed))
    asked = Question(first=date(2026, 3, 2), last=date(2026, 4, 5), scope=Scope.SURVEY, of=SURVEY)
    answers = await (await figures(store)).ask(["csat", "nps", "ces"], asked)
    registry = CollectorRegistry()
    observer = Observer(Families(registry))
    for each in await store.outbox.since(0):
        observer.happened(each)
    for name, whole in (("csat", Measure.CSAT_ANSWERS), ("nps", Measure.NPS_ANSWERS), ("ces", Measure.CES_ANSWERS)):
        of = {"survey": SURVEY, "figure": name}
        assert registry.get_sample_value("vocero_survey_score_count", of) == answers[name].figures[0].counts[whole]
    total = registry.get_sample_value("vocero_survey_score_sum", {"survey": SURVEY, "figure": "ces"})
    assert total == answers["ces"].figures[0].counts[Measure.CES_TOTAL]


async def test_an_end_says_how_the_one_before_was_and_what_was_answered_since(store: Store) -> None:
    new = NewInvitation(key="OT-1", name="Zoraida", phone=number(1), service_at=at(0))
    invited = (await store.surveys.invite(SURVEY, new, 5 * DAY, at(5)))[0]
    ends: list[tuple[float, str, int | None, Outcome]] = [
        (10, "", None, Outcome.SILENT), (20, "nota", 5, Outcome.PARTIAL), (30, "recomienda", 9, Outcome.PARTIAL),
        (40, "facilidad", 7, Outcome.FINISHED),
    ]  # fmt: skip
    for when, question, score, outcome in ends:
        sitting = await store.sittings.begin(NewSitting(survey_id=SURVEY, invitation_id=invited.id), at(when))
        assert sitting.ended_at is None
        given = [Answer(question=question, value=str(score), score=float(score), by=AnsweredBy.KEY)] if score else []
        await store.sittings.keep(sitting.id, at(when), given, outcome=outcome)
    told = [each.payload for each in await store.outbox.number() if each.kind is EventKind.SURVEY_ENDED]
    assert [each["outcome_before"] for each in told] == [None, "silent", "partial", "partial"]
    assert [[score["new"] for score in each["scores"]] for each in told] == [
        [], [True], [False, True], [False, False, True],
    ]  # fmt: skip


async def test_who_is_erased_while_they_are_asked_was_asked(store: Store) -> None:
    await lived(store, Random(4))
    new = NewInvitation(key="OT-99", name="Zoraida", phone=number(99), service_at=at(0))
    invited = (await store.surveys.invite(SURVEY, new, 5 * WEEK, at(5)))[0]
    sitting = await store.sittings.begin(NewSitting(survey_id=SURVEY, invitation_id=invited.id), at(9))
    await store.sittings.keep(sitting.id, at(9), answered(Random(1)))
    await store.erasures.erase("", [number(99).e164], "sara", "lo pidió", at(99))
    assert on_the_page(await page(store)) == await shown(store)


async def test_what_an_area_has_to_see_to_is_a_case_until_it_has(store: Store) -> None:
    sitting = await store.sittings.begin(NewSitting(survey_id=SURVEY, service="reparación"), at(0))
    for _ in range(2):
        await store.sittings.keep(
            sitting.id, at(60), [], [AREA, FollowedUp(trigger="x", action=Action.TRANSFER, question="nota")]
        )
        await store.survey_cases.finish(sitting.id, "reclamo", "sara", at(3660))
    told = [
        each for each in await store.outbox.number() if each.kind in (EventKind.CASE_OPENED, EventKind.CASE_RESOLVED)
    ]
    assert [(each.kind, each.payload["owner"]) for each in told] == [
        ("case.opened", "calidad"),
        ("case.resolved", "calidad"),
    ]
    asked = Question(first=date(2026, 3, 2), last=date(2026, 3, 2), by=Split.SERVICE)
    answers = await (await figures(store)).ask(["efficacy", "timeliness", "resolution_time"], asked)
    assert {name: [(each.group, each.value) for each in answer.figures] for name, answer in answers.items()} == {
        "efficacy": [("reparación", 1.0)],
        "timeliness": [("reparación", 1.0)],
        "resolution_time": [("reparación", 3600.0)],
    }
