"""An attempt's life as transactions: the intent before the call, what is learned of it, its end, its disposition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.abandonment import AbandonmentPolicy, answers_of
from cti_api.model.appointments import Booking
from cti_api.model.calls import Attempt, AttemptState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.leads import DIALABLE_LEAD_STATES, LeadMove, LeadState
from cti_api.model.once import Once
from cti_api.model.phone import PhoneNumber
from cti_api.recycling import DROPPED
from cti_api.store import answer_days, moves, outbox
from cti_api.store import booking as places
from cti_api.store.answer_days import Counted
from cti_api.store.attempt_rows import decision_to_json
from cti_api.store.columns import Instant
from cti_api.store.dispositions import say
from cti_api.store.left import ERASED_NUMBER
from cti_api.store.lists import shown
from cti_api.store.people import numbers_of
from cti_api.store.schema import NOT_CLOSED, attempts, dispositions, leads, lists, suppressed_numbers
from cti_api.store.suppression import lead_moved, suppress, suppressed_among

BY_AGENT: Final = "agent"
"""Who chose a disposition that came with the closing of the call."""

# ------------------------------------------------------------------ open

_TAKE_LEAD: Final = (
    sa.update(leads)
    .where(
        leads.c.id == sa.bindparam("lead"),
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.state.in_(sa.bindparam("from_states", expanding=True)),
        ~sa.exists().where(suppressed_numbers.c.e164 == sa.bindparam("number")),
    )
    .values(
        state=LeadState.DIALING,
        state_since=sa.bindparam("at", type_=Instant()),
        former_state=sa.case((leads.c.state == LeadState.RESERVED, leads.c.former_state), else_=leads.c.state),
        lease_until=None,
    )
)
_WHY_NOT: Final = sa.select(
    leads.c.campaign_id,
    leads.c.state,
    sa.exists().where(suppressed_numbers.c.e164 == sa.bindparam("number")).label("suppressed"),
).where(leads.c.id == sa.bindparam("lead"))
_INSERT: Final = sa.insert(attempts)

FROM_THE_HOPPER: Final = (LeadState.RESERVED,)
BY_HAND: Final = (LeadState.RESERVED, *sorted(DIALABLE_LEAD_STATES))

_CALLED_ON: Final = DIALABLE_LEAD_STATES | {LeadState.EXHAUSTED}
"""What a call without a talk makes of a lead; not of one whose person has booked by their own link meanwhile."""

# ------------------------------------------------------------------ mark

_LEARNED: Final = (
    attempts.c.agent_id,
    attempts.c.result,
    attempts.c.cause,
    attempts.c.sip_code,
    attempts.c.amd,
    attempts.c.ringing_at,
    attempts.c.answered_at,
    attempts.c.live_at,
    attempts.c.offered_at,
    attempts.c.connected_at,
    attempts.c.ended_at,
    attempts.c.joined_seconds,
)
"""Facts that come in the course of a call; what is not known (None) leaves what was written before."""

_ORDER: Final = {state: place for place, state in enumerate(AttemptState)}
"""An attempt's states in the order of a call's life, which is the order in which the enum names them."""

_PLACE: Final = sa.case(
    *((attempts.c.state == sa.literal_column(f"'{state}'"), sa.literal_column(str(n))) for state, n in _ORDER.items())
)
_FACTS: Final[dict[Any, Any]] = {
    column: sa.func.coalesce(sa.bindparam(f"new_{column.name}", type_=column.type), column) for column in _LEARNED
} | {
    attempts.c.recording: sa.func.coalesce(
        sa.func.nullif(sa.bindparam("new_recording", type_=sa.Text), ""), attempts.c.recording
    )
}
_MARK: Final = (
    sa.update(attempts)
    .where(attempts.c.id == sa.bindparam("attempt"), sa.text(NOT_CLOSED))
    .values(
        {
            attempts.c.state: sa.case(
                (sa.bindparam("new_place", type_=sa.Integer) > _PLACE, sa.bindparam("new_state", type_=sa.String)),
                else_=attempts.c.state,
            ),
            **_FACTS,
        }
    )
)

# ------------------------------------------------------------------ close, dispose

_WITH_LEAD: Final = (
    sa.select(
        attempts.c.e164,
        attempts.c.state.label("attempt_state"),
        attempts.c.disposition_version,
        dispositions.c.code,
        dispositions.c.fields,
        leads.c.id,
        leads.c.campaign_id,
        leads.c.contact_id,
        leads.c.state,
        leads.c.phone_index,
        leads.c.attempts_made,
        leads.c.counts,
        leads.c.promised_at,
        leads.c.list_id,
        lists.c.name.label("list_name"),
    )
    .join_from(attempts, leads, leads.c.id == attempts.c.lead_id)
    .join(lists, lists.c.id == leads.c.list_id, isouter=True)
    .join(
        dispositions,
        sa.and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.version == attempts.c.disposition_version),
        isouter=True,
    )
    .where(attempts.c.id == sa.bindparam("attempt"))
    .with_for_update(of=(attempts, leads))
)
_CLOSE: Final = (
    sa.update(attempts)
    .where(attempts.c.id == sa.bindparam("attempt"))
    .values(
        {
            attempts.c.state: sa.literal_column(f"'{AttemptState.CLOSED}'"),
            attempts.c.closed_at: sa.bindparam("new_closed_at", type_=Instant()),
            attempts.c.disposition_version: sa.bindparam("new_disposition_version"),
            attempts.c.lead_state: sa.bindparam("new_lead_state"),
            attempts.c.lead_reason: sa.bindparam("new_lead_reason"),
            **_FACTS,
        }
    )
)
_COUNT_ONLY: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        attempts_made=sa.bindparam("made"),
        counts=sa.bindparam("new_counts", type_=leads.c.counts.type),
    )
)
_POINT_TO: Final = (
    sa.update(attempts)
    .where(attempts.c.id == sa.bindparam("attempt"))
    .values(disposition_version=sa.bindparam("version"))
)


def open_attempt(tx: sa.Connection, attempt: Attempt, events: Sequence[Event], states: Sequence[LeadState]) -> None:
    """See `cti_api.store.attempts.Attempts.open`; `states` are those from which the lead may be taken."""
    taken = tx.execute(
        _TAKE_LEAD,
        {
            "lead": attempt.lead_id,
            "campaign": attempt.campaign_id,
            "from_states": list(states),
            "number": attempt.number.e164,
            "at": attempt.created_at,
        },
    )
    # Asked once more now that the lead is ours: PostgreSQL may have waited for whoever held it, having looked at the
    # list before (a statement sees what was committed when it began).
    if not taken.rowcount or suppressed_among(tx, [attempt.number.e164]):
        raise _why_not(tx, attempt)
    tx.execute(
        _INSERT,
        {
            "id": attempt.id,
            "campaign_id": attempt.campaign_id,
            "lead_id": attempt.lead_id,
            "e164": attempt.number.e164,
            "trunk": attempt.trunk,
            "state": AttemptState.ORIGINATING,
            "decision": decision_to_json(attempt.decision),
            "created_at": attempt.created_at,
            "agent_id": attempt.agent_id,
            "recording": attempt.recording,
            "disposition_version": 0,
            "lead_state": "",
            "lead_reason": "",
        },
    )
    outbox.append(tx, events)


def _why_not(tx: sa.Connection, attempt: Attempt) -> NotFound | Conflict:
    lead = tx.execute(_WHY_NOT, {"lead": attempt.lead_id, "number": attempt.number.e164}).one_or_none()
    if lead is None or lead.campaign_id != attempt.campaign_id:
        return NotFound(f"There is no lead {attempt.lead_id} in campaign {attempt.campaign_id}.")
    if lead.suppressed:
        return Conflict(f"The number {attempt.number.masked} is on the do-not-call list.")
    return Conflict(f"Lead {attempt.lead_id} is {lead.state}; it cannot be dialled from there.")


def mark(tx: sa.Connection, attempt: Attempt, events: Sequence[Event]) -> bool:
    """See `cti_api.store.attempts.Attempts.mark`."""
    if attempt.state is AttemptState.CLOSED:
        raise ValueError("an attempt is closed by Attempts.close")
    place = {"new_place": _ORDER[attempt.state], "new_state": attempt.state}
    if not tx.execute(_MARK, {"attempt": attempt.id, **place, **_facts(attempt)}).rowcount:
        return False
    outbox.append(tx, events)
    return True


def close(
    tx: sa.Connection,
    attempt: Attempt,
    move: LeadMove,
    events: Sequence[Event],
    booking: Booking | None = None,
    *,
    counted: Counted | None = None,
    once: Once | None = None,
) -> bool:
    """See `cti_api.store.attempts.Attempts.close`."""
    if attempt.result is None or attempt.closed_at is None:
        raise ValueError("an attempt is closed with its result and the instant")
    row = _with_lead(tx, attempt.id)
    if row.attempt_state == AttemptState.CLOSED:
        return False
    version = row.disposition_version
    code = row.code
    if attempt.disposition:
        code = attempt.disposition
        version = say(
            tx, attempt.id, row, code, attempt.disposition_fields, attempt.closed_at, attempt.agent_id, BY_AGENT, once
        )
        if version != row.disposition_version:
            places.of_disposition(tx, row, attempt.id, booking, attempt.closed_at, attempt.agent_id)
    if move.suppress_number:
        source = f"{attempt.campaign_id}:{move.suppress_source or code or attempt.result}"
        suppress(tx, _numbers_to_suppress(tx, row, move), source, attempt.closed_at)
    counts = _counted(row.counts, *((attempt.result,) if move.counted_as is None else move.counted_as), code)
    made = row.attempts_made + (1 if move.counts_as_attempt else 0)
    booked_meanwhile = not code and move.state in _CALLED_ON and places.stands(tx, row.id)
    if booked_meanwhile:
        move = replace(move, state=LeadState.COMPLETED, reason=places.BY_APPOINTMENT, not_before=None)
    if row.state == LeadState.DIALING:
        move = moves.apply(tx, row, move, attempt.closed_at, attempts_made=made, counts=counts)
    else:
        tx.execute(_COUNT_ONLY, {"lead": row.id, "made": made, "new_counts": counts})
    tx.execute(
        _CLOSE,
        {
            "attempt": attempt.id,
            "new_closed_at": attempt.closed_at,
            "new_disposition_version": version,
            "new_lead_state": move.state,
            "new_lead_reason": move.reason,
            **_facts(attempt),
        },
    )
    answer_days.count(tx, attempt.campaign_id, counted or _as_its_result_says(attempt))
    for event in events:
        if event.kind is EventKind.ATTEMPT_CLOSED:
            event.payload["list"] = shown(row.list_id, row.list_name)
    outbox.append(tx, events)
    if booked_meanwhile:
        outbox.append(tx, [lead_moved(row.campaign_id, row.id, move.state, move.reason, attempt.closed_at)])
    return True


def dispose(
    tx: sa.Connection,
    attempt_id: AttemptId,
    code: str,
    fields: dict[str, str],
    at: datetime,
    events: Sequence[Event],
    agent_id: AgentId | None,
    source: str,
    move: LeadMove | None,
    booking: Booking | None,
    *,
    same_booking: bool = False,
    counted: Counted | None = None,
    once: Once | None = None,
) -> int:
    """See `cti_api.store.attempts.Attempts.dispose`."""
    row = _with_lead(tx, attempt_id)
    if row.e164 == ERASED_NUMBER:
        raise Conflict("The person of this call was erased: nothing more is written down of it.")
    version = say(tx, attempt_id, row, code, fields, at, agent_id, source, once)
    if version == row.disposition_version:
        return version
    if not same_booking:
        places.of_disposition(tx, row, attempt_id, booking, at, agent_id)
    tx.execute(_POINT_TO, {"attempt": attempt_id, "version": version})
    if row.attempt_state == AttemptState.CLOSED:
        if counted is not None:
            answer_days.count(tx, row.campaign_id, counted)
        if move is not None and move.suppress_number:
            suppress(tx, _numbers_to_suppress(tx, row, move), f"correction:{code}", at)
        counts = _counted(_uncounted(row.counts, row.code), code)
        if move is not None:
            # Whether the number is anybody's is what the agent says now, not what was said before.
            counts = _counted(_uncounted(counts, _dropped_word(tx, row)), *_dropped_by(move))
        if move is not None and row.state in moves.FREE_TO_MOVE:
            moves.apply(tx, row, move, at, attempts_made=row.attempts_made, counts=counts)
        else:
            tx.execute(_COUNT_ONLY, {"lead": row.id, "made": row.attempts_made, "new_counts": counts})
    outbox.append(tx, events)
    return version


def _as_its_result_says(attempt: Attempt) -> Counted:
    assert attempt.result is not None
    answers = answers_of(AbandonmentPolicy(), attempt.result, attempt.answered_at, attempt.connected_at)
    return Counted(attempt.created_at, attempt.created_at.astimezone(UTC).date(), answers)


def _dropped_word(tx: sa.Connection, row: sa.Row[Any]) -> str | None:
    """The word under which the attempt's lead keeps that the number it dialled was dropped."""
    numbers = numbers_of(tx, [row.contact_id])[row.contact_id]
    return f"{DROPPED}{numbers.index(row.e164)}" if row.e164 in numbers else None


def _dropped_by(move: LeadMove) -> tuple[str, ...]:
    return tuple(word for word in move.counted_as or () if word.startswith(DROPPED))


def _with_lead(tx: sa.Connection, attempt_id: AttemptId) -> Any:
    row = tx.execute(_WITH_LEAD, {"attempt": attempt_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no attempt {attempt_id}.")
    return row


def _numbers_to_suppress(tx: sa.Connection, row: sa.Row[Any], move: LeadMove) -> list[PhoneNumber]:
    """The number that was dialled, and with a person's own no all the others of theirs."""
    others = numbers_of(tx, [row.contact_id])[row.contact_id] if move.suppress_person else []
    return [PhoneNumber(e164) for e164 in dict.fromkeys([row.e164, *others])]


def _facts(attempt: Attempt) -> dict[str, Any]:
    return {f"new_{column.name}": getattr(attempt, column.name) for column in _LEARNED} | {
        "new_recording": attempt.recording
    }


def _counted(counts: dict[str, int], *words: str | None) -> dict[str, int]:
    counts = dict(counts)
    for word in words:
        if word:
            counts[word] = counts.get(word, 0) + 1
    return counts


def _uncounted(counts: dict[str, int], word: str | None) -> dict[str, int]:
    return {key: number - (key == word) for key, number in counts.items() if number - (key == word) > 0}
