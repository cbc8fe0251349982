"""What is on record of a person, in whatever campaign, as the law looks at it: one read for a call or message."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.law.consent_words import as_law_reads
from cti_api.law.facts import OnRecord, OptOut, PastContact
from cti_api.law.terms import Channel
from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import CampaignState
from cti_api.model.ids import CampaignId
from cti_api.model.phone import PhoneNumber
from cti_api.store import consents
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.message_tables import messages
from cti_api.store.registries import checks
from cti_api.store.schema import attempts, campaigns, suppressed_numbers

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
_RUNNING: Final = sa.select(campaigns.c.state_since).where(
    campaigns.c.id == sa.bindparam("campaign"), campaigns.c.state == CampaignState.RUNNING
)
_MESSAGES: Final[sa.Select[Any]] = (
    sa.select(messages.c.e164, messages.c.via, messages.c.sent_at, messages.c.undelivered_at)
    .where(
        messages.c.e164.in_(sa.bindparam("numbers", expanding=True)),
        messages.c.sent_at >= sa.bindparam("since", type_=Instant()),
    )
    .order_by(messages.c.sent_at)
)
_OPTED_OUT: Final = sa.select(suppressed_numbers.c.at).where(suppressed_numbers.c.e164 == sa.bindparam("number"))


class Record:
    """Questions about a person, for the law."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(
        self,
        numbers: Collection[PhoneNumber],
        number: PhoneNumber,
        now: datetime,
        campaign_id: CampaignId | None = None,
    ) -> OnRecord:
        """What is on record of the person who has these `numbers`, when `number` is about to be used."""
        return await self._database.read(on_record, numbers, number, now, campaign_id)

    async def running_since(self, campaign_id: CampaignId) -> datetime | None:
        """When the campaign was started, or went on after a pause; None where it does not run."""
        return await self._database.read(_running_since, campaign_id)


def _running_since(tx: sa.Connection, campaign_id: CampaignId) -> datetime | None:
    since: datetime | None = tx.execute(_RUNNING, {"campaign": campaign_id}).scalar()
    return since


def on_record(
    tx: sa.Connection,
    numbers: Collection[PhoneNumber],
    number: PhoneNumber,
    now: datetime,
    campaign_id: CampaignId | None = None,
) -> OnRecord:
    """`Record.of`, within a transaction."""
    asked = {"numbers": sorted({number.e164, *(each.e164 for each in numbers)}), "since": now - LOOK_BACK}
    calls = tx.execute(_CALLS, asked).all()
    met_nobody = [
        call.created_at
        for call in calls
        if call.e164 == number.e164 and (call.result == CallResult.ABANDONED or _in_doubt(call))
    ]
    return OnRecord(
        history=tuple(sorted((*_history(calls), *_sent(tx, asked)), key=lambda contact: contact.at)),
        abandoned_at=max(met_nobody, default=None),
        opt_outs=tuple(OptOut(at=at) for at in tx.execute(_OPTED_OUT, {"number": number.e164}).scalars()),
        consents=tuple(as_law_reads(each) for each in consents.of(tx, number.e164)),
        registries=checks(tx, number.e164),
        campaign_started_at=None if campaign_id is None else _running_since(tx, campaign_id),
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


def _sent(tx: sa.Connection, asked: dict[str, Any]) -> Iterator[PastContact]:
    """Messages that went out, or may have: whether somebody read one is not known, so it counts as a direct contact
    unless the provider says that it never arrived."""
    for row in tx.execute(_MESSAGES, asked):
        yield PastContact(
            at=row.sent_at,
            channel=Channel(row.via),
            direct=row.undelivered_at is None,
            number=None if row.via == Channel.EMAIL else PhoneNumber(row.e164),
        )


def _is_direct(call: sa.Row[Any]) -> bool:
    return call.result in ANSWERED or call.answered_at is not None


def _in_doubt(call: sa.Row[Any]) -> bool:
    return call.result in UNKNOWN and call.answered_at is None
