"""Words and phrases weighed together."""

from __future__ import annotations

from datetime import date

import pytest

from audio.recognise import Recognised, Scored
from ivr.understanding.question import Kind, Question, hint_of, phrases_of, read, weighed_phrases_of
from ivr.understanding.understood import meant, not_understood
from ivr.understanding.weigh import ACT, CONFIRM, WEIGHED, better, weigh

YES_NO = Question(kind=Kind.YES_NO)
SCORE = Question(kind=Kind.SCORE)
MENU = Question(kind=Kind.MENU, choices={"ventas": "v", "soporte técnico": "s"})
NAME = Question(kind=Kind.NAME, directory={"7": ("Ana Díaz",), "8": ("José Quispe",)})
DATE = Question(kind=Kind.DATE, today=date(2026, 11, 26))


def heard(text: str, **fits: float) -> Recognised:
    total = sum(fit**2 for fit in fits.values()) or 1.0
    best_first = sorted(fits.items(), key=lambda each: -each[1])
    phrases = tuple(Scored(phrase=phrase, fit=fit, share=fit**2 / total) for phrase, fit in best_first)
    return Recognised(text=text, confidence=0.5, phrases=phrases)


def test_words_and_phrases_that_agree_are_acted_on() -> None:
    found = weigh(YES_NO, heard("Sí.", sí=0.3, no=0.01))
    assert (found.value, found.confidence) == (True, 1.0)
    assert weigh(YES_NO, heard("dale", dale=0.3, no=0.01)).confidence >= ACT > weigh(YES_NO, heard("dale")).confidence


def test_words_that_say_something_go_before_a_phrase_that_fits_little() -> None:
    found = weigh(YES_NO, heard("no, gracias", sí=0.01, no=0.001))
    assert (found.value, found.confidence) == (False, 1.0)


def test_a_phrase_that_fits_well_against_them_makes_them_to_be_confirmed() -> None:
    found = weigh(MENU, heard("ventas", **{"soporte técnico": 0.3, "ventas": 0.01}))
    assert (found.value, found.rivals) == ("v", ("s",))
    assert CONFIRM <= found.confidence < ACT


def test_a_score_that_any_phrase_contradicts_is_confirmed() -> None:
    found = weigh(SCORE, heard("un nueve", uno=0.01, nueve=0.009))
    assert (found.value, found.rivals) == (9.0, (1.0,))
    assert CONFIRM <= found.confidence < ACT


def test_where_the_words_say_nothing_a_phrase_alone_is_asked_about_and_never_acted_on() -> None:
    found = weigh(SCORE, heard("no chero", ocho=0.5, dos=0.001))
    assert found.value == 8.0
    assert CONFIRM <= found.confidence < ACT
    assert weigh(SCORE, heard("no chero", ocho=0.05, siete=0.045)).confidence < found.confidence


@pytest.mark.parametrize("fits", [{"ocho": 0.001, "dos": 0.0001}, {"ocho": 0.1, "dos": 0.1, "seis": 0.1}, {}])
def test_phrases_that_hardly_fit_or_fit_alike_are_nothing(fits: dict[str, float]) -> None:
    assert weigh(SCORE, heard("mi gato", **fits)).value is None


def test_a_date_is_its_words_alone() -> None:
    assert weigh(DATE, heard("mañana", ayer=0.9)).value == date(2026, 11, 27)


@pytest.mark.parametrize("question", [YES_NO, SCORE, MENU, NAME, DATE, Question(kind=Kind.DIGITS)])
def test_every_phrase_of_a_whole_answer_is_understood_as_one_and_the_hint_is_a_sentence(question: Question) -> None:
    phrases = phrases_of(question)
    assert phrases
    assert hint_of(question).endswith(".")
    if question.kind in WEIGHED:
        assert [phrase for phrase in phrases if read(question, phrase).value is None] == []


def test_every_score_can_be_heard() -> None:
    for lowest, highest in ((0, 10), (1, 5)):
        question = Question(kind=Kind.SCORE, lowest=lowest, highest=highest)
        values = {read(question, phrase).value for phrase in phrases_of(question)}
        assert values == {half / 2 for half in range(2 * lowest, 2 * highest + 1)}
    whole = Question(kind=Kind.SCORE, halves=False)
    assert not any("medio" in phrase for phrase in phrases_of(whole))


def test_an_open_question_is_its_words() -> None:
    question = Question(kind=Kind.OPEN)
    assert (phrases_of(question), hint_of(question)) == ((), "")
    assert read(question, "  todo   muy bien ").value == "todo muy bien"
    assert read(question, " ").value is None


def test_two_opinions_that_agree_are_surer_and_two_that_differ_are_confirmed() -> None:
    assert better(meant(8, 0.6, "a"), meant(8, 0.6, "b")).confidence == 0.84
    differ = better(meant(8, 0.9, "a"), meant(7, 0.95, "b"))
    assert (differ.value, differ.rivals) == (7, (8,))
    assert differ.confidence < ACT
    assert better(not_understood("a"), meant(7, 0.6, "b")) == meant(7, 0.6, "b")


def test_a_phrase_said_instead_of_an_answer_is_weighed_like_an_answer() -> None:
    question = Question(kind=Kind.SCORE, instead={"repita": "repeat"})
    assert "repita" in phrases_of(question)
    found = weigh(question, heard("repita", repita=0.4, siete=0.01))
    assert (found.value, found.confidence) == ("repeat", 1.0)
    assert weigh(question, heard("mmm", repita=0.4, siete=0.01)).value == "repeat"
    assert weigh(question, heard("siete", repita=0.4, siete=0.01)).confidence < ACT


def test_keys_are_in_a_grammar_and_are_understood_by_their_words_without_being_weighed() -> None:
    question = Question(kind=Kind.MENU, choices={"ventas": "v"}, keys={"1": "v", "2": "s"})
    assert set(phrases_of(question)) - set(weighed_phrases_of(question)) == {"uno", "dos"}
    assert weigh(question, heard("la dos", ventas=0.001)).value == "s"
