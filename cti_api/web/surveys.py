"""Surveys: their files, who is to be asked, what was answered, and what it comes to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from cti_api.border import CallId, Instant, Line, Number, Slug
from cti_api.errors import Conflict, Fault, InputError
from cti_api.kpi.surveys import GOOD_FROM, CaseFigures, SurveyFigures, figures_of
from cti_api.model.surveys import (
    Action,
    AnsweredBy,
    Invitation,
    InvitationState,
    NewInvitation,
    Outcome,
    SittingId,
    Survey,
    SurveyId,
)
from cti_api.store.survey_results import Split
from cti_api.store.surveys import StoredSurvey
from cti_api.survey_file.parse import parse_survey
from cti_api.web import paging
from cti_api.web.handed import Everything, Handed
from cti_api.web.media import YAML, FileText, takes
from cti_api.web.sound import DESCRIBED, Range, Sound, sound

router = APIRouter(tags=["surveys"])

MOST_ROWS: Final = 500
"""Services of one request."""
BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CASES: Final = TypeAdapter(CaseFigures)
_FIGURES: Final = TypeAdapter(tuple[SurveyFigures, ...])

Named = Annotated[Line, Field(min_length=1)]
Code = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,39}$")]


class SurveyLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    version: int
    """How often its file was replaced, from 1."""
    created_at: datetime


class Service(BaseModel):
    """A service was completed."""

    model_config = ConfigDict(extra="forbid")

    key: Named
    """Your own for the service, such as an order's number: told twice, it is asked about once."""
    phone: Number
    service_at: Instant
    """When it was completed; the survey's `within` counts from here."""
    name: Line = ""
    service: Line = ""
    """Kind of service, by which results can be told apart."""
    agent: Line = ""
    queue: Line = ""
    person_key: Line = ""
    """Your own for the person."""
    source: Literal["api", "command", "file"] = "api"


class ServiceRow(Service):
    line: Annotated[int, Field(ge=0, le=2**31)] = 0


class Services(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rows: Annotated[tuple[ServiceRow, ...], Field(max_length=MOST_ROWS)]


class InvitationLine(BaseModel):
    id: int
    survey_id: str
    key: str
    name: str
    phone: str
    service_at: datetime
    service: str
    agent: str
    queue: str
    deadline: datetime
    state: InvitationState
    state_since: datetime
    tries: int
    lead_id: int | None
    """By which the person is called."""
    new: bool = False
    """Made by this request."""


class RowAnswer(BaseModel):
    line: int
    invitation_id: int | None
    new: bool
    reason: str
    """Why nobody is invited; empty where somebody is."""


class AnswerLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    question: str
    value: str
    score: float | None
    by: AnsweredBy
    heard: str
    confidence: float | None
    recording: str
    seconds: float


class FollowedLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    trigger: str
    action: Action
    question: str
    owner: str
    due_at: datetime | None
    queue: str


class CaseLine(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sitting_id: str
    survey_id: str
    trigger: str
    action: Action
    question: str
    owner: str
    name: str
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    done_by: str


class DoneBy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Named


class SittingLine(BaseModel):
    """One person's answers, for whoever sees to what follows."""

    id: str
    survey_id: str
    version: int
    invitation_id: int | None
    lead_id: int | None
    attempt_id: str | None
    agent: str
    queue: str
    service: str
    began_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    name: str
    phone: str
    """Of the invitation; empty where the sitting has none."""
    answers: tuple[AnswerLine, ...]
    followed: tuple[FollowedLine, ...]


@router.get("/surveys")
async def surveys(handed: Everything) -> list[SurveyLine]:
    """Every survey, by name."""
    return [SurveyLine.model_validate(each) for each in await handed.store.surveys.all()]


@router.put("/surveys/{survey_id}", openapi_extra=takes(YAML))
async def publish(survey_id: Slug, request: Request, handed: Everything) -> SurveyLine:
    """A new survey, or another version of it; whoever is being asked is asked by the version they began with."""
    text = _text(await request.body())
    survey = parse_survey(text)
    if survey.id != survey_id:
        raise InputError("The file is another survey's.", [Fault("id", f"is {survey.id}, not {survey_id}")])
    stored = await handed.store.surveys.publish(survey.id, survey.title, text, handed.clock.now())
    return SurveyLine.model_validate(stored)


@router.get("/surveys/{survey_id}/file")
async def survey_file(
    survey_id: Slug, handed: Everything, version: Annotated[int | None, Query(ge=1, le=2**31)] = None
) -> FileText:
    """The file as it was uploaded."""
    return FileText(text=(await handed.store.surveys.get(SurveyId(survey_id), version)).text)


@router.post("/surveys/{survey_id}/invitations", status_code=201)
async def invite(survey_id: Slug, told: Service, handed: Everything, response: Response) -> InvitationLine:
    """Somebody is to be asked about a service that was completed; 200 for one that is known, which stays as it was."""
    survey = await _survey(handed, survey_id)
    made, new = await handed.store.surveys.invite(survey.id, _new(told), survey.within_seconds, handed.clock.now())
    if not new:
        response.status_code = 200
    return _line(made, new=new)


@router.post("/surveys/{survey_id}/invitations/rows")
async def invite_many(survey_id: Slug, told: Services, handed: Everything) -> list[RowAnswer]:
    """As one by one; every row is answered, and one that fails undoes no other."""
    survey = await _survey(handed, survey_id)
    answers = []
    for row in told.rows:
        try:
            made, new = await handed.store.surveys.invite(
                survey.id, _new(row), survey.within_seconds, handed.clock.now()
            )
            answers.append(RowAnswer(line=row.line, invitation_id=made.id, new=new, reason=""))
        except Conflict as error:
            answers.append(RowAnswer(line=row.line, invitation_id=None, new=False, reason=str(error)))
    return answers


@router.get("/surveys/{survey_id}/invitations")
async def invitations(
    survey_id: Slug,
    handed: Everything,
    request: Request,
    response: Response,
    state: InvitationState | None = None,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[InvitationLine]:
    """In the order in which they came."""
    await handed.store.surveys.get(SurveyId(survey_id))
    (last,) = paging.mark_of(after, (int,)) or (0,)
    found = await handed.store.surveys.invitations(SurveyId(survey_id), state, last, limit + 1)
    return [_line(each) for each in paging.with_next(request, response, found, limit, lambda each: (each.id,))]


@router.get("/survey-cases")
async def cases(
    handed: Everything,
    survey: Slug | None = None,
    owner: Line = "",
    done: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[CaseLine]:
    """What areas have to see to, the one due first first; with `done` everything, the newest first."""
    found = await handed.store.survey_cases.all(SurveyId(survey) if survey else None, owner, done=done, most=limit)
    return [CaseLine.model_validate(each) for each in found]


@router.post("/survey-cases/{sitting_id}/{trigger}/done")
async def case_done(sitting_id: CallId, trigger: Code, said: DoneBy, handed: Everything) -> CaseLine:
    """Somebody saw to it; a second time changes nothing."""
    done = await handed.store.survey_cases.finish(SittingId(sitting_id), trigger, said.by, handed.clock.now())
    return CaseLine.model_validate(done)


@router.get("/surveys/{survey_id}/results")
async def results(
    survey_id: Slug,
    handed: Everything,
    by: Split | None = None,
    first: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
) -> dict[str, Any]:
    """What the answers come to (`cti_api.kpi.surveys` has the formulas), of all or told apart; of sittings that began,
    and invitations that were made, in this stretch of time."""
    stored = await handed.store.surveys.get(SurveyId(survey_id))
    now = handed.clock.now()
    within = (first or BEFORE_ALL, until or now)
    counted, asked = await handed.store.survey_results.counted(stored.id, *within, by)
    cases = await handed.store.survey_cases.figures(stored.id, *within, now)
    figures = figures_of(parse_survey(stored.text), counted, asked)
    return {
        "survey": SurveyLine.model_validate(stored).model_dump(mode="json"),
        "by": by,
        "good_from": GOOD_FROM,
        "cases": _CASES.dump_python(cases, mode="json"),
        "groups": _FIGURES.dump_python(figures, mode="json"),
    }


@router.get("/sittings/{sitting_id}")
async def sitting(sitting_id: CallId, handed: Everything) -> SittingLine:
    """What one person answered, and what follows from it."""
    found = await handed.store.sittings.get(SittingId(sitting_id))
    followed = await handed.store.sittings.followed(found.id)
    invited = await handed.store.surveys.invitation(found.invitation_id) if found.invitation_id is not None else None
    return SittingLine(
        id=found.id,
        survey_id=found.survey_id,
        version=found.version,
        invitation_id=found.invitation_id,
        lead_id=found.lead_id,
        attempt_id=found.attempt_id,
        agent=found.agent,
        queue=found.queue,
        service=found.service,
        began_at=found.began_at,
        ended_at=found.ended_at,
        outcome=found.outcome,
        name=invited.name if invited else "",
        phone=invited.phone.e164 if invited and invited.phone else "",
        answers=tuple(AnswerLine.model_validate(each) for each in found.answers),
        followed=tuple(FollowedLine.model_validate(each) for each in followed),
    )


@router.head("/sittings/{sitting_id}/comments/{question}", response_class=Sound, responses=DESCRIBED)
@router.get("/sittings/{sitting_id}/comments/{question}", response_class=Sound, responses=DESCRIBED)
async def comment(sitting_id: CallId, question: Code, handed: Everything, wanted: Range = None) -> Sound:
    """The sound of a comment, or a range of it."""
    name = await handed.store.survey_comments.recording(SittingId(sitting_id), question)
    return await sound(handed.recordings, name, wanted, f"the comment {question} of {sitting_id}")


async def _survey(handed: Handed, survey_id: str) -> Survey:
    stored: StoredSurvey = await handed.store.surveys.get(SurveyId(survey_id))
    return parse_survey(stored.text)


def _new(told: Service) -> NewInvitation:
    return NewInvitation(
        key=told.key,
        name=told.name,
        phone=told.phone,
        service_at=told.service_at,
        service=told.service,
        agent=told.agent,
        queue=told.queue,
        person_key=told.person_key,
        source=told.source,
    )


def _line(found: Invitation, *, new: bool = False) -> InvitationLine:
    return InvitationLine(
        id=found.id,
        survey_id=found.survey_id,
        key=found.key,
        name=found.name,
        phone=found.phone.e164 if found.phone else "",
        service_at=found.service_at,
        service=found.service,
        agent=found.agent,
        queue=found.queue,
        deadline=found.deadline,
        state=found.state,
        state_since=found.state_since,
        tries=found.tries,
        lead_id=found.lead_id,
        new=new,
    )


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InputError("The survey file is not UTF-8.", [Fault("", "save it as UTF-8", line)]) from None
