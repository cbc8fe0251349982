"""A telephone that makes codes, as its owner's."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from cti_api.access.totp import code_at, step_of


@dataclass
class Telephone:
    secret: bytes

    @classmethod
    def that_reads(cls, groups: list[str]) -> Telephone:
        return cls(base64.b32decode("".join(groups)))

    def shows(self, now: datetime) -> str:
        return code_at(self.secret, step_of(now))
