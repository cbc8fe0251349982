"""What the window may ask of calls in flight: see, end, hand on, listen to them. The engine is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cti_api.model.ids import AgentId, CampaignId, LeadId, QueueId


class LiveState(StrEnum):
    """Where a call in flight is."""

    DIALING = "dialing"
    RINGING = "ringing"
    ANSWERED = "answered"
    """Somebody, or something, took it: answering-machine detection listens."""
    WAITING = "waiting"
    """For an agent."""
    OFFERED = "offered"
    """An agent is on the way."""
    CONNECTED = "connected"
    LED = "led"
    """By the IVR."""
    CONSULTING = "consulting"
    """They hear music while their agent speaks with a colleague, who may have them next."""
    TRANSFERRING = "transferring"
    """An agent has handed them on, and whoever is to have them is rung."""
    TRANSFERRED = "transferred"
    """They are with somebody who is no agent of ours; for the dialer the call is over."""


class Supervision(StrEnum):
    """How a supervisor takes part in a talk."""

    LISTEN = "listen"
    """They hear both; nobody hears them."""
    WHISPER = "whisper"
    """The agent hears them, and the person does not."""
    BARGE = "barge"
    """Both hear them."""


class ConsultState(StrEnum):
    """Where a consultation is."""

    ASKED = "asked"
    """Asterisk is to take agent and person apart."""
    CALLING = "calling"
    """The person hears music, and the colleague is called."""
    TALKING = "talking"
    """Agent and colleague hear each other."""
    HANDING = "handing"
    """The colleague is about to have the person."""
    RETURNING = "returning"
    """The agent is about to have the person again."""
    OVER = "over"


class ConsultRole(StrEnum):
    ASKS = "asks"
    """The agent, whose person hears music."""
    IS_ASKED = "is_asked"
    """The colleague."""


class TransferKind(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    EXTENSION = "extension"
    """A telephone of the settings' closed list."""
    OUTSIDE = "outside"
    """A number of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """Somebody takes part in a talk."""

    by: str
    """As the audit names them: ``person:sara``."""
    mode: Supervision
    telephone: str
    since: datetime
    """… that their telephone was taken; before that, since when it rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulting:
    """A consultation, as one of the two agents has it on the screen."""

    role: ConsultRole
    other: str
    """Who the other one is: ``agent:luis``, ``outside:ambulancia``."""
    title: str
    """… for people."""
    state: ConsultState
    since: datetime
    """… that they talk; before that, that the colleague was asked for."""
    lead_name: str = ""
    number: str = ""
    """About whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """One call in flight."""

    id: str
    """Of the attempt, or of the caller."""
    state: LiveState
    since: datetime
    """In this state."""
    number: str
    campaign_id: CampaignId | None = None
    queue: QueueId | None = None
    """Of somebody who called."""
    lead_id: LeadId | None = None
    lead_name: str = ""
    agent_id: AgentId | None = None
    held_since: datetime | None = None
    """The agent has them on hold."""
    to: str = ""
    """Of one that is handed on, or about whom somebody is consulted: where to, as `TransferTo.to`."""
    supervised: tuple[Supervised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTo:
    """Where somebody may be handed on to."""

    to: str
    """What is asked for: ``queue:soporte``, ``agent:luis``, ``extension:2134``, ``outside:ambulancia``."""
    kind: TransferKind
    title: str
    """For people."""
    available: bool = True
    why_not: str = ""
    """One sentence, where it is not now."""


class CallsPort(Protocol):
    """Calls in flight, as the API sees them.

    Every method raises `NotFound` for a call, agent or target it does not know, `Conflict` where the present state
    forbids it, `InputError` for a target that is none, `LinkDown` without Asterisk.
    """

    def calls(self) -> tuple[LiveCall, ...]:
        """Every call in flight, the earliest first."""
        ...

    def transfers(self) -> tuple[TransferTo, ...]: ...

    async def transfer(self, agent_id: AgentId, to: str) -> None:
        """Hand on whom the agent talks with. When it returns they have left the agent; whom nobody takes comes back."""
        ...

    async def transfer_call(self, call_id: str, to: str) -> None:
        """The same, for a supervisor, of whatever agent is in that call."""
        ...

    async def consult(self, agent_id: AgentId, to: str) -> None:
        """Let the agent speak with somebody before they have the person, who hears music. When it returns that one is
        called. Of a queue it is the agent of it who is free."""
        ...

    async def complete(self, agent_id: AgentId) -> None:
        """Hand the person on to whoever the agent consults, and has on the line."""
        ...

    async def go_back(self, agent_id: AgentId) -> None:
        """End the consultation, for whichever of the two asks: the agent has the person again."""
        ...

    async def end(self, call_id: str) -> None:
        """Hang it up."""
        ...

    async def supervise(self, call_id: str, mode: Supervision, *, by: str, telephone: str) -> None:
        """Ring that telephone (``agent:sara`` or ``extension:2134``) and let it take part until the talk ends; asked
        again by who takes part already, in another way."""
        ...

    async def leave(self, call_id: str, *, by: str) -> None:
        """Take part no more."""
        ...
