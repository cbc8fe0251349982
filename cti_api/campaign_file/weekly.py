"""Hours by weekday, as campaigns, packs of law and calendars write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Section


def weekly_windows(table: Section, window: Callable[[str], tuple[time, time]]) -> list[tuple[int, time, time]]:
    """Weekday (0 Monday), start and end of each, in order; `window` reads ``08:00-12:00``. Faults are noted."""
    windows: list[tuple[int, time, time]] = []
    for name in table.names():
        try:
            weekdays = values.days(name)
        except ValueError as error:
            table.note(name, str(error))
            weekdays = ()
        for start, end in table.texts(name, window, required=True):
            windows.extend((day, start, end) for day in weekdays)
    return sorted(windows)
