"""Surveys: their files, every version kept, and who is to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import Conflict, NotFound
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AttemptId, CampaignId, LeadId, new_event_id
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import Invitation, InvitationState, NewInvitation, SurveyId
from cti_api.store import handed_over, intake, outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.handed_over import AskedIn
from cti_api.store.number_key import NumberKey
from cti_api.store.people import numbers_of
from cti_api.store.schema import contacts
from cti_api.store.survey_tables import TO_ASK, survey_files, survey_invitations, surveys
from cti_api.store.survey_told import expired


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSurvey:
    """A survey as the store keeps it: the file, not what is made of it."""

    id: SurveyId
    title: str
    version: int
    """1 for the first file, one more for each that replaced it."""
    text: str
    created_at: datetime


_OF: Final[sa.BindParameter[str]] = sa.bindparam("survey")
_STORED: Final = sa.select(
    surveys.c.id, surveys.c.title, survey_files.c.version, survey_files.c.text, surveys.c.created_at
).join_from(surveys, survey_files, survey_files.c.survey_id == surveys.c.id)
_LATEST: Final = _STORED.where(survey_files.c.version == surveys.c.version)
_LOCK: Final = sa.select(surveys).where(surveys.c.id == _OF).with_for_update()
_INVITATION: Final = sa.select(survey_invitations, contacts.c.name).join_from(survey_invitations, contacts)
_BY_ID: Final = _INVITATION.where(survey_invitations.c.id == sa.bindparam("invitation"))
_BY_KEY: Final = _INVITATION.where(
    survey_invitations.c.survey_id == _OF, survey_invitations.c.service_key == sa.bindparam("key")
)
_INSERT: Final = sa.insert(survey_invitations).returning(survey_invitations.c.id)
_EXPIRE: Final = (
    sa.update(survey_invitations)
    .where(
        sa.text(TO_ASK),
        # some answers are better than none: those are told as partial for good
        survey_invitations.c.state == InvitationState.WAITING.value,
        survey_invitations.c.deadline <= sa.bindparam("now", type_=Instant()),
    )
    .values(state=InvitationState.EXPIRED.value, state_since=sa.bindparam("now", type_=Instant()))
    .returning(survey_invitations.c.id, survey_invitations.c.survey_id)
)


class Surveys:
    """Files of surveys, and invitations."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def publish(self, survey_id: SurveyId, title: str, text: str, at: datetime) -> StoredSurvey:
        """A new survey, or a new version of it; the same text again changes nothing. Sittings end by their version."""
        return await self._database.write(_publish, survey_id, title, text, at)

    async def get(self, survey_id: SurveyId, version: int | None = None) -> StoredSurvey:
        """Raises `NotFound`."""
        return await self._database.read(_get, survey_id, version)

    async def all(self) -> list[StoredSurvey]:
        """The latest version of each, by their names."""
        rows = await self._database.read(lambda tx: tx.execute(_LATEST.order_by(surveys.c.id)).all())
        return [_to_survey(row) for row in rows]

    # -------------------------------------------------------------- invitations

    async def invite(
        self, survey_id: SurveyId, new: NewInvitation, within_seconds: float, at: datetime
    ) -> tuple[Invitation, bool]:
        """Somebody is to be asked until so long after the service; False: that service is known, nothing was changed.

        Raises `NotFound`; `Conflict` where the time is over or the person was erased; `SettingsError` where that cannot
        be known.
        """
        return await self._database.write(_invite, survey_id, new, within_seconds, at, self._key)

    async def invitation(self, invitation_id: int) -> Invitation:
        """Raises `NotFound`."""
        return await self._database.read(_invitation, invitation_id)

    async def invitations(
        self, survey_id: SurveyId, state: InvitationState | None = None, after: int = 0, most: int = 200
    ) -> list[Invitation]:
        """Page by page, in the order in which they came: `after` is the last id of a page."""
        wanted = _INVITATION.where(survey_invitations.c.survey_id == survey_id, survey_invitations.c.id > after)
        if state is not None:
            wanted = wanted.where(survey_invitations.c.state == state.value)
        return await self._database.read(_invitations, wanted.order_by(survey_invitations.c.id).limit(most), {})

    async def to_call(
        self, survey_id: SurveyId, now: datetime, most: int = 500, campaign_id: CampaignId | None = None
    ) -> list[Invitation]:
        """Those that are still to be asked and that no campaign has yet; the nearest deadline first.

        `campaign_id`: without the people whom that campaign has and is not done with.
        """
        return await self._database.read(
            lambda tx: _to_invitations(tx, handed_over.to_call(tx, survey_id, now, most, campaign_id))
        )

    async def hand_over(self, invitation_id: int, campaign_id: CampaignId, at: datetime) -> LeadId | None:
        """The person becomes a lead of that campaign, to be called until the deadline; in one transaction.

        Who was called by it for an earlier service, and is done with, is the same lead in another round. Gives the
        lead, suppressed where the person is not to be called; None where the campaign is not done with them: nothing
        was changed. The same twice is done once. Raises `NotFound`; `Conflict` where nobody is to be asked any more.
        """
        return await self._database.write(handed_over.hand_over, invitation_id, campaign_id, at, self._key)

    async def asked_in(self, attempt_id: AttemptId) -> AskedIn:
        """Whom the call of that attempt asks, and about what. Raises `NotFound` where nobody is to be asked."""
        return await self._database.read(handed_over.asked_in, attempt_id)

    async def expire(self, now: datetime) -> int:
        """Ask nobody any more whose deadline has passed; returns how many never answered anything."""
        return await self._database.write(_expire, now)


def _publish(tx: sa.Connection, survey_id: SurveyId, title: str, text: str, at: datetime) -> StoredSurvey:
    known = tx.execute(_LOCK, {"survey": survey_id}).one_or_none()
    version = 1 if known is None else known.version + 1
    if known is None:
        tx.execute(sa.insert(surveys), {"id": survey_id, "title": title, "version": version, "created_at": at})
    elif _get(tx, survey_id, None).text == text:
        return _get(tx, survey_id, None)
    else:
        tx.execute(sa.update(surveys).where(surveys.c.id == survey_id).values(title=title, version=version))
    tx.execute(sa.insert(survey_files), {"survey_id": survey_id, "version": version, "text": text, "created_at": at})
    return _get(tx, survey_id, None)


def _get(tx: sa.Connection, survey_id: SurveyId, version: int | None) -> StoredSurvey:
    wanted = _LATEST if version is None else _STORED.where(survey_files.c.version == version)
    row = tx.execute(wanted.where(surveys.c.id == survey_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no survey {survey_id}{'' if version is None else f' of version {version}'}.")
    return _to_survey(row)


def _to_survey(row: Any) -> StoredSurvey:
    return StoredSurvey(
        id=SurveyId(row.id), title=row.title, version=row.version, text=row.text, created_at=row.created_at
    )


def _invite(
    tx: sa.Connection, survey_id: SurveyId, new: NewInvitation, within_seconds: float, at: datetime, key: NumberKey
) -> tuple[Invitation, bool]:
    # Held while it is looked who is known, as imports hold their campaign: an erasure waits, or is waited for.
    if tx.execute(_LOCK, {"survey": survey_id}).first() is None:
        raise NotFound(f"There is no survey {survey_id}.")
    known = tx.execute(_BY_KEY, {"survey": survey_id, "key": new.key}).one_or_none()
    if known is not None:
        return _to_invitations(tx, [known])[0], False
    deadline = new.service_at + timedelta(seconds=within_seconds)
    if deadline <= at:
        raise Conflict(f"The time to ask about the service {new.key} was over on {deadline:%Y-%m-%d %H:%M %Z}.")
    if key.erased_among(tx, [new.phone.e164]):
        raise Conflict("The number is of somebody who was erased: nobody brings it in again.")
    row = NewLead(name=new.name, phones=(new.phone,), external_key=new.person_key)
    invitation_id = tx.execute(
        _INSERT,
        {
            "survey_id": survey_id,
            "service_key": new.key,
            "contact_id": intake.person(tx, row, at),
            "service_at": new.service_at,
            "service": new.service,
            "agent": new.agent,
            "queue": new.queue,
            "deadline": deadline,
            "state": InvitationState.WAITING.value,
            "state_since": at,
            "tries": 0,
            "source": new.source,
            "created_at": at,
        },
    ).scalar_one()
    told = Event(
        event_id=new_event_id(),
        kind=EventKind.SURVEY_INVITED,
        occurred_at=at,
        payload={
            "survey": survey_id, "invitation_id": invitation_id, "deadline": deadline.isoformat(),
            "agent": new.agent, "queue": new.queue, "service": new.service,
        },
    )  # fmt: skip
    outbox.append(tx, [told])
    return _invitation(tx, invitation_id), True


def _expire(tx: sa.Connection, now: datetime) -> int:
    late = tx.execute(_EXPIRE, {"now": now}).all()
    outbox.append(tx, [expired(row.survey_id, row.id, now) for row in late])
    return len(late)


def _invitation(tx: sa.Connection, invitation_id: int) -> Invitation:
    row = tx.execute(_BY_ID, {"invitation": invitation_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no invitation {invitation_id}.")
    return _to_invitations(tx, [row])[0]


def _invitations(tx: sa.Connection, statement: sa.Select[Any], asked: dict[str, Any]) -> list[Invitation]:
    return _to_invitations(tx, tx.execute(statement, asked).all())


def _to_invitations(tx: sa.Connection, rows: Iterable[sa.Row[Any]]) -> list[Invitation]:
    rows = list(rows)
    numbers = numbers_of(tx, {row.contact_id for row in rows})
    return [
        Invitation(
            id=row.id,
            survey_id=SurveyId(row.survey_id),
            key=row.service_key or "",
            contact_id=row.contact_id,
            name=row.name,
            phone=next((PhoneNumber(e164) for e164 in numbers[row.contact_id]), None),
            service_at=row.service_at,
            service=row.service,
            agent=row.agent,
            queue=row.queue,
            deadline=row.deadline,
            state=InvitationState(row.state),
            state_since=row.state_since,
            tries=row.tries,
            lead_id=LeadId(row.lead_id) if row.lead_id is not None else None,
            created_at=row.created_at,
        )
        for row in rows
    ]
