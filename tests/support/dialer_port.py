"""A dialer without telephones: `DialerPort` over a real store, for tests of the API and the command line.

Agents and campaigns move as asked, at once; nobody is called. What only a telephone can bring about (a person on the
line, a preview on show, a link that is down) the test sets itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cti_api.clock import Clock
from cti_api.errors import Conflict, Fault, InputError, LinkDown, NotFound
from cti_api.kpi.appointments import figures_of
from cti_api.law.rules import Pack
from cti_api.model.agents import Agent, AgentPhone, AgentState, AgentStatus
from cti_api.model.calls import AttemptState, DialDecision
from cti_api.model.campaigns import CANCELLABLE, REPLACEABLE, CampaignSpec, CampaignState
from cti_api.model.ids import AgentId, AttemptId, CampaignId, ContactId, InboundId, LeadId, QueueId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.once import Once
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import QueueSpec
from cti_api.news import News
from cti_api.ports import AgentView, CampaignStatus, LawReach, PacingDecision, QueueView, SystemStatus
from cti_api.store.store import Store
from dialer.leads.law import refuse_above_law
from tests.support.ids import new_attempt_id
from tests.support.quiet_calls import QuietCalls
from tests.support.store import attempt_for, new_leads

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_CALLED = 5000
"""Of the numbers of `tests.support.store`: tests have those before for themselves."""
OVER = frozenset({CampaignState.COMPLETED, CampaignState.CANCELLED})


def pacing_decision(at: datetime, reason: str = "risk", **facts: Any) -> PacingDecision:
    """Two calls are placed, seven times in a row."""
    standard: dict[str, Any] = {
        "first": at, "last": at, "times": 7, "place": 2, "cancel": 0, "reason": reason, "why": f"because of {reason}",
        "expected_free_agents": 2.5, "expected_answers": 1.25, "expected_abandoned": 0.1, "budget_left": 0.5,
        "live_answers": 100, "abandoned": 2,
    }  # fmt: skip
    return PacingDecision(**(standard | facts))


def a_lead(name: str, number: str, **facts: Any) -> Lead:
    """Somebody on the list of a campaign."""
    contact = Contact(id=ContactId(1), name=name, phones=(PhoneNumber(number),))
    standard: dict[str, Any] = {"campaign_id": CampaignId("mantenimiento"), "state": LeadState.RESERVED}
    return Lead(id=LeadId(1), contact=contact, **(standard | facts))


class QuietDialer:
    """An engine that dials nobody."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.live = QuietCalls()
        self.board: dict[AgentId, AgentView] = {}
        self.kept: list[tuple[str, str, dict[str, str], str | None]] = []
        """Dispositions: agent, code, fields, attempt or caller."""
        self.counted_within: float | None = None
        """How old the counts might have been that were asked for last."""
        self.refusal: Conflict | None = None
        """What stands against every call by hand."""
        self._news = asyncio.Event()
        self._placed = 0
        self.lines: dict[QueueId, QueueView] = {}
        self.calls_in_flight = 0
        self.alarm = ""
        self.said: dict[CampaignId, dict[str, Any]] = {}
        """What `campaign_status` says otherwise, of a campaign."""
        self.decisions: list[PacingDecision] = []
        """Of every campaign, the earliest first."""
        self.law: tuple[str, ...] = ()
        """The packs that hold, as texts."""
        self.packs: Sequence[Pack] = ()
        """By which a limit may be too high."""
        self.now = SystemStatus(
            started_at=clock.now(),
            link_up=True,
            reconciled=True,
            store_writable=True,
            trunks={"principal": "closed"},
            channels_by_trunk={"principal": 0},
        )

    def system(self) -> SystemStatus:
        return self.now

    async def campaign_status(self, campaign_id: CampaignId, counted_within: float = 0.0) -> CampaignStatus:
        self.counted_within = counted_within  # but always of now
        stored = await self.store.campaigns.get(campaign_id)
        counts = await self.store.campaigns.counts(campaign_id)
        status = CampaignStatus(
            campaign_id=campaign_id,
            title=stored.title,
            state=stored.state,
            leads=counts.leads,
            leads_by_state={state.value: number for state, number in counts.leads_by_state.items()},
            attempts=counts.attempts,
            attempts_by_result={result.value: number for result, number in counts.attempts_by_result.items()},
            calls_in_flight=self.calls_in_flight,
            live_answers=counts.live_answers,
            abandoned=counts.abandoned,
            abandonment_limit=0.03,
            hopper_depth=0,
            last_decision="1 agent free, 1 call placed",
            alarm=self.alarm,
            appointments=figures_of(await self.store.appointments.counts(campaign_id)),
            callbacks_missed=await self.store.callbacks.missed_in(campaign_id),
        )
        return replace(status, **self.said.get(campaign_id, {}))

    async def start_campaign(self, campaign_id: CampaignId) -> None:
        stored = await self.store.campaigns.get(campaign_id)
        again = stored.state is CampaignState.COMPLETED and await self.store.leads.any_open(campaign_id)
        if stored.state in OVER and not again:
            raise Conflict(f"The campaign {campaign_id} is {stored.state.value}; it cannot be started again.")
        await self.store.campaigns.set_state(campaign_id, CampaignState.RUNNING, self.clock.now())

    async def pause_campaign(self, campaign_id: CampaignId) -> None:
        await self._leave_running(campaign_id, CampaignState.PAUSED)

    async def drain_campaign(self, campaign_id: CampaignId) -> None:
        await self._leave_running(campaign_id, CampaignState.COMPLETED)

    async def _leave_running(self, campaign_id: CampaignId, state: CampaignState) -> None:
        at_work = (CampaignState.RUNNING, CampaignState.PAUSED)
        await self.store.campaigns.set_state(campaign_id, state, self.clock.now(), only_from=at_work)

    async def cancel_campaign(self, campaign_id: CampaignId) -> None:
        now = self.clock.now()
        await self.store.campaigns.set_state(campaign_id, CampaignState.CANCELLED, now, only_from=CANCELLABLE)

    async def replace_campaign(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        await self.store.campaigns.replace_spec(campaign_id, spec.title, text, self.clock.now(), only_in=REPLACEABLE)

    def refuse_limits(self, spec: CampaignSpec) -> None:
        refuse_above_law(spec, self.packs)

    async def change_limits(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        self.refuse_limits(spec)
        await self.store.campaigns.replace_spec(campaign_id, spec.title, text, self.clock.now())

    async def explain(self, campaign_id: CampaignId, minutes: float) -> tuple[PacingDecision, ...]:
        await self.store.campaigns.get(campaign_id)
        since = self.clock.now() - timedelta(minutes=minutes)
        return tuple(decision for decision in self.decisions if decision.last >= since)

    async def gate(self, lead_id: LeadId) -> DialDecision:
        lead = await self.store.leads.get(lead_id)
        now = self.clock.now()
        if await self.store.suppression.contains(lead.phone):
            reason = "The number is on the do-not-call list."
            return DialDecision(allowed=False, rule="do_not_call", reason=reason, at=now)
        return DialDecision(allowed=True, rule="all", reason="No rule objects.", at=now)

    def agents(self) -> tuple[AgentView, ...]:
        return tuple(self.board.values())

    def news(self) -> News:
        return self._news

    def told(self) -> None:
        """Something happened."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()

    def queues(self) -> tuple[QueueView, ...]:
        return tuple(self.lines.values())

    async def put_queue(self, spec: QueueSpec, text: str) -> bool:
        self.lines[spec.id] = QueueView(spec=spec, agents_at_work=1, agents_ready=1, callers=())
        return await self.store.queues.put(spec.id, text, self.clock.now())

    async def remove_queue(self, queue_id: QueueId) -> None:
        await self.store.queues.remove(queue_id)
        del self.lines[queue_id]

    async def add_agent(self, agent: Agent) -> str:
        await self.store.agents.add(agent, self.clock.now())
        self.take_up(agent)
        return secrets.token_urlsafe(18)

    def take_up(self, agent: Agent) -> None:
        """Somebody who is in the store."""
        status = AgentStatus(agent_id=agent.id, state=AgentState.LOGGED_OFF, since=self.clock.now())
        self.board[agent.id] = AgentView(agent=agent, status=status, phone_reachable=True)

    async def new_password(self, agent_id: AgentId, phone: AgentPhone) -> str:
        if (await self.store.agents.get(agent_id)).phone is not phone:
            raise Conflict(f"The telephone of {agent_id} is another.")
        return secrets.token_urlsafe(18)

    async def change_agent(self, agent: Agent) -> None:
        view = self._view(agent.id)
        if agent.connect is not view.agent.connect and view.status.state is not AgentState.LOGGED_OFF:
            raise Conflict(f"Agent {agent.id} is signed in: log them out, then change how calls reach them.")
        await self.store.agents.change(agent)
        self.board[agent.id] = replace(view, agent=agent)

    async def login(self, agent_id: AgentId) -> None:
        view = self._view(agent_id)
        if not self.now.link_up:
            raise LinkDown("There is no link to Asterisk now.")
        if not view.phone_reachable:
            raise Conflict(f"The softphone of {agent_id} is not registered: start it, then log in again.")
        self._move(agent_id, AgentState.READY, only_from={AgentState.LOGGED_OFF})

    async def logout(self, agent_id: AgentId, *, source: str = "agent") -> None:
        signed_in = set(AgentState) - {AgentState.LOGGED_OFF}
        self._move(agent_id, AgentState.LOGGED_OFF, only_from=signed_in, source=source)

    async def pause(self, agent_id: AgentId, reason: str, *, source: str = "agent") -> None:
        if self._view(agent_id).status.state is AgentState.BUSY:
            view = self.board[agent_id]
            pending = replace(view.status, pending=AgentState.NOT_READY, pending_reason=reason, source=source)
            self.board[agent_id] = replace(view, status=pending)
            self.told()
            return
        paused_from = {AgentState.READY, AgentState.WRAP_UP}
        self._move(agent_id, AgentState.NOT_READY, reason, only_from=paused_from, source=source)

    async def ready(self, agent_id: AgentId, *, source: str = "agent") -> None:
        view = self._view(agent_id)
        if view.status.pending is not None:
            self.board[agent_id] = replace(view, status=replace(view.status, pending=None, pending_reason=""))
            self.told()
            return
        self._move(agent_id, AgentState.READY, only_from={AgentState.NOT_READY, AgentState.WRAP_UP}, source=source)

    async def finish(self, agent_id: AgentId, *, source: str = "agent") -> None:
        pending, reason = self._view(agent_id).status.pending, self._view(agent_id).status.pending_reason
        self._move(agent_id, pending or AgentState.READY, reason, only_from={AgentState.WRAP_UP}, source=source)

    async def hang_up(self, agent_id: AgentId) -> None:
        self._move(agent_id, AgentState.WRAP_UP, only_from={AgentState.BUSY})

    async def dispose(
        self,
        agent_id: AgentId,
        code: str,
        fields: dict[str, str],
        attempt_id: AttemptId | None = None,
        once: Once | None = None,
        caller_id: InboundId | None = None,
    ) -> dict[str, Any]:
        view = self._view(agent_id)
        if caller_id is not None:
            self.kept.append((agent_id, code, fields, caller_id))
            return {"caller_id": caller_id, "disposition": code, "closed": True}
        wanted = attempt_id or view.attempt_id
        if wanted is None:
            raise Conflict(f"Agent {agent_id} has no call to dispose of.")
        if code == "cita" and "fecha" not in fields:
            raise InputError("The disposition cita is not complete.", [Fault("fields.fecha", "is required (Fecha)")])
        self.kept.append((agent_id, code, fields, attempt_id))
        if once is not None:
            now = self.clock.now()
            await self.store.attempts.dispose(AttemptId(wanted), code, fields, now, agent_id=agent_id, once=once)
        return {"attempt_id": wanted, "disposition": code, "closed": True}

    async def accept_preview(self, agent_id: AgentId) -> None:
        self._shown(agent_id)
        self.connect(agent_id)

    async def skip_preview(self, agent_id: AgentId) -> None:
        self._shown(agent_id)
        self.board[agent_id] = replace(self.board[agent_id], lead=None, number="")
        self._move(agent_id, AgentState.READY, only_from=set(AgentState))

    async def dial_manually(self, agent_id: AgentId, campaign_id: CampaignId, number: PhoneNumber) -> AttemptId:
        await self.store.campaigns.get(campaign_id)
        if self._view(agent_id).status.state is not AgentState.READY:
            raise Conflict(f"Agent {agent_id} is not ready: only a ready agent can dial.")
        if self.refusal is not None:
            raise self.refusal
        return new_attempt_id()

    async def suppress(self, numbers: Sequence[PhoneNumber], source: str, *, persons: bool = False) -> int:
        return await self.store.suppression.add(numbers, source, self.clock.now(), persons=persons)

    def law_is(self, texts: Sequence[str]) -> None:
        self.law = tuple(texts)

    async def law_reach(self, texts: Sequence[str]) -> LawReach:
        del texts
        return LawReach(open_leads=0, looked_at=0, blocked_now=0, freed_now=0, blocked_in_week=0, freed_in_week=0)

    # -------------------------------------------------------------- what a telephone would bring about

    def show(self, agent_id: str, name: str, number: str) -> None:
        """A preview is on the agent's screen."""
        self._move(AgentId(agent_id), AgentState.RESERVED, only_from=set(AgentState))
        lead = a_lead(name, number)
        self.board[AgentId(agent_id)] = replace(self.board[AgentId(agent_id)], lead=lead, number=number)
        self.told()

    async def talk(self, agent_id: str, **facts: Any) -> AttemptId:
        """The agent talks, in a call of their campaign's that stands in the store, as the engine's do before they are
        placed. `facts` as in `connect`."""
        campaign, now = self.board[AgentId(agent_id)].agent.campaigns[0], self.clock.now()
        self._placed += 1
        await self.store.leads.add(campaign, new_leads(1, first=FIRST_CALLED + self._placed), now)
        [lead] = await self.store.leads.reserve(campaign, 1, now, now + timedelta(minutes=5))
        attempt = attempt_for(lead, now)
        await self.store.attempts.open(attempt)
        talks = {"state": AttemptState.CONNECTED, "agent_id": AgentId(agent_id), "connected_at": now}
        await self.store.attempts.mark(replace(attempt, **talks))
        self.connect(agent_id, attempt_id=attempt.id, **facts)
        return attempt.id

    def connect(self, agent_id: str, **facts: Any) -> None:
        """The agent talks. `facts`: what is known of the call, which the store does not know."""
        known = {"attempt_id": new_attempt_id(), "calls": 1} | facts
        self.board[AgentId(agent_id)] = replace(self.board[AgentId(agent_id)], **known)
        self._move(AgentId(agent_id), AgentState.BUSY, only_from=set(AgentState))

    def shows(self, agent_id: str, **facts: Any) -> None:
        """Something else is known of the agent."""
        self.board[AgentId(agent_id)] = replace(self.board[AgentId(agent_id)], **facts)
        self.told()

    def call_over(self, agent_id: str, **facts: Any) -> None:
        """The agent writes down what became of it; `facts` as in `connect`."""
        self.board[AgentId(agent_id)] = replace(self.board[AgentId(agent_id)], **facts)
        status = self.board[AgentId(agent_id)].status
        self._move(AgentId(agent_id), AgentState.WRAP_UP, only_from={AgentState.BUSY})
        view = self.board[AgentId(agent_id)]
        pending = {"pending": status.pending, "pending_reason": status.pending_reason}
        self.board[AgentId(agent_id)] = replace(view, status=replace(view.status, **pending))

    def free(self, agent_id: str) -> None:
        """The call is closed, and the next may come."""
        agent, calls = self.board[AgentId(agent_id)].agent, self.board[AgentId(agent_id)].calls
        status = AgentStatus(agent_id=agent.id, state=AgentState.READY, since=self.clock.now())
        self.board[agent.id] = AgentView(agent=agent, status=status, phone_reachable=True, calls=calls)
        self.told()

    def lose_phone(self, agent_id: str) -> None:
        self.board[AgentId(agent_id)] = replace(self.board[AgentId(agent_id)], phone_reachable=False)

    def stands(self, **facts: Any) -> None:
        """Change what `system` says."""
        self.now = replace(self.now, **facts)

    def _view(self, agent_id: AgentId) -> AgentView:
        try:
            return self.board[agent_id]
        except KeyError:
            raise NotFound(f"There is no agent called {agent_id}.") from None

    def _shown(self, agent_id: AgentId) -> None:
        view = self._view(agent_id)
        if view.status.state is not AgentState.RESERVED or not view.number:
            raise Conflict(f"Agent {agent_id} has nobody on show.")

    def _move(
        self, agent_id: AgentId, to: AgentState, reason: str = "", *, only_from: set[AgentState], source: str = "agent"
    ) -> None:
        view = self._view(agent_id)
        if view.status.state not in only_from:
            raise Conflict(f"Agent {agent_id} is {view.status.state.value}: it cannot become {to.value} now.")
        status = AgentStatus(agent_id=agent_id, state=to, since=self.clock.now(), reason=reason, source=source)
        self.board[agent_id] = replace(view, status=status)
        self.told()
