"""What became of a call, told by whoever has to be sure that it is kept: once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cti_api.access.actors import Role
from cti_api.border import CallId, Line, Text
from cti_api.errors import Conflict, Fault, InputError, NotAllowed, StoreUnavailable
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.once import Once
from cti_api.store.attempt_life import BY_AGENT
from cti_api.store.dispositions import Said
from cti_api.web.access import act_of, also_say, known_of
from cti_api.web.doubles import Doubles
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/dispositions", tags=["attempts"])

KEY: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
"""In an answer: nothing was done now, it was done when the key came first."""
MOST_FIELDS: Final = 50

Key = Annotated[str, StringConstraints(pattern=r"^[!-~]{8,200}$")]
"""One of whoever asks, another for each disposition: a UUID does."""


class NewDisposition(BaseModel):
    """What became of a call; for one that has a disposition already, a correction."""

    model_config = ConfigDict(extra="forbid")

    attempt_id: CallId
    code: Annotated[Line, Field(min_length=1)]
    """Of the campaign's dispositions."""
    fields: Annotated[dict[Line, Text], Field(max_length=MOST_FIELDS)] = {}
    """What the campaign asks with it."""


class DispositionSaid(BaseModel):
    """A version of what became of a call. None ever changes; a correction is the next one, and the last one holds."""

    model_config = ConfigDict(from_attributes=True)

    attempt_id: str
    version: int
    """From 1."""
    code: str
    fields: dict[str, str]
    agent_id: str | None
    """Whose call it was."""
    source: str
    """``agent``: they said so themselves; else who did: ``person:sara``, ``key:crm``."""
    at: datetime


def _doubles(request: Request) -> Doubles:
    doubles: Doubles = request.app.state.doubles
    return doubles


@router.post("")
async def dispose(
    new: NewDisposition,
    request: Request,
    response: Response,
    handed: Everything,
    doubles: Annotated[Doubles, Depends(_doubles)],
    key: Annotated[Key, Header(alias=KEY)],
) -> DispositionSaid:
    """Set or correct what became of a call. 200 says that it is on the disk. Sent again with the same key it gets the
    same answer, with `Idempotency-Replayed`, for 7 days; so send it again until there is an answer. The same key with
    something else is refused (422), and what was refused may be sent again with its key once it is mended."""
    once = _once(new, request, key)
    async with doubles.one(f"{once.by} {once.key}"):
        if (done := await handed.store.dispositions.done(once)) is not None:
            act_of(request).done()  # long ago
            response.headers[REPLAYED] = "true"
            return _answer(once, done)
        agent_id = await _agent_of(handed, AttemptId(new.attempt_id))
        actor = known_of(request).actor
        if actor is not None and actor.role is Role.AGENT and actor.agent_id != agent_id:
            raise NotAllowed("This was another agent's call.")
        also_say(request, f"attempt_id={new.attempt_id} code={new.code}")
        await handed.dialer.dispose(agent_id, new.code, new.fields, AttemptId(new.attempt_id), once)
        done = await handed.store.dispositions.done(once)
        if done is None:
            raise StoreUnavailable("It is not on the disk yet: send it again, with the same key.")
        return _answer(once, done)


def _once(new: NewDisposition, request: Request, key: str) -> Once:
    actor = known_of(request).actor
    own = actor is not None and actor.role is Role.AGENT
    digest = hashlib.sha256(json.dumps(new.model_dump(), sort_keys=True).encode()).hexdigest()
    return Once(by=str(actor), key=key, digest=digest, source=BY_AGENT if own else str(actor))


async def _agent_of(handed: Handed, attempt_id: AttemptId) -> AgentId:
    for view in handed.dialer.agents():
        if view.attempt_id == attempt_id:
            return view.agent.id
    agent_id = (await handed.store.attempts.get(attempt_id)).agent_id
    if agent_id is None:
        raise Conflict(f"No agent was in the call {attempt_id}: there is nothing to say of it.")
    return agent_id


def _answer(once: Once, done: tuple[str, Said]) -> DispositionSaid:
    digest, said = done
    if digest != once.digest:
        fault = Fault(KEY, "came with another disposition before: each has a key of its own")
        raise InputError("This key is of something else.", [fault])
    return DispositionSaid.model_validate(said)
