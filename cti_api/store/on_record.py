"""What is on record of a person, in whatever campaign, as the law looks at it: one read for a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.law.consent_words import as_law_reads
from cti_api.law.facts import OnRecord, OptOut, PastContact
from cti_api.law.terms import Channel
from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.phone import PhoneNumber
from cti_api.store import consents
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.registries import checks
from cti_api.store.schema import attempts, suppressed_numbers

LOOK_BACK: Final = timedelta(days=31)
"""A rule may look back 30 days at most (`cti_api.law.pack_file`: `gap`, `after_abandoned`)."""

ANSWERED: Final = frozenset({CallResult.CONNECTED, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP, CallResult.MACHINE})
"""Results that count as a direct contact, the doubtful ones too (`cti_api.law.facts.PastContact.direct`)."""

UNKNOWN: Final = frozenset({CallResult.INTERRUPTED, CallResult.LOST})
"""Results of calls of which nobody knows whether they were answered, unless an answer is on record."""

_CALLS: Final[sa.Select[Any]] = (
    sa.select(attempts.c.e164, attempts.c.created_at, attempts.c.result, attempts.c.ringing_at, attempts.c.answered_at)
    .where(
        attempts.c.e164.in_(sa.bindparam("numbers", expanding=True)),
        attempts.c.created_at >= sa.bindparam("since", type_=Instant()),
    )
    .order_by(attempts.c.created_at)
)
_OPTED_OUT: Final = sa.select(suppressed_numbers.c.at).where(suppressed_numbers.c.e164 == sa.bindparam("number"))


class Record:
    """Questions about a person, for the law."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, numbers: Collection[PhoneNumber], number: PhoneNumber, now: datetime) -> OnRecord:
        """What is on record of the person who has these `numbers`, when `number` is about to be called."""
        return await self._database.read(_on_record, numbers, number, now)


def _on_record(tx: sa.Connection, numbers: Collection[PhoneNumber], number: PhoneNumber, now: datetime) -> OnRecord:
    asked = {"numbers": sorted({number.e164, *(each.e164 for each in numbers)}), "since": now - LOOK_BACK}
    calls = tx.execute(_CALLS, asked).all()
    met_nobody = [
        call.created_at
        for call in calls
        if call.e164 == number.e164 and (call.result == CallResult.ABANDONED or _in_doubt(call))
    ]
    return OnRecord(
        history=_history(calls),
        abandoned_at=max(met_nobody, default=None),
        opt_outs=tuple(OptOut(at=at) for at in tx.execute(_OPTED_OUT, {"number": number.e164}).scalars()),
        consents=tuple(as_law_reads(each) for each in consents.of(tx, number.e164)),
        registries=checks(tx, number.e164),
    )


def _history(calls: Sequence[sa.Row[Any]]) -> tuple[PastContact, ...]:
    """Calls that may have reached the person's telephone; what a trunk gave back before it rang did not.

    One in doubt counts as both, a contact and an attempt that reached nobody: whichever it was, it forbids as much.
    """
    return tuple(
        PastContact(
            at=call.created_at,
            channel=Channel.VOICE,
            direct=direct,
            number=PhoneNumber(call.e164),
        )
        for call in calls
        for direct in ((True, False) if _in_doubt(call) else (_is_direct(call),))
        if call.result not in GIVEN_BACK or call.ringing_at is not None or call.answered_at is not None
    )


def _is_direct(call: sa.Row[Any]) -> bool:
    return call.result in ANSWERED or call.answered_at is not None


def _in_doubt(call: sa.Row[Any]) -> bool:
    return call.result in UNKNOWN and call.answered_at is None
