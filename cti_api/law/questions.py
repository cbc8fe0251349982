"""Questions to the law from outside: a JSON list of cases, and its answers in the same order.

They ask about hours and countries, before there is a list or a campaign. So everything else counts as in order: consent
is on record, registries are fresh, nobody was contacted before, an agent is free.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, TypeVar

from cti_api.errors import Fault, InputError
from cti_api.law.decide import decide
from cti_api.law.facts import Decision, Facts
from cti_api.law.rules import Pack
from cti_api.law.supposed import in_order
from cti_api.law.terms import Channel, Purpose
from cti_api.model.campaigns import MIN_RING_SECONDS

MOST_CASES: Final = 1_000_000
MOST_FAULTS: Final = 20
"""As many are told; a file with more is a file of another kind."""

LONGEST_RING: Final = 120.0
"""Seconds; as in a campaign file."""

LONGEST_TEXT: Final = 100
"""Characters of a region, zone or department."""

KNOWN: Final = ("at", "region", "zone", "department", "purpose", "channel", "ring_seconds")
"""What a case may say. Other names are the asker's own notes, unless they look like one of these written wrongly."""

E = TypeVar("E", bound=StrEnum)

_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]+ ?(?:Z|[+-][0-9]{2}:?[0-9]{2})\Z")


@dataclass(frozen=True, slots=True)
class Question:
    at: datetime
    """UTC."""
    facts: Facts


def read_questions(text: str) -> list[Question]:
    """The cases of a JSON file.

    Raises `InputError` with the path of each fault (the first `MOST_FAULTS`); there is no half-read file.
    """
    try:
        cases = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise _unreadable(f"this is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise _unreadable("this is not a list of cases: it is nested too deep") from None
    if not isinstance(cases, list):
        raise _unreadable('the cases are a list, such as [{"at": "2026-11-25T15:00:00Z", "region": "CO", …}]')
    if len(cases) > MOST_CASES:
        raise _unreadable(f"there are {len(cases)} cases; at most {MOST_CASES} can be asked at once")
    faults: list[Fault] = []
    questions = []
    alike: dict[Facts, Facts] = {}
    for place, case in enumerate(cases):
        question = _Case(case, f"[{place}]", faults).question()
        # A million cases are a handful of different contacts at a million instants.
        questions.append(Question(question.at, alike.setdefault(question.facts, question.facts)))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise InputError("The cases have faults; nothing was answered.", faults[:MOST_FAULTS])
    return questions


def answer(question: Question, packs: Sequence[Pack]) -> Decision:
    """What the law says of the case, all else being in order."""
    return decide(in_order(question.facts, packs, question.at), packs, question.at)


def answer_row(decision: Decision) -> dict[str, bool | str | None]:
    """The decision as a row of the answers."""
    return {
        "allowed": decision.allowed,
        "rule": decision.rule,
        "reason": decision.reason,
        "next_open": None if decision.next_open is None else utc_text(decision.next_open),
    }


def utc_text(instant: datetime) -> str:
    """ISO 8601 with a ``Z``; fractions of a second only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Case:
    """One case as it is written; what is wrong with it is noted."""

    def __init__(self, case: Any, path: str, faults: list[Fault]) -> None:
        self._case = case if isinstance(case, dict) else {}
        self._path = path
        self._faults = faults
        if not isinstance(case, dict):
            faults.append(Fault(path, "must be a case such as {…}"))
        for name in self._case.keys() - set(KNOWN):
            near = get_close_matches(name, KNOWN, n=1, cutoff=0.75)
            if near:
                faults.append(Fault(f"{path}.{name}", f"there is no such entry; did you mean `{near[0]}`?"))

    def question(self) -> Question:
        at = _instant(self._case.get("at"))
        if at is None:
            self._fault("at", "must be a UTC instant such as 2026-11-25T15:00:00Z")
        if "region" not in self._case:
            self._fault("region", "")
        facts = Facts(
            region=(self._text("region") or "?").upper(),
            zone=self._text("zone"),
            department=self._text("department"),
            purpose=self._word("purpose", Purpose, Purpose.COMMERCIAL),
            channel=self._word("channel", Channel, Channel.VOICE),
        )
        if "ring_seconds" in self._case:
            facts = replace(facts, ring_seconds=self._ring())
        return Question(at or datetime(2000, 1, 1, tzinfo=UTC), facts)

    def _fault(self, name: str, message: str) -> None:
        self._faults.append(Fault(f"{self._path}.{name}", message if name in self._case else "is missing"))

    def _word(self, name: str, kind: type[E], stand_in: E) -> E:
        value = self._case.get(name)
        if isinstance(value, str) and value in {each.value for each in kind}:
            return kind(value)
        self._fault(name, f"must be one of {', '.join(each.value for each in kind)}")
        return stand_in

    def _text(self, name: str) -> str | None:
        """A short text; None where there is none."""
        value = self._case.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable()):
            self._fault(name, "must be a short text, or null")
            return None
        return value or None

    def _ring(self) -> float:
        value = self._case["ring_seconds"]
        if isinstance(value, int | float) and not isinstance(value, bool) and MIN_RING_SECONDS <= value <= LONGEST_RING:
            return float(value)
        self._fault("ring_seconds", f"must be from {MIN_RING_SECONDS} to {LONGEST_RING:g}")
        return LONGEST_RING


def _instant(written: Any) -> datetime | None:
    """The instant; None where it is none, or says nothing of its distance from UTC."""
    if not isinstance(written, str) or not _INSTANT.match(written):
        return None
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: the years 1 and 9999 have no neighbours
        return None


def _unreadable(message: str, line: int | None = None) -> InputError:
    return InputError("The cases cannot be read.", [Fault("", message, line)])
