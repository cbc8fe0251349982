"""Attempts: the intent written before the call, what is learned of it, and its end, each in one transaction.

That a lead or a number has at most one attempt that may have a channel is not this module's promise but the
database's (`cti_api.store.schema`); this module says it in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.model.appointments import Booking
from cti_api.model.calls import Attempt, AttemptState
from cti_api.model.events import Event
from cti_api.model.ids import AgentId, AttemptId, CampaignId, LeadId, TrunkId
from cti_api.model.leads import LeadMove
from cti_api.model.once import Once
from cti_api.store import attempt_life
from cti_api.store.answer_days import Counted
from cti_api.store.attempt_life import BY_AGENT, BY_HAND, FROM_THE_HOPPER
from cti_api.store.attempt_rows import ATTEMPT, RECORD, AttemptRecord, to_attempt, to_record
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import NOT_CLOSED, attempts


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """What an agent did in a stretch of time."""

    calls: int
    """Calls joined with a person."""
    talk_seconds: float


# ------------------------------------------------------------------ read

_BY_ID: Final = ATTEMPT.where(attempts.c.id == sa.bindparam("attempt"))
_UNSETTLED: Final = ATTEMPT.where(sa.text(NOT_CLOSED))
"""Without an order: they are few, and in an order all that ever were would be looked through."""
MOST_OF_A_LEAD: Final = 50
"""More than a person reads at once; all of them are in the person's evidence."""

_OF_LEAD: Final = (
    RECORD.where(attempts.c.lead_id == sa.bindparam("lead"))
    .order_by(attempts.c.created_at.desc())
    .limit(sa.bindparam("most"))
)
_OF_AGENT: Final = (
    RECORD.where(
        attempts.c.agent_id == sa.bindparam("agent"),
        attempts.c.connected_at >= sa.bindparam("since", type_=Instant()),
        attempts.c.state == AttemptState.CLOSED.value,
    )
    .order_by(attempts.c.connected_at.desc())
    .limit(sa.bindparam("most"))
)
_HOW_MANY: Final = sa.select(sa.func.count()).where(attempts.c.lead_id == sa.bindparam("lead"))
_OF_CAMPAIGN: Final = (
    RECORD.where(attempts.c.campaign_id == sa.bindparam("campaign"))
    .order_by(attempts.c.created_at, attempts.c.id)
    .limit(sa.bindparam("most"))
)
_LATELY: Final = (
    ATTEMPT.where(
        attempts.c.campaign_id == sa.bindparam("campaign"),
        attempts.c.state == AttemptState.CLOSED.value,
    )
    .order_by(attempts.c.created_at.desc())
    .limit(sa.bindparam("most"))
)
_LATELY_SINCE: Final = _LATELY.where(attempts.c.created_at >= sa.bindparam("since", type_=Instant()))
_AFTER: Final = _OF_CAMPAIGN.where(
    attempts.c.created_at >= sa.bindparam("after", type_=Instant()),
    sa.or_(attempts.c.created_at > sa.bindparam("after", type_=Instant()), attempts.c.id > sa.bindparam("after_id")),
)
_ON_TRUNK: Final = (
    sa.select(sa.func.count())
    .select_from(attempts)
    .where(attempts.c.trunk == sa.bindparam("trunk"), attempts.c.created_at >= sa.bindparam("since"))
)
_TALKS: Final = sa.select(
    attempts.c.agent_id, attempts.c.connected_at, attempts.c.ended_at, attempts.c.joined_seconds
).where(attempts.c.agent_id.is_not(None), attempts.c.connected_at >= sa.bindparam("since"))


class Attempts:
    """Every attempt of every campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, attempt: Attempt, *events: Event, by_hand: bool = False) -> None:
        """Write the intent to dial: on disk when this returns, and only then may the call be placed.

        The attempt goes in as ``originating`` and its lead from ``reserved`` to ``dialing``; `by_hand` also takes a
        lead that was not reserved. Raises `Conflict` where the lead is not there to take, or the lead or the number
        already has a call, or the number is on the do-not-call list; `NotFound` for an unknown lead. After
        `StoreUnavailable` the attempt may be there all the same: place no call, and close it as ``never_dialed``.
        """
        await self._database.write(attempt_life.open_attempt, attempt, events, BY_HAND if by_hand else FROM_THE_HOPPER)

    async def mark(self, attempt: Attempt, *events: Event) -> bool:
        """Write what has been learned of a call: its state, instants, agent, result, causes, verdict, recording.

        The state only moves on, never back, and what the attempt does not know (None, empty) leaves what is
        written. ``wrap_up`` with the result is the end of a call whose disposition is awaited. Returns False, with
        nothing changed, where the attempt is closed or unknown. Before the result is known this does not wait for
        the disk: after a power cut Asterisk's journal knows more than we did.
        """
        write = self._database.write_lightly if attempt.result is None else self._database.write
        return await write(attempt_life.mark, attempt, events)

    async def close(
        self,
        attempt: Attempt,
        move: LeadMove,
        *events: Event,
        booking: Booking | None = None,
        counted: Counted | None = None,
        once: Once | None = None,
    ) -> bool:
        """Close an attempt for good: its facts, its disposition, its lead, the do-not-call list and the events.

        Needs the attempt's `result` and `closed_at`. Returns False, with nothing changed, where it was closed
        before. A lead that is no longer ``dialing`` stays where it is, and is only counted; one that has an appointment
        by the person's own link is called no more, unless an agent says so. `booking`: what the disposition agrees
        on, where it is not in the store yet (`dispose`). `counted`: what its answer counts as, and on which day of the
        campaign's own; without it what its result says, on a day of UTC. `once`: the request that its disposition came
        with. Raises `NotFound`.
        """
        return await self._database.write(
            attempt_life.close, attempt, move, events, booking, counted=counted, once=once
        )

    async def dispose(
        self,
        attempt_id: AttemptId,
        code: str,
        fields: dict[str, str],
        at: datetime,
        *events: Event,
        agent_id: AgentId | None = None,
        source: str = BY_AGENT,
        move: LeadMove | None = None,
        booking: Booking | None = None,
        same_booking: bool = False,
        counted: Counted | None = None,
        once: Once | None = None,
    ) -> int:
        """Set or correct a call's disposition; returns its version. The same again makes no new version.

        `move` is for the correction of a closed attempt: it is carried out unless its lead is in a call or in a
        final state. `booking` is the appointment that the disposition agrees on, and takes its place with it; a
        correction without one takes the call's appointment back. `same_booking`: what was said before agreed on the
        same, so the appointment stays as it is now, wherever the person has moved it meanwhile. `counted`: by how much
        the correction of a closed attempt changes what its answer counts as. `once`: the request that it came with,
        which is remembered in the same transaction. Raises `NotFound`, and `Conflict`, with nothing changed, where the
        place is not to be had or the person was erased.
        """
        return await self._database.write(
            attempt_life.dispose,
            attempt_id,
            code,
            fields,
            at,
            events,
            agent_id,
            source,
            move,
            booking,
            same_booking=same_booking,
            counted=counted,
            once=once,
        )

    async def get(self, attempt_id: AttemptId) -> Attempt:
        """Raises `NotFound`."""
        row = await self._database.read(lambda tx: tx.execute(_BY_ID, {"attempt": attempt_id}).one_or_none())
        if row is None:
            raise NotFound(f"There is no attempt {attempt_id}.")
        return to_attempt(row)

    async def unsettled(self) -> list[Attempt]:
        """Every attempt that is not closed, the oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_UNSETTLED).all())
        return sorted(map(to_attempt, rows), key=lambda attempt: (attempt.created_at, attempt.id))

    async def history(self, lead_id: LeadId, most: int = MOST_OF_A_LEAD) -> list[AttemptRecord]:
        """The latest attempts of a lead, the first one of them first, with what each did to the lead."""
        rows = await self._database.read(lambda tx: tx.execute(_OF_LEAD, {"lead": lead_id, "most": most}).all())
        return [to_record(row) for row in reversed(rows)]

    async def of_agent(self, agent_id: AgentId, since: datetime, most: int) -> list[AttemptRecord]:
        """The latest talks of an agent that are closed and began at or after `since`, the last one first."""
        asked = {"agent": agent_id, "since": since, "most": most}
        rows = await self._database.read(lambda tx: tx.execute(_OF_AGENT, asked).all())
        return [to_record(row) for row in rows]

    async def made(self, lead_id: LeadId) -> int:
        """How many attempts the lead ever had."""
        return await self._database.read(lambda tx: tx.execute(_HOW_MANY, {"lead": lead_id}).scalar_one())

    async def records(
        self, campaign_id: CampaignId, after: AttemptRecord | None = None, most: int = 500
    ) -> list[AttemptRecord]:
        """A campaign's attempts in the order they were made, page by page: `after` is the last one of a page."""
        asked: dict[str, Any] = {"campaign": campaign_id, "most": most}
        if after is None:
            rows = await self._database.read(lambda tx: tx.execute(_OF_CAMPAIGN, asked).all())
        else:
            asked |= {"after": after.attempt.created_at, "after_id": after.attempt.id}
            rows = await self._database.read(lambda tx: tx.execute(_AFTER, asked).all())
        return [to_record(row) for row in rows]

    async def lately(self, campaign_id: CampaignId, most: int, since: datetime | None = None) -> list[Attempt]:
        """A campaign's closed attempts, the latest `most` of them, in order; none that were made before `since`."""
        asked: dict[str, Any] = {"campaign": campaign_id, "most": most}
        if since is None:
            return await self._database.read(_lately, _LATELY, asked)
        return await self._database.read(_lately, _LATELY_SINCE, {**asked, "since": since})

    async def count_on_trunk(self, trunk: TrunkId, since: datetime) -> int:
        """Attempts made over this trunk at or after `since`, for its cap of calls per hour."""
        asked = {"trunk": trunk, "since": since}
        return await self._database.read(lambda tx: tx.execute(_ON_TRUNK, asked).scalar_one())

    async def figures_by_agent(self, since: datetime) -> dict[AgentId, AgentFigures]:
        """Calls joined at or after `since`, and the seconds talked in those that have ended."""
        rows = await self._database.read(lambda tx: tx.execute(_TALKS, {"since": since}).all())
        figures: dict[AgentId, AgentFigures] = {}
        for agent_id, connected_at, ended_at, joined_seconds in rows:
            so_far = figures.get(agent_id, AgentFigures(0, 0.0))
            talk = 0.0
            if ended_at is not None:
                talk = (ended_at - connected_at).total_seconds() if joined_seconds is None else joined_seconds
            figures[agent_id] = AgentFigures(so_far.calls + 1, so_far.talk_seconds + talk)
        return figures


def _lately(tx: sa.Connection, wanted: sa.Select[Any], asked: dict[str, Any]) -> list[Attempt]:
    """Thousands of rows: made of them where the event loop does not wait for it."""
    return [to_attempt(row) for row in reversed(tx.execute(wanted, asked).all())]
