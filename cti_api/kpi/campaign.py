"""A campaign's results: what its attempts add up to.

* **call effectiveness** = effective calls / calls made (procedure P1). A call was made when it reached the person's
  line or the network's answer about it; attempts that were given back (`GIVEN_BACK`) are not calls made.
* **contact rate** = calls in which the person wanted was reached / calls made.
* appointments, and what each brand's calls came to: `cti_api.kpi.appointments`, `cti_api.kpi.brands`.
* **abandonment rate** = abandoned / live answers as the campaign's promise counts them, over the whole campaign.

A rate is None while its denominator is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cti_api.kpi.appointments import AppointmentTally
from cti_api.kpi.brands import BrandResult, BrandTally, CallCount, rate
from cti_api.kpi.counted import CountedCall
from cti_api.model.abandonment import NONE, Answers, answers_of
from cti_api.model.appointments import AppointmentFigures, AppointmentState
from cti_api.model.calls import GIVEN_BACK, AttemptState, CallResult
from cti_api.model.campaigns import CampaignSpec, Disposition, FieldKind
from cti_api.model.ids import AgentId, CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionCount:
    code: str
    label: str
    """Spanish, from the campaign's file; the code itself where the file no longer has it."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """How often each choice of one field was given, most frequent first (Pareto)."""

    disposition: str
    field: str
    label: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    agent_id: AgentId
    calls: int
    talk_seconds: float
    effective: int
    successes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReport:
    """The results of one campaign. Rates are 0..1, times in seconds."""

    campaign_id: CampaignId
    title: str
    attempts: int
    """Closed ones."""
    attempts_by_result: dict[str, int]
    calls_made: int
    leads_tried: int
    """People of whom a call was made."""
    live_answers: int
    abandoned: int
    abandonment_rate: float | None
    contacts: int
    contact_rate: float | None
    effective: int
    effectiveness: float | None
    successes: int
    """Calls that reached the campaign's goal."""
    talk_seconds: float
    dispositions: tuple[DispositionCount, ...]
    reasons: tuple[Reasons, ...]
    agents: tuple[AgentResult, ...]
    appointments: AppointmentFigures
    brands: tuple[BrandResult, ...]
    """By the column that the campaign's ``control_form`` names; nothing where no lead has one."""
    first_at: datetime | None
    """When the first of these attempts was written down."""
    last_at: datetime | None
    callbacks_missed: int = 0
    """Callbacks that nobody made in time; not of the attempts, whoever adds them up sets it."""


@dataclass(slots=True)
class _AgentTally:
    calls: int = 0
    talk_seconds: float = 0.0
    effective: int = 0
    successes: int = 0


@dataclass(slots=True)
class CampaignTally:
    """Adds up attempts and appointments one at a time, in any order, each once; open attempts count for nothing."""

    spec: CampaignSpec
    _calls: CallCount = field(default_factory=CallCount)
    _appointments: AppointmentTally = field(default_factory=AppointmentTally)
    _brands: BrandTally = field(init=False)
    _results: Counter[CallResult] = field(default_factory=Counter)
    _dispositions: Counter[str] = field(default_factory=Counter)
    _reasons: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    _agents: dict[AgentId, _AgentTally] = field(default_factory=dict)
    _leads: set[int] = field(default_factory=set)
    _answers: Answers = NONE
    _talk_seconds: float = 0.0
    _first_at: datetime | None = None
    _last_at: datetime | None = None

    def __post_init__(self) -> None:
        self._brands = BrandTally(self.spec.control_form.brand)

    def add(self, attempt: CountedCall, fields: Mapping[str, str] | None = None) -> None:
        """`fields`: the lead's own, by which the figures are split."""
        if attempt.state is not AttemptState.CLOSED or attempt.result is None:
            return
        self._results[attempt.result] += 1
        if attempt.result not in GIVEN_BACK:
            self._leads.add(attempt.lead_id)
        self._talk_seconds += attempt.talk_seconds
        created = attempt.created_at
        self._first_at = min(self._first_at or created, created)
        self._last_at = max(self._last_at or created, created)
        chosen = self.spec.disposition(attempt.disposition)
        self._calls.add(attempt, chosen)
        machine = chosen is not None and chosen.machine
        self._answers += answers_of(
            self.spec.abandonment, attempt.result, attempt.answered_at, attempt.connected_at, said_machine=machine
        )
        self._brands.call(attempt, chosen, fields or {})
        if attempt.disposition:
            self._dispositions[attempt.disposition] += 1
        if chosen is not None:
            self._count_reasons(chosen, attempt.disposition_fields)
        if attempt.agent_id is not None and attempt.connected_at is not None:
            tally = self._agents.setdefault(attempt.agent_id, _AgentTally())
            tally.calls += 1
            tally.talk_seconds += attempt.talk_seconds
            tally.effective += bool(chosen and chosen.effective)
            tally.successes += bool(chosen and chosen.success)

    def add_appointment(self, state: AppointmentState, fields: Mapping[str, str] | None = None) -> None:
        self._appointments.add(state)
        self._brands.appointment(state, fields or {})

    def _count_reasons(self, chosen: Disposition, values: Mapping[str, str]) -> None:
        for asked in chosen.fields:
            if asked.kind is FieldKind.CHOICE and values.get(asked.name):
                self._reasons.setdefault((chosen.code, asked.name), Counter())[values[asked.name]] += 1

    def report(self) -> CampaignReport:
        """What was added so far."""
        flags = {disposition.code: disposition for disposition in self.spec.dispositions}
        calls = self._calls.figures()
        live_answers, abandoned = self._answers.counted(self.spec.abandonment)
        return CampaignReport(
            campaign_id=self.spec.id,
            title=self.spec.title,
            attempts=self._results.total(),
            attempts_by_result={result.value: count for result, count in self._results.most_common()},
            calls_made=calls.calls_made,
            leads_tried=len(self._leads),
            live_answers=live_answers,
            abandoned=abandoned,
            abandonment_rate=rate(abandoned, live_answers),
            contacts=calls.contacts,
            contact_rate=calls.contact_rate,
            effective=calls.effective,
            effectiveness=calls.effectiveness,
            successes=calls.successes,
            talk_seconds=self._talk_seconds,
            dispositions=tuple(
                DispositionCount(code=code, label=flags[code].label if code in flags else code, count=count)
                for code, count in self._dispositions.most_common()
            ),
            reasons=tuple(
                Reasons(
                    disposition=code,
                    field=name,
                    label=next(asked.label for asked in flags[code].fields if asked.name == name),
                    counts=dict(counts.most_common()),
                )
                for (code, name), counts in sorted(self._reasons.items())
            ),
            agents=tuple(
                AgentResult(
                    agent_id=agent_id,
                    calls=tally.calls,
                    talk_seconds=tally.talk_seconds,
                    effective=tally.effective,
                    successes=tally.successes,
                )
                for agent_id, tally in sorted(self._agents.items())
            ),
            appointments=self._appointments.figures(),
            brands=self._brands.results(),
            first_at=self._first_at,
            last_at=self._last_at,
        )
