"""Figures, dates, hours, money, telephone numbers and names in the words in which Colombians and Bolivians say them.

The words are for a voice to read: a comma is a short pause.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from num2words import num2words

from cti_api.errors import InputError

LARGEST: Final = 10**15
"""Figures from here on are nobody's: not money, not a count."""
MOST_DECIMALS: Final = 6
LONGEST_SPELT: Final = 40
"""Letters and figures that are read one by one."""

MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
LETTERS: Final = {
    "a": "a", "b": "be", "c": "ce", "d": "de", "e": "e", "f": "efe", "g": "ge", "h": "hache", "i": "i", "j": "jota",
    "k": "ka", "l": "ele", "m": "eme", "n": "ene", "ñ": "eñe", "o": "o", "p": "pe", "q": "cu", "r": "erre", "s": "ese",
    "t": "te", "u": "u", "v": "uve", "w": "doble u", "x": "equis", "y": "ye", "z": "zeta",
}  # fmt: skip
GROUPS: Final = {"57": (10, (3, 3, 2, 2)), "591": (8, (2, 2, 2, 2))}
"""By country: the length of its numbers, and the groups in which people say them."""


class Form(StrEnum):
    """What a figure stands before: only `ALONE` and `FEMININE` end in a whole "uno" or "una"."""

    ALONE = "alone"
    MASCULINE = "masculine"
    FEMININE = "feminine"


class Currency(StrEnum):
    """ISO 4217."""

    COP = "COP"
    BOB = "BOB"
    USD = "USD"


_NAMES: Final = {
    Currency.COP: ("peso", "pesos"),
    Currency.BOB: ("boliviano", "bolivianos"),
    Currency.USD: ("dólar", "dólares"),
}


def number(value: int | Decimal | str, form: Form = Form.ALONE) -> str:
    """``21`` → "veintiuno", before a noun "veintiún" or "veintiuna"; ``8.5`` → "ocho coma cinco".

    Raises `InputError` for what is no number, or one of `LARGEST` and more.
    """
    figure = _decimal(value)
    sign = "menos " if figure < 0 else ""
    whole, _, decimals = f"{abs(figure):f}".partition(".")
    decimals = decimals.rstrip("0")
    if decimals:
        return f"{sign}{_whole(int(whole), Form.ALONE)} coma {_decimals(decimals)}"
    return sign + _whole(int(whole), form)


def counted(many: int, one: str, more: str, *, feminine: bool = False) -> str:
    """``(1, "minuto", "minutos")`` → "un minuto"; "un millón de pesos". Raises `InputError` as `number`."""
    words = number(many, Form.FEMININE if feminine else Form.MASCULINE)
    of = " de" if re.search(r"(?:llón|llones)$", words) else ""
    return f"{words}{of} {one if abs(many) == 1 else more}"


def percent(value: int | Decimal | str) -> str:
    """``85`` → "ochenta y cinco por ciento"."""
    return f"{number(value)} por ciento"


def money(amount: int | Decimal | str, currency: Currency) -> str:
    """An amount to the hundredth, rounded half up: "ciento veinte bolivianos con cincuenta centavos"."""
    cents = int((abs(_decimal(amount)) * 100).to_integral_value(rounding="ROUND_HALF_UP"))
    whole, rest = divmod(cents, 100)
    sign = "menos " if _decimal(amount) < 0 and cents else ""
    hundredths = counted(rest, "centavo", "centavos")
    if not rest:
        return sign + counted(whole, *_NAMES[currency])
    return sign + (f"{counted(whole, *_NAMES[currency])} con {hundredths}" if whole else hundredths)


def day(on: date, *, weekday: bool = True, year: bool = False) -> str:
    """ "jueves veintiséis de noviembre", with its year if wanted; the first is "primero"."""
    figure = "primero" if on.day == 1 else _whole(on.day, Form.ALONE)
    words = f"{figure} de {MONTHS[on.month - 1]}"
    if weekday:
        words = f"{WEEKDAYS[on.weekday()]} {words}"
    return f"{words} de {_whole(on.year, Form.ALONE)}" if year else words


def hour(at: time) -> str:
    """ "las tres y media de la tarde", "la una de la mañana"; seconds are left out."""
    twelve = (at.hour + 11) % 12 + 1
    words = ("la " if twelve == 1 else "las ") + _whole(twelve, Form.FEMININE)
    if at.minute:
        words += " y media" if at.minute == 30 else f" y {_whole(at.minute, Form.ALONE)}"
    return f"{words} {_part_of_day(at.hour)}"


def moment(at: datetime) -> str:
    """ "jueves veintiséis de noviembre a las ocho de la mañana", in the zone that `at` has."""
    return f"{day(at.date())} a {hour(at.time())}"


def telephone(number_: str) -> str:
    """In groups, as the country's people say it: "trescientos, ciento veintitrés, cuarenta y cinco, sesenta y siete".

    With ``+57`` or ``+591``, or a national number of 10 or 8 figures; others one by one. Raises `InputError`.
    """
    figures = _figures(number_)
    for prefix, (length, groups) in GROUPS.items():
        national = figures.removeprefix(prefix) if number_.strip().startswith("+") else figures
        if len(national) == length and (not number_.strip().startswith("+") or national != figures):
            return _grouped(national, groups)
    return digits(figures)


def digits(text: str) -> str:
    """Figure by figure: "uno, cero, cinco". Raises `InputError` where there is none, or more than `LONGEST_SPELT`."""
    return ", ".join(_whole(int(each), Form.ALONE) for each in _figures(text))


def letters(text: str) -> str:
    """Letter by letter, figures too, marks left out: a plate "KLM 4" → "ka, ele, eme, cuatro". Raises `InputError`."""
    signs = [sign for sign in _bare(text) if sign in LETTERS or sign in "0123456789"]
    if not 0 < len(signs) <= LONGEST_SPELT:
        raise InputError(f"{text[:LONGEST_SPELT]!r} cannot be spelt: 1 to {LONGEST_SPELT} letters and figures.")
    names = (LETTERS[sign] if sign in LETTERS else _whole(int(sign), Form.ALONE) for sign in signs)
    return ", ".join(names)


def code(text: str) -> str:
    """A ticket or place: letters by name, figures together: "A-25" → "a, veinticinco"; with a zero in front one by one.

    Raises `InputError`.
    """
    parts = re.findall(r"[0-9]+|[^\W\d_]+", text[: 2 * LONGEST_SPELT])
    if not parts:
        raise InputError(f"{text[:LONGEST_SPELT]!r} has nothing that can be said.")
    return ", ".join(
        letters(part)
        if part[0] not in "0123456789"
        else digits(part)
        if len(part) > 4 or (part[0] == "0" and part != "0")
        else _whole(int(part), Form.ALONE)
        for part in parts
    )


def name(text: str) -> str:
    """A person's or a place's name as a list has it, for a voice: "GÓMEZ  PÉREZ, ana" → "Gómez Pérez, Ana".

    Signs that no name has are left out, so that nothing in a list can steer a voice; it may become empty.
    """
    kept = re.sub(r"[^\w ,.-]|[\d_]", " ", text[:200])
    return " ".join(word[:1].upper() + word[1:].lower() if len(word) > 3 or word.isupper() else word
                    for word in kept.split())  # fmt: skip


def _part_of_day(hour_: int) -> str:
    if hour_ == 12:
        return "del mediodía"
    if 1 <= hour_ < 12:
        return "de la mañana"
    return "de la tarde" if 12 < hour_ < 19 else "de la noche"


def _grouped(figures: str, groups: tuple[int, ...]) -> str:
    said, start = [], 0
    for length in groups:
        group = figures[start : start + length]
        said.append(digits(group) if group[0] == "0" else _whole(int(group), Form.ALONE))
        start += length
    return ", ".join(said)


def _whole(value: int, form: Form) -> str:
    """num2words, with what it leaves whole before another word: "veintiún mil", "un peso", "doscientas una"."""
    words = str(num2words(value, lang="es"))
    words = re.sub(r"veintiuno(?= mil)", "veintiún", words)
    words = re.sub(r"\buno(?= mil)", "un", words)
    if form is Form.MASCULINE:
        words = re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words))
    elif form is Form.FEMININE:
        millions = re.match(r".*ll(?:ón|ones)\b", words)
        head = millions[0] if millions else ""
        tail = words[len(head) :]
        tail = re.sub(r"(veinti|\b)uno$", r"\1una", tail)
        tail = re.sub(r"ientos\b", "ientas", tail).replace("quinientos", "quinientas")
        words = head + tail
    return words


def _decimals(written: str) -> str:
    if len(written) > 2:
        return " ".join(_whole(int(each), Form.ALONE) for each in written)
    zeros = len(written) - len(written.lstrip("0"))
    return "cero " * zeros + _whole(int(written), Form.ALONE)


def _decimal(value: int | Decimal | str) -> Decimal:
    try:
        figure = Decimal(value)
    except InvalidOperation:
        raise InputError(f"{str(value)[:LONGEST_SPELT]!r} is no number.") from None
    if not figure.is_finite() or abs(figure) >= LARGEST:
        raise InputError(f"{str(value)[:LONGEST_SPELT]} cannot be said: it has more than 15 figures.")
    return round(figure, MOST_DECIMALS)


def _figures(text: str) -> str:
    figures = "".join(sign for sign in text if sign in "0123456789")
    if not 0 < len(figures) <= LONGEST_SPELT:
        raise InputError(f"{text[:LONGEST_SPELT]!r} has no figures to say, or more than {LONGEST_SPELT}.")
    return figures


def _bare(text: str) -> str:
    """In small letters without accents; ñ stays one."""
    parts = (sign if sign == "ñ" else unicodedata.normalize("NFD", sign)[0] for sign in text.lower())
    return "".join(parts)
