"""What the parts of the engine share: the board, the book, the links to the outside, and a parent for their tasks."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock
from cti_api.kpi.told import of_wait
from cti_api.law.rules import Pack
from cti_api.live_ports import TransferTo
from cti_api.model.agents import AgentState
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, CampaignId, QueueId, new_event_id
from cti_api.model.queues import InboundCall, QueueSpec
from cti_api.store.store import Store
from dialer.agents.board import Board, Seat
from dialer.agents.states import Move
from dialer.engine.book import Book, Flight
from dialer.engine.callers import Callers
from dialer.engine.pacing_journals import PacingJournals
from dialer.engine.recorder import Recorder
from dialer.engine.trunks import Trunks
from dialer.pacing.tally import Tally
from dialer.telephony import Request, TelephonyEvent
from dialer.truth import Truth


class Telephony(Protocol):
    """The way to Asterisk, as the engine needs it; `dialer.ami.link.AmiLink` is one."""

    def events(self) -> AsyncIterator[TelephonyEvent]: ...

    async def perform(self, request: Request) -> None:
        """Raises `LinkDown` (not sent), `ResultUnknown` (sent, fate unknown), `ActionRefused`."""
        ...

    async def truth(self) -> Truth: ...


class Follower(Protocol):
    """Follows one campaign's calls and its agents; `dialer.engine.pacing.Pacing` is one."""

    def agent_moved(self, seat: Seat, before: AgentState, flight: Flight | None, now: datetime) -> None:
        """An agent of whatever campaign moved; `flight` is the call they are in."""
        ...

    def call_over(self, flight: Flight, now: datetime) -> None:
        """A call of the campaign is over."""
        ...

    def shift(self, by: timedelta, now: datetime) -> None:
        """The wall clock was set, by that much, and is now this."""
        ...


@dataclass(slots=True, kw_only=True)
class Floor:
    """One floor: one store, one Asterisk, all campaigns and agents."""

    store: Store
    telephony: Telephony
    clock: Clock
    random: Random
    packs: tuple[Pack, ...]
    """The law, of all countries."""
    trunks: Trunks
    journal: Path
    """Asterisk's CEL file."""
    board: Board = field(default_factory=Board)
    book: Book = field(default_factory=Book)
    recorder: Recorder = field(default_factory=Recorder)
    tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    callers: Callers = field(default_factory=Callers)
    queues: dict[QueueId, QueueSpec] = field(default_factory=dict)
    """As their files say."""
    handled: dict[QueueId, deque[float]] = field(default_factory=dict)
    """Talk and wrap-up, in seconds, of each queue's last calls."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever something happened that may allow another call."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, whenever anything happened: who shows how things stand looks again."""
    tallies: dict[CampaignId, Tally] = field(default_factory=dict)
    """By campaign at work."""
    pacing_journals: PacingJournals | None = None
    """Where pacers write down what they are told and decide; None: they do not."""
    followers: dict[CampaignId, Follower] = field(default_factory=dict)
    """What each campaign's pacer is to be told goes to these."""
    specs: dict[CampaignId, CampaignSpec] = field(default_factory=dict)
    """Campaign files as read; `spec` fills it."""
    link_up: bool = False
    link_trouble: str = "not tried yet"
    """Why the link is down or in doubt, one sentence; empty while it is neither."""
    reconciled: bool = False
    """Asterisk's truth was asked since the link came up: before that, nothing is dialled."""
    clock_trusted: bool = True
    """The wall clock did not jump (`dialer.engine.clock_trust`)."""
    not_recording: set[CampaignId] = field(default_factory=set)
    """Campaigns that require recordings and whose recordings fail."""
    faults: dict[CampaignId, str] = field(default_factory=dict)
    """Campaigns that a fault of the settings stops until a person has seen to it and starts them again, with the alarm
    that names it (``guard:number``)."""
    ivr_lines: Callable[[], int] | None = None
    """How many more people the IVR could lead now; None: there is none."""
    unmet: Counter[CampaignId] = field(default_factory=Counter)
    """People in a row whom the IVR did not meet (`dialer.engine.ivr_lines`)."""
    met: set[CampaignId] = field(default_factory=set)
    """Campaigns whose last person was met by the IVR."""
    transfers: tuple[TransferTo, ...] = ()
    """The telephones and numbers to which agents may hand people on: the closed list of the settings."""
    extensions: Mapping[str, AgentId] = field(default_factory=dict)
    """Whose account each telephone of that list is."""
    guests: set[str] = field(default_factory=set)
    """Legs of supervisors who take part in a talk (`dialer.engine.supervising`), and of whoever is consulted and is
    none of our agents (`dialer.engine.consulting`)."""
    originate_duplicates: int = 0
    """Originates that Asterisk refused because their call was already there; must stay 0 (failure catalogue F9)."""
    stopping: bool = False

    @property
    def alarm(self) -> str:
        """Why no call may be placed at all; empty while calls may be.

        Over a link in doubt the truth may well have been asked (`reconciled`), and people who wait are joined with
        agents; but a call would be committed only to be refused by the link.
        """
        if self.link_trouble or not (self.link_up and self.reconciled):
            return "link_down"
        if not (self.store.writable and self.recorder.may_dial):
            return "store"
        return "" if self.clock_trusted else "clock"

    @property
    def may_dial(self) -> bool:
        """Whether any call may be placed at all."""
        return not self.alarm and not self.stopping

    def spawn(self, what: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `what` beside everything else, under this floor's task group."""
        return self.tasks.create_task(what, name=name)

    def told(self) -> None:
        """Something happened. Whoever asked for `news` before is told so once, however long they look away."""
        waiting, self.news = self.news, asyncio.Event()
        waiting.set()

    async def spec(self, campaign_id: CampaignId) -> CampaignSpec:
        """What the campaign's file says. Raises `NotFound`."""
        if campaign_id not in self.specs:
            stored = await self.store.campaigns.get(campaign_id)
            self.specs[campaign_id] = parse_campaign(stored.spec_text)
        return self.specs[campaign_id]

    def event(self, kind: EventKind, **facts: Any) -> Event:
        """An event that happens now. Keyword arguments that are not fields of `Event` become its payload."""
        self.told()
        known = {"campaign_id", "lead_id", "attempt_id", "call_id", "agent_id"}
        fields = {key: value for key, value in facts.items() if key in known}
        payload = {key: value for key, value in facts.items() if key not in known}
        return Event(event_id=new_event_id(), kind=kind, occurred_at=self.clock.now(), payload=payload, **fields)

    def tell_of(self, flight: Flight, kind: EventKind, *, agent_id: AgentId | None = None, **payload: Any) -> None:
        """Something happened to a call that changes nothing on record: it is an event alone."""
        of = flight.attempt
        ids = {"campaign_id": of.campaign_id, "lead_id": of.lead_id, "attempt_id": of.id, "agent_id": agent_id}
        event = self.event(kind, **ids, **payload)
        self.recorder.put("call told", lambda: self.store.outbox.append(event), event)

    def wait_of(self, call: InboundCall) -> dict[str, Any]:
        """What events tell of a caller's wait, by the queue that they are in now; nothing while it goes on."""
        spec = self.queues.get(call.queue)
        return of_wait(call, spec.answer_within_seconds if spec is not None else None, self.clock.now())

    def move(self, seat: Seat, what: Move, *, source: str, reason: str = "") -> None:
        """Move an agent, write it down and tell it. Raises `Conflict` where the table has no such move."""
        before, now = seat.status.state, self.clock.now()
        status = self.board.move(seat.agent.id, what, now, source=source, reason=reason)
        flight = self.book.get(seat.attempt_id) if seat.attempt_id else None
        for follower in self.followers.values():
            follower.agent_moved(seat, before, flight, now)
        event = self.event(
            EventKind.AGENT_STATE,
            agent_id=status.agent_id,
            state=status.state.value,
            reason=status.reason,
            pending=status.pending.value if status.pending else None,
            pending_reason=status.pending_reason,
            source=status.source,
        )
        self.recorder.put("agent state", lambda: self.store.agents.log_state(status, event), status)
