"""What areas have to see to after surveys: who, by when, and that it was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound
from cti_api.kpi.surveys import CaseFigures, CaseTally
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import new_event_id
from cti_api.model.outside import OURS
from cti_api.model.surveys import Action, SittingId, SurveyCase, SurveyId
from cti_api.store import outbox
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.schema import contacts
from cti_api.store.survey_tables import UNDONE, survey_follow_ups, survey_sittings

OF_AREAS: Final = frozenset({Action.AREA, Action.CALL_BACK})
"""What somebody has to see to."""
_OF_AREAS: Final = survey_follow_ups.c.action != Action.TRANSFER.value
_CASE: Final = (
    sa.select(
        survey_follow_ups,
        survey_sittings.c.survey_id,
        survey_sittings.c.service,
        survey_sittings.c.contact_id,
        contacts.c.name,
    )
    .join_from(survey_follow_ups, survey_sittings)
    .join(contacts, contacts.c.id == survey_sittings.c.contact_id, isouter=True)
    .where(_OF_AREAS)
)
_THIS: Final = (
    survey_follow_ups.c.sitting_id == sa.bindparam("sitting"),
    survey_follow_ups.c.trigger == sa.bindparam("of"),
)
_DONE: Final = (
    sa.update(survey_follow_ups)
    .where(*_THIS, _OF_AREAS, survey_follow_ups.c.done_at.is_(None))
    .values(done_at=sa.bindparam("when", type_=Instant()), done_by=sa.bindparam("by"))
)


class SurveyCases:
    """Follow-ups of `Action.AREA` and `Action.CALL_BACK`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(
        self, survey_id: SurveyId | None = None, owner: str = "", *, done: bool = False, most: int = 200
    ) -> list[SurveyCase]:
        """What is to be done, the one due first first; with `done` everything, the newest first."""
        wanted = _CASE if done else _CASE.where(sa.text(UNDONE))
        if survey_id is not None:
            wanted = wanted.where(survey_sittings.c.survey_id == survey_id)
        if owner:
            wanted = wanted.where(survey_follow_ups.c.owner == owner)
        first = survey_follow_ups.c.at.desc() if done else survey_follow_ups.c.due_at
        wanted = wanted.order_by(first, survey_follow_ups.c.sitting_id, survey_follow_ups.c.trigger).limit(most)
        rows = await self._database.read(lambda tx: tx.execute(wanted).all())
        return [_to_case(row) for row in rows]

    async def finish(self, sitting_id: SittingId, trigger: str, by: str, at: datetime) -> SurveyCase:
        """It is done; done a second time it stays as it was. Raises `NotFound`."""
        return await self._database.write(_finish, sitting_id, trigger, by, at)

    async def figures(self, survey_id: SurveyId, first: datetime, until: datetime, now: datetime) -> CaseFigures:
        """Of those that were opened in ``[first, until)``."""
        asked = (
            sa.select(survey_follow_ups.c.at, survey_follow_ups.c.due_at, survey_follow_ups.c.done_at)
            .join_from(survey_follow_ups, survey_sittings)
            .where(
                _OF_AREAS,
                survey_sittings.c.survey_id == survey_id,
                survey_follow_ups.c.at >= first,
                survey_follow_ups.c.at < until,
            )
        )
        tally = CaseTally(now)
        for opened_at, due_at, done_at in await self._database.read(lambda tx: tx.execute(asked).all()):
            tally.add(opened_at, due_at, done_at)
        return tally.figures()


def _finish(tx: sa.Connection, sitting_id: SittingId, trigger: str, by: str, at: datetime) -> SurveyCase:
    done = tx.execute(_DONE, {"sitting": sitting_id, "of": trigger, "when": at, "by": by}).rowcount
    row = tx.execute(_CASE.where(*_THIS), {"sitting": sitting_id, "of": trigger}).one_or_none()
    if row is None:
        raise NotFound(f"There is no case {trigger} of the sitting {sitting_id}.")
    if done:
        case = told_of(
            EventKind.CASE_RESOLVED, row.survey_id, sitting_id, trigger, at,
            opened_at=row.at.isoformat(), owner=row.owner, service=row.service, effective=True,
        )  # fmt: skip
        outbox.append(tx, [case])
    return _to_case(row)


def told_of(kind: EventKind, survey: str, sitting: str, trigger: str, at: datetime, **more: Any) -> Event:
    """A case of ours is opened, or resolved, now."""
    when = "opened_at" if kind is EventKind.CASE_OPENED else "resolved_at"
    case = {"system": OURS, "case_id": f"{sitting} {trigger}", "survey": survey, when: at.isoformat(), **more}
    return Event(event_id=new_event_id(), kind=kind, occurred_at=at, payload=case)


def _to_case(row: sa.Row[Any]) -> SurveyCase:
    return SurveyCase(
        sitting_id=SittingId(row.sitting_id),
        survey_id=SurveyId(row.survey_id),
        trigger=row.trigger,
        action=Action(row.action),
        question=row.question,
        owner=row.owner,
        name=row.name or "",
        opened_at=row.at,
        due_at=row.due_at,
        done_at=row.done_at,
        done_by=row.done_by,
    )
