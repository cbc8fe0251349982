"""From what is told of surveys to facts, counted as `cti_api.kpi.surveys` counts them.

Who was invited is a fact of the day of the invitation, which says only once it is over that they were asked, and
whether they answered; what was answered is a fact of the day on which the conversation began. Whoever was asked without
an invitation is both in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cti_api.kpi.facts import Fact, FactKind, Key, Known, Scope, instant, value
from cti_api.kpi.measures import Measure, Split
from cti_api.kpi.surveys import DETRACTORS_TO, PROMOTERS_FROM
from cti_api.model.events import Event, EventKind
from cti_api.model.surveys import Figure, Outcome

Counts = dict[Measure, float]

_ANSWERED: Final = frozenset({Outcome.FINISHED, Outcome.PARTIAL})


def keys(event: Event) -> Iterator[Key]:
    """The invitation, and the sitting."""
    if event.payload.get("invitation_id") is not None:
        yield _invitation_key(event)
    if "sitting_id" in event.payload:
        yield Key(FactKind.SITTING, event.payload["sitting_id"])


def facts(event: Event, known: Known) -> Iterator[Fact]:
    """Of somebody who was invited, a conversation that is over, an invitation that nobody answered."""
    match event.kind:
        case EventKind.SURVEY_ENDED:
            yield from _ended(event, known)
        case EventKind.SURVEY_EXPIRED:
            yield replace(_invitation(event, known), counts={Measure.ASKED: 1})
        case _:
            if _invitation_key(event) not in known:
                yield _invitation(event, known)


def _ended(event: Event, known: Known) -> Iterator[Fact]:
    outcome, scores = Outcome(event.payload["outcome"]), _scores(event)
    key = Key(FactKind.SITTING, event.payload["sitting_id"])
    sitting = _fact(event, key, scores)
    if key in known:
        sitting = replace(sitting, at=known[key].at)
    if event.payload.get("invitation_id") is None:
        yield replace(sitting, counts={**_asked(outcome), **scores})
        return
    # Who was called and said nothing is called again.
    yield replace(_invitation(event, known), counts={} if outcome is Outcome.SILENT else _asked(outcome))
    yield sitting


def _invitation_key(event: Event) -> Key:
    return Key(FactKind.SITTING, f"invitation {event.payload['invitation_id']}")


def _invitation(event: Event, known: Known) -> Fact:
    key = _invitation_key(event)
    return known.get(key) or _fact(event, key, {})


def _fact(event: Event, key: Key, counts: Counts) -> Fact:
    told = event.payload
    return Fact(
        kind=key.kind,
        id=key.id,
        at=instant(told.get("began_at"), event.occurred_at),
        scope=Scope.SURVEY,
        of=told["survey"],
        splits={
            Split.AGENT: value(told.get("agent") or event.agent_id),
            Split.QUEUE: value(told.get("queue")),
            Split.SERVICE: value(told.get("service")),
        },
        counts=counts,
    )


def _asked(outcome: Outcome) -> Counts:
    return {Measure.ASKED: 1, Measure.RESPONDED: outcome in _ANSWERED}


def _scores(event: Event) -> Counts:
    counts: Counts = {}
    rated: list[bool] = []
    for told in event.payload.get("scores", ()):
        if told["figure"] == Figure.CSAT:
            rated.append(bool(told.get("satisfied")))
        for measure, amount in _scored(Figure(told["figure"]), float(told["value"]), bool(told.get("satisfied"))):
            counts[measure] = counts.get(measure, 0) + amount
    return counts | {Measure.RATED: 1, Measure.SATISFIED: all(rated)} if rated else counts


def _scored(figure: Figure, score: float, satisfied: bool) -> Iterator[tuple[Measure, float]]:
    match figure:
        case Figure.CSAT:
            yield Measure.CSAT_ANSWERS, 1
            yield Measure.CSAT_SATISFIED, satisfied
        case Figure.NPS:
            yield Measure.NPS_ANSWERS, 1
            yield Measure.NPS_PROMOTERS, score >= PROMOTERS_FROM
            yield Measure.NPS_DETRACTORS, score <= DETRACTORS_TO
        case Figure.CES:
            yield Measure.CES_ANSWERS, 1
            yield Measure.CES_TOTAL, score
            yield Measure.CES_SQUARES, score * score
