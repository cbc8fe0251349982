"""What a pacer learns: how likely a call is answered by the time it has rung, how soon an agent comes free.

All of it are life tables: for each bin of elapsed time, how long calls (or agents) were watched in it, and how many
ended there. The hazard of a bin is their quotient, and a chance over some time follows from the hazards on the way. A
call that still rings counts for the time it has rung so far, so nothing has to end before it teaches something.

Old evidence fades, so that a table follows a campaign through its day. What changes at once, as the share of people who
answer does when the list reaches another town, is told by `AnswerLevel`, which looks at the newest answers only when
they contradict the older ones.

The numbers by which evidence fades and contradicts were chosen on the simulated worlds flat, jump and low, on seeds 0
to 59.

Times are seconds, chances 0..1. Slots are the times ahead that a decision looks at: slot j is from 2 j to 2 j + 2
seconds from now.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, erfc, exp, log, sqrt
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

SLOTS: Final = 16
SLOT_SECONDS: Final = 2.0
"""Half a minute ahead: a call that is placed now has been answered by then, or hardly will be."""

_STEPS: Final = int(SLOTS * SLOT_SECONDS) + 4
"""Seconds ahead of which the end of a talk is foreseen: the slots and a hold of four seconds."""


class Stage:
    """How long agents stay in talk, or in wrap-up."""

    BINS: Final = 60
    """The last has all that took longer."""
    FADE_AFTER: Final = 40
    """Ends after which all that was seen before is multiplied …"""
    FADE: Final = 0.93
    """… by this: what was seen 400 ends ago weighs half."""

    def __init__(self, bin_seconds: float, mean_seconds: float, strength: float) -> None:
        """A table with bins of `bin_seconds`. Until it knows better it supposes a mean of `mean_seconds`, with the
        weight of two ends; each bin leans towards the mean hazard with the weight of `strength` ends."""
        self.bin_seconds = bin_seconds
        self._strength = strength
        self._prior_ends, self._prior_seconds = 2.0, 2.0 * mean_seconds
        self._ends = [0.0] * self.BINS
        self._watched = [0.0] * self.BINS
        self._news = 0

    def end(self, after: float) -> None:
        """Somebody left it after so long."""
        _spread(self._watched, 0.0, after / self.bin_seconds, self.bin_seconds)
        self._ends[self.bin(after)] += 1.0
        self._news += 1
        if self._news == self.FADE_AFTER:
            self._news = 0
            self._ends = [ends * self.FADE for ends in self._ends]
            self._watched = [seconds * self.FADE for seconds in self._watched]

    def bin(self, elapsed: float) -> int:
        """The bin of those who have been in it for `elapsed` seconds."""
        return min(int(max(elapsed, 0.0) / self.bin_seconds), self.BINS - 1)

    def hazards(self, present: Iterable[float]) -> Floats:
        """Ends per second, by bin; `present` is how long each who is in it now has been."""
        watched = self._watched.copy()
        for elapsed in present:
            _spread(watched, 0.0, elapsed / self.bin_seconds, self.bin_seconds)
        mean = (self._prior_ends + sum(self._ends)) / (self._prior_seconds + sum(watched))
        return np.asarray((np.array(self._ends) + self._strength) / (np.array(watched) + self._strength / mean))

    def left_by(self, hazards: Floats, elapsed: Floats) -> Floats:
        """The chance to have left k seconds from now, after `elapsed` seconds in it: (len(elapsed), steps + 1)."""
        seconds = np.arange(int(elapsed.max()) + _STEPS + 1)
        bins = np.minimum((seconds / self.bin_seconds).astype(int), self.BINS - 1)
        passed = np.concatenate(([0.0], np.cumsum(hazards[bins])))
        begins = elapsed.astype(int)[:, None]
        return np.asarray(1.0 - np.exp(passed[begins] - passed[begins + np.arange(_STEPS + 1)]))

    def middles(self) -> Floats:
        """The middle of each bin, in seconds."""
        return np.asarray((np.arange(self.BINS) + 0.5) * self.bin_seconds)


def chances_free(
    talk: Stage, wrap: Stage, hold_seconds: float, talking: Iterable[float], wrapping: Iterable[float]
) -> tuple[Floats, Floats]:
    """The chance that an agent is free for a call answered in slot j, by bin of the time spent in talk, and in wrap-up:
    two arrays (bins, slots). A person who waits is still there `hold_seconds` later.

    `talking` and `wrapping` say how long each agent has been there.
    """
    reach = np.minimum((SLOT_SECONDS * np.arange(SLOTS) + SLOT_SECONDS / 2 + hold_seconds).astype(int), _STEPS)
    hazards = wrap.hazards(wrapping)
    wrapped = wrap.left_by(hazards, wrap.middles())
    fresh = wrap.left_by(hazards, np.zeros(1))[0]
    talk_ends = np.diff(talk.left_by(talk.hazards(talking), talk.middles()), axis=1)
    left = reach[None, :] - np.arange(_STEPS)[:, None]
    then_wrapped = np.where(left > 0, fresh[np.clip(left, 0, _STEPS)], 0.0)
    return np.asarray(talk_ends @ then_wrapped), wrapped[:, reach]


class Ringing:
    """How likely a call is answered, by the seconds it has rung."""

    FADE_AFTER: Final = 50
    """Answers after which all that was seen before is multiplied …"""
    FADE: Final = 0.92
    """… by this. The shape of the ring times changes slowly: what was seen 600 answers ago weighs a third."""

    def __init__(self, timeout_seconds: float) -> None:
        """Calls ring for `timeout_seconds` at most."""
        self._timeout = timeout_seconds
        self.bins = ceil(timeout_seconds) + 1
        # Twenty calls' worth: a quarter are answered, after ten seconds on average; three in a hundred fail in each of
        # the first three seconds. What is seen soon outweighs it.
        answered = [0.25 * (_lognormal(s + 1, 10.0, 0.5) - _lognormal(s, 10.0, 0.5)) for s in range(self.bins)]
        failed = [0.03 if second < 3 else 0.0 for second in range(self.bins)]
        self._answers = [20.0 * share for share in answered]
        self._others = [20.0 * share for share in failed]
        self._watched = [20.0 * (1.0 - sum(answered[:s]) - sum(failed[:s])) for s in range(self.bins)]
        self._news = 0

    def watch(self, since: float, until: float) -> float:
        """A call rang from `since` to `until`, counted from its beginning. Answers that were to be expected of it."""
        since, until = max(since, 0.0), min(until, float(self.bins))
        if until <= since:
            return 0.0
        # A call that is looked at each tick is one piece; one of the past is looked at once, when it is over.
        pieces = ceil(until - since)
        length = (until - since) / pieces
        expected = 0.0
        for piece in range(pieces):
            middle = int(since + (piece + 0.5) * length)
            expected += self._answers[middle] / (self._watched[middle] + 1e-9) * length
        _spread(self._watched, since, until, 1.0)
        return expected

    def answered(self, after: float) -> None:
        """A call was answered after so long."""
        self._answers[min(int(after), self.bins - 1)] += 1.0
        self._news += 1
        if self._news == self.FADE_AFTER:
            self._news = 0
            self._answers = [answers * self.FADE for answers in self._answers]
            self._others = [others * self.FADE for others in self._others]
            self._watched = [seconds * self.FADE for seconds in self._watched]

    def ended(self, after: float) -> None:
        """It ended otherwise, before its time was out."""
        if after < min(self._timeout - 0.01, self.bins):
            self._others[int(after)] += 1.0

    def chances(self, level: float, delay_seconds: float) -> tuple[Floats, Floats]:
        """The chance that a call asks for an agent in slot j, and that it has done so by the middle of slot j, by the
        whole seconds it has rung: two arrays (bins + 1, slots). The last row is of calls past their time, which are
        never answered.

        `level` multiplies the hazard of an answer; `delay_seconds` pass from the answer until an agent is needed.
        """
        watched = np.array(self._watched) + 1e-9
        answer, other = level * np.array(self._answers) / watched, np.array(self._others) / watched
        both = answer + other
        stays = np.exp(-both)
        alive = np.concatenate(([1.0], np.cumprod(stays)))
        answers = alive[:-1] * (1.0 - stays) * answer / np.maximum(both, 1e-12)
        answers[np.arange(self.bins) >= self._timeout] = 0.0
        by = np.concatenate(([0.0], np.cumsum(answers)))
        begin = np.ceil(np.arange(SLOTS + 1) * SLOT_SECONDS - 0.5 - delay_seconds).clip(min=0).astype(int)
        edges = np.minimum(np.arange(self.bins + 1)[:, None] + begin[None, :], self.bins)
        during = np.diff(by[edges], axis=1) / np.maximum(alive[:, None], 1e-9)
        return during, np.cumsum(during, axis=1) - during / 2


class AnswerLevel:
    """How much more, or less, calls are answered now than the ring table says: a factor, 1 when it is right.

    Two memories, of some 40 and 8 expected answers. The long one is believed unless the short one contradicts it.
    """

    LONG: Final = 40.0
    SHORT: Final = 8.0
    FEWER: Final = -2.2
    MORE: Final = 2.0
    """The short memory contradicts the long one when it has fewer, or more, answers than that by so many standard
    deviations."""
    CAUTION: Final = 0.2
    """As long as little is known, answers are expected rather more: they are what can leave somebody alone."""
    COLD: Final = 1.0
    """Before the first answer, so much more of them than usual …"""
    WARM_AFTER: Final = 2.0
    """… and half of it after so many: a list that is answered twice as often as usual leaves nobody alone at once."""

    def __init__(self) -> None:
        self._answers = 0
        self._seen_long = self._expected_long = 4.0
        self._seen_short = self._expected_short = 4.0

    def answered(self) -> None:
        """One more answer."""
        self._answers += 1
        self._seen_long += 1.0
        self._seen_short += 1.0

    def expect(self, answers: float) -> None:
        """That many answers were to be expected since the last time."""
        keep = exp(-answers / self.LONG)
        self._seen_long, self._expected_long = self._seen_long * keep, self._expected_long * keep + answers
        keep = exp(-answers / self.SHORT)
        self._seen_short, self._expected_short = self._seen_short * keep, self._expected_short * keep + answers

    def factor(self) -> float:
        """What the hazards of the ring table are to be multiplied by."""
        level = (self._seen_long + 2.0) / (self._expected_long + 2.0)
        surprise = self._seen_short - self._expected_short * level
        deviation = surprise / sqrt(self._expected_short * level + 0.5)
        if not self.FEWER <= deviation <= self.MORE:
            level = (self._seen_short + 1.0) / (self._expected_short + 1.0)
        cold = self.COLD / (1.0 + self._answers / self.WARM_AFTER)
        return level * (1.0 + self.CAUTION / sqrt(self._seen_long + 1.0) + cold)


class HumanShare:
    """Of the answers, those that ask for an agent: all without AMD, those it calls human with it."""

    KEEP: Final = 0.98
    """Of each earlier answer: the memory is of some 50."""

    def __init__(self, *, amd: bool) -> None:
        """As if, with AMD, two of three answers had been human."""
        self._human, self._all = 2.0, 3.0 if amd else 2.0

    def told(self, *, human: bool) -> None:
        """What one more answer was found to be."""
        self._human = self._human * self.KEEP + human
        self._all = self._all * self.KEEP + 1.0

    def share(self) -> float:
        """0..1."""
        return self._human / self._all


def _spread(table: list[float], begin: float, end: float, width: float) -> None:
    """Add the time from `begin` to `end`, both in bins of `width` seconds; what is past the last bin counts there."""
    last = len(table) - 1
    index = min(int(begin), last)
    while index < last and end > index + 1:
        table[index] += (index + 1 - begin) * width
        index += 1
        begin = index
    if end > begin:
        table[index] += (end - begin) * width


def _lognormal(x: float, mean: float, variation: float) -> float:
    """The chance of at most `x` where the mean and the coefficient of variation are given."""
    if x <= 0:
        return 0.0
    variance = log(1.0 + variation * variation)
    return 0.5 * erfc((log(mean) - variance / 2 - log(x)) / sqrt(2.0 * variance))
