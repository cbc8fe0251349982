"""Procedure P1 as a story: a dealership's list, what each customer's telephone does, and what the agents then say.

The campaign is the one of ``examples/p1_dealership``, its day short: three parts of seconds instead of hours.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from ruamel.yaml import YAML

from cti_api.model.phone import PhoneNumber
from tests.support.sheets import Cell, xlsx
from vocero.client import Control
from vocero.lab.customers import Behaviour, Counts, number
from vocero.lab.people import Customer, make_customers

EXAMPLE = Path(__file__).parents[2] / "examples" / "p1_dealership" / "campaign.yaml"
CALENDAR = "taller-norte"
PICTURE = b"\xff\xd8\xff\xe0" + bytes(60)

SILENT = {
    Behaviour.BUSY: Counts(invited=6, failed=6),
    Behaviour.RINGS_OUT: Counts(invited=3, canceled=3),
    Behaviour.FAILS: Counts(invited=3, failed=3),
    Behaviour.MACHINE: Counts(invited=3, answered=3, hung_up=3),
}
"""Who is never reached, and what their telephones count in three attempts: a busy one is called twice in each."""

WHY_NOT_REACHED = {
    Behaviour.BUSY: "Ocupado",
    Behaviour.RINGS_OUT: "No contesta",
    Behaviour.FAILS: "Apagado o sin cobertura",
    Behaviour.MACHINE: "Buzón de mensajes",
    Behaviour.OPTS_OUT: "Contestó y no había asesor libre",
}
"""In the control form's words."""

MIX = {
    Behaviour.OPTS_OUT: 1,
    Behaviour.BUSY: 3,
    Behaviour.RINGS_OUT: 4,
    Behaviour.MACHINE: 2,
    Behaviour.TALKS: 14,
}
DECLINED = ("Costo del servicio", "Costo del servicio", "Sin tiempo en estas fechas", "Vendió el vehículo")
BOOKED = ("cita_agendada",)
SAID: tuple[tuple[str, ...], ...] = (
    ("volver_a_llamar", "cita_agendada"),
    ("numero_equivocado", "cita_agendada"),
    *[BOOKED] * 4,
    *[("no_acepta",)] * len(DECLINED),
    ("ya_realizado",),
    ("no_es_propietario",),
    ("no_llamar",),
)
"""What is said of the customers who talk, call by call."""

CONTACTS = frozenset({"cita_agendada", "no_acepta", "ya_realizado", "volver_a_llamar", "no_llamar"})
EFFECTIVE = frozenset({"cita_agendada", "no_acepta", "ya_realizado"})


@dataclass(slots=True)
class Person:
    """One row of the list."""

    customer: Customer
    second: str = ""
    """Their other number; empty: none."""
    says: tuple[str, ...] = ()

    @property
    def numbers(self) -> list[str]:
        return [each for each in (self.customer.number, self.second) if each]

    @property
    def digits(self) -> str:
        """The first number as WhatsApp writes it."""
        return self.customer.number.removeprefix("+")

    @property
    def plate(self) -> str:
        return self.customer.fields["placa"]

    @property
    def priority(self) -> int:
        """Whoever will need all three parts of the day comes first, so that the first part is long enough for them."""
        if self.customer.behaviour is Behaviour.OPTS_OUT:
            return 9
        return 5 if self.customer.behaviour in SILENT else len(self.says)

    def counts(self) -> dict[PhoneNumber, Counts]:
        """What the telephones have to count: by the story alone."""
        behaviour = self.customer.behaviour
        if behaviour in SILENT:
            return {PhoneNumber(self.customer.number): SILENT[behaviour]}
        calls = len(self.says) if not self.second else 1
        return {PhoneNumber(each): Counts(invited=calls, answered=calls, hung_up=calls) for each in self.numbers}


def everybody() -> list[Person]:
    """Twenty-four customers, the same in each run."""
    by_behaviour: defaultdict[Behaviour, list[Customer]] = defaultdict(list)
    for each in make_customers(MIX, Random(1)):
        by_behaviour[each.behaviour].append(each)
    absent = by_behaviour[Behaviour.TALKS].pop()
    by_behaviour[Behaviour.FAILS] = [
        replace(absent, number=number(Behaviour.FAILS, 0, status=480).e164, behaviour=Behaviour.FAILS)
    ]
    silent = [Person(each) for behaviour in SILENT for each in by_behaviour[behaviour]]
    talking = [
        Person(each, number(Behaviour.TALKS, 900).e164 if "numero_equivocado" in says else "", says)
        for each, says in zip(by_behaviour[Behaviour.TALKS], SAID, strict=True)
    ]
    return [Person(by_behaviour[Behaviour.OPTS_OUT][0], says=("",)), *silent, *talking]


def spreadsheet(people: list[Person]) -> bytes:
    """The list as SPIGA's users save it: Excel, telephones as numbers (R1.1)."""
    consent = {
        "canal_autorizado": "llamada y WhatsApp",
        "finalidad_autorizada": "comercial",
        "fecha_autorizacion": "2024-02-08",
        "evidencia_autorizacion": "formato de venta 4113",
    }
    rows: list[list[Cell]] = [
        ["nombre", "telefono", "telefono_2", *people[0].customer.fields, "prioridad", *consent],
    ]
    for person in people:
        first, second = (int(each[3:]) if each else None for each in (person.customer.number, person.second))
        row: list[Cell] = [person.customer.name, first, second, *person.customer.fields.values(), person.priority]
        rows.append([*row, *consent.values()])
    return xlsx(rows)


def noon_zone(now: datetime) -> ZoneInfo:
    """A zone in which it is about noon, so that no midnight is near."""
    east = 12 - now.hour
    return ZoneInfo(f"Etc/GMT{-east:+d}" if east else "Etc/GMT")


def campaign(trunk: str, zone: ZoneInfo, midday: datetime, evening: datetime) -> bytes:
    """The example's campaign, its second and third part of the day beginning then. JSON is YAML too."""
    file = YAML(typ="safe", pure=True).load(EXAMPLE.read_text(encoding="utf-8"))
    first, second = (f"{each.astimezone(zone):%H:%M:%S}" for each in (midday, evening))
    file |= {"trunks": [trunk], "calls_per_second": 10, "ring": "15 s"}
    file["abandonment"]["hold"] = "1 s"
    file["hours"] = {"timezone": zone.key, "days": {"mon-sun": "00:00-24:00"}}
    plan = file["retry"]
    del plan["days_apart"]
    plan |= {
        "min_gap": "1 s",
        "day_parts": {"morning": f"00:00-{first}", "midday": f"{first}-{second}", "evening": f"{second}-24:00"},
    }
    plan["rules"]["busy"] |= {"again_in": "2 s", "times": 1}
    message = next(each for each in file["follow_ups"] if each["name"] == "whatsapp-sin-contacto")["message"]
    message["parameters"].append("{booking_link}")
    return json.dumps(file).encode()


def workshop(zone: ZoneInfo, first: datetime) -> str:
    """Hours to book into from that day on, one car at a time."""
    day = first.astimezone(zone).date()
    return f"""\
calendar: {CALENDAR}
title: Taller Norte
timezone: {zone.key}
from: {day}
until: {day + timedelta(days=2)}
slot: 30 min
capacity: 1
hours:
  mon-sun: 08:00-12:00
"""


def part_of(local: time, midday: time, evening: time) -> str:
    return "morning" if local < midday else "midday" if local < evening else "evening"


@dataclass(slots=True)
class Desk:
    """What the agents say, by the story, and what they had before their eyes meanwhile."""

    control: Control
    now: Any
    people: list[Person]
    callback_after: timedelta = timedelta(seconds=6)
    said: list[tuple[str, str]] = field(default_factory=list)
    """Number and disposition of each call."""
    shown: dict[str, str] = field(default_factory=dict)
    """The guion of each number's call."""
    reasons: Counter[str] = field(default_factory=Counter)

    def decide(self, call: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Of the call that is being wrapped up; an appointment is the calendar's next free hour."""
        called = call["number"]
        self.shown[called] = call["script"]
        person = next(each for each in self.people if called in each.numbers)
        if person.customer.behaviour is Behaviour.MACHINE:
            code = "buzon"
        else:
            code = person.says[sum(earlier in person.numbers for earlier, _ in self.said)]
        fields = self._fields(code)
        self.said.append((called, code))
        return code, fields

    def _fields(self, code: str) -> dict[str, str]:
        if code == "cita_agendada":
            free = self.control.get(f"/calendars/{CALENDAR}/slots", free=True)
            return {"fecha_cita": free[0]["starts_at"]}
        if code == "volver_a_llamar":
            return {"fecha_llamada": (self.now() + self.callback_after).isoformat()}
        if code == "no_acepta":
            motive = DECLINED[self.reasons.total()]
            self.reasons[motive] += 1
            return {"motivo": motive}
        return {}


@dataclass(slots=True)
class Day:
    """Everything that was counted, by whom."""

    zone: ZoneInfo
    people: list[Person] = field(default_factory=everybody)
    midday: datetime = field(init=False)
    evening: datetime = field(init=False)
    desk: Desk = field(init=False)
    counts: dict[PhoneNumber, Counts] = field(init=False)
    """By the customers' telephones."""
    attempts: list[dict[str, Any]] = field(init=False)
    imported: str = ""
    """What `vocero leads import` said."""
    before_link: dict[str, int] = field(init=False)
    """Leads by state when the last call was over."""
    leads: dict[str, int] = field(init=False)
    report: dict[str, Any] = field(init=False)
    messages: list[dict[str, Any]] = field(init=False)
    story: list[dict[str, Any]] = field(init=False)
    """Of the customer who booked by themselves, as `vocero leads why` tells it."""
    tasks: list[dict[str, Any]] = field(init=False)
    slots: list[dict[str, Any]] = field(init=False)
    page: list[httpx.Response] = field(default_factory=list)
    """The booking page as it was shown, and after an hour was chosen on it."""
    recordings: set[str] = field(init=False)
    form: list[dict[str, Any]] = field(init=False)
    totals: dict[str, Any] = field(init=False)

    def who(self, *behaviours: Behaviour) -> list[Person]:
        return [each for each in self.people if each.customer.behaviour in behaviours]

    @property
    def silent(self) -> list[Person]:
        return self.who(*SILENT)

    @property
    def refused(self) -> Person:
        """The provider does not take the message to this one."""
        return self.who(Behaviour.RINGS_OUT)[0]

    @property
    def booker(self) -> Person:
        """Opens the link and books."""
        return self.who(Behaviour.RINGS_OUT)[1]

    @property
    def invited(self) -> int:
        """Calls in all, by the telephones."""
        return sum(each.invited for each in self.counts.values())

    def part(self, local: datetime) -> str:
        ends = (each.astimezone(self.zone).time() for each in (self.midday, self.evening))
        return part_of(local.time(), *ends)

    def row(self, person: Person) -> dict[str, Any]:
        (found,) = (each for each in self.form if each["Placa"] == person.plate)
        return found

    def hour_of(self, slot: dict[str, Any]) -> list[Any]:
        """Its day and its hour, as the form has them."""
        local = datetime.fromisoformat(slot["starts_at"]).astimezone(self.zone)
        return [local.date(), local.time()]

    def said(self) -> Counter[str]:
        return Counter(code for _, code in self.desk.said)
