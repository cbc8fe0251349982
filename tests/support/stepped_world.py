"""People of four countries, their telephones, and the campaigns that call them, for an engine that a test steps.

Several campaigns share their people, who have two numbers, agree to callbacks and say no; the engine is killed in its
writes and in its Originates and begun anew. What went out is written down by the telephone and judged by
`tests.support.plain_record`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cti_api.clock import SystemClock
from cti_api.law.registry_file import RegistryEntry
from cti_api.law.rules import Pack
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.consents import Channel, Consent
from cti_api.model.ids import AttemptId, CampaignId
from cti_api.model.leads import FINAL_LEAD_STATES, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.migrate import upgrade
from dialer.engine.book import Flight
from dialer.telephony import PlaceCall
from tests.support.law import PACKS
from tests.support.plain_record import ASKED_FOR, Dialled, Judge
from tests.support.shift import campaign_file
from tests.support.stepped_engine import TRUNK, Fate, Killed, MovedClock, SteppedEngine, Telephone, agents_of

RING_SECONDS = 15
WITHOUT_A_COPY = (2, 3)
"""On Wednesdays and Thursdays nobody brings in a copy of the public list."""

FORMS = {"CO": "+57300{:07d}", "PE": "+519{:08d}", "BO": "+5917{:07d}", "EC": "+5939{:08d}"}
PURPOSES = {
    "CO": ("collections", "commercial", "service", "commercial"),
    "PE": ("collections", "service", "collections"),
    "BO": ("collections", "commercial", "survey"),
    "EC": ("commercial",),
}
"""One campaign for each; that of Ecuador meets the pack for countries that are not known."""

RULES = {
    "max_attempts": 100,
    "min_gap": "1 s",
    "rules": {
        "default": {"action": "next_phone", "after": "74 h"},
        "busy": {"action": "retry", "after": "3 h"},
        "connected": {"action": "next_phone", "after": "98 h"},
        "hablado": {"action": "next_phone", "after": "98 h"},
        "volver": {"action": "callback"},
        "no_llamar": {"action": "suppress"},
    },
}
DISPOSITIONS = [
    {"code": "hablado", "label": "Se habló", "contact": True, "effective": True, "key": "1"},
    {"code": "no_llamar", "label": "No llamar"},
    {
        "code": "volver",
        "label": "Volver a llamar",
        "fields": [{"name": "fecha", "label": "Fecha", "kind": "datetime", "required": True}],
    },
]
FATES = (
    (45, CallResult.NO_ANSWER),
    (12, CallResult.BUSY),
    (5, CallResult.UNAVAILABLE),
    (2, CallResult.CONGESTION),
    (22, CallResult.CONNECTED),
    (8, CallResult.MACHINE),
    (3, CallResult.ABANDONED),
    (3, CallResult.CALLER_HUNG_UP),
)
"""What comes of a call, with how often in a hundred."""

ANSWERED = {CallResult.CONNECTED, CallResult.MACHINE, CallResult.ABANDONED, CallResult.CALLER_HUNG_UP}
IN_JOURNAL = {
    CallResult.NO_ANSWER: ("VOCERO_DIALED:cause=19",),
    CallResult.BUSY: ("VOCERO_DIALED:cause=17 sip=486",),
    CallResult.UNAVAILABLE: ("VOCERO_DIALED:cause=20 sip=480",),
    CallResult.CONGESTION: ("VOCERO_DIALED:cause=34 sip=503",),
    CallResult.CONNECTED: ("ANSWER", "VOCERO_LIVE"),
    CallResult.MACHINE: ("ANSWER", "VOCERO_AMD:verdict=machine"),
    CallResult.ABANDONED: ("ANSWER", "VOCERO_LIVE", "VOCERO_ABANDONED"),
    CallResult.CALLER_HUNG_UP: ("ANSWER", "VOCERO_LIVE"),
}
"""Rows between the first and the last one of a call, as the dialplan writes them (asterisk/README.md)."""


@dataclass(frozen=True)
class Person:
    name: str
    region: str
    numbers: tuple[PhoneNumber, ...]
    consents: frozenset[str]


@dataclass
class World:
    """People, their telephones and the campaigns that call them; the engine is one process after the other in it."""

    folder: Path
    random: Random
    first: datetime
    people_of_a_country: int
    say_no: float
    """How many of those who talk with an agent do not want to be called again (0..1)."""
    packs: tuple[Pack, ...] = PACKS
    judge: Judge = field(default_factory=Judge)
    up: dict[AttemptId, tuple[Dialled, CallResult]] = field(default_factory=dict)
    """Calls of which the engine has not been told how they ended."""
    wishes: set[tuple[str, str]] = field(default_factory=set)
    """Campaign and person: a callback was agreed on and not kept yet."""
    ids: set[AttemptId] = field(default_factory=set)
    kills: int = 0
    open_leads: dict[datetime, int] = field(default_factory=dict)
    """On each Monday: those that were in no final state, in the countries that are called."""
    listed: set[str] = field(default_factory=set)
    told_no: str = ""
    """The last number whose owner did not want to be called; if its agent's process was killed, only the store knows
    whether that was written."""
    specs: dict[CampaignId, CampaignSpec] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = MovedClock(self.first)
        self.fate = Fate(self.random, once_in=1)
        self.telephone = Telephone(self.clock, self.fate, self.dials)
        many = dict.fromkeys(FORMS, self.people_of_a_country) | {"EC": 3}
        self.people = [self._person(region, n) for region in FORMS for n in range(many[region])]
        self.owner = {number.e164: person for person in self.people for number in person.numbers}
        self.campaigns = {
            CampaignId(f"{region.lower()}-{n}-{purpose}"): (region, purpose)
            for region, purposes in PURPOSES.items()
            for n, purpose in enumerate(purposes)
        }

    def _person(self, region: str, n: int) -> Person:
        numbers = [PhoneNumber(FORMS[region].format(place)) for place in (1000 + n, 2000 + n)]
        agreed = frozenset(PURPOSES[region]) if n % 8 else frozenset({"service"})
        person = Person(f"{region} {n}", region, tuple(numbers[: 1 + (n % 4 > 0)]), agreed)
        self.judge.consents[person.name] = agreed
        return person

    # -------------------------------------------------------------- the telephone

    def dials(self, call: PlaceCall) -> None:
        """An Originate has arrived."""
        assert call.attempt_id not in self.ids, "an Originate was sent again"
        assert all(one.number != call.number.e164 for one, _ in self.up.values()), "two calls to one number at once"
        self.ids.add(call.attempt_id)
        region, purpose = self.campaigns[CampaignId(call.campaign)]
        person = self.owner[call.number.e164]
        result = self.random.choices([result for _, result in FATES], [weight for weight, _ in FATES])[0]
        wish = (call.campaign, person.name) in self.wishes
        if result is not CallResult.CONGESTION:  # nobody was reached: the wish is still to be kept
            self.wishes.discard((call.campaign, person.name))
        dialled = Dialled(
            at=self.clock.now(),
            campaign=call.campaign,
            purpose=ASKED_FOR if wish else purpose,
            number=call.number.e164,
            person=person.name,
            region=region,
            ring_seconds=RING_SECONDS,
        )
        self.judge.judge(dialled)
        dialled.answered = result in ANSWERED
        dialled.met_nobody = result is CallResult.ABANDONED
        dialled.reached = result is not CallResult.CONGESTION
        self.up[call.attempt_id] = (dialled, result)

    # -------------------------------------------------------------- the engine's lives

    async def prepare(self) -> None:
        await upgrade(f"sqlite:///{self.folder}/vocero.db", SystemClock())
        engine = self._engine()
        store, now = engine.store, self.clock.now()
        for campaign, (region, purpose) in self.campaigns.items():
            text = campaign_file(
                campaign,
                [TRUNK],
                region=region,
                purpose=purpose,
                ring=f"{RING_SECONDS} s",
                retry=RULES,
                dispositions=DISPOSITIONS,
                calls_per_second=100,
                hours={"timezone": "America/Bogota", "days": {"mon-sun": ["00:00-24:00"]}},
            )
            await store.campaigns.create(campaign, campaign, text.decode(), now)
            await store.leads.add(campaign, [self._lead(each) for each in self.people if each.region == region], now)
        for agent in agents_of(tuple(self.campaigns)):
            await store.agents.add(agent, now)
        await engine.begin()
        for campaign in self.campaigns:
            await engine.engine.campaigns.start(campaign)
        await engine.close()

    def _lead(self, person: Person) -> NewLead:
        consents = tuple(
            Consent(channel=Channel.CALL, at=self.first - timedelta(days=90), evidence="formulario", purpose=purpose)
            for purpose in sorted(person.consents)
        )
        numbers = list(person.numbers)
        self.random.shuffle(numbers)
        return NewLead(name=person.name, phones=tuple(numbers), external_key=person.name, consents=consents)

    def _engine(self) -> SteppedEngine:
        engine = SteppedEngine(self.folder, self.clock, self.telephone, self.fate, self.packs)
        engine.floor.specs = self.specs  # the same files are not read anew in each life
        return engine

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[SteppedEngine]:
        """A process that may be killed from its first moment on."""
        engine = self._engine()
        try:
            await engine.begin()
            yield engine
        finally:
            await engine.close()

    async def run(self, instants: Iterable[datetime], *, kill_every: int) -> None:
        """The engine at each of these instants, killed about once in `kill_every` of its writes and Originates."""
        instants = iter(instants)
        self.fate = self.telephone.fate = Fate(self.random, kill_every)
        waiting: datetime | None = next(instants, None)
        while waiting is not None:
            try:
                async with self.alive() as engine:
                    if self.told_no and await engine.store.suppression.contains(PhoneNumber(self.told_no)):
                        self.judge.said_no.add(self.told_no)
                    self.fate.is_armed = True
                    while waiting is not None:
                        await self._tell_ends(engine)
                        self.clock.move_to(waiting)
                        await self._daily(engine, waiting)
                        await self._step(engine)
                        waiting = next(instants, None)
            except Killed:
                self.fate.is_armed = False
                self.kills += 1
                self._while_dead()

    def _while_dead(self) -> None:
        """Some calls end before anybody looks; Asterisk's journal tells of them, unless it was emptied."""
        self.clock.move_by(self.random.choice([1, 30, 400]))
        for attempt in [one for one in self.up if self.random.random() < 0.7]:
            self.telephone.ringing.discard(attempt)
        journal = "" if self.random.random() < 0.3 else "".join(self._journal())
        (self.folder / "vocero.csv").write_text(journal, encoding="utf-8")
        for attempt in [one for one in self.up if one not in self.telephone.ringing]:
            del self.up[attempt]

    def _journal(self) -> Iterable[str]:
        yield _row("CHAN_START", self.clock.now() - timedelta(days=2), "0" * 32)
        for attempt, (dialled, result) in self.up.items():
            yield _row("CHAN_START", dialled.at, attempt)
            if attempt in self.telephone.ringing:
                continue
            for what in IN_JOURNAL[result]:
                event, _, words = what.partition(":")
                far = event == "VOCERO_DIALED"
                yield _row(event, dialled.at, f"{attempt}-out" if far else attempt, {"extra": words})
            yield _row("HANGUP", dialled.at + timedelta(seconds=1), attempt, {"hangupcause": 16})

    # -------------------------------------------------------------- what happens in a step

    async def _step(self, engine: SteppedEngine) -> None:
        for _ in range(5):
            before = len(self.judge.calls)
            await engine.round()
            self.clock.move_by(self.random.uniform(5, 25))
            await self._tell_ends(engine)
            if len(self.judge.calls) == before:
                return

    async def _tell_ends(self, engine: SteppedEngine) -> None:
        """Every call that is up ends."""
        for attempt, (dialled, result) in list(self.up.items()):
            flight = engine.floor.book.get(attempt)
            assert flight is not None, "a call that lives is in nobody's book"
            await self._ends(engine, flight, dialled, result)
            if self.told_no:
                self.judge.said_no.add(self.told_no)
            del self.up[attempt]  # until that is written, the journal alone may be left to tell of it

    async def _ends(self, engine: SteppedEngine, flight: Flight, dialled: Dialled, result: CallResult) -> None:
        if result is not CallResult.CONNECTED:
            await engine.end(flight, result)
            return
        chance = self.random.random()
        if chance < self.say_no:
            self.told_no = dialled.number
            await engine.end(flight, result, "no_llamar")
        elif chance < 0.15:
            hours = self.random.choice([1, 26, 50])
            asked = (self.clock.now() + timedelta(hours=hours)).astimezone(ZoneInfo("America/Bogota"))
            self.wishes.add((dialled.campaign, dialled.person))
            await engine.end(flight, result, "volver", fecha=asked.strftime("%Y-%m-%dT%H:%M"))
        else:
            await engine.end(flight, result, "hablado")

    async def _daily(self, engine: SteppedEngine, now: datetime) -> None:
        """Before work: a new copy of the public list, and on Mondays a count of who may still be called."""
        local = now.astimezone(ZoneInfo("America/Bogota"))
        if (local.hour, local.minute) != (6, 30):
            return
        if local.weekday() == 0:
            self.open_leads[now] = await self._open_leads(engine)
        if self.random.random() < 0.01:
            self.listed.add(self.random.choice([n for n, person in self.owner.items() if person.region == "CO"]))
        if local.weekday() in WITHOUT_A_COPY:
            return
        store = engine.store
        copy = await store.registries.begin("RNE", now, now)
        await store.registries.add(copy, [RegistryEntry(PhoneNumber(number)) for number in sorted(self.listed)])
        # Whoever is killed in between has either of the two copies.
        self.judge.copy_taken_at = now
        await store.registries.finish(copy, now)
        self.judge.on_copy |= self.listed

    async def _open_leads(self, engine: SteppedEngine) -> int:
        known = [campaign for campaign, (region, _) in self.campaigns.items() if region != "EC"]
        counts = [await engine.store.campaigns.counts(campaign) for campaign in known]
        by_state = [pair for count in counts for pair in count.leads_by_state.items()]
        return sum(number for state, number in by_state if state not in FINAL_LEAD_STATES)


def _row(event: str, at: datetime, channel: str, extra: dict[str, object] | None = None) -> str:
    said = json.dumps(extra or {}).replace('"', '""')
    return f'"{event}","{at.timestamp():.6f}","{channel}","{channel}","Local/x;1","{said}"\n'


def instants(first: datetime, days: int, random: Random) -> Iterable[datetime]:
    """Less than two hours apart by day, a glance or two by night; each day at 6:30 of Bogotá, before work begins."""
    for day in range(days):
        midnight = first + timedelta(days=day, hours=5)
        yield midnight + timedelta(hours=2 + random.random())
        now = midnight + timedelta(hours=6, minutes=30)
        while now < midnight + timedelta(hours=20, minutes=30):
            yield now
            now += timedelta(minutes=random.uniform(10, 90))
        yield midnight + timedelta(hours=21 + 2 * random.random())
