"""The retry rule: each row of its page of prose, and the promises that hold for every rule."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import (
    CampaignHours,
    CampaignSpec,
    DailyHours,
    DayPart,
    Disposition,
    DispositionField,
    FieldKind,
    RetryAction,
    RetryRule,
)
from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.leads import FINAL_LEAD_STATES, Lead, LeadMove, LeadState
from dialer.leads.hours import closing_margin, is_open
from dialer.leads.retry import attempts_allowed, decide_retry
from dialer.leads.wrong_number import trunks_for
from tests.support.thoughts import NOW, OFFICE, PARTS, lead, minutes, rule, spec

BOGOTA = ZoneInfo("America/Bogota")
ANA = AgentId("ana")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA).astimezone(UTC)


# ------------------------------------------------------------------------------------------------ which rule answers


def test_the_disposition_answers_before_the_result() -> None:
    campaign = spec({"cita": rule(RetryAction.COMPLETE), "connected": rule(RetryAction.CLOSE)})
    move = decide_retry(campaign, lead(), CallResult.CONNECTED, "cita", {}, NOW)
    assert (move.state, move.reason) == (LeadState.COMPLETED, "completed:cita")


def test_the_result_answers_where_the_agent_chose_nothing() -> None:
    campaign = spec({"connected": rule(RetryAction.CLOSE)})
    for nothing in (None, ""):
        assert decide_retry(campaign, lead(), CallResult.CONNECTED, nothing, {}, NOW).state is LeadState.CLOSED


def test_default_answers_for_everything_else() -> None:
    move = decide_retry(spec(), lead(), CallResult.BUSY, None, {}, NOW)
    assert (move.state, move.reason, move.not_before) == (LeadState.WAITING, "retry:busy", NOW + minutes(10))
    assert move.counts_as_attempt


def test_suppress_puts_the_number_on_the_do_not_call_list() -> None:
    campaign = spec({"no_llamar": rule(RetryAction.SUPPRESS)})
    move = decide_retry(campaign, lead(), CallResult.CONNECTED, "no_llamar", {}, NOW)
    assert move.state is LeadState.SUPPRESSED
    assert move.suppress_number


# --------------------------------------------------------------------------------------------------- how long it waits


def test_the_delay_grows_by_its_factor_for_each_earlier_time() -> None:
    campaign = spec({"busy": rule(minutes=10, factor=3.0)}, most=9)
    delays = [
        decide_retry(campaign, lead(counts={"busy": n}), CallResult.BUSY, None, {}, NOW).not_before for n in range(4)
    ]
    assert delays == [NOW + minutes(m) for m in (10, 30, 90, 270)]


def test_the_minimum_gap_stands_above_every_rule() -> None:
    campaign = spec({"busy": rule(minutes=1)}, gap_minutes=120)
    move = decide_retry(campaign, lead(), CallResult.BUSY, None, {}, NOW)
    assert move.not_before == NOW + minutes(120)


def test_a_retry_that_falls_outside_of_the_hours_waits_for_the_next_opening() -> None:
    friday_evening = local("2026-11-20T18:30")
    campaign = spec({"busy": rule(minutes=60)}, hours=OFFICE)
    move = decide_retry(campaign, lead(), CallResult.BUSY, None, {}, friday_evening)
    assert move.not_before == local("2026-11-21T08:00")


@pytest.mark.parametrize(
    ("called_at", "next_call"),
    [
        ("2026-11-23T09:00", "2026-11-23T12:00"),  # morning → midday
        ("2026-11-23T12:30", "2026-11-23T15:00"),  # midday → evening
        ("2026-11-23T16:00", "2026-11-24T08:00"),  # evening → tomorrow's morning
        ("2026-11-23T11:00", "2026-11-23T15:00"),  # noon is only an hour away, the minimum gap is two
        ("2026-11-21T13:00", "2026-11-23T08:00"),  # Saturday closes before the evening, Sunday is closed
    ],
)
def test_three_attempts_are_spread_over_the_day_parts(called_at: str, next_call: str) -> None:
    campaign = spec({"no_answer": rule(minutes=0, next_day_part=True)}, hours=OFFICE, parts=PARTS, gap_minutes=120)
    move = decide_retry(campaign, lead(), CallResult.NO_ANSWER, None, {}, local(called_at))
    assert move.not_before == local(next_call)


def test_a_day_part_that_begins_before_the_hours_is_called_in_from_their_opening() -> None:
    early = DayPart(name="early", start=time(6), end=time(9))
    campaign = spec({"no_answer": rule(next_day_part=True)}, hours=OFFICE, parts=(early,))
    move = decide_retry(campaign, lead(), CallResult.NO_ANSWER, None, {}, local("2026-11-23T17:00"))
    assert move.not_before == local("2026-11-24T08:00")


# -------------------------------------------------------------------------------------------------------- when it ends


def test_the_last_attempt_exhausts_the_lead() -> None:
    campaign = spec(most=3)
    assert decide_retry(campaign, lead(attempts_made=1), CallResult.BUSY, None, {}, NOW).state is LeadState.WAITING
    last = decide_retry(campaign, lead(attempts_made=2), CallResult.BUSY, None, {}, NOW)
    assert (last.state, last.reason) == (LeadState.EXHAUSTED, "exhausted")


def test_a_rule_answers_no_more_often_than_its_own_maximum() -> None:
    campaign = spec({"machine": rule(most=1)}, most=9)
    assert decide_retry(campaign, lead(), CallResult.MACHINE, None, {}, NOW).state is LeadState.WAITING
    second = decide_retry(campaign, lead(counts={"machine": 1}), CallResult.MACHINE, None, {}, NOW)
    assert (second.state, second.reason) == (LeadState.EXHAUSTED, "exhausted:machine")


# ------------------------------------------------------------------------------------------------------------- phones


def test_next_phone_goes_round_the_contacts_phones() -> None:
    campaign = spec({"no_answer": rule(RetryAction.NEXT_PHONE)}, most=9)
    moves = [
        decide_retry(campaign, lead(phones=3, phone_index=n), CallResult.NO_ANSWER, None, {}, NOW) for n in range(3)
    ]
    assert [move.phone_index for move in moves] == [1, 2, 0]


def test_a_dropped_phone_is_never_dialled_again() -> None:
    campaign = spec({"no_answer": rule(RetryAction.NEXT_PHONE), "equivocado": rule(RetryAction.DROP_PHONE)}, most=99)
    person = lead(phones=3)
    dialled = []
    for result, disposition in (
        (CallResult.NO_ANSWER, None),
        (CallResult.CONNECTED, "equivocado"),
        (CallResult.NO_ANSWER, None),
        (CallResult.NO_ANSWER, None),
    ):
        dialled.append(person.phone_index)
        move = decide_retry(campaign, person, result, disposition, {}, NOW)
        person = counted(person, result, disposition, move.phone_index or 0)
    assert dialled == [0, 1, 2, 2]


def test_dropping_the_last_phone_closes_the_lead() -> None:
    campaign = spec({"equivocado": rule(RetryAction.DROP_PHONE)})
    person = lead(phones=2, phone_index=1, counts={"equivocado": 1, "dropped:0": 1})
    move = decide_retry(campaign, person, CallResult.CONNECTED, "equivocado", {}, NOW)
    assert (move.state, move.reason) == (LeadState.CLOSED, "closed:equivocado")


def test_a_wrong_last_phone_leaves_the_good_one_before_it() -> None:
    campaign = spec({"equivocado": rule(RetryAction.DROP_PHONE)})
    move = decide_retry(campaign, lead(phones=2, phone_index=1), CallResult.CONNECTED, "equivocado", {}, NOW)
    assert (move.state, move.phone_index, move.counted_as) == (
        LeadState.WAITING,
        0,
        (CallResult.CONNECTED, "dropped:1"),
    )


ONE, TWO = TrunkId("uno"), TrunkId("dos")


def unknown(campaign: CampaignSpec, person: Lead, trunk: TrunkId) -> tuple[LeadMove, Lead]:
    """`trunk` says that it does not know the number: the move, and the person after it."""
    move = decide_retry(campaign, person, CallResult.INVALID_NUMBER, None, {}, NOW, trunk=trunk)
    assert move.counted_as is not None
    counts = dict(person.counts)
    for word in move.counted_as:
        counts[word] = counts.get(word, 0) + 1
    index = person.phone_index if move.phone_index is None else move.phone_index
    return move, replace(person, counts=counts, phone_index=index, attempts_made=person.attempts_made + 1)


@pytest.mark.parametrize("action", [RetryAction.DROP_PHONE, RetryAction.CLOSE])
def test_a_number_is_wrong_when_the_only_trunk_said_so_twice(action: RetryAction) -> None:
    campaign = spec({"invalid_number": rule(action, minutes=30)}, trunks=(ONE,), most=9)
    first, person = unknown(campaign, lead(), ONE)
    assert (first.state, first.reason, first.not_before) == (
        LeadState.WAITING,
        "retry:invalid_number",
        NOW + minutes(30),
    )
    assert first.counts_as_attempt
    second, _ = unknown(campaign, person, ONE)
    assert (second.state, second.reason) == (LeadState.CLOSED, "closed:invalid_number")


def test_of_several_trunks_two_must_say_so_and_the_other_one_is_asked_next() -> None:
    campaign = spec({"invalid_number": rule(RetryAction.DROP_PHONE)}, trunks=(ONE, TWO), most=9)
    assert trunks_for(campaign, lead()) == (ONE, TWO)
    _, person = unknown(campaign, lead(), ONE)
    assert trunks_for(campaign, person) == (TWO, ONE)
    again, person = unknown(campaign, person, ONE)
    assert again.state is LeadState.WAITING
    assert unknown(campaign, person, TWO)[0].state is LeadState.CLOSED


def test_each_phone_of_a_person_is_given_its_two_times() -> None:
    rules = {"invalid_number": rule(RetryAction.DROP_PHONE), "no_answer": rule(RetryAction.NEXT_PHONE)}
    campaign = spec(rules, trunks=(ONE,), most=9)
    dialled, person = [], lead(phones=2)
    for _ in range(4):
        dialled.append(person.phone_index)
        move, person = unknown(campaign, person, ONE)
    assert dialled == [0, 0, 1, 1]
    assert move.state is LeadState.CLOSED


def test_a_phone_that_was_called_wrong_once_may_be_dialled_again() -> None:
    rules = {"invalid_number": rule(RetryAction.DROP_PHONE), "no_answer": rule(RetryAction.NEXT_PHONE)}
    campaign = spec(rules, trunks=(ONE,), most=9)
    _, person = unknown(campaign, lead(phones=2), ONE)
    person = replace(person, phone_index=1)
    assert decide_retry(campaign, person, CallResult.NO_ANSWER, None, {}, NOW).phone_index == 0
    _, person = unknown(campaign, replace(person, phone_index=0), ONE)
    assert decide_retry(campaign, person, CallResult.NO_ANSWER, None, {}, NOW).phone_index == 1


# ----------------------------------------------------------------------------------------------------------- callbacks


def callback(
    text: str, *, now: datetime = NOW, hours: CampaignHours = OFFICE, personal: bool = False, **facts: object
) -> tuple[datetime | None, str | None, LeadState]:
    campaign = spec({"volver_a_llamar": rule(RetryAction.CALLBACK, personal=personal)}, hours=hours, gap_minutes=600)
    move = decide_retry(
        campaign, lead(**facts), CallResult.CONNECTED, "volver_a_llamar", {"fecha": text}, now, agent=ANA
    )
    return move.not_before, move.callback_agent, move.state


def test_a_callback_comes_at_the_time_agreed_on_whatever_the_minimum_gap() -> None:
    assert callback("2026-11-23T16:30") == (local("2026-11-23T16:30"), None, LeadState.CALLBACK)
    assert callback("2026-11-23 16:30")[0] == local("2026-11-23T16:30")
    assert callback("2026-11-23T21:30:00Z")[0] == local("2026-11-23T16:30")


def test_a_personal_callback_is_kept_for_its_agent() -> None:
    assert callback("2026-11-24T10:00", personal=True)[1] == ANA


def test_a_callback_outside_of_the_hours_moves_to_the_next_opening() -> None:
    assert callback("2026-11-22T10:00", now=local("2026-11-20T10:00"))[0] == local("2026-11-23T08:00")


def test_a_callback_in_the_past_is_due_now() -> None:
    assert callback("2026-11-20T10:00")[0] == NOW


@pytest.mark.parametrize("text", ["", "mañana", "2026-13-01T10:00", "9999-12-31T23:59:59", "0001-01-01T00:00"])
def test_no_entered_text_breaks_the_closing_of_an_attempt(text: str) -> None:
    not_before, _, state = callback(text)
    assert state is LeadState.CALLBACK
    assert not_before is not None
    assert NOW <= not_before <= NOW + timedelta(days=380)


def test_who_asks_on_the_last_attempt_to_be_called_is_called() -> None:
    campaign = spec({"volver_a_llamar": rule(RetryAction.CALLBACK)}, most=3)
    person = lead(attempts_made=2)
    move = decide_retry(campaign, person, CallResult.CONNECTED, "volver_a_llamar", {"fecha": "2026-11-24T10:00"}, NOW)
    assert move.state is LeadState.CALLBACK
    afterwards = lead(attempts_made=3, counts={"volver_a_llamar": 1, "connected": 1})
    assert attempts_allowed(campaign, afterwards) == 4
    assert decide_retry(campaign, afterwards, CallResult.NO_ANSWER, None, {}, NOW).state is LeadState.EXHAUSTED


# ----------------------------------------------------------------------------------------------------------- given back


@pytest.mark.parametrize("result", sorted(GIVEN_BACK))
def test_what_is_given_back_takes_nothing_from_the_lead(result: CallResult) -> None:
    campaign = spec(most=1, gap_minutes=600)
    move = decide_retry(campaign, lead(), result, None, {}, NOW)
    assert (move.state, move.reason) == (LeadState.WAITING, f"given_back:{result}")
    assert not move.counts_as_attempt
    assert move.not_before is not None
    assert move.not_before - NOW < minutes(10)


def test_a_silent_trunks_lead_waits_until_its_invite_is_dead_whatever_a_rule_says() -> None:
    for rules in ({}, {"trunk_failed": rule(minutes=0)}):
        move = decide_retry(spec(rules), lead(), CallResult.TRUNK_FAILED, None, {}, NOW)
        assert move.not_before == NOW + timedelta(seconds=32)
        assert not move.counts_as_attempt


@pytest.mark.parametrize("result", [CallResult.TRUNK_FAILED, CallResult.CODEC, CallResult.CONGESTION])
@pytest.mark.parametrize("rules", [{}, {"trunk_failed": rule(), "codec": rule(), "congestion": rule()}])
def test_a_number_that_a_working_trunk_always_refuses_is_given_up(
    result: CallResult, rules: dict[str, RetryRule]
) -> None:
    campaign = spec(rules)
    tenth = decide_retry(campaign, lead(counts={result: 9}), result, None, {}, NOW)
    assert (tenth.state, tenth.counted_as) == (LeadState.WAITING, None)
    eleventh = decide_retry(campaign, lead(counts={result: 10}), result, None, {}, NOW)
    assert (eleventh.state, eleventh.reason) == (LeadState.EXHAUSTED, f"exhausted:{result}")


@pytest.mark.parametrize(
    "result", [CallResult.TRUNK_FAILED, CallResult.CODEC, CallResult.CONGESTION, CallResult.INVALID_NUMBER]
)
@pytest.mark.parametrize("action", [RetryAction.RETRY, RetryAction.CLOSE])
def test_what_a_given_up_trunk_does_is_never_counted(result: CallResult, action: RetryAction) -> None:
    campaign = spec({result: rule(action, minutes=2, most=1)}, most=1)
    move = decide_retry(campaign, lead(counts={result: 50}), result, None, {}, NOW, trunk=ONE, trunk_works=False)
    assert (move.state, move.reason) == (LeadState.WAITING, f"given_back:{result}")
    assert (move.counts_as_attempt, move.counted_as) == (False, ())
    assert move.not_before is not None
    assert move.not_before >= NOW + timedelta(seconds=32)


def test_a_number_that_never_has_room_is_given_up_after_the_rules_maximum() -> None:
    campaign = spec({"congestion": rule(minutes=1, most=2)})
    states = [
        decide_retry(campaign, lead(counts={"congestion": n}), CallResult.CONGESTION, None, {}, NOW).state
        for n in range(3)
    ]
    assert states == [LeadState.WAITING, LeadState.WAITING, LeadState.EXHAUSTED]


@pytest.mark.parametrize("whose", [ANA, None])
def test_a_callback_that_met_a_dead_trunk_stays_one(whose: AgentId | None) -> None:
    promised = lead(callback_agent=whose, promised=True)
    move = decide_retry(spec(), promised, CallResult.TRUNK_FAILED, None, {}, NOW)
    assert (move.state, move.callback_agent) == (LeadState.CALLBACK, whose)


def test_a_callback_that_was_kept_is_one_no_more() -> None:
    move = decide_retry(spec(), lead(callback_agent=ANA, promised=True), CallResult.BUSY, None, {}, NOW)
    assert (move.state, move.callback_agent) == (LeadState.WAITING, None)


# ----------------------------------------------------------------------------------------------- promises of every rule

ZONES = ["America/Bogota", "America/New_York", "America/Santiago", "Europe/Madrid", "Australia/Lord_Howe"]
quarters = st.integers(0, 95).map(lambda q: time(q // 4, q % 4 * 15))


@st.composite
def some_hours(draw: st.DrawFn) -> CampaignHours:
    days = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        start = draw(st.integers(0, 22))
        end = draw(st.integers(start + 1, 24))
        days.append(DailyHours(weekday=weekday, start=time(start), end=time(end % 24)))
    return CampaignHours(timezone=draw(st.sampled_from(ZONES)), days=tuple(days))


def rules(*actions: RetryAction) -> st.SearchStrategy[RetryRule]:
    return st.builds(
        RetryRule,
        action=st.sampled_from(actions),
        after_seconds=st.floats(0, 400_000),
        factor=st.floats(1, 10),
        most=st.none() | st.integers(1, 5),
        next_day_part=st.booleans(),
        personal=st.booleans(),
    )


# As the campaign file allows them: an agreed time needs an agent, and `default` may not drop or suppress.
OF_AGENTS = rules(*RetryAction)
OF_RESULTS = rules(*(action for action in RetryAction if action is not RetryAction.CALLBACK))
OF_DEFAULT = rules(RetryAction.RETRY, RetryAction.NEXT_PHONE, RetryAction.CLOSE)
CODES = ("volver", "equivocado", "cita")
FIELDS = (DispositionField(name="fecha", label="Fecha", kind=FieldKind.DATETIME),)


@st.composite
def campaigns(draw: st.DrawFn) -> CampaignSpec:
    of_results = draw(st.dictionaries(st.sampled_from(CallResult), OF_RESULTS))
    of_agents = draw(st.dictionaries(st.sampled_from(CODES), OF_AGENTS))
    starts = sorted(draw(st.sets(quarters, max_size=4)))
    parts = tuple(
        DayPart(name=f"part{n}", start=start, end=end) for n, (start, end) in enumerate(pairwise([*starts, time(0)]))
    )
    return spec(
        {**of_results, **of_agents, "default": draw(OF_DEFAULT)},
        hours=draw(some_hours()),
        most=draw(st.integers(1, 6)),
        gap_minutes=draw(st.floats(0, 5_000)),
        parts=parts,
        dispositions=tuple(Disposition(code=code, label=code, fields=FIELDS) for code in CODES),
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def counted(person: Lead, result: CallResult, disposition: str | None, phone_index: int) -> Lead:
    """The lead after the store has counted an attempt, as it does."""
    counts = dict(person.counts)
    for key in filter(None, (result.value, disposition)):
        counts[key] = counts.get(key, 0) + 1
    return lead(
        phones=len(person.contact.phones),
        attempts_made=person.attempts_made + (result not in GIVEN_BACK),
        counts=counts,
        phone_index=phone_index,
    )


@settings(max_examples=150)
@given(campaigns(), st.data())
def test_whatever_the_rules_every_lead_ends_and_is_never_called_too_early_or_too_often(
    campaign: CampaignSpec, data: st.DataObject
) -> None:
    now = data.draw(instants)
    person = lead(phones=data.draw(st.integers(1, 3)))
    for _ in range(30):
        result = data.draw(st.sampled_from(CallResult))
        connected = result is CallResult.CONNECTED
        disposition = data.draw(st.none() | st.sampled_from(CODES)) if connected else None
        entered = {"fecha": data.draw(st.sampled_from(["2027-06-01T10:00", "ayer", ""]))}
        move = decide_retry(campaign, person, result, disposition, entered, now, agent=ANA)
        given_back = result in GIVEN_BACK
        assert move.counts_as_attempt is not given_back
        assert person.attempts_made < attempts_allowed(campaign, person)
        if move.state in FINAL_LEAD_STATES:
            return
        assert move.not_before is not None
        assert move.not_before.tzinfo is UTC
        assert is_open(campaign.hours, move.not_before)
        assert is_open(campaign.hours, move.not_before + closing_margin(campaign))
        if result is CallResult.TRUNK_FAILED and move.state is LeadState.WAITING:
            assert move.not_before - now >= timedelta(seconds=32)
        if move.state is LeadState.WAITING and not given_back:
            assert move.not_before - now >= timedelta(seconds=campaign.retry.min_gap_seconds)
        person = counted(
            person, result, disposition, person.phone_index if move.phone_index is None else move.phone_index
        )
        assert 0 <= person.phone_index < len(person.contact.phones)
        if person.attempts_made >= attempts_allowed(campaign, person):
            # Only a callback's own attempt can have used them up, and that one is on top.
            raise AssertionError("a lead without attempts left must not go on")
        now = move.not_before + timedelta(seconds=data.draw(st.integers(0, 100)))
