"""The departments of a country that have holidays of their own, as lists write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import holidays as calendars

from cti_api.law.calendar import is_calendar


def department_named(text: str, region: str) -> str | None:
    """The ISO 3166-2 code, without the country, of a department written as ``L``, ``BO-L``, ``la paz`` or ``LA PAZ``.

    None where the country has no department of that name with holidays of its own, so that any department's close.
    """
    return _known(region).get(_folded(text.strip().removeprefix(f"{region}-")))


def has_departments(region: str) -> bool:
    """Whether holidays differ within the country, as far as the package `holidays` knows."""
    return bool(_known(region))


@cache
def _known(region: str) -> Mapping[str, str]:
    if not is_calendar(region):
        return {}
    calendar = calendars.country_holidays(region)
    names = {**{code: code for code in calendar.subdivisions}, **calendar.subdivisions_aliases}
    found = {_folded(name): code for name, code in names.items()}
    # "El Beni" is written without its article, too.
    return found | {name.removeprefix("el "): code for name, code in found.items()}


def _folded(text: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z0-9]+", plain.casefold()))
