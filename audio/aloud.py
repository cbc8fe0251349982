"""A text as it is written, to one as it is read aloud: "Bs 120.50, hasta las 18:30" has no figure left in it.

What a variable puts into a sentence comes as people write it: "1 0 1" where it is spelt, "120.5", "25 de noviembre".
How a voice would read that differs from voice to voice; the words of `audio.spoken` do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Final

from audio import spoken
from audio.spoken import Currency, Form
from cti_api.errors import InputError

_AMOUNT: Final = r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d{1,6})?|\d{1,15}(?:[.,]\d{1,6})?"
"""With points between the thousands as Colombians and Bolivians write them, or with a decimal point or comma."""
_MONTHS: Final = "|".join(spoken.MONTHS)
_CURRENCIES: Final = {"boliviano": Currency.BOB, "peso": Currency.COP, "dólar": Currency.USD}
_SIGNS: Final = {"B": Currency.BOB, "$": Currency.COP, "U": Currency.USD}
_MASCULINE: Final = "minutos?|segundos?|días?|mes|meses|años?|dígitos?|metros?|turnos?|clientes?|servicios?"
_FEMININE: Final = "horas?|personas?|veces|vez|semanas?|llamadas?|facturas?|cuotas?|órdenes|orden|líneas?"
_WRITTEN: Final = re.compile(
    rf"""
      (?P<spelt>(?<!\w)[0-9A-ZÑ](?:\ [0-9A-ZÑ])+(?!\w))
    | (?P<sign>(?:Bs\.?|US\$|\$)\ ?)(?P<signed>{_AMOUNT})(?![\w.,]?\d|\w)
    | (?<![\w.,])(?P<named>{_AMOUNT})\ (?P<currency>boliviano|peso|dólar)(?:e?s)?(?!\w)
    | (?<![\w.,])(?P<share>{_AMOUNT})\ ?%
    | (?:(?P<article>(?<!\w)[Ll]as?)\ )?(?<![\w:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\w:])
    | (?<![\w/-])(?P<iso>\d{{4}}-\d\d-\d\d)(?![\w/-])
    | (?<![\w/-])(?P<dated>\d\d?/\d\d?/\d{{4}})(?![\w/-])
    | (?<![\w.,])(?P<first>1)(?=\ de\ (?:{_MONTHS})(?!\w))
    | (?P<telephone>\+\d{{8,15}})(?!\w)
    | (?<![\w.,])(?P<figures>0\d{{1,39}}|\d{{7,40}})(?![\w]|[.,]\d)
    | (?<![\w.,])(?P<masculine>\d{{1,6}})(?=\ (?:{_MASCULINE})(?!\w))
    | (?<![\w.,])(?P<feminine>\d{{1,6}})(?=\ (?:{_FEMININE})(?!\w))
    | (?<![\w.,])(?P<number>-?(?:{_AMOUNT}))(?!\w|[.,]\d)
    """,
    re.VERBOSE,
)


def aloud(text: str) -> str:
    """`text` with its figures in words; what is written in no way that is known stays as it is."""
    return _WRITTEN.sub(_in_words, text)


def _in_words(found: re.Match[str]) -> str:
    assert found.lastgroup is not None
    try:
        return _SAID[found.lastgroup](found)
    except (InputError, ValueError):  # a day that no calendar has, an amount that nobody owns
        return found[0]


def _figure(written: str) -> Decimal:
    if re.fullmatch(r"-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", written):
        written = written.replace(".", "")
    return Decimal(written.replace(",", "."))


def _spelt(found: re.Match[str]) -> str:
    signs = found["spelt"].replace(" ", "")
    return spoken.digits(signs) if signs.isdecimal() else spoken.letters(signs)


def _hour(found: re.Match[str]) -> str:
    return spoken.hour(time(int(found["hour"]), int(found["minute"])))


def _dated(found: re.Match[str]) -> str:
    day, month, year = map(int, found["dated"].split("/"))
    return spoken.day(date(year, month, day), weekday=False, year=True)


_SAID: Final[dict[str, Callable[[re.Match[str]], str]]] = {
    "spelt": _spelt,
    "signed": lambda found: spoken.money(_figure(found["signed"]), _SIGNS[found["sign"][0]]),
    "currency": lambda found: spoken.money(_figure(found["named"]), _CURRENCIES[found["currency"]]),
    "share": lambda found: spoken.percent(_figure(found["share"])),
    "minute": _hour,
    "iso": lambda found: spoken.day(date.fromisoformat(found["iso"]), weekday=False, year=True),
    "dated": _dated,
    "first": lambda _: "primero",
    "telephone": lambda found: spoken.telephone(found["telephone"]),
    "figures": lambda found: spoken.telephone(found["figures"]),
    "masculine": lambda found: spoken.number(found["masculine"], Form.MASCULINE),
    "feminine": lambda found: spoken.number(found["feminine"], Form.FEMININE),
    "number": lambda found: spoken.number(_figure(found["number"])),
}
"""By the last named group that took part."""
