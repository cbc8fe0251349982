"""The life of a message, as a table.

A message goes out at most once. It becomes ``sending`` on the disk before the first byte leaves; then the answer says
what it is: taken (``accepted``), refused for good (``dead``), not taken but welcome later (``failed``, sent again after
a pause), or nothing at all (``unknown``). What is unknown is never sent again by itself: a report of the provider that
names our id decides, and after a deadline it is a dead letter. Whoever finds ``sending`` in the store at the start was
killed in between, so that is unknown too.

Reports come late, twice and out of order. Each only ever moves a message forward: delivered is not undone by ``sent``,
nor by ``failed``. A report may also prove that a message arrived which we had given up: then it did arrive, whatever
state it is in, and it is not sent again.

What is not in the table is refused and changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from cti_api.model.messages import WAITING, MessageState


class Step(StrEnum):
    """What happens to a message."""

    BEGIN = "begin"
    TAKEN = "taken"
    """The provider's answer: it has it."""
    REFUSED = "refused"
    """The provider's answer: not this message, now or ever."""
    NOT_TAKEN = "not_taken"
    """It is known that the provider did not take it, and later it may."""
    NO_ANSWER = "no_answer"
    """Nobody knows: no answer, or one that says nothing."""
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    """The provider's reports."""
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    GIVE_UP = "give_up"
    """It was tried often enough, or a report was waited for long enough."""
    RETRY = "retry"
    DROP = "drop"
    """A person's decisions."""


S = MessageState

_REPORTED: Final = (S.SENDING, S.UNKNOWN, S.ACCEPTED, S.DEAD, S.PLANNED, S.FAILED, S.EXPIRED, S.SUPPRESSED, S.DROPPED)
"""From where a report that it arrived is believed: also where a person has planned it anew, or it was given up."""

TABLE: Final[dict[tuple[MessageState, Step], MessageState]] = {
    **{(state, Step.BEGIN): S.SENDING for state in WAITING},
    **{(state, Step.SUPPRESS): S.SUPPRESSED for state in WAITING},
    **{(state, Step.EXPIRE): S.EXPIRED for state in WAITING},
    **{(state, Step.DROP): S.DROPPED for state in (*WAITING, S.UNKNOWN, S.DEAD)},
    (S.SENDING, Step.TAKEN): S.ACCEPTED,
    (S.SENDING, Step.REFUSED): S.DEAD,
    (S.SENDING, Step.NOT_TAKEN): S.FAILED,
    (S.SENDING, Step.NO_ANSWER): S.UNKNOWN,
    (S.FAILED, Step.GIVE_UP): S.DEAD,
    (S.UNKNOWN, Step.GIVE_UP): S.DEAD,
    (S.DEAD, Step.RETRY): S.PLANNED,
    **{(state, Step.SENT): S.ACCEPTED for state in _REPORTED if state is not S.ACCEPTED},
    **{(state, Step.DELIVERED): S.DELIVERED for state in _REPORTED},
    **{(state, Step.READ): S.READ for state in (*_REPORTED, S.DELIVERED)},
    **{(state, Step.UNDELIVERED): S.DEAD for state in (S.SENDING, S.UNKNOWN, S.ACCEPTED)},
}


def after(state: MessageState, step: Step) -> MessageState | None:
    """Where the step leads; None: nowhere, nothing changes."""
    return TABLE.get((state, step))


FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=4)


def pause(tries: int, asked: timedelta | None = None) -> timedelta:
    """How long after the nth try that was not taken the next comes: 1, 5, 25 minutes …, or what the provider `asked`
    for where that is longer; four hours at most."""
    own = FIRST_PAUSE * 5.0 ** min(max(tries, 1) - 1, 6)
    return min(max(own, asked or own), LONGEST_PAUSE)
