"""A company's months as its outbox tells of them: calls out and in, shifts, appointments. The same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_api.figures import Figures
from cti_api.kpi.indicators import Target
from cti_api.kpi_goals import Goals
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import AgentId, CampaignId, QueueId
from cti_api.model.leads import LeadState
from cti_api.model.surveys import Answer, AnsweredBy, NewSitting, Outcome, SurveyId
from cti_api.reports.sources import Sources
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import attempt_for, closed, event, move, new_leads

BOGOTA: Final = ZoneInfo("America/Bogota")
CAMPAIGN: Final = CampaignId("mantenimiento")
SURVEY: Final = SurveyId("satisfaccion-servicio")
SURVEY_FILE: Final = Path(__file__).parents[2] / "examples/p3_survey/survey.yaml"
FIRST: Final = date(2026, 9, 1)
FIRST_SHIFT: Final = date(2026, 11, 9)
"""Before it nobody wrote down when agents were there."""
NOW: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
"""Three in the afternoon in Bogota, on a Thursday."""
AGENTS: Final = {"ana": "Ana Díaz", "beto": "Beto Ruiz", "caro": "Caro Peña", "dani": "Daniel Ñáñez"}
BRANDS: Final = ("Kia", "Mazda", "Renault", "Toyota", "")
TARGETS: Final = {
    "effectiveness": Target(good=0.35, low=0.25),
    "contact_rate": Target(good=0.6, low=0.4),
    "kept_rate": Target(good=0.8, low=0.6),
}
LIMIT: Final = "abandonment: {limit: 2 %}\n"
"""Stricter than the law's."""
_UNREACHED: Final = ("no_answer", "busy", "unavailable", "machine", "rejected")
_NO: Final = ("precio", "ya lo hizo", "vendió el carro", "otro taller", "sin tiempo")
_DAYS: Final = (NOW.astimezone(BOGOTA).date() - FIRST).days


def history(random: Random, calls_a_day: int = 6) -> Iterator[Event]:
    """In the order in which things happened, on working days."""
    lead = 0
    for file, added in (("clientes.csv", 520), ("flotas.xlsx", 480)):
        yield _told(EventKind.CAMPAIGN_IMPORTED, _at(FIRST, 7), campaign_id=CAMPAIGN,
                    payload={"list": file, "added": added})  # fmt: skip
    for n in range(_DAYS + 1):
        day = FIRST + timedelta(days=n)
        if day.weekday() > 4:
            continue
        for agent in AGENTS if day >= FIRST_SHIFT else ():
            yield from _shift(random, agent, day)
        for _ in range(calls_a_day + n // 20):
            lead += 1
            yield from _call(random, lead, day)
        for _ in range(calls_a_day // 2):
            yield _caller(random, day)


def _call(random: Random, lead: int, day: date) -> Iterator[Event]:
    at = _at(day, random.choice((8, 9, 9, 10, 11, 14, 15, 16, 17)), random.randrange(60))
    brand, agent = random.choice(BRANDS), random.choice(tuple(AGENTS))
    roll = random.random()
    contact = roll < 0.55
    success = contact and random.random() < 0.6
    result = "connected" if contact else "abandoned" if roll > 0.99 else random.choice(_UNREACHED)
    talk = random.randrange(40, 400) if contact else 0
    common: dict[str, Any] = {"campaign_id": CAMPAIGN, "lead_id": lead}
    said = {
        "contact": contact, "effective": contact and random.random() < 0.8, "success": success,
        "reason": ("Cita agendada" if success else random.choice(_NO)) if contact else result, "brand": brand,
        "list": random.choice(("clientes.csv", "flotas.xlsx")),
    }  # fmt: skip
    yield _told(
        EventKind.ATTEMPT_CLOSED, at + timedelta(seconds=talk + 60), **common, attempt_id=f"{lead:032x}",
        agent_id=agent if contact else None,
        payload={
            "result": result, "placed_at": at.isoformat(), "talk_seconds": talk,
            "held_seconds": talk // 10, "wrap_up_seconds": 25 if contact else 0, **said,
        },
    )  # fmt: skip
    if success:
        booked = {"appointment_id": lead, "brand": brand, "list": said["list"]}
        yield _told(EventKind.APPOINTMENT_BOOKED, at, **common, agent_id=agent, payload=booked)
        if random.random() < 0.8:
            came = EventKind.APPOINTMENT_KEPT if random.random() < 0.75 else EventKind.APPOINTMENT_MISSED
            yield _told(came, at + timedelta(hours=1), **common, payload=booked)


def _caller(random: Random, day: date) -> Event:
    at = _at(day, random.randrange(8, 18), random.randrange(60))
    answered = random.random() < 0.85
    waited, talk = random.randrange(2, 60), random.randrange(60, 500) if answered else 0
    return _told(
        EventKind.CALLER_CLOSED,
        at + timedelta(seconds=waited + talk),
        call_id=f"{random.getrandbits(64)}",
        agent_id=random.choice(tuple(AGENTS)) if answered else None,
        payload={
            "queue": "soporte", "outcome": "answered" if answered else "caller_abandoned", "waited_seconds": waited,
            "talk_seconds": talk, "held_seconds": 0, "wrap_up_seconds": 20 if answered else 0,
            "in_time": answered and waited <= 20, "arrived_at": at.isoformat(),
        },
    )  # fmt: skip


def _shift(random: Random, agent: str, day: date) -> Iterator[Event]:
    at = _at(day, 8)
    for state, minutes in (("ready", 90), ("busy", 80 + random.randrange(60)), ("wrap_up", 20), ("not_ready", 15),
                           ("ready", 60), ("busy", 90), ("logged_off", 0)):  # fmt: skip
        yield _told(EventKind.AGENT_STATE, at, agent_id=agent,
                    payload={"state": state, "reason": "almuerzo" if state == "not_ready" else ""})  # fmt: skip
        at += timedelta(minutes=minutes)


async def busy_months(store: Store, seed: int = 7) -> Sources:
    """All of it in the store, counted."""
    await store.campaigns.create(CAMPAIGN, "Mantenimiento de noviembre", CAMPAIGN_FILE + LIMIT, NOW)
    for agent, name in AGENTS.items():
        await store.agents.add(Agent(id=AgentId(agent), name=name, campaigns=(CAMPAIGN,)), NOW)
    await store.surveys.publish(SURVEY, "Satisfacción con el servicio", SURVEY_FILE.read_text(), NOW)
    await store.queues.put(QueueId("soporte"), QUEUE_FILE, NOW)
    random = Random(seed)
    await store.outbox.append(*history(random))
    await _called(store)
    await _asked(store, random)
    while await store.outbox.number():
        pass
    while await store.kpi.ingest(BOGOTA) is not None:
        pass
    return counted(store)


def counted(store: Store) -> Sources:
    """What reports of it are made of."""
    figures = Figures(store.kpi, BOGOTA, TARGETS, goals=Goals(store))
    return Sources(figures=figures, store=store, company="Concesionario Los Andes S.A.")


async def _called(store: Store) -> None:
    """Twelve people of the list, with names as lists have them; each second one is talked to."""
    at = _at(date(2026, 11, 25), 9)
    brands = ("Kia", "Mazda", "Renault")
    people = [replace(each, fields={"placa": f"ABC{n:03}", "marca": brands[n % 3], "modelo": "2021"})
              for n, each in enumerate(new_leads(12))]  # fmt: skip
    people[3] = replace(people[3], name="=cmd|' /C calc'!A0")
    await store.leads.add(CAMPAIGN, people, at)
    for lead in await store.leads.reserve(CAMPAIGN, 12, at, at + timedelta(hours=1)):
        attempt = attempt_for(lead, at)
        talked = lead.id % 2 == 0
        done = closed(attempt, CallResult.CONNECTED if talked else CallResult.NO_ANSWER, at + timedelta(minutes=3))
        if talked:
            done = replace(
                done, agent_id=AgentId("ana"), connected_at=at, ended_at=at + timedelta(minutes=2),
                disposition="sin_cita", disposition_fields={"motivo": "precio"},
            )  # fmt: skip
        payload = {
            "result": str(done.result), "placed_at": at.isoformat(), "talk_seconds": 120 if talked else 0,
            "contact": talked, "effective": talked, "reason": "precio" if talked else "no_answer",
            "brand": lead.fields["marca"], "list": "clientes.csv", "disposition": done.disposition,
        }  # fmt: skip
        told = _told(
            EventKind.ATTEMPT_CLOSED, at, campaign_id=CAMPAIGN, lead_id=lead.id + 100_000, attempt_id=attempt.id,
            agent_id=done.agent_id, payload=payload,
        )  # fmt: skip
        await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED, at))
        await store.attempts.close(done, move(LeadState.CLOSED, "sin_cita") if talked else move(), told)


async def _asked(store: Store, random: Random) -> None:
    """Twenty people who were asked in November, some of whom say nothing."""
    told = []
    for n in range(20):
        at = _at(date(2026, 11, 2 + n % 20), 11)
        served = {
            "agent_id": AgentId(random.choice(tuple(AGENTS))), "queue": "soporte",
            "service": random.choice(("Internet", "Televisión")),
        }  # fmt: skip
        begun = await store.sittings.begin(NewSitting(survey_id=SURVEY, **served), at)
        csat, ces, nps = random.choice((3, 4, 5, 5)), random.randrange(4, 8), random.choice((6, 8, 9, 10, 10))
        answers = [
            Answer(question=question, by=AnsweredBy.KEY, value=f"{score}", score=float(score))
            for question, score in (("satisfaccion", csat), ("facilidad", ces), ("recomendacion", nps))
        ]
        silent = n % 5 == 4
        outcome = Outcome.SILENT if silent else Outcome.FINISHED
        await store.sittings.keep(begun.id, at, [] if silent else answers, [], outcome)
        scores = [
            {"figure": "csat", "value": csat, "satisfied": csat >= 4}, {"figure": "ces", "value": ces},
            {"figure": "nps", "value": nps},
        ]  # fmt: skip
        payload = {
            "survey": SURVEY, "sitting_id": begun.id, "outcome": outcome.value, "began_at": at.isoformat(),
            "queue": served["queue"], "service": served["service"], "scores": [] if silent else scores,
        }  # fmt: skip
        told.append(_told(EventKind.SURVEY_ENDED, at, agent_id=served["agent_id"], payload=payload))
    await store.outbox.append(*told)


def _told(kind: EventKind, at: datetime, **facts: Any) -> Event:
    return event(kind, at, **facts)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BOGOTA).astimezone(UTC)
