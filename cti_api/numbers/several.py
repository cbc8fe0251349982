"""What people write in one cell when they have more than one number: ``300 123 4567 / 601 555 0100 ext. 3``.

A number is taken out of a cell only where the cell leaves no doubt: between signs that separate numbers, or where one
way, and only one, of cutting the text in two gives two numbers. What is left over is told, never dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cti_api.model.phone import PhoneNumber
from cti_api.numbers.phones import LONGEST_TEXT, REASONS, PhoneFault, RefusedPhone, parse_phone

LONGEST_CELL_OF_PHONES: Final = 400
"""Characters. Ten numbers with their labels have fewer; a longer text is a note."""

MOST_PHONES: Final = 10

EXTENSION: Final = "the extension {} is not dialled: whoever answers has to connect it"


@dataclass(frozen=True, slots=True)
class PhonesFound:
    """The numbers of one cell, and what in it was no number."""

    phones: tuple[PhoneNumber, ...]
    """In the order in which they stand, each once."""
    refused: tuple[str, ...] = ()
    """One sentence for each part that was no number."""


NOTHING: Final = PhonesFound(())

_BETWEEN = re.compile(r"[/;,|&\r\n\t]|\s[yeoóu]\s|\s(?:and|or)\s|(?<=[0-9])\s*(?=\+)", re.IGNORECASE)
_LABEL = re.compile(
    r"\s*(?:tel[ée]fonos?|tels?|tlfs?|tfnos?|fonos?|celular(?:es)?|cels?|m[óo]vil(?:es)?|m[óo]vs?|mobile|cell|phone|fijos?|casa"
    r"|oficina|ofic|of|trabajo|contacto|whatsapp|wa|wsp|home|work|office)\b\s*[.:#]*\s*",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"[\s,;.(]*(?:extensi[óo]n|exts?|anexo|anx|interno|int|x)\s*[.:#]*\s*([0-9]{1,8})\)?\s*\Z", re.IGNORECASE
)
_SEAM = re.compile(r"\s*[-–—]\s*|\s+")


def parse_phones(text: str, region: str) -> PhonesFound:
    """Every number in a cell, for somebody in `region` (a `cti_api.numbers.phones.is_region` country). Never raises."""
    whole = parse_phone(text, region)
    if isinstance(whole, PhoneNumber):
        return PhonesFound((whole,))
    if whole.fault is PhoneFault.EMPTY:
        return NOTHING
    if len(text) > LONGEST_CELL_OF_PHONES or whole.fault is PhoneFault.SCIENTIFIC:
        return PhonesFound((), (whole.reason,))
    parts = [part for part in _parts(text) if part.strip(" .:'()-")]
    phones: dict[PhoneNumber, None] = {}
    refused: list[str] = []
    for part in parts:
        found = _numbers_of(part, region)
        phones |= dict.fromkeys(found.phones)
        refused += [reason if len(parts) == 1 else f"{_short(part)}: {reason}" for reason in found.refused]
    if not phones and len(parts) != 1:
        blank = RefusedPhone(PhoneFault.NOT_A_NUMBER) if whole.fault is PhoneFault.SEVERAL else whole
        return PhonesFound((), (refused[0] if refused and whole.fault is PhoneFault.SEVERAL else blank.reason,))
    kept = tuple(phones)
    if len(kept) > MOST_PHONES:
        refused.append(f"only the first {MOST_PHONES} of {len(kept)} numbers are kept")
    return PhonesFound(kept[:MOST_PHONES], tuple(refused))


def _parts(text: str) -> list[str]:
    """The cell cut where signs separate numbers; an extension stays with its number (``601 555 0100, ext. 3``)."""
    parts: list[str] = []
    for part in _BETWEEN.split(text):
        if parts and _EXTENSION.fullmatch(part):
            parts[-1] += " " + part.strip()
        else:
            parts.append(part)
    return parts


def _numbers_of(part: str, region: str) -> PhonesFound:
    """The number of one part; or the two that it is when cut in the one place where both sides are numbers."""
    label = _LABEL.match(part)
    text = part[label.end() :] if label else part
    found = parse_phone(text, region)
    if isinstance(found, PhoneNumber):
        return PhonesFound((found,))
    extension = _EXTENSION.search(text)
    if extension:
        without = parse_phone(text[: extension.start()], region)
        if isinstance(without, PhoneNumber):
            return PhonesFound((without,), (EXTENSION.format(extension[1]),))
    pairs = list(_pairs(text, region)) if len(text) <= 2 * LONGEST_TEXT else []
    if len(pairs) == 1:
        return PhonesFound(pairs[0])
    return PhonesFound((), (REASONS[PhoneFault.SEVERAL] if len(pairs) > 1 else _why(found, text),))


def _pairs(text: str, region: str) -> list[tuple[PhoneNumber, PhoneNumber]]:
    pairs = []
    for seam in _SEAM.finditer(text):
        left, right = parse_phone(text[: seam.start()], region), parse_phone(text[seam.end() :], region)
        if isinstance(left, PhoneNumber) and isinstance(right, PhoneNumber):
            pairs.append((left, right))
    return pairs


def _why(refused: RefusedPhone, text: str) -> str:
    """Two numbers run together are told as such: the sum of their digits is no country's."""
    if refused.fault is PhoneFault.TOO_LONG and len(re.sub(r"\D", "", text)) > 15:
        return REASONS[PhoneFault.SEVERAL]
    return refused.reason


def _short(text: str) -> str:
    """A part as it is quoted in a sentence: not long, and one line."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text).strip()
    return f"`{plain[:30]}…`" if len(plain) > 31 else f"`{plain}`"
