"""Which numbers may be dialled at all: the allow-list that keeps a stolen password from running up a bill.

Two rules, both must agree, and both are asked again for every single call:

* **where**: the number begins with one of the campaign's prefixes (the longest that fits is named in the answer); a
  campaign that names none may call its own country only;
* **what**: the number is one that people have. Premium, shared-cost, personal and pager numbers, and everything outside
  of a country (satellite networks, international networks), are refused whatever a campaign says.

The dialplan holds an allow-list of its own (``asterisk/``), which does not trust this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

from cti_api.model.phone import PhoneNumber

PEOPLE: Final = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Kinds of number a campaign without prefixes of its own may call."""

NEVER: Final[dict[int, str]] = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number, billed like a premium one",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UNKNOWN: "not in any numbering plan",
}
"""Kinds of number that nobody may call, with how they are named to a person."""

OUTSIDE_COUNTRIES: Final = "001"
"""The region phonenumbers gives to satellite and international networks (+870, +881, +882, +883, …)."""


@dataclass(frozen=True, slots=True)
class PrefixVerdict:
    """Whether a number may be dialled, and by which prefix."""

    allowed: bool
    prefix: str
    """The longest listed prefix that fits, or the region where the campaign lists none; empty when refused."""
    reason: str
    """One sentence for a person."""


def prefix_verdict(number: PhoneNumber, allowed_prefixes: tuple[str, ...], region: str) -> PrefixVerdict:
    """Whether a campaign of `region` with these prefixes (``+573``; none: its own country) may dial `number`."""
    try:
        parsed = phonenumbers.parse(number.e164)
    except phonenumbers.NumberParseException:
        return _refused("no country has the number's country code")
    home = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.number_type(parsed)
    if home == OUTSIDE_COUNTRIES:
        return _refused("the number belongs to a satellite or international network")
    if kind in NEVER:
        return _refused(f"the number is {NEVER[kind]}")
    if allowed_prefixes:
        fitting = [prefix for prefix in allowed_prefixes if number.e164.startswith(prefix)]
        if not fitting:
            return _refused("the number begins with none of the campaign's prefixes")
        longest = max(fitting, key=len)
        return PrefixVerdict(True, longest, f"the number begins with {longest}")
    if home != region:
        return _refused(f"the number is not from {region}, and the campaign names no other prefixes")
    if kind not in PEOPLE:
        return _refused("the number is neither a fixed nor a mobile line")
    return PrefixVerdict(True, region, f"the number is a fixed or mobile line of {region}")


def _refused(reason: str) -> PrefixVerdict:
    return PrefixVerdict(False, "", reason)
