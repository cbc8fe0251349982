"""A tree's question as it is listened for, and what was understood as the tree takes it.

Trying a tree in the terminal, its cases and real calls go this way: they understand the same.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from ivr.tree.inputs import Heard, NoMatch
from ivr.tree.limits import LONGEST_VALUE
from ivr.tree.nodes import Ask, CallBack, Directory, Menu, Tree
from ivr.tree.prompts import Value
from ivr.tree.steps import Kind, Listen
from ivr.tree.wording import listening
from ivr.understanding import question as neutral
from ivr.understanding.question import Question, read
from ivr.understanding.understood import Understood

_KINDS: Final = {
    Kind.MENU: neutral.Kind.MENU,
    Kind.CHOICE: neutral.Kind.MENU,
    Kind.NAME: neutral.Kind.NAME,
    Kind.DIGITS: neutral.Kind.DIGITS,
    Kind.NUMBER: neutral.Kind.NUMBER,
    Kind.DATE: neutral.Kind.DATE,
    Kind.YES_NO: neutral.Kind.YES_NO,
    Kind.OPEN: neutral.Kind.OPEN,
}
_SMALL: Final = Decimal(10)
"""Up to here a number is listened for as a score is: each value a phrase of its own, which is heard better."""


def question_of(listen: Listen, today: date) -> Question:
    """What a recogniser listens for. `today`: on the tree's clock."""
    own = [each for each in listen.choices if not each.everywhere]
    instead = {phrase: each.value for each in listen.choices if each.everywhere for phrase in each.phrases}
    keys = {each.key: each.value for each in listen.choices if each.key}
    match listen.kind, listen.lowest, listen.highest:
        case Kind.NUMBER, Decimal() as lowest, Decimal() as highest if 0 <= lowest <= highest <= _SMALL:
            low, high = int(lowest), int(highest)
            return Question(kind=neutral.Kind.SCORE, instead=instead, lowest=low, highest=high, halves=False)
        case Kind.NAME, _, _:
            directory = {each.value: each.phrases for each in own}
            return Question(kind=neutral.Kind.NAME, instead=instead, keys=keys, directory=directory)
        case kind, _, _:
            choices = {phrase: each.value for each in own for phrase in each.phrases}
            keys = keys if kind in (Kind.MENU, Kind.CHOICE) else {}  # a number or date has digits of its own
            return Question(kind=_KINDS[kind], instead=instead, keys=keys, choices=choices, today=today)


def questions_of(tree: Tree, today: date) -> dict[str, Question]:
    """What each node of a tree listens for, as it is asked first; nodes that ask nothing are left out."""
    asking = {name: node for name, node in tree.nodes.items() if isinstance(node, Menu | Ask | Directory | CallBack)}
    return {name: question_of(listening(node.question, tree.variables), today) for name, node in asking.items()}


def heard(listen: Listen, understood: Understood[Any]) -> Heard | NoMatch:
    """What the tree is told of an answer; one that is no choice of this question is none."""
    value = _value(understood.value)
    chosen = listen.kind in (Kind.MENU, Kind.CHOICE, Kind.NAME)
    if value is None or (chosen and value not in {each.value for each in listen.choices}):
        return NoMatch()
    return Heard(understood.heard[:LONGEST_VALUE], value, understood.confidence)


def said(listen: Listen, text: str, today: date) -> Heard | NoMatch:
    """What the tree is told of these words, were every one of them recognised."""
    return heard(listen, read(question_of(listen, today), text))


def _value(understood: object) -> Value | None:
    match understood:
        case bool() | str() | date():
            return understood
        case int():
            return Decimal(understood)
        case float():
            return Decimal(f"{understood:g}")  # a score, as it was said: 8, not 8.0
        case _:
            return None
