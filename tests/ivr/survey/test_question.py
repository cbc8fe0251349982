"""A survey's question to a recogniser, and its answer back to the survey."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cti_api.survey_file.parse import parse_survey
from ivr.survey.inputs import Heard, Input, NoMatch, Started
from ivr.survey.question import heard, question_of, said
from ivr.survey.sitting import Stage, Taken, seated
from ivr.survey.steps import Listen
from ivr.survey.take import take
from ivr.understanding.question import phrases_of
from ivr.understanding.understood import meant, not_understood
from ivr.understanding.weigh import ACT, CONFIRM

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
SURVEY = parse_survey("""\
id: corta
title: Corta
timezone: America/Bogota
greeting: Hola.
questions:
  - {id: nota, kind: scale, ask: ¿De 0 a 10?, from: 0, to: 10, step: 0.5, may_skip: true}
  - id: motivo
    kind: choice
    ask: ¿Por qué?
    may_skip: true
    choices:
      - {value: demora, label: la demora, key: "1", phrases: [demora, me hicieron esperar]}
      - {value: trato, label: el trato, key: "2", phrases: [el trato, me trataron mal]}
  - {id: vuelve, kind: yes_no, ask: ¿Volvería?, may_skip: true}
""")


def after(*inputs: Input) -> Taken:
    taken = take(SURVEY, seated(SURVEY, NOW), Started(), NOW)
    for happened in inputs:
        taken = take(SURVEY, taken.sitting, happened, NOW)
    return taken


def asked(*inputs: Input) -> Listen:
    return next(step for step in after(*inputs).steps if isinstance(step, Listen))


SCORE = asked()
REASON = asked(Heard("ocho", 8.0))
AGAIN = asked(Heard("ocho", 8.0), Heard("demora", "demora"))


@pytest.mark.parametrize(
    ("listen", "words", "value"),
    [
        (SCORE, "le doy un siete", 7.0),
        (SCORE, "ocho y medio", 8.5),
        (SCORE, "nueve de diez", 9.0),
        (SCORE, "no sé", "skip"),
        (SCORE, "¿cómo dijo?", "repeat"),
        (SCORE, "repítame la pregunta, por favor", "repeat"),
        (SCORE, "siguiente", "skip"),
        (SCORE, "pues no sé", "skip"),
        (SCORE, "paso", "skip"),
        (REASON, "es que me hicieron esperar mucho", "demora"),
        (REASON, "otra vez", "repeat"),
        (REASON, "el dos", "trato"),
        (AGAIN, "claro que sí", True),
        (AGAIN, "jamás", False),
        (AGAIN, "la siguiente", "skip"),
    ],
)
def test_an_answer_in_words_is_the_value_the_survey_works_with(listen: Listen, words: str, value: object) -> None:
    found = said(listen, words)
    assert isinstance(found, Heard)
    assert found.value == value
    assert isinstance(found.value, type(value))


@pytest.mark.parametrize(
    ("listen", "words"),
    [(SCORE, "once"), (SCORE, "mi gato"), (REASON, "ninguno"), (AGAIN, "sí y no"), (AGAIN, "no, no le escuché")],
)
def test_what_answers_nothing_is_no_match(listen: Listen, words: str) -> None:
    assert said(listen, words) == NoMatch()


def test_an_answer_and_a_command_in_one_breath_are_asked_for_again() -> None:
    assert said(AGAIN, "sí, siguiente") == NoMatch()


def test_a_yes_is_a_yes_though_the_same_breath_holds_a_word_for_going_on() -> None:
    found = said(AGAIN, "sí, pasó")
    assert isinstance(found, Heard)
    assert found.value is True


def test_a_whole_survey_is_answered_in_words() -> None:
    taken = after()
    for words in ("un ocho y medio", "otra vez", "me trataron mal", "no sabría decirle"):
        listen = next(step for step in taken.steps if isinstance(step, Listen))
        taken = take(SURVEY, taken.sitting, said(listen, words), NOW)
    assert taken.sitting.stage is Stage.ENDED
    assert [(each.question, each.value) for each in taken.sitting.answers if each.value] == [
        ("nota", "8.5"), ("motivo", "trato"),
    ]  # fmt: skip


def test_commands_are_listened_for_and_half_points_only_where_they_count() -> None:
    assert {"diez", "ocho y medio", "repita", "no sé"} <= set(phrases_of(question_of(SCORE)))
    whole = question_of(Listen(kind=SCORE.kind, phrases=SCORE.phrases[::2], keypad=SCORE.keypad, seconds=5.0))
    assert not whole.halves


def test_how_sure_is_sure_enough_is_what_was_measured() -> None:
    assert (SURVEY.confidence.accept, SURVEY.confidence.confirm) == (ACT, CONFIRM)


def test_an_answer_to_another_question_is_no_match() -> None:
    assert heard(REASON, meant("precio", 1.0, "precio")) == NoMatch()
    assert heard(SCORE, meant(True, 1.0, "sí")) == NoMatch()
    assert heard(SCORE, not_understood("eh")) == NoMatch()
