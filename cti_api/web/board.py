"""The board: how everything stands, once or as it changes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from cti_api.board.shown import Board
from cti_api.board.stream import BoardStream
from cti_api.errors import Conflict
from cti_api.streams.sse import AGAIN_MILLISECONDS
from cti_api.web.events import MEDIA_TYPE
from cti_api.web.handed import Everything

router = APIRouter(prefix="/board", tags=["board"])


def _board(handed: Everything) -> BoardStream:
    if handed.board is None:
        raise Conflict("Nobody keeps a board here.")
    return handed.board


Kept = Annotated[BoardStream, Depends(_board)]


@router.get("")
async def board(kept: Kept) -> Board:
    """Agents, queues, campaigns, trunks, and what somebody has to see to."""
    return await kept.look()


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={HTTPStatus.OK: {"content": {MEDIA_TYPE: {}}, "description": "Server-sent events, without end"}},
)
async def stream(kept: Kept) -> StreamingResponse:
    """First the whole board, `{"whole": …}`, then `{"changed": …}`: tiles to lay over it, null for one that is gone."""
    if kept.is_full:
        again = {"Retry-After": str(AGAIN_MILLISECONDS // 1000)}
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Too many look at the board: close some.", headers=again)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep it for itself
    return StreamingResponse(kept.read(), media_type=MEDIA_TYPE, headers=headers)
