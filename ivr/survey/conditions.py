"""Whether a condition holds, of what was answered so far."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from cti_api.model.surveys import Answer, Comparison, Condition, Operator


def holds(condition: Condition, answers: Mapping[str, Answer]) -> bool:
    """All of it; what was not answered fulfils nothing."""
    return all(_holds(compared, answers.get(compared.question)) for compared in condition)


def _holds(compared: Comparison, answer: Answer | None) -> bool:
    if answer is None:
        return False
    match compared.operator:
        case Operator.SAYS:
            said = f" {folded(answer.heard)} "
            return any(f" {folded(word)} " in said for word in compared.values)
        case Operator.IS:
            return any(_same(answer, value) for value in compared.values)
        case Operator.IS_NOT:
            return not any(_same(answer, value) for value in compared.values)
    if answer.score is None:
        return False
    bound = float(compared.values[0])
    match compared.operator:
        case Operator.AT_MOST:
            return answer.score <= bound
        case Operator.AT_LEAST:
            return answer.score >= bound
        case Operator.BELOW:
            return answer.score < bound
        case Operator.ABOVE:
            return answer.score > bound


def _same(answer: Answer, value: str) -> bool:
    return answer.score == float(value) if answer.score is not None else answer.value == value


_NO_WORD = re.compile(r"[^\w]+")


def folded(text: str) -> str:
    """Words alone: no case, accents or punctuation, so that ``Sí, señor.`` is ``si senor``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_NO_WORD.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).split())
