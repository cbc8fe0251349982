"""One report is made at a time, also where one takes too long."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from cti_api.errors import Unreachable
from cti_api.reports.build import BuiltReport, to_its_end
from cti_api.reports.document import Document
from cti_api.reports.making import Making
from tests.support.office import SetClock
from tests.support.report_post import due
from tests.support.shift import until

MADE = BuiltReport(name="weekly", title="", period_words="", file_name="x.xlsx", xlsx=b"", csv={}, csv_for_people={})


async def test_the_next_one_begins_when_the_files_of_one_that_took_too_long_are_written() -> None:
    begun, may_end = list[Any](), threading.Event()
    document: Any = "a document"

    def write(written: Document) -> BuiltReport:
        begun.append(written)
        may_end.wait()
        return MADE

    making = Making(lambda *_about: to_its_end(write, document), SetClock(due(11)), 0.1)

    async def is_made() -> bool:
        try:
            return await making.make("later", None, "") is MADE
        except Unreachable:
            return False

    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(is_made())
        try:
            await until(lambda: len(begun) == 1, 20, "its files are written")
            assert [await is_made() for _ in range(3)] == [False] * 3, "its turn does not come"
            assert len(begun) == 1, "and nothing more is written"
        finally:
            may_end.set()
    assert not first.result()
    await until(is_made, 20, "the next one is made")
