"""One shift: a world, a team, a seed and a pacer, played to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dialer.pacing.interface import Pacer, PacingConfig
from dialer.simulate.book import Book
from dialer.simulate.floor import Floor
from dialer.simulate.measures import Shift, measured
from dialer.simulate.streams import draw
from dialer.simulate.worlds import MIN_RING, World

TICK: Final = 0.5
"""Seconds between two decisions."""

PacerMaker = Callable[[PacingConfig, int], Pacer]


def config_of(world: World, cap: float, tick: float = TICK) -> PacingConfig:
    """What a pacer is told of the world: what an operator knows who sets it up, nothing of the chances."""
    return PacingConfig(
        cap=cap,
        window_s=world.seconds,
        hold_s=world.hold,
        ring_timeout_s=world.ring_timeout,
        min_ring_s=MIN_RING,
        amd_s=world.amd,
        tick_s=tick,
        max_ratio=world.lines_per_agent,
    )


def play(world: World, agents: int, seed: int, make_pacer: PacerMaker, *, cap: float = 0.03) -> Shift:
    """A shift from a cold start, with a list that has no end."""
    return play_with(world, agents, seed, make_pacer(config_of(world, cap), seed), cap=cap)


def play_with(
    world: World,
    agents: int,
    seed: int,
    pacer: Pacer,
    *,
    cap: float,
    book: Book | None = None,
    tick: float = TICK,
    tell: Callable[[float], None] | None = None,
) -> Shift:
    """A shift with this pacer and the people of this book; `tell` hears at each tick how many seconds are over."""
    floor = Floor(world, draw(world, agents, seed), pacer.observe, book)
    refused, now, ends = 0, 0.0, world.seconds
    while now < ends:
        now += tick
        floor.advance(now)
        snap = floor.picture()
        decision = pacer.decide(snap)
        if decision.cancel:
            refused += sum(not floor.cancel(call) for call in decision.cancel)
        if decision.dial > 0:
            refused += decision.dial > snap.lines_free
            floor.dial(decision.dial)
        if tell is not None:
            tell(now)
    floor.finish()
    return measured(floor.tally, seed=seed, cap=cap, refused=refused)
