"""How soon the dialer sees that its line is dead, and how soon it is itself again after Asterisk was killed."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from random import Random

from tests.bench.figure import Figure
from tests.support.cutting_proxy import CuttingProxy
from tests.support.floor import TRUNK
from tests.support.restarts import DIALING_SECONDS, LIVE_CALLS, SETTLED_SECONDS, End, a_shift
from tests.support.shift import get, until
from vocero.demo import CACHE
from vocero.lab.asterisk import AsteriskProgram, fetch_asterisk
from vocero.lab.rig import Rig, RigTrunk

HOLES, RESTARTS = 3, 3
HOLE_SECONDS = 12.0
"""Failure catalogue F3."""
BOUND_SECONDS = 60.0
"""Against hanging: what takes longer than its goal is measured, too."""


async def figures() -> list[Figure]:
    """Everything measured here."""
    program = await fetch_asterisk(CACHE)
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="vocero-bench-") as folder:  # a socket's path must be short
        return [
            *await _black_holes(program, Path(folder) / "holes"),
            *await _restarts(program, Path(folder) / "deaths"),
        ]


async def _black_holes(program: AsteriskProgram, folder: Path) -> list[Figure]:
    """The connection stays, and nothing passes any more."""
    async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)], ami_through=CuttingProxy) as rig:
        proxy = rig.detour
        assert isinstance(proxy, CuttingProxy)

        async def link_is_down() -> bool:
            return not (await get(rig, "/status"))["link_up"]

        took = []
        for place in range(HOLES):
            await rig.reconciled()
            await asyncio.sleep(place * 1.7)  # elsewhere between two pings
            proxy.black_hole()
            took.append(await until(link_is_down, BOUND_SECONDS, "the dialer sees that nothing comes"))
            proxy.heal()
    return [Figure(f"black hole of the manager's line seen, longest of {HOLES}", max(took), "s", f"≤ {HOLE_SECONDS:g}")]


async def _restarts(program: AsteriskProgram, folder: Path) -> list[Figure]:
    """Asterisk killed and started again; measured from the return of the link."""
    async with Rig(folder, program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        told = await a_shift(rig, Random(20261122), [End.KILLED] * RESTARTS, bound_seconds=BOUND_SECONDS)
    settled, dialing = max(told.settled_seconds), max(told.dialing_seconds)
    how = f"longest of {RESTARTS}"
    return [
        Figure("calls up when Asterisk is killed, fewest", min(told.live), "", f"≥ {LIVE_CALLS}"),
        Figure(f"Asterisk back, all calls settled, {how}", settled, "s", f"≤ {SETTLED_SECONDS:g}"),
        Figure(f"Asterisk back, dialling again, {how}", dialing, "s", f"≤ {DIALING_SECONDS:g}"),
    ]
