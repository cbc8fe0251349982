"""What people write in a list, made into a phone number, or refused with a reason.

Lists come from spreadsheets and address books, so their habits are known here: spaces and dashes, a leading
apostrophe, ``3001234567.0``, ``3.001.234.567``, invisible direction marks from a copied contact, ``0057…`` for
``+57…``. What could mean two things is refused instead of guessed: letters, extensions, two numbers in one cell
(`cti_api.numbers.several` takes those apart).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from cti_api.model.phone import E164, PhoneNumber
from cti_api.numbers.plans import plan_of

LONGEST_TEXT: Final = 64
"""Characters. E.164 has at most 15 digits; what is longer than this with every separator is no telephone number."""


class PhoneFault(StrEnum):
    """Why a text is not a number that can be dialled."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    LETTERS = "letters"
    SCIENTIFIC = "scientific"
    SEVERAL = "several"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_COUNTRY = "unknown_country"
    NOT_ASSIGNED = "not_assigned"


REASONS: Final[dict[PhoneFault, str]] = {
    PhoneFault.EMPTY: "there is no number",
    PhoneFault.NOT_A_NUMBER: "this is not a telephone number",
    PhoneFault.LETTERS: "a telephone number has no letters, and an extension cannot be dialled",
    PhoneFault.SCIENTIFIC: "the spreadsheet rounded the number (3.0E+09): format the column as text and export again",
    PhoneFault.SEVERAL: "there is more than one number here: give each its own column",
    PhoneFault.TOO_SHORT: "the number is too short for its country",
    PhoneFault.TOO_LONG: "the number is too long for its country",
    PhoneFault.UNKNOWN_COUNTRY: "no country has this country code",
    PhoneFault.NOT_ASSIGNED: "no number of this form exists in its country's numbering plan",
}


@dataclass(frozen=True, slots=True)
class RefusedPhone:
    """A text that is no number to dial."""

    fault: PhoneFault

    @property
    def reason(self) -> str:
        """One sentence for a person."""
        return REASONS[self.fault]


def is_region(region: str) -> bool:
    """Whether `region` is an ISO 3166 country, in capitals, whose numbering plan is known."""
    return region in phonenumbers.SUPPORTED_REGIONS


def parse_phone(text: str, region: str) -> PhoneNumber | RefusedPhone:
    """The number that `text` means for somebody in `region` (an `is_region` country). Never raises."""
    if len(text) > LONGEST_TEXT:
        return RefusedPhone(PhoneFault.EMPTY if not text.strip() else PhoneFault.NOT_A_NUMBER)
    plain = _plain_national(text, region)
    if plain is not None:
        return plain
    cleaned = _cleaned(text)
    fault = _fault_of_form(cleaned)
    if fault is not None:
        return RefusedPhone(fault)
    if cleaned.startswith("00"):
        # 00 is what ITU-T E.123 calls the international prefix; some countries (Colombia's 00 and a carrier's digit)
        # use a longer one, which phonenumbers knows, so theirs is the second try.
        international = _in_plan("+" + cleaned[2:], region)
        if isinstance(international, PhoneNumber):
            return international
    return _in_plan(cleaned, region)


def _plain_national(text: str, region: str) -> PhoneNumber | None:
    """The number that is written as most are; None for what has to be looked at closely."""
    plan = plan_of(region)
    if plan is None or not _PLAIN.match(text):
        return None
    e164 = plan.e164(text.translate(_NO_SEPARATORS))
    return PhoneNumber(e164) if e164 is not None else None


_PLAIN = re.compile(r"(?:\([0-9]+\) ?)?[0-9]+(?:[ \-][0-9]+)*\Z")
_NO_SEPARATORS = {ord(sign): None for sign in "() -"}
_TEXT_FORMULA = re.compile(r'="([^"]*)"\Z')
"""How exports keep a spreadsheet from taking a number for one: ``="3001234567"``."""
_DIGITS_DOT_ZERO = re.compile(r"([0-9]+)[.,]0+\Z")
_THOUSANDS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3}){2,})(?:,0+)?\Z|([0-9]{1,3}(?:,[0-9]{3}){2,})(?:\.0+)?\Z")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+\Z")
_FORM = re.compile(r"\(?\+?[0-9() .\-]*\Z")
_SEPARATES_NUMBERS = re.compile(r"[/;,|&\r\n]")


def _cleaned(text: str) -> str:
    """Without what carries no meaning: invisible marks, wide digits' width, spreadsheet habits."""
    if not text.isascii():
        visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
        text = unicodedata.normalize("NFKC", visible).translate(_DASHES)
    plain = text.strip().removeprefix("'").strip()
    quoted = _TEXT_FORMULA.match(plain)
    if quoted:
        plain = quoted.group(1).strip()
    thousands = _THOUSANDS.match(plain)
    if thousands:
        return re.sub("[.,]", "", thousands.group(1) or thousands.group(2))
    number = _DIGITS_DOT_ZERO.match(plain)
    return number.group(1) if number else plain


_DASHES = {ord(dash): "-" for dash in "‐‑‒–—−"}


def _fault_of_form(text: str) -> PhoneFault | None:
    if not text:
        return PhoneFault.EMPTY
    if _SCIENTIFIC.match(text):
        return PhoneFault.SCIENTIFIC
    if any(sign.isalpha() for sign in text):
        return PhoneFault.LETTERS
    if _SEPARATES_NUMBERS.search(text) or text.count("+") > 1:
        return PhoneFault.SEVERAL
    if not _FORM.match(text) or not any(sign.isdigit() for sign in text):
        return PhoneFault.NOT_A_NUMBER
    return None


def _in_plan(text: str, region: str) -> PhoneNumber | RefusedPhone:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        return RefusedPhone(_FAULT_OF_PARSING.get(error.error_type, PhoneFault.NOT_A_NUMBER))
    if not phonenumbers.is_valid_number(number):
        length = phonenumbers.is_possible_number_with_reason(number)
        return RefusedPhone(_FAULT_OF_LENGTH.get(length, PhoneFault.NOT_ASSIGNED))
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(e164) if E164.match(e164) else RefusedPhone(PhoneFault.NOT_ASSIGNED)


_FAULT_OF_PARSING: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: PhoneFault.UNKNOWN_COUNTRY,
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneFault.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: PhoneFault.TOO_SHORT,
    NumberParseException.TOO_LONG: PhoneFault.TOO_LONG,
}

_FAULT_OF_LENGTH: Final = {
    ValidationResult.INVALID_COUNTRY_CODE: PhoneFault.UNKNOWN_COUNTRY,
    ValidationResult.TOO_SHORT: PhoneFault.TOO_SHORT,
    ValidationResult.TOO_LONG: PhoneFault.TOO_LONG,
}
