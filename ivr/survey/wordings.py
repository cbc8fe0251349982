"""Every sentence that a survey can say, so that all of them can be made into sound before anybody is called."""

from __future__ import annotations

from collections.abc import Iterator

from cti_api.model.surveys import Question, QuestionKind, Survey
from ivr.survey.understood import Command, phrases_of, spoken


def wordings(survey: Survey) -> tuple[str, ...]:
    """Each once, in the order of the file; what is asked back for every answer there is."""
    return tuple(dict.fromkeys(text for text in _all(survey) if text))


def _all(survey: Survey) -> Iterator[str]:
    said = survey.wording
    yield from (said.greeting, said.thanks, said.refused, said.given_up, said.skipped)
    for question in survey.questions:
        yield from (question.ask, *question.no_input, *question.no_match)
        yield from (said.confirm.replace("{answer}", spoken(question, value)) for value in _values(question))
    for trigger in survey.triggers:
        yield from (trigger.ask, trigger.say)


def _values(question: Question) -> list[str]:
    if question.kind is QuestionKind.OPEN:
        return []
    return [phrase.value for phrase in phrases_of(question) if phrase.value not in set(Command)]
