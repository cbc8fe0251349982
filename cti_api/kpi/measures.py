"""What is counted: the measures that indicators are made of. Each adds up, over any span of time and any split.

A measure is counted on the day and the hour, in the company's time zone, at which its thing began: a call's when it was
placed or came in, an answer's when it was given. What is learned later (a disposition that is corrected, an appointment
that is kept) is counted there too, so that a month's figures are those of the month's calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """Counts, and sums of seconds or scores."""

    # ------------------------------------------------------------ calls that we place
    ATTEMPTS = "attempts"
    """Attempts that are closed."""
    CALLS_MADE = "calls_made"
    """Of these, those that reached the person's line or the network's answer about it (not `GIVEN_BACK`)."""
    LIVE_ANSWERS = "live_answers"
    """A person was on the line."""
    ABANDONED = "abandoned"
    """… and no agent came in time."""
    CONTACTS = "contacts"
    """The person wanted was reached, as the disposition says."""
    EFFECTIVE = "effective"
    SUCCESSES = "successes"
    LEADS_TRIED = "leads_tried"
    """Leads whose first attempt this was."""
    LEADS = "leads"
    """Leads that were brought in."""
    NO_CONTACT = "no_contact"
    """Calls made in which the person wanted was not reached; by reason."""
    NO_SUCCESS = "no_success"
    """Contacts without the campaign's goal; by reason."""
    OUTBOUND_HANDLED = "outbound_handled"
    """Calls we placed that an agent talked in."""

    # ------------------------------------------------------------ calls that come in
    OFFERED = "offered"
    """Callers whose wait is over, one way or another."""
    ANSWERED = "answered"
    ANSWERED_IN_TIME = "answered_in_time"
    """Within the queue's own target."""
    CALLER_ABANDONED = "caller_abandoned"
    WAIT_SECONDS = "wait_seconds"
    """Of those who were answered."""

    # ------------------------------------------------------------ agents
    HANDLED = "handled"
    """Talks, whoever called whom."""
    TALK_SECONDS = "talk_seconds"
    """Of these talks, without what was on hold."""
    HOLD_SECONDS = "hold_seconds"
    WRAP_UP_SECONDS = "wrap_up_seconds"
    """Between the end of a talk and its disposition."""
    READY_SECONDS = "ready_seconds"
    """Agents' time, by their states."""
    BUSY_SECONDS = "busy_seconds"
    """With a call, or reserved for one; wrap-up is apart."""
    AFTER_CALL_SECONDS = "after_call_seconds"
    NOT_READY_SECONDS = "not_ready_seconds"
    """By reason."""

    # ------------------------------------------------------------ appointments
    APPOINTMENTS = "appointments"
    APPOINTMENTS_CANCELLED = "appointments_cancelled"
    APPOINTMENTS_KEPT = "appointments_kept"
    APPOINTMENTS_MISSED = "appointments_missed"

    # ------------------------------------------------------------ surveys
    ASKED = "asked"
    """People whose asking is over."""
    RESPONDED = "responded"
    """… who answered at least one question."""
    RATED = "rated"
    """… who said at least once how satisfied they are."""
    SATISFIED = "satisfied"
    """Of these, who were satisfied each time that they were asked: the strictest count of people."""
    CSAT_ANSWERS = "csat_answers"
    CSAT_SATISFIED = "csat_satisfied"
    NPS_ANSWERS = "nps_answers"
    NPS_PROMOTERS = "nps_promoters"
    NPS_DETRACTORS = "nps_detractors"
    CES_ANSWERS = "ces_answers"
    CES_TOTAL = "ces_total"
    CES_SQUARES = "ces_squares"
    """The sum of the squares of the scores: the interval of their mean is made of it."""

    # ------------------------------------------------------------ cases and contracts
    CASES = "cases"
    """Requests, faults, claims that were opened; ours (an answer of a survey raised them) and other systems'."""
    CASES_RESOLVED = "cases_resolved"
    """… and not before they were opened, as far as was told."""
    CASES_EFFECTIVE = "cases_effective"
    """Resolved, and to the end."""
    CASES_IN_TIME = "cases_in_time"
    """Resolved within the time that was promised, by the business hours of the settings."""
    RESOLUTION_SECONDS = "resolution_seconds"
    """Of resolved ones, by the clock."""
    CONTRACTS_DUE = "contracts_due"
    """Contracts whose renewal was decided."""
    CONTRACTS_RENEWED = "contracts_renewed"


class Split(StrEnum):
    """By what a figure may be told apart. Hour is the hour of the day, 0..23."""

    CAMPAIGN = "campaign"
    LIST = "list"
    BRAND = "brand"
    AGENT = "agent"
    QUEUE = "queue"
    SURVEY = "survey"
    SERVICE = "service"
    """Kind of service of a survey, kind of request of a case."""
    REASON = "reason"
    HOUR = "hour"
    """Of the day, 0..23."""
    DAY = "day"
    MONTH = "month"


_CALLS: Final = frozenset({Measure.ATTEMPTS})
_CALLERS: Final = frozenset({Measure.OFFERED})
_SEATS: Final = frozenset(
    {Measure.READY_SECONDS, Measure.BUSY_SECONDS, Measure.AFTER_CALL_SECONDS, Measure.NOT_READY_SECONDS}
)
_OUTCOMES: Final = frozenset({Measure.APPOINTMENTS_KEPT, Measure.APPOINTMENTS_MISSED})
_CASES: Final = frozenset({Measure.CASES})

KNOWN_BY: Final[Mapping[Measure, frozenset[Measure]]] = {
    Measure.CALLS_MADE: _CALLS,
    Measure.LIVE_ANSWERS: _CALLS,
    Measure.ABANDONED: _CALLS,
    Measure.CONTACTS: _CALLS,
    Measure.EFFECTIVE: _CALLS,
    Measure.SUCCESSES: _CALLS,
    Measure.LEADS_TRIED: _CALLS,
    Measure.NO_CONTACT: _CALLS,
    Measure.NO_SUCCESS: _CALLS,
    Measure.OUTBOUND_HANDLED: _CALLS,
    Measure.ANSWERED: _CALLERS,
    Measure.ANSWERED_IN_TIME: _CALLERS,
    Measure.CALLER_ABANDONED: _CALLERS,
    Measure.WAIT_SECONDS: _CALLERS,
    Measure.HANDLED: _CALLS | _CALLERS,
    Measure.TALK_SECONDS: _CALLS | _CALLERS | _SEATS,
    Measure.HOLD_SECONDS: _CALLS | _CALLERS | _SEATS,
    Measure.WRAP_UP_SECONDS: _CALLS | _CALLERS | _SEATS,
    **dict.fromkeys(_SEATS, _SEATS),
    Measure.APPOINTMENTS_CANCELLED: frozenset({Measure.APPOINTMENTS}),
    **dict.fromkeys(_OUTCOMES, _OUTCOMES),
    Measure.RESPONDED: frozenset({Measure.ASKED}),
    Measure.SATISFIED: frozenset({Measure.RATED}),
    Measure.CSAT_SATISFIED: frozenset({Measure.CSAT_ANSWERS}),
    Measure.NPS_PROMOTERS: frozenset({Measure.NPS_ANSWERS}),
    Measure.NPS_DETRACTORS: frozenset({Measure.NPS_ANSWERS}),
    Measure.CES_TOTAL: frozenset({Measure.CES_ANSWERS}),
    Measure.CES_SQUARES: frozenset({Measure.CES_ANSWERS}),
    Measure.CASES_RESOLVED: _CASES,
    Measure.CASES_EFFECTIVE: _CASES,
    Measure.CASES_IN_TIME: _CASES,
    Measure.RESOLUTION_SECONDS: _CASES,
    Measure.CONTRACTS_RENEWED: frozenset({Measure.CONTRACTS_DUE}),
}
"""Of which of these there has to have been anything before a measure that adds up to nothing is nought and not unknown:
once a call was closed, nobody abandoned is 0. A measure that is not here is known by itself alone."""


def is_known(measure: Measure, seen: frozenset[Measure]) -> bool:
    """Whether facts that tell of it were ever recorded; `seen`: measures of which there was anything."""
    return measure in seen or not seen.isdisjoint(KNOWN_BY.get(measure, frozenset()))
