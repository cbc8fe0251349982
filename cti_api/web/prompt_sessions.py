"""Recording prompts by telephone: sessions, whose codes are keyed there, and what was recorded so far."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cti_api.border import MAX_TEXT
from cti_api.campaign_file.values import sound
from cti_api.errors import Conflict, InputError
from cti_api.ivr_ports import PromptStudio
from cti_api.model.prompt_sessions import PromptSession, PromptState, SessionState, WantedPrompt
from cti_api.web.handed import Everything, Handed

router = APIRouter(tags=["prompts"])

MOST_PROMPTS: Final = 100
"""Of one session: more than anybody records in one call."""

SessionId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: Annotated[str, AfterValidator(sound)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]


class NewSession(BaseModel):
    model_config = ConfigDict(extra="forbid")

    prompts: Annotated[list[Wanted], Field(min_length=1, max_length=MOST_PROMPTS)]


class Taken(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    file: str
    text: str
    state: PromptState
    seconds: float | None


class Session(BaseModel):
    id: str
    code: str
    numbers: list[str]
    """Which may be dialled."""
    valid_until: datetime
    state: SessionState
    prompts: list[Taken]


class Recording(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    file: str
    at: datetime
    seconds: float | None


@router.post("/prompt-sessions", status_code=HTTPStatus.CREATED)
async def open_session(wanted: NewSession, handed: Everything) -> Session:
    """Who keys its code records these."""
    files = [each.file for each in wanted.prompts]
    if len({*files}) < len(files):
        raise InputError("A recording is named twice: name each once.")
    studio = _studio(handed)
    return _session(studio, studio.open([WantedPrompt(file=each.file, text=each.text) for each in wanted.prompts]))


@router.get("/prompt-sessions/{session}")
async def one_session(session: SessionId, handed: Everything) -> Session:
    """How far it is."""
    studio = _studio(handed)
    return _session(studio, studio.session(session))


@router.get("/recordings")
async def recordings(handed: Everything) -> list[Recording]:
    """What callers hear in place of a voice, under the names that trees have for it."""
    found = await handed.studio.recordings() if handed.studio is not None else ()
    return [Recording.model_validate(each) for each in found]


def _studio(handed: Handed) -> PromptStudio:
    if handed.studio is None:
        raise Conflict("This Vocero answers no calls: record where its callers are answered.")
    return handed.studio


def _session(studio: PromptStudio, session: PromptSession) -> Session:
    return Session(
        id=session.id,
        code=session.code,
        numbers=list(studio.numbers),
        valid_until=session.valid_until,
        state=session.state,
        prompts=[Taken.model_validate(each) for each in session.prompts],
    )
