"""What the database's errors mean for whoever called: try later, look again, fix the input, or a bug of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from cti_api.errors import Conflict, InputError, NotFound, StoreUnavailable, VoceroError

# Primary result codes, https://www.sqlite.org/rescode.html; the extended code's low byte.
_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "The store is locked by another program.",
    sqlite3.SQLITE_LOCKED: "The store is locked by another program.",
    sqlite3.SQLITE_PROTOCOL: "The store is locked by another program.",
    sqlite3.SQLITE_FULL: "The disk of the store is full.",
    sqlite3.SQLITE_READONLY: "The store is read-only.",
    sqlite3.SQLITE_PERM: "The store may not be written by this user.",
    sqlite3.SQLITE_CANTOPEN: "The store cannot be opened.",
    sqlite3.SQLITE_IOERR: "The disk of the store gave an error.",
    sqlite3.SQLITE_NOMEM: "There is no memory left for the store.",
    sqlite3.SQLITE_CORRUPT: "The store is damaged.",
    sqlite3.SQLITE_NOTADB: "The store is damaged: it is not a database.",
}

# SQLSTATE classes, https://www.postgresql.org/docs/15/errcodes-appendix.html; whole codes before classes.
_POSTGRES: Final = {
    "25006": "The store is read-only.",
    "40001": "The store was changed by someone else at the same moment.",
    "40P01": "The store was changed by someone else at the same moment.",
    "53100": "The disk of the store is full.",
    "55P03": "The store is locked by another program.",
    "57014": "The store took too long to answer.",
    "08": "The connection to the store is lost.",
    "53": "The store has no room for another request.",
    "57": "The store is being stopped or started.",
    "58": "The disk of the store gave an error.",
    "XX": "The store is damaged.",
}

_NOT_STORABLE: Final = {"22021", "22P05", "22001"}
"""A NUL character (in text, in JSON), or more text than the column holds."""

_BROKEN_RULES: Final = {
    # (what SQLite calls it, what PostgreSQL calls it): what it means
    ("attempts.lead_id", "ux_attempts_open_lead"): "This lead already has an open attempt.",
    ("attempts.e164", "ux_attempts_live_number"): "This number is already in a call.",
    ("attempts.id", "pk_attempts"): "This attempt is already in the store.",
    ("campaigns.id", "pk_campaigns"): "There is already a campaign of this name.",
    ("agents.id", "pk_agents"): "There is already an agent of this name.",
    ("tree_versions.tree", "pk_tree_versions"): "Somebody published this tree at the same moment: publish it again.",
    ("ck_slots_capacity", "ck_slots_capacity"): "This hour has no place left.",
    ("appointments.lead_id", "ux_appointments_standing"): "This lead already has an appointment.",
    ("outbox.event_id", "uq_outbox_event_id"): "This event is already in the store.",
}


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raise `StoreUnavailable`, `Conflict`, `NotFound` or `InputError` for what the database says.

    An error that none of them fits is a bug of ours and goes through unchanged.
    """
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, UnicodeEncodeError) as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def translate(error: BaseException) -> VoceroError | None:
    """Our error for this one of the database or its driver; None where there is none."""
    if isinstance(error, UnicodeEncodeError):
        return InputError("A text holds characters that cannot be stored.")
    if isinstance(error, sa.exc.TimeoutError | TimeoutError):
        return StoreUnavailable("The store took too long to answer.")
    if isinstance(error, OSError):
        return StoreUnavailable(f"The store cannot be reached ({error.strerror or error}).")
    if isinstance(error, sa.exc.IntegrityError):
        return _broken_rule(str(error.orig))
    if isinstance(error, sa.exc.DBAPIError) and error.orig is not None:
        if any(isinstance(cause, UnicodeEncodeError) for cause in _causes(error)):  # asyncpg wraps it, twice
            return InputError("A text holds characters that cannot be stored.")
        ours = translate(error.orig)
        if ours is None and error.connection_invalidated:
            return StoreUnavailable("The connection to the store is lost.")
        return ours
    if isinstance(error, sqlite3.Error):
        return _sqlite(error)
    sqlstate = getattr(error, "sqlstate", None)
    return _postgres(sqlstate) if isinstance(sqlstate, str) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _sqlite(error: sqlite3.Error) -> VoceroError | None:
    code = getattr(error, "sqlite_errorcode", None)
    sentence = _SQLITE.get(code & 0xFF) if isinstance(code, int) else None
    return StoreUnavailable(f"{sentence} ({error.sqlite_errorname})") if sentence else None


def _postgres(sqlstate: str) -> VoceroError | None:
    if sqlstate in _NOT_STORABLE:
        return InputError("A text holds characters that cannot be stored, or is too long.")
    sentence = _POSTGRES.get(sqlstate) or _POSTGRES.get(sqlstate[:2])
    return StoreUnavailable(f"{sentence} (SQLSTATE {sqlstate})") if sentence else None


def _broken_rule(words: str) -> VoceroError | None:
    for names, sentence in _BROKEN_RULES.items():
        if any(name in words for name in names):
            return Conflict(sentence)
    if "foreign key" in words.lower():
        return NotFound("What is named there is not in the store.")
    if "unique" in words.lower():
        return Conflict("This is already in the store.")
    return None
