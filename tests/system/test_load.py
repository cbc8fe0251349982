"""Ten calls a second, a hundred at once, all recorded: no call is lost. How little that takes, ``make bench`` tells."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.support.load import CALLS_PER_SECOND, carry
from vocero.lab.asterisk import AsteriskProgram

SECONDS = int(os.environ.get("VOCERO_LOAD_SECONDS", "60"))

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(300 + 5 * SECONDS)]


async def test_under_full_load_every_person_reaches_an_agent(asterisk_program: AsteriskProgram, tmp_path: Path) -> None:
    carried = await carry(asterisk_program, tmp_path, SECONDS)
    assert carried.results == {"connected": carried.calls}
    taken = Counter(step for step, _ in carried.steps.elements())
    assert taken == dict.fromkeys(("invited", "answered", "left"), carried.calls), "some were hung up on"
    assert set(carried.steps.values()) == {1}, "somebody was called twice"
    assert carried.recordings == carried.calls, "a recording is not as long as its talk"
    assert carried.most_at_once >= 95
    assert carried.calls_per_second >= 0.9 * CALLS_PER_SECOND
