"""Which column is what: as told, or guessed from the header's words and from what stands below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from cti_api.errors import Fault, InputError
from cti_api.lead_file.days import parse_day
from cti_api.lead_file.vocabulary import HEADERS, folded, is_phone
from cti_api.model.campaigns import ColumnMap
from cti_api.numbers.several import parse_phones

ROLES: Final = {
    "name": "name",
    "surname": "surname",
    "phone": "phones",
    "priority": "priority",
    "key": "external_key",
    "timezone": "timezone",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
    "consent_channel": "consent_channel",
    "consent_purpose": "consent_purpose",
    "consent_date": "consent_date",
    "consent_evidence": "consent_evidence",
    "consent_own_initiative": "consent_own_initiative",
    "department": "department",
}
"""What a column can be, as a person names it, and the entry of `ColumnMap`."""

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,9}\Z")


def asked_columns(asked: Iterable[tuple[str, str]]) -> ColumnMap:
    """The mapping of ``phone=COLUMN`` pairs. Raises `InputError` for a role that is none, or is given twice."""
    found = ColumnMap(name="", phones=())
    faults = []
    for role, column in asked:
        entry = ROLES.get(role)
        if entry is None:
            faults.append(Fault(role, f"a column can be: {', '.join(ROLES)}"))
        elif entry == "phones":
            found = replace(found, phones=(*found.phones, column))
        elif getattr(found, entry):
            faults.append(Fault(role, "is given twice"))
        else:
            found = _with(found, entry, column)
    if faults:
        raise InputError("The mapping of the columns is wrong.", faults)
    return found


def _with(columns: ColumnMap, entry: str, column: str) -> ColumnMap:
    change: dict[str, Any] = {entry: column}
    return replace(columns, **change)


def named_columns(columns: ColumnMap) -> tuple[str, ...]:
    """Every column that a mapping names, each once."""
    named = [value for entry in ROLES.values() if entry != "phones" and (value := getattr(columns, entry))]
    return tuple(dict.fromkeys([*named, *columns.phones]))


def check_columns(columns: ColumnMap, header: Sequence[str], line: int) -> None:
    """Raise `InputError`, with what is nearest, for a mapping that names columns the file does not have."""
    faults = []
    for wanted in named_columns(columns):
        if wanted not in header:
            near = get_close_matches(wanted, header, n=1)
            hint = f"; is it `{near[0]}`?" if near else f"; the file has {', '.join(header[:40])}"
            faults.append(Fault(wanted, f"the file has no such column{hint}", line or None))
    if faults:
        raise InputError("The list does not have the columns that are asked for; nothing was imported.", faults)


def guess_columns(asked: ColumnMap, header: Sequence[str], rows: Sequence[Sequence[str]], region: str) -> ColumnMap:
    """What of `asked` is empty, filled in where header and `rows` leave little doubt.

    Raises `InputError` where no column of telephones is asked for or found.
    """
    free = [name for name in header if name not in named_columns(asked)]
    below = {name: [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
             for place, name in enumerate(header)}  # fmt: skip
    found = asked
    if not found.phones:
        phones = _phones_among(free, below, region)
        if not phones:
            columns = ", ".join(header[:40])
            raise InputError(
                f"No column of telephones was found; the file has {columns}. Say which it is: --map phone=COLUMN."
            )
        found = replace(found, phones=phones)
    for role, words in HEADERS.items():
        if getattr(found, ROLES[role]) or (role == "surname" and asked.name):
            continue
        taken = named_columns(found)
        column = next((name for word in words for name in free if folded(name) == word and name not in taken), "")
        if column and _fits(role, below[column], region):
            found = _with(found, ROLES[role], column)
    if not found.name:
        found = replace(found, name=_most_like_names(free, below, named_columns(found)))
    return found


def _phones_among(free: Sequence[str], below: dict[str, list[str]], region: str) -> tuple[str, ...]:
    """By name, where a number stands below it; else by what stands below; else by name alone."""
    shares = {name: _share_of_phones(below[name], region) for name in free}
    named = tuple(name for name in free if is_phone(folded(name)))
    found = tuple(name for name in named if shares[name]) or tuple(name for name in free if shares[name] >= SURE)
    likely = max(free, key=lambda name: shares[name], default="")
    return found or ((likely,) if likely and shares[likely] >= LIKELY else named)


SURE: Final = 0.6
"""Share of a column's cells that are numbers, from which any such column is one of telephones."""
LIKELY: Final = 0.2
"""From which the best one is: a list with many bad numbers."""


def _share_of_phones(cells: Sequence[str], region: str) -> float:
    good = sum(bool(parse_phones(cell, region).phones) for cell in cells)
    return good / len(cells) if cells else 0.0


def _fits(role: str, cells: Sequence[str], region: str) -> bool:
    """Whether what stands below a header is what the header says: a guess must not cost a row."""
    test: Callable[[str], bool] | None = {
        "priority": lambda cell: bool(_WHOLE_NUMBER.match(cell)),
        "timezone": is_zone,
        "valid_from": lambda cell: parse_day(cell, region) is not None,
        "valid_until": lambda cell: parse_day(cell, region) is not None,
        "consent_date": lambda cell: parse_day(cell, region) is not None,
    }.get(role)
    return test is None or all(map(test, cells))


def is_zone(name: str) -> bool:
    """Whether this is a time zone of IANA's, such as ``America/La_Paz``."""
    if not re.fullmatch(r"[A-Za-z0-9+_-]{1,30}(?:/[A-Za-z0-9+_-]{1,30}){0,2}", name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _most_like_names(free: Sequence[str], below: dict[str, list[str]], taken: Sequence[str]) -> str:
    """For a file without a telling header: the first column of words that differ from row to row, two and more of them
    in most rows if there is such a column."""
    wordy = [
        name
        for name in free
        if name not in taken
        and below[name]
        and 2 * sum(map(_is_words, below[name])) > len(below[name])
        and 2 * len(set(below[name])) >= len(below[name])
    ]
    several = [name for name in wordy if 2 * sum(" " in cell for cell in below[name]) > len(below[name])]
    return (several or wordy or [""])[0]


def _is_words(cell: str) -> bool:
    letters = sum(map(str.isalpha, cell))
    return letters > sum(map(str.isdigit, cell)) and "@" not in cell


def numbered(cells: Sequence[str]) -> list[str]:
    """A header's names, each once: one that is empty is ``column_7``, one that is there already ``Nota (2)``."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = base = " ".join(cell.split()) or f"column_{place}"
        again = 2
        while name in names:
            name, again = f"{base} ({again})", again + 1
        names.append(name)
    return names
