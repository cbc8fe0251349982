"""A survey file is read whole, or refused with every fault, its line and its path."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.errors import InputError
from cti_api.model.surveys import Action, Comparison, Operator
from cti_api.survey_file import schema
from cti_api.survey_file.conditions import condition
from cti_api.survey_file.parse import parse_survey

PLAIN = """\
id: corta
title: Corta
timezone: America/Bogota
greeting: Hola.
questions:
  - {id: nota, kind: scale, ask: ¿Cuánto?, from: 1, to: 5, figure: csat, satisfied_from: 4}
  - id: motivo
    kind: choice
    ask: ¿Por qué?
    only_if: nota <= 2
    choices:
      - {value: demora, key: 1}
      - {value: trato, key: 2}
  - {id: algo, kind: open, ask: ¿Algo más?}
follow:
  - {name: reclamo, when: nota <= 2, action: area, owner: calidad, due: 24 h}
"""


def faults(text: str) -> dict[str, str]:
    with pytest.raises(InputError) as refused:
        parse_survey(text)
    assert all(fault.line for fault in refused.value.faults)
    return {fault.path: fault.message for fault in refused.value.faults}


def changed(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new)


def test_a_short_file_is_enough() -> None:
    survey = parse_survey(PLAIN)
    assert [question.kind for question in survey.questions] == ["scale", "choice", "open"]
    assert survey.questions[1].only_if == (Comparison("nota", Operator.AT_MOST, ("2",)),)
    assert survey.questions[1].choices[0].phrases == ("demora",)
    assert survey.triggers[0].action is Action.AREA
    assert (survey.triggers[0].due_seconds, survey.limits.tries, survey.within_seconds) == (86_400, 3, 432_000)
    assert all(len(question.no_input) and len(question.no_match) for question in survey.questions)


def test_every_fault_is_told_at_once_with_its_line() -> None:
    text = (
        changed("timezone: America/Bogota", "timezone: Bogota")
        .replace("owner: calidad, ", "")
        .replace("key: 2", "key: 1")
    )
    found = faults(text)
    assert set(found) == {"timezone", "follow[0].owner", "questions[1].choices[1].key"}


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("id: motivo", "id: nota", "questions[1].id", "questions[0] has the same id"),
        ("from: 1", "from: 5", "questions[0].to", "above `from`"),
        ("satisfied_from: 4", "satisfied_from: 1", "questions[0].satisfied_from", "above `from`"),
        (", satisfied_from: 4", "", "questions[0].satisfied_from", "which needs it"),
        ("figure: csat, satisfied_from: 4", "figure: nps", "questions[0].figure", "from 0 to 10"),
        ("only_if: nota <= 2", "only_if: nota <= 9", "questions[1].only_if", "no score of nota"),
        ("only_if: nota <= 2", "only_if: algo = 2", "questions[1].only_if", "not the id of an earlier question"),
        ("only_if: nota <= 2", "only_if: nota says mal", "questions[1].only_if", "`says` is for comments"),
        ("only_if: nota <= 2", "only_if: mucho", "questions[1].only_if", "a comparison and a value"),
        ("when: nota <= 2", "when: motivo = precio", "follow[0].when", "no answer of motivo: demora, trato"),
        ("when: nota <= 2", "when: motivo < demora", "follow[0].when", "for scales"),
        ("when: nota <= 2", "when: algo = mal", "follow[0].when", "ask for words with `says`"),
        ("due: 24 h", "due: 24 h, queue: ventas", "follow[0].queue", "not for `action: area`"),
        ("due: 24 h", "due: 24 h, in_office_hours: true", "follow[0].in_office_hours", "no `office_hours`"),
        ("action: area, owner: calidad, due: 24 h", "action: transfer, queue: x", "follow[0].ask", "is needed"),
        ("ask: ¿Algo más?", "ask: ¿Algo más?, from: 1", "questions[2].from", "is for a scale"),
        ("ask: ¿Por qué?", "ask: ¿Por qué?\n    refuses: trato", "questions[1].refuses", "first question"),
        ("greeting: Hola.", "greeting: Hola {name}", "greeting", "brace"),
        ("greeting: Hola.", "greeting: Hola.\nconfirm: ¿Sí?", "confirm", "{answer}"),
        ("greeting: Hola.", f"greeting: {'x' * 601}", "greeting", "longer than 600"),
        ("greeting: Hola.", "greeting: Hola.\nholidays: XX", "holidays", "such as CO"),
        ("title: Corta", "titel: Corta", "titel", "did you mean `title`?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(old: str, new: str, path: str, says: str) -> None:
    found = faults(changed(old, new))
    assert says in found[path], found


def test_more_questions_than_anybody_answers_are_refused() -> None:
    more = "".join(f"  - {{id: n{n}, kind: yes_no, ask: ¿Sí?}}\n" for n in range(20))
    assert "20" in faults(changed("follow:", more + "follow:"))["questions"]


def test_several_comparisons_are_joined() -> None:
    assert condition("nota<=2 and motivo = demora | trato and algo says muy mal|fatal") == (
        Comparison("nota", Operator.AT_MOST, ("2",)),
        Comparison("motivo", Operator.IS, ("demora", "trato")),
        Comparison("algo", Operator.SAYS, ("muy mal", "fatal")),
    )


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text("nota <>=!|and says 0123456789.", max_size=40))
def test_a_condition_is_read_or_refused(text: str) -> None:
    try:
        read = condition(text)
    except ValueError as error:
        assert str(error)
    else:
        assert read


# ------------------------------------------------------------------ the schema is of the same file

SECTIONS: list[tuple[dict[str, Any], str, str]] = [
    (schema.SCHEMA, "id: corta", "id: corta\nzzzzzz: 1"),
    (schema.QUESTION, "ask: ¿Algo más?", "ask: ¿Algo más?, zzzzzz: 1"),
    (schema.CHOICE, "{value: trato,", "{value: trato, zzzzzz: 1,"),
    (schema.TRIGGER, "due: 24 h", "due: 24 h, zzzzzz: 1"),
    (schema.LIMITS, "greeting: Hola.", "greeting: Hola.\nlimits: {zzzzzz: 1}"),
    (schema.CONFIDENCE, "greeting: Hola.", "greeting: Hola.\nconfidence: {zzzzzz: 1}"),
]


@pytest.mark.parametrize(("section", "old", "new"), SECTIONS, ids=range(len(SECTIONS)))
def test_the_schema_has_the_entries_that_the_file_may_have(section: dict[str, Any], old: str, new: str) -> None:
    (message,) = (message for path, message in faults(changed(old, new)).items() if path.endswith("zzzzzz"))
    allowed = re.findall(r"\w+", message.partition("allowed are ")[2])
    assert sorted(allowed) == sorted(section["properties"])
    assert set(section["required"]) <= set(allowed)


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(schema.SCHEMA))["additionalProperties"] is False
