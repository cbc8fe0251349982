"""Everything that is on record of a person, and the recordings themselves."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import CallerId, CallId, Flag, Line
from cti_api.errors import Fault, InputError
from cti_api.model.ids import AttemptId, InboundId
from cti_api.numbers.phones import is_region
from cti_api.numbers.several import parse_phones
from cti_api.store.evidence import OnRecord
from cti_api.store.left import Row
from cti_api.store.person import Meant, Person
from cti_api.web.handed import Everything
from cti_api.web.sound import DESCRIBED, Range, Sound, sound

router = APIRouter(tags=["evidence"])


class Who(BaseModel):
    """A person. In a body, because a name or number in an address ends in somebody's log."""

    model_config = ConfigDict(extra="forbid")

    who: Annotated[Line, Field(min_length=1)]
    """A telephone, the id of a contact, a lead or an attempt, or the source system's key; what it is may be written
    before it, with a colon: ``phone``, ``contact``, ``lead``, ``attempt``, ``key``."""
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CO"
    """Country of a telephone that names none."""
    everybody: Flag = False
    """Who share the number, or the key, are one person."""

    def numbers(self) -> list[str]:
        """The words as telephones, in E.164. Raises `InputError` for a region that does not exist."""
        if not is_region(self.region):
            raise InputError("The person cannot be looked for.", [Fault("region", "write two capitals, such as CO")])
        kind, colon, rest = self.who.strip().partition(":")
        named = colon and kind in set(Meant)
        if named and kind != Meant.PHONE:
            return []
        words = rest if named else self.who
        return [phone.e164 for phone in parse_phones(words, self.region).phones]


@router.post("/evidence", response_class=JSONResponse)
async def evidence(asked: Who, handed: Everything) -> JSONResponse:
    """Every row of every table that is a person's, with the recordings' sizes and digests."""
    found = await handed.store.evidence.of(asked.who, asked.numbers(), everybody=asked.everybody)
    recordings = await asyncio.to_thread(_measured, handed.recordings, _recorded(found))
    told = await asyncio.to_thread(_document, asked.who, found, recordings, handed.clock.now())
    return JSONResponse(told)


@router.head("/attempts/{attempt_id}/recording", response_class=Sound, responses=DESCRIBED)
@router.get("/attempts/{attempt_id}/recording", response_class=Sound, responses=DESCRIBED)
async def recording(attempt_id: CallId, handed: Everything, wanted: Range = None) -> Sound:
    """The sound of a call, or a range of it. Who listens is on record: once for all ranges of ten minutes."""
    attempt = await handed.store.attempts.get(AttemptId(attempt_id))
    return await sound(handed.recordings, attempt.recording, wanted, f"the call {attempt_id}")


@router.head("/callers/{caller_id}/recording", response_class=Sound, responses=DESCRIBED)
@router.get("/callers/{caller_id}/recording", response_class=Sound, responses=DESCRIBED)
async def recording_of_caller(caller_id: CallerId, handed: Everything, wanted: Range = None) -> Sound:
    """The sound of a talk with somebody who called, or a range of it."""
    call = await handed.store.queues.call(InboundId(caller_id))
    return await sound(handed.recordings, call.recording, wanted, f"the call {caller_id}")


def person_told(person: Person) -> dict[str, Any]:
    """As JSON."""
    return {
        "meant": person.meant.value,
        "contacts": person.contacts,
        "names": person.names,
        "numbers": person.numbers,
        "shared": sorted(person.shared),
        "leads": person.leads,
        "attempts": len(person.attempts),
        "erased_at": person.erased_at.isoformat() if person.erased_at else None,
    }


def _document(words: str, found: OnRecord, recordings: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "words": words,
        "asked_at": now.isoformat(),
        "person": person_told(found.person),
        "held": [
            {"table": held.table.name, "title": held.title, "rows": [_sendable(row) for row in rows]}
            for held, rows in found.rows
        ],
        "recordings": recordings,
    }


def _sendable(row: Row) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _recorded(found: OnRecord) -> list[tuple[str, str, str]]:
    """Attempts, calls of theirs and sittings of surveys, with their recordings and where the sound is given."""
    rows_of = {held.table.name: rows for held, rows in found.rows}
    calls = [(row["id"], row["recording"], f"/attempts/{row['id']}/recording") for row in rows_of["attempts"]]
    calls += [(row["id"], row["recording"], f"/callers/{row['id']}/recording") for row in rows_of["inbound_calls"]]
    comments = [
        (row["sitting_id"], row["recording"], f"/sittings/{row['sitting_id']}/comments/{row['question']}")
        for row in rows_of["survey_comments"]
    ]
    return [each for each in (*calls, *comments) if each[1]]


def _measured(folder: Path, recorded: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Those that are there: of a call that nobody took there is none."""
    measured = []
    for attempt, name, address in recorded:
        path = folder / Path(name).name
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
        except OSError:
            continue
        measured.append({"attempt_id": attempt, "path": str(path), "bytes": size, "sha256": digest, "sound": address})
    return measured
