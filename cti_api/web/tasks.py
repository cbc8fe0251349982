"""Tasks: what people have to do about leads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cti_api.border import Line
from cti_api.web.handed import Everything
from cti_api.web.told import TaskTold

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Done(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Annotated[Line, Field(min_length=1)]
    """Who did it."""


@router.get("")
async def tasks(
    handed: Everything, done: bool = False, most: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[TaskTold]:
    """What is to be done, the oldest first; with `done` everything, the newest first."""
    return [TaskTold.model_validate(task) for task in await handed.store.follow_ups.tasks(done=done, most=most)]


@router.post("/{task_id}/done")
async def finish(task_id: Annotated[int, Path(ge=1, le=2**53)], done: Done, handed: Everything) -> TaskTold:
    """It is done; done a second time it stays as it was."""
    return TaskTold.model_validate(await handed.store.follow_ups.finish_task(task_id, done.by, handed.clock.now()))
