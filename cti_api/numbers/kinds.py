"""Mobile or landline: the order in which a person's numbers are tried.

Where a country's numbers do not tell the two apart (the United States, Canada, Mexico and others), a number that may be
either counts as a mobile: it is what most people there give, and what they carry with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType

from cti_api.model.phone import PhoneKind, PhoneNumber

_KINDS: Final = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
}
_LONGEST_CODE: Final = 3
"""Digits of a country code (ITU-T E.164), none of which is the beginning of another."""


def kind_of(number: PhoneNumber) -> PhoneKind | None:
    """The number's kind; None for what is neither (a service number, a number of no plan)."""
    for length in range(1, _LONGEST_CODE + 1):
        mobile = _mobiles_of(int(number.digits[:length]))
        if mobile is not None and mobile.match(number.digits[length:]):
            return PhoneKind.MOBILE
    try:
        return _KINDS.get(phonenumbers.number_type(phonenumbers.parse(number.e164)))
    except phonenumbers.NumberParseException:
        return None


def tried_in(kinds: Sequence[PhoneKind], phones: Sequence[PhoneNumber]) -> list[int]:
    """The places of `phones` in the order in which they are tried: by kind, as `kinds` names them, then as they stand.

    Kinds that are not named come last.
    """
    places = list(range(len(phones)))
    if not kinds or len(phones) < 2:
        return places
    rank: dict[PhoneKind | None, int] = {kind: place for place, kind in enumerate(kinds)}
    return sorted(places, key=lambda place: rank.get(kind_of(phones[place]), len(kinds)))


def in_order(kinds: Sequence[PhoneKind], phones: tuple[PhoneNumber, ...]) -> tuple[PhoneNumber, ...]:
    """The same numbers in that order."""
    return tuple(phones[place] for place in tried_in(kinds, phones))


@cache
def _mobiles_of(country_code: int) -> re.Pattern[str] | None:
    """Mobile numbers of a country alone with its code, whole: most numbers of a list, found without the parser.

    None for other codes."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())
    metadata = PhoneMetadata.metadata_for_region(regions[0]) if len(regions) == 1 else None
    if metadata is None or metadata.mobile is None or not metadata.mobile.national_number_pattern:
        return None
    lengths = metadata.mobile.possible_length or getattr(metadata.general_desc, "possible_length", ())
    possible = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return re.compile(rf"(?=(?:{possible})\Z)(?:{metadata.mobile.national_number_pattern})\Z")
