"""The engine as its window sees it: `cti_api.ports.DialerPort`, one method, one errand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cti_api.appointments.agreed import booking_of
from cti_api.errors import Conflict, LinkDown, NotFound, StoreUnavailable
from cti_api.kpi.appointments import figures_of
from cti_api.kpi.told import of_disposition
from cti_api.law.written import written
from cti_api.model.agents import Agent, AgentPhone, AgentState
from cti_api.model.appointments import AppointmentFigures
from cti_api.model.calls import LIVE_ATTEMPT_STATES, AttemptState, DialDecision
from cti_api.model.campaigns import REPLACEABLE, CampaignSpec, CampaignState
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId, CampaignId, InboundId, LeadId, QueueId, TrunkId
from cti_api.model.once import Once
from cti_api.model.phone import PhoneNumber
from cti_api.model.queues import QueueSpec
from cti_api.news import News
from cti_api.ports import AgentView, CampaignStatus, LawReach, PacingDecision, QueueView, SystemStatus
from cti_api.sip_accounts import SipAccounts
from cti_api.store.campaigns import CampaignCounts
from dialer.engine.abandonment import recount, under_way
from dialer.engine.agent_view import view_of
from dialer.engine.closing import check_disposition
from dialer.engine.engine import Engine
from dialer.engine.law_reach import law_reach
from dialer.engine.live_port import LivePort
from dialer.engine.queue_port import QueuePort
from dialer.leads.callback import callback_time, promised_to
from dialer.leads.law import AGENT_FIRST, refuse_above_law
from dialer.leads.opt_out import as_said
from dialer.leads.retry import decide_retry, while_open
from dialer.pacing.explained import told

WRITTEN_WITHIN_SECONDS = 5.0
"""How long a disposition may take to reach the disk before its sender is told."""

TELEPHONES = {AgentPhone.SIP: "a SIP telephone", AgentPhone.BROWSER: "the browser"}

Counted = tuple[CampaignCounts, AppointmentFigures]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EnginePort:
    """What the API may ask; every answer is of now."""

    def __init__(self, engine: Engine, accounts: SipAccounts, started_at: datetime) -> None:
        self._engine = engine
        self.live = LivePort(engine)
        self._queues = QueuePort(engine)
        self._accounts = accounts
        self._floor = engine.floor
        self._started_at = started_at
        self._counted: dict[CampaignId, tuple[float, Counted]] = {}
        """When each campaign was counted last, on the clock that does not jump."""
        self._correcting = asyncio.Lock()
        """What a correction changes is known only from what was said before."""

    def system(self) -> SystemStatus:
        floor = self._floor
        return SystemStatus(
            started_at=self._started_at,
            link_up=floor.link_up,
            link_trouble=floor.link_trouble,
            reconciled=floor.reconciled,
            store_writable=floor.store.writable and floor.recorder.writable,
            trunks=floor.trunks.states(),
            trunk_alarms=floor.trunks.alarms(),
            channels_by_trunk=floor.trunks.channels(floor.book),
            loop_lag_seconds=self._engine.watch.loop_lag_seconds,
            worst_loop_lag_seconds=self._engine.watch.worst_lag_seconds,
            loop_stalls=self._engine.watch.loop_stalls,
            memory_used_bytes=self._engine.watch.memory_used,
            memory_limit_bytes=self._engine.watch.memory_limit,
            originate_duplicates=floor.originate_duplicates,
            store_errors=floor.recorder.errors,
        )

    # -------------------------------------------------------------- campaigns

    async def campaign_status(self, campaign_id: CampaignId, counted_within: float = 0.0) -> CampaignStatus:
        floor = self._floor
        stored = await floor.store.campaigns.get(campaign_id)
        counts, booked = await self._counts(campaign_id, counted_within)
        spec = await floor.spec(campaign_id)
        run = self._engine.campaigns.runs.get(campaign_id)
        now, tally = floor.clock.now(), floor.tallies.get(campaign_id) if run else None
        live_answers, abandoned = counts.live_answers, counts.abandoned
        if tally is not None:
            live_answers, abandoned = tally.in_window(now, under_way(floor, spec))
        return CampaignStatus(
            campaign_id=campaign_id,
            title=stored.title,
            state=run.state if run else stored.state,
            leads=counts.leads,
            leads_by_state={state.value: number for state, number in counts.leads_by_state.items()},
            attempts=counts.attempts,
            attempts_by_result={result.value: number for result, number in counts.attempts_by_result.items()},
            calls_in_flight=len(floor.book.live(campaign_id)),
            live_answers=live_answers,
            abandoned=abandoned,
            window_began=tally.began(now) if tally else None,
            abandonment_limit=spec.abandonment.limit,
            abandonment_window=spec.abandonment.window.value,
            pacing=run.pacing.explanations.status() if run and run.pacing else None,
            hopper_depth=len(run.hopper) if run else 0,
            last_decision=run.last_decision if run else "",
            alarm=(floor.alarm or run.alarm) if run else "",
            trunk_alarms={name: alarm for name, alarm in floor.trunks.alarms().items() if name in spec.trunks},
            appointments=booked,
            callbacks_missed=await floor.store.callbacks.missed_in(campaign_id),
            is_open=run is not None and run.state is CampaignState.RUNNING and run.is_open,
            agents_ready=len(floor.board.ready(campaign_id)),
        )

    async def _counts(self, campaign_id: CampaignId, within: float) -> Counted:
        now = self._floor.clock.monotonic()
        known = self._counted.get(campaign_id)
        if known is not None and now - known[0] < within:
            return known[1]
        store = self._floor.store
        counts = await store.campaigns.counts(campaign_id)
        found = counts, figures_of(await store.appointments.counts(campaign_id))
        self._counted[campaign_id] = (now, found)
        return found

    async def start_campaign(self, campaign_id: CampaignId) -> None:
        await self._engine.campaigns.start(campaign_id)

    async def pause_campaign(self, campaign_id: CampaignId) -> None:
        await self._engine.campaigns.pause(campaign_id)

    async def drain_campaign(self, campaign_id: CampaignId) -> None:
        await self._engine.campaigns.drain(campaign_id)

    async def cancel_campaign(self, campaign_id: CampaignId) -> None:
        await self._engine.campaigns.cancel(campaign_id)

    async def replace_campaign(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        floor = self._floor
        await floor.store.campaigns.replace_spec(campaign_id, spec.title, text, floor.clock.now(), only_in=REPLACEABLE)
        await self._engine.campaigns.renew(spec)

    def refuse_limits(self, spec: CampaignSpec) -> None:
        refuse_above_law(spec, self._floor.packs)

    async def change_limits(self, campaign_id: CampaignId, spec: CampaignSpec, text: str) -> None:
        floor = self._floor
        refuse_above_law(spec, floor.packs)
        alive = frozenset(CampaignState) - {CampaignState.CANCELLED}
        await floor.store.campaigns.replace_spec(campaign_id, spec.title, text, floor.clock.now(), only_in=alive)
        await self._engine.campaigns.renew(spec)
        floor.wake.set()

    async def explain(self, campaign_id: CampaignId, minutes: float) -> tuple[PacingDecision, ...]:
        await self._floor.store.campaigns.get(campaign_id)
        run = self._engine.campaigns.runs.get(campaign_id)
        if run is None or run.pacing is None:
            return ()
        since = self._floor.clock.now() - timedelta(minutes=minutes)
        return tuple(map(told, run.pacing.explanations.since(since)))

    async def gate(self, lead_id: LeadId) -> DialDecision:
        lead = await self._floor.store.leads.get(lead_id)
        spec = await self._floor.spec(lead.campaign_id)
        with_agent = spec.mode in AGENT_FIRST or promised_to(spec.callbacks, lead, self._floor.clock.now()) is not None
        return await self._engine.placing.gate(spec, lead, agent_reserved=with_agent)

    # -------------------------------------------------------------- agents

    def agents(self) -> tuple[AgentView, ...]:
        previews = self._engine.by_hand.previews
        consulting = self._engine.consulting
        return tuple(
            replace(view_of(self._floor, seat, previews.get(seat.agent.id)), consulting=consulting.shown(seat.agent.id))
            for seat in self._floor.board
        )

    def news(self) -> News:
        return self._floor.news

    async def add_agent(self, agent: Agent) -> str:
        floor = self._floor
        if TrunkId(agent.id) in floor.trunks:
            raise Conflict(f"{agent.id} is the name of a trunk: Asterisk could not tell them apart.")
        # Before the SIP account is made: one that is there keeps its password.
        await floor.store.agents.refuse(agent)
        password = await asyncio.to_thread(self._accounts.add, agent.id, phone=agent.phone)
        await floor.store.agents.add(agent, floor.clock.now())
        self._engine.desk.add(agent)
        return password

    async def new_password(self, agent_id: AgentId, phone: AgentPhone) -> str:
        agent = await self._floor.store.agents.get(agent_id)
        if agent.phone is not phone:
            raise Conflict(f"The telephone of {agent_id} is {TELEPHONES[agent.phone]}: see `vocero agents change`.")
        password = await asyncio.to_thread(self._accounts.add, agent_id, phone=phone)
        if phone is AgentPhone.BROWSER:
            self._engine.desk.page_opened(agent_id)
        return password

    async def change_agent(self, agent: Agent) -> None:
        seat = self._floor.board.seat(agent.id)
        signed_in = seat.status.state is not AgentState.LOGGED_OFF or seat.leg_id is not None
        other_way = (agent.connect, agent.phone) != (seat.agent.connect, seat.agent.phone)
        if other_way and signed_in:
            raise Conflict(f"Agent {agent.id} is signed in: log them out, then change how calls reach them.")
        if agent.phone is not seat.agent.phone:
            await asyncio.to_thread(self._accounts.add, agent.id, phone=agent.phone)
        await self._floor.store.agents.change(agent)
        self._engine.desk.add(agent)
        self._floor.wake.set()

    async def login(self, agent_id: AgentId) -> None:
        await self._engine.desk.log_in(agent_id)

    async def logout(self, agent_id: AgentId, *, source: str = "agent") -> None:
        self._engine.desk.log_out(agent_id, source=source)

    async def pause(self, agent_id: AgentId, reason: str, *, source: str = "agent") -> None:
        self._engine.desk.pause(agent_id, reason, source=source)

    async def ready(self, agent_id: AgentId, *, source: str = "agent") -> None:
        self._engine.desk.make_ready(agent_id, source=source)

    async def finish(self, agent_id: AgentId, *, source: str = "agent") -> None:
        self._engine.desk.finish(agent_id, source=source)

    async def hang_up(self, agent_id: AgentId) -> None:
        if self._engine.consulting.is_asked(agent_id):
            await self._engine.consulting.go_back(agent_id)
        else:
            await self._engine.desk.hang_up(agent_id)

    # -------------------------------------------------------------- dispositions

    async def dispose(
        self,
        agent_id: AgentId,
        code: str,
        fields: dict[str, str],
        attempt_id: AttemptId | None = None,
        once: Once | None = None,
        caller_id: InboundId | None = None,
    ) -> dict[str, Any]:
        floor = self._floor
        seat = floor.board.seat(agent_id)
        if caller_id is not None:
            if caller_id not in floor.callers:
                await self._on_disk()  # who was closed just now
            named = await self._queues.dispose_of(agent_id, caller_id, code, fields)
            await self._on_disk()
            return named
        if attempt_id is None and (told := self._queues.dispose(agent_id, code, fields)) is not None:
            await self._on_disk()
            return told
        wanted = attempt_id or seat.attempt_id
        if wanted is None:
            raise Conflict(f"Agent {agent_id} has no call to dispose of.", rule="no_call")
        flight = floor.book.get(wanted)
        if flight is None:
            if wanted in floor.book.closing:
                await self._on_disk()  # what was said before is on its way there
            async with self._correcting:
                return await self._correct(agent_id, wanted, code, fields, once)
        if flight.call.agent_id != agent_id:
            raise Conflict(f"The call {wanted} is not one of {agent_id}'s.", rule="another_agent")
        await self._engine.closing.enter(flight, code, fields, once)
        await self._on_disk()
        return {"attempt_id": wanted, "disposition": code, "closed": flight.id not in floor.book}

    async def _on_disk(self) -> None:
        """The answer promises it."""
        try:
            async with asyncio.timeout(WRITTEN_WITHIN_SECONDS):
                await self._floor.recorder.drained()
        except TimeoutError:
            raise StoreUnavailable("The disposition is kept, but the store cannot be written now.") from None

    async def _correct(
        self, agent_id: AgentId, attempt_id: AttemptId, code: str, fields: dict[str, str], once: Once | None
    ) -> dict[str, Any]:
        """A call that is closed already: the disposition is a new version, and what follows from it is redone.

        From a note nothing follows: the lead stays where the call, or another one since, has brought it.
        """
        floor = self._floor
        attempt = await floor.store.attempts.get(attempt_id)
        if attempt.agent_id != agent_id:
            raise Conflict(f"The call {attempt_id} is not one of {agent_id}'s.", rule="another_agent")
        if attempt.state in LIVE_ATTEMPT_STATES or attempt.state is AttemptState.WRAP_UP or attempt.result is None:
            # of an earlier process, and not taken up yet: that is no word on what the agent says
            raise LinkDown(f"Asterisk is still asked what became of the call {attempt_id}: send it again.")
        spec = await floor.spec(attempt.campaign_id)
        checked = check_disposition(spec, code, fields)
        now = floor.clock.now()
        move = None
        if code != attempt.disposition or _agreed(spec, code, checked) != _agreed(
            spec, code, attempt.disposition_fields
        ):
            closed = (await floor.store.leads.get(attempt.lead_id)).at(attempt.number)
            lead = while_open(spec, closed, attempt.result, attempt.disposition, attempt.created_at)
            move = decide_retry(
                spec, lead, attempt.result, code, checked, now, dialed=attempt.created_at, agent=agent_id
            )
            move = as_said(move, spec.disposition(code), by_key=False)
        event = floor.event(
            EventKind.DISPOSITION_SET,
            campaign_id=attempt.campaign_id,
            lead_id=attempt.lead_id,
            attempt_id=attempt_id,
            agent_id=agent_id,
            disposition=code,
            **of_disposition(spec, attempt, code, checked),
        )
        booking = booking_of(spec, code, checked)
        counted = recount(spec, attempt, code)
        version = await floor.store.attempts.dispose(
            attempt_id,
            code,
            checked,
            now,
            event,
            agent_id=agent_id,
            move=move,
            booking=booking,
            # Whoever corrects a note does not take the hour back that the person has moved to, or away from, meanwhile.
            same_booking=booking == booking_of(spec, attempt.disposition, attempt.disposition_fields),
            counted=counted,
            once=once,
        )
        if counted is not None and (tally := floor.tallies.get(spec.id)) is not None:
            tally.count(counted.began, counted.answers)
        return {"attempt_id": attempt_id, "disposition": code, "closed": True, "version": version}

    # -------------------------------------------------------------- queues

    def queues(self) -> tuple[QueueView, ...]:
        return self._queues.queues()

    async def put_queue(self, spec: QueueSpec, text: str) -> bool:
        return await self._queues.put(spec, text)

    async def remove_queue(self, queue_id: QueueId) -> None:
        await self._queues.remove(queue_id)

    # -------------------------------------------------------------- by hand

    async def accept_preview(self, agent_id: AgentId) -> None:
        await self._engine.by_hand.accept(agent_id)

    async def skip_preview(self, agent_id: AgentId) -> None:
        await self._engine.by_hand.skip(agent_id)

    async def dial_manually(self, agent_id: AgentId, campaign_id: CampaignId, number: PhoneNumber) -> AttemptId:
        run = self._engine.campaigns.runs.get(campaign_id)
        if run is None:
            raise NotFound(f"The campaign {campaign_id} is not at work: start it first.")
        return await self._engine.by_hand.dial(agent_id, run, number)

    async def suppress(self, numbers: Sequence[PhoneNumber], source: str, *, persons: bool = False) -> int:
        return await self._floor.store.suppression.add(numbers, source, self._floor.clock.now(), persons=persons)

    # -------------------------------------------------------------- the law

    def law_is(self, texts: Sequence[str]) -> None:
        # One assignment: each decision is made by all of the old packs or by all of the new ones.
        self._floor.packs = tuple(each.pack for each in written(texts))
        self._floor.wake.set()

    async def law_reach(self, texts: Sequence[str]) -> LawReach:
        after = tuple(each.pack for each in written(texts))
        return await law_reach(self._floor, self._engine.placing, after)


def _agreed(spec: CampaignSpec, code: str, fields: Mapping[str, str]) -> datetime | None:
    """The time that a disposition agrees on with the person; None for one that agrees on none."""
    disposition = spec.disposition(code)
    return None if disposition is None else callback_time(disposition, fields, spec.hours.timezone)
