"""What comes up every day: a person who is asked after, and what waits for somebody's decision."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.administration.frame import administration
from cti_api.model.messages import MessageState
from cti_api.web.handed import Everything

router = APIRouter(prefix="/administracion", include_in_schema=False)

MOST: Final = 200


@router.get("/personas")
async def people(request: Request) -> Response:
    """Asks after somebody; whom, is in no address."""
    return administration(request, "people")


@router.get("/pendientes")
async def pending(request: Request, handed: Everything) -> Response:
    """Tasks, cases of surveys, messages and events that did not go out."""
    messages = await handed.store.messages.list(states=(MessageState.DEAD,), via=None, campaign_id=None, most=MOST)
    letters = await handed.streams.dead(None, MOST) if handed.streams is not None else []
    return administration(
        request, "pending", tasks=await handed.store.follow_ups.tasks(done=False, most=MOST), messages=messages,
        letters=letters, cases=await handed.store.survey_cases.all(most=MOST), now=handed.clock.now(),
    )  # fmt: skip
