"""Cells that mean something (text for a person, a span of days, a consent): each gives a value or a reason."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.lead_file.days import parse_day
from cti_api.lead_file.vocabulary import folded
from cti_api.model.consents import Channel, Consent

DAY: Final = timedelta(days=1)

NO_DATE: Final = "this is not a date: write 2026-12-31"

_CHANNELS: Final = {
    Channel.CALL: "call calls voice phone telephone telefono llamada llamadas voz telefonico",
    Channel.SMS: "sms texto mensaje",
    Channel.WHATSAPP: "whatsapp wa wsp",
    Channel.EMAIL: "email mail correo",
}
_CHANNEL_OF: Final = {word: channel for channel, words in _CHANNELS.items() for word in words.split()}
_FILLERS: Final = frozenset({"y", "and", "e", "electronico"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that does not say what its column should."""

    reason: str


def one_line(text: str) -> str:
    """`text` with a space for each control character: one would move the cursor, or the line, of whoever reads it.

    The apostrophe with which a spreadsheet marks text is no part of it.
    """
    if text[:1] == "'" and text[1:2] in _MARKED:
        text = text[1:]
    if text.isprintable():
        return text.strip()
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).strip()


def lines_of(text: str) -> str:
    """The same for a note, which may have lines."""
    if text.isprintable():
        return one_line(text)
    return "\n".join(one_line(line) for line in text.splitlines()).strip()


_MARKED: Final = frozenset("=+-@0123456789")


def instant_of(text: str, region: str, zone: str, *, end: bool) -> datetime | Refusal | None:
    """The instant (UTC) at which a day begins, or with `end` is over, where the clock is `zone`'s; None for no text."""
    if not text.strip():
        return None
    day = parse_day(text, region)
    if day is None:
        return Refusal(NO_DATE)
    return _at(day, zone, end=end)


def _at(day: date | datetime, zone: str, *, end: bool) -> datetime:
    local = day if isinstance(day, datetime) else datetime.combine(day + DAY if end else day, time(0))
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def consents_of(
    channels: str, purpose: str, day: str, evidence: str, own_initiative: str, region: str, zone: str
) -> tuple[Consent, ...] | Refusal:
    """What one row tells of consent; nothing where it names no channel."""
    if not channels.strip():
        return ()
    words = [word for word in folded(channels).replace("e mail", "email").split() if word not in _FILLERS]
    unknown = [word for word in words if word not in _CHANNEL_OF]
    if unknown or not words:
        return Refusal(f"`{one_line(channels)[:40]}` is no channel: write call, sms, whatsapp or email")
    at = instant_of(day, region, zone, end=False)
    if at is None:
        return Refusal("a consent without the day on which it was given proves nothing")
    if isinstance(at, Refusal):
        return at
    found = dict.fromkeys(_CHANNEL_OF[word] for word in words)
    came = one_line(own_initiative)
    own = "" if folded(came) in _DID_NOT_COME else came
    return tuple(
        Consent(channel=channel, at=at, evidence=one_line(evidence), purpose=one_line(purpose), own_initiative=own)
        for channel in found
    )


_DID_NOT_COME: Final = frozenset({"", "no", "n", "0", "false", "falso", "ninguna", "na", "n a"})
"""What a cell says of a person who did not come by themselves."""
