"""A survey held step by step: asked, asked again, confirmed, skipped, given up, followed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.surveys import Action, Outcome, QuestionKind, Survey
from cti_api.survey_file.parse import parse_survey
from ivr.survey.follow import after_transcript
from ivr.survey.inputs import Heard, HungUp, Input, Keys, NoInput, NoMatch, Recorded, Started, TimedOut
from ivr.survey.question import said as understood
from ivr.survey.sitting import Sitting, Stage, Taken, seated
from ivr.survey.steps import Answered, Ended, Followed, HangUp, Listen, Record, Say, Transfer
from ivr.survey.take import most_inputs, take
from ivr.survey.understood import phrases_of
from ivr.survey.wordings import wordings

T0 = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
"""A Thursday, ten in the morning in Bogotá."""
EXAMPLE = parse_survey(
    (Path(__file__).parents[3] / "examples/p3_survey/survey.yaml").read_text(encoding="utf-8"),
)
SMALL = """\
id: corta
title: Corta
timezone: America/Bogota
greeting: Hola.
questions:
  - {id: nota, kind: scale, ask: ¿De 0 a 10?, from: 0, to: 10, step: 0.5, figure: nps, no_match: [Uno, Dos]}
  - {id: vuelve, kind: yes_no, ask: ¿Volvería?}
  - {id: algo, kind: open, ask: ¿Algo más?}
"""
SMALL_SURVEY = parse_survey(SMALL.replace("step: 0.5, figure: nps", "step: 0.5"))


def held(survey: Survey, *inputs: Input | str, sitting: Sitting | None = None) -> list[Taken]:
    """Every turn, the first one included; a second passes with each. Words are understood as those of a call are."""
    turns = [take(survey, sitting or seated(survey, T0), Started(), T0)]
    for place, happened in enumerate(inputs, start=1):
        if isinstance(happened, str):
            listen = turns[-1].steps[-1]
            assert isinstance(listen, Listen)
            happened = understood(listen, happened)
        turns.append(take(survey, turns[-1].sitting, happened, T0 + timedelta(seconds=place)))
    return turns


def said(turn: Taken) -> list[str]:
    return [step.text for step in turn.steps if isinstance(step, Say)]


def values(turn: Taken) -> dict[str, str]:
    return {answer.question: answer.value or answer.recording for answer in turn.sitting.answers}


def test_a_survey_is_asked_to_its_end_by_keys_and_by_voice() -> None:
    turns = held(SMALL_SURVEY, Heard("siete y medio", 7.5, 0.9), Keys("1"), Recorded("c.wav", 4.0))
    assert values(turns[-1]) == {"nota": "7.5", "vuelve": "si", "algo": "c.wav"}
    assert turns[-1].sitting.outcome is Outcome.FINISHED
    assert isinstance(turns[-1].steps[-1], HangUp)
    assert isinstance(turns[2].steps[-1], Record)


def test_an_answer_is_stored_before_anything_more_is_said() -> None:
    for turn in held(SMALL_SURVEY, Keys("3"), Keys("2"), Recorded("c.wav", 4.0))[1:]:
        assert isinstance(turn.steps[0], Answered)


def test_ten_is_keyed_as_one_and_zero_and_a_one_alone_is_taken_after_a_pause() -> None:
    listen = held(SMALL_SURVEY)[0].steps[-1]
    assert isinstance(listen, Listen)
    assert [listen.keypad.complete(digits) for digits in ("1", "10", "7", "1#", "*", "#", "")] == [
        False, True, True, True, True, True, False,
    ]  # fmt: skip
    assert values(held(SMALL_SURVEY, Keys("10"))[-1]) == {"nota": "10"}
    assert values(held(SMALL_SURVEY, Keys("1#"))[-1]) == {"nota": "1"}


def test_what_is_not_understood_is_asked_again_in_other_words_and_given_up_after_three_tries() -> None:
    turns = held(SMALL_SURVEY, NoMatch(), NoMatch(), NoMatch())
    assert [said(turn)[-1] for turn in turns] == ["¿De 0 a 10?", "Uno", "Dos", "¿Volvería?"]
    assert values(turns[-1]) == {}


def test_two_questions_given_up_in_a_row_end_the_survey() -> None:
    turns = held(SMALL_SURVEY, *[NoInput()] * 6)
    assert turns[-1].sitting.outcome is Outcome.SILENT
    assert said(turns[-1]) == [SMALL_SURVEY.wording.given_up]


@pytest.mark.parametrize(
    ("heard", "asks_back", "kept"),
    [(0.9, False, {"nota": "8"}), (0.6, True, {}), (0.2, False, {})],
)
def test_middling_confidence_asks_back(heard: float, asks_back: bool, kept: dict[str, str]) -> None:
    turn = held(SMALL_SURVEY, Heard("ocho", 8.0, heard))[-1]
    assert (turn.sitting.stage is Stage.CONFIRMING, values(turn)) == (asks_back, kept)
    if asks_back:
        assert said(turn) == [SMALL_SURVEY.wording.confirm.replace("{answer}", "ocho")]


@pytest.mark.parametrize(
    ("answers", "kept", "stage"),
    [
        ([Keys("1")], {"nota": "8"}, Stage.ASKING),
        ([Heard("sí", True, 0.6)], {"nota": "8"}, Stage.ASKING),
        ([Keys("2")], {}, Stage.ASKING),
        ([NoInput()], {}, Stage.CONFIRMING),
        ([Keys("*")], {}, Stage.CONFIRMING),
        ([NoMatch(), NoMatch(), NoInput()], {}, Stage.ASKING),
    ],
)
def test_what_was_asked_back_is_kept_only_after_a_yes(answers: list[Input], kept: dict[str, str], stage: Stage) -> None:
    turn = held(SMALL_SURVEY, Heard("ocho", 8.0, 0.6), *answers)[-1]
    assert (values(turn), turn.sitting.stage) == (kept, stage)


@pytest.mark.parametrize("happened", [Keys("#"), "siguiente"])
def test_a_question_can_be_skipped(happened: Input) -> None:
    turn = held(SMALL_SURVEY, happened)[-1]
    assert said(turn) == [SMALL_SURVEY.wording.skipped, "¿Volvería?"]
    assert turn.sitting.given_up == 0


@pytest.mark.parametrize("happened", [Keys("*"), "¿Cómo dijo?"])
def test_a_question_is_said_again_as_often_as_it_may_be_tried(happened: Input) -> None:
    turns = held(SMALL_SURVEY, *[happened] * 4)
    assert [said(turn)[-1] for turn in turns] == ["¿De 0 a 10?"] * 4 + ["Uno"]


@pytest.mark.parametrize("value", ["11", -1.0, 7.3, float("nan"), "perro", True])
def test_a_value_that_is_no_answer_is_not_understood(value: str | float | bool) -> None:
    assert held(SMALL_SURVEY, Heard("?", value, 1.0))[-1].sitting.misunderstandings == 1


def test_who_hangs_up_leaves_what_they_answered() -> None:
    turn = held(SMALL_SURVEY, Keys("3"), HungUp())[-1]
    assert (turn.sitting.outcome, values(turn)) == (Outcome.PARTIAL, {"nota": "3"})
    assert turn.steps == (Ended(Outcome.PARTIAL),)


def test_a_comment_that_is_complete_only_after_the_hang_up_is_kept() -> None:
    turns = held(SMALL_SURVEY, Keys("3"), Keys("1"), HungUp(), Recorded("c.wav", 3.0), Recorded("d.wav", 3.0))
    assert values(turns[-1])["algo"] == "c.wav"
    assert turns[-1].steps == ()


def test_the_whole_time_ends_it_and_keeps_the_answer_that_came_last() -> None:
    first = take(SMALL_SURVEY, seated(SMALL_SURVEY, T0), Started(), T0)
    late = take(SMALL_SURVEY, first.sitting, Keys("9"), T0 + timedelta(minutes=6))
    assert (values(late), late.sitting.outcome) == ({"nota": "9"}, Outcome.PARTIAL)


def test_who_is_called_again_is_asked_what_is_left() -> None:
    before = held(SMALL_SURVEY, Keys("3"), HungUp())[-1].sitting
    again = held(SMALL_SURVEY, sitting=seated(SMALL_SURVEY, T0, before.answers, before.followed))[0]
    assert said(again) == ["Hola.", "¿Volvería?"]


# ------------------------------------------------------------------ the example, through every branch


def follow_ups(turns: list[Taken]) -> dict[str, Action]:
    found = [step.follow_up for turn in turns for step in turn.steps if isinstance(step, Followed)]
    assert len({each.trigger for each in found}) == len(found), "each follows once"
    return {each.trigger: each.action for each in found}


BRANCHES: dict[str, tuple[list[Input | str], dict[str, str], Outcome, dict[str, Action]]] = {
    "content": (
        ["claro que sí", "cinco", Keys("7"), Keys("9"), Recorded("c.wav", 9.0)],
        {"permiso": "si", "satisfaccion": "5", "facilidad": "7", "recomendacion": "9", "comentario": "c.wav"},
        Outcome.FINISHED, {},
    ),
    "content, no comment": (
        [Keys("1"), Keys("4"), Keys("6"), Keys("10"), Keys("#")],
        {"permiso": "si", "satisfaccion": "4", "facilidad": "6", "recomendacion": "10"},
        Outcome.FINISHED, {},
    ),
    "does not want to": (
        ["no gracias"], {"permiso": "no"}, Outcome.REFUSED, {},
    ),
    "later": (
        ["ahora no puedo"], {"permiso": "mas-tarde"}, Outcome.SILENT, {"llamar-despues": Action.CALL_BACK},
    ),
    "willing, and hangs up": (
        [Keys("1"), HungUp()], {"permiso": "si"}, Outcome.SILENT, {},
    ),
    "nobody there": (
        [NoInput(), NoInput(), NoInput()], {}, Outcome.SILENT, {},
    ),
    "complaint, put through": (
        [Keys("1"), Keys("1"), "no lo arreglaron", Keys("2"), Keys("0"), NoInput(), Recorded("c.wav", 9.0),
         "sí"],
        {"permiso": "si", "satisfaccion": "1", "motivo": "sin-solucion", "facilidad": "2", "recomendacion": "0",
         "comentario": "c.wav"},
        Outcome.FINISHED,
        {"reclamo": Action.AREA, "problema-sigue": Action.AREA, "hablar-ahora": Action.TRANSFER},
    ),
    "complaint, does not want to talk": (
        [Keys("1"), Keys("2"), "la demora", Keys("2"), Keys("6"), Keys("#"), Keys("2")],
        {"permiso": "si", "satisfaccion": "2", "motivo": "demora", "facilidad": "2", "recomendacion": "6"},
        Outcome.FINISHED, {"reclamo": Action.AREA},
    ),
    "complaint, says nothing to the offer": (
        [Keys("1"), Keys("2"), Keys("2"), Keys("2"), Keys("6"), Keys("#"), Keys("*"), NoMatch(), NoInput(), NoInput()],
        {"permiso": "si", "satisfaccion": "2", "motivo": "trato", "facilidad": "2", "recomendacion": "6"},
        Outcome.FINISHED, {"reclamo": Action.AREA},
    ),
    "complaint, hangs up": (
        [Keys("1"), Keys("1"), HungUp()],
        {"permiso": "si", "satisfaccion": "1"},
        Outcome.PARTIAL, {"reclamo": Action.AREA},
    ),
}  # fmt: skip


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_example_goes_through(branch: str) -> None:
    inputs, kept, outcome, followed = BRANCHES[branch]
    turns = held(EXAMPLE, *inputs)
    assert turns[-2].sitting.stage is not Stage.ENDED, "no input too many"
    assert (values(turns[-1]), turns[-1].sitting.outcome, follow_ups(turns)) == (kept, outcome, followed)


def test_the_branches_reach_everything_that_the_example_has() -> None:
    answered = {question for _, kept, _, _ in BRANCHES.values() for question in kept}
    assert answered == {question.id for question in EXAMPLE.questions}
    chosen = {(question, value) for _, kept, _, _ in BRANCHES.values() for question, value in kept.items()}
    choices = {(each.id, choice.value) for each in EXAMPLE.questions for choice in each.choices}
    assert choices <= chosen
    followed = {name for *_, follow_ups in BRANCHES.values() for name in follow_ups}
    of_words = {each.name for each in EXAMPLE.triggers if each.name == "queja-legal"}
    assert followed | of_words == {trigger.name for trigger in EXAMPLE.triggers}


def test_a_person_is_put_through_as_the_last_thing() -> None:
    turns = held(EXAMPLE, *BRANCHES["complaint, put through"][0])
    assert turns[-1].steps[-1] == Transfer("servicio-al-cliente")


def test_an_area_is_told_by_when_in_its_office_hours() -> None:
    turns = held(EXAMPLE, Keys("1"), Keys("1"))
    (told,) = [step.follow_up for step in turns[-1].steps if isinstance(step, Followed)]
    # ten in the morning of a Thursday: two hours before noon, four in the afternoon, two on Friday
    assert told.due_at is not None
    assert told.due_at - T0 == timedelta(days=1, seconds=2)
    assert (told.owner, told.question) == ("calidad", "satisfaccion")


@pytest.mark.parametrize(
    ("words", "follows"),
    [("Voy a poner una DEMANDA.", True), ("iré a la Defensoria", True), ("son unos demandados", False), ("", False)],
)
def test_words_of_a_comment_are_found_once_it_is_written_out(words: str, follows: bool) -> None:
    sitting = held(EXAMPLE, *BRANCHES["content"][0])[-1].sitting
    answers = tuple(replace(each, heard=words) if each.recording else each for each in sitting.answers)
    found = after_transcript(EXAMPLE, answers, sitting.followed, T0)
    assert [each.trigger for each in found] == (["queja-legal"] if follows else [])
    assert after_transcript(EXAMPLE, answers, frozenset({"queja-legal"}), T0) == ()


# ------------------------------------------------------------------ whatever happens

INPUTS = st.one_of(
    st.builds(Started),
    st.builds(Keys, st.text("0123456789*#", min_size=0, max_size=3)),
    st.builds(
        Heard,
        st.sampled_from(["sí", "no", "siete", "repita", "siguiente", "la demora", "perro", ""]),
        st.none() | st.booleans() | st.floats() | st.sampled_from(["5", "si", "no", "demora", "skip", "repeat"]),
        st.floats(0, 1),
    ),
    st.builds(NoInput),
    st.builds(NoMatch),
    st.builds(Recorded, st.sampled_from(["", "c.wav"]), st.floats(0, 100)),
)
SURVEYS = st.sampled_from([EXAMPLE, SMALL_SURVEY])
ALL_WORDS = {survey.id: set(wordings(survey)) for survey in (EXAMPLE, SMALL_SURVEY)}


@settings(max_examples=150)
@given(SURVEYS, st.lists(st.tuples(INPUTS, st.floats(0, 20)), max_size=80), st.sampled_from([HungUp(), TimedOut()]))
def test_whatever_happens_answers_are_in_range_kept_and_told_once(
    survey: Survey, happened: list[tuple[Input, float]], last: Input
) -> None:
    now, sitting = T0, seated(survey, T0)
    told: list[str] = []
    followed: list[str] = []
    ended: list[Outcome] = []
    for one, seconds in [*happened, (last, 0.0)]:
        now += timedelta(seconds=seconds)
        taken = take(survey, sitting, one, now)
        assert taken == take(survey, sitting, one, now)
        assert taken.sitting.answers[: len(sitting.answers)] == sitting.answers, "what was answered stays"
        assert {step.text for step in taken.steps if isinstance(step, Say)} <= ALL_WORDS[survey.id]
        told += [step.answer.question for step in taken.steps if isinstance(step, Answered)]
        followed += [step.follow_up.trigger for step in taken.steps if isinstance(step, Followed)]
        ended += [step.outcome for step in taken.steps if isinstance(step, Ended)]
        waits = [place for place, step in enumerate(taken.steps) if isinstance(step, Listen | Record)]
        assert waits in ([], [len(taken.steps) - 1]), "it is waited for one thing, and at the end"
        assert bool(waits) is (taken.sitting.stage is not Stage.ENDED)
        sitting = taken.sitting
    assert told == [answer.question for answer in sitting.answers]
    assert len(set(told)) == len(told)
    assert set(followed) == sitting.followed
    assert len(set(followed)) == len(followed)
    assert ended
    assert ended[-1] is sitting.outcome
    for answer in sitting.answers:
        question = survey.question(answer.question)
        assert question is not None
        if question.kind is QuestionKind.OPEN:
            assert answer.recording
        else:
            assert answer.value in {phrase.value for phrase in phrases_of(question)} - {"repeat", "skip"}
        if question.kind is QuestionKind.SCALE:
            assert answer.score is not None
            assert question.low <= answer.score <= question.high


@settings(max_examples=100)
@given(SURVEYS, st.data())
def test_it_ends_within_its_inputs_whatever_they_are(survey: Survey, data: st.DataObject) -> None:
    sitting, inputs = seated(survey, T0), 0
    while sitting.stage is not Stage.ENDED:
        sitting = take(survey, sitting, data.draw(INPUTS), T0).sitting
        inputs += 1
        assert inputs <= most_inputs(survey)


def test_the_most_stubborn_person_is_let_go_of() -> None:
    """Every question half understood, denied, repeated, and answered at the last try."""
    sitting, inputs = take(SMALL_SURVEY, seated(SMALL_SURVEY, T0), Started(), T0).sitting, 1
    while sitting.stage is not Stage.ENDED:
        half = Heard("ocho", 8.0, 0.5) if sitting.at == 0 else Heard("sí", True, 0.5)
        one: Input = Keys("2") if sitting.stage is Stage.CONFIRMING else half
        if sitting.repeats < 3:
            one = Keys("*")
        sitting = take(SMALL_SURVEY, sitting, one, T0).sitting
        inputs += 1
    assert inputs <= most_inputs(SMALL_SURVEY)
