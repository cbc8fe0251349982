"""A survey's answers, counted where they are kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from cti_api.kpi.surveys import Asked, AskedTally, Counted
from cti_api.model.surveys import InvitationState, Outcome, SurveyId
from cti_api.store.database import Database
from cti_api.store.survey_tables import survey_answers, survey_invitations, survey_sittings


class Split(StrEnum):
    """By what results are told apart."""

    AGENT = "agent"
    QUEUE = "queue"
    SERVICE = "service"


_SITTINGS: Final = sa.select(survey_sittings.c.outcome, sa.func.count()).where(
    survey_sittings.c.invitation_id.is_(None), survey_sittings.c.outcome.is_not(None)
)
_INVITATIONS: Final = sa.select(survey_invitations.c.state, sa.func.count())
_ANSWERS: Final = sa.select(
    survey_answers.c.question, survey_answers.c.value, survey_answers.c.score, sa.func.count()
).join_from(survey_answers, survey_sittings)


class SurveyResults:
    """Counts of what was answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counted(
        self, survey_id: SurveyId, first: datetime, until: datetime, split: Split | None = None
    ) -> tuple[list[Counted], tuple[Asked, ...]]:
        """Answers and people, of sittings that began in ``[first, until)`` and of invitations made in it."""
        return await self._database.read(_counted, survey_id, first, until, split)


def _counted(
    tx: sa.Connection, survey_id: SurveyId, first: datetime, until: datetime, split: Split | None
) -> tuple[list[Counted], tuple[Asked, ...]]:
    began = (
        survey_sittings.c.survey_id == survey_id,
        survey_sittings.c.began_at >= first,
        survey_sittings.c.began_at < until,
    )
    made = (
        survey_invitations.c.survey_id == survey_id,
        survey_invitations.c.created_at >= first,
        survey_invitations.c.created_at < until,
    )
    tally = AskedTally()
    for group, outcome, count in tx.execute(_grouped(_SITTINGS.where(*began), survey_sittings, split)):
        tally.add_sittings(group, Outcome(outcome), count)
    for group, state, count in tx.execute(_grouped(_INVITATIONS.where(*made), survey_invitations, split)):
        tally.add_invitations(group, InvitationState(state), count)
    answers = tx.execute(_grouped(_ANSWERS.where(*began), survey_sittings, split))
    counted = [
        Counted(group=group, question=question, value=value, score=score, count=count)
        for group, question, value, score, count in answers
    ]
    return counted, tally.asked()


def _grouped(statement: sa.Select[Any], table: sa.Table, split: Split | None) -> sa.Select[Any]:
    """With the group as its first column, counted by every column but the last."""
    group = sa.literal("", sa.Text).label("split") if split is None else table.c[split.value]
    columns = list(statement.selected_columns)
    by = columns[:-1] if split is None else [group, *columns[:-1]]
    return statement.with_only_columns(group, *columns).group_by(*by)
