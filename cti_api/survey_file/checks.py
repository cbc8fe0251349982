"""What must fit together in a survey, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cti_api.campaign_file.findings import Finding
from cti_api.model.surveys import NO, YES, Action, Condition, Figure, Operator, Question, QuestionKind, Survey, Trigger
from cti_api.survey_file.conditions import why_impossible

MOST_QUESTIONS: Final = 20
MOST_TRIGGERS: Final = 20
NPS_SCALE: Final = (0.0, 10.0, 1.0)
"""From, to, step (Reichheld 2003, see `cti_api.kpi.surveys`)."""

_OF_SCALES: Final = ("from", "to", "step", "figure", "satisfied_from")


def check(survey: Survey) -> Iterator[Finding]:
    """Everything that does not fit."""
    if len(survey.questions) > MOST_QUESTIONS:
        yield Finding("questions", f"has {len(survey.questions)} questions; nobody answers more than {MOST_QUESTIONS}")
    if len(survey.triggers) > MOST_TRIGGERS:
        yield Finding("follow", f"has more than {MOST_TRIGGERS} entries")
    if survey.confidence.confirm > survey.confidence.accept:
        yield Finding("confidence.confirm", "must not be above `accept`")
    before: dict[str, tuple[str, Question]] = {}
    for place, question in enumerate(survey.questions):
        path = f"questions[{place}]"
        if question.id in before:
            yield Finding(f"{path}.id", f"{before[question.id][0]} has the same id")
        yield from _question(path, question, first=place == 0)
        yield from _condition(f"{path}.only_if", question.only_if, before, "an earlier question")
        before.setdefault(question.id, (path, question))
    names: dict[str, str] = {}
    for place, trigger in enumerate(survey.triggers):
        path = f"follow[{place}]"
        if trigger.name in names:
            yield Finding(f"{path}.name", f"{names[trigger.name]} has the same name")
        names.setdefault(trigger.name, path)
        yield from _condition(f"{path}.when", trigger.when, before, "a question")
        yield from _trigger(path, trigger, survey)


def _question(path: str, question: Question, *, first: bool) -> Iterator[Finding]:
    if question.kind is QuestionKind.SCALE:
        yield from _scale(path, question)
    else:
        given = (question.low, question.high, question.step, question.figure, question.satisfied_from)
        for name, value, plain in zip(_OF_SCALES, given, (0.0, 0.0, 1.0, None, None), strict=True):
            if value != plain:
                yield Finding(f"{path}.{name}", "is for a scale", (f"{path}.kind",))
    if question.kind is QuestionKind.CHOICE:
        yield from _choices(path, question)
    elif question.choices:
        yield Finding(f"{path}.choices", "is for a question of kind `choice`", (f"{path}.kind",))
    if question.refuses:
        known = {QuestionKind.YES_NO: (YES, NO)}.get(question.kind, tuple(each.value for each in question.choices))
        if not first:
            yield Finding(f"{path}.refuses", "is for the first question: who does not want to is not asked others")
        elif question.refuses not in known:
            yield Finding(f"{path}.refuses", "must be one of the question's answers", (f"{path}.choices",))


def _scale(path: str, question: Question) -> Iterator[Finding]:
    if not question.low < question.high or not (question.low.is_integer() and question.high.is_integer()):
        yield Finding(f"{path}.to", "must be a whole number above `from`", (f"{path}.from",))
    if question.step not in {0.5, 1.0}:
        yield Finding(f"{path}.step", "must be 1 or 0.5")
    if question.figure is Figure.NPS and (question.low, question.high, question.step) != NPS_SCALE:
        yield Finding(f"{path}.figure", "NPS is asked from 0 to 10 in whole points", (f"{path}.from", f"{path}.to"))
    if (question.figure is Figure.CSAT) is (question.satisfied_from is None):
        yield Finding(f"{path}.satisfied_from", "is for `figure: csat`, which needs it", (f"{path}.figure",))
    elif question.satisfied_from is not None and not question.low < question.satisfied_from <= question.high:
        yield Finding(f"{path}.satisfied_from", "must be a score above `from`", (f"{path}.from", f"{path}.to"))


def _choices(path: str, question: Question) -> Iterator[Finding]:
    if len(question.choices) < 2:
        yield Finding(f"{path}.choices", "must have at least two entries")
    values: set[str] = set()
    keys: set[str] = set()
    phrases: set[str] = set()
    for place, choice in enumerate(question.choices):
        own = f"{path}.choices[{place}]"
        said = {phrase.casefold() for phrase in choice.phrases}
        for name, again in (
            ("value", choice.value in values), ("key", choice.key in keys), ("phrases", bool(said & phrases)),
        ):  # fmt: skip
            if again:
                yield Finding(f"{own}.{name}", "another choice has the same")
        values.add(choice.value)
        keys.add(choice.key)
        phrases |= said


def _condition(
    path: str, condition: Condition, known: Mapping[str, tuple[str, Question]], what: str
) -> Iterator[Finding]:
    for compared in condition:
        if compared.question not in known:
            yield Finding(path, f"{compared.question} is not the id of {what}")
            return
        where, question = known[compared.question]
        why = why_impossible(compared, question)
        if not why and path.endswith("only_if") and compared.operator is Operator.SAYS:
            why = "a comment is written out after the call: only `follow` can ask for its words"
        if why:
            yield Finding(path, why, (where,))
            return


def _trigger(path: str, trigger: Trigger, survey: Survey) -> Iterator[Finding]:
    needed: dict[str, object]
    strange: dict[str, object]
    if trigger.action is Action.TRANSFER:
        needed = {"queue": trigger.queue, "ask": trigger.ask}
        strange = {"owner": trigger.owner, "due": trigger.due_seconds, "ends": trigger.ends}
    else:
        needed = {"owner": trigger.owner, "due": trigger.due_seconds}
        strange = {"queue": trigger.queue}
    for name, value in needed.items():
        if not value:
            yield Finding(f"{path}.{name}", f"is needed for `action: {trigger.action}`", (f"{path}.action",))
    for name, value in strange.items():
        if value:
            yield Finding(f"{path}.{name}", f"is not for `action: {trigger.action}`", (f"{path}.action",))
    if any(each.operator is Operator.SAYS for each in trigger.when):
        for name, late in (("ask", trigger.ask), ("say", trigger.say), ("ends", trigger.ends)):
            if late:
                yield Finding(f"{path}.{name}", "the words of a comment are known after the call", (f"{path}.when",))
    if trigger.ask and trigger.ends:
        yield Finding(f"{path}.ends", "what is asked at the end ends nothing", (f"{path}.ask",))
    if trigger.in_office_hours and not survey.office_hours.days:
        yield Finding(f"{path}.in_office_hours", "the file has no `office_hours`", ("office_hours",))
