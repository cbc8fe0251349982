"""Public lists of people who do not want to be contacted: copies come in by the batch and count once whole."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Instant, Line, Number
from cti_api.errors import Fault, InputError
from cti_api.law.registry_file import LONGEST_LINE, RefusedLine, RegistryEntry, read_registry
from cti_api.law.terms import Channel
from cti_api.numbers.phones import is_region
from cti_api.store.registries import BATCH, RegistryCopy
from cti_api.web.handed import Everything

router = APIRouter(prefix="/registries", tags=["public lists"])

CLOCKS_APART: Final = timedelta(minutes=5)
"""A copy may have been taken so much later than it is here: clocks differ."""

Id = Annotated[int, Field(ge=1, le=2**53)]


class NewCopy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    registry: Annotated[Line, Field(min_length=1, max_length=40)]
    """As the packs of rules call it, such as ``RNE``."""
    taken_at: Instant
    """When the list was consulted: how fresh the copy is."""


class Begun(BaseModel):
    copy_id: int


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Number
    channels: tuple[Channel, ...] = ()
    """On which the person does not want to be contacted; none: on any."""
    since: Instant | None = None


class Entries(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entries: Annotated[tuple[Entry, ...], Field(max_length=BATCH)]


class SomeLines(BaseModel):
    """A piece of a copy as it came, a line each (`cti_api.law.registry_file`)."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[tuple[Annotated[str, Field(max_length=LONGEST_LINE)], ...], Field(max_length=BATCH)]
    """A longer line is of another kind of file; its beginning will do, to be refused."""
    first: Annotated[int, Field(ge=1, le=2**31)] = 1
    """Place of the first of them in the file."""
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CO"
    """Country of numbers that name none."""


class EntryRead(BaseModel):
    number: str
    channels: tuple[Channel, ...]
    since: datetime | None


class LineRefused(BaseModel):
    line: int
    reason: str


class LinesRead(BaseModel):
    entries: list[EntryRead]
    refused: list[LineRefused]
    """Lines that name nobody."""


class Added(BaseModel):
    added: int
    """Those that were not in the copy yet."""


class LookedAt(BaseModel):
    """The copy of a list that is looked at."""

    registry: str
    taken_at: datetime
    entries: int


@router.get("")
async def all_registries(handed: Everything) -> list[LookedAt]:
    """The copies that are looked at, by name."""
    return [_looked_at(copy) for copy in await handed.store.registries.all()]


@router.post("", status_code=HTTPStatus.CREATED)
async def begin(new: NewCopy, handed: Everything) -> Begun:
    """Begin a copy; nothing is looked at in it before it is finished."""
    now = handed.clock.now()
    if new.taken_at > now + CLOCKS_APART:
        raise InputError("The copy is of a list of tomorrow.", [Fault("taken_at", "must not lie ahead")])
    return Begun(copy_id=await handed.store.registries.begin(new.registry, new.taken_at, now))


@router.post("/lines")
async def read(some: SomeLines) -> LinesRead:
    """What lines of a copy say, as `entries` takes it; nothing is kept."""
    if not is_region(some.region):
        raise InputError("The copy cannot be read.", [Fault("region", "write two capitals, such as CO")])
    # numbering plans take a while: calls go on meanwhile
    found = await asyncio.to_thread(lambda: list(read_registry(some.lines, some.region, some.first)))
    return LinesRead(
        entries=[
            EntryRead(number=each.number.e164, channels=tuple(sorted(each.channels)), since=each.since)
            for each in found
            if isinstance(each, RegistryEntry)
        ],
        refused=[LineRefused(line=each.line, reason=each.reason) for each in found if isinstance(each, RefusedLine)],
    )


@router.post("/copies/{copy_id}/entries")
async def add(copy_id: Id, wanted: Entries, handed: Everything) -> Added:
    """Put numbers in; the same again changes nothing."""
    entries = [
        RegistryEntry(each.number, frozenset(each.channels) or frozenset(Channel), each.since)
        for each in wanted.entries
    ]
    return Added(added=await handed.store.registries.add(copy_id, entries))


@router.post("/copies/{copy_id}/finish")
async def finish(copy_id: Id, handed: Everything) -> LookedAt:
    """It is whole: it is looked at from now on. Tells the copy that is looked at, which may be a fresher one."""
    return _looked_at(await handed.store.registries.finish(copy_id, handed.clock.now()))


def _looked_at(copy: RegistryCopy) -> LookedAt:
    return LookedAt(registry=copy.registry, taken_at=copy.taken_at, entries=copy.entries)
