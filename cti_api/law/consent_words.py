"""What a list's own words for a consent mean to the law."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from cti_api.law.facts import Consent
from cti_api.law.terms import Channel, Purpose
from cti_api.model import consents as told

CHANNELS: Final[dict[told.Channel, Channel]] = {
    told.Channel.CALL: Channel.VOICE,
    told.Channel.SMS: Channel.SMS,
    told.Channel.WHATSAPP: Channel.WHATSAPP,
    told.Channel.EMAIL: Channel.EMAIL,
}

PURPOSES: Final[dict[str, Purpose]] = {
    **{purpose.value: purpose for purpose in Purpose},
    "cobranza": Purpose.COLLECTIONS,
    "cobro": Purpose.COLLECTIONS,
    "cartera": Purpose.COLLECTIONS,
    "comercial": Purpose.COMMERCIAL,
    "mercadeo": Purpose.COMMERCIAL,
    "marketing": Purpose.COMMERCIAL,
    "publicidad": Purpose.COMMERCIAL,
    "ventas": Purpose.COMMERCIAL,
    "encuesta": Purpose.SURVEY,
    "encuestas": Purpose.SURVEY,
    "servicio": Purpose.SERVICE,
    "posventa": Purpose.SERVICE,
}
"""The words that are understood; what a list calls otherwise is no consent for anything."""

_WORD: Final = re.compile(r"[a-z_]+")


def purposes_in(text: str) -> frozenset[Purpose]:
    """The purposes that a list's text names; none where it names none that is known."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return frozenset(PURPOSES[word] for word in _WORD.findall(plain) if word in PURPOSES)


def as_law_reads(consent: told.Consent) -> Consent:
    """A consent as it was written down, as the law looks at it."""
    return Consent(
        purposes=purposes_in(consent.purpose),
        channels=frozenset({CHANNELS[consent.channel]}),
        given_at=consent.at,
        evidence=consent.evidence,
        own_initiative=bool(consent.own_initiative.strip()),
    )
