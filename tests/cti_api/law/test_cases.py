"""The cases written by hand, each from an article."""

from __future__ import annotations

import pytest

from tests.support.law import Case, answered, written_cases

CASES = written_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.told for case in CASES])
def test_the_law_says_what_the_article_says(case: Case) -> None:
    decision = answered(case.question)
    assert decision.allowed is case.allowed, decision
    assert decision.reason
    if not case.allowed and decision.next_open is not None:
        assert decision.next_open > case.question.at


def test_there_are_two_hundred_cases_and_no_two_are_the_same() -> None:
    assert len(CASES) >= 200
    assert len({(case.question.at, case.question.facts) for case in CASES}) == len(CASES)
