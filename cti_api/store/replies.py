"""What people answered. One that says no holds for the whole person, in the transaction that writes it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId, LeadId, new_event_id
from cti_api.model.leads import LeadMove, LeadState
from cti_api.model.messages import MessageId, Reply
from cti_api.model.phone import PhoneNumber
from cti_api.store import moves, outbox
from cti_api.store.database import Database
from cti_api.store.message_tables import messages, replies
from cti_api.store.number_key import NumberKey
from cti_api.store.people import numbers_of
from cti_api.store.schema import leads, phones
from cti_api.store.suppression import lead_moved, says_no

ANSWERED: Final = "answered"
"""Reason of a lead that was closed because the person answered a message."""

_KNOWN: Final = sa.select(replies.c.e164).where(
    replies.c.via == sa.bindparam("via"), replies.c.provider_id == sa.bindparam("provider")
)
_ANSWERED: Final = (
    sa.select(messages.c.id, messages.c.lead_id, messages.c.campaign_id)
    .where(sa.text("messages.provider_id != ''"), messages.c.provider_id == sa.bindparam("provider"))
    .limit(1)
)
_LAST_SENT: Final = (
    sa.select(messages.c.id, messages.c.lead_id, messages.c.campaign_id)
    .where(
        messages.c.e164 == sa.bindparam("number"),
        messages.c.via == sa.bindparam("via"),
        messages.c.sent_at.is_not(None),
    )
    .order_by(messages.c.sent_at.desc())
    .limit(1)
)
_THEIR_LEAD: Final = (
    sa.select(leads.c.id.label("lead_id"), leads.c.campaign_id)
    .where(leads.c.contact_id.in_(sa.select(phones.c.contact_id).where(phones.c.e164 == sa.bindparam("number"))))
    .order_by(leads.c.id.desc())
    .limit(1)
)
_HOLD_LEADS: Final = (
    sa.select(leads.c.id)
    .where(leads.c.contact_id.in_(sa.select(phones.c.contact_id).where(phones.c.e164 == sa.bindparam("number"))))
    .order_by(leads.c.id)
    .with_for_update()
)
_OWNERS: Final = sa.select(phones.c.contact_id).where(phones.c.e164 == sa.bindparam("number"))
_OF_LEAD: Final = (
    sa.select(replies, leads.c.campaign_id)
    .join_from(replies, leads)
    .where(replies.c.lead_id == sa.bindparam("lead"))
    .order_by(replies.c.at)
)
_INSERT: Final = sa.insert(replies)


class Replies:
    """Every answer."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def take(self, reply: Reply, answers: str = "") -> Reply | None:
        """Write an answer down, with the lead it is of; None where it is known. `answers`: the provider's id of the
        message that it answers, where it says so. An answer to a message closes the lead it was about.

        One that says no puts every number of whoever has this number on the do-not-call list. Of somebody who was
        erased nothing is written down (None, too), but that they said no, with the hash of their number.
        """
        return await self._database.write(_take, reply, answers, self._key)

    async def of_lead(self, lead_id: LeadId) -> list[Reply]:
        """The oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_OF_LEAD, {"lead": lead_id}).all())
        return [_reply(row) for row in rows]


def _take(tx: sa.Connection, reply: Reply, answers: str, key: NumberKey) -> Reply | None:
    if tx.execute(_KNOWN, {"via": reply.via, "provider": reply.provider_id}).first() is not None:
        return None
    number = reply.sender.e164
    tx.execute(_HOLD_LEADS, {"number": number}).all()  # whoever is being erased is erased before this goes on
    if key.nobodys_among(tx, [number]):
        if reply.says_no:
            says_no(tx, [reply.sender], "", reply.at, key)
        return None
    sent = tx.execute(_ANSWERED, {"provider": answers}).first() if answers else None
    sent = sent or tx.execute(_LAST_SENT, {"number": number, "via": reply.via}).first()
    lead = sent or tx.execute(_THEIR_LEAD, {"number": number}).first()
    if sent is not None:
        reply = replace(reply, message_id=MessageId(sent.id))
    if lead is not None:
        reply = replace(reply, lead_id=LeadId(lead.lead_id), campaign_id=CampaignId(lead.campaign_id))
    tx.execute(
        _INSERT,
        {
            "via": reply.via,
            "provider_id": reply.provider_id,
            "e164": number,
            "text": reply.text,
            "at": reply.at,
            "says_no": reply.says_no,
            "message_id": reply.message_id,
            "lead_id": reply.lead_id,
        },
    )
    if sent is not None:
        _close(tx, moves.hold(tx, sent.lead_id), reply.at)
    if reply.says_no:
        owners = tx.execute(_OWNERS, {"number": number}).scalars().all()
        theirs = {e164 for numbers in numbers_of(tx, owners).values() for e164 in numbers} | {number}
        says_no(tx, [PhoneNumber(e164) for e164 in sorted(theirs)], f"reply:{reply.via}", reply.at, key)
    told = Event(
        event_id=new_event_id(),
        kind=EventKind.MESSAGE_REPLY,
        occurred_at=reply.at,
        campaign_id=reply.campaign_id,
        lead_id=reply.lead_id,
        payload={"message_id": reply.message_id, "channel": reply.via.value, "says_no": reply.says_no},
    )
    outbox.append(tx, [told])
    return reply


def _close(tx: sa.Connection, lead: sa.Row[Any], at: datetime) -> None:
    """Who answers a message is called no more by the plan: a person has to read it. What was agreed for an hour
    stays, and a call that is on its way ends as it ends."""
    if lead.state not in moves.FREE_TO_MOVE - {LeadState.CALLBACK}:
        return
    move = LeadMove(state=LeadState.CLOSED, reason=ANSWERED, counts_as_attempt=False)
    moves.apply(tx, lead, move, at, attempts_made=lead.attempts_made, counts=lead.counts)
    outbox.append(tx, [lead_moved(lead.campaign_id, lead.id, move.state, move.reason, at)])


def _reply(row: sa.Row[Any]) -> Reply:
    return Reply(
        via=Via(row.via),
        provider_id=row.provider_id,
        sender=PhoneNumber(row.e164),
        text=row.text,
        at=row.at,
        says_no=row.says_no,
        message_id=MessageId(row.message_id) if row.message_id else None,
        lead_id=LeadId(row.lead_id),
        campaign_id=CampaignId(row.campaign_id),
    )
