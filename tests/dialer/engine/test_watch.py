"""The process watches itself: a loop that does not turn, a clock that was set, memory that runs short."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import AgentState
from dialer.engine.clock_set import shift
from dialer.engine.heartbeat import Heartbeat
from dialer.engine.memory import Memory, judge, limit_bytes, used_bytes
from tests.support.house import House

HOUR = timedelta(hours=1)


async def test_what_a_loop_does_that_does_not_turn_is_told_while_it_does_not(tmp_path: Path) -> None:
    told = tmp_path / "stacks"
    with told.open("w+") as stacks, Heartbeat(SystemClock(), stacks, stalled_seconds=0.1):
        for _ in range(200):  # the loop is blocked, here
            if "in test_what_a_loop_does" in told.read_text():
                break
            time.sleep(0.1)  # noqa: ASYNC251
    assert "in test_what_a_loop_does" in told.read_text()


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_a_wrap_up_ends_after_its_time_whatever_the_clock_was_set_to(house: House, by: timedelta) -> None:
    await house.sign_in("ana")
    attempt = await house.talk("ana")
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    flight = house.engine.floor.book.get(attempt)
    assert flight is not None
    assert flight.wrap_up_until is not None
    before, talk = flight.wrap_up_until, flight.record.talk_seconds
    since = house.engine.floor.board.seat(flight.call.agent_id).status.since
    shift(house.engine.floor.book, house.engine.floor.callers, house.engine.floor.board, by)
    assert flight.wrap_up_until == before + by
    assert flight.record.talk_seconds == talk
    assert house.engine.floor.board.seat(flight.call.agent_id).status.since == since + by


def test_memory_is_told_at_four_fifths_and_spent_before_all_of_it_is() -> None:
    assert [judge(used, 1000) for used in (0, 799, 800, 949, 950, 2000)] == [
        *(Memory.FINE, Memory.FINE, Memory.SHORT, Memory.SHORT),
        *(Memory.SPENT, Memory.SPENT),
    ]


def test_what_a_control_group_may_use_is_the_limit(tmp_path: Path) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (groups / "system.slice/vocero.service").mkdir(parents=True)
    (proc / "meminfo").write_text("MemTotal:       16000000 kB\nMemFree: 1 kB\n")
    (proc / "self/cgroup").write_text("0::/system.slice/vocero.service\n")
    assert limit_bytes(proc, groups) == 16_000_000 * 1024
    (groups / "system.slice/vocero.service/memory.max").write_text("max\n")
    (groups / "system.slice/memory.max").write_text("536870912\n")
    assert limit_bytes(proc, groups) == 512 * 1024 * 1024


def test_this_process_uses_some_memory_and_less_than_there_is() -> None:
    assert 0 < used_bytes() < limit_bytes()
