"""How a question is put: its first time, again, and back to the caller to be confirmed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ivr.tree.limits import MOST_KEYS_A_PROMPT
from ivr.tree.nodes import Choice, Question, Tree
from ivr.tree.place import Place
from ivr.tree.prompts import Prompt, Values, filled
from ivr.tree.steps import Choosable, Kind, Listen

DAY_KEYS: Final = 8
"""DDMMYYYY."""


def listening(question: Question, values: Values, before: Prompt | None = None) -> Listen:
    """The question for a caller; `before` is said first when it is asked again."""
    offered: tuple[Prompt, ...] = ()
    if question.choices_at_once or before is not None:
        offered = tuple(choice.say for choice in question.choices)
    least, most = _keys(question)
    return Listen(
        kind=question.kind,
        prompt=filled(sum((before or (), question.prompt, *offered), ()), values),
        choices=tuple(map(_choosable, question.choices)),
        least_keys=least,
        most_keys=most,
        lowest=question.lowest,
        highest=question.highest,
        wait_seconds=question.wait_seconds,
        longest_seconds=question.longest_seconds,
        barge_in=question.barge_in,
    )


def confirming(tree: Tree, question: Question, place: Place, before: Prompt) -> Listen:
    """Is what is pending right?"""
    assert place.pending is not None
    words = filled(before + (question.say_back or tree.confirm), {**place.values, "heard": place.pending.shown})
    asked = replace(listening(question, {}), kind=Kind.YES_NO, prompt=words, choices=(), lowest=None, highest=None)
    return replace(asked, least_keys=1, most_keys=1)


def _choosable(choice: Choice) -> Choosable:
    return Choosable(value=choice.value, key=choice.key, phrases=choice.phrases, everywhere=choice.everywhere)


def _keys(question: Question) -> tuple[int, int]:
    """The fewest and the most keys that answer it."""
    by_choice = [len(choice.key) for choice in question.choices if choice.key]
    match question.kind:
        case Kind.DIGITS:
            most = question.most_keys
        case Kind.NUMBER:
            most = len(str(int(question.highest))) if question.highest is not None else MOST_KEYS_A_PROMPT
        case Kind.DATE:
            most = DAY_KEYS
        case Kind.YES_NO:
            most = 1
        case _:
            most = 0
    least = question.least_keys if question.kind is Kind.DIGITS else min(most, 1)
    if by_choice:
        least = min([least, *by_choice]) if most else min(by_choice)
    return least, max([most, *by_choice])
