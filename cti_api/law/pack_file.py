"""A pack's YAML file: read, checked as a whole, every fault with its line and path, made into a `Pack`.

The shipped ones in ``cti_api/law/packs/`` are the annotated examples of the format.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeVar

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section
from cti_api.campaign_file.weekly import weekly_windows
from cti_api.errors import InputError
from cti_api.law.calendar import is_calendar
from cti_api.law.pack_checks import check
from cti_api.law.rules import (
    RULE_TYPES,
    AbandonmentLimit,
    AfterAbandoned,
    CallerPrefix,
    ConsentNeeded,
    Gap,
    Holidays,
    Limit,
    MinimumRing,
    OneChannel,
    Opening,
    Pack,
    Reach,
    Registry,
    RespectOptOut,
    Rule,
    Window,
)
from cti_api.law.terms import Certainty, Channel, Counted, Period, Purpose, Scope
from cti_api.model.campaigns import LAST_CALL_SECONDS
from cti_api.yaml_tree import FileKind, read_tree

PACK_FILE: Final = FileKind(
    noun="pack file",
    largest_bytes=256 * 1024,  # the shipped ones have 8 KiB
    looks_like="pack: co",
)
MOST_RULES: Final = 200
ANY: Final = "any"

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_YEARS: Final = re.compile(r"([0-9]{4})-([0-9]{4})\Z")
_DAY_SECONDS: Final = 86_400.0
_YEAR_SECONDS: Final = 366 * _DAY_SECONDS
_NO_DAY: Final = date(2000, 1, 1)
"""Stand-in; never leaves this file."""

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


@lru_cache(maxsize=32)  # the packs that a store holds are asked for again and again, and the text is all there is to it
def parse_pack(text: str) -> Pack:
    """The pack that a YAML file describes.

    Raises `InputError` with every fault of the file, in the order of its lines; there is no half-read pack.
    """
    notes = Notes()
    top = Section(read_tree(text, PACK_FILE, notes.faults), "", notes)
    pack = _pack(top)
    sound = [found for found in check(pack) if not any(map(notes.has_fault_at, (found.path, *found.rests_on)))]
    for found in sound:
        notes.fault(found.path, found.message)
    if notes.faults:
        raise InputError(
            "The pack file has faults; nothing was changed.",
            sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path)),
        )
    return pack


def _pack(top: Section) -> Pack:
    rules = top.section("rules", required=True)
    names = rules.names()
    if len(names) > MOST_RULES:
        top.note("rules", f"must be at most {MOST_RULES} rules")
        names = names[:MOST_RULES]
    holidays = top.section("holidays")
    pack = Pack(
        name=top.required("pack", values.slug, ""),
        title=top.required("title", values.line_of_text, ""),
        version=top.required("version", day, _NO_DAY),
        review_before=top.required("review_before", day, _NO_DAY),
        regions=_regions(top),
        zones=top.texts("zones", values.timezone),
        holidays=_holidays(holidays) if "holidays" in top.names() else None,
        rules=tuple(rule for name in names if (rule := _rule(rules, name)) is not None),
    )
    top.finish()
    return pack


def _regions(top: Section) -> frozenset[str] | Reach:
    words = {reach.value for reach in Reach}
    found = top.texts("regions", lambda text: text if text in words else values.region(text), required=True)
    if words.isdisjoint(found):
        return frozenset(found)
    if len(found) > 1:
        top.note("regions", f"must be countries, or one of {', '.join(sorted(words))} alone")
    return Reach(next(name for name in found if name in words))


def _holidays(section: Section) -> Holidays:
    first, last = section.required("years", years, (0, 0))
    holidays = Holidays(
        calendar=section.required("calendar", _calendar, "CO"),
        first_year=first,
        last_year=last,
        by_department=section.optional("by_department", values.yes_no, False),
        added=_days(section, "added", values.line_of_text, ""),
        disputed=_days(section, "disputed", values.line_of_text, ""),
        confirmed=_days(section, "confirmed", _settled, True),
    )
    section.finish()
    return holidays


def _days(section: Section, name: str, read: Callable[[str], T], stand_in: T) -> dict[date, T]:
    """A section whose names are days."""
    table = section.section(name)
    found: dict[date, T] = {}
    for written in table.names():
        value = table.required(written, read, stand_in)
        try:
            found[day(written)] = value
        except ValueError as error:
            table.note(written, str(error))
    return found


def _rule(rules: Section, name: str) -> Rule | None:
    """The rule under that name; None, and faults noted, where its type is not known."""
    section = rules.section(name)
    kind = section.required("type", _rule_type, None)
    if kind is None:
        return None
    try:
        values.slug(name)
    except ValueError as error:
        rules.note(name, str(error))
    head: dict[str, Any] = {
        "id": name,
        "purposes": _some(section, "purposes", Purpose),
        "channels": _some(section, "channels", Channel),
        "source": section.required("source", values.line_of_text, ""),
        "seen": section.required("seen", day, _NO_DAY),
        "certainty": section.required("certainty", values.one_of(Certainty), Certainty.PRUDENCE),
        "note": section.optional("note", values.line_of_text, ""),
        "in_force": section.optional("in_force", values.yes_no, True),
    }
    rule: Rule = _READERS[kind](section, head)
    section.finish()
    return rule


def _window(section: Section, head: dict[str, Any]) -> Window:
    days: dict[int, tuple[tuple[time, time], ...]] | Opening
    written = section.optional("open", _opening, None)
    table = section.section("days")
    if (written is None) != ("days" in section.names()):
        section.note("days", "must be there, or `open: always` or `open: never` instead of it")
    if written is not None:
        days = written
    else:
        days = {}
        for weekday, start, end in weekly_windows(table, values.window_of_minutes):
            days[weekday] = (*days.get(weekday, ()), (start, end))
    return Window(
        **head,
        days=days,
        closed_on_holidays=section.required("holidays", _closed, True),
        margin=_length(section, "margin", LAST_CALL_SECONDS, 3600.0, default=LAST_CALL_SECONDS),
    )


def _limit(section: Section, head: dict[str, Any]) -> Limit:
    return Limit(
        **head,
        counts=section.required("counts", values.one_of(Counted), Counted.ATTEMPTS),
        at_most=section.required("at_most", values.integer(1, 1000), 1),
        per=section.required("per", values.one_of(Period), Period.DAY),
        among=section.required("among", values.one_of(Scope), Scope.PERSON),
    )


def _one_channel(section: Section, head: dict[str, Any]) -> OneChannel:
    return OneChannel(
        **head,
        at_most=section.required("at_most", values.integer(1, len(Channel)), 1),
        per=section.required("per", values.one_of(Period), Period.WEEK),
    )


def _gap(section: Section, head: dict[str, Any]) -> Gap:
    return Gap(
        **head,
        counts=section.required("counts", values.one_of(Counted), Counted.ATTEMPTS),
        at_least=_length(section, "at_least", 1.0, 30 * _DAY_SECONDS),
        among=section.required("among", values.one_of(Scope), Scope.PERSON),
    )


def _registry(section: Section, head: dict[str, Any]) -> Registry:
    return Registry(
        **head,
        registry=section.required("registry", values.line_of_text, ""),
        oldest=_length(section, "oldest", 60.0, _YEAR_SECONDS),
        oldest_at_start=_length(section, "oldest_at_start", 60.0, _YEAR_SECONDS),
        later_consent_counts=section.required("later_consent_counts", values.yes_no, False),
    )


def _consent(section: Section, head: dict[str, Any]) -> ConsentNeeded:
    return ConsentNeeded(
        **head,
        for_channel=section.required("for_channel", values.yes_no, True),
        own_initiative=section.required("own_initiative", values.yes_no, True),
    )


def _abandonment(section: Section, head: dict[str, Any]) -> AbandonmentLimit:
    return AbandonmentLimit(
        **head,
        at_most=section.required("at_most", values.share(0.0, 0.1), 0.0),
        over=_length(section, "over", _DAY_SECONDS, _YEAR_SECONDS),
        agent_within=_length(section, "agent_within", 0.5, 60.0),
    )


_READERS: Final[dict[type[Rule], Callable[[Section, dict[str, Any]], Rule]]] = {
    Window: _window,
    Limit: _limit,
    OneChannel: _one_channel,
    Gap: _gap,
    Registry: _registry,
    ConsentNeeded: _consent,
    RespectOptOut: lambda _section, head: RespectOptOut(**head),
    CallerPrefix: lambda section, head: CallerPrefix(
        **head, prefixes=section.texts("prefixes", values.prefix, required=True)
    ),
    MinimumRing: lambda section, head: MinimumRing(**head, at_least=_length(section, "at_least", 1.0, 120.0)),
    AbandonmentLimit: _abandonment,
    AfterAbandoned: lambda section, head: AfterAbandoned(
        **head, wait=_length(section, "wait", 60.0, 30 * _DAY_SECONDS)
    ),
}


def _some(section: Section, name: str, kind: type[E]) -> frozenset[E]:
    """Some of an enum's values, or `any`."""
    one = values.one_of(kind)
    found = section.texts(name, lambda text: text if text == ANY else one(text), required=True)
    words = frozenset(word for word in found if isinstance(word, kind))
    if words and len(words) < len(found):
        section.note(name, f"must be `{ANY}` alone, or some of them")
    return words or frozenset(kind)


def _length(section: Section, name: str, low: float, high: float, *, default: float | None = None) -> timedelta:
    read = values.duration(low, high)
    if default is not None:
        return timedelta(seconds=section.optional(name, read, default))
    return timedelta(seconds=section.required(name, read, low))


def _rule_type(text: str) -> type[Rule]:
    if text not in RULE_TYPES:
        raise ValueError(f"must be one of {', '.join(RULE_TYPES)}")
    return RULE_TYPES[text]


def _opening(text: str) -> Opening:
    if text not in {opening.value for opening in Opening}:
        raise ValueError("must be always or never")
    return Opening(text)


def _closed(text: str) -> bool:
    if text not in {"open", "closed"}:
        raise ValueError("must be open or closed")
    return text == "closed"


def _settled(text: str) -> bool:
    if text not in {"holiday", "working_day"}:
        raise ValueError("must be holiday or working_day")
    return text == "holiday"


def _calendar(text: str) -> str:
    if not is_calendar(text):
        raise ValueError("must be a country, in capitals, that the package `holidays` has a calendar of")
    return text


def day(text: str) -> date:
    """A day ``2026-07-13``."""
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError("must be a day such as 2026-07-13")


def years(text: str) -> tuple[int, int]:
    """The first and the last year of ``2016-2035``."""
    found = _YEARS.match(text)
    if not found or found[1] > found[2]:
        raise ValueError("must be the first and the last year, such as 2016-2035")
    return int(found[1]), int(found[2])
