"""The breaker: a system that does not answer is left alone for a while, so that callers do not wait for nothing.

Theory of operation
-------------------
Closed, every question is asked. After `FAILURES` failures in a row the breaker is open: for `REST_SECONDS` nothing is
asked, and whoever calls goes at once where the tree leads when a look-up fails. Then one question is let through, that
of an ordinary caller; while it is under way the others are still spared. An answer closes the breaker, with a clean
slate; another failure opens it anew. A caller may hang up in the middle of it: after another `REST_SECONDS` the next
question is let through.

That nobody of that name is known is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FAILURES: Final = 5
"""In a row. Of callers who each wait up to 3 s: enough to tell a fault of theirs from one of a single question."""

REST_SECONDS: Final = 15.0
"""As the trunks' breaker has it (`dialer.trunks.breaker`): soon enough that hardly a caller notices that it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What is known of one system. `now` is seconds on one clock that does not jump."""

    failures: int = 0
    """In a row."""
    rests_from: float | None = None
    """While it is open: when it opened, or when the last question was let through. None: it is closed."""

    @property
    def is_open(self) -> bool:
        return self.rests_from is not None

    def may_ask(self, now: float) -> bool:
        return self.rests_from is None or now - self.rests_from >= REST_SECONDS

    def asked(self, now: float) -> Breaker:
        """After a question went out, which `may_ask` allowed."""
        return self if self.rests_from is None else replace(self, rests_from=now)

    def answered(self) -> Breaker:
        return Breaker()

    def failed(self, now: float) -> Breaker:
        failures = self.failures + 1
        return Breaker(failures=failures, rests_from=now if failures >= FAILURES else None)
