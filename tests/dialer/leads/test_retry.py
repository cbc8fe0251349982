"""The retry rule: each row of its page of prose, and the promises that hold for every rule."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import (
    DayPart,
    RetryAction,
    RetryRule,
)
from cti_api.model.ids import AgentId, TrunkId
from cti_api.model.leads import Lead, LeadMove, LeadState
from dialer.leads.plan import Outcome, counted
from dialer.leads.retry import decide_retry, while_open
from tests.support.law import bogota
from tests.support.thoughts import CALL_BACK, NOW, OFFICE, PARTS, lead, minutes, rule, spec

ANA = AgentId("ana")


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
    friday_evening = bogota("2026-11-20T18:30")
    campaign = spec({"busy": rule(minutes=60)}, hours=OFFICE)
    move = decide_retry(campaign, lead(), CallResult.BUSY, None, {}, friday_evening)
    assert move.not_before == bogota("2026-11-21T08:00")


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
    move = decide_retry(campaign, lead(), CallResult.NO_ANSWER, None, {}, bogota(called_at))
    assert move.not_before == bogota(next_call)


def test_a_day_part_that_begins_before_the_hours_is_called_in_from_their_opening() -> None:
    early = DayPart(name="early", start=time(6), end=time(9))
    campaign = spec({"no_answer": rule(next_day_part=True)}, hours=OFFICE, parts=(early,))
    move = decide_retry(campaign, lead(), CallResult.NO_ANSWER, None, {}, bogota("2026-11-23T17:00"))
    assert move.not_before == bogota("2026-11-24T08:00")


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
    move = decide_retry(
        campaign, lead(counts={result: 50}), result, None, {}, NOW, trunk=TrunkId("uno"), trunk_works=False
    )
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


# ------------------------------------------------------------------------------------------------------- said otherwise


SAID = ("cortado", "volver_a_llamar", "otro_numero", "ocupado", "connected")


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("former", SAID)
def test_what_is_corrected_is_decided_as_if_it_had_been_said_at_once(said: str, former: str) -> None:
    rules = {
        "cortado": rule(most=1),
        "volver_a_llamar": rule(RetryAction.CALLBACK, personal=True),
        "otro_numero": rule(RetryAction.DROP_PHONE, minutes=0, uses_attempt=False),
        "ocupado": rule(RetryAction.NEXT_PHONE, minutes=0, again_seconds=3600.0, again_most=1),
        "connected": rule(minutes=30),
    }
    campaign = spec(rules, most=2, parts=PARTS, hours=OFFICE, dispositions=(CALL_BACK,))
    campaign = replace(campaign, retry=replace(campaign.retry, per_day_part=1))
    before = lead(phones=2, counts={"busy": 1, "day_part:evening": 1}, attempts_made=0)
    wish = {"fecha": "2026-11-25T10:00"}

    def decided(state: Lead, code: str) -> LeadMove:
        chosen = None if code == "connected" else code
        return decide_retry(campaign, state, CallResult.CONNECTED, chosen, wish, NOW, dialed=NOW, agent=ANA)

    code = "" if former == "connected" else former
    closed = counted(before, decided(before, former), Outcome(result=CallResult.CONNECTED, disposition=code))
    reopened = while_open(campaign, closed.at(before.phone), CallResult.CONNECTED, code, NOW)
    assert decided(reopened, said) == decided(before, said)
