"""The callers' book: everybody who called and is not closed yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import AgentId, InboundId
from cti_api.model.leads import Lead
from cti_api.model.queues import InboundCall, Terms
from dialer.engine.coming_back import Awaited
from dialer.queues.discipline import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom a caller is known as."""

    lead: Lead
    spec: CampaignSpec


class CallerState(Enum):
    """Where a caller is."""

    WAITING = "waiting"
    OFFERED = "offered"
    """An agent is on the way."""
    TALKING = "talking"
    BROUGHT = "brought"
    """Their agent has handed them on, and a telephone that is none of ours rings."""
    KEPT = "kept"
    """They hung up and keep their place: they are called when it is their turn."""
    CALLING = "calling"
    """An agent is about to call one of those."""
    OVER = "over"
    """The channel is gone; the agent may still be writing."""


@dataclass(slots=True)
class Caller:
    """One caller, with everything the engine needs at hand."""

    call: InboundCall
    """As on record, or about to be."""
    tell_at: datetime
    """When they are told their place next."""
    terms: Terms | None = None
    """Of whom the IVR sent."""
    state: CallerState = CallerState.WAITING
    agent_id: AgentId | None = None
    """Offered or joined now, or the last one who was."""
    offered_at: datetime | None = None
    told_of_recording: bool = False
    known: Known | None = None
    """Of somebody whom a campaign has on its list, and who calls the number that it shows."""
    lost_agent: bool = False
    awaits: Awaited | None = None
    """The agent whose page went away under them, as long as nobody else is to be joined."""
    moves: int = 0
    dismissed: bool = False
    """They hear the apology or go back to the IVR, or are about to."""
    dismiss_again_at: datetime | None = None
    """When that is asked for anew: a Redirect that meets a step of the dialplan's own is lost (tried). None: it was
    heard of, or was not ours to ask."""
    wrap_up_until: datetime | None = None
    held_seconds: float = 0.0
    """On hold, as far as that is over."""
    ended_by_agent: bool = False
    """Who has them asked for the end of the talk."""
    call_at: datetime | None = None
    """Of a kept place that could not be called: not before this."""

    @property
    def id(self) -> InboundId:
        return self.call.id

    @property
    def waits(self) -> bool:
        """For any agent, with nobody on the way."""
        return self.state is CallerState.WAITING and not self.dismissed and self.awaits is None

    def is_due(self, now: datetime) -> bool:
        """A kept place that may be called."""
        return self.state is CallerState.KEPT and (self.call_at is None or now >= self.call_at)

    @property
    def as_waiting(self) -> Waiting:
        """As the discipline sees them."""
        return Waiting(
            id=self.id,
            queue=self.call.queue,
            arrived_at=self.call.arrived_at,
            queued_at=self.call.queued_at,
            lost_agent=self.lost_agent,
            moves=self.moves,
            terms=self.terms,
            kept=self.state is CallerState.KEPT,
        )


class Callers:
    """Callers by the id of their channel. Never awaits."""

    def __init__(self) -> None:
        self._callers: dict[InboundId, Caller] = {}

    def __iter__(self) -> Iterator[Caller]:
        return iter(list(self._callers.values()))

    def __contains__(self, caller_id: str) -> bool:
        return caller_id in self._callers

    def add(self, caller: Caller) -> None:
        self._callers[caller.id] = caller

    def get(self, caller_id: str | None) -> Caller | None:
        return self._callers.get(InboundId(caller_id)) if caller_id is not None else None

    def remove(self, caller_id: InboundId) -> None:
        self._callers.pop(caller_id, None)

    def waiting(self, now: datetime) -> tuple[Waiting, ...]:
        """Everybody without an agent, kept places among them."""
        return tuple(one.as_waiting for one in self._callers.values() if one.waits or one.is_due(now))
