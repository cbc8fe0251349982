"""The health of the whole, for boards and `vocero doctor`, and what the settings say that screens have to know."""

from __future__ import annotations

from fastapi import APIRouter

from cti_api.ports import SystemStatus
from cti_api.web.handed import Dialer, Everything

router = APIRouter(tags=["system"])


@router.get("/status")
async def system_status(dialer: Dialer) -> SystemStatus:
    """Link to Asterisk, store, trunks, event loop."""
    return dialer.system()


@router.get("/pause-reasons")
async def pause_reasons(handed: Everything) -> list[str]:
    """Why agents may pause, in the order of the settings; empty: whatever is written is taken."""
    return list(handed.pause_reasons)
