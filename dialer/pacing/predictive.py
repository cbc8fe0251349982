"""Predictive: places calls for agents who will be free when they are answered.

Each decision looks half a minute ahead, in slots of two seconds: how likely each call in flight is answered in each
slot, by the time it has rung, and how likely each busy agent is free by then, by the time spent in talk or wrap-up.
Both are learned (`dialer.pacing.estimators`). From them follows what one more call would add to those who are left
alone, and how much less that would be a moment later (`dialer.pacing.foresight`). Calls are placed as long as both are
worth their chance to be answered (`dialer.pacing.price`), and the budget allows it (`dialer.pacing.governor`).

Calls that have rung for the legal minimum and that cost more than their remaining chance is worth are hung up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from math import sqrt
from typing import Final

import numpy as np

from dialer.pacing.estimators import (
    SLOT_SECONDS,
    SLOTS,
    AnswerLevel,
    Floats,
    HumanShare,
    Ringing,
    Stage,
    chances_free,
)
from dialer.pacing.foresight import (
    MOST_AGENTS_EXACTLY,
    MOST_CALLS_EXACTLY,
    Exact,
    Foresight,
    Normal,
    free_agents,
)
from dialer.pacing.governor import affords_risk, answers_to_come, govern
from dialer.pacing.interface import Decision, Event, EventKind, PacingConfig, Reason, Snapshot, in_flight
from dialer.pacing.price import FROZEN, WAITING_AGENT, RiskPrice

RING_EVERY_SECONDS: Final = 2.0
"""After so long the tables of the ringing calls are made anew …"""
LEVEL_STEP: Final = 0.04
"""… or when the level of answers has changed by this share of it."""
AGENTS_EVERY_SECONDS: Final = 15.0
"""After so long those of the agents are (all three chosen on the worlds flat, jump and low, seeds 0 to 59)."""

HALF_HOUR_SECONDS: Final = 1800.0
"""The rolling half hour of `PacingConfig.half_hour`."""

HARD_LIMITS: Final = frozenset({Reason.LINES, Reason.LINES_PER_AGENT, Reason.HOPPER})
"""Worth naming also where they let some of the calls be placed."""

AMD_DOUBT: Final = 0.1
"""Of those whom AMD lets through, the share that is a machine after all, so that some of the people who seem to have
answered, or been left alone, are none (the lab's worlds have about as many)."""


class Predictive:
    """One campaign's pacer."""

    def __init__(self, config: PacingConfig) -> None:
        """From a cold start, with the figures of that campaign."""
        self._config = config
        self._talk = Stage(bin_seconds=10.0, mean_seconds=120.0, strength=1.5)
        self._wrap = Stage(bin_seconds=2.0, mean_seconds=20.0, strength=0.75)
        self._ringing = Ringing(config.ring_timeout_s)
        self._level = AnswerLevel()
        self._human = HumanShare(amd=config.amd_s > 0)
        self._price = RiskPrice(config.cap, half_hour=config.half_hour)
        self._rung: dict[Hashable, float] = {}
        """How long each ringing call had rung when it was last looked at."""
        self._half_hour: deque[tuple[float, bool]] = deque()
        """When people answered (False), and were abandoned (True)."""
        self._wanted: deque[tuple[float, float]] = deque()
        """Chance and risk of the calls it decided on last: it learns from those that are placed, which may be fewer."""
        self._began: tuple[float, int] | None = None
        """When it was first asked, and how many had answered in the window by then."""
        self._at_level = -1.0
        self._ring_due = self._agents_due = float("-inf")
        self._during = self._by = np.zeros((self._ringing.bins + 1, SLOTS))
        self._after_talk = np.zeros((Stage.BINS, SLOTS))
        self._after_wrap = np.zeros((Stage.BINS, SLOTS))
        self._known_agents: tuple[list[int], list[int]] | None = None
        self._agents = np.zeros((0, SLOTS))
        self._free_agents = free_agents(self._agents)

    # ---------------------------------------------------------------- learning

    def observe(self, event: Event) -> None:
        """Learn of one event."""
        match event.kind:
            case EventKind.DIALED:
                self._rung[event.call_id] = 0.0
                if self._wanted:
                    self._price.placed(*self._wanted.popleft())
            case EventKind.ANSWERED:
                self._watch_last(event)
                self._ringing.answered(event.value)
                self._level.answered()
            case EventKind.NO_ANSWER | EventKind.FAILED:
                self._watch_last(event)
                self._ringing.ended(event.value)
            case EventKind.CANCELLED:
                self._watch_last(event)
            case EventKind.HUMAN:
                self._human.told(human=True)
                self._remember(event.t, abandoned=False)
            case EventKind.MACHINE:
                self._human.told(human=False)
            case EventKind.ABANDONED:
                if self._began is not None:  # nobody foresaw those of calls that are over as it begins
                    self._price.abandoned()
                self._remember(event.t, abandoned=True)
            case EventKind.TALK_END:
                self._talk.end(event.value)
            case EventKind.WRAP_END:
                self._wrap.end(event.value)
            case EventKind.CONNECTED | EventKind.AGENT_ON | EventKind.AGENT_OFF:
                pass

    def _watch(self, call_id: Hashable, rung: float) -> None:
        """A call has rung for so long, in seconds."""
        if expected := self._ringing.watch(self._rung.get(call_id, rung), rung):
            self._level.expect(expected)

    def _watch_last(self, event: Event) -> None:
        """A call rings no more."""
        self._watch(event.call_id, event.value)
        self._rung.pop(event.call_id, None)

    def _remember(self, at: float, *, abandoned: bool) -> None:
        if self._config.half_hour:
            self._half_hour.append((at, abandoned))
            self._forget(at)

    def _forget(self, now: float) -> None:
        """What is no longer of this half hour."""
        while self._half_hour and self._half_hour[0][0] < now - HALF_HOUR_SECONDS:
            self._half_hour.popleft()

    def _refresh(self, snap: Snapshot) -> None:
        """Make the tables anew that are due."""
        level = self._level.factor()
        if snap.now >= self._ring_due or abs(level - self._at_level) > LEVEL_STEP * self._at_level:
            self._at_level, self._ring_due = level, snap.now + RING_EVERY_SECONDS
            during, by = self._ringing.chances(level, self._config.amd_s)
            human = self._human.share()
            self._during, self._by = during * human, by * human
        if snap.now >= self._agents_due:
            self._agents_due = snap.now + AGENTS_EVERY_SECONDS
            talking, wrapping = [a.elapsed for a in snap.talking], [a.elapsed for a in snap.wrapping]
            self._after_talk, self._after_wrap = chances_free(
                self._talk, self._wrap, self._config.hold_s, talking, wrapping
            )
            self._known_agents = None

    # ---------------------------------------------------------------- deciding

    def decide(self, snap: Snapshot) -> Decision:
        """How many calls to place, and which to give up."""
        self._wanted.clear()
        for call in snap.ringing:
            self._watch(call.call_id, call.elapsed)
        self._rung = {call.call_id: call.elapsed for call in snap.ringing}
        if not (snap.free or snap.talking or snap.wrapping):
            return Decision(reason=Reason.NO_FREE_AGENT)
        self._refresh(snap)
        foresight, rows = self._foresee(snap)
        at_risk = foresight.left_alone()
        to_come = self._answers_to_come(snap)
        price, bound_by = self._price_now(snap, at_risk, to_come)
        cancel = self._given_up(snap, rows, foresight, price)
        during, by = self._during[0], self._by[0]
        gain = max(float(during.sum()), 1e-4)
        most, limit = self._most(snap, gain)
        one_each = snap.free - in_flight(snap)
        soon = RELIEF * (1.0 - 1.0 / (snap.free + len(snap.talking) + len(snap.wrapping)))
        dial = 0
        while dial < most:
            risk = foresight.risk_of(during, by)
            cost = (1.0 - soon) * risk / gain + soon * PATIENCE_SECONDS * foresight.relief(during, by)
            # A call for each free agent costs nothing, though a normal distribution has it cost a little.
            if cost > price and dial >= one_each:
                limit = bound_by
                break
            self._wanted.append((gain, risk))
            at_risk += risk
            foresight.add(during, by)
            dial += 1
        agents_soon = float(self._agents[:, EXPECTED_SLOT].sum()) if len(self._agents) else 0.0
        decision = Decision(
            dial=dial,
            cancel=cancel,
            reason=limit if not dial or limit in HARD_LIMITS else Reason.AGENTS_EXPECTED,
            expected_free_agents=snap.free + agents_soon,
            expected_answers=len(snap.waiting) + float(sum(self._by[row, -1] for row in rows)) + dial * gain,
            expected_abandoned=at_risk,
            answers_to_come=to_come,
        )
        return govern(decision, snap, self._config.cap)

    def _foresee(self, snap: Snapshot) -> tuple[Foresight, list[int]]:
        """The half minute ahead with the calls in flight, and the row of the ring table of each ringing call."""
        talking = [self._talk.bin(agent.elapsed) for agent in snap.talking if not agent.leaving]
        wrapping = [self._wrap.bin(agent.elapsed) for agent in snap.wrapping if not agent.leaving]
        if (talking, wrapping) != self._known_agents:
            self._known_agents = (talking, wrapping)
            self._agents = np.concatenate((self._after_talk[talking], self._after_wrap[wrapping]))
            if len(self._agents) <= MOST_AGENTS_EXACTLY:
                self._free_agents = free_agents(self._agents)
        free = snap.free - len(snap.waiting)
        exactly = len(self._agents) <= MOST_AGENTS_EXACTLY and in_flight(snap) <= MOST_CALLS_EXACTLY
        foresight: Foresight = Exact(free, self._free_agents) if exactly else Normal(free, self._agents)
        rows = [min(max(int(call.elapsed), 0), self._ringing.bins) for call in snap.ringing]
        for row in rows:
            foresight.add(self._during[row], self._by[row])
        human = self._human.share()
        for call in snap.in_amd:
            foresight.add(*_surely_in(max(self._config.amd_s - call.elapsed, 0.0), human))
        return foresight, rows

    def _price_now(self, snap: Snapshot, at_risk: float, to_come: float) -> tuple[float, Reason]:
        """What an answer may cost now, and what a call is refused for that would cost more."""
        cap, reserve = self._config.cap, self._reserve(snap)
        if not affords_risk(snap, cap, to_come, at_risk, reserve):
            return FROZEN, Reason.ABANDONMENT_BUDGET
        price = self._price.threshold(cap * snap.answered - snap.abandoned - reserve - at_risk, to_come)
        if self._config.half_hour:
            room, allowed = self._half_hour_room(snap.now)
            if room < 1.0:
                return FROZEN, Reason.ABANDONMENT_BUDGET
            price *= min(room / allowed, 1.0)
        return price * (WAITING_AGENT if snap.free else 1.0), Reason.RISK

    def _answers_to_come(self, snap: Snapshot) -> float:
        """At the pace since this pacer was first asked: a campaign may begin in the middle of its day."""
        began, answered = self._began = self._began or (snap.now, snap.answered)
        return answers_to_come(snap, self._config, snap.now - began, snap.answered - answered)

    def _reserve(self, snap: Snapshot) -> float:
        """What is not spent since nobody knows, with AMD, which of those who were left alone were people."""
        return 2.0 * sqrt(AMD_DOUBT * max(snap.abandoned, 1)) if self._config.amd_s > 0 else 0.0

    def _half_hour_room(self, now: float) -> tuple[float, float]:
        """Calls that may still be abandoned in this half hour, of how many."""
        self._forget(now)
        abandoned = sum(1 for _, left in self._half_hour if left)
        allowed = max(1.0, self._config.cap * (len(self._half_hour) - abandoned))
        return allowed - abandoned, allowed

    def _given_up(self, snap: Snapshot, rows: list[int], foresight: Foresight, price: float) -> tuple[Hashable, ...]:
        """Calls that have rung long enough and cost more than their remaining chance is worth."""
        given_up = []
        for call, row in zip(snap.ringing, rows, strict=True):
            if call.elapsed < self._config.min_ring_s:
                continue
            during = self._during[row]
            if foresight.risk_within(during, self._by[row], OTHERS) > WORTH_A_HANG_UP * price * float(during.sum()):
                given_up.append(call.call_id)
        return tuple(given_up)

    def _most(self, snap: Snapshot, gain: float) -> tuple[int, Reason]:
        """The most calls that may be placed at once, and what stands in the way of more."""
        staffed = snap.free + len(snap.talking) + len(snap.wrapping)
        sane = int(max(4.0, 1.3 * (staffed + 3) / max(gain, 0.02)))
        ratio = int(self._config.max_ratio * staffed) - in_flight(snap) - len(snap.talking)
        return min(
            (max(snap.lines_free, 0), Reason.LINES),
            (max(ratio, 0), Reason.LINES_PER_AGENT),
            (snap.leads_left, Reason.HOPPER),
            (sane, Reason.RISK),
        )


RELIEF: Final = 0.4
"""How much of what a call costs is told by what a short wait would save; the rest by what it costs now. Less in a small
team, none with one agent: whose next free moment nobody else's fills …"""
PATIENCE_SECONDS: Final = 30.0
"""… and for how long an agent may wait for one answer at the price of one (both chosen on the worlds flat, jump and
low, seeds 0 to 99)."""

WORTH_A_HANG_UP: Final = 2.0
"""A call is hung up only where it costs this many times its worth: its telephone has rung, and it counts as an attempt
(chosen on the worlds flat, jump and low, seeds 0 to 59)."""

OTHERS: Final = 0.6
"""Of what a call costs the others that ring, the part that counts against it: any of them may be hung up instead
(chosen on the same)."""

EXPECTED_SLOT: Final = 6
"""Twelve to fourteen seconds ahead, when most calls that are answered have been."""


def _surely_in(seconds: float, chance: float) -> tuple[Floats, Floats]:
    """A call of that chance whose moment is known."""
    slot = min(int(seconds / SLOT_SECONDS), SLOTS - 1)
    during, by = np.zeros(SLOTS), np.zeros(SLOTS)
    during[slot] = chance
    by[slot:] = chance
    return during, by


def make_pacer(config: PacingConfig, seed: int) -> Predictive:  # noqa: ARG001 - every pacer is made this way
    """A predictive pacer; it takes no chances of its own."""
    return Predictive(PacingConfig.of(config))
