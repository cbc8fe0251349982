"""What was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It runs, and something about it is not as it should be."""
    FAULT = "fault"
    """It does not run, or must not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    what: str
    mend: str = ""
    """What to do; empty where all is well."""


def ok(what: str) -> Finding:
    return Finding(Verdict.OK, what)


def warning(what: str, mend: str) -> Finding:
    return Finding(Verdict.WARNING, what, mend)


def fault(what: str, mend: str) -> Finding:
    return Finding(Verdict.FAULT, what, mend)
