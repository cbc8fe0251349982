"""Figures as people read them: numbers, formulas, groups and what is lacking, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from cti_api.kpi.control_form import RESULTS
from cti_api.kpi.formula import Unit
from cti_api.kpi.indicators import Indicator, Target
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.words import MEASURES, MONTHS, NO_FACTS, OF_NOBODY, TARGET, TECHNICAL, Language
from cti_api.model.agents import TECHNICAL as TECHNICAL_PAUSE
from cti_api.model.calls import CallResult

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_RESULTS: Final = frozenset(each.value for each in CallResult)


def name(indicator: Indicator, language: Language = Language.ES) -> str:
    return indicator.name_es if language is Language.ES else indicator.name_en


def source(indicator: Indicator, language: Language = Language.ES) -> str:
    return indicator.source_es if language is Language.ES else indicator.source


def formula(indicator: Indicator, language: Language = Language.ES) -> str:
    """The formula as it is read: ``llamadas efectivas / llamadas realizadas``."""
    return indicator.formula.words(lambda measure: MEASURES[measure].in_(language))


def amount(value: float | None, unit: Unit, language: Language = Language.ES) -> str:
    """A value with its unit: ``92,5 %``, ``3 min 20 s``, ``+42``; a dash for none."""
    if value is None:
        return "–"
    match unit:
        case Unit.COUNT:
            return _number(value, 0, language)
        case Unit.SHARE:
            return f"{_number(value * 100, 1, language)} %"
        case Unit.SECONDS:
            return _time(value)
        case Unit.POINTS:
            return f"{'+' if value > 0 else ''}{_number(value, 0, language)}"
        case Unit.SCORE | Unit.RATIO:
            return _number(value, 2, language)


def count(value: float, language: Language = Language.ES) -> str:
    """What a measure adds up to: whole, or with one decimal."""
    return _number(value, 0 if value == round(value) else 1, language)


def target(set_: Target, unit: Unit, language: Language = Language.ES) -> str:
    """From where a value is good, and beyond which it is bad: ``bueno desde 80 %, malo por debajo de 70 %``."""
    good = _round(amount(set_.good, unit, language))
    low = _round(amount(set_.low if set_.low is not None else set_.good, unit, language))
    return TARGET[set_.higher_is_better].in_(language).format(good=good, low=low)


def _round(share: str) -> str:
    return share.replace(",0 %", " %").replace(".0 %", " %")


def no_facts(lacking: Iterable[Measure], language: Language = Language.ES) -> str:
    """What an indicator lacks."""
    return NO_FACTS.in_(language).format(measures=", ".join(MEASURES[each].in_(language) for each in lacking))


def group(by: Split | None, value: str, language: Language = Language.ES) -> str:
    """A group's name as people read it: an hour, a month, why a call reached nobody; else as it is."""
    match by:
        case Split.HOUR:
            return f"{int(value):02}:00–{int(value):02}:59"
        case Split.DAY:
            day = date.fromisoformat(value)
            return f"{day:%d/%m/%Y}" if language is Language.ES else value
        case Split.MONTH:
            year, month = value.split("-")
            return f"{MONTHS[int(month) - 1].in_(language)} {year}"
        case Split.REASON if value == TECHNICAL_PAUSE:
            return TECHNICAL.in_(language)
        case Split.REASON if value in _RESULTS:
            return RESULTS[CallResult(value)] if language is Language.ES else value.replace("_", " ")
        case _:
            return value or (OF_NOBODY.in_(language) if by is not None else "")


def _number(value: float, decimals: int, language: Language) -> str:
    written = f"{value:,.{decimals}f}"
    written = "0" + written[2:] if not float(written.replace(",", "")) and written.startswith("-0") else written
    if language is Language.ES:
        written = written.translate(str.maketrans(",.", ".,"))
    return written.replace("-", "−")


def _time(seconds: float) -> str:
    """In the two largest units that it has: ``42 s``, ``3 min 20 s``, ``5 h 12 min``, ``2 d 3 h``."""
    whole = round(seconds)
    for size, big, rest, small in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s")):
        if whole >= size:
            left = whole % size // rest
            return f"{whole // size} {big} {left} {small}" if left else f"{whole // size} {big}"
    return f"{whole} s"
