"""Countries of numbers, as ISO 3166 codes: whose law protects the person who is called."""

from __future__ import annotations

from typing import Final

import phonenumbers

from cti_api.model.phone import PhoneNumber

UNKNOWN: Final = "ZZ"
"""No country's (ISO 3166 keeps it for users); also phonenumbers' own word for a code that is nobody's."""

CALLING_CODES: Final = tuple(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
"""Of every country, without the plus sign."""

_LONGEST_CODE: Final = 3
"""Digits of a country code (ITU-T E.164)."""


def region_of(number: PhoneNumber) -> str:
    """The country of the number's owner: by its numbering plan, else the country that its code is mainly of."""
    try:
        parsed = phonenumbers.parse(number.e164)
    except phonenumbers.NumberParseException:
        return UNKNOWN
    found: str | None = phonenumbers.region_code_for_number(parsed)
    return found or str(phonenumbers.region_code_for_country_code(parsed.country_code or 0))


def regions_of_prefix(prefix: str) -> frozenset[str]:
    """The countries that numbers beginning so may be of: every country of the code, or of all codes it may become."""
    digits = prefix.removeprefix("+")
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    for length in range(1, min(len(digits), _LONGEST_CODE) + 1):
        if int(digits[:length]) in codes:
            return frozenset(codes[int(digits[:length])])
    return frozenset(region for code, regions in codes.items() if str(code).startswith(digits) for region in regions)
