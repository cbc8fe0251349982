"""A floor at work that is none: agents in every state, callers, campaigns with figures; for pages that show it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from cti_api.access.actors import Role, Scope
from cti_api.access.matrix import MATRIX
from cti_api.campaign_file.parse import parse_campaign
from cti_api.law.shipped import shipped_written
from cti_api.live_ports import LiveState
from cti_api.model.agents import Agent, AgentConnect, AgentState, AgentStatus
from cti_api.model.appointments import Booking, Calendar, Slot
from cti_api.model.campaigns import CampaignState
from cti_api.model.events import EventKind
from cti_api.model.front_desk import LedCall, NewTicket
from cti_api.model.ids import AgentId, CampaignId, InboundId, QueueId
from cti_api.model.surveys import (
    Action,
    Answer,
    AnsweredBy,
    FollowedUp,
    NewInvitation,
    NewSitting,
    Outcome,
    SurveyId,
)
from cti_api.ports import CallerView, PacingStatus
from cti_api.queue_file import parse_queue
from cti_api.reports.periods import month_of
from cti_api.reports.run import Occasion, RunStep
from cti_api.store.policies import Person, Proposal
from cti_api.store.report_runs import ToPlan
from cti_api.store.store import Store
from tests.support.agentless import SURVEY_FILE
from tests.support.campaigns import BOOKING_CAMPAIGN, CAMPAIGN_FILE
from tests.support.dialer_port import QuietDialer, a_lead, pacing_decision
from tests.support.ids import new_attempt_id
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import event, new_leads, number

NAMES = (
    "Ana Díaz", "Bruno Quispe", "Carla Rojas", "Diego Mamani", "Elena Torres", "Fabián Castro", "Gabriela Núñez",
    "Hugo Paredes", "Inés Salazar", "Jorge Velasco", "Karina Muñoz", "Luis Cárdenas", "Marta Aguirre", "Nicolás Peña",
    "Olga Benavides", "Pablo Guzmán", "Rosa Ibáñez", "Samuel Ortega", "Teresa Lozano", "Víctor Zárate",
)  # fmt: skip
PEOPLE = ("Juan Pérez", "María Fernanda Gutiérrez", "Óscar Lara", "Beatriz Suárez", "")
STATES = (
    *[AgentState.BUSY] * 5, *[AgentState.READY] * 2, *[AgentState.WRAP_UP] * 2, AgentState.RESERVED,
    *[AgentState.NOT_READY] * 2, *[AgentState.LOGGED_OFF] * 2,
)  # fmt: skip
MANTENIMIENTO, ENCUESTA, COBRANZA = CampaignId("mantenimiento"), CampaignId("renovaciones"), CampaignId("cobranza")
SOPORTE, VENTAS = QueueId("soporte"), QueueId("ventas")
CSAT = SurveyId("csat")
BOGOTA = ZoneInfo("America/Bogota")
_KNOWN = {
    "campaign_id": "mantenimiento", "agent_id": "agente-1", "queue_id": "soporte", "tree": "menu", "survey_id": "csat",
    "name": "co", "user_id": "ada", "calendar": "taller-norte", "key_id": "crm",
    "indicator_id": "contact_rate",
}  # fmt: skip
"""What is there, by the names that addresses of pages have for it."""


async def fill(dialer: QuietDialer, agents: int, seed: int = 1) -> None:
    """So many agents, three campaigns (running, paused, new) and two queues."""
    random, now = Random(seed), dialer.clock.now()
    for name, title in (
        (MANTENIMIENTO, "Mantenimiento de noviembre"), (ENCUESTA, "Renovaciones"), (COBRANZA, "Seguros por vencer"),
    ):  # fmt: skip
        file = BOOKING_CAMPAIGN if name == ENCUESTA else CAMPAIGN_FILE
        text = file.replace("id: mantenimiento", f"id: {name}").replace("Mantenimiento de noviembre", title)
        await dialer.store.campaigns.create(name, title, text, now)
    await dialer.store.campaigns.set_state(MANTENIMIENTO, CampaignState.RUNNING, now)
    await dialer.store.campaigns.set_state(ENCUESTA, CampaignState.PAUSED, now)
    dialer.said = {
        MANTENIMIENTO: _figures(5000, 1812, 41, 2, 12, dialer, reason="risk"),
        ENCUESTA: _figures(800, 655, 420, 14, 0, dialer, reason="abandonment_budget"),
    }
    for n in range(agents):
        await dialer.add_agent(_agent(n))
        dialer.board[_agent(n).id] = _view(dialer, n, random)
    queue = QUEUE_FILE.replace("agent: ana", f"agent: {_agent(0).id}")
    for text in (queue, queue.replace("id: soporte", "id: ventas").replace("Soporte técnico", "Ventas")):
        await dialer.put_queue(parse_queue(text), text)
    await dialer.store.queues.calls_since(SOPORTE, now)
    waits = tuple(
        CallerView(
            caller_id=InboundId(f"176400000{n}.1"), number="+573009876543", state="waiting",
            waited_seconds=float(wait), position=n, agent_id=None, arrived_at=now - timedelta(seconds=wait),
        )
        for n, wait in enumerate((75, 31, 4), start=1)
    )  # fmt: skip
    dialer.lines[SOPORTE] = replace(
        dialer.lines[SOPORTE], callers=waits, agents_at_work=6, agents_ready=0, expected_wait_seconds=125.0
    )
    for n, state in enumerate((LiveState.LED, LiveState.TRANSFERRING)):
        dialer.live.talk(
            f"176400000{n}.7", now - timedelta(seconds=40 * n + 9), state=state, agent_id=None, queue=SOPORTE,
            to="queue:ventas" if state is LiveState.TRANSFERRING else "",
        )  # fmt: skip
    dialer.stands(
        trunks={"operador-a": "closed", "operador-b": "open"}, channels_by_trunk={"operador-a": 12, "operador-b": 0}
    )


async def furnish(store: Store, now: datetime) -> None:
    """A menu in two versions and a caller's ticket, a change of the law, a copy of a public list, a key, a survey that
    somebody answered badly, a calendar with an appointment, and a report of which nobody knows whether it arrived."""
    await store.trees.publish("menu", "Menú de la casa", "id: menu\n", "unix:vocero", now)
    await store.trees.publish("menu", "Menú de la casa", "id: menu\ntitle: otro\n", "unix:vocero", now)
    packs = Proposal(packs=shipped_written(), removed=(), judged_against={}, loosens=False, told=("co: otra hora",))
    await store.policies.propose(packs, Person("Ada", "person:ada"), now)
    await store.registries.finish(await store.registries.begin("RNE", now - timedelta(hours=30), now), now)

    call = "0" * 32
    led: dict[str, Any] = {
        "entry": "mesa",
        "tree": "menu",
        "version": 2,
        "number": number(701).e164,
        "called": "6015550100",
    }
    await store.front_desk.begin(LedCall(id=call, channel_id="1764119999.42", began_at=now, **led))
    told = NewTicket(call_id=call, kind="reclamo", number=number(701).e164, values={"mes": "mayo"})
    await store.front_desk.open_ticket(told, now)
    await store.machine_keys.add("crm", "no key's digest", frozenset({Scope.LEADS, Scope.EVENTS}), None, now)
    await store.surveys.publish(CSAT, "Satisfacción", SURVEY_FILE.replace("id: satisfaccion", "id: csat"), now)
    service = NewInvitation(key="orden-1", name="Carmen Rodríguez", phone=number(700), service_at=now)
    invited, _new = await store.surveys.invite(CSAT, service, timedelta(days=5).total_seconds(), now)
    sitting = await store.sittings.begin(NewSitting(survey_id=CSAT, invitation_id=invited.id), now)
    said = Answer(question="nota", value="1", score=1.0, by=AnsweredBy.KEY)
    due = now + timedelta(hours=8)
    case = FollowedUp(trigger="reclamo", action=Action.AREA, question="nota", owner="calidad", due_at=due)
    await store.sittings.keep(sitting.id, now, [said], [case], Outcome.FINISHED)

    await store.calendars.put(Calendar(name="taller-norte", title="Taller Norte", timezone="America/Bogota"), now)
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    hours = [first + timedelta(hours=n) for n in range(4)]
    await store.calendars.put_slots(
        "taller-norte", [Slot(starts_at=at, ends_at=at + timedelta(hours=1), capacity=1) for at in hours]
    )
    await store.leads.add(ENCUESTA, new_leads(2, first=800), now)
    lead = await store.leads.with_number(ENCUESTA, number(800))
    assert lead is not None
    await store.appointments.book(lead.id, Booking(starts_at=first, calendar="taller-norte"), now)

    october = Occasion(report="mensual", kind="monthly", period=month_of(date(2026, 10, 1)), due_at=now, key="2026-10")
    [run] = await store.report_runs.plan([ToPlan(occasion=october, to=("directora@example.com",))], now, now)
    for step in (RunStep.BUILD, RunStep.GO, RunStep.NO_ANSWER):
        await store.report_runs.step(run, step, now, "No answer.", message_id=f"<{run}@example.com>")


async def count(store: Store, now: datetime) -> None:
    """Calls of this month, callers, an agent's morning and a survey, as the figures have them."""
    said = (("", True), ("", True), ("Lo hará en casa", True), ("no_answer", False), ("busy", False))
    calls = [
        event(
            EventKind.ATTEMPT_CLOSED, now, campaign_id=MANTENIMIENTO, lead_id=n, attempt_id=new_attempt_id(),
            agent_id=_agent(n % 3).id if contact else None,
            payload={
                "result": "connected" if contact else reason, "talk_seconds": 90.0 + n, "wrap_up_seconds": 12.0,
                "contact": contact, "effective": contact and n % 4 > 0, "success": not reason, "reason": reason,
                "brand": ("Kia", "Mazda", "Renault")[n % 3], "list": "noviembre.csv",
            },
        )
        for n, (reason, contact) in enumerate(said * 12)
    ]  # fmt: skip
    callers = [
        event(
            EventKind.CALLER_CLOSED, now, call_id=f"17640000{n:02}.1", agent_id=_agent(1).id,
            payload={"queue": SOPORTE, "outcome": "answered" if n % 6 else "caller_abandoned", "in_time": n % 8 > 0,
                     "waited_seconds": 5.0 + n, "talk_seconds": 70.0, "arrived_at": now.isoformat()},
        )
        for n in range(24)
    ]  # fmt: skip
    states = [
        event(EventKind.AGENT_STATE, now - timedelta(hours=9 - 3 * n), agent_id=_agent(0).id, payload={"state": s})
        for n, s in enumerate(("ready", "busy", "ready"))
    ]
    scores = [{"figure": "csat", "value": 5, "satisfied": True}, {"figure": "nps", "value": 9}]
    sittings = [
        event(EventKind.SURVEY_ENDED, now, payload={"survey": CSAT, "sitting_id": f"s{n}", "outcome": "finished",
                                                    "scores": scores if n % 8 else [{**scores[0], "satisfied": False}]})
        for n in range(30)
    ]  # fmt: skip
    list_ = event(EventKind.CAMPAIGN_IMPORTED, now, campaign_id=MANTENIMIENTO, payload={"added": 500})
    await store.outbox.append(list_, *calls, *callers, *states, *sittings)
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass


async def pages(store: Store) -> dict[str, frozenset[Role]]:
    """The address of every page of those who look on, each with whose it is; of what `fill` and `furnish` put there."""
    (case,) = await store.survey_cases.all(done=True)
    (lead, *_others) = await store.leads.find("Cliente 801", ENCUESTA)
    ((booked, _fields), *_others) = await store.appointments.page(ENCUESTA)
    own = {"sitting_id": case.sitting_id, "lead_id": str(lead.id), "appointment_id": str(booked.id)}
    known = _KNOWN | own
    return {
        re.sub(r"\{(\w+)\}", lambda named: known[named[1]], rule.path): rule.roles
        for rule in MATRIX
        if rule.is_page and rule.path.startswith(("/administracion/", "/tablero"))
    }


def _agent(n: int) -> Agent:
    name = NAMES[n % len(NAMES)] + ("" if n < len(NAMES) else f" {n // len(NAMES) + 1}")
    return Agent(
        id=AgentId(f"agente-{n + 1}"), name=name, campaigns=(MANTENIMIENTO, ENCUESTA)[: 1 + n % 2],
        connect=AgentConnect.NAILED_UP,
    )  # fmt: skip


def _view(dialer: QuietDialer, n: int, random: Random) -> Any:
    state, now = STATES[n % len(STATES)], dialer.clock.now()
    view = dialer.board[_agent(n).id]
    facts: dict[str, Any] = {
        "status": AgentStatus(
            agent_id=view.agent.id, state=state, since=now - timedelta(seconds=random.randint(2, 900)),
            reason="Almuerzo" if state is AgentState.NOT_READY and n % 2 else "",
            pending=AgentState.NOT_READY if state is AgentState.BUSY and n % 5 == 3 else None,
        ),
        "calls": random.randint(0, 40), "talk_seconds": random.uniform(0, 6000),
        "phone_reachable": n % 13 != 6,
    }  # fmt: skip
    if state in (AgentState.BUSY, AgentState.WRAP_UP, AgentState.RESERVED):
        number = f"+57300{random.randint(1000000, 9999999)}"
        facts |= {
            "attempt_id": new_attempt_id(), "number": number, "spec": parse_campaign(CAMPAIGN_FILE),
            "lead": a_lead(random.choice(PEOPLE), number),
        }  # fmt: skip
    return replace(view, **facts)


def _figures(
    leads: int, done: int, answers: int, abandoned: int, calls: int, dialer: QuietDialer, reason: str
) -> dict[str, Any]:
    latest = pacing_decision(dialer.clock.now(), reason, budget_left=1.4)
    return {
        "leads": leads, "leads_by_state": {"completed": done, "ready": leads - done}, "attempts": done * 2,
        "live_answers": answers * 10, "abandoned": abandoned, "calls_in_flight": calls,
        "pacing": PacingStatus(latest=latest, placed=done * 2, cancelled=3, reasons={reason: 400}),
    }  # fmt: skip
