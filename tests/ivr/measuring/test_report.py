"""What a number of answers came to."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.measuring.report import Answer, of_kinds, percentile, word_errors
from ivr.understanding.question import Kind


def answer(expected: Any, value: Any, confidence: float = 1.0, **other: Any) -> Answer:
    told = {
        "file": f"{expected}{value}{confidence}",
        "kind": Kind.MENU,
        "text": "",
        "heard": "",
        "seconds": 0.1,
    } | other
    return Answer(expected=expected, value=value, confidence=confidence, **told)


def test_right_wrong_and_asked_again_are_told_apart() -> None:
    (found,) = of_kinds(
        [
            answer("a", "a"),
            answer("a", "a", 0.5),
            answer("a", "b"),
            answer("b", None, 0.0),
            answer("b", "b", 0.1),
            answer("c", "b", 0.5),
            answer("d", "d"),
            answer("d", "d", 0.9),
        ]
    )
    assert (found.count, found.right, found.without_confirmation) == (8, 0.5, 0.5)
    assert (found.wrong_without_confirmation, found.asked_again) == (0.125, 0.25)
    assert set(found.confused) == {("a", "b", 1), ("b", "?", 2), ("c", "b", 1)}


def test_asked_again_the_next_of_the_same_value_is_the_second_answer() -> None:
    again = [answer("a", None, 0.0), answer("a", "a"), answer("b", None, 0.0)]
    (found,) = of_kinds(again)
    assert found.right == pytest.approx(1 / 3)
    assert found.right_after_one_more == pytest.approx(2 / 3)


def test_what_was_acted_on_wrongly_stays_wrong() -> None:
    (found,) = of_kinds([answer("a", "b"), answer("a", "a")])
    assert found.right_after_one_more == 0.5


def test_each_kind_has_a_row_and_words_are_counted_in_open_ones() -> None:
    said = answer("x", "x", kind=Kind.OPEN, text="Todo muy bien, gracias.", heard="todo bien gracias a")
    menu, opened = of_kinds([answer("a", "a"), said])
    assert (menu.kind, menu.word_errors) == (Kind.MENU, None)
    assert opened.word_errors == 0.5
    assert opened.confused == ()


def test_no_words_are_no_errors_and_a_percentile_is_one_of_the_values() -> None:
    assert word_errors(iter([])) == 0.0
    assert percentile([1.0], 0.95) == 1.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0


def test_each_question_of_a_tree_has_a_row_of_its_own() -> None:
    rows = of_kinds([answer("a", "a", node="principal"), answer("a", "b", node="folleto"), answer("a", "a")])
    assert [(row.node, row.right) for row in rows] == [("principal", 1.0), ("folleto", 0.0), ("", 1.0)]
