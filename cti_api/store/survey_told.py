"""What is told of surveys: with each conversation that ends everything that figures are made of."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from cti_api.errors import InputError
from cti_api.kpi.surveys import scores_of
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import SLUG, new_event_id
from cti_api.model.surveys import Outcome, Survey
from cti_api.store.schema import leads
from cti_api.store.survey_tables import survey_answers, survey_files, survey_sittings
from cti_api.survey_file.parse import parse_survey

_SITTING: Final = sa.select(survey_sittings).where(survey_sittings.c.id == sa.bindparam("sitting"))
_ANSWERS: Final = sa.select(survey_answers.c.question, survey_answers.c.score, survey_answers.c.at).where(
    survey_answers.c.sitting_id == sa.bindparam("sitting")
)
_CAMPAIGN_OF: Final = sa.select(leads.c.campaign_id).where(leads.c.id == sa.bindparam("lead"))
_FILE: Final = sa.select(survey_files.c.text).where(
    survey_files.c.survey_id == sa.bindparam("survey"), survey_files.c.version == sa.bindparam("version")
)


def told_of_sitting(tx: sa.Connection, kind: EventKind, sitting: sa.Row[Any], at: datetime, **more: Any) -> Event:
    """Something happened in it now."""
    campaign = None
    if sitting.lead_id is not None:
        campaign = tx.execute(_CAMPAIGN_OF, {"lead": sitting.lead_id}).scalar_one_or_none()
    return Event(
        event_id=new_event_id(),
        kind=kind,
        occurred_at=at,
        campaign_id=campaign,
        lead_id=sitting.lead_id,
        attempt_id=sitting.attempt_id,
        agent_id=sitting.agent if SLUG.match(sitting.agent) else None,
        payload={"survey": sitting.survey_id, "sitting_id": sitting.id, **more},
    )


def ended(
    tx: sa.Connection,
    sitting: sa.Row[Any],
    outcome: Outcome,
    at: datetime,
    *,
    last_at: datetime | None,
    last: Outcome | None = None,
) -> Event:
    """What is told of a sitting that ends so; `last_at`: when it ended before, None: it did not; `last`: how, where it
    did not go on since."""
    answers = tx.execute(_ANSWERS, {"sitting": sitting.id}).all()
    known = {row.question for row in answers if last_at is not None and row.at <= last_at}
    if last is None and last_at is not None:  # who is called again had answered a part, or nothing
        last = Outcome.PARTIAL if known else Outcome.SILENT
    return told_of_sitting(
        tx,
        EventKind.SURVEY_ENDED,
        sitting,
        at,
        outcome=outcome.value,
        outcome_before=last.value if last is not None else None,
        invitation_id=sitting.invitation_id,
        began_at=sitting.began_at.isoformat(),
        agent=sitting.agent,
        queue=sitting.queue,
        service=sitting.service,
        scores=_scores(tx, sitting, {row.question: row.score for row in answers}, known),
    )


def asked_no_more(
    tx: sa.Connection, sittings: Iterable[Mapping[str, Any]], invitations: Iterable[Mapping[str, Any]], at: datetime
) -> list[Event]:
    """What is told of rows that an erasure has ended; `sittings` as they were before."""
    told = []
    for row in sittings:
        sitting = tx.execute(_SITTING, {"sitting": row["id"]}).one()
        told.append(ended(tx, sitting, Outcome(sitting.outcome), at, last_at=row["ended_at"]))
    return told + [expired(row["survey_id"], row["id"], at) for row in invitations]


def _scores(
    tx: sa.Connection, sitting: sa.Row[Any], answers: Mapping[str, float | None], known: Container[str]
) -> list[dict[str, Any]]:
    """`known`: questions whose answers were told before."""
    survey = _survey(tx.execute(_FILE, {"survey": sitting.survey_id, "version": sitting.version}).scalar_one())
    if survey is None:
        return []
    return [
        {
            "figure": score.figure.value,
            "value": score.value,
            "satisfied": score.satisfied,
            "new": score.question not in known,
        }
        for score in scores_of(survey, answers)
    ]


@lru_cache(maxsize=64)
def _survey(text: str) -> Survey | None:
    """Read once: it takes longer than all else that is done here. None for a file that is not understood any more."""
    try:
        return parse_survey(text)
    except InputError:
        return None


def expired(survey_id: str, invitation_id: int, at: datetime) -> Event:
    """Nobody is asked by it any more, and nobody answered."""
    return Event(
        event_id=new_event_id(),
        kind=EventKind.SURVEY_EXPIRED,
        occurred_at=at,
        payload={"survey": survey_id, "invitation_id": invitation_id},
    )
