"""What the law is asked of a message. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cti_api.law.about import facts_about
from cti_api.law.decide import decide
from cti_api.law.facts import Decision, OnRecord
from cti_api.law.rules import Pack
from cti_api.law.terms import Channel, Purpose
from cti_api.model.leads import Lead
from cti_api.model.messages import Message


class Law:
    """The packs in force, to be asked of messages."""

    def __init__(self, packs: Callable[[], tuple[Pack, ...]]) -> None:
        """`packs` gives those that hold at the moment."""
        self._packs = packs

    def ask(self, message: Message, lead: Lead, known: OnRecord, now: datetime) -> Decision:
        """Whether `message` may begin now, on the person's own clock; it is asked as a call is, for its channel."""
        assert message.number is not None  # whatever goes to a person has one
        purpose = message.purpose or Purpose.COMMERCIAL  # in doubt, what is asked most of
        return decide(facts_about(lead, message.number, known, purpose, Channel(message.via.value)), self._packs(), now)
