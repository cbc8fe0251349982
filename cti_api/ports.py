"""What the window may ask of the engine. The engine is handed in; `cti_api` never imports it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cti_api.live_ports import CallsPort, Consulting
from cti_api.model.agents import Agent, AgentPhone, AgentStatus
from cti_api.model.appointments import AppointmentFigures
from cti_api.model.calls import DialDecision
from cti_api.model.campaigns import CampaignSpec, CampaignState
from cti_api.model.ids import AgentId, AttemptId, CampaignId, InboundId, LeadId, QueueId
from cti_api.model.leads import Lead
from cti_api.model.once import Once
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import QueueSpec
from cti_api.news import News


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingDecision:
    """What the pacer decided, `times` in a row, with the figures of the last time."""

    first: datetime
    last: datetime
    times: int
    place: int
    """Calls."""
    cancel: int
    """Ringing calls to hang up."""
    reason: str
    """A `dialer.pacing.interface.Reason`: what it followed, or the limit that bound it."""
    why: str
    """The reason in words."""
    expected_free_agents: float
    """When the calls are answered."""
    expected_answers: float
    expected_abandoned: float | None
    """Of those; None from a pacer that does not foresee it."""
    budget_left: float | None
    """Calls that may still be abandoned within the promise; the tightest of all its windows."""
    live_answers: int
    abandoned: int
    """Of the campaign's own window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStanding:
    """How one reader outside, a broker or a webhook, stands."""

    name: str
    """``mqtt``, or ``webhook:`` and its name in the settings."""
    connected: bool
    """The other side was there when it was last looked for."""
    seq: int
    """It has everything up to this event, but for what waits or is dead."""
    lag: int
    """Events after it."""
    sent: int
    """Events that it took since Vocero started."""
    waiting: int | None
    """Of a webhook: events put aside that are tried again; None: of a broker."""
    dead: int | None
    """Of a webhook: dead letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingStatus:
    """A pacer at work."""

    latest: PacingDecision | None
    """None before its first decision."""
    placed: int
    """Calls it decided on since the campaign was taken up."""
    cancelled: int
    reasons: dict[str, int]
    """How often it decided for each reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatus:
    """One campaign as it stands now; everything a status line or a board needs."""

    campaign_id: CampaignId
    title: str
    state: CampaignState
    leads: int
    leads_by_state: dict[str, int]
    attempts: int
    attempts_by_result: dict[str, int]
    """Closed attempts only."""
    calls_in_flight: int
    live_answers: int
    """People on the line since `window_began`: what the abandonment governor counts."""
    abandoned: int
    """Those of them for whom no agent was free in time."""
    abandonment_limit: float
    hopper_depth: int
    last_decision: str
    """Why the pacer placed, or did not place, the last call."""
    window_began: datetime | None = None
    """Since when live answers and abandoned are counted. None where it is not at work: all of them, then."""
    abandonment_window: str = "campaign_day"
    """An `AbandonmentWindow`: which time that is."""
    pacing: PacingStatus | None = None
    """None where it is not at work, or its agents place the calls."""
    alarm: str = ""
    """Non-empty while the campaign cannot dial: ``no_trunks``, ``link_down``, ``store``, ``recording``, ``clock``;
    ``guard:number`` and ``guard:trunk``: Asterisk's dialplan refuses what our settings allow; ``law:`` and a rule's id:
    the law refuses every call until somebody acts, and `last_decision` says what; without agents ``no_ivr``, and
    ``ivr``: people answered and Asterisk did not find it."""
    trunk_alarms: dict[str, str] = field(default_factory=dict)
    """Of the campaign's trunks, as in `SystemStatus.trunk_alarms`."""
    appointments: AppointmentFigures = field(default_factory=AppointmentFigures)
    callbacks_missed: int = 0
    """Callbacks that nobody made in time, as the campaign's file says when that is."""
    is_open: bool = False
    """It runs, within its hours and the law's, and long enough before their end."""
    agents_ready: int = 0
    """Its agents who are free now, whoever's call they take next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """One agent as a board shows it."""

    agent: Agent
    status: AgentStatus
    phone_reachable: bool
    attempt_id: AttemptId | None = None
    """The call being offered, talked or wrapped up."""
    number: str = ""
    spec: CampaignSpec | None = None
    """The campaign that has the person on its list."""
    lead: Lead | None = None
    script: str = ""
    """The campaign's guion with this lead's fields filled in."""
    screen_pop: str = ""
    """The campaign's address with them filled in."""
    caller_id: InboundId | None = None
    """Of somebody who called; `number` is theirs then."""
    queue_id: QueueId | None = None
    waited_seconds: float = 0.0
    """How long that caller waited."""
    connected_at: datetime | None = None
    """Since when they hear each other; of a caller, with the first agent."""
    held_since: datetime | None = None
    """Since when the agent's telephone holds, with or without somebody."""
    preview_until: datetime | None = None
    """The person on show is taken back then."""
    wrap_up_until: datetime | None = None
    consulting: Consulting | None = None
    """They ask a colleague, or are asked by one."""
    calls: int = 0
    talk_seconds: float = 0.0

    @property
    def lead_name(self) -> str:
        return self.lead.contact.name if self.lead is not None else ""

    @property
    def campaign_id(self) -> CampaignId | None:
        return self.spec.id if self.spec is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerView:
    """One caller as a board shows them."""

    caller_id: InboundId
    number: str
    state: str
    """``waiting``, ``offered``, ``talking``, or ``brought``: handed on to a telephone that rings."""
    waited_seconds: float
    position: int | None
    """The place they were told last."""
    agent_id: AgentId | None
    arrived_at: datetime | None = None
    """None: not known to the moment; then `waited_seconds` ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """One queue as it stands now."""

    spec: QueueSpec
    agents_at_work: int
    """Who serve it and are ready or in a call."""
    agents_ready: int
    callers: tuple[CallerView, ...]
    """The earliest first."""
    expected_wait_seconds: float | None = None
    """Of somebody who calls now, on average; None: nobody serves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """The health of the whole, for ``/readyz``, ``vocero doctor`` and the metrics."""

    started_at: datetime
    link_up: bool
    reconciled: bool
    """Asterisk's truth was asked since the link came up; no call is placed before."""
    store_writable: bool
    trunks: dict[str, str] = field(default_factory=dict)
    """Trunk name → ``closed`` (works), ``open`` (failing) or ``probing``."""
    trunk_alarms: dict[str, str] = field(default_factory=dict)
    """Trunk name → what somebody has to see to: ``locked_out`` (it does not take our password), ``unknown_numbers`` (it
    does not understand how we write numbers), ``false_answers`` (it answers calls that nobody took)."""
    channels_by_trunk: dict[str, int] = field(default_factory=dict)
    loop_lag_seconds: float = 0.0
    """Worst delay of the event loop in the last second."""
    worst_loop_lag_seconds: float = 0.0
    """Worst delay of the event loop in the last 15 seconds."""
    loop_stalls: int = 0
    """Seconds since the start in which the event loop was once later than 200 ms."""
    memory_used_bytes: int = 0
    memory_limit_bytes: int = 0
    """The least of the machine's memory and the limits set to this process."""
    originate_duplicates: int = 0
    """Originates since the start that Asterisk refused because their call was already there; must stay 0."""
    store_errors: int = 0
    """Writes of the engine since the start that the store refused."""
    link_trouble: str = ""
    """Why the link to Asterisk is down or in doubt, one sentence; empty while it is neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LawReach:
    """How many of the people who are still to be called another law would block or free.

    Counted for the number each lead has next, with what is on record of its person now.
    """

    open_leads: int
    looked_at: int
    """Fewer than `open_leads`: a sample; the figures below are then made up to all of them."""
    blocked_now: int
    """May be called at this moment, and might not."""
    freed_now: int
    blocked_in_week: int
    """May be called at some moment of the next seven days at which they might not (`blocked_now` among them)."""
    freed_in_week: int


class DialerPort(Protocol):
    """The running engine, as its API sees it.

    Every method raises `NotFound` for a name it does not know and `Conflict` where the present state forbids it.
    """

    @property
    def live(self) -> CallsPort:
        """Calls in flight."""
        ...

    def system(self) -> SystemStatus: ...

    async def campaign_status(self, campaign_id: CampaignId, counted_within: float = 0.0) -> CampaignStatus:
        """`counted_within`: how old, in seconds, the counts of leads and attempts may be; the rest is of now."""
        ...

    async def start_campaign(self, campaign_id: CampaignId) -> None: ...

    async def pause_campaign(self, campaign_id: CampaignId) -> None: ...

    async def drain_campaign(self, campaign_id: CampaignId) -> None: ...

    async def cancel_campaign(self, campaign_id: CampaignId) -> None:
        """Give it up for good; its leads stay as they are and are never dialled again by it."""
        ...

    async def replace_campaign(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        """Another file, from which `spec` was read; calls under way end by the old one.

        Raises `Conflict` for a campaign that is running, draining or cancelled.
        """
        ...

    def refuse_limits(self, spec: CampaignSpec) -> None:
        """Raises `InputError` for a limit above what the law allows."""
        ...

    async def change_limits(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        """The same file with other limits (`cti_api.campaign_file.limits`), running or not; they hold from the next
        decision on.

        Raises `Conflict` for one that is cancelled, `InputError` for a limit above what the law allows.
        """
        ...

    async def explain(self, campaign_id: CampaignId, minutes: float) -> tuple[PacingDecision, ...]:
        """What its pacer decided in the last minutes (of an hour), the earliest first; empty without a pacer."""
        ...

    async def gate(self, lead_id: LeadId) -> DialDecision:
        """What the gate would say of this lead's next number now; nothing is reserved and nothing changes."""
        ...

    def agents(self) -> tuple[AgentView, ...]: ...

    def news(self) -> News:
        """Comes when something happened after this was asked for: to an agent, a call, a queue, a campaign."""
        ...

    def queues(self) -> tuple[QueueView, ...]: ...

    async def put_queue(self, spec: QueueSpec, text: str) -> bool:
        """Make a queue, or give it another file, from which `spec` was read. True: it is new."""
        ...

    async def remove_queue(self, queue_id: QueueId) -> None: ...

    async def add_agent(self, agent: Agent) -> str:
        """A new agent: SIP account, store, board. Returns the account's password, which is kept nowhere in clear.

        The store comes last but one, so that one that is in it can always sign in; what broke off is asked again.
        Raises `Conflict` for a name that an agent or a trunk has (both are PJSIP endpoints), `NotFound` for a campaign
        that does not exist.
        """
        ...

    async def new_password(self, agent_id: AgentId, phone: AgentPhone) -> str:
        """Another password for the agent's telephone, which is kept nowhere in clear.

        For a browser's it says that a new page is the telephone now: what is on the line with an earlier one is ended.
        Raises `Conflict` where it is not such a telephone.
        """
        ...

    async def change_agent(self, agent: Agent) -> None:
        """Another name, other campaigns, another way to be called, another telephone; a call under way is not touched.

        Another telephone has a password that nobody knows: `new_password`. Raises `Conflict` where it, or the way to be
        called, is another one and the agent is signed in.
        """
        ...

    async def login(self, agent_id: AgentId) -> None:
        """Call the softphone (nailed up) or mark ready (rung); returns when Asterisk says so, or raises."""
        ...

    async def logout(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """At once, or after wrap-up when in a call. `source`: who asks, as in `AgentStatus.source`."""
        ...

    async def pause(self, agent_id: AgentId, reason: str, *, source: str = "agent") -> None: ...

    async def ready(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """End of a pause or of wrap-up; what is asked for after the call is taken back instead, and nothing else."""
        ...

    async def finish(self, agent_id: AgentId, *, source: str = "agent") -> None:
        """End of wrap-up without a disposition: what was asked for in the call comes now."""
        ...

    async def hang_up(self, agent_id: AgentId) -> None:
        """End the agent's present call, keep the agent."""
        ...

    async def dispose(
        self,
        agent_id: AgentId,
        code: str,
        fields: dict[str, str],
        attempt_id: AttemptId | None = None,
        once: Once | None = None,
        caller_id: InboundId | None = None,
    ) -> dict[str, Any]:
        """Set the disposition of the agent's present call, or correct that of an earlier one; an attempt's remembers
        the request it came with (`once`). Of a caller by name (`caller_id`) it can be said again: the same is done
        already. Raises `InputError` with all that is missing or wrong.
        """
        ...

    async def accept_preview(self, agent_id: AgentId) -> None: ...

    async def skip_preview(self, agent_id: AgentId) -> None: ...

    async def dial_manually(self, agent_id: AgentId, campaign_id: CampaignId, number: PhoneNumber) -> AttemptId:
        """Dial one number by hand, under the same rules as every other attempt."""
        ...

    async def suppress(self, numbers: Sequence[PhoneNumber], source: str, *, persons: bool = False) -> int:
        """Do not call these numbers again, in any campaign; holds for leads already reserved.

        Returns how many were new. `persons`: nor any other number of whoever has one of them.
        """
        ...

    def law_is(self, texts: Sequence[str]) -> None:
        """The packs that hold from the next decision on, as they stand in the store; they were read before."""
        ...

    async def law_reach(self, texts: Sequence[str]) -> LawReach:
        """Whom it would block or free if these packs held instead of those in force. Bounded in time."""
        ...
