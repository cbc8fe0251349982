"""Conditions as a survey file writes them: ``satisfaccion <= 2 and motivo = demora|trato``."""

from __future__ import annotations

import re
from typing import Final

from cti_api.model.surveys import NO, YES, Comparison, Condition, Operator, Question, QuestionKind

_COMPARISON: Final = re.compile(r"([a-z][a-z0-9_-]{0,39})\s*(<=|>=|!=|=|<|>|\bsays\b)\s*(\S.*)\Z")
_AND: Final = re.compile(r"\s+and\s+")
_NUMBER: Final = re.compile(r"[0-9]{1,2}(\.[0-9])?\Z")
_OF_SCORES: Final = frozenset({Operator.AT_MOST, Operator.AT_LEAST, Operator.BELOW, Operator.ABOVE})
MOST_COMPARISONS: Final = 5


def condition(text: str) -> Condition:
    """The condition that `text` writes; whether its questions and values exist is for `why_impossible`."""
    parts = _AND.split(text.strip())
    if len(parts) > MOST_COMPARISONS:
        raise ValueError(f"has more than {MOST_COMPARISONS} comparisons")
    return tuple(_comparison(part) for part in parts)


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.match(text.strip())
    if not found:
        raise ValueError(
            "must be a question, a comparison and a value, such as `satisfaccion <= 2`, `motivo = demora|trato`, "
            "`comentario says demanda`; several are joined by `and`"
        )
    operator = Operator(found[2])
    values = tuple(value.strip() for value in found[3].split("|"))
    if not all(values):
        raise ValueError("has an empty value beside a `|`")
    if operator in _OF_SCORES and len(values) > 1:
        raise ValueError(f"`{operator}` takes one number")
    return Comparison(found[1], operator, values)


def why_impossible(compared: Comparison, question: Question) -> str:
    """Why this question's answer can never be compared so; empty where it can."""
    if compared.operator is Operator.SAYS:
        return "" if question.kind is QuestionKind.OPEN else f"`says` is for comments, and {question.id} is none"
    if question.kind is QuestionKind.OPEN:
        return f"{question.id} is a comment: ask for words with `says`"
    if question.kind is QuestionKind.SCALE:
        wrong = [v for v in compared.values if not _NUMBER.match(v) or not question.low <= float(v) <= question.high]
        return f"{wrong[0]} is no score of {question.id}, {question.low:g} to {question.high:g}" if wrong else ""
    if compared.operator in _OF_SCORES:
        return f"`{compared.operator}` is for scales, and {question.id} is none"
    known = (YES, NO) if question.kind is QuestionKind.YES_NO else tuple(choice.value for choice in question.choices)
    strange = [value for value in compared.values if value not in known]
    return f"{strange[0]} is no answer of {question.id}: {', '.join(known)}" if strange else ""
