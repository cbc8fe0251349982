"""A day: "el quince de marzo", "pasado mañana", "el lunes que viene", "en ocho días"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from audio.alike import plain
from ivr.understanding.cardinals import cardinal_at, words_of
from ivr.understanding.understood import NEARLY, PERHAPS, SURE, Understood, meant, not_understood

WEEKDAYS: Final = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
MONTHS: Final = {
    "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9,
    "octubre": 10, "noviembre": 11, "diciembre": 12, "setiembre": 9,
}  # fmt: skip
_MONTH: Final = "|".join(MONTHS)
_WEEKDAY: Final = "|".join(WEEKDAYS)
_NEXT: Final = r"(?:que viene|proxim[oa]|siguiente|entrante)"

_RELATIVE: Final = (
    (r"\bpasado mañana\b", 2, SURE),
    (r"\b(?:antes de ayer|anteayer|antier)\b", -2, SURE),
    (r"\bayer\b", -1, SURE),
    (r"\bhoy\b", 0, SURE),
    (r"(?<!la )\bmañana\b", 1, SURE),
)
_IN_DAYS: Final = re.compile(r"\b(?:en|dentro de|de hoy en|de aqui a) (\w+) (dias?|semanas?|meses|mes)\b")
_ISO: Final = re.compile(r"^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$")
_FIGURES: Final = re.compile(r"^\D*(\d{1,2})\s*[/.-]\s*(\d{1,2})(?:\s*[/.-]\s*(\d{2}|\d{4}))?\D*$")
_IDIOMS: Final = {8: 7, 15: 14}
"""Whoever says "en ocho días" means the same weekday of next week, "en quince" of the week after."""
_HALF_A_DAY: Final = re.compile(r"\b(?:por|en|a|de) la (?:mañana|tarde|noche)\b|\bal mediodia\b")
MOST_AHEAD: Final = 1000
"""Of days, weeks or months from today."""
YEARS: Final = range(1900, 2200)


def date_said(text: str, today: date, *, past: bool = False) -> Understood[date]:
    """The day meant, seen from `today`, in the caller's own time zone.

    A day without its year is the next one, today included; with `past` (a birthday, an invoice) the latest one.
    An impossible day (30 de febrero), or two of them, is not understood.
    """
    figures = _ISO.match(text) or _FIGURES.match(text)
    if figures:
        return _in_figures(text, figures, today, past)
    said = _HALF_A_DAY.sub(" ", plain(text))
    words = words_of(said)
    joined = " ".join(words)
    for pattern, days, confidence in _RELATIVE:
        if re.search(pattern, joined):
            rest = re.sub(pattern, " ", joined)
            if re.search(rf"\b(?:{_MONTH}|{_WEEKDAY})\b", rest):
                break  # "mañana lunes" is checked below; a month beside it is not
            return meant(today + timedelta(days=days), confidence, text)
    relative = _IN_DAYS.search(re.sub(r"\b(veinti|treinta y)\b", r"\1", joined))
    if relative:
        return _ahead(text, relative, today)
    return _of_the_calendar(text, words, joined, today, past)


def _in_figures(text: str, figures: re.Match[str], today: date, past: bool) -> Understood[date]:
    if len(figures[1]) == 4:
        year, month, day = int(figures[1]), int(figures[2]), int(figures[3])
        return _dated(text, _day(year, month, day), SURE)
    year_said = figures[3]
    day, month = int(figures[1]), int(figures[2])
    if year_said is None:
        return _dated(text, _nearest_year(day, month, today, past), NEARLY)
    year = int(year_said)
    return _dated(text, _day(year if year > 99 else _century(year, today, past), month, day), SURE)


def _ahead(text: str, said: re.Match[str], today: date) -> Understood[date]:
    number = cardinal_at([said[1]], 0)
    if number is None or not 0 < number.value <= MOST_AHEAD:
        return not_understood(text)
    if said[2].startswith("mes"):
        months = today.month - 1 + number.value
        year, month = today.year + months // 12, months % 12 + 1
        return meant(date(year, month, min(today.day, monthrange(year, month)[1])), NEARLY, text)
    if said[2].startswith("semana"):
        return meant(today + timedelta(weeks=number.value), NEARLY, text)
    days = _IDIOMS.get(number.value, number.value)
    return meant(today + timedelta(days=days), SURE if days == number.value else PERHAPS + 0.1, text)


def _of_the_calendar(text: str, words: Sequence[str], joined: str, today: date, past: bool) -> Understood[date]:
    weekdays = [WEEKDAYS.index(word) for word in words if word in WEEKDAYS]
    months = [at for at, word in enumerate(words) if word in MONTHS]
    if len(set(weekdays)) > 1 or len(months) > 1:
        return not_understood(text)
    day = _day_number(words, months[0] if months else None)
    if day is None:
        relative = 1 if re.search(r"\bmañana\b", joined) else 0 if re.search(r"\bhoy\b", joined) else None
        if weekdays and not months:
            if relative is not None:
                near = today + timedelta(days=relative)
                return meant(near, SURE if near.weekday() == weekdays[0] else PERHAPS, text)
            return _weekday(text, weekdays[0], joined, today, past)
        return not_understood(text)
    if months:
        month = MONTHS[words[months[0]]]
        year = _year(words, months[0], today)
        found = _day(year, month, day) if year else _nearest_year(day, month, today, past)
        confidence = SURE
    else:
        found, confidence = _nearest_month(day, today, past), NEARLY
    if found and weekdays and found.weekday() != weekdays[0]:
        return meant(found, PERHAPS, text)
    return _dated(text, found, confidence)


def _day_number(words: Sequence[str], month: int | None) -> int | None:
    """The day of the month: before the month's name, or after "el" or "día" where no month is said."""
    for at, word in enumerate(words):
        if month is not None and at >= month:
            break
        if word in ("primero", "1ro", "1º"):
            return 1
        number = cardinal_at(words, at)
        before = words[at - 1] if at else ""
        if number is None or (word in ("un", "una") and month is None):
            continue
        if month is not None:
            rest = words[number.after : month]
            return number.value if all(each in ("de", "del", "mes") for each in rest) else None
        if before in ("el", "dia", *WEEKDAYS) or len(words) == number.after - number.first:
            return number.value
        return None
    return None


def _weekday(text: str, weekday: int, joined: str, today: date, past: bool) -> Understood[date]:
    ahead = (weekday - today.weekday()) % 7
    if past or re.search(r"\bpasad[oa]\b", joined):
        return meant(today - timedelta(days=(today.weekday() - weekday) % 7 or 7), NEARLY, text)
    if re.search(rf"\bsemana {_NEXT}|\b{_NEXT} semana", joined):
        monday = today + timedelta(days=7 - today.weekday())
        return meant(monday + timedelta(days=weekday), SURE, text)
    if ahead == 0:
        return meant(today + timedelta(days=7), PERHAPS, text, (today,))
    found = today + timedelta(days=ahead)
    if re.search(rf"\b{_NEXT}\b", joined) and found.weekday() > today.weekday():
        # later this week: some mean that day, others the one after it
        return meant(found, PERHAPS + 0.1, text, (found + timedelta(days=7),))
    return meant(found, SURE, text)


def _year(words: Sequence[str], month: int, today: date) -> int | None:
    rest = " ".join(words[month + 1 :])
    if re.search(rf"\baño {_NEXT}|\b{_NEXT} año", rest):
        return today.year + 1
    if re.search(r"\b(?:este|presente) año|\baño (?:actual|en curso)", rest):
        return today.year
    if re.search(r"\baño pasado", rest):
        return today.year - 1
    for at in range(month + 1, len(words)):
        number = cardinal_at(words, at)
        if number is not None:
            return number.value if number.value in YEARS else -1
    return None


def _nearest_year(day: int, month: int, today: date, past: bool) -> date | None:
    """The next such day from today on, or the latest; 29 February waits for its year."""
    years = range(today.year, today.year + 9) if not past else range(today.year, today.year - 9, -1)
    found = (_day(year, month, day) for year in years)
    return next((each for each in found if each and (each <= today if past else each >= today)), None)


def _nearest_month(day: int, today: date, past: bool) -> date | None:
    for step in range(13):
        months = today.year * 12 + today.month - 1 + (-step if past else step)
        found = _day(months // 12, months % 12 + 1, day)
        if found and (found <= today if past else found >= today):
            return found
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _century(year: int, today: date, past: bool) -> int:
    full = today.year // 100 * 100 + year
    return full - 100 if past and full > today.year else full


def _dated(text: str, found: date | None, confidence: float) -> Understood[date]:
    return meant(found, confidence, text) if found is not None else not_understood(text)
