"""A store with one of everything that the API tells of, so that what is asked for by its name is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx

from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.front_desk import LedCall, NewTicket, NodeLeft
from cti_api.model.ids import AgentId, AttemptId, CampaignId, InboundId, LeadId, QueueId
from cti_api.model.leads import Lead, LeadState
from cti_api.model.queues import InboundCall, InboundOutcome
from cti_api.model.surveys import Answer, AnsweredBy, NewSitting, Outcome, SurveyId
from cti_api.store.follow_ups import NewTask
from cti_api.web.examples import ATTEMPT
from cti_api.web.handed import Handed
from tests.support.campaigns import BOOKING_CAMPAIGN, recording
from tests.support.laws import SHIPPED
from tests.support.messages import message_for, planned
from tests.support.queue_files import QUEUE_FILE
from tests.support.store import attempt_for, closed, event, move, new_leads
from tests.support.trees import SMALL

CAMPAIGN: Final = CampaignId("mantenimiento")
ANA: Final = AgentId("ana")
CALL: Final = "a" * 32
CALLER: Final = InboundId("1764000000.1")
SURVEY: Final = SurveyId("satisfaccion-servicio")
SURVEY_FILE: Final = Path(__file__).parents[2] / "examples/p3_survey/survey.yaml"
CALENDAR: Final = "taller-norte"


@dataclass(frozen=True, slots=True)
class Populated:
    """What there is, by its names."""

    lead: LeadId
    attempt: AttemptId
    """Ana's, closed, with a recording."""
    message: str
    sitting: str


async def populate(api: httpx.AsyncClient, handed: Handed) -> Populated:
    """One of everything; by the API what it takes, else as the calls would have left it."""
    now = handed.clock.now()
    hour = (now + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    slots = [{"starts_at": hour.isoformat(), "ends_at": (hour + timedelta(hours=1)).isoformat(), "capacity": 3}]
    service = {"key": "OT-1", "phone": "+573009999999", "service_at": hour.isoformat()}
    for method, path, body in (
        ("PUT", f"/calendars/{CALENDAR}", {"title": "Taller Norte", "timezone": "America/Bogota"}),
        ("POST", f"/calendars/{CALENDAR}/slots", {"slots": slots}),
        ("POST", "/campaigns", BOOKING_CAMPAIGN),
        ("POST", "/agents", {"id": ANA, "name": "Ana Díaz", "campaigns": [CAMPAIGN]}),
        ("PUT", "/queues/soporte", QUEUE_FILE),
        ("PUT", f"/surveys/{SURVEY}", SURVEY_FILE.read_text()),
        ("POST", f"/surveys/{SURVEY}/invitations", service),
        ("POST", "/trees", SMALL),
        ("POST", "/policy/changes", {"packs": [SHIPPED["co"].text], "by": "Sara Ruiz"}),
        ("POST", "/registries", {"registry": "RNE", "taken_at": now.isoformat()}),
        ("POST", "/users", {"id": "sara", "name": "Sara", "role": "supervisor"}),
        ("POST", "/keys", {"id": "crm", "scopes": ["leads"]}),
    ):  # fmt: skip
        sent = {"content": body.encode()} if isinstance(body, str) else {"json": body}
        answer = await api.request(method, path, **sent)  # type: ignore[arg-type]
        assert answer.is_success, (path, answer.text)
    await handed.store.leads.add(CAMPAIGN, new_leads(20), now)
    [lead] = await handed.store.leads.reserve(CAMPAIGN, 1, now, now + timedelta(minutes=1))
    booked = await api.post("/appointments", json={"lead_id": lead.id + 1, "at": hour.isoformat()})
    assert booked.is_success, booked.text
    return await _called(handed, lead)


async def _called(handed: Handed, lead: Lead) -> Populated:
    store, now = handed.store, handed.clock.now()
    attempt = attempt_for(lead, now, id=AttemptId(ATTEMPT))
    attempt = replace(attempt, recording=f"{attempt.id}.wav", agent_id=ANA)
    told = {"lead_id": lead.id, "attempt_id": attempt.id, "campaign_id": CAMPAIGN}
    await store.attempts.open(attempt, event(EventKind.CALL_ORIGINATED, now, **told))
    done = closed(
        attempt, CallResult.CONNECTED, now, connected_at=now, ended_at=now,
        disposition="sin_cita", disposition_fields={"motivo": "precio"},
    )  # fmt: skip
    await store.attempts.close(done, move(LeadState.CLOSED, "sin_cita"), event(EventKind.ATTEMPT_CLOSED, now, **told))
    for name in (attempt.recording, "caller.wav"):
        handed.recordings.mkdir(exist_ok=True)
        (handed.recordings / name).write_bytes(recording())
    message = message_for(lead, now)
    await store.follow_ups.plan([planned(lead, message), planned(lead, NewTask("Llamar", "ana"), action="t")], now)
    sitting = await store.sittings.begin(NewSitting(survey_id=SURVEY), now)
    said = Answer(question="comentario", by=AnsweredBy.RECORDING, recording="caller.wav", seconds=3.0)
    await store.sittings.keep(sitting.id, now, [said], [], Outcome.FINISHED)
    await store.queues.write(
        InboundCall(
            id=CALLER, queue=QueueId("soporte"), number=lead.phone.e164, arrived_at=now, queued_at=now, ended_at=now,
            outcome=InboundOutcome.CALLER_ABANDONED, closed_at=now, recording="caller.wav",
        )
    )  # fmt: skip
    desk = store.front_desk
    await desk.begin(
        LedCall(
            id=CALL, entry="mesa", tree="pequeno", version=1, number=lead.phone.e164, called="6015550100",
            channel_id="1764119999.42", began_at=now,
        )
    )  # fmt: skip
    await desk.passed(CALL, [NodeLeft(tree="pequeno", node="principal", way="1")], "linea", now)
    await desk.open_ticket(NewTicket(call_id=CALL, kind="reclamo", number=lead.phone.e164, values={"mes": "mayo"}), now)
    await store.outbox.number()
    return Populated(lead=lead.id, attempt=attempt.id, message=message.id, sitting=sitting.id)
