"""What follows the calls, written down once: an action of a lead is planned with its row, and never a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import NotFound, SettingsError
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId, LeadId, new_event_id
from cti_api.model.leads import ERASED, Lead, NewLead
from cti_api.model.messages import Message, Task
from cti_api.store import intake, outbox
from cti_api.store.database import Database
from cti_api.store.message_rows import TASK, from_message, to_task
from cti_api.store.message_tables import follow_ups, messages, tasks
from cti_api.store.number_key import NumberKey
from cti_api.store.paging import Mark, page
from cti_api.store.schema import leads


@dataclass(frozen=True, slots=True)
class NewTask:
    text: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The person becomes a lead of another campaign."""

    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One action of one lead, and what comes of it."""

    lead: Lead
    action: str
    occasion: str
    """Empty for an action that is done once for a lead, else the attempt's id."""
    spec_version: int
    after: str
    """What it follows."""
    event_id: str
    what: Message | NewTask | Elsewhere


_HOLD: Final = (
    sa.select(leads.c.id, leads.c.reason)
    .where(leads.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(leads.c.id)
    .with_for_update()
)
_KNOWN: Final = sa.select(follow_ups.c.id).where(
    follow_ups.c.lead_id == sa.bindparam("lead"),
    follow_ups.c.action == sa.bindparam("action"),
    follow_ups.c.occasion == sa.bindparam("occasion"),
)
_INSERT: Final = sa.insert(follow_ups).returning(follow_ups.c.id)
_INSERT_MESSAGE: Final = sa.insert(messages)
_INSERT_TASK: Final = sa.insert(tasks).returning(tasks.c.id)
_OPEN_TASKS: Final = TASK.where(sa.text("tasks.done_at IS NULL"))
_TASKS_OF_LEAD: Final = TASK.where(tasks.c.lead_id == sa.bindparam("lead")).order_by(tasks.c.id)
_TASK: Final = TASK.where(tasks.c.id == sa.bindparam("task")).with_for_update(of=tasks)
_DONE: Final = (
    sa.update(tasks)
    .where(tasks.c.id == sa.bindparam("task"))
    .values(done_at=sa.bindparam("at", type_=tasks.c.done_at.type), done_by=sa.bindparam("by"))
)


class FollowUps:
    """Actions that were planned, and the tasks among them."""

    def __init__(self, database: Database, key: NumberKey) -> None:
        self._database = database
        self._key = key

    async def plan(self, wanted: Sequence[Planned], at: datetime) -> int:
        """Write these down, in one transaction; returns how many were new.

        Those that are known stay as they are; nothing is done about somebody who was erased meanwhile.
        """
        return await self._database.write(_plan, wanted, at, self._key)

    async def tasks(self, *, done: bool = False, after: Mark | None = None, most: int = 200) -> list[Task]:
        """What is to be done, the oldest first; with `done` everything, the newest first. `after`: instant and id of
        the last one of a page; of everything its id alone."""
        if done:
            wanted = page(TASK, (tasks.c.id,), after, most, newest_first=True)
        else:
            wanted = page(_OPEN_TASKS, (tasks.c.created_at, tasks.c.id), after, most)
        rows = await self._database.read(lambda tx: tx.execute(wanted).all())
        return [to_task(row) for row in rows]

    async def tasks_of(self, lead_id: LeadId) -> list[Task]:
        """Of one lead, the oldest first."""
        rows = await self._database.read(lambda tx: tx.execute(_TASKS_OF_LEAD, {"lead": lead_id}).all())
        return [to_task(row) for row in rows]

    async def finish_task(self, task_id: int, by: str, at: datetime) -> Task:
        """It is done; done a second time it stays as it was. Raises `NotFound`."""
        return await self._database.write(_finish_task, task_id, by, at)


def _plan(tx: sa.Connection, wanted: Sequence[Planned], at: datetime, key: NumberKey) -> int:
    new = 0
    held = tx.execute(_HOLD, {"ids": sorted({each.lead.id for each in wanted})}).all()
    erased = {row.id for row in held if row.reason == ERASED}
    for each in wanted:
        if each.lead.id in erased:
            continue
        once = {"lead": each.lead.id, "action": each.action, "occasion": each.occasion}
        if tx.execute(_KNOWN, once).first() is not None:
            continue
        new += 1
        follow_up_id = tx.execute(
            _INSERT,
            {
                "lead_id": each.lead.id,
                "action": each.action,
                "occasion": each.occasion,
                "campaign_id": each.lead.campaign_id,
                "spec_version": each.spec_version,
                "after": each.after,
                "event_id": each.event_id,
                "at": at,
            },
        ).scalar_one()
        match each.what:
            case Message():
                tx.execute(_INSERT_MESSAGE, from_message(each.what, follow_up_id))
            case NewTask():
                _add_task(tx, each, each.what, follow_up_id, at)
            case Elsewhere():
                _add_lead(tx, each, each.what, follow_up_id, at, key)
    return new


def _add_task(tx: sa.Connection, planned: Planned, task: NewTask, follow_up_id: int, at: datetime) -> None:
    lead = planned.lead
    values: dict[str, Any] = {
        "follow_up_id": follow_up_id,
        "campaign_id": lead.campaign_id,
        "lead_id": lead.id,
        "text": task.text,
        "owner": task.owner,
        "created_at": at,
        "done_by": "",
    }
    task_id = tx.execute(_INSERT_TASK, values).scalar_one()
    told = Event(
        event_id=new_event_id(),
        kind=EventKind.TASK_CREATED,
        occurred_at=at,
        campaign_id=lead.campaign_id,
        lead_id=lead.id,
        payload={"task_id": task_id, "action": planned.action, "owner": task.owner},
    )
    outbox.append(tx, [told])


def _add_lead(
    tx: sa.Connection, planned: Planned, where: Elsewhere, follow_up_id: int, at: datetime, key: NumberKey
) -> None:
    lead = planned.lead
    row = NewLead(
        name=lead.contact.name,
        phones=lead.contact.phones,
        fields=lead.fields,
        timezone=lead.timezone,
        department=lead.department,
        priority=0,
    )
    try:
        added = intake.add(tx, where.campaign_id, [row], set(), 0, at, key)
        why = "uno de sus números es de alguien que pidió ser borrado; ninguna lista lo trae de vuelta"
    except (NotFound, SettingsError) as error:  # before anything of it was written
        added, why = None, str(error)
    if added is None or added.erased:
        told = NewTask(f"{lead.contact.name}: no se pudo pasar a la campaña {where.campaign_id}: {why}")
        _add_task(tx, planned, told, follow_up_id, at)


def _finish_task(tx: sa.Connection, task_id: int, by: str, at: datetime) -> Task:
    row = tx.execute(_TASK, {"task": task_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no task {task_id}.")
    if row.done_at is None:
        tx.execute(_DONE, {"task": task_id, "at": at, "by": by})
        row = tx.execute(_TASK, {"task": task_id}).one()
    return to_task(row)
