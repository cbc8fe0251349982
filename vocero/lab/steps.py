"""What happened at the customers' telephones, as SIPp wrote it down, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from cti_api.model.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened at a telephone."""

    at: float
    """Seconds since 1970."""
    what: str
    """``invited``, ``early`` (sound before the answer), ``answered``, ``failed``, ``canceled``, ``hung_up`` (by the
    caller) or ``left`` (hung up itself)."""
    number: PhoneNumber
    caller: str
    """Digits of the caller id shown."""
    call_id: str
    """SIP Call-ID: one per call, however often its INVITE is repeated."""
    sound_port: int
    """Asterisk's port for this call's sound."""


def read_steps(text: str) -> list[Step]:
    """The steps in SIPp's log; a line that is not whole is passed over.

    A line is SIPp's date, time and seconds, then the scenario's own words.
    """
    steps = []
    for line in text.splitlines():
        words = line.split()
        if len(words) == 8:
            _, _, seconds, what, called, caller, call_id, sound_port = words
            steps.append(Step(float(seconds), what, PhoneNumber(f"+{called}"), caller, call_id, int(sound_port)))
    return steps
