"""What is done with a talk, in our words: hold, hand on, listen. Part of `dialer.telephony`."""

from __future__ import annotations

from dataclasses import dataclass

from cti_api.live_ports import Supervision
from cti_api.model.ids import AgentId, AttemptId, InboundId, LegId, QueueId

# ------------------------------------------------------------------ hold


@dataclass(frozen=True, slots=True)
class LegHeld:
    """The agent's softphone puts its call on hold: whoever is joined with it hears music."""

    leg_id: LegId


@dataclass(frozen=True, slots=True)
class LegRetrieved:
    """… and takes it up again."""

    leg_id: LegId


# ------------------------------------------------------------------ handed on: people whom we called


@dataclass(frozen=True, slots=True)
class CallPassed:
    """The agent has handed the person on to another agent, who is on the way: they hear music."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallBrought:
    """The agent has handed the person on: a telephone of the closed list, or a number outside, rings, and they hear
    music. Who is not taken there is an orphan (`CallOrphaned`)."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallReached:
    """The person and that telephone, or number, hear each other: they are none of ours any more."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True)
class CallHanded:
    """The agent has handed the person on into a queue, where they are a caller."""

    attempt_id: AttemptId


# ------------------------------------------------------------------ … callers


@dataclass(frozen=True, slots=True)
class CallerPassed:
    """The agent has handed the caller on to another agent, or into another queue: they hear music."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerBrought:
    """… to a telephone of the closed list, or a number outside, which rings. Who is not taken there waits again."""

    caller_id: InboundId


@dataclass(frozen=True, slots=True)
class CallerReached:
    """The caller and that telephone, or number, hear each other."""

    caller_id: InboundId


HandedEvent = CallerPassed | CallerBrought | CallerReached

# ------------------------------------------------------------------ a colleague is consulted


@dataclass(frozen=True, slots=True)
class PersonKept:
    """The agent has left the person, who hears music, to speak with a colleague first."""

    person: AttemptId | InboundId


@dataclass(frozen=True, slots=True)
class ColleagueJoined:
    """The agent who asks, whose leg it is, and the colleague hear each other."""

    leg_id: LegId


ConsultEvent = PersonKept | ColleagueJoined

# ------------------------------------------------------------------ what we ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTalk:
    """Let the agent's side end a talk: who is to go to the IVR goes there, everybody else is hung up."""

    leg_id: LegId
    called: bool = False
    """It is with a person who was called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOn:
    """Take an agent and the person they talk with apart, and lead the person on; the agent's leg waits again."""

    leg_id: LegId
    called: bool
    """It is with a person who was called; else with a caller."""
    queue: QueueId | None = None
    """Of a person who was called: into this queue."""
    to: str = ""
    """To this telephone or number of the closed list."""
    colleague: LegId | None = None
    """To whoever is on this leg, was consulted and is none of our agents. With none of the three they hear music, for
    an agent is on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPerson:
    """Take an agent and the person they talk with apart: the person hears music, and the leg waits for a colleague."""

    leg_id: LegId
    called: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBack:
    """Bring an agent back to the person who is kept for them."""

    leg_id: LegId
    called: bool
    gone: bool = False
    """That person is there no more, or another agent's: the leg waits again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchColleague:
    """Let the leg of a colleague who is on the line wait for an agent who asks them: a beep first."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakWith:
    """Let an agent who has left their person, and the colleague who waits for them, hear each other."""

    leg_id: LegId
    """The agent's."""
    colleague: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColleague:
    """Ring a telephone or number of the closed list, for an agent who has left their person for it."""

    leg_id: LegId
    to: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spied:
    """A talk, and how somebody takes part in it."""

    mode: Supervision
    agent_leg: LegId
    person: AttemptId | InboundId


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervise:
    """Ring a supervisor's telephone, which takes part in an agent's talk."""

    leg_id: LegId
    telephone: AgentId
    """Whose account."""
    talk: Spied
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperviseAs:
    """Let a supervisor who takes part do so in another way."""

    leg_id: LegId
    talk: Spied


ConsultRequest = KeepPerson | GoBack | FetchColleague | SpeakWith | CallColleague

TalkRequest = EndTalk | HandOn | ConsultRequest | Supervise | SuperviseAs
