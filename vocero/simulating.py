"""Plays the shifts of a simulation in processes of their own, so that two go at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Final

from cti_api.errors import VoceroError
from dialer.simulate.comparison import Row, row
from dialer.simulate.measures import Shift
from dialer.simulate.question import Question, answer

PROCESSES: Final = 2
SMALL: Final = 4.0
"""Simulated hours that are over before two processes would have begun."""


def compare(
    question: Question, policies: Sequence[str], seeds: Sequence[int], tell: Callable[[int, int], None]
) -> list[Row]:
    """Each policy over the same seeds; `tell` hears how many shifts are over, and of how many.

    Raises `InputError` for a policy that there is not.
    """
    asked = [(policy, seed) for policy in policies for seed in seeds]
    shifts: dict[tuple[str, int], Shift] = {}
    if len(asked) * question.world.hours <= SMALL:
        for done, each in enumerate(asked, start=1):
            shifts[each] = answer(question, *each)
            tell(done, len(asked))
    else:
        _in_processes(question, asked, shifts, tell)
    return [row(policy, [shifts[policy, seed] for seed in seeds], question.cap) for policy in policies]


def _in_processes(
    question: Question,
    asked: Sequence[tuple[str, int]],
    shifts: dict[tuple[str, int], Shift],
    tell: Callable[[int, int], None],
) -> None:
    # spawned, not forked: this process has threads, the bar's own among them
    workers = min(PROCESSES, len(asked))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_go_quietly) as processes:
        futures = {processes.submit(answer, question, *each): each for each in asked}
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                shifts[futures[future]] = future.result()
                tell(done, len(asked))
        except BrokenProcessPool as error:
            raise VoceroError("A process of the simulation was ended from outside; ask again") from error
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            raise


def _go_quietly() -> None:
    """Ctrl-C reaches the workers as well: they end with it, and leave it to the command to say so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
