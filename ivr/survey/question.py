"""A survey's question as it is listened for, and what was understood as the survey takes it."""

from __future__ import annotations

from typing import Any

from cti_api.model.surveys import NO, YES, QuestionKind
from ivr.survey.inputs import Heard, NoMatch
from ivr.survey.steps import Listen
from ivr.survey.understood import Command
from ivr.understanding.question import Kind, Question, read
from ivr.understanding.understood import Understood
from ivr.understanding.weigh import ACT


def question_of(listen: Listen) -> Question:
    """What a recogniser listens for; "repita" and "siguiente" may be said instead of any answer."""
    commands = set(Command)
    own = {words: each.value for each in listen.phrases if each.value not in commands for words in each.words}
    instead = {words: each.value for each in listen.phrases if each.value in commands for words in each.words}
    match listen.kind:
        case QuestionKind.SCALE:
            scores = [float(value) for value in own.values()]
            return Question(
                kind=Kind.SCORE,
                instead=instead,
                lowest=int(min(scores)),
                highest=int(max(scores)),
                halves=any(score % 1 for score in scores),
            )
        case QuestionKind.YES_NO:
            return Question(kind=Kind.YES_NO, instead=instead)
        case QuestionKind.CHOICE:
            return Question(kind=Kind.MENU, instead=instead, choices=own, keys=dict(listen.keypad.answers))
        case QuestionKind.OPEN:
            return Question(kind=Kind.OPEN)


def heard(listen: Listen, understood: Understood[Any]) -> Heard | NoMatch:
    """What the survey is told of an answer: a score, yes or no, a choice's value, or a command. One that is no answer
    of this question is none, nor is a command that is not sure: nobody asks back whether to skip, only the question."""
    value = understood.value
    kept = {True: YES, False: NO}[value] if isinstance(value, bool) else value
    kept = f"{kept:g}" if isinstance(kept, float) else kept
    if value is None or kept not in {each.value for each in listen.phrases}:
        return NoMatch()
    if kept in set(Command) and understood.confidence < ACT:
        return NoMatch()
    return Heard(understood.heard, value, understood.confidence)


def said(listen: Listen, text: str) -> Heard | NoMatch:
    """What the survey is told of these words, were every one of them recognised."""
    return heard(listen, read(question_of(listen), text))
