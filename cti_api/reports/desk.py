"""What is needed by whoever asks for a report: how one is made, and what the schedule is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from cti_api.report_settings import ReportSettings
from cti_api.reports.making import Making


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    making: Making
    settings: ReportSettings
    zone: ZoneInfo
    """The company's."""
    sends: bool
    """There is a mail server."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once something more is to be sent."""
