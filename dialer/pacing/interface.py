"""What a pacer sees and what it answers. No clock, no I/O, no global state.

A pacer is told every event in the order of time (`Pacer.observe`) and asked at each tick how many calls to place
(`Pacer.decide`). Its answers depend on its configuration, its seed and what it was told, on nothing else: a recorded
shift replays to the same decisions.

Calls and agents are named by any hashable value the caller likes (attempt ids, agent ids, the simulator's numbers); a
pacer only compares them and hands them back.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NamedTuple, Protocol


class EventKind(StrEnum):
    """Everything a pacer may learn from. Of `Event`, which id is set and what `value` means stands with each."""

    DIALED = "dialed"
    """Call."""
    ANSWERED = "answered"
    """Call; ring seconds. Off hook; AMD, where it runs, has not spoken yet."""
    NO_ANSWER = "no_answer"
    """Call; ring seconds until the timeout."""
    FAILED = "failed"
    """Call; seconds until busy or a failure of the network."""
    HUMAN = "human"
    """Call; seconds from dialling until a person needs an agent (as `ANSWERED` without AMD)."""
    MACHINE = "machine"
    """Call; found to be a machine."""
    CONNECTED = "connected"
    """Agent; seconds the person waited."""
    ABANDONED = "abandoned"
    """Call; seconds the person waited, that is the hold limit."""
    TALK_END = "talk_end"
    """Agent; talk seconds. Wrap-up begins."""
    WRAP_END = "wrap_end"
    """Agent; wrap-up seconds. The agent is free, or gone when they were leaving."""
    AGENT_ON = "agent_on"
    """Agent."""
    AGENT_OFF = "agent_off"
    """Agent."""
    CANCELLED = "cancelled"
    """Call; ring seconds. We hung up."""


class Event(NamedTuple):
    """One thing that happened on the floor."""

    kind: EventKind
    t: float
    """Seconds since the compliance window began."""
    call_id: Hashable | None
    agent_id: Hashable | None
    value: float


class BusyAgent(NamedTuple):
    """An agent in talk or in wrap-up."""

    agent_id: Hashable
    elapsed: float
    """Seconds in the present state."""
    leaving: bool
    """A pause or log-off is booked: this agent will not become free."""


class LiveCall(NamedTuple):
    """A call that is not yet with an agent."""

    call_id: Hashable
    elapsed: float
    """Seconds since dialled (ringing), since off hook (in AMD), since a person waits (waiting)."""


class Snapshot(NamedTuple):
    """The floor at one instant."""

    now: float
    """Seconds since the compliance window began."""
    free: int
    """Agents ready for a call now; of a campaign without agents, lines of the IVR that lead nobody."""
    talking: Sequence[BusyAgent]
    wrapping: Sequence[BusyAgent]
    ringing: Sequence[LiveCall]
    in_amd: Sequence[LiveCall]
    waiting: Sequence[LiveCall]
    """People on the line who need an agent."""
    lines_free: int
    """Channels the pacer may still take."""
    leads_left: int
    """Numbers left to dial; a large number when unknown."""
    answered: int
    """Calls answered by a person in the present compliance window."""
    abandoned: int
    """Of these, abandoned."""


class Reason(StrEnum):
    """Why a decision is what it is: what the pacer followed, or the limit that bound it."""

    NO_FREE_AGENT = "no_free_agent"
    ENOUGH_IN_FLIGHT = "enough_in_flight"
    """Every free agent has a call on its way."""
    ONE_PER_FREE_AGENT = "one_per_free_agent"
    ONE_PER_FREE_LINE = "one_per_free_line"
    NO_FREE_LINE = "no_free_line"
    """Every line of the IVR leads somebody, or has a call on its way."""
    RATIO = "ratio"
    AGENTS_EXPECTED = "agents_expected"
    """Agents will be free when the calls are answered, as far as can be foreseen."""
    RISK = "risk"
    """One more call would more likely leave somebody alone than it is worth."""
    ABANDONMENT_BUDGET = "abandonment_budget"
    """The governor allows no call beyond one per free agent."""
    LINES = "lines"
    """The trunks have no more channels free."""
    LINES_PER_AGENT = "lines_per_agent"
    """`PacingConfig.max_ratio`."""
    CAMPAIGN_CHANNELS = "campaign_channels"
    CALLS_PER_SECOND = "calls_per_second"
    HOPPER = "hopper"
    """No more leads may be dialled now."""


class Decision(NamedTuple):
    """What to do now, and why. The first two fields are what the bench in the lab reads, by position."""

    dial: int = 0
    """Calls to place; negative counts as none."""
    cancel: Sequence[Hashable] = ()
    """Ringing calls to hang up; ignored while one has rung for less than `PacingConfig.min_ring_s`."""
    reason: Reason = Reason.NO_FREE_AGENT
    expected_free_agents: float = 0.0
    """Agents the decision counted on, when the calls are answered."""
    expected_answers: float = 0.0
    """Answers it counted on, from the calls in flight and those it places."""
    budget_left: float | None = None
    """Abandoned calls the window still allows; None before the governor looked."""
    expected_abandoned: float | None = None
    """People the calls in flight and those it places are expected to leave alone; None from a pacer that does not
    foresee it: the governor then takes the worst that can be."""
    answers_to_come: float = 0.0
    """People who will still answer in the window, as far as such a pacer counts on them; what they earn may be spent
    before."""


@dataclass(frozen=True)
class PacingConfig:
    """A campaign's figures, as a pacer needs them."""

    cap: float = 0.03
    """Abandoned / answered by a person, over the window."""
    window_s: float = 8 * 3600.0
    """Length of the compliance window; nothing is decided beyond its end."""
    rolling: bool = False
    """The window has no end: it always looks back over `window_s`, and the limit holds at every moment."""
    half_hour: bool = False
    """Each rolling half hour keeps the cap as well, or has one abandoned call at most."""
    hold_s: float = 2.0
    """A person unattended this long is abandoned."""
    ring_timeout_s: float = 28.0
    min_ring_s: float = 15.0
    """No call is hung up earlier (16 CFR 310.4(b)(4)(ii))."""
    amd_s: float = 0.0
    """How long answering-machine detection takes; 0: there is none."""
    tick_s: float = 0.5
    """How often `Pacer.decide` is asked."""
    max_ratio: float = 8.0
    """Lines per staffed agent, at most."""
    calls_per_agent: float = 1.0
    """What the ratio pacer multiplies by."""

    @classmethod
    def of(cls, known: object) -> PacingConfig:
        """The same figures, and the defaults of those that `known` has no word for, as a bench of fewer figures has."""
        return cls(**{field.name: getattr(known, field.name) for field in fields(cls) if hasattr(known, field.name)})


class Pacer(Protocol):
    """Decides how many calls to place."""

    def observe(self, event: Event) -> None:
        """Learn of one event; in the order of time, before the next `decide`."""
        ...

    def decide(self, snap: Snapshot) -> Decision:
        """What to do now."""
        ...


def in_flight(snap: Snapshot) -> int:
    """Calls that may still ask for an agent."""
    return len(snap.ringing) + len(snap.in_amd) + len(snap.waiting)


def why_none(snap: Snapshot) -> Reason:
    """Why a pacer that follows free agents places no call."""
    return Reason.ENOUGH_IN_FLIGHT if snap.free else Reason.NO_FREE_AGENT
