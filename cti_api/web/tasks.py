"""Tasks: what people have to do about leads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Line
from cti_api.web import paging
from cti_api.web.handed import Everything
from cti_api.web.told import TaskTold

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Done(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Annotated[Line, Field(min_length=1)]
    """Who did it."""


@router.get("")
async def tasks(
    handed: Everything,
    request: Request,
    response: Response,
    done: bool = False,
    after: paging.After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[TaskTold]:
    """What is to be done, the oldest first; with `done` everything, the newest first."""
    mark = paging.mark_of(after, (int,) if done else (datetime, int))
    found = await handed.store.follow_ups.tasks(done=done, after=mark, most=limit + 1)
    shown = paging.with_next(
        request, response, found, limit, lambda task: (task.id,) if done else (task.created_at, task.id)
    )
    return [TaskTold.model_validate(task) for task in shown]


@router.post("/{task_id}/done")
async def finish(task_id: Annotated[int, Path(ge=1, le=2**53)], done: Done, handed: Everything) -> TaskTold:
    """It is done; done a second time it stays as it was."""
    return TaskTold.model_validate(await handed.store.follow_ups.finish_task(task_id, done.by, handed.clock.now()))
