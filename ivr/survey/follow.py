"""What a trigger that is set off leaves behind."""

from __future__ import annotations

from datetime import datetime

from cti_api.kpi.business_hours import due_at
from cti_api.model.surveys import Answer, FollowedUp, Operator, Survey, Trigger
from ivr.survey.conditions import holds


def follow_up_of(survey: Survey, trigger: Trigger, now: datetime) -> FollowedUp:
    """What is written of a trigger that is set off now."""
    office = survey.office_hours if trigger.in_office_hours else None
    due = None if trigger.due_seconds is None else due_at(now, trigger.due_seconds, office, survey.timezone)
    return FollowedUp(
        trigger=trigger.name,
        action=trigger.action,
        question=trigger.when[-1].question,
        owner=trigger.owner,
        due_at=due,
        queue=trigger.queue,
    )


def after_transcript(
    survey: Survey, answers: tuple[Answer, ...], followed: frozenset[str], now: datetime
) -> tuple[FollowedUp, ...]:
    """What follows from the words of comments, once they are written out (`Answer.heard`)."""
    by_question = {answer.question: answer for answer in answers}
    return tuple(
        follow_up_of(survey, trigger, now)
        for trigger in survey.triggers
        if trigger.name not in followed
        and any(compared.operator is Operator.SAYS for compared in trigger.when)
        and holds(trigger.when, by_question)
    )
