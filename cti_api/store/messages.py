"""Messages on their way, as transactions: written down before they go, and what became of them after."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.law.facts import Decision, OnRecord
from cti_api.messages.machine import Step, after
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import Event, EventKind
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId, LeadId, new_event_id
from cti_api.model.leads import ERASED, Lead
from cti_api.model.messages import WAITING, Message, MessageCounts, MessageId, MessageState
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.message_rows import MESSAGE, to_message
from cti_api.store.message_tables import IN_DOUBT, TO_BE_SENT, messages
from cti_api.store.on_record import on_record
from cti_api.store.paging import Mark, page
from cti_api.store.people import LEAD, read_leads
from cti_api.store.schema import campaigns, contacts, leads
from cti_api.store.suppression import SAID_NO, suppressed_among

Ask = Callable[[Message, Lead, OnRecord, datetime], Decision]
"""What the law says of a message to that lead now."""

MOST_AT_ONCE: Final = 500

TOLD: Final = {
    MessageState.ACCEPTED: EventKind.MESSAGE_SENT,
    MessageState.DELIVERED: EventKind.MESSAGE_DELIVERED,
    MessageState.READ: EventKind.MESSAGE_READ,
    MessageState.DEAD: EventKind.MESSAGE_FAILED,
}
"""States whose beginning other systems are told of."""

_NOW: Final = sa.bindparam("now", type_=Instant())
_MOST: Final[sa.BindParameter[int]] = sa.bindparam("most")
_DUE: Final = (
    MESSAGE.where(messages.c.via == sa.bindparam("via"), sa.text(TO_BE_SENT), messages.c.due_at <= _NOW)
    .order_by(messages.c.due_at)
    .limit(_MOST)
)
_DUE_TO: Final = _DUE.where(messages.c.recipient == sa.bindparam("recipient"))
_HOLD_BACK: Final = sa.update(messages).where(
    messages.c.id.in_(
        sa.select(messages.c.id)
        .where(
            messages.c.via == sa.bindparam("of_via"),
            sa.text(TO_BE_SENT),
            messages.c.due_at <= _NOW,
            messages.c.campaign_id == sa.bindparam("campaign"),
        )
        .limit(_MOST)
    ),
    sa.text(TO_BE_SENT),
)
_BY_ID: Final = MESSAGE.where(messages.c.id == sa.bindparam("message"))
_HOLD: Final = _BY_ID.with_for_update(of=messages)
_BY_PROVIDER: Final = (
    sa.select(messages.c.id)
    .where(sa.text("messages.provider_id != ''"), messages.c.provider_id == sa.bindparam("provider"))
    .limit(1)
)
_HOLD_PERSON: Final = (
    sa.select(contacts.c.id).where(contacts.c.id == sa.bindparam("contact")).with_for_update(key_share=True)
)
_LEAD: Final = LEAD.where(leads.c.id == sa.bindparam("lead"))
_STANDS_STILL: Final = sa.select(campaigns.c.id).where(
    campaigns.c.id == sa.bindparam("campaign"),
    campaigns.c.state.in_([CampaignState.PAUSED, CampaignState.CANCELLED]),
)
_LATE: Final = sa.select(messages.c.id).where(sa.text(TO_BE_SENT), messages.c.expires_at <= _NOW).limit(_MOST)
_UNDECIDED: Final = (
    sa.select(messages.c.id)
    .where(sa.text(IN_DOUBT), messages.c.state == MessageState.UNKNOWN, messages.c.state_since <= _NOW)
    .limit(_MOST)
)
_SENDING: Final = (
    sa.select(messages.c.id).where(sa.text(IN_DOUBT), messages.c.state == MessageState.SENDING).limit(_MOST)
)
_COUNTS: Final = sa.select(messages.c.via, messages.c.state, sa.func.count()).group_by(messages.c.via, messages.c.state)
_OLDEST: Final = (
    sa.select(messages.c.via, sa.func.min(messages.c.due_at)).where(sa.text(TO_BE_SENT)).group_by(messages.c.via)
)
_OF_LEAD: Final = MESSAGE.where(messages.c.lead_id == sa.bindparam("lead")).order_by(messages.c.created_at)


class Messages:
    """Every message there ever was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, via: Via, now: datetime, most: int, recipient: str = "") -> list[Message]:
        """Those to be sent now, the longest due first; with `recipient`, only theirs."""
        asked: dict[str, Any] = {"via": via, "now": now, "most": most}
        if recipient:
            asked["recipient"] = recipient
        statement = _DUE_TO if recipient else _DUE
        rows = await self._database.read(lambda tx: tx.execute(statement, asked).all())
        return [to_message(row) for row in rows]

    async def begin(self, message_id: MessageId, now: datetime, ask: Ask | None) -> Message | Decision | None:
        """Write down that it goes out now: the message, once that is on disk.

        Asked once more, in the same transaction: whether it is still to be sent (a campaign that is paused or
        cancelled sends nothing), whether the person said no (then it is ``suppressed``), and the law, by `ask` (None:
        this goes to no person). A refusal of the law is given back and nothing is changed; None: it does not go now.
        """
        return await self._database.write(_begin, message_id, now, ask)

    async def step(
        self,
        message_id: MessageId,
        step: Step,
        at: datetime,
        reason: str = "",
        *,
        provider_id: str = "",
        due_at: datetime | None = None,
    ) -> MessageState | None:
        """Move a message; None: the step leads nowhere from where it is, and nothing was changed. Raises `NotFound`.

        `due_at`: for one that goes again, when.
        """
        return await self._database.write(_step, message_id, step, at, reason, provider_id, due_at)

    async def report(self, ours: str, theirs: str, step: Step, at: datetime, reason: str = "") -> MessageState | None:
        """What a provider reports of a message, by our id or by its own; None: of none of ours, or nothing new."""
        return await self._database.write(_report, ours, theirs, step, at, reason)

    async def put_off(self, message_id: MessageId, until: datetime, reason: str, now: datetime) -> None:
        """It may not go yet; where its own time is over before then, it is expired."""
        await self._database.write_lightly(_put_off, message_id, until, reason, now)

    async def hold_back(self, campaign_id: CampaignId, via: Via, until: datetime, reason: str, now: datetime) -> None:
        """Put off what is due of a campaign, as many as go in one go: they stand in the way of others."""
        await self._database.write_lightly(_hold_back, campaign_id, via, until, reason, now)

    async def interrupt(self, now: datetime, reason: str) -> int:
        """Those that were being sent when the last process ended: nobody knows of them. Returns how many.

        What goes to a system has a key by which it is known there: that goes again.
        """
        return await self._all(_SENDING, Step.NO_ANSWER, now, now, reason)

    async def expire(self, now: datetime, reason: str) -> int:
        """Those whose time is over."""
        return await self._all(_LATE, Step.EXPIRE, now, now, reason)

    async def give_up(self, unknown_since: datetime, now: datetime, reason: str) -> int:
        """Those of which nobody knew at `unknown_since` already."""
        return await self._all(_UNDECIDED, Step.GIVE_UP, unknown_since, now, reason)

    async def decide(self, message_id: MessageId, step: Step, at: datetime, expires_at: datetime) -> Message:
        """A person's decision: `Step.RETRY` or `Step.DROP`. Raises `NotFound`, and `Conflict` where it cannot be."""
        return await self._database.write(_decide, message_id, step, at, expires_at)

    async def get(self, message_id: MessageId) -> Message:
        """Raises `NotFound`."""
        return await self._database.read(_get, message_id)

    async def of_lead(self, lead_id: LeadId) -> list[Message]:
        """The oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_OF_LEAD, {"lead": lead_id}).all())
        return [to_message(row) for row in rows]

    async def list(
        self,
        *,
        states: Collection[MessageState] = (),
        via: Via | None = None,
        campaign_id: CampaignId | None = None,
        after: Mark | None = None,
        most: int = 200,
    ) -> list[Message]:
        """The newest first; without `states`, of every state. `after`: instant and id of the last one of a page."""
        wanted = page(MESSAGE, (messages.c.created_at, messages.c.id), after, most, newest_first=True)
        if states:
            # with its channels named, few of many are found by the index of both
            wanted = wanted.where(messages.c.state.in_(sorted(states)), messages.c.via.in_(sorted(Via)))
        if via is not None:
            wanted = wanted.where(messages.c.via == via)
        if campaign_id is not None:
            wanted = wanted.where(messages.c.campaign_id == campaign_id)
        rows = await self._database.read(lambda tx: tx.execute(wanted).all())
        return [to_message(row) for row in rows]

    async def counts(self) -> MessageCounts:
        return await self._database.read(_counts)

    async def _all(self, which: sa.Select[Any], step: Step, until: datetime, now: datetime, reason: str) -> int:
        done = 0
        while moved := await self._database.write(_move_all, which, step, until, now, reason):
            done += moved
        return done


def _begin(tx: sa.Connection, message_id: MessageId, now: datetime, ask: Ask | None) -> Message | Decision | None:
    message = _get(tx, message_id, _HOLD)
    if after(message.state, Step.BEGIN) is None or message.due_at > now:
        return None
    if message.expires_at <= now:
        _write(tx, message, Step.EXPIRE, now, message.reason)
        return None
    if tx.execute(_STANDS_STILL, {"campaign": message.campaign_id}).first() is not None:
        return None
    if ask is not None:
        if message.number is None:
            _write(tx, message, Step.DROP, now, "")  # erased while it went, and it was not taken
            return None
        # Two messages to one person are asked about one after the other: the second sees the first.
        tx.execute(_HOLD_PERSON, {"contact": message.contact_id})
        [lead] = read_leads(tx, _LEAD, {"lead": message.lead_id})
        numbers = lead.contact.phones
        if suppressed_among(tx, {message.number.e164, *(phone.e164 for phone in numbers)}):
            _write(tx, message, Step.SUPPRESS, now, SAID_NO)
            return None
        decision = ask(message, lead, on_record(tx, numbers, message.number, now), now)
        if not decision.allowed:
            return decision
    _write(tx, message, Step.BEGIN, now, "", sent_at=now, tries=message.tries + 1, undelivered_at=None)
    return _get(tx, message_id)


def _step(
    tx: sa.Connection,
    message_id: MessageId,
    step: Step,
    at: datetime,
    reason: str,
    provider_id: str,
    due_at: datetime | None,
) -> MessageState | None:
    message = _get(tx, message_id, _HOLD)
    facts: dict[str, Any] = {"provider_id": provider_id} if provider_id else {}
    if due_at is not None:
        facts["due_at"] = due_at
    if step in (Step.REFUSED, Step.NOT_TAKEN):
        facts["sent_at"] = None
    return _write(tx, message, step, at, reason, **facts)


def _report(tx: sa.Connection, ours: str, theirs: str, step: Step, at: datetime, reason: str) -> MessageState | None:
    row = tx.execute(_HOLD, {"message": ours}).one_or_none()
    if row is None:
        found = tx.execute(_BY_PROVIDER, {"provider": theirs}).scalar() if theirs else None
        if found is None:
            return None
        row = tx.execute(_HOLD, {"message": found}).one()
    message = to_message(row)
    facts: dict[str, Any] = {"sent_at": message.sent_at or at}
    if theirs and not message.provider_id:
        facts["provider_id"] = theirs
    match step:
        case Step.DELIVERED:
            facts |= {"delivered_at": at, "undelivered_at": None}
        case Step.READ:
            facts |= {"read_at": at, "delivered_at": message.delivered_at or at, "undelivered_at": None}
        case Step.UNDELIVERED if theirs and message.provider_id not in ("", theirs):
            return None  # of an earlier time that it was sent: a person had it sent again
        case Step.UNDELIVERED:
            facts["undelivered_at"] = at
        case _:
            pass
    return _write(tx, message, step, at, reason, **facts)


def _put_off(tx: sa.Connection, message_id: MessageId, until: datetime, reason: str, now: datetime) -> None:
    message = _get(tx, message_id, _HOLD)
    if until >= message.expires_at:
        _write(tx, message, Step.EXPIRE, now, reason)
    elif after(message.state, Step.BEGIN) is not None:
        tx.execute(sa.update(messages).where(messages.c.id == message_id).values(due_at=until, reason=reason))


def _hold_back(
    tx: sa.Connection, campaign_id: CampaignId, via: Via, until: datetime, reason: str, now: datetime
) -> None:
    asked = {"campaign": campaign_id, "of_via": via, "now": now, "most": MOST_AT_ONCE}
    tx.execute(_HOLD_BACK.values(due_at=until, reason=reason), asked)


def _move_all(tx: sa.Connection, which: sa.Select[Any], step: Step, until: datetime, now: datetime, reason: str) -> int:
    found = tx.execute(which, {"now": until, "most": MOST_AT_ONCE}).scalars().all()
    moved = 0
    for message_id in found:
        message = _get(tx, message_id, _HOLD)
        if step is Step.NO_ANSWER and message.via is Via.WEBHOOK:
            moved += _write(tx, message, Step.NOT_TAKEN, now, reason, sent_at=None, due_at=now) is not None
            continue
        moved += (
            _write(tx, message, step, now, (message.reason or reason) if step is Step.EXPIRE else reason) is not None
        )
    return moved


def _decide(tx: sa.Connection, message_id: MessageId, step: Step, at: datetime, expires_at: datetime) -> Message:
    message = _get(tx, message_id, _HOLD)
    if step is Step.RETRY and not message.recipient:
        raise Conflict(f"The message {message_id} has nobody to go to: {message.reason}")
    facts = {"due_at": at, "expires_at": expires_at, "tries": 0} if step is Step.RETRY else {}
    if _write(tx, message, step, at, message.reason, **facts) is None:
        raise Conflict(f"The message {message_id} is {message.state}: there is nothing to decide about it.")
    return _get(tx, message_id)


def _write(
    tx: sa.Connection, message: Message, step: Step, at: datetime, reason: str, **facts: Any
) -> MessageState | None:
    """Take the step, if there is one, and tell it.

    Of a message whose person was erased while it was on its way it is only kept what became of it: the provider's own
    words and ids may name the person. It is not sent again.
    """
    state = after(message.state, step)
    if state is None:
        return None
    if message.reason == ERASED:
        facts.pop("provider_id", None)
        reason, state = ERASED, MessageState.DROPPED if state in WAITING else state
    elif not message.recipient:
        reason = message.reason
    wanted = {"state": state, "state_since": at, "reason": reason, **facts}
    tx.execute(sa.update(messages).where(messages.c.id == message.id).values(wanted))
    if state in TOLD:
        told = Event(
            event_id=new_event_id(),
            kind=TOLD[state],
            occurred_at=at,
            campaign_id=message.campaign_id,
            lead_id=message.lead_id,
            payload={"message_id": message.id, "action": message.action, "channel": message.via.value},
        )
        outbox.append(tx, [told])
    return state


def _get(tx: sa.Connection, message_id: str, statement: sa.Select[Any] = _BY_ID) -> Message:
    row = tx.execute(statement, {"message": message_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no message {message_id}.")
    return to_message(row)


def _counts(tx: sa.Connection) -> MessageCounts:
    return MessageCounts(
        by_state={(Via(via), MessageState(state)): number for via, state, number in tx.execute(_COUNTS)},
        oldest_due={Via(via): due for via, due in tx.execute(_OLDEST)},
    )
