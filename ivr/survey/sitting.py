"""One person's place in a survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cti_api.model.surveys import Answer, Outcome, Survey
from ivr.survey.steps import Step


class Stage(StrEnum):
    NEW = "new"
    """Nothing was said yet."""
    ASKING = "asking"
    CONFIRMING = "confirming"
    """The person is asked whether `Sitting.pending` is right."""
    RECORDING = "recording"
    OFFERING = "offering"
    """All is asked; the person is asked whether a trigger is to follow."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Everything that decides what comes next."""

    began_at: datetime
    stage: Stage = Stage.NEW
    at: int = -1
    """Place of the question, or in `Stage.OFFERING` of the trigger."""
    silences: int = 0
    misunderstandings: int = 0
    """Of the present question."""
    repeats: int = 0
    """How often it was said again because the person asked for it."""
    given_up: int = 0
    """Questions in a row that were given up."""
    pending: Answer | None = None
    recording: bool = False
    """A comment was asked for and has not come: it is still taken after the person hung up."""
    answers: tuple[Answer, ...] = ()
    """In the order in which they were given, those of an earlier call first."""
    followed: frozenset[str] = frozenset()
    """Names of triggers that were set off."""
    outcome: Outcome | None = None

    @property
    def by_question(self) -> dict[str, Answer]:
        return {answer.question: answer for answer in self.answers}


@dataclass(frozen=True, slots=True)
class Taken:
    """Where the person is now, and what is to be done."""

    sitting: Sitting
    steps: tuple[Step, ...]


def seated(
    survey: Survey, now: datetime, answers: Sequence[Answer] = (), followed: frozenset[str] = frozenset()
) -> Sitting:
    """The place at which everybody begins; who answered some questions in an earlier call is asked the others, and
    whether they want to in every call."""
    known = {question.id for question in survey.questions if not question.refuses}
    kept = tuple(answer for answer in answers if answer.question in known)
    return Sitting(began_at=now, answers=kept, followed=followed)
