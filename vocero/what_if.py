"""Shifts played for the board: in a process of its own, one comparison at a time, bounded in time.

    python -m vocero.what_if < question > answer

is that process; the process that dials only waits for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import asdict
from typing import Any, Final

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, InputError, VoceroError
from cti_api.what_if import Asked, Compared, Figure, Foreseen, Supposed

LONGEST_SECONDS: Final = 40.0
"""Then the process is ended; it stops by itself long before."""
PLAYED_SECONDS: Final = 8.0
"""So long it begins another pair of shifts."""
LEAST_SHIFTS: Final = 3
"""Of each; with fewer no interval means anything."""
MOST_SHIFTS: Final = 12
HOURS: Final = 2.0
NICE: Final = 10
"""Calls go before."""

log = logging.getLogger(__name__)


class Simulations:
    """`cti_api.what_if.Simulator`, by child processes."""

    def __init__(self, *, played_seconds: float = PLAYED_SECONDS) -> None:
        self._busy = False
        self._played_seconds = played_seconds

    async def compare(self, asked: Asked) -> Compared:
        if self._busy:
            raise Conflict("Another comparison is being played: ask again in half a minute.")
        self._busy = True
        try:
            return _compared(await _played({**asdict(asked), "played_seconds": self._played_seconds}))
        finally:
            self._busy = False


async def _played(question: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vocero.what_if",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            told, _nothing = await process.communicate(json.dumps(question).encode())
    except TimeoutError:
        raise VoceroError("The comparison took too long; ask for fewer agents.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.warning("a comparison died", extra={"code": process.returncode})
        raise VoceroError("The comparison broke off; ask again.")
    answer: dict[str, Any] = json.loads(told)
    if "refused" in answer:
        raise InputError(answer["refused"])
    return answer


def _compared(told: dict[str, Any]) -> Compared:
    return Compared(
        before=_foreseen(told["before"]),
        after=_foreseen(told["after"]),
        agents=told["agents"],
        shifts=told["shifts"],
        hours=told["hours"],
        supposed=tuple(Supposed(**each) for each in told["supposed"]),
    )


def _foreseen(told: dict[str, Any]) -> Foreseen:
    read: dict[str, Any] = {name: Figure(**value) if isinstance(value, dict) else value for name, value in told.items()}
    return Foreseen(**read)


def play(asked: dict[str, Any]) -> Compared:
    """The comparison itself; alternating, so that both have as many shifts, over the same people."""
    from cti_api.campaign_file.parse import parse_campaign
    from cti_api.kpi.experience import Experience
    from dialer.simulate.question import answer
    from dialer.simulate.supposing import Asked as Options
    from dialer.simulate.supposing import suppose

    clock, options = SystemClock(), Options(agents=asked["agents"], hours=HOURS, leads=0)
    told: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in asked["seen"].items()}
    seen = Experience(**told)
    specs = [parse_campaign(asked["before"]), parse_campaign(asked["after"])]
    questions = [suppose(options, spec, seen, None) for spec in specs]
    policies = [_policy_of(spec) for spec in specs]
    shifts: tuple[list[Any], list[Any]] = ([], [])
    begun = clock.monotonic()
    for seed in range(1, MOST_SHIFTS + 1):
        if seed > LEAST_SHIFTS and clock.monotonic() - begun > asked["played_seconds"]:
            break
        for (question, _told), policy, played in zip(questions, policies, shifts, strict=True):
            played.append(answer(question, policy, seed))
    before, after = (
        _told_of(policy, played, question.cap)
        for (question, _told), policy, played in zip(questions, policies, shifts, strict=True)
    )
    return Compared(
        before=before,
        after=after,
        agents=asked["agents"],
        shifts=len(shifts[0]),
        hours=HOURS,
        supposed=tuple(Supposed(what=s.what, value=s.value, source=s.source) for s in questions[1][1]),
    )


def _policy_of(spec: Any) -> str:
    mode = str(spec.mode.value)
    return f"power:{spec.calls_per_agent:g}" if mode == "power" else mode


def _told_of(policy: str, shifts: list[Any], cap: float) -> Foreseen:
    from dialer.simulate.comparison import row

    found = row(policy, shifts, cap)

    def figure(interval: Any, by: float = 1.0) -> Figure:
        return Figure(mean=interval.mean / by, half=interval.half / by)

    return Foreseen(
        policy=policy,
        occupancy=figure(found.utilisation),
        calls_per_hour=figure(found.dialed, HOURS),
        talks_per_hour=figure(found.connected, HOURS),
        abandoned=figure(found.abandonment),
        wait_seconds=figure(found.wait),
        over=found.over,
    )


def _main() -> None:
    os.nice(NICE)
    try:
        answer = asdict(play(json.load(sys.stdin)))
    except InputError as error:
        answer = {"refused": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
