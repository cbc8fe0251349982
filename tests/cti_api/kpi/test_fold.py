"""From events to facts: each thing counts once, where it began, and as what was last said of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti_api.kpi.business_hours import BY_THE_CLOCK, Promise
from cti_api.kpi.facts import Fact, FactKind, Key, Place, Scope, Span, by_month, differences
from cti_api.kpi.fold import facts_of, keys_of, seat_facts
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.events import Event, EventKind
from cti_api.model.surveys import OfficeHours
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")
WHOLE_DAY = ("", "")


def folded(*events: Event) -> dict[Key, Fact]:
    """What is known after all of them."""
    known: dict[Key, Fact] = {}
    for each in events:
        made = facts_of(each, known, BY_THE_CLOCK)
        assert {fact.key for fact in made} <= {*keys_of(each), *(fact.key for fact in facts_of(each, {}, BY_THE_CLOCK))}
        known.update((fact.key, fact) for fact in made)
    return known


def totals(known: dict[Key, Fact]) -> dict[Measure, float]:
    """What all facts add up to, without what is nought."""
    found: dict[Measure, float] = {}
    for fact in known.values():
        for measure, amount in fact.counts.items():
            found[measure] = found.get(measure, 0.0) + amount
    return {measure: amount for measure, amount in found.items() if amount}


def closed(attempt: str = "a1", lead: int = 7, result: str = "connected", **told) -> Event:
    payload = {
        "result": result, "placed_at": at(0).isoformat(), "talk_seconds": 60.0, "held_seconds": 10.0,
        "wrap_up_seconds": 5.0, "contact": True, "effective": True, "success": False, "reason": "Lo hará en casa",
        "list": "noviembre.csv", "brand": "Kia", **told,
    }  # fmt: skip
    return event(
        EventKind.ATTEMPT_CLOSED, at(90), campaign_id="norte", lead_id=lead, attempt_id=attempt, agent_id="ana",
        payload=payload,
    )  # fmt: skip


def test_a_talk_counts_for_everything_that_it_was():
    known = folded(closed())
    assert totals(known) == {
        Measure.ATTEMPTS: 1, Measure.CALLS_MADE: 1, Measure.LIVE_ANSWERS: 1, Measure.HANDLED: 1,
        Measure.OUTBOUND_HANDLED: 1, Measure.TALK_SECONDS: 50.0, Measure.HOLD_SECONDS: 10.0,
        Measure.WRAP_UP_SECONDS: 5.0, Measure.CONTACTS: 1, Measure.EFFECTIVE: 1, Measure.NO_SUCCESS: 1,
        Measure.LEADS_TRIED: 1,
    }  # fmt: skip
    call = known[Key(FactKind.CALL, "a1")]
    assert (call.at, call.scope, call.of) == (at(0), Scope.CAMPAIGN, "norte")
    assert call.splits == {
        Split.LIST: "noviembre.csv", Split.BRAND: "Kia", Split.AGENT: "ana", Split.REASON: "Lo hará en casa",
    }  # fmt: skip


def test_a_call_that_was_given_back_is_none_made_and_tried_nobody():
    told = totals(folded(closed(result="trunk_failed", contact=False, effective=False, reason="")))
    assert told == {Measure.ATTEMPTS: 1}


@pytest.mark.parametrize("result", [each for each in CallResult if each is not CallResult.CONNECTED])
def test_only_a_talk_is_handled(result):
    assert Measure.HANDLED not in totals(folded(closed(result=result.value, contact=False, effective=False)))


def test_a_lead_is_tried_once_in_however_many_calls():
    known = folded(closed("a1"), closed("a2"), closed("a3", lead=8))
    assert totals(known)[Measure.LEADS_TRIED] == 2
    assert totals(known)[Measure.CALLS_MADE] == 3


def test_a_correction_replaces_what_was_said():
    corrected = event(
        EventKind.DISPOSITION_SET, at(500), attempt_id="a1", lead_id=7,
        payload={"contact": True, "effective": True, "success": True, "reason": ""},
    )  # fmt: skip
    told = totals(folded(closed(), corrected))
    assert (told[Measure.SUCCESSES], told.get(Measure.NO_SUCCESS)) == (1, None)
    assert told[Measure.CALLS_MADE] == 1


def test_a_disposition_before_the_call_is_closed_counts_for_nothing_yet():
    early = event(EventKind.DISPOSITION_SET, at(80), attempt_id="a1", lead_id=7, payload={"contact": True})
    assert folded(early) == {}


def test_the_same_events_twice_make_the_same_facts():
    once = folded(closed("a1"), closed("a2"))
    assert folded(closed("a1"), closed("a2"), closed("a1"), closed("a2")) == once


def test_a_caller_who_was_answered_in_time():
    answered = event(
        EventKind.CALLER_CLOSED, at(100), call_id="c1", agent_id="ana",
        payload={"queue": "ventas", "outcome": "answered", "waited_seconds": 8.0, "talk_seconds": 40.0,
                 "held_seconds": 0.0, "in_time": True, "arrived_at": at(2).isoformat()},
    )  # fmt: skip
    known = folded(answered)
    assert totals(known) == {
        Measure.OFFERED: 1, Measure.ANSWERED: 1, Measure.ANSWERED_IN_TIME: 1, Measure.WAIT_SECONDS: 8.0,
        Measure.HANDLED: 1, Measure.TALK_SECONDS: 40.0,
    }  # fmt: skip
    assert known[Key(FactKind.CALLER, "c1")].at == at(2)


def test_a_caller_who_gave_up_waited_for_nobodys_average():
    gave_up = event(
        EventKind.CALLER_CLOSED, at(100), call_id="c1",
        payload={"queue": "ventas", "outcome": "caller_abandoned", "waited_seconds": 30.0, "talk_seconds": 0.0},
    )  # fmt: skip
    assert totals(folded(gave_up)) == {Measure.OFFERED: 1, Measure.CALLER_ABANDONED: 1}


def appointment(kind: EventKind, when: float) -> Event:
    return event(kind, at(when), campaign_id="norte", agent_id="ana", payload={"appointment_id": 3, "brand": "Kia"})


def test_an_appointment_counts_where_it_was_booked_and_as_what_became_of_it():
    known = folded(
        appointment(EventKind.APPOINTMENT_BOOKED, 0),
        appointment(EventKind.APPOINTMENT_MOVED, 100),
        appointment(EventKind.APPOINTMENT_MISSED, 100_000),
        appointment(EventKind.APPOINTMENT_KEPT, 100_100),
    )
    assert totals(known) == {Measure.APPOINTMENTS: 1, Measure.APPOINTMENTS_KEPT: 1}
    assert known[Key(FactKind.APPOINTMENT, "3")].at == at(0)


def test_who_was_invited_is_asked_once_in_two_conversations():
    def ended(sitting: str, outcome: str, *scores: dict) -> Event:
        payload = {"survey": "pos", "sitting_id": sitting, "invitation_id": 9, "outcome": outcome, "scores": scores}
        return event(EventKind.SURVEY_ENDED, at(10), payload=payload)

    csat, nps = {"figure": "csat", "value": 4, "satisfied": True}, {"figure": "nps", "value": 6}
    told = totals(folded(ended("s1", "silent"), ended("s2", "finished", csat, nps)))
    assert told == {
        Measure.ASKED: 1, Measure.RESPONDED: 1, Measure.RATED: 1, Measure.SATISFIED: 1, Measure.CSAT_ANSWERS: 1,
        Measure.CSAT_SATISFIED: 1,
        Measure.NPS_ANSWERS: 1, Measure.NPS_DETRACTORS: 1,
    }  # fmt: skip


def test_who_is_not_satisfied_once_of_two_times_is_no_satisfied_person():
    scores = [{"figure": "csat", "value": 5, "satisfied": True}, {"figure": "csat", "value": 2, "satisfied": False}]
    payload = {"survey": "pos", "sitting_id": "s1", "outcome": "finished", "scores": scores}
    told = totals(folded(event(EventKind.SURVEY_ENDED, at(10), payload=payload)))
    assert told == {
        Measure.ASKED: 1, Measure.RESPONDED: 1, Measure.RATED: 1, Measure.CSAT_ANSWERS: 2, Measure.CSAT_SATISFIED: 1,
    }  # fmt: skip


def test_time_over_an_hour_is_in_both():
    since = datetime(2026, 3, 2, 14, 50, tzinfo=UTC)
    facts = list(seat_facts("ana", AgentState.READY, "", since, since + timedelta(hours=1)))
    assert [(fact.at.hour, fact.counts) for fact in facts] == [
        (14, {Measure.READY_SECONDS: 600.0}),
        (15, {Measure.READY_SECONDS: 3000.0}),
    ]


def test_who_is_signed_out_has_no_time_and_a_pause_has_its_reason():
    since, until = at(0), at(60)
    assert list(seat_facts("ana", AgentState.LOGGED_OFF, "", since, until)) == []
    (fact,) = seat_facts("ana", AgentState.NOT_READY, "almuerzo", since, until)
    assert (fact.counts, fact.splits[Split.REASON]) == ({Measure.NOT_READY_SECONDS: 60.0}, "almuerzo")


def test_a_fact_is_in_the_whole_in_its_hour_and_in_each_of_its_splits():
    fact = Fact(
        kind=FactKind.CALL, id="a1", at=datetime(2026, 3, 3, 4, 30, tzinfo=UTC), scope=Scope.CAMPAIGN, of="norte",
        splits={Split.BRAND: "Kia", Split.LIST: ""}, counts={Measure.CALLS_MADE: 1, Measure.CONTACTS: 0},
    )  # fmt: skip
    evening = Place(Span.DAY, date(2026, 3, 2), Scope.CAMPAIGN, "norte")
    once = {Measure.CALLS_MADE: 1000}
    assert differences([(None, fact)], BOGOTA) == {
        evening: {("", ""): once, ("hour", "23"): once, ("brand", "Kia"): once}
    }  # fmt: skip


def test_what_a_change_adds_is_the_difference():
    fact = Fact(kind=FactKind.CALL, id="a1", at=at(0), of="norte", counts={Measure.CALLS_MADE: 1, Measure.CONTACTS: 1})
    other = replace(fact, counts={Measure.CALLS_MADE: 1, Measure.SUCCESSES: 1})
    (changes,) = differences([(fact, other)], BOGOTA).values()
    assert changes == {told: {Measure.CONTACTS: -1000, Measure.SUCCESSES: 1000} for told in (WHOLE_DAY, ("hour", "9"))}
    assert differences([(fact, fact)], BOGOTA) == {}
    assert differences([(None, fact), (fact, replace(fact, counts={}))], BOGOTA) == {}


def test_a_month_s_sums_change_by_what_those_of_its_days_do():
    calls = [
        Fact(kind=FactKind.CALL, id=str(n), at=at(86_400 * n), of="norte", counts={Measure.TALK_SECONDS: 0.1})
        for n in range(60)
    ]
    days = differences([(None, call) for call in calls], BOGOTA)
    assert len({place.first for place in days}) == 60
    assert {(place.span, place.first): sums[WHOLE_DAY] for place, sums in by_month(days).items()} == {
        (Span.MONTH, date(2026, month, 1)): {Measure.TALK_SECONDS: days * 100} for month, days in ((3, 30), (4, 30))
    }
    moved = differences([(calls[0], replace(calls[0], at=calls[1].at))], BOGOTA)
    assert len(moved) == 2
    assert by_month(moved) == {}


# ---------------------------------------------------------------- who was brought in


def test_leads_are_counted_where_they_are_brought_in():
    imported = event(
        EventKind.CAMPAIGN_IMPORTED, at(0), campaign_id="norte", payload={"added": 40, "duplicates": 2, "list": "a.csv"}
    )
    moved = event(EventKind.CAMPAIGN_RECYCLED, at(1), campaign_id="norte", payload={"leads": 5, "into": "sur"})
    again = event(EventKind.CAMPAIGN_RECYCLED, at(2), campaign_id="norte", payload={"leads": 9, "into": None})
    planned = [event(EventKind.SURVEY_PLANNED, at(n), campaign_id="encuesta", lead_id=lead, payload={"survey": "pos"})
               for n, lead in ((3, 7), (4, 7), (5, 8))]  # fmt: skip
    known = folded(imported, moved, again, *planned)
    assert [(f.of, f.counts[Measure.LEADS], f.splits[Split.LIST]) for f in known.values()] == [
        ("norte", 40, "a.csv"), ("sur", 5, ""), ("encuesta", 1, ""), ("encuesta", 1, ""),
    ]  # fmt: skip


def test_what_is_longer_than_a_value_is_cut_and_never_stops_the_counting():
    call = folded(closed(list="x" * 300, brand="y" * 300, reason="z" * 300))[Key(FactKind.CALL, "a1")]
    assert {len(each) for each in call.splits.values()} == {3, 80}


# ---------------------------------------------------------------- callers, until their end


def joined(in_time: bool = True, **told) -> Event:
    payload = {"queue": "ventas", "waited_seconds": 8.0, "in_time": in_time, "arrived_at": at(2).isoformat(), **told}
    return event(EventKind.CALLER_JOINED, at(10), call_id="c1", agent_id="ana", payload=payload)


def test_a_caller_is_answered_as_soon_as_they_are_and_a_talk_when_it_is_over():
    known = folded(joined())
    assert totals(known) == {
        Measure.OFFERED: 1, Measure.ANSWERED: 1, Measure.ANSWERED_IN_TIME: 1, Measure.WAIT_SECONDS: 8.0,
    }  # fmt: skip
    over = event(
        EventKind.CALLER_CLOSED, at(100), call_id="c1", agent_id="ana",
        payload={"queue": "ventas", "outcome": "answered", "waited_seconds": 8.0, "talk_seconds": 40.0,
                 "held_seconds": 4.0, "wrap_up_seconds": 9.0, "in_time": True, "arrived_at": at(2).isoformat()},
    )  # fmt: skip
    told = totals(folded(joined(), over))
    assert (told[Measure.OFFERED], told[Measure.HANDLED], told[Measure.TALK_SECONDS]) == (1, 1, 36.0)
    assert (told[Measure.WRAP_UP_SECONDS], told[Measure.HOLD_SECONDS]) == (9.0, 4.0)


def test_whoever_is_handed_on_counts_in_the_queue_that_has_them_now():
    waits = event(EventKind.CALLER_MOVED, at(5), call_id="c2", payload={"queue": "caja", "moved_from": "ventas"})
    moved = event(
        EventKind.CALLER_MOVED, at(50), call_id="c1", agent_id="ana",
        payload={"queue": "caja", "moved_from": "ventas", "waited_seconds": 8.0, "in_time": False,
                 "arrived_at": at(2).isoformat()},
    )  # fmt: skip
    (fact,) = folded(joined(), waits, moved).values()
    assert (fact.of, fact.counts[Measure.ANSWERED_IN_TIME]) == ("caja", 0)


# ---------------------------------------------------------------- appointments and surveys


def test_an_appointment_keeps_what_was_first_told_of_it():
    booked = appointment(EventKind.APPOINTMENT_BOOKED, 0)
    kept = event(EventKind.APPOINTMENT_KEPT, at(9), agent_id="luis", payload={"appointment_id": 3, "brand": "Mazda"})
    (fact,) = folded(booked, kept).values()
    assert fact.splits == {Split.LIST: "", Split.BRAND: "Kia", Split.AGENT: "ana"}


SERVED = {"agent": "ana", "queue": "ventas", "service": "reparación"}


def invited() -> Event:
    payload = {"survey": "pos", "invitation_id": 9, "deadline": at(900).isoformat(), **SERVED}
    return event(EventKind.SURVEY_INVITED, at(0), payload=payload)


def ended(outcome: str, when: float, **more) -> Event:
    payload = {"survey": "pos", "sitting_id": "s1", "outcome": outcome, "began_at": at(when).isoformat(), **more}
    return event(EventKind.SURVEY_ENDED, at(when + 5), payload=payload)


def test_who_was_invited_counts_on_that_day_and_their_answers_on_the_day_they_gave_them():
    scores = [{"figure": "ces", "value": 5, "satisfied": False}]
    known = folded(invited(), ended("finished", 86_400, invitation_id=9, scores=scores, **SERVED))
    asked, answered = known[Key(FactKind.SITTING, "invitation 9")], known[Key(FactKind.SITTING, "s1")]
    assert (asked.at, asked.counts) == (at(0), {Measure.ASKED: 1, Measure.RESPONDED: 1})
    assert (answered.at, answered.counts[Measure.CES_SQUARES]) == (at(86_400), 25.0)
    assert asked.splits == {Split.AGENT: "ana", Split.QUEUE: "ventas", Split.SERVICE: "reparación"}


@pytest.mark.parametrize(
    ("events", "asked", "responded"),
    [
        ((), 0, 0),
        ((ended("silent", 10, invitation_id=9),), 0, 0),  # to be called again
        ((ended("refused", 10, invitation_id=9),), 1, 0),
        ((ended("silent", 10),), 1, 0),  # nobody invited them: they are not asked again
        ((ended("partial", 10),), 1, 1),
    ],
)
def test_only_an_asking_that_is_over_counts(events: tuple[Event, ...], asked: int, responded: int) -> None:
    told = totals(folded(invited(), *events))
    assert (told.get(Measure.ASKED, 0), told.get(Measure.RESPONDED, 0)) == (asked, responded)


def test_an_invitation_that_expired_was_asked_in_vain():
    expired = event(EventKind.SURVEY_EXPIRED, at(900), payload={"survey": "pos", "invitation_id": 9})
    known = folded(invited(), ended("silent", 10, invitation_id=9), expired)
    assert totals(known) == {Measure.ASKED: 1}
    assert known[Key(FactKind.SITTING, "invitation 9")].at == at(0)


# ---------------------------------------------------------------- cases and contracts

HOUR = 3600.0


def opened(when: float = 0, **told) -> Event:
    case = {"system": "mesa", "case_id": "77", "opened_at": at(when).isoformat(), "service": "falla", **told}
    return event(EventKind.CASE_OPENED, at(when), payload=case)


def resolved(when: float, **told) -> Event:
    case = {"system": "mesa", "case_id": "77", "resolved_at": at(when).isoformat(), "effective": True, **told}
    return event(EventKind.CASE_RESOLVED, at(when), payload=case)


def test_a_case_counts_where_it_was_opened_with_how_long_it_took():
    known = folded(opened(), resolved(23 * HOUR, owner="redes"))
    assert totals(known) == {
        Measure.CASES: 1, Measure.CASES_RESOLVED: 1, Measure.CASES_EFFECTIVE: 1, Measure.CASES_IN_TIME: 1,
        Measure.RESOLUTION_SECONDS: 23 * HOUR,
    }  # fmt: skip
    fact = known[Key(FactKind.CASE, "mesa 77")]
    assert (fact.at, fact.splits) == (at(0), {Split.SERVICE: "falla", Split.AGENT: "redes"})


@pytest.mark.parametrize("events", [
    (opened(), resolved(30 * HOUR)),
    (resolved(30 * HOUR), opened()),
    (opened(8 * HOUR), resolved(30 * HOUR), opened()),
    (opened(), resolved(2 * HOUR), resolved(30 * HOUR), opened()),
    (opened(), resolved(30 * HOUR), opened(50 * HOUR), opened()),
    (opened(), resolved(-HOUR), opened(), resolved(30 * HOUR)),
    (resolved(30 * HOUR, opened_at=at(0).isoformat(), service="falla"),),
])  # fmt: skip
def test_a_case_is_the_same_in_whatever_order_it_is_told(events: tuple[Event, ...]) -> None:
    assert folded(*events) == folded(opened(), resolved(30 * HOUR))
    assert Measure.CASES_IN_TIME not in totals(folded(*events))


def test_how_long_a_case_took_that_ended_before_it_was_opened_nobody_knows() -> None:
    known = folded(opened(), resolved(-HOUR))
    assert totals(known) == {Measure.CASES: 1, Measure.CASES_EFFECTIVE: 1}
    assert totals(folded(opened(), resolved(0)))[Measure.CASES_IN_TIME] == 1


def test_a_case_that_was_given_up_is_resolved_and_not_effective():
    told = totals(folded(opened(), resolved(HOUR, effective=False)))
    assert Measure.CASES_EFFECTIVE not in told and told[Measure.CASES_IN_TIME] == 1


def test_a_case_is_in_time_by_the_hours_of_the_office():
    office = OfficeHours(days=tuple((day, time(8), time(18)) for day in range(5)))
    promise = Promise(within_seconds=10 * HOUR, office=office, timezone="America/Bogota")
    friday = datetime(2026, 3, 6, 16, tzinfo=BOGOTA)
    monday = [friday.replace(day=9, hour=hour) for hour in (15, 16)]
    (case,) = facts_of(opened(opened_at=friday.isoformat()), {}, promise)
    facts = [facts_of(resolved(0, resolved_at=each.isoformat()), {case.key: case}, promise) for each in monday]
    assert [fact.counts[Measure.CASES_IN_TIME] for (fact,) in facts] == [True, False]


def test_a_case_of_ours_belongs_to_its_survey_and_another_ones_to_its_campaign():
    assert [(f.scope, f.of) for f in folded(opened(survey="pos")).values()] == [(Scope.SURVEY, "pos")]
    theirs = replace(opened(), campaign_id="norte")
    assert [(f.scope, f.of) for f in folded(theirs, resolved(1)).values()] == [(Scope.CAMPAIGN, "norte")]


def test_a_contract_counts_when_it_was_decided_and_as_what_was_said_last():
    def decided(renewed: bool) -> Event:
        payload = {"system": "erp", "contract_id": "C-1/2026", "renewed": renewed, "decided_at": at(0).isoformat(),
                   "service": "fibra"}  # fmt: skip
        return event(EventKind.CONTRACT_DECIDED, at(5), payload=payload)

    assert totals(folded(decided(False))) == {Measure.CONTRACTS_DUE: 1}
    assert totals(folded(decided(False), decided(True))) == {Measure.CONTRACTS_DUE: 1, Measure.CONTRACTS_RENEWED: 1}
