"""Sends the reports that were missed, in a process that is made to be killed, again and again.

Run as ``python -m tests.support.report_worker URL MAIL_PORT NOW NAMES``: for each line that it reads it becomes two,
one of which sends what is due of `NAMES` weekly reports at that instant; it says that one's process, and waits for its
end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from datetime import datetime
from typing import Any

from cti_api.report_settings import ReportSettings
from cti_api.store.store import Store
from tests.support.office import SetClock
from tests.support.report_post import report_settings, sending

CATCH_UP_DAYS = 90


def weekly(names: int) -> ReportSettings:
    """So many reports, each of its own reader."""
    scheduled: list[dict[str, Any]] = [
        {"name": f"r{n}", "kind": "weekly", "to": [f"r{n}@example.com"], "weekly": "monday"} for n in range(names)
    ]
    return report_settings(*scheduled, catch_up_days=CATCH_UP_DAYS)


async def send(url: str, mail: int, now: datetime, names: int) -> None:
    clock = SetClock(now)
    async with Store.open(url, clock=clock) as store, sending(store, weekly(names), mail, clock):
        await asyncio.Event().wait()


def main(url: str, mail: str, now: str, names: str) -> None:
    logging.getLogger("cti_api").setLevel(logging.ERROR)  # what was interrupted is no news here
    for _ in sys.stdin:
        process = os.fork()
        if not process:
            asyncio.run(send(url, int(mail), datetime.fromisoformat(now), int(names)))
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
