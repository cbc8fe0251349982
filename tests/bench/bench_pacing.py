"""What the predictive pacer makes of simulated shifts: the results table, the promise, worlds nobody chose, its cost.

Run alone with ``python -m tests.bench bench_pacing``: the whole of it, over an hour on two cores. A part of it:

    VOCERO_PACING="flat:3 jump:5" python -m tests.bench bench_pacing     # these cells of the table alone
    VOCERO_PACING="gauntlet decide" …                                    # or these parts: half_hour, gauntlet, decide
    VOCERO_PACING_SEEDS=4 …                                              # so many shifts of each cell, at most
    VOCERO_PACING_POLICY=progressive …                                   # another policy

The seeds are those of the published figures; no constant of a pacer was chosen by them. Every shift is eight hours from
a cold start, with a limit of 3 % and the abandonment governor behind the pacer. What is needed counts as reached within
one standard error.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from dialer.pacing.interface import Decision, Event, Pacer, Snapshot
from dialer.simulate.intervals import interval
from dialer.simulate.measures import Shift
from dialer.simulate.play import config_of, play, play_with
from dialer.simulate.policies import policy
from dialer.simulate.question import Question, answer
from dialer.simulate.worlds import NAMED, World, drawn
from tests.bench.figure import Figure

CAP: Final = 0.03
PROCESSES: Final = 2
FIRST_SEED: Final = 1000

GOALS: Final = {
    ("flat", 1): (76.5, 78.0),
    ("flat", 3): (80.0, 81.5),
    ("flat", 5): (82.5, 84.0),
    ("flat", 10): (86.5, 87.5),
    ("flat", 20): (89.5, 90.8),
    ("flat", 50): (93.5, 94.2),
    ("flat", 100): (95.5, 96.5),
    ("jump", 3): (77.0, 79.5),
    ("jump", 5): (80.5, 82.5),
    ("jump", 10): (84.8, 86.0),
    ("jump", 50): (93.0, 94.0),
    ("low", 3): (66.5, 69.0),
    ("low", 10): (80.0, 82.0),
}
"""World and agents: the utilisation that is needed, and the one hoped for, in percent."""

HALF_HOUR_GOALS: Final = {("flat", 3): 77.0, ("flat", 10): 82.0}
"""Utilisation with the limit kept in each rolling half hour too."""

GAUNTLET: Final = 20261
"""Begins the row of worlds that nobody chose."""
GAUNTLET_SEEDS: Final = 2
REFERENCE: Final = (
    0.8277, 0.6628, 0.7084, 0.8708, 0.8425, 0.7766, 0.7827, 0.8280, 0.8707, 0.8855, 0.7940, 0.8145,
    0.7707, 0.8326, 0.8547, 0.8984, 0.7930, 0.7362, 0.8317, 0.6626, 0.8609, 0.8591, 0.8217, 0.8975,
)  # fmt: skip
"""Utilisation of a reference controller in each of these worlds, on the same seeds: recorded, it is no part of this
program. It learns hazards, and computes the distribution of answers and free agents exactly, as this pacer does."""

POLICY: Final = os.environ.get("VOCERO_PACING_POLICY", "predictive")
Cell = tuple[str, int]


def seeds_of(agents: int) -> range:
    """As published: thirty shifts where one says little, eight where it says much."""
    many = min(30 if agents <= 5 else 8, int(os.environ.get("VOCERO_PACING_SEEDS", "30")))
    return range(FIRST_SEED, FIRST_SEED + many)


def shift(world: World, agents: int, seed: int, cap: float = CAP, half_hour: bool = False) -> Shift:
    """One shift, in whatever process."""
    return answer(Question(world=world, agents=agents, cap=cap, half_hour=half_hour), POLICY, seed)


def table(processes: ProcessPoolExecutor, cells: Iterable[Cell]) -> Iterator[Figure]:
    """The results table, and the promise over all of its shifts."""
    began, played = time.monotonic(), list[Shift]()
    running = {
        cell: [processes.submit(shift, NAMED[cell[0]], cell[1], seed) for seed in seeds_of(cell[1])] for cell in cells
    }
    for cell, futures in running.items():
        (world, agents), (must, hoped) = cell, GOALS[cell]
        shifts = _done(futures)
        played += shifts
        told = _abandonment(shifts)
        utilisation = interval([100 * each.utilisation for each in shifts])
        yield Figure(
            f"utilisation, {world}, {agents} agent{'s' * (agents > 1)} (hoped {hoped}; {told})",
            utilisation.mean, "%", f"≥ {must}", utilisation.error,
        )  # fmt: skip
    many = len(played)
    yield Figure(f"of {many} shifts, over 3 % of the answers and one call", _over(played, CAP, 1), "", "≤ 0")
    yield Figure(f"of {many} shifts, over 3 % of the answers", 100 * _over(played, CAP, 0) / many, "%", "≤ 2")
    yield Figure("calls the pacer asked for beyond the lines, or hung up too early", _refused(played), "", "≤ 0")
    yield Figure("this table", (time.monotonic() - began) / 60, "min", "≤ 90")


def half_hour(processes: ProcessPoolExecutor) -> Iterator[Figure]:
    """The limit in each rolling half hour."""
    running = {
        cell: [
            processes.submit(shift, NAMED[cell[0]], cell[1], seed, half_hour=True)
            for seed in seeds_of(cell[1])
        ]
        for cell in HALF_HOUR_GOALS
    }  # fmt: skip
    for (world, agents), futures in running.items():
        shifts = _done(futures)
        over = interval([100 * each.half_hours for each in shifts])
        utilisation = interval([100 * each.utilisation for each in shifts])
        name = f"{world}, {agents} agents, the limit in each half hour"
        yield Figure(f"half hours over it, {name}", over.mean, "%", "≤ 1", over.error)
        must = HALF_HOUR_GOALS[world, agents]
        yield Figure(f"utilisation, {name}", utilisation.mean, "%", f"≥ {must}", utilisation.error)


def gauntlet(processes: ProcessPoolExecutor, worlds: int = 24) -> Iterator[Figure]:
    """Worlds that nobody chose: how much better than one call per free agent, beside a reference."""
    chosen = [drawn(GAUNTLET, number) for number in range(worlds)]
    seeds = [range(GAUNTLET * 1000 + 10 * n, GAUNTLET * 1000 + 10 * n + GAUNTLET_SEEDS) for n in range(worlds)]
    ours = [
        [processes.submit(shift, each.world, each.agents, seed, each.cap) for seed in mine]
        for each, mine in zip(chosen, seeds, strict=True)
    ]
    plain = [
        [processes.submit(progressive, each.world, each.agents, seed) for seed in mine]
        for each, mine in zip(chosen, seeds, strict=True)
    ]
    gains, scores, breaches = [], [], 0
    for number, each in enumerate(chosen):
        shifts = _done(ours[number])
        breach = any(_over([one], each.cap, 1) for one in shifts)
        breaches += breach
        mine, least = (statistics.mean(one.utilisation for one in found) for found in (shifts, _done(plain[number])))
        gains.append(100 * (mine - least))
        if number < len(REFERENCE):
            scores.append(0.0 if breach else (mine - least) / max(REFERENCE[number] - least, 1e-6))
    yield Figure(f"gain over one call per free agent, {worlds} worlds drawn", statistics.mean(gains), "points")
    if scores:
        yield Figure(
            f"of the reference's gain, {worlds} worlds drawn (hoped 1.05)", statistics.mean(scores), "", "≥ 0.95"
        )
        yield Figure("of the reference's gain, the worst of them", min(scores), "")
    yield Figure("of them, with a shift over the limit and one call", breaches, "", "≤ 0")


def progressive(world: World, agents: int, seed: int) -> Shift:
    """One call per free agent, whatever the limit."""
    return play(world, agents, seed, policy("progressive").make_pacer)


class Timed:
    """Takes the time of every decision."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self.took: list[float] = []

    def observe(self, event: Event) -> None:
        self._pacer.observe(event)

    def decide(self, snap: Snapshot) -> Decision:
        began = time.perf_counter()
        decision = self._pacer.decide(snap)
        self.took.append(1000 * (time.perf_counter() - began))
        return decision


def decide() -> Iterator[Figure]:
    """What a decision costs, alone on the machine; and the memory and the time of a shift."""
    for agents, hours, limits in ((10, 8.0, ("≤ 0.5", "≤ 2")), (100, 1.0, ("", "≤ 10"))):
        world = replace(NAMED["jump"], hours=hours)
        timed = Timed(policy(POLICY).make_pacer(config_of(world, CAP), FIRST_SEED))
        resident: list[float] = []
        began = time.monotonic()
        play_with(world, agents, FIRST_SEED, timed, cap=CAP, tell=partial(_look, resident))
        lasted = time.monotonic() - began
        yield Figure(f"decide, {agents} agents, mean", statistics.mean(timed.took), "ms", limits[0])
        yield Figure(f"decide, {agents} agents, p99", statistics.quantiles(timed.took, n=100)[-1], "ms", limits[1])
        if hours == 8.0:
            yield Figure("a simulated shift of 8 h, 10 agents", lasted, "s", "≤ 30")
            yield Figure("memory it takes more at its end than after an hour", resident[-1] - resident[0], "MiB", "≤ 5")
    began = time.monotonic()
    progressive(NAMED["flat"], 10, FIRST_SEED)
    yield Figure("the world's own time of it", time.monotonic() - began, "s", "≤ 5")


def _look(resident: list[float], now: float) -> None:
    """The process's resident memory, in MiB, once an hour; less the times that are kept beside it (8 bytes each)."""
    if now % 3600 == 0:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        kept = 2 * now * 32 / 2**20
        resident.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20 - kept)


def _done(futures: list[Future[Shift]]) -> list[Shift]:
    return [future.result() for future in futures]


def _over(shifts: Iterable[Shift], cap: float, allowed: int) -> int:
    return sum(each.abandoned > cap * each.answered + allowed + 1e-9 for each in shifts)


def _refused(shifts: Iterable[Shift]) -> int:
    return sum(each.refused for each in shifts)


def _abandonment(shifts: list[Shift]) -> str:
    share = sum(each.abandoned for each in shifts) / max(sum(each.answered for each in shifts), 1)
    return f"{100 * share:.2f} % abandoned, {100 * max(each.abandonment for each in shifts):.2f} % at most"


def figures() -> Iterator[Figure]:
    """Everything measured here, or the part that was asked for."""
    asked = os.environ.get("VOCERO_PACING", "").split()
    cells = [cell for cell in GOALS if not asked or f"{cell[0]}:{cell[1]}" in asked]
    if not asked or "decide" in asked:
        yield from decide()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        if cells:
            yield from table(processes, cells)
        if not asked or "half_hour" in asked:
            yield from half_hour(processes)
        if not asked or "gauntlet" in asked:
            yield from gauntlet(processes)
