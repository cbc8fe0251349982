"""People answering: each answer is on disk with what follows from it before anything more is said to them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.events import EventKind
from cti_api.model.ids import AttemptId, LeadId
from cti_api.model.messages import storable_text
from cti_api.model.surveys import (
    STILL_TO_ASK,
    Action,
    Answer,
    AnsweredBy,
    FollowedUp,
    InvitationState,
    NewSitting,
    Outcome,
    SittingId,
    StoredSitting,
    SurveyId,
    TranscriptState,
)
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import leads
from cti_api.store.survey_cases import OF_AREAS, told_of
from cti_api.store.survey_tables import (
    OPEN,
    survey_answers,
    survey_comments,
    survey_follow_ups,
    survey_invitations,
    survey_sittings,
    surveys,
)
from cti_api.store.survey_told import ended, told_of_sitting

LONGEST_HEARD: Final = 4000
"""Characters that are kept of what a recogniser understood, and of a transcript: some ten minutes of speech are more
than any comment has."""

_INVITATION_AFTER: Final = {
    Outcome.FINISHED: InvitationState.FINISHED,
    Outcome.PARTIAL: InvitationState.PARTIAL,
    Outcome.REFUSED: InvitationState.REFUSED,
    Outcome.SILENT: InvitationState.WAITING,
}
_RANK: Final = {Outcome.SILENT: 0, Outcome.PARTIAL: 1, Outcome.FINISHED: 2, Outcome.REFUSED: 3}
"""An end that is told again, in any order, leaves what says more."""


_SITTING: Final = sa.select(survey_sittings).where(survey_sittings.c.id == sa.bindparam("sitting"))
_HELD: Final = _SITTING.with_for_update()
_INVITATION: Final = (
    sa.select(survey_invitations).where(survey_invitations.c.id == sa.bindparam("invitation")).with_for_update()
)
_OF_INVITATION: Final = sa.select(survey_sittings.c.id).where(
    survey_sittings.c.invitation_id == sa.bindparam("invitation")
)
_ANSWERS: Final = (
    sa.select(
        survey_answers,
        survey_comments.c.recording,
        survey_comments.c.seconds,
        survey_comments.c.transcript_text,
    )
    .join_from(
        survey_answers,
        survey_comments,
        sa.and_(
            survey_comments.c.sitting_id == survey_answers.c.sitting_id,
            survey_comments.c.question == survey_answers.c.question,
        ),
        isouter=True,
    )
    .where(survey_answers.c.sitting_id == sa.bindparam("sitting"))
    .order_by(survey_answers.c.at, survey_answers.c.question)
)
_FOLLOWED: Final = (
    sa.select(survey_follow_ups)
    .where(survey_follow_ups.c.sitting_id == sa.bindparam("sitting"))
    .order_by(survey_follow_ups.c.at, survey_follow_ups.c.trigger)
)
_OUTCOMES: Final = sa.select(survey_sittings.c.attempt_id, survey_sittings.c.outcome).where(
    survey_sittings.c.attempt_id.in_(sa.bindparam("attempts", expanding=True)), survey_sittings.c.outcome.is_not(None)
)
_LEFT_OPEN: Final = (
    sa.select(survey_sittings.c.id, sa.exists().where(survey_answers.c.sitting_id == survey_sittings.c.id))
    .where(sa.text(OPEN), survey_sittings.c.began_at <= sa.bindparam("before", type_=Instant()))
    .order_by(survey_sittings.c.began_at)
)


class Sittings:
    """Who answers now, and who did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, new: NewSitting, at: datetime) -> StoredSitting:
        """Somebody is asked from now on. An invitation has one sitting: who is called again goes on in it.

        Raises `NotFound`, and `Conflict` where the invitation is over.
        """
        return await self._database.write(_begin, new, at)

    async def keep(
        self,
        sitting_id: SittingId,
        at: datetime,
        answers: Sequence[Answer] = (),
        followed: Sequence[FollowedUp] = (),
        outcome: Outcome | None = None,
    ) -> list[FollowedUp]:
        """What one step of the survey stores, in one transaction; returns what follows of it for the first time.

        The same twice changes and tells nothing more; an answer of a question again replaces the one before, of a
        comment the first recording stays. `outcome`: the sitting is over.

        Raises `NotFound`, and `Conflict` where the person was erased meanwhile.
        """
        return await self._database.write(_keep, sitting_id, at, answers, followed, outcome)

    async def get(self, sitting_id: SittingId) -> StoredSitting:
        """Raises `NotFound`."""
        return await self._database.read(_get, sitting_id)

    async def followed(self, sitting_id: SittingId) -> list[FollowedUp]:
        """What was set off in it, in that order."""
        rows = await self._database.read(lambda tx: tx.execute(_FOLLOWED, {"sitting": sitting_id}).all())
        return [
            FollowedUp(
                trigger=row.trigger, action=Action(row.action), question=row.question, owner=row.owner,
                due_at=row.due_at, queue=row.queue,
            )
            for row in rows
        ]  # fmt: skip

    async def outcomes(self, attempt_ids: Sequence[AttemptId]) -> dict[AttemptId, Outcome]:
        """How the sittings of these calls ended, of those that did."""
        asked = {"attempts": list(attempt_ids)}
        rows = await self._database.read(lambda tx: tx.execute(_OUTCOMES, asked).all())
        return {AttemptId(row.attempt_id): Outcome(row.outcome) for row in rows}

    async def settle(self, before: datetime, at: datetime) -> int:
        """End those that began before and that nobody holds any more, as after a crash; returns how many."""
        return await self._database.write(_settle, before, at)


def _begin(tx: sa.Connection, new: NewSitting, at: datetime) -> StoredSitting:
    version = tx.execute(sa.select(surveys.c.version).where(surveys.c.id == new.survey_id)).scalar_one_or_none()
    if version is None:
        raise NotFound(f"There is no survey {new.survey_id}.")
    row: dict[str, Any] = {
        "survey_id": new.survey_id, "version": version, "invitation_id": new.invitation_id, "lead_id": new.lead_id,
        "attempt_id": new.attempt_id, "e164": new.number.e164 if new.number else None, "agent": new.agent_id or "",
        "queue": new.queue, "service": new.service, "began_at": at,
    }  # fmt: skip
    if new.lead_id is not None:
        found = tx.execute(sa.select(leads.c.contact_id).where(leads.c.id == new.lead_id)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"There is no lead {new.lead_id}.")
        row["contact_id"] = found
    if new.invitation_id is not None:
        known = _take_up(tx, new, row, at)
        if known is not None:
            return _get(tx, known)
    row["id"] = uuid.uuid4().hex
    tx.execute(sa.insert(survey_sittings), row)
    return _get(tx, SittingId(row["id"]))


def _take_up(tx: sa.Connection, new: NewSitting, row: dict[str, Any], at: datetime) -> SittingId | None:
    """Count the invitation's try and take over what it says of the service; the sitting it has, if it has one."""
    invited = tx.execute(_INVITATION, {"invitation": new.invitation_id}).one_or_none()
    if invited is None or invited.survey_id != new.survey_id:
        raise NotFound(f"There is no invitation {new.invitation_id} to {new.survey_id}.")
    if invited.state not in STILL_TO_ASK or invited.deadline <= at:
        raise Conflict(f"The invitation {new.invitation_id} is over: nobody is asked by it any more.")
    tx.execute(
        sa.update(survey_invitations)
        .where(survey_invitations.c.id == invited.id)
        .values(tries=survey_invitations.c.tries + 1)
    )
    row["contact_id"] = invited.contact_id
    row["lead_id"] = row["lead_id"] or invited.lead_id
    for name in ("agent", "queue", "service"):
        row[name] = row[name] or getattr(invited, name)
    known = tx.execute(_OF_INVITATION, {"invitation": invited.id}).scalar_one_or_none()
    if known is None:
        return None
    tx.execute(
        sa.update(survey_sittings)
        .where(survey_sittings.c.id == known)
        .values(outcome=None, attempt_id=new.attempt_id or survey_sittings.c.attempt_id)
    )
    return SittingId(known)


def _keep(
    tx: sa.Connection,
    sitting_id: SittingId,
    at: datetime,
    answers: Sequence[Answer],
    followed: Sequence[FollowedUp],
    outcome: Outcome | None,
) -> list[FollowedUp]:
    sitting = hold(tx, sitting_id)
    if sitting.erased_at is not None:
        raise Conflict("The person was erased: nothing of what they say is kept any more.")
    for answer in answers:
        _keep_answer(tx, sitting_id, answer, at)
    new = follow(tx, sitting, followed, at)
    if outcome is not None:
        _end(tx, sitting, outcome, at)
    return new


def hold(tx: sa.Connection, sitting_id: SittingId) -> sa.Row[Any]:
    """The sitting, locked, and its invitation before it, as everybody locks the two. Raises `NotFound`."""
    found = tx.execute(_SITTING, {"sitting": sitting_id}).one_or_none()
    if found is None:
        raise NotFound(f"There is no sitting {sitting_id}.")
    if found.invitation_id is not None:
        tx.execute(_INVITATION, {"invitation": found.invitation_id}).one()
    return tx.execute(_HELD, {"sitting": sitting_id}).one()


def _keep_answer(tx: sa.Connection, sitting_id: SittingId, answer: Answer, at: datetime) -> None:
    this = (survey_answers.c.sitting_id == sitting_id, survey_answers.c.question == answer.question)
    row: dict[str, Any] = {
        "value": answer.value, "score": answer.score, "answered_by": answer.by.value,
        "heard_text": storable_text(answer.heard)[:LONGEST_HEARD], "confidence": answer.confidence,
    }  # fmt: skip
    if answer.by is AnsweredBy.RECORDING:
        row["heard_text"] = ""  # its transcript, which is kept with the recording
    if tx.execute(sa.select(survey_answers.c.at).where(*this)).first() is not None:
        tx.execute(sa.update(survey_answers).where(*this).values(row))
        return
    key = {"sitting_id": sitting_id, "question": answer.question, "at": at}
    tx.execute(sa.insert(survey_answers), {**row, **key})
    if answer.by is AnsweredBy.RECORDING:
        comment = {
            "recording": answer.recording, "seconds": answer.seconds, "transcript_text": "",
            "transcript_state": TranscriptState.WAITING.value,
        }  # fmt: skip
        tx.execute(sa.insert(survey_comments), {**comment, **key})


def follow(tx: sa.Connection, sitting: sa.Row[Any], followed: Sequence[FollowedUp], at: datetime) -> list[FollowedUp]:
    if not followed:
        return []
    known = {row.trigger for row in tx.execute(_FOLLOWED, {"sitting": sitting.id})}
    new = list({each.trigger: each for each in followed if each.trigger not in known}.values())
    for each in new:
        row = {
            "sitting_id": sitting.id, "trigger": each.trigger, "action": each.action.value, "question": each.question,
            "owner": each.owner, "due_at": each.due_at, "queue": each.queue, "at": at, "done_by": "",
        }  # fmt: skip
        tx.execute(sa.insert(survey_follow_ups), row)
        told = {
            "trigger": each.trigger, "action": each.action.value, "question": each.question, "owner": each.owner,
            "due_at": each.due_at.isoformat() if each.due_at else None, "queue": each.queue,
        }  # fmt: skip
        outbox.append(tx, [told_of_sitting(tx, EventKind.SURVEY_FOLLOWED, sitting, at, **told)])
        if each.action in OF_AREAS:
            of = sitting.survey_id, sitting.id, each.trigger
            case = told_of(EventKind.CASE_OPENED, *of, at, owner=each.owner, service=sitting.service)
            outbox.append(tx, [case])
    return new


def _end(tx: sa.Connection, sitting: sa.Row[Any], outcome: Outcome, at: datetime) -> None:
    if sitting.outcome is not None and _RANK[Outcome(sitting.outcome)] >= _RANK[outcome]:
        return
    tx.execute(
        sa.update(survey_sittings).where(survey_sittings.c.id == sitting.id).values(outcome=outcome.value, ended_at=at)
    )
    if sitting.invitation_id is not None:
        tx.execute(
            sa.update(survey_invitations)
            .where(survey_invitations.c.id == sitting.invitation_id)
            .values(state=_INVITATION_AFTER[outcome].value, state_since=at)
        )
    last = Outcome(sitting.outcome) if sitting.outcome is not None else None
    outbox.append(tx, [ended(tx, sitting, outcome, at, last_at=sitting.ended_at, last=last)])


def _settle(tx: sa.Connection, before: datetime, at: datetime) -> int:
    left = tx.execute(_LEFT_OPEN, {"before": before}).all()
    for sitting_id, answered in left:
        _end(tx, hold(tx, sitting_id), Outcome.PARTIAL if answered else Outcome.SILENT, at)
    return len(left)


def _get(tx: sa.Connection, sitting_id: SittingId) -> StoredSitting:
    row = tx.execute(_SITTING, {"sitting": sitting_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no sitting {sitting_id}.")
    return StoredSitting(
        id=SittingId(row.id),
        survey_id=SurveyId(row.survey_id),
        version=row.version,
        invitation_id=row.invitation_id,
        attempt_id=AttemptId(row.attempt_id) if row.attempt_id else None,
        lead_id=LeadId(row.lead_id) if row.lead_id is not None else None,
        agent=row.agent,
        queue=row.queue,
        service=row.service,
        began_at=row.began_at,
        ended_at=row.ended_at if row.outcome else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        answers=tuple(_to_answer(each) for each in tx.execute(_ANSWERS, {"sitting": sitting_id})),
    )


def _to_answer(row: sa.Row[Any]) -> Answer:
    return Answer(
        question=row.question,
        value=row.value,
        score=row.score,
        by=AnsweredBy(row.answered_by),
        heard=row.transcript_text or row.heard_text,
        confidence=row.confidence,
        recording=row.recording or "",
        seconds=row.seconds or 0.0,
    )
