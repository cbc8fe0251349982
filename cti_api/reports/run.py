"""A report on its way to one reader: what is known of it, and its life as a table.

It is planned when it is due, and made. Its row says ``sending`` on the disk before the mail server is given the letter
(SMTP's DATA). Before that nothing can have gone: what is found ``building`` after a crash is planned again. After it,
only the server's answer tells: taken (``sent``), refused for now (planned again, after a pause), refused for good
(``failed``). Without an answer, and after a crash, it is ``in_doubt``: that is told, and it is never sent again by
itself. Its Message-ID is kept, by which a person finds the letter or sees that it is not there, and then closes it or
has it sent again.

What is not in the table is refused and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from cti_api.reports.periods import Period

RunId = NewType("RunId", str)
"""32 hex digits, made by us; the letter's Message-ID begins with it."""


class RunState(StrEnum):
    """Where it stands."""

    PLANNED = "planned"
    """It is made and sent at `Run.next_at`."""
    BUILDING = "building"
    """It is being made; the mail server has nothing of it."""
    SENDING = "sending"
    """The mail server may have it from here on."""
    SENT = "sent"
    """The mail server has it."""
    IN_DOUBT = "in_doubt"
    """It went, and no answer came: a person asks the reader, and decides."""
    FAILED = "failed"
    """It was not sent, and is not by itself: `Run.reason` says why."""
    CLOSED = "closed"
    """A person saw to it: it did arrive, it is not wanted, or it was sent again under another id."""


OVER: Final = frozenset({RunState.SENT, RunState.IN_DOUBT, RunState.FAILED, RunState.CLOSED})
"""Nothing more happens to it by itself."""
ON_ITS_WAY: Final = frozenset(RunState) - OVER


class RunStep(StrEnum):
    """What happens to it."""

    BUILD = "build"
    GO = "go"
    """The next byte may make the mail server have it."""
    TAKEN = "taken"
    REFUSED = "refused"
    """Not now and not ever: by the mail server, or because it cannot be made."""
    NOT_TAKEN = "not_taken"
    """It is known that the mail server does not have it, and later it may."""
    NO_ANSWER = "no_answer"
    CLOSE = "close"
    """A person's decision."""


S = RunState

TABLE: Final[dict[tuple[RunState, RunStep], RunState]] = {
    (S.PLANNED, RunStep.BUILD): S.BUILDING,
    (S.BUILDING, RunStep.GO): S.SENDING,
    (S.BUILDING, RunStep.REFUSED): S.FAILED,
    (S.BUILDING, RunStep.NOT_TAKEN): S.PLANNED,
    (S.SENDING, RunStep.TAKEN): S.SENT,
    (S.SENDING, RunStep.REFUSED): S.FAILED,
    (S.SENDING, RunStep.NOT_TAKEN): S.PLANNED,
    (S.SENDING, RunStep.NO_ANSWER): S.IN_DOUBT,
    **{(state, RunStep.CLOSE): S.CLOSED for state in (S.PLANNED, S.IN_DOUBT, S.FAILED)},
}


def after(state: RunState, step: RunStep) -> RunState | None:
    """Where the step leads; None: nowhere, nothing changes."""
    return TABLE.get((state, step))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A report that is due: what each of its readers gets."""

    report: str
    """Its name in the settings; empty for one that somebody asked for."""
    kind: str
    of: str = ""
    """The campaign or survey; empty for all."""
    period: Period
    due_at: datetime
    key: str
    """With `report` and `of`: what is planned once. Of one by the calendar its period, so that a change of the hour in
    the settings sends no month twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The sending of one report to one reader."""

    id: RunId
    occasion: Occasion
    recipient: str
    """A mailbox."""
    again: int = 0
    """0 as planned; from 1 on, a person's decision to send it once more."""
    asked_by: str = ""
    """Who asked for it; empty for the schedule."""
    state: RunState = RunState.PLANNED
    state_since: datetime
    next_at: datetime
    """When it is tried next, while it is planned."""
    tries: int = 0
    """How often it was tried in vain."""
    interrupted: int = 0
    """How often Vocero ended, or its store went away, while it was being made."""
    reason: str = ""
    message_id: str = ""
    """Of the letter that went or may have gone."""
    created_at: datetime
