"""The words the law's rules are written in."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a contact is for."""

    COLLECTIONS = "collections"
    COMMERCIAL = "commercial"
    """Advertising, offers, sales."""
    SURVEY = "survey"
    SERVICE = "service"
    """About something the person has with us already: a delivery, an appointment, an interruption."""
    ASKED_FOR = "asked_for"
    """The person asked for this very contact; who, when and how is on record."""


class Channel(StrEnum):
    VOICE = "voice"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


class Certainty(StrEnum):
    """How well a rule is founded."""

    SURE = "sure"
    """The text of the law or the authority's own words were seen, or two legal sources that agree."""
    LAWYER = "lawyer"
    """Conflicting, second-hand or an interpretation: a lawyer is to be asked."""
    PRUDENCE = "prudence"
    """Not law: our own caution."""


class Counted(StrEnum):
    """Which of the past contacts a rule counts."""

    DIRECT_CONTACTS = "direct_contacts"
    """Those in which the person and we spoke or wrote to each other."""
    ATTEMPTS = "attempts"
    """Those that reached nobody."""


class Scope(StrEnum):
    """Among what a rule counts."""

    PERSON = "person"
    """All of the person's numbers and channels."""
    NUMBER = "number"
    """The number about to be used."""
    CHANNEL = "channel"
    """The channel about to be used, over all of the person's numbers."""


class Period(StrEnum):
    """Over how long a rule counts, by the person's own calendar."""

    DAY = "day"
    WEEK = "week"
    """Monday to Sunday."""


class Remedy(StrEnum):
    """What can change a refusal."""

    WAIT = "wait"
    """Time alone."""
    ACT = "act"
    """Somebody has to do something: the sentence says what."""
    NONE = "none"
    """The person does not want it, or it is forbidden."""
