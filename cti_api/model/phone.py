"""A phone number as the product keeps it: E.164 and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
"""ITU-T E.164: a plus sign and at most 15 digits, the first of them not zero."""


@dataclass(frozen=True, slots=True, order=True)
class PhoneNumber:
    """A number that can be dialled from anywhere, such as ``+573001234567``."""

    e164: str

    def __post_init__(self) -> None:
        if not E164.match(self.e164):
            raise ValueError(f"not an E.164 number: {self.e164!r}")

    @property
    def digits(self) -> str:
        """The number without the plus sign, as it goes to a trunk."""
        return self.e164[1:]

    @property
    def masked(self) -> str:
        """For logs and screens of people who need not know it: ``+57******4567``."""
        return f"{self.e164[:3]}{'*' * (len(self.e164) - 7)}{self.e164[-4:]}"

    def __str__(self) -> str:
        return self.e164


class PhoneKind(StrEnum):
    """What kind of line a number is, as far as a person who plans attempts tells them apart."""

    MOBILE = "mobile"
    LANDLINE = "landline"
