"""The health of the whole, for boards and `vocero doctor`."""

from __future__ import annotations

from fastapi import APIRouter

from cti_api.ports import SystemStatus
from cti_api.web.handed import Dialer

router = APIRouter(prefix="/status", tags=["system"])


@router.get("")
async def system_status(dialer: Dialer) -> SystemStatus:
    """Link to Asterisk, store, trunks, event loop."""
    return dialer.system()
