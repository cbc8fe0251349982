"""People who ask to be erased."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Flag, Line
from cti_api.erasing import Eraser
from cti_api.evidence.kept import what_is_kept
from cti_api.store.erasures import Erased
from cti_api.store.held import HELD
from cti_api.web.evidence import Who, person_told
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/privacy", tags=["privacy"])

_TITLES = {held.table.name: held.title for held in reversed(HELD)}


class Asked(Who):
    """Who is erased, and what the audit keeps of it."""

    by: Annotated[Line, Field(min_length=1)]
    """Who carries it out."""
    reason: Annotated[Line, Field(min_length=1)]
    """Why; without the person's name or number."""
    dry_run: Flag = False
    """Only told: nothing is changed."""


class LostKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Annotated[Line, Field(min_length=1)]
    reason: Annotated[Line, Field(min_length=1)]


class LetGo(BaseModel):
    numbers: int
    """Numbers that were known as erased and are not any more."""


class Rows(BaseModel):
    table: str
    title: str
    """Spanish."""
    rows: int


class Done(BaseModel):
    """What was erased, or would be."""

    erasure_id: str
    """Empty where nothing was left to erase, and for a dry run."""
    dry_run: bool
    person: dict[str, Any]
    """As in the evidence; said here for the last time."""
    rows: tuple[Rows, ...]
    recordings: int
    appointments: int
    """Still ahead: they are cancelled."""
    finished: bool
    """False: something is still to be done on the disk, at the next erasure or start."""
    kept: tuple[str, ...]
    """What is kept and why, and what cannot be reached: sentences in Spanish."""
    store_folder: str
    """Where the store's files are, for whoever wants to look into them; empty for a server's."""


class Audit(BaseModel):
    erasure_id: str
    at: datetime
    by: str
    reason: str
    rows: dict[str, int]
    numbers: int
    recordings: int
    finished_at: datetime | None


@router.post("/erasures")
async def erase(asked: Asked, handed: Everything) -> Done:
    """Erase a person. The calls stay, as nobody's; so do the audit and the keyed hash of each number."""
    erasures, now = handed.store.erasures, handed.clock.now()
    numbers = asked.numbers()
    if asked.dry_run:
        found = await erasures.look(asked.who, numbers, asked.by, asked.reason, now, everybody=asked.everybody)
        return _done(handed, found, dry_run=True, finished=False)
    found = await erasures.erase(asked.who, numbers, asked.by, asked.reason, now, everybody=asked.everybody)
    finished = await Eraser(handed.store, handed.recordings, handed.journal).carry_on(now)
    return _done(handed, found, dry_run=False, finished=finished)


@router.post("/lost-key")
async def lost_key(asked: LostKey, handed: Everything) -> LetGo:
    """The key of erased numbers is lost for good: forget who was erased, so that lists come in again."""
    return LetGo(numbers=await handed.store.erasures.let_go(asked.by, asked.reason, handed.clock.now()))


@router.get("/erasures")
async def audit(handed: Everything) -> list[Audit]:
    """Every erasure there was, the oldest first."""
    return [
        Audit(
            erasure_id=each.id,
            at=each.at,
            by=each.asked_by,
            reason=each.reason,
            rows=each.rows,
            numbers=each.numbers,
            recordings=each.files,
            finished_at=each.finished_at,
        )
        for each in await handed.store.erasures.all()
    ]


def _done(handed: Handed, found: Erased, *, dry_run: bool, finished: bool) -> Done:
    person = found.person
    kept = what_is_kept(found.id, len(person.attempts), len(person.numbers), found.opted_out, sorted(person.shared))
    return Done(
        erasure_id=found.id,
        dry_run=dry_run,
        person=person_told(person),
        rows=tuple(Rows(table=name, title=_TITLES[name], rows=rows) for name, rows in found.rows.items()),
        recordings=len(found.files),
        appointments=found.appointments,
        finished=finished,
        kept=tuple(kept) if found.id or dry_run else (),
        store_folder=str(handed.store_folder or ""),
    )
