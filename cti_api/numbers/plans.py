"""A country's numbering plan for the plainest way to write a number, twenty times as fast as the whole parser.

A list of a million rows is a million numbers written ``3001234567``. The parser of `phonenumbers` spends its time on
what such a number does not have: prefixes, country codes, extensions. Where none of them can be meant, what is left of
its rules is the plan's lengths and patterns, read here from the same metadata; everything else is its affair. A test
holds the two against each other over every country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneMetadata

_KINDS: Final = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "uan", "pager",
    "voicemail",
)  # fmt: skip
"""The kinds of number that make one valid (``phonenumberutil._number_type_helper``)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is needed to say of plain digits that they are a national number; anything else is not for this."""

    country_code: str
    not_plain: re.Pattern[str]
    """Beginnings that may be a prefix or the country's own code: the parser has to look."""
    national: re.Pattern[str]
    """Every number the plan has, whole."""

    def e164(self, digits: str) -> str | None:
        """E.164 of a national number; None where the parser has to look."""
        if self.not_plain.match(digits) or not self.national.match(digits):
            return None
        return f"+{self.country_code}{digits}"


@cache
def plan_of(region: str) -> Plan | None:
    """The plan of a country that shares its code with no other; None for the others (+1, +7, +44 …)."""
    code = phonenumbers.country_code_for_region(region)
    metadata = PhoneMetadata.metadata_for_region(region)
    if (
        metadata is None
        or metadata.general_desc is None
        or len(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())) != 1
    ):
        return None
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    # Lengths are part of the rule: a pattern is only asked of numbers of a possible length. A kind that names none has
    # those of the whole plan.
    patterns = [
        rf"(?=[0-9]{{{length}}}\Z)(?:{kind.national_number_pattern})\Z"
        for kind in kinds
        if kind is not None and kind.national_number_pattern
        for length in kind.possible_length or metadata.general_desc.possible_length
    ]
    general = rf"(?=(?:{metadata.general_desc.national_number_pattern})\Z)"
    prefixes = [str(code), "0", metadata.international_prefix, metadata.national_prefix_for_parsing]
    return Plan(
        country_code=str(code),
        not_plain=re.compile("|".join(f"(?:{prefix})" for prefix in prefixes if prefix)),
        national=re.compile(f"{general}(?:{'|'.join(patterns)})"),
    )
