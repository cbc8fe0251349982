"""Contacts for the tests of the law: everything in order unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from cti_api.law.decide import decide
from cti_api.law.facts import Consent, Decision, Facts, RegistryCheck
from cti_api.law.on_disk import packs_on_disk
from cti_api.law.questions import Question, answer
from cti_api.law.rules import Holidays, Pack, Reach, Rule
from cti_api.law.shipped import shipped_packs
from cti_api.law.terms import Certainty, Channel, Purpose
from cti_api.model.phone import PhoneNumber
from vocero.lab.rig import LAB_PACKS

PACKS = shipped_packs()
LAB = packs_on_disk(LAB_PACKS)
"""At any hour, for any purpose."""
LONG_AGO = datetime(2016, 1, 1, tzinfo=UTC)
CONSENT = Consent(
    purposes=frozenset(Purpose),
    channels=frozenset(Channel),
    given_at=LONG_AGO,
    evidence="grabación 17",
    own_initiative=True,
)
NUMBER, OTHER_NUMBER = PhoneNumber("+573001234567"), PhoneNumber("+573007654321")
CASES = Path(__file__).parents[1] / "cti_api" / "law" / "cases.yaml"


def bogota(text: str) -> datetime:
    """``2026-11-24 10:00`` on the clock of Bogotá."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Bogota")).astimezone(UTC)


def contact(**otherwise: Any) -> Facts:
    """A commercial call to a Colombian number that nothing is against, but for the hours."""
    facts: dict[str, Any] = {
        "region": "CO",
        "purpose": Purpose.COMMERCIAL,
        "channel": Channel.VOICE,
        "number": NUMBER,
        "consents": (CONSENT,),
    }
    return Facts(**(facts | otherwise))


def checked(at: datetime, *listed: Channel, since: datetime | None = None) -> RegistryCheck:
    """The RNE, looked at then."""
    return RegistryCheck(registry="RNE", taken_at=at, listed=frozenset(listed), listed_since=since)


def decided(now: datetime, *, packs: tuple[Pack, ...] = PACKS, **otherwise: Any) -> Decision:
    """What the law says of `contact`, with a fresh registry unless `registries` are given."""
    return decide(contact(**({"registries": (checked(now),)} | otherwise)), packs, now)


def head(name: str, **otherwise: Any) -> dict[str, Any]:
    """What every rule has."""
    return {
        "id": name,
        "purposes": frozenset(Purpose),
        "channels": frozenset(Channel),
        "source": "a test",
        "seen": date(2026, 11, 25),
        "certainty": Certainty.PRUDENCE,
    } | otherwise


def pack_of(
    *rules: Rule,
    regions: frozenset[str] | Reach = frozenset({"CO"}),
    zones: tuple[str, ...] = ("America/Bogota",),
    holidays: Holidays | None = None,
) -> Pack:
    """A pack of these rules."""
    return Pack(
        name="test",
        title="Prueba",
        version=date(2026, 11, 25),
        review_before=date(2027, 5, 1),
        regions=regions,
        zones=zones,
        holidays=holidays or Holidays(calendar="CO", first_year=2016, last_year=2035),
        rules=rules,
    )


class Case(NamedTuple):
    """One of those written by hand."""

    question: Question
    allowed: bool
    told: str
    """Its article, when it is and why, for a person."""


def written_cases() -> list[Case]:
    """Every case of ``cases.yaml``."""
    cases = []
    local = {"CO": "America/Bogota", "PE": "America/Lima", "BO": "America/La_Paz"}
    for group in YAML(typ="base", pure=True).load(CASES.read_text(encoding="utf-8")):
        facts = Facts(
            region=group["region"],
            zone=group.get("zone"),
            department=group.get("department"),
            purpose=Purpose(group["purpose"]),
            channel=Channel(group["channel"]),
        )
        clock = "UTC" if "utc" in group else group.get("zone") or local[group["region"]]
        for when, allowed, why in group["cases"]:
            assert allowed in {"yes", "no"}
            at = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(clock)).astimezone(UTC)
            told = f"{facts.region} {facts.purpose} {facts.channel} {when}: {why} ({group['article']})"
            cases.append(Case(Question(at, facts), allowed == "yes", told))
    return cases


def answered(question: Question) -> Decision:
    """What the shipped packs say."""
    return answer(question, PACKS)


SECOND = timedelta(seconds=1)
