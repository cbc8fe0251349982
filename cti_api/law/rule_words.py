"""Rules, and what is changed in them, in a supervisor's words (Spanish)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any, Final

from cti_api.law.rules import RULE_TYPES, Opening, Rule, Window
from cti_api.law.sentences import SPANISH_WORDS, spanish
from cti_api.law.terms import Certainty, Channel, Counted, Period, Purpose, Scope
from cti_api.wall_clock import MIDNIGHT

WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábados", "domingos")
TYPES: Final = {
    "window": "horario",
    "limit": "máximo de contactos",
    "channels": "máximo de canales",
    "gap": "tiempo entre contactos",
    "registry": "lista pública",
    "consent": "consentimiento",
    "opt_out": "petición de no ser contactado",
    "caller_prefix": "prefijo del número que llama",
    "min_ring": "timbrado mínimo",
    "abandonment": "máximo de llamadas abandonadas",
    "after_abandoned": "espera tras una llamada abandonada",
}
ENTRIES: Final = {
    "purposes": "finalidades",
    "channels": "canales",
    "in_force": "en vigor",
    "days": "horario",
    "closed_on_holidays": "cerrado en festivos",
    "margin": "margen antes del cierre",
    "counts": "cuenta",
    "at_most": "como máximo",
    "per": "por",
    "among": "contados por",
    "at_least": "como mínimo",
    "registry": "lista",
    "oldest": "antigüedad máxima de la consulta",
    "oldest_at_start": "antigüedad máxima al empezar la campaña",
    "later_consent_counts": "vale un consentimiento posterior",
    "for_channel": "debe nombrar el canal",
    "own_initiative": "por iniciativa propia de la persona",
    "prefixes": "prefijos",
    "over": "medido durante",
    "agent_within": "agente o mensaje antes de",
    "wait": "espera",
    "source": "fuente",
    "seen": "fuente consultada el",
    "certainty": "certeza",
    "note": "nota",
}
WORDS: Final[dict[Any, str]] = {
    Counted.DIRECT_CONTACTS: "contactos directos",
    Counted.ATTEMPTS: "intentos",
    Period.DAY: "día",
    Period.WEEK: "semana",
    Scope.PERSON: "persona",
    Scope.NUMBER: "número",
    Scope.CHANNEL: "canal",
    Certainty.SURE: "segura",
    Certainty.LAWYER: "para un abogado",
    Certainty.PRUDENCE: "prudencia propia",
    Opening.ALWAYS: "todo el día, todos los días",
    Opening.NEVER: "nunca",
    True: "sí",
    False: "no",
}
_TYPE_NAMES: Final = {kind: name for name, kind in RULE_TYPES.items()}
_UNTOLD: Final = frozenset({"id"})


def rule_in_words(rule: Rule) -> str:
    """All that a rule asks, in one line."""
    told = [f"{TYPES[_TYPE_NAMES[type(rule)]]} ({_some(rule.purposes, Purpose)}; {_some(rule.channels, Channel)})"]
    own = {field.name for field in fields(rule)} - {field.name for field in fields(Rule)}
    for field in fields(rule):
        if field.name not in own:
            continue
        if isinstance(rule, Window) and field.name == "days":
            told.append(", ".join(_week(rule.days)))
        else:
            told.append(f"{ENTRIES[field.name]}: {_value(getattr(rule, field.name))}")
    return "; ".join(told) + ("" if rule.in_force else " (sin vigencia todavía)")


def changed_in_words(was: Rule, will: Rule) -> Iterator[str]:
    """Each entry in which two rules of one type differ: ``sábados: 08:00–15:00 → 08:00–18:00``."""
    for field in fields(will):
        before, after = getattr(was, field.name), getattr(will, field.name)
        if before == after or field.name in _UNTOLD:
            continue
        if isinstance(was, Window) and isinstance(will, Window) and field.name == "days":
            yield from _hours_changed(was, will)
        else:
            yield f"{ENTRIES[field.name]}: {_value(before)} → {_value(after)}"


def day_in_words(day: date) -> str:
    return spanish(day)


def _hours_changed(was: Window, will: Window) -> Iterator[str]:
    if isinstance(was.days, Opening) and isinstance(will.days, Opening):
        yield f"horario: {WORDS[was.days]} → {WORDS[will.days]}"
        return
    pairs = [(_of_day(was.days, day), _of_day(will.days, day)) for day in range(7)]
    for (before, after), days in groupby(range(7), key=pairs.__getitem__):
        if before != after:
            yield f"{_days(list(days))}: {before} → {after}"


def _week(days: Mapping[int, tuple[tuple[time, time], ...]] | Opening) -> Iterator[str]:
    if isinstance(days, Opening):
        yield WORDS[days]
        return
    hours = [_of_day(days, day) for day in range(7)]
    for told, some in groupby(range(7), key=hours.__getitem__):
        yield f"{_days(list(some))}: {told}"


def _days(days: list[int]) -> str:
    return WEEKDAYS[days[0]] if len(days) == 1 else f"{WEEKDAYS[days[0]]} a {WEEKDAYS[days[-1]]}"


def _of_day(days: Mapping[int, tuple[tuple[time, time], ...]] | Opening, day: int) -> str:
    if isinstance(days, Opening):
        return "todo el día" if days is Opening.ALWAYS else "cerrado"
    return ", ".join(f"{start:%H:%M}–{_end(end)}" for start, end in days.get(day, ())) or "cerrado"


def _end(end: time) -> str:
    return "24:00" if end == MIDNIGHT else f"{end:%H:%M}"


def _value(value: Any) -> str:
    match value:
        case frozenset():
            return _some(value, type(next(iter(value))))
        case bool() | Counted() | Period() | Scope() | Certainty() | Opening():
            return WORDS[value]
        case tuple():
            return ", ".join(map(str, value))
        case timedelta() if value >= timedelta(days=1) and value % timedelta(days=1) == timedelta(0):
            return f"{value.days} d"
        case "":
            return "ninguna"
        case _:
            return spanish(value)


def _some(some: frozenset[Any], kind: Any) -> str:
    """Words in the order of their enum."""
    what = "toda finalidad" if kind is Purpose else "todo canal"
    return what if len(some) == len(kind) else ", ".join(SPANISH_WORDS[word] for word in kind if word in some)
