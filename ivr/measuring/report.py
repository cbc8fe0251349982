"""What a number of answers came to: right, wrong, asked again; which were taken for which; how long they took. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audio.alike import plain
from ivr.understanding.question import Kind
from ivr.understanding.weigh import ACT, CONFIRM

NOTHING: Final = "?"
"""In a confusion: asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One recording, and what was made of it."""

    file: str
    kind: Kind
    text: str
    expected: Any
    heard: str
    value: Any
    """None: not understood."""
    confidence: float
    seconds: float
    """From the end of the speech to the answer."""
    why: str = ""
    """Why there was no answer at all; empty: there was one."""
    node: str = ""
    """The tree's question; empty: none of a tree's."""

    @property
    def right(self) -> bool:
        """Understood as it was meant, to be confirmed or not."""
        return self.value is not None and self.confidence >= CONFIRM and self.value == self.expected

    @property
    def acts(self) -> bool:
        """Understood so clearly that nothing is confirmed."""
        return self.value is not None and self.confidence >= ACT

    @property
    def acts_wrongly(self) -> bool:
        return self.acts and self.value != self.expected

    @property
    def asked_again(self) -> bool:
        return self.value is None or self.confidence < CONFIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """The answers of one kind, or to one question of a tree."""

    kind: Kind
    node: str
    count: int
    right: float
    """Shares of the answers, 0..1."""
    right_after_one_more: float
    """Where what was not right at once (not understood, or denied when it was to be confirmed) is said again: the next
    recording of the same value stands for it. What was acted on wrongly stays wrong."""
    without_confirmation: float
    wrong_without_confirmation: float
    asked_again: float
    confused: tuple[tuple[str, str, int], ...]
    """(expected, taken for, how often), the most frequent first; ``?``: asked again."""
    seconds_median: float
    seconds_p95: float
    seconds_most: float
    word_errors: float | None = None
    """Of open comments: words wrong, missing or too many, of those that were said."""


def of_kinds(answers: Sequence[Answer]) -> tuple[OfKind, ...]:
    """One row for each kind that there is, and each question of a tree."""
    asked = dict.fromkeys((answer.kind, answer.node) for answer in answers)
    return tuple(
        _of_kind(*each, [answer for answer in answers if (answer.kind, answer.node) == each]) for each in asked
    )


def _of_kind(kind: Kind, node: str, answers: Sequence[Answer]) -> OfKind:
    count = len(answers)
    seconds = sorted(answer.seconds for answer in answers)
    taken = Counter(
        (_shown(answer.expected), NOTHING if answer.asked_again else _shown(answer.value))
        for answer in answers
        if not answer.right
    )
    is_open = kind is Kind.OPEN
    return OfKind(
        kind=kind,
        node=node,
        count=count,
        right=sum(map(_right, answers)) / count,
        right_after_one_more=sum(_right(each) or _second(each, answers) for each in answers) / count,
        without_confirmation=sum(answer.acts for answer in answers) / count,
        wrong_without_confirmation=0.0 if is_open else sum(answer.acts_wrongly for answer in answers) / count,
        asked_again=sum(answer.asked_again for answer in answers) / count,
        confused=() if is_open else tuple((said, got, many) for (said, got), many in taken.most_common(20)),
        seconds_median=seconds[count // 2],
        seconds_p95=percentile(seconds, 0.95),
        seconds_most=seconds[-1],
        word_errors=word_errors((answer.text, answer.heard) for answer in answers) if is_open else None,
    )


def _right(answer: Answer) -> bool:
    if answer.kind is Kind.OPEN:
        return plain(answer.heard) == plain(answer.text)
    return answer.right


def _second(answer: Answer, answers: Sequence[Answer]) -> bool:
    """Whether the next recording of the same value is right, where a second try is made at all."""
    if answer.acts_wrongly or answer.kind is Kind.OPEN:
        return False
    same = [each for each in answers if each.expected == answer.expected]
    other = same[(same.index(answer) + 1) % len(same)]
    return other is not answer and other.right


def percentile(ascending: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not pass."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def word_errors(pairs: Iterator[tuple[str, str]]) -> float:
    """Of (said, heard) pairs."""
    wrong = said = 0
    for text, heard in pairs:
        words, others = plain(text).split(), plain(heard).split()
        said += len(words)
        row = list(range(len(others) + 1))
        for i, word in enumerate(words, 1):
            above, row[0] = row[0], i
            for j, other in enumerate(others, 1):
                above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (word != other))
        wrong += row[-1]
    return wrong / said if said else 0.0


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
