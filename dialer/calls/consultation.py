"""One consultation: an agent speaks with a colleague before the person is handed on, or before they have them again.

Theory of operation
-------------------
Asterisk is asked to take agent and person apart (`ASKED`). Once it says that the person hears music, the colleague is
fetched, or rung (`CALLING`), until the two hear each other (`TALKING`). From there the agent hands the person over
(`HANDING`) or goes back to them (`RETURNING`). A colleague who does not come, or goes, and a limit that is over, bring
the agent back as well; in Asterisk's own dialplan so, whether a dialer runs or not, and what is asked for here is asked
again until the two hear each other. A person who is gone, or any other end of the talk, ends it: the colleague is let
go. So the person is never with nobody for longer than the limits below, and the colleague never with nobody at all.

What is not in the table changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final

from cti_api.live_ports import ConsultState


class Happened(Enum):
    """Everything that moves a consultation."""

    KEPT = "kept"
    """The person hears music."""
    PICKED_UP = "picked_up"
    """The colleague's leg is on the line, and waits for the agent."""
    ANSWERED = "answered"
    """Agent and colleague hear each other."""
    COLLEAGUE_GONE = "colleague_gone"
    """They do not take the call, or have hung up."""
    WANTS_BACK = "wants_back"
    """The agent, or the colleague, has done with it."""
    LATE = "late"
    """The limit of the present state is over."""
    HANDS_OVER = "hands_over"
    """The agent wants the colleague to have the person."""
    REFUSED = "refused"
    """… and Asterisk does not do it."""
    HANDED = "handed"
    """… and it is done."""
    PERSON_BACK = "person_back"
    """Agent and person hear each other again."""
    TALK_OVER = "talk_over"
    """The person is gone, or another's, or the agent is lost."""


class Do(Enum):
    """What is to be done after a step, in order."""

    CALL_COLLEAGUE = "call_colleague"
    JOIN = "join"
    """Agent and colleague."""
    TELL_ANSWERED = "tell_answered"
    BRING_BACK = "bring_back"
    """The agent to the person."""
    LET_GO = "let_go"
    """The colleague."""
    END = "end"
    """It is over."""


class How(StrEnum):
    """What became of a consultation."""

    HANDED_ON = "handed_on"
    BACK = "back"
    """It was ended."""
    UNANSWERED = "unanswered"
    LEFT = "left"
    """The colleague was there, and went."""
    LATE = "late"
    """It lasted too long."""
    OVER = "over"
    """The talk with the person is."""


S = ConsultState

ASKED_FOR: Final = timedelta(seconds=2)
"""Asterisk takes two apart within milliseconds, or did not hear of it."""

SENT_FOR: Final = timedelta(seconds=3)
"""A leg that is up is joined in milliseconds, behind a pip; one that is not by now does not work."""

TALKED_FOR: Final = timedelta(minutes=5)
"""As long as the person may hear music; the dialplan's own limit stands half a minute behind (``heldfor``)."""

BACK_AGAIN: Final = timedelta(seconds=3)
"""When Asterisk is asked once more to bring the agent back."""

TABLE: Final[dict[tuple[ConsultState, Happened], tuple[ConsultState, tuple[Do, ...]]]] = {
    (S.ASKED, Happened.KEPT): (S.CALLING, (Do.CALL_COLLEAGUE,)),
    (S.ASKED, Happened.LATE): (S.OVER, (Do.LET_GO, Do.END)),
    (S.CALLING, Happened.PICKED_UP): (S.CALLING, (Do.JOIN,)),
    (S.CALLING, Happened.ANSWERED): (S.TALKING, (Do.TELL_ANSWERED,)),
    (S.CALLING, Happened.COLLEAGUE_GONE): (S.RETURNING, (Do.BRING_BACK,)),
    (S.CALLING, Happened.LATE): (S.RETURNING, (Do.BRING_BACK, Do.LET_GO)),
    (S.CALLING, Happened.WANTS_BACK): (S.RETURNING, (Do.BRING_BACK, Do.LET_GO)),
    (S.TALKING, Happened.COLLEAGUE_GONE): (S.RETURNING, (Do.BRING_BACK,)),
    (S.TALKING, Happened.LATE): (S.RETURNING, (Do.BRING_BACK, Do.LET_GO)),
    (S.TALKING, Happened.WANTS_BACK): (S.RETURNING, (Do.BRING_BACK, Do.LET_GO)),
    (S.TALKING, Happened.HANDS_OVER): (S.HANDING, ()),
    (S.HANDING, Happened.REFUSED): (S.TALKING, ()),
    (S.HANDING, Happened.HANDED): (S.OVER, (Do.END,)),
    (S.RETURNING, Happened.LATE): (S.RETURNING, (Do.BRING_BACK,)),
    # true whatever we believed; while it is handed over, what follows from that says how it went
    **{
        (state, what): (S.OVER, (Do.LET_GO, Do.END))
        for state in (S.CALLING, S.TALKING, S.RETURNING)
        for what in (Happened.PERSON_BACK, Happened.TALK_OVER)
    },
    (S.ASKED, Happened.TALK_OVER): (S.OVER, (Do.LET_GO, Do.END)),
}

_WHY: Final = {
    Happened.WANTS_BACK: How.BACK,
    Happened.HANDED: How.HANDED_ON,
    Happened.TALK_OVER: How.OVER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """Where one stands."""

    ring_seconds: float
    """How long the colleague may take to answer."""
    since: datetime
    """In this state."""
    state: ConsultState = S.ASKED
    kept_at: datetime | None = None
    """Since when the person hears music."""
    answered_at: datetime | None = None
    how: How | None = None
    """What became of it, as soon as that is known."""

    @property
    def late_at(self) -> datetime | None:
        """When the present state has lasted too long; None: another limit holds."""
        match self.state:
            case S.ASKED:
                return self.since + ASKED_FOR
            case S.CALLING:
                return self.since + timedelta(seconds=self.ring_seconds)
            case S.TALKING:
                return (self.kept_at or self.since) + TALKED_FOR
            case S.RETURNING:
                return self.since + BACK_AGAIN
            case _:
                return None


def step(consultation: Consultation, what: Happened, now: datetime) -> tuple[Consultation, tuple[Do, ...]]:
    """Take what happened at `now`: as it stands then, and what is to be done. Without a row in `TABLE`: nothing."""
    row = TABLE.get((consultation.state, what))
    if row is None:
        return consultation, ()
    state, todo = row
    moved = replace(consultation, state=state, since=now, how=consultation.how or _how(consultation, what))
    if what is Happened.KEPT:
        moved = replace(moved, kept_at=now)
    elif what is Happened.ANSWERED:
        moved = replace(moved, answered_at=now)
    return moved, todo


def _how(consultation: Consultation, what: Happened) -> How | None:
    if what in (Happened.KEPT, Happened.PICKED_UP, Happened.ANSWERED, Happened.HANDS_OVER, Happened.REFUSED):
        return None
    if what in _WHY:
        return _WHY[what]
    if consultation.answered_at is None:
        return How.UNANSWERED
    return How.LATE if what is Happened.LATE else How.LEFT
