"""What stands behind a figure: the facts that it was made of, one by one, for whoever doubts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Final

from cti_api.kpi.facts import Fact, FactKind, Scope
from cti_api.kpi.measures import Measure, Split

M = Measure
_TALKS: Final = frozenset({M.HANDLED, M.TALK_SECONDS, M.HOLD_SECONDS, M.WRAP_UP_SECONDS})
COUNTED_IN: Final[Mapping[FactKind, frozenset[Measure]]] = {
    FactKind.CALL: _TALKS
    | {M.ATTEMPTS, M.CALLS_MADE, M.LIVE_ANSWERS, M.ABANDONED, M.CONTACTS, M.EFFECTIVE, M.SUCCESSES}
    | {M.NO_CONTACT, M.NO_SUCCESS, M.OUTBOUND_HANDLED},
    FactKind.LEAD: frozenset({M.LEADS_TRIED}),
    FactKind.IMPORT: frozenset({M.LEADS}),
    FactKind.CALLER: _TALKS | {M.OFFERED, M.ANSWERED, M.ANSWERED_IN_TIME, M.CALLER_ABANDONED, M.WAIT_SECONDS},
    FactKind.SEAT: frozenset({M.READY_SECONDS, M.BUSY_SECONDS, M.AFTER_CALL_SECONDS, M.NOT_READY_SECONDS}),
    FactKind.APPOINTMENT: frozenset(
        {M.APPOINTMENTS, M.APPOINTMENTS_CANCELLED, M.APPOINTMENTS_KEPT, M.APPOINTMENTS_MISSED}
    ),
    FactKind.SITTING: frozenset({M.ASKED, M.RESPONDED, M.RATED, M.SATISFIED, M.CSAT_ANSWERS, M.CSAT_SATISFIED})
    | {M.NPS_ANSWERS, M.NPS_PROMOTERS, M.NPS_DETRACTORS, M.CES_ANSWERS, M.CES_TOTAL, M.CES_SQUARES},
    FactKind.CASE: frozenset({M.CASES, M.CASES_RESOLVED, M.CASES_EFFECTIVE, M.CASES_IN_TIME, M.RESOLUTION_SECONDS}),
    FactKind.CONTRACT: frozenset({M.CONTRACTS_DUE, M.CONTRACTS_RENEWED}),
}
"""Which facts may tell of which measures: a test holds it against the fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Which facts: those that count for any of these measures, of things from `first` to `last`, both included."""

    measures: frozenset[Measure]
    first: date
    last: date
    scope: Scope | None = None
    of: str = ""
    where: Mapping[Split, str] = field(default_factory=dict)
    """Only what has all of these values; the hour is one."""

    @property
    def kinds(self) -> frozenset[FactKind]:
        """Kinds of facts among which there may be some."""
        return frozenset(kind for kind, told in COUNTED_IN.items() if not told.isdisjoint(self.measures))

    def has(self, fact: Fact, zone: tzinfo) -> bool:
        """Whether it is one of them; of days whoever read it has seen to. `zone`: the company's."""
        if not any(fact.counts.get(measure) for measure in self.measures) or not self._has_scope_of(fact):
            return False
        hour = {Split.HOUR: str(fact.at.astimezone(zone).hour)}
        return all({**fact.splits, **hour}.get(split, "") == value for split, value in self.where.items())

    def _has_scope_of(self, fact: Fact) -> bool:
        """What a thing belongs to - a queue, say - is the scope of some facts and a split of others."""
        if self.scope is None or (fact.scope, fact.of) == (self.scope, self.of):
            return True
        return self.scope is not Scope.NONE and fact.splits.get(Split(self.scope.value)) == self.of
