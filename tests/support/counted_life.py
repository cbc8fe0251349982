"""What an office lives through, as its outbox tells of it: calls placed and taken, appointments, surveys, agents at
work. Made up from a seed, so that two of the same seed are the same to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from cti_api.model.events import Event, EventKind

CAMPAIGNS: Final = 12
AGENTS: Final = 60
QUEUES: Final = tuple(f"cola-{n}" for n in range(6))
SURVEYS: Final = tuple(f"encuesta-{n}" for n in range(4))
BRANDS: Final = ("Kia", "Mazda", "Renault", "Citroën", "Škoda", "Great Wall", "BYD", "Volkswagen", "Fiat", "Toyota")
REASONS: Final = (
    "Lo hará en casa", "Precio", "Ya lo hizo", "Vendió el vehículo", "Está de viaje", "No le interesa", "Otro taller",
)  # fmt: skip
UNREACHED: Final = ("no_answer", "busy", "machine", "rejected", "unavailable", "congestion", "invalid_number")
SERVICES: Final = ("mantenimiento", "garantía", "latonería")
PAUSES: Final = ("almuerzo", "baño", "reunión", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """`calls` placed on each of `days` from `first` on, from 8 to 18 o'clock of it, and a quarter of it taken. Whatever
    is counted is counted on these days."""

    first: datetime
    days: int
    calls: int
    agents: int = AGENTS
    seed: int = 7
    noise: bool = True
    """With the events that no figure is made of."""

    every_state: bool = True
    """Of agents; else only that they sign in and out."""

    def events(self) -> Iterator[Event]:
        """In the order in which they happened, without numbers."""
        random = Random(self.seed)
        told = _Told(random, self.agents, self.every_state)
        for day in range(self.days):
            morning = self.first + timedelta(days=day)
            told.day(morning, self.calls)
        return iter(sorted((e for e in told.events if self.noise or e.kind not in NOISE), key=lambda e: e.occurred_at))


NOISE: Final = frozenset(
    {
        EventKind.CALL_ORIGINATED, EventKind.CALL_DELIVERED, EventKind.CALL_ESTABLISHED, EventKind.CALL_AMD_VERDICT,
        EventKind.CALL_AGENT_RESERVED, EventKind.CALL_CONNECTED, EventKind.CALL_CLEARED, EventKind.CALLER_QUEUED,
    }
)  # fmt: skip


class _Told:
    """Writes down what happens."""

    def __init__(self, random: Random, agents: int, every_state: bool) -> None:
        self.events: list[Event] = []
        self._random, self._agents, self._every_state = random, agents, every_state
        self._leads = self._appointments = self._invitations = self._callers = self._cases = 0

    def day(self, morning: datetime, calls: int) -> None:
        for agent in range(self._agents):
            self._seat(
                f"agente-{agent}", "ready", morning + timedelta(seconds=self._random.uniform(0, 600)), signs=True
            )
        for campaign in range(CAMPAIGNS):
            payload = {"list": f"lista-{morning:%m%d}.csv", "added": calls // CAMPAIGNS, "duplicates": 3}
            self._say(EventKind.CAMPAIGN_IMPORTED, morning, payload, campaign_id=f"campana-{campaign}")
        for _ in range(calls):
            self._call(morning + timedelta(seconds=600 + self._random.uniform(0, 34_000)), morning)
        for _ in range(calls // 4):
            self._caller(morning + timedelta(seconds=600 + self._random.uniform(0, 34_000)))
        for _ in range(calls // 10):
            self._case(morning + timedelta(seconds=self._random.uniform(0, 36_000)))
        for agent in range(self._agents):
            self._seat(f"agente-{agent}", "logged_off", morning + timedelta(hours=10, seconds=agent), signs=True)

    def _say(self, kind: EventKind, when: datetime, payload: dict[str, Any], **ids: Any) -> None:
        when = when.replace(microsecond=when.microsecond // 1000 * 1000)
        event_id = f"{self._random.getrandbits(128):032x}"
        self.events.append(Event(event_id=event_id, kind=kind, occurred_at=when, payload=payload, **ids))

    def _seat(self, agent: str, state: str, when: datetime, reason: str = "", *, signs: bool = False) -> None:
        if not self._every_state and not signs:
            return
        payload = {"state": state, "reason": reason, "pending": None, "pending_reason": "", "source": "system"}
        self._say(EventKind.AGENT_STATE, when, payload, agent_id=agent)

    def _call(self, placed: datetime, morning: datetime) -> None:
        random = self._random
        campaign = f"campana-{min(int(random.expovariate(0.4)), CAMPAIGNS - 1)}"
        if first := self._leads < 50 or random.random() < 0.4:
            self._leads += 1
        lead = self._leads if first else random.randint(max(1, self._leads - 5000), self._leads)
        attempt = f"{int(placed.timestamp()):08x}{random.getrandbits(80):020x}0000"  # the later, the greater
        ids: dict[str, Any] = {"campaign_id": campaign, "lead_id": lead, "attempt_id": attempt}
        self._say(EventKind.CALL_ORIGINATED, placed, {"trunk": "principal"}, **ids)
        self._say(EventKind.CALL_DELIVERED, placed + timedelta(seconds=2), {}, **ids)
        told = {
            "result": "", "disposition": "", "contact": False, "effective": False, "success": False, "reason": "",
            "list": f"lista-{(lead * 7) % 3}.csv", "brand": BRANDS[lead % len(BRANDS)] if lead % 11 else "",
            "placed_at": placed.isoformat(), "talk_seconds": 0.0, "held_seconds": 0.0, "wrap_up_seconds": 0.0,
            "lead_state": "waiting", "lead_reason": "retry",
        }  # fmt: skip
        answered = placed + timedelta(seconds=random.uniform(4, 25))
        if (luck := random.random()) > 0.32:
            told["result"] = told["reason"] = random.choice(UNREACHED)
            self._say(EventKind.CALL_CLEARED, answered, {"result": told["result"], "cause": 17}, **ids)
            self._say(EventKind.ATTEMPT_CLOSED, answered + timedelta(seconds=0.01), told, **ids)
            return
        self._say(EventKind.CALL_ESTABLISHED, answered, {}, **ids)
        self._say(EventKind.CALL_AMD_VERDICT, answered + timedelta(seconds=0.5), {"verdict": "human"}, **ids)
        if luck < 0.02:
            told["result"] = told["reason"] = "abandoned" if luck < 0.01 else "caller_hung_up"
            told |= {"live_answers": 1, "abandoned": int(luck < 0.01)}
            self._say(EventKind.ATTEMPT_CLOSED, answered + timedelta(seconds=2), told, **ids)
            return
        self._talk(ids, answered, told)

    def _talk(self, ids: dict[str, Any], answered: datetime, told: dict[str, Any]) -> None:
        random, agent = self._random, f"agente-{self._random.randrange(self._agents)}"
        talk, wrap = round(random.expovariate(1 / 90) + 5, 3), round(random.uniform(1, 40), 3)
        over = answered + timedelta(seconds=1 + talk)
        closed = over + timedelta(seconds=wrap)
        self._seat(agent, "reserved", answered + timedelta(seconds=0.6))
        self._say(EventKind.CALL_AGENT_RESERVED, answered + timedelta(seconds=0.6), {}, agent_id=agent, **ids)
        self._seat(agent, "busy", answered + timedelta(seconds=1))
        self._say(EventKind.CALL_CONNECTED, answered + timedelta(seconds=1), {}, agent_id=agent, **ids)
        self._seat(agent, "wrap_up", over)
        self._say(EventKind.CALL_CLEARED, over, {"result": "connected", "cause": 16}, agent_id=agent, **ids)
        contact = random.random() < 0.8
        success = contact and random.random() < 0.3
        said = {
            "contact": contact, "effective": contact and random.random() < 0.7, "success": success,
            "reason": "" if success else random.choice(REASONS),
            "live_answers": int(random.random() > 0.05), "abandoned": int(random.random() < 0.02),
        }  # fmt: skip
        told |= said | {
            "result": "connected", "disposition": "cita" if success else "sin_cita", "talk_seconds": talk,
            "held_seconds": round(talk * random.choice((0, 0, 0.1)), 3), "wrap_up_seconds": wrap,
        }  # fmt: skip
        self._say(EventKind.DISPOSITION_SET, closed, {"disposition": told["disposition"], **said}, **ids)
        self._say(EventKind.ATTEMPT_CLOSED, closed + timedelta(seconds=0.001), told, agent_id=agent, **ids)
        pause = random.random() < 0.05
        state, reason = ("not_ready", random.choice(PAUSES)) if pause else ("ready", "")
        self._seat(agent, state, closed + timedelta(seconds=0.002), reason)
        if random.random() < 0.03:
            corrected = {"disposition": "sin_cita", **said, "reason": random.choice(REASONS), "success": False}
            self._say(EventKind.DISPOSITION_SET, closed + timedelta(seconds=3000), corrected, agent_id=agent, **ids)
        if success:
            self._appointment(ids, agent, told, closed)

    def _appointment(self, ids: dict[str, Any], agent: str, told: dict[str, Any], booked: datetime) -> None:
        self._appointments += 1
        payload = {
            "appointment_id": self._appointments, "calendar": "taller", "starts_at": booked.isoformat(),
            "ends_at": None, "sequence": 0, "source": "agent", "brand": told["brand"], "list": told["list"],
        }  # fmt: skip
        own = {"campaign_id": ids["campaign_id"], "lead_id": ids["lead_id"]}
        self._say(EventKind.APPOINTMENT_BOOKED, booked, payload, agent_id=agent, **own)
        became = self._random.choice(
            (EventKind.APPOINTMENT_KEPT, EventKind.APPOINTMENT_KEPT, EventKind.APPOINTMENT_MISSED,
             EventKind.APPOINTMENT_CANCELLED, EventKind.APPOINTMENT_MOVED)
        )  # fmt: skip
        self._say(became, booked + timedelta(hours=self._random.uniform(1, 30)), payload, agent_id=agent, **own)

    def _caller(self, arrived: datetime) -> None:
        random = self._random
        self._callers += 1
        call, queue = f"1764{random.randrange(10**6):06d}.{self._callers}", random.choice(QUEUES)
        self._say(EventKind.CALLER_QUEUED, arrived, {"queue": queue}, call_id=call)
        waited = round(random.expovariate(1 / 15), 3)
        payload = {
            "queue": queue, "outcome": "caller_abandoned", "waited_seconds": waited, "talk_seconds": 0.0,
            "held_seconds": 0.0, "disposition": "", "arrived_at": arrived.isoformat(),
        }  # fmt: skip
        if random.random() < 0.1:
            self._say(EventKind.CALLER_CLOSED, arrived + timedelta(seconds=waited), payload, call_id=call)
            return
        agent, talk = f"agente-{random.randrange(self._agents)}", round(random.expovariate(1 / 120) + 5, 3)
        joined = arrived + timedelta(seconds=waited)
        over = joined + timedelta(seconds=talk)
        self._seat(agent, "busy", joined)
        told = {"queue": queue, "waited_seconds": waited, "in_time": waited <= 20, "arrived_at": payload["arrived_at"]}
        self._say(EventKind.CALLER_JOINED, joined, told, call_id=call, agent_id=agent)
        self._seat(agent, "wrap_up", over)
        payload |= {
            "outcome": "answered", "talk_seconds": talk, "held_seconds": round(talk * random.choice((0, 0, 0.2)), 3),
            "in_time": waited <= 20, "wrap_up_seconds": 8.0,
        }  # fmt: skip
        self._say(EventKind.CALLER_CLOSED, over + timedelta(seconds=8), payload, call_id=call, agent_id=agent)
        self._seat(agent, "ready", over + timedelta(seconds=8))
        if random.random() < 0.4:
            self._survey(over + timedelta(seconds=40), agent, queue)

    def _survey(self, ended: datetime, agent: str, queue: str) -> None:
        random = self._random
        self._invitations += 1
        scores: list[dict[str, Any]] = []
        if random.random() < 0.6:
            value = random.randint(1, 5)
            scores = [
                {"figure": "csat", "value": value, "satisfied": value >= 4},
                {"figure": "csat", "value": 5, "satisfied": True},
                {"figure": "nps", "value": random.randint(0, 10)},
                {"figure": "ces", "value": random.randint(1, 7)},
            ]
        survey, service = random.choice(SURVEYS), random.choice(SERVICES)
        payload = {
            "survey": survey, "sitting_id": f"{random.getrandbits(128):032x}", "queue": queue, "service": service,
            "outcome": "finished" if scores else random.choice(("refused", "silent")), "scores": scores,
            "began_at": (ended - timedelta(seconds=30)).isoformat(),
        }  # fmt: skip
        if random.random() < 0.5:
            payload["invitation_id"] = self._invitations
            invited = {"survey": survey, "invitation_id": self._invitations, "queue": queue, "service": service}
            if random.random() < 0.8:
                self._say(EventKind.SURVEY_INVITED, ended - timedelta(hours=random.uniform(0, 7)), invited)
            if random.random() < 0.2:
                self._say(EventKind.SURVEY_EXPIRED, ended + timedelta(hours=random.uniform(-1, 30)), invited)
        self._say(EventKind.SURVEY_ENDED, ended, payload, agent_id=agent)

    def _case(self, opened: datetime) -> None:
        """A fault, and perhaps its end; or a contract that is renewed or not."""
        random = self._random
        self._cases += 1
        told = {"system": "mesa", "service": random.choice(SERVICES), "brand": random.choice(BRANDS)}
        if random.random() < 0.2:
            payload = told | {
                "contract_id": f"{self._cases}.0", "renewed": random.random() < 0.7, "decided_at": opened.isoformat(),
            }  # fmt: skip
            self._say(EventKind.CONTRACT_DECIDED, opened, payload)
            return
        opened = opened.replace(microsecond=0)
        told |= {"case_id": f"{self._cases}.0", "owner": f"agente-{random.randrange(self._agents)}"}
        self._say(EventKind.CASE_OPENED, opened, told | {"opened_at": opened.isoformat()})
        if random.random() < 0.8:
            resolved = opened + timedelta(seconds=random.randrange(60, 200_000))
            ended = {"resolved_at": resolved.isoformat(), "effective": random.random() < 0.9}
            self._say(EventKind.CASE_RESOLVED, resolved, told | ended)
