"""Queues: where callers wait for an agent, and what became of each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from cti_api.model.ids import AgentId, CampaignId, InboundId, LeadId, QueueId

HOLD_SECONDS: Final = 150.0
"""How long Asterisk's dialplan lets a caller wait without a word from the dialer, before it apologises by itself."""

LONGEST_BETWEEN_SECONDS: Final = 75.0
"""The most between two announcements: one may be lost, and the dialplan still does not apologise."""

BY_CAMPAIGN: Final = 5
"""The rank of agents who serve a queue because they work in a campaign of its."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAgent:
    """Somebody who serves a queue by name."""

    agent_id: AgentId
    rank: int
    """How well: 1 is asked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSpec:
    """What a queue's file says."""

    id: QueueId
    title: str
    region: str
    """ISO 3166 country in whose form trunks show callers' numbers."""
    timezone: str
    """IANA; when a day of figures begins."""
    priority: int = 0
    """Callers of a higher one are served first."""
    agents: tuple[QueueAgent, ...] = ()
    campaigns: tuple[CampaignId, ...] = ()
    """Whose agents serve it too, with rank `BY_CAMPAIGN` where they are not named."""
    longest_wait_seconds: float = 600.0
    overflow_to: QueueId | None = None
    """Where callers go who waited longest_wait_seconds; None: they hear an apology."""
    announce_every_seconds: float = 45.0
    """Between two times that a caller is told their place."""
    answer_within_seconds: float = 20.0
    service_level: float = 0.8
    """Share of the calls, 0..1, to be answered within `answer_within_seconds`."""
    wrap_up_seconds: float = 30.0
    dispositions: tuple[str, ...] = ()
    """What an agent can say became of a call."""
    call_back_in: CampaignId | None = None
    """The campaign in which callers are called who would rather not wait; None: that is not offered."""
    call_back_after_seconds: float = 60.0
    """How long they wait before it is."""
    records: bool = False
    """Talks are recorded, of callers who were told so."""
    notice: bool = True
    """Callers are told so as they come into the queue, where talks are recorded. False: they are told elsewhere."""

    def rank_of(self, agent_id: AgentId, campaigns: tuple[CampaignId, ...]) -> int | None:
        """How well an agent of these campaigns serves it; None: not at all."""
        named = next((one.rank for one in self.agents if one.agent_id == agent_id), None)
        if named is not None:
            return named
        return BY_CAMPAIGN if set(self.campaigns) & set(campaigns) else None


class InboundOutcome(StrEnum):
    """What became of a caller."""

    ANSWERED = "answered"
    CALLER_ABANDONED = "caller_abandoned"
    """They hung up while they waited."""
    CALLED_BACK = "called_back"
    """They kept their place and hung up, and were dialled when it was their turn; the rest is the attempt's."""
    OVERFLOWED = "overflowed"
    """They waited as long as the queue lets them, and heard an apology."""
    LED_ON = "led_on"
    """They waited as long as they were to, or nobody served the queue, or they would rather be called back: the IVR,
    which had sent them, has them again."""
    LOST = "lost"
    """The call ended while nobody watched, and Asterisk's journal does not say how."""


GAVE_UP: Final = frozenset(
    {InboundOutcome.CALLER_ABANDONED, InboundOutcome.OVERFLOWED, InboundOutcome.LED_ON, InboundOutcome.LOST}
)
"""Callers whom nobody spoke with: somebody should call them back, unless the same call went on to one who did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the IVR sends a caller into a queue; with them it gets the caller back."""

    most_wait_seconds: float | None = None
    """The longest wait, whatever the queue says; None: what the queue says."""
    offers_call_back: bool = False
    """Whether a caller may say that they would rather be called."""


class CallBackOffer(IntEnum):
    """What a waiting caller is offered with 1."""

    NONE = 0
    KEEPS_THE_PLACE = 1
    """They hang up, and are called when it is their turn."""
    BY_THE_IVR = 2
    """They leave the queue, and the IVR that sent them arranges it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """One caller, from the queue to the end, or to where they leave it."""

    id: InboundId
    queue: QueueId
    """Where they are, or were last."""
    number: str
    """E.164 where it can be read so, else the digits that the trunk showed; empty where it was withheld."""
    arrived_at: datetime
    """In the first queue."""
    queued_at: datetime
    """In this queue."""
    position: int | None = None
    """The place they were told last; 1 is next."""
    agent_id: AgentId | None = None
    """Who talks, or talked, with them."""
    joined_at: datetime | None = None
    """With their first agent: the wait ends here."""
    ended_at: datetime | None = None
    """The channel is gone, or the IVR has it again."""
    call_back_at: datetime | None = None
    """When they asked to be called."""
    closed_at: datetime | None = None
    """Nothing more will be written: the agent has finished, too."""
    outcome: InboundOutcome | None = None
    disposition: str = ""
    ivr_call: str | None = None
    """The IVR's id of the call, where it sent them."""
    recording: str = ""
    """The talk's file in the folder of recordings; empty: it is not recorded."""
    lead_id: LeadId | None = None
    """Whose call it is, where they called the number that their campaign shows."""
    disposition_fields: dict[str, str] | None = None
    """What the agent entered with the campaign's disposition."""

    def waited_seconds(self, now: datetime) -> float:
        """How long for an agent, up to `now` while it goes on."""
        until = self.joined_at or self.ended_at or now
        return max((until - self.arrived_at).total_seconds(), 0.0)

    @property
    def talk_seconds(self) -> float:
        """From the first agent to the end; 0.0 without one, or before."""
        if self.joined_at is None or self.ended_at is None:
            return 0.0
        return max((self.ended_at - self.joined_at).total_seconds(), 0.0)
