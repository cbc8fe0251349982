"""How often and on what terms the law lets a person be called, once more in the plainest way: for judging a log.

Nothing of `cti_api` or `dialer` is used: a test writes down every call that really went out, and what came of it, and
asks of each what of the law it broke.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tests.support.plain_law import offset_hours, plain_allowed

ZONES = {"CO": "America/Bogota", "PE": "America/Lima", "BO": "America/La_Paz"}
ASKED_FOR = "asked_for"


@dataclass(slots=True)
class Dialled:
    """One call that went out."""

    at: datetime
    campaign: str
    purpose: str
    number: str
    person: str
    region: str
    ring_seconds: int
    answered: bool = False
    """By anybody, a machine too."""
    met_nobody: bool = False
    """A person, whom no agent came for."""
    reached: bool = True
    """False: the network had no room, the telephone knows nothing of it."""


@dataclass
class Judge:
    """Knows what the test did, and nothing of what is in any store."""

    calls: list[Dialled] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    said_no: set[str] = field(default_factory=set)
    """Numbers."""
    consents: dict[str, frozenset[str]] = field(default_factory=dict)
    """By person: the purposes."""
    copy_taken_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """Of the public list of Colombia."""
    on_copy: set[str] = field(default_factory=set)
    """The numbers on it."""
    _of_person: dict[str, list[Dialled]] = field(default_factory=lambda: defaultdict(list))

    def judge(self, call: Dialled) -> None:
        """Look at a call as it goes out, before anything comes of it."""
        before = self._of_person[call.person]
        self.breaches += [f"{why}: {call}" for why in self._wrong(call, before)]
        self.calls.append(call)
        before.append(call)

    def _wrong(self, call: Dialled, before: list[Dialled]) -> list[str]:
        wish = call.purpose == ASKED_FOR
        if not plain_allowed(call.at, call.region, None, None, call.purpose, "voice", call.ring_seconds):
            return ["outside of the hours"]
        today, monday = _day(call.at, call.region), _monday(call.at, call.region)
        reached = [past for past in before if past.reached or past.answered]
        missed = [past for past in reached if not past.answered]
        wrong = []
        if not wish and any(past.answered and _day(past.at, call.region) == today for past in reached):
            wrong.append("a second contact on a day")
        if sum(_day(past.at, call.region) == today for past in missed) >= 3:
            wrong.append("a fourth attempt on a day")
        if sum(_monday(past.at, call.region) == monday for past in missed) >= 6:
            wrong.append("a seventh attempt in a week")
        if not wish and any(call.at - past.at < timedelta(hours=2) for past in missed):
            wrong.append("two attempts within two hours")
        if call.number in self.said_no:
            wrong.append("somebody who told us no")
        left_alone = [past for past in before if past.number == call.number and past.met_nobody]
        if any(call.at - past.at < timedelta(hours=72) for past in left_alone):
            wrong.append("within 72 hours of a call that met nobody")
        if call.region == "CO" and not wish and call.purpose not in self.consents.get(call.person, frozenset()):
            wrong.append("without consent")
        if call.region == "PE" and call.purpose == "commercial":
            wrong.append("Peru, and nobody came by their own initiative")
        if call.region == "CO" and call.purpose == "commercial":
            if call.at - self.copy_taken_at > timedelta(hours=24):
                wrong.append("by an old copy of the public list")
            if call.number in self.on_copy:
                wrong.append("a number on the public list")
        return wrong


def _day(at: datetime, region: str) -> date:
    return (at + timedelta(hours=offset_hours(at, ZONES[region]))).date()


def _monday(at: datetime, region: str) -> date:
    day = _day(at, region)
    return day - timedelta(days=day.weekday())
