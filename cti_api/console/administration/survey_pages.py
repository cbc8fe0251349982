"""Surveys: what people answered, what areas have to see to because of it, and the file by which they are asked."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.border import CallId, Slug
from cti_api.console.administration.frame import administration
from cti_api.errors import NotFound
from cti_api.model.surveys import SurveyId
from cti_api.store.survey_results import Split
from cti_api.survey_file.parse import parse_survey
from cti_api.web.handed import Everything
from cti_api.web.surveys import results, sitting

router = APIRouter(prefix="/administracion/encuestas", include_in_schema=False)

MOST_CASES: Final = 200


@router.get("")
async def surveys(request: Request, handed: Everything) -> Response:
    """All of them, and a form for another."""
    return administration(request, "surveys", surveys=await handed.store.surveys.all())


@router.get("/{survey_id}")
async def survey(
    survey_id: Slug,
    request: Request,
    handed: Everything,
    por: Split | None = None,
    desde: str = "",
    hasta: str = "",
    todos: bool = False,
) -> Response:
    """One: its results, of all or told apart, in days of its own clock; its cases; and its file, as it is asked now."""
    stored = await handed.store.surveys.get(SurveyId(survey_id))
    zone = ZoneInfo(parse_survey(stored.text).timezone)
    first, until = _beginning(desde, zone), _beginning(hasta, zone)
    return administration(
        request,
        "surveys",
        "survey",
        survey=stored,
        found=await results(survey_id, handed, por, first, until),
        cases=await handed.store.survey_cases.all(stored.id, done=todos, most=MOST_CASES),
        splits=tuple(Split),
        asked={"por": por, "desde": desde if first else "", "hasta": hasta if until else "", "todos": todos},
        now=handed.clock.now(),
    )


@router.get("/{survey_id}/respuestas/{sitting_id}")
async def answers(survey_id: Slug, sitting_id: CallId, request: Request, handed: Everything) -> Response:
    """What one person answered, and what follows from it."""
    found = await sitting(sitting_id, handed)
    if found.survey_id != survey_id:
        raise NotFound(f"There is no sitting {sitting_id} of the survey {survey_id}.")
    asked = parse_survey((await handed.store.surveys.get(SurveyId(survey_id), found.version)).text)
    titles = {question.id: question.title for question in asked.questions}
    return administration(request, "surveys", "sitting", sitting=found, survey=asked, titles=titles)


def _beginning(day: str, zone: ZoneInfo) -> datetime | None:
    """When that day begins; None for what is no day."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=zone)
    except ValueError:
        return None
