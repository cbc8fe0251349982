"""What people agreed to, by number and channel, each kept once with what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from cti_api.model.consents import Channel, Consent
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.database import Database
from cti_api.store.schema import consents, lists

_OF_NUMBER: Final = sa.select(consents).where(consents.c.e164 == sa.bindparam("number")).order_by(consents.c.id)
_KNOWN: Final = sa.select(consents).where(consents.c.e164.in_(sa.bindparam("numbers", expanding=True)))
_NAME: Final = sa.select(lists.c.name).where(lists.c.id == sa.bindparam("list"))
_CAME: Final = (
    sa.update(consents).where(consents.c.id == sa.bindparam("known")).values(own_initiative=sa.bindparam("told"))
)
_NEW: Final = sa.insert(consents)


class Consents:
    """Every agreement that a list told of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, number: PhoneNumber) -> list[Consent]:
        """What the owner of a number agreed to, in the order in which it was written down."""
        return await self._database.read(of, number.e164)


def of(tx: sa.Connection, number: str) -> list[Consent]:
    """`Consents.of`, within a transaction."""
    rows = tx.execute(_OF_NUMBER, {"number": number}).all()
    return [
        Consent(
            channel=Channel(row.channel),
            at=row.at,
            evidence=row.evidence,
            purpose=row.purpose,
            own_initiative=row.own_initiative or "",
        )
        for row in rows
    ]


def add(tx: sa.Connection, rows: Sequence[NewLead], list_id: int | None) -> None:
    """Write down what these rows tell, for each of their numbers.

    What is known already stays as it is; but a later list may say how the person came by themselves.
    """
    told = {
        (phone.e164, consent.channel.value, consent.purpose, consent.at): consent
        for row in rows
        for consent in row.consents
        for phone in row.phones
    }
    if not told:
        return
    for known in tx.execute(_KNOWN, {"numbers": list({number for number, *_ in told})}):
        again = told.pop((known.e164, known.channel, known.purpose, known.at), None)
        if again is not None and again.own_initiative and not known.own_initiative:
            tx.execute(_CAME, {"known": known.id, "told": again.own_initiative})
    source = (tx.scalar(_NAME, {"list": list_id}) if list_id is not None else None) or ""
    if told:
        tx.execute(
            _NEW,
            [
                {
                    "e164": e164,
                    "channel": channel,
                    "purpose": purpose,
                    "at": at,
                    "evidence": consent.evidence,
                    "source": source,
                    "own_initiative": consent.own_initiative or None,
                }
                for (e164, channel, purpose, at), consent in told.items()
            ],
        )
