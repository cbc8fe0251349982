"""The board on the wall and on the supervisor's screen; what stands on it comes by the board's stream."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.console.allowed import allowed_of
from cti_api.console.shown import page, reader_of
from cti_api.web.access import known_of
from cti_api.web.handed import Everything

router = APIRouter(include_in_schema=False)

ACTS: Final = (
    "POST /agents/{agent_id}/pause",
    "POST /agents/{agent_id}/ready",
    "POST /agents/{agent_id}/logout",
    "POST /agents/{agent_id}/hangup",
    "POST /calls/{call_id}/hangup",
    "POST /calls/{call_id}/listen",
    "POST /calls/{call_id}/whisper",
    "POST /calls/{call_id}/barge",
    "POST /calls/{call_id}/leave",
    "POST /campaigns/{campaign_id}/start",
    "POST /campaigns/{campaign_id}/pause",
    "POST /campaigns/{campaign_id}/drain",
)


@router.get("/tablero")
async def board(request: Request, handed: Everything) -> Response:
    """The floor, live."""
    acts = [each.rpartition("/")[2] for each in allowed_of(reader_of(known_of(request)).role, ACTS)]
    return page(
        request, "board.html", script="board/main.js", words="board", acts=" ".join(acts),
        pause_reasons=handed.pause_reasons,
    )  # fmt: skip
