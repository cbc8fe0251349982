"""A person is erased: in one transaction, with what is left to do on the disk written in it.

Kept are the calls as nobody's (when, how long, with what result: the reports do not change), who carried the erasure
out and why, and of each number its keyed hash (`cti_api.store.number_key`), so that the next list does not bring the
person back. Everything else that `cti_api.store.held` names is gone.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import Conflict, SettingsError, VoceroError
from cti_api.model.appointments import STANDING
from cti_api.model.campaigns import FieldKind
from cti_api.model.leads import ERASED, LeadState
from cti_api.store import booking, outbox
from cti_api.store.appointment_tables import appointments
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.erasure_audit import refuse_named
from cti_api.store.erasure_tables import erased_numbers, erasure_steps, erasures
from cti_api.store.evidence import rows_of
from cti_api.store.front_desk_tables import ivr_calls, ivr_recordings
from cti_api.store.held import HELD, By, Held
from cti_api.store.left import Erasing, Row
from cti_api.store.message_tables import messages
from cti_api.store.number_key import NumberKey, opt_out_again
from cti_api.store.person import Person, find_person, in_parts
from cti_api.store.queue_tables import OPEN as STILL_OPEN
from cti_api.store.queue_tables import inbound_calls
from cti_api.store.schema import NOT_CLOSED, attempts, campaign_specs, campaigns, leads
from cti_api.store.schema import suppressed_numbers as suppressed
from cti_api.store.suppression import lead_moved
from cti_api.store.survey_tables import survey_comments, survey_invitations, survey_sittings, surveys
from cti_api.store.survey_told import asked_no_more


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure did, or would do."""

    id: str
    """Of the request; empty where nothing was left to erase, and for one that was only tried."""
    person: Person
    rows: dict[str, int]
    """How many of each table were deleted or written anew."""
    files: tuple[str, ...]
    """Recordings, to be removed."""
    opted_out: int
    """Numbers of which it is kept, by their hash, that the person had told us not to call."""
    appointments: int
    """Still ahead: they are cancelled, and their places are free."""


class StepKind(StrEnum):
    """What is done outside of the store."""

    RECORDING = "recording"
    """A file of this name is removed."""
    JOURNAL = "journal"
    """The number is taken out of Asterisk's journal, where it stands in the rows of this call."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is still to be done."""

    erasure_id: str
    kind: StepKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The audit of one."""

    id: str
    at: datetime
    asked_by: str
    reason: str
    rows: dict[str, int]
    numbers: int
    files: int
    finished_at: datetime | None


_CAMPAIGNS: Final = sa.select(campaigns.c.id).order_by(campaigns.c.id).with_for_update(key_share=True)
_SURVEYS: Final = sa.select(surveys.c.id).order_by(surveys.c.id).with_for_update(key_share=True)
_LEADS: Final = (
    sa.select(leads.c.id, leads.c.state).where(leads.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(leads.c.id)
)
_HELD_LEADS: Final = _LEADS.with_for_update()
_MESSAGES: Final = (
    sa.select(messages.c.id)
    .where(messages.c.lead_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(messages.c.id)
    .with_for_update()
)
_OPEN: Final = sa.select(attempts.c.lead_id).where(
    attempts.c.lead_id.in_(sa.bindparam("ids", expanding=True)), sa.text(NOT_CLOSED)
)
_CALLS_US: Final = sa.select(inbound_calls.c.id).where(
    inbound_calls.c.e164.in_(sa.bindparam("ids", expanding=True)), sa.text(STILL_OPEN)
)
_LED: Final = sa.select(ivr_calls.c.id).where(
    ivr_calls.c.e164.in_(sa.bindparam("ids", expanding=True)), ivr_calls.c.ended_at.is_(None)
)
_STANDING: Final = sa.select(appointments.c.starts_at).where(
    appointments.c.lead_id.in_(sa.bindparam("ids", expanding=True)), appointments.c.state.in_(sorted(STANDING))
)
_RECORDINGS: Final = sa.select(attempts.c.recording).where(
    attempts.c.id.in_(sa.bindparam("ids", expanding=True)), attempts.c.recording != ""
)
_COMMENTS: Final = sa.select(survey_comments.c.recording).where(
    survey_comments.c.sitting_id.in_(sa.bindparam("ids", expanding=True)), survey_comments.c.recording != ""
)
_SAID: Final = sa.select(ivr_recordings.c.recording).where(
    ivr_recordings.c.e164.in_(sa.bindparam("ids", expanding=True)), ivr_recordings.c.recording != ""
)
_TALKED: Final = sa.select(inbound_calls.c.recording).where(
    inbound_calls.c.e164.in_(sa.bindparam("ids", expanding=True)), inbound_calls.c.recording != ""
)
_SPECS: Final = sa.select(campaign_specs.c.campaign_id, campaign_specs.c.text).where(
    campaign_specs.c.campaign_id.in_(sa.bindparam("ids", expanding=True))
)
_OPTED_OUT: Final = sa.select(suppressed.c.e164, suppressed.c.at).where(
    suppressed.c.e164.in_(sa.bindparam("ids", expanding=True))
)
_STEPS: Final = sa.select(erasure_steps).order_by(
    erasure_steps.c.erasure_id, erasure_steps.c.kind, erasure_steps.c.name
)
_DONE: Final = sa.delete(erasure_steps).where(
    erasure_steps.c.erasure_id == sa.bindparam("erasure"),
    erasure_steps.c.kind == sa.bindparam("of"),
    erasure_steps.c.name == sa.bindparam("called"),
)
_UNFINISHED: Final = sa.select(erasures.c.id).where(erasures.c.finished_at.is_(None))
_FINISH: Final = (
    sa.update(erasures)
    .where(
        erasures.c.id == sa.bindparam("erasure"),
        ~sa.exists().where(erasure_steps.c.erasure_id == sa.bindparam("erasure")),
    )
    .values(finished_at=sa.bindparam("when", type_=Instant()))
)
_ALL: Final = sa.select(erasures).order_by(erasures.c.at, erasures.c.id)


class Erasures:
    """People who were erased, without their names."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def look(
        self, words: str, numbers: Sequence[str], by: str, reason: str, at: datetime, *, everybody: bool = False
    ) -> Erased:
        """What `erase` would do; nothing is changed. Raises as it does."""
        return await self._database.read(_look, words, numbers, everybody, by, reason, at, self._key)

    async def erase(
        self, words: str, numbers: Sequence[str], by: str, reason: str, at: datetime, *, everybody: bool = False
    ) -> Erased:
        """Erase the person; `steps` has what is still to be done on the disk then.

        Raises as `cti_api.store.person.find_person`; `Conflict` while they are in a call or one of their calls is not
        closed; `InputError` for a `by` or `reason` that names them, `SettingsError` without a key.
        """
        # Reads all there is once, beside the writer, so that this is not held up while the disk is looked through.
        await self.look(words, numbers, by, reason, at, everybody=everybody)
        self._key.make()
        return await self._database.write(_erase, words, numbers, everybody, by, reason, at, self._key)

    async def key_trouble(self) -> str:
        """Why nobody can tell who was erased, one sentence; empty where the key is there, or nobody was."""
        try:
            await self._database.read(self._key.refuse_without)
        except SettingsError as error:
            return str(error)
        return ""

    async def let_go(self, by: str, reason: str, at: datetime) -> int:
        """The key is lost for good: forget the hashes made with it, and how many they were. Lists come in again then,
        with whoever was erased. Raises `Conflict` where the key is there, or nobody was erased."""
        return await self._database.write(_let_go, by, reason, at, self._key)

    async def unfinished(self) -> list[str]:
        """Erasures of which something is still to be done."""
        return await self._database.read(lambda tx: list(tx.execute(_UNFINISHED).scalars()))

    async def steps(self) -> list[Step]:
        """What is still to be done outside of the store."""
        rows = await self._database.read(lambda tx: tx.execute(_STEPS).all())
        return [Step(row.erasure_id, StepKind(row.kind), row.name) for row in rows]

    async def done(self, steps: Sequence[Step]) -> None:
        """Strike these off."""
        rows = [{"erasure": step.erasure_id, "of": step.kind, "called": step.name} for step in steps]
        if rows:
            await self._database.write(lambda tx: tx.execute(_DONE, rows))

    async def finish(self, erasures_begun: Iterable[str], at: datetime) -> None:
        """Nothing is left of these people anywhere we can reach; those with a step left are passed over."""
        rows = [{"erasure": each, "when": at} for each in erasures_begun]
        await self._database.write(lambda tx: tx.execute(_FINISH, rows))

    async def all(self) -> list[Erasure]:
        """The oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_ALL).all())
        return [
            Erasure(
                id=row.id, at=row.at, asked_by=row.asked_by, reason=row.reason, rows=row.counts, numbers=row.numbers,
                files=row.files, finished_at=row.finished_at,
            )
            for row in rows
        ]  # fmt: skip


def _look(
    tx: sa.Connection, words: str, numbers: Sequence[str], everybody: bool, by: str, reason: str, at: datetime,
    key: NumberKey,
) -> Erased:  # fmt: skip
    key.refuse_without(tx)
    person = find_person(tx, words, numbers, key, everybody=everybody)
    refuse_named(person, by, reason)
    _refuse_in_call(tx, person)
    changes = _changes(tx, person, at)
    opted_out = len(_of(tx, _OPTED_OUT, person.numbers))
    return Erased(
        id="", person=person, rows=_counted(changes), files=_files(tx, person), opted_out=opted_out,
        appointments=_appointments(tx, person, at),
    )  # fmt: skip


def _erase(
    tx: sa.Connection, words: str, numbers: Sequence[str], everybody: bool, by: str, reason: str, at: datetime,
    key: NumberKey,
) -> Erased:  # fmt: skip
    # Every import holds its campaign, and every invitation its survey, while it looks who is known: none of them brings
    # the person back meanwhile.
    tx.execute(_CAMPAIGNS).all()
    tx.execute(_SURVEYS).all()
    person = find_person(tx, words, numbers, key, everybody=everybody)
    _of(tx, _HELD_LEADS, person.leads)
    refuse_named(person, by, reason)
    _refuse_in_call(tx, person)
    cancelled = _appointments(tx, person, at)
    _of(tx, _MESSAGES, person.leads)  # one that is beginning to go out has begun when its row is read below
    for lead_id in sorted(person.leads):
        booking.cancel_coming(tx, lead_id, at, ERASED)
    changes = _changes(tx, person, at)
    opted_out = {row.e164: row.at for row in _of(tx, _OPTED_OUT, person.numbers)}
    files = _files(tx, person)
    known = key.erased_among(tx, person.numbers)
    if not any(change for _, change in changes) and known.keys() >= set(person.numbers):
        return Erased(id="", person=person, rows={}, files=(), opted_out=0, appointments=0)
    for held, change in changes:
        _write(tx, held, change)
    sittings, invitations = _with(changes, survey_sittings, "outcome"), _with(changes, survey_invitations, "state")
    over = [
        lead_moved(row["campaign_id"], row["id"], LeadState.CLOSED, ERASED, at)
        for row in _with(changes, leads, "state")
    ]
    outbox.append(tx, [*over, *asked_no_more(tx, sittings, invitations, at)])
    counts = _counted(changes)
    erasure = uuid.uuid4().hex
    tx.execute(
        sa.insert(erasures),
        {
            "id": erasure, "at": at, "asked_by": by, "reason": reason, "counts": counts, "files": len(files),
            "numbers": len(person.numbers),
        },
    )  # fmt: skip
    steps = [(StepKind.RECORDING, name) for name in files] + [(StepKind.JOURNAL, each) for each in person.attempts]
    if steps:
        rows = [{"erasure_id": erasure, "kind": kind.value, "name": name} for kind, name in steps]
        tx.execute(sa.insert(erasure_steps), rows)
    for number in person.numbers:
        digest = key.digest(number)
        if number not in known:
            row = {"digest": digest, "key_id": key.id, "erasure_id": erasure, "at": at}
            tx.execute(sa.insert(erased_numbers), {**row, "opted_out_at": opted_out.get(number)})
        elif number in opted_out:
            opt_out_again(tx, [digest], opted_out[number])
    return Erased(id=erasure, person=person, rows=counts, files=files, opted_out=len(opted_out), appointments=cancelled)


def _let_go(tx: sa.Connection, by: str, reason: str, at: datetime, key: NumberKey) -> int:
    try:
        key.refuse_without(tx)
    except SettingsError:
        count = tx.execute(sa.delete(erased_numbers)).rowcount
        audited = {
            "id": uuid.uuid4().hex, "at": at, "asked_by": by, "reason": reason, "files": 0, "numbers": count,
            "counts": {erased_numbers.name: count}, "finished_at": at,
        }  # fmt: skip
        tx.execute(sa.insert(erasures), audited)
        return count
    raise Conflict("No falta la clave de los números borrados: no se olvidó nada.")


Change = list[tuple[Row, dict[str, Any] | None]]
"""Rows of a table, each with what is written in it anew; None: it is deleted."""


def _changes(tx: sa.Connection, person: Person, at: datetime) -> list[tuple[Held, Change]]:
    campaigns_of = sorted(set(person.attempts.values()))
    erasing = Erasing(at=at, campaign_of=person.attempts, choices=_choices(_of(tx, _SPECS, campaigns_of)))
    return [(held, _change(held, rows_of(tx, held, person, alone=True), erasing)) for held in HELD]


def _change(held: Held, rows: Iterable[Row], erasing: Erasing) -> Change:
    change: Change = []
    for row in rows:
        left = held.left(row, erasing)
        if left is None or any(row[name] != value for name, value in left.items()):
            change.append((row, left))
    return change


def _choices(specs: Iterable[sa.Row[Any]]) -> dict[tuple[str, str, str], frozenset[str]]:
    """What agents could choose, in any version of the campaigns' files."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    for row in specs:
        try:
            spec = parse_campaign(row.text)
        except VoceroError:
            continue  # a version that is not understood any more has no choices to keep
        for disposition in spec.dispositions:
            for asked in disposition.fields:
                if asked.kind is FieldKind.CHOICE:
                    place = (row.campaign_id, disposition.code, asked.name)
                    found[place] = found.get(place, frozenset()) | frozenset(asked.choices)
    return found


def _write(tx: sa.Connection, held: Held, change: Change) -> None:
    table = held.table
    key = [column.name for column in table.primary_key.columns]
    this = [column == sa.bindparam(f"key_{column.name}", type_=column.type) for column in table.primary_key.columns]
    gone = [{f"key_{name}": row[name] for name in key} for row, left in change if left is None]
    if gone:
        tx.execute(sa.delete(table).where(*this), gone)
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row, left in change:
        if left:
            values = {f"key_{name}": row[name] for name in key} | {f"new_{name}": each for name, each in left.items()}
            by_columns.setdefault(tuple(sorted(left)), []).append(values)
    for columns, rows in by_columns.items():
        new = {table.c[name]: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        tx.execute(sa.update(table).where(*this).values(new), rows)


def _with(changes: Iterable[tuple[Held, Change]], table: sa.Table, column: str) -> list[Row]:
    """Rows of the table in which the column is written anew."""
    return [row for held, change in changes if held.table is table for row, left in change if left and column in left]


def _counted(changes: Iterable[tuple[Held, Change]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for held, change in changes:
        counts[held.table.name] += len(change)
    return {name: count for name, count in counts.items() if count}


def _appointments(tx: sa.Connection, person: Person, at: datetime) -> int:
    return sum(row.starts_at > at for row in _of(tx, _STANDING, person.leads))


def _files(tx: sa.Connection, person: Person) -> tuple[str, ...]:
    comments = _of(tx, _COMMENTS, person.keys(By.SITTING, alone=True))
    said = [row for each in (_SAID, _TALKED) for row in _of(tx, each, person.keys(By.NUMBER, alone=True))]
    calls = _of(tx, _RECORDINGS, list(person.attempts))
    return tuple(sorted({row.recording for row in (*calls, *comments, *said)}))


def _refuse_in_call(tx: sa.Connection, person: Person) -> None:
    states = _of(tx, _LEADS, person.leads)
    calling = any(row.state == LeadState.DIALING for row in states) or _of(tx, _OPEN, person.leads)
    # One that waits, talks or keeps its place would be written again, with its number.
    if calling or _of(tx, _CALLS_US, person.numbers) or _of(tx, _LED, person.numbers):
        raise Conflict(
            "La persona está en una llamada, o su última llamada no se ha tipificado: no se borró nada. Vuelva a "
            "intentarlo cuando termine."
        )


def _of(tx: sa.Connection, statement: sa.Select[Any], ids: Sequence[Any]) -> list[sa.Row[Any]]:
    return [row for part in in_parts(ids) for row in tx.execute(statement, {"ids": list(part)})]
