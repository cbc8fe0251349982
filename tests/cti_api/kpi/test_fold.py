"""From events to facts: each thing counts once, where it began, and as what was last said of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti_api.kpi.facts import Fact, FactKind, Key, Place, Scope, Span, amounts, by_month, differences, places
from cti_api.kpi.fold import facts_of, keys_of, seat_facts
from cti_api.kpi.measures import Measure, Split
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.events import Event, EventKind
from tests.support.store import at, event

BOGOTA = ZoneInfo("America/Bogota")


def folded(*events: Event) -> dict[Key, Fact]:
    """What is known after all of them."""
    known: dict[Key, Fact] = {}
    for each in events:
        assert {fact.key for fact in facts_of(each, known)} <= {*keys_of(each), *(f.key for f in facts_of(each, {}))}
        known.update((fact.key, fact) for fact in facts_of(each, known))
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
    evening = (Span.DAY, date(2026, 3, 2), Scope.CAMPAIGN, "norte")
    assert places(fact, BOGOTA) == [
        Place(*evening, "", ""), Place(*evening, "hour", "23"), Place(*evening, "brand", "Kia"),
    ]  # fmt: skip
    assert amounts(fact) == {Measure.CALLS_MADE: 1000}


def test_what_a_change_adds_is_the_difference():
    fact = Fact(kind=FactKind.CALL, id="a1", at=at(0), of="norte", counts={Measure.CALLS_MADE: 1, Measure.CONTACTS: 1})
    other = replace(fact, counts={Measure.CALLS_MADE: 1, Measure.SUCCESSES: 1})
    changes = {place.split: own for place, own in differences([(fact, other)], BOGOTA).items()}
    assert changes == {split: {Measure.CONTACTS: -1000, Measure.SUCCESSES: 1000} for split in ("", "hour")}
    assert differences([(fact, fact)], BOGOTA) == {}
    assert differences([(None, fact), (fact, replace(fact, counts={}))], BOGOTA) == {}


def test_a_month_s_sums_change_by_what_those_of_its_days_do():
    calls = [
        Fact(kind=FactKind.CALL, id=str(n), at=at(86_400 * n), of="norte", counts={Measure.TALK_SECONDS: 0.1})
        for n in range(60)
    ]
    days = differences([(None, call) for call in calls], BOGOTA)
    assert len({place.first for place in days}) == 60
    assert {
        (place.span, place.first): own for place, own in by_month(days).items() if place.split == ""
    } == {
        (Span.MONTH, date(2026, month, 1)): {Measure.TALK_SECONDS: days * 100}
        for month, days in ((3, 30), (4, 30))
    }  # fmt: skip
    back = differences([(call, replace(call, counts={})) for call in calls], BOGOTA)
    assert by_month({place: {**days[place], **{m: days[place][m] + a for m, a in own.items()}}
                     for place, own in back.items()}) == {}  # fmt: skip
