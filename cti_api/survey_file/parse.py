"""The survey file's format: which entries there are, what each may hold, and its default.

An annotated example is ``examples/p3_survey/survey.yaml``; `cti_api.survey_file.schema` tells it as a JSON Schema.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import holidays

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section
from cti_api.campaign_file.weekly import weekly_windows
from cti_api.errors import InputError
from cti_api.model.surveys import (
    Action,
    Choice,
    Condition,
    Confidence,
    Figure,
    OfficeHours,
    Question,
    QuestionKind,
    Survey,
    SurveyId,
    SurveyLimits,
    SurveyWording,
    Trigger,
)
from cti_api.survey_file import wording
from cti_api.survey_file.checks import check
from cti_api.survey_file.conditions import condition
from cti_api.yaml_tree import FileKind, read_tree

SURVEY_FILE: Final = FileKind(noun="survey file", largest_bytes=128 * 1024, looks_like="id: satisfaccion-servicio")
LONGEST_WORDING: Final = 600
"""Characters said in one go: about 40 s."""
DAY_SECONDS: Final = 86_400.0

_ANSWER: Final = "{answer}"
_NEVER: Final[Condition] = ()


def parse_survey(text: str) -> Survey:
    """The survey that a YAML file describes.

    Raises `InputError` with every fault of the file, in the order of its lines; there is no half-read survey.
    """
    notes = Notes()
    top = Section(read_tree(text, SURVEY_FILE, notes.faults), "", notes)
    survey = _survey(top)
    sound = [each for each in check(survey) if not any(map(notes.has_fault_at, (each.path, *each.rests_on)))]
    for found in sound:
        notes.fault(found.path, found.message)
    if notes.faults:
        raise InputError(
            "The survey file has faults; nothing was changed.",
            sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path)),
        )
    return survey


def _survey(top: Section) -> Survey:
    limits = top.section("limits")
    comment_seconds = limits.optional("comment", values.duration(5.0, 300.0), 60.0)
    survey = Survey(
        id=SurveyId(top.required("id", values.slug, "")),
        title=top.required("title", values.line_of_text, ""),
        timezone=top.required("timezone", values.timezone, "UTC"),
        within_seconds=top.optional("within", values.duration(3600.0, 60 * DAY_SECONDS), 5 * DAY_SECONDS),
        wording=_wording(top),
        questions=tuple(_question(each, comment_seconds) for each in top.sections("questions", required=True)),
        triggers=tuple(_trigger(each) for each in top.sections("follow")),
        limits=SurveyLimits(
            tries=limits.optional("tries", values.integer(1, 5), 3),
            answer_seconds=limits.optional("answer", values.duration(2.0, 20.0), 5.0),
            whole_seconds=limits.optional("whole", values.duration(30.0, 1800.0), 300.0),
        ),
        confidence=_confidence(top.section("confidence")),
        office_hours=_office_hours(top),
    )
    limits.finish()
    top.finish()
    return survey


def _wording(top: Section) -> SurveyWording:
    return SurveyWording(
        greeting=top.required("greeting", spoken, ""),
        thanks=top.optional("thanks", spoken, wording.THANKS),
        refused=top.optional("refused", spoken, wording.REFUSED),
        given_up=top.optional("given_up", spoken, wording.GIVEN_UP),
        confirm=top.optional("confirm", _asks_back, wording.CONFIRM),
        skipped=top.optional("skipped", spoken, wording.SKIPPED),
    )


def _question(section: Section, comment_seconds: float) -> Question:
    kind = section.required("kind", values.one_of(QuestionKind), QuestionKind.OPEN)
    question_id = section.required("id", values.code, "")
    scale = kind is QuestionKind.SCALE
    read_limit = section.required if scale else section.optional
    refuses = section.optional("refuses", values.code, "")
    question = Question(
        id=question_id,
        kind=kind,
        title=section.optional("title", values.line_of_text, question_id),
        ask=section.required("ask", spoken, ""),
        no_input=section.texts("no_input", spoken) or wording.NO_INPUT[kind],
        no_match=section.texts("no_match", spoken) or wording.NO_MATCH[kind],
        only_if=section.optional("only_if", condition, _NEVER),
        may_skip=section.optional("may_skip", values.yes_no, not refuses),
        refuses=refuses,
        low=read_limit("from", values.number(0.0, 10.0), 0.0),
        high=read_limit("to", values.number(0.0, 10.0), 0.0),
        step=section.optional("step", values.number(0.5, 1.0), 1.0),
        figure=section.optional("figure", _figure, None),
        satisfied_from=section.optional("satisfied_from", _score, None),
        choices=tuple(_choice(each) for each in section.sections("choices", required=kind is QuestionKind.CHOICE)),
        comment_seconds=section.optional("seconds", values.duration(5.0, 300.0), comment_seconds),
    )
    section.finish()
    return question


def _choice(section: Section) -> Choice:
    value = section.required("value", values.code, "")
    label = section.optional("label", spoken, value)
    choice = Choice(
        value=value,
        label=label,
        phrases=section.texts("phrases", values.line_of_text) or (label,),
        key=section.required("key", values.keypad_digit, ""),
    )
    section.finish()
    return choice


def _trigger(section: Section) -> Trigger:
    trigger = Trigger(
        name=section.required("name", values.code, ""),
        when=section.required("when", condition, _NEVER),
        action=section.required("action", values.one_of(Action), Action.CALL_BACK),
        owner=section.optional("owner", values.line_of_text, ""),
        due_seconds=section.optional("due", _due, None),
        in_office_hours=section.optional("in_office_hours", values.yes_no, False),
        queue=section.optional("queue", values.slug, ""),
        ask=section.optional("ask", spoken, ""),
        say=section.optional("say", spoken, ""),
        ends=section.optional("ends", values.yes_no, False),
    )
    section.finish()
    return trigger


def _confidence(section: Section) -> Confidence:
    confidence = Confidence(
        accept=section.optional("accept", values.number(0.0, 1.0), 0.8),
        confirm=section.optional("confirm", values.number(0.0, 1.0), 0.35),
    )
    section.finish()
    return confidence


def _office_hours(top: Section) -> OfficeHours:
    return OfficeHours(
        days=tuple(weekly_windows(top.section("office_hours"), values.window_of_minutes)),
        holidays=top.optional("holidays", _country, ""),
        days_off=frozenset(top.texts("days_off", _day)),
    )


def spoken(text: str) -> str:
    """One thing that is said."""
    if "{" in text or "}" in text:
        raise ValueError("has a brace: only `confirm` has a place to be filled in")
    return _sentence(text)


def _asks_back(text: str) -> str:
    if text.count(_ANSWER) != 1 or "{" in text.replace(_ANSWER, "") or "}" in text.replace(_ANSWER, ""):
        raise ValueError("must have {answer} in it, once, and no other brace")
    return _sentence(text)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("is empty")
    if len(text) > LONGEST_WORDING:
        raise ValueError(f"is longer than {LONGEST_WORDING} characters: nobody listens for so long")
    if not text.isprintable():
        raise ValueError("has an invisible character in it")
    return text


def _figure(text: str) -> Figure | None:
    return values.one_of(Figure)(text)


def _score(text: str) -> float | None:
    return values.number(0.0, 10.0)(text)


def _due(text: str) -> float | None:
    return values.duration(60.0, 60 * DAY_SECONDS)(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day such as 2026-12-24") from None


def _country(text: str) -> str:
    if text not in holidays.list_supported_countries(include_aliases=False):
        raise ValueError("must be a country whose holidays are known, such as CO")
    return text
