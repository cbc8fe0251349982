"""The plan that is drawn is what the engine would do: no call it would refuse, none later than it would place it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.errors import InputError
from cti_api.law.facts import OnRecord, PastContact
from cti_api.law.questions import Question, answer
from cti_api.law.supposed import in_order
from cti_api.law.terms import Channel, Purpose
from cti_api.model.calls import LIVE_ANSWERS, CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.leads import Lead, LeadState
from cti_api.numbers.kinds import kind_of
from dialer.leads.gate import DialFacts, may_dial
from dialer.leads.law import facts_of
from dialer.leads.plan import Call, Outcome, Plan, walk
from dialer.leads.plan_doubts import doubts
from dialer.leads.plan_population import simulate
from dialer.leads.retry import decide_retry
from dialer.leads.supposing import outcomes_in_turn, somebody
from tests.support.law import PACKS
from tests.support.plans import BOGOTA, PLANNED, bogota, told

EXAMPLE = Path(__file__).parents[3] / "examples" / "p1_dealership" / "campaign.yaml"
WEDNESDAY = bogota("2026-12-02 09:00")


@pytest.fixture(scope="module")
def example() -> CampaignSpec:
    return parse_campaign(EXAMPLE.read_text(encoding="utf-8"))


def planned(spec: CampaignSpec, *words: str, start: datetime = WEDNESDAY, valid_until: datetime | None = None) -> Plan:
    return walk(spec, somebody(spec, valid_until), outcomes_in_turn(spec, words), PACKS, start)


def shown(plan: Plan) -> list[str]:
    """``1 Wed 09:00 mobile``, and ``- rule`` for what stood in the way."""
    return [
        f"{step.attempt} {told(step.at)} {kind_of(step.number)}" if isinstance(step, Call) else f"- {step.rule}"
        for step in plan.steps
    ]


@pytest.mark.parametrize(
    ("words", "start", "expected", "end"),
    [
        ((), "2026-12-02 09:00", ["1 Wed 09:00 mobile", "2 Fri 12:00 landline", "3 Mon 15:00 mobile"], "exhausted"),
        (("busy", "busy"), "2026-12-02 09:00",
         ["1 Wed 09:00 mobile", "1 Wed 11:00 mobile", "1 Wed 13:00 mobile", "2 Fri 08:00 landline",
          "3 Mon 15:00 mobile"], "exhausted"),
        (("machine",), "2026-12-02 09:00",
         ["1 Wed 09:00 mobile", "2 Fri 12:00 landline", "3 Mon 15:00 mobile"], "exhausted"),
        # Who was met, if by a stranger, is not called a second time that day.
        (("wrong_number",), "2026-12-02 09:00",
         ["1 Wed 09:00 mobile", "- co-2300-art3-once-a-day", "- campaign_hours", "1 Thu 08:00 landline",
          "2 Sat 12:00 landline", "3 Mon 15:00 landline"], "exhausted"),
        # Asked for on a holiday, at which hour a wish opens the law's window.
        (("callback=2026-12-08T12:00", "cita_agendada"), "2026-12-02 09:00",
         ["1 Wed 09:00 mobile", "2 Tue 12:00 mobile"], "completed"),
        ((), "2026-12-08 09:00",
         ["- co-2300-art3-hours", "- campaign_hours", "1 Wed 08:00 mobile", "2 Fri 12:00 landline",
          "3 Mon 15:00 mobile"], "exhausted"),
        ((), "2026-12-13 09:00",
         ["- co-2300-art3-hours", "- campaign_hours", "1 Mon 08:00 mobile", "2 Wed 12:00 landline",
          "3 Fri 15:00 mobile"], "exhausted"),
        (("no_llamar",), "2026-12-02 09:00", ["1 Wed 09:00 mobile"], "suppressed"),
    ],
)  # fmt: skip
def test_the_dealerships_plan(
    example: CampaignSpec, words: tuple[str, ...], start: str, expected: list[str], end: str
) -> None:
    plan = planned(example, *words, start=bogota(start))
    assert (shown(plan), plan.state.value) == (expected, end)


def test_the_weekly_limit_of_the_law_is_told_where_it_holds_a_plan_up(example: CampaignSpec) -> None:
    many = replace(example, retry=replace(example.retry, max_attempts=9, per_day_part=3, days_apart=0))
    plan = planned(many, start=bogota("2026-12-09 08:00"))
    (held, *_) = plan.hindrances
    assert (held.rule, told(held.at), held.until) == (
        "co-attempts-a-week", "Fri 08:00", bogota("2026-12-14 07:00").astimezone(UTC),
    )  # fmt: skip
    assert len(plan.calls) == 9


def test_a_lead_whose_time_is_over_before_its_next_attempt_is_closed_then(example: CampaignSpec) -> None:
    over = bogota("2026-12-05 00:00")
    plan = planned(example, valid_until=over)
    assert shown(plan) == ["1 Wed 09:00 mobile", "2 Fri 12:00 landline", "- valid"]
    assert (plan.state, plan.ended_at) == (LeadState.CLOSED, over)


def test_a_country_nobody_may_call_has_no_calls_and_no_end(example: CampaignSpec) -> None:
    plan = planned(replace(example, region="CL"))
    assert (plan.calls, plan.state in (LeadState.WAITING, LeadState.SUPPRESSED)) == ((), True)


def test_an_unknown_word_is_refused_with_the_nearest_one(example: CampaignSpec) -> None:
    with pytest.raises(InputError, match="did you mean no_answer"):
        outcomes_in_turn(example, ["no_anser"])
    with pytest.raises(InputError, match="2026-12-01T10:00"):
        outcomes_in_turn(example, ["callback=pronto"])


# ----------------------------------------------------------------------------------- against stepping through the days

STEP = timedelta(minutes=5)
BRINGS = (CallResult.NO_ANSWER, CallResult.MACHINE, CallResult.REJECTED)


def allowed(spec: CampaignSpec, lead: Lead, history: list[PastContact], at: datetime) -> bool:
    law = facts_of(spec, lead, lead.phone, OnRecord(history=tuple(history)), agent_reserved=True, now=at)
    law = replace(in_order(law, PACKS, at), caller_id=spec.caller_id)
    facts = DialFacts(
        spec=spec, lead=lead, number=lead.phone, do_not_call=False, live_elsewhere=False, law=law, packs=PACKS
    )
    return may_dial(facts, at).allowed


def step_by_step(spec: CampaignSpec, lead: Lead, brings: Iterator[CallResult], at: datetime) -> Iterator[datetime]:
    """The engine's functions, asked every five minutes of its life: when it is dialled."""
    history: list[PastContact] = []
    last = at + timedelta(days=20)
    while at < last and lead.state in (LeadState.NEW, LeadState.WAITING):
        if at < (lead.not_before or at) or not allowed(spec, lead, history, at):
            at += STEP
            continue
        yield at
        result = next(brings)
        direct = result in LIVE_ANSWERS or result is CallResult.MACHINE
        history.append(PastContact(at=at, channel=Channel.VOICE, direct=direct, number=lead.phone))
        move = decide_retry(spec, lead, result, None, {}, at + STEP, dialed=at)
        counts = dict(lead.counts)
        for word in move.counted_as or (result,):
            counts[word] = counts.get(word, 0) + 1
        lead = replace(
            lead, state=move.state, not_before=move.not_before, counts=counts,
            attempts_made=lead.attempts_made + move.counts_as_attempt,
            phone_index=lead.phone_index if move.phone_index is None else move.phone_index,
        )  # fmt: skip
        at += STEP


@pytest.mark.parametrize("seed", range(2))
def test_the_plan_is_what_stepping_through_its_days_gives(example: CampaignSpec, seed: int) -> None:
    random = Random(seed)
    brings = [random.choice(BRINGS) for _ in range(9)]
    spec = replace(
        example, ring_seconds=60.0,
        retry=replace(example.retry, max_attempts=random.choice([3, 4]), per_day_part=2, days_apart=seed % 2),
    )  # fmt: skip
    start = bogota("2026-12-03 07:00") + random.randrange(12) * STEP
    lead = somebody(spec)
    outcomes = iter(brings)
    plan = walk(spec, lead, lambda _l, _at: Outcome(result=next(outcomes)), PACKS, start)
    assert [call.at for call in plan.calls] == list(step_by_step(spec, lead, iter(brings), start))
    assert len(plan.calls) >= 3


starts = st.datetimes(datetime(2026, 11, 1), datetime(2027, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001
words = st.lists(
    st.sampled_from(["busy", "no_answer", "machine", "wrong_number", "trunk_failed", "rejected"]), max_size=8
)


@settings(max_examples=60)
@given(starts, words, st.integers(0, 4), st.integers(1, 2), st.sampled_from(list(Purpose)))
def test_every_call_of_every_plan_is_lawful_and_the_lead_ends(
    start: datetime, supposed: list[str], apart: int, each: int, purpose: Purpose
) -> None:
    spec = parse_campaign(PLANNED)
    spec = replace(spec, purpose=purpose, retry=replace(spec.retry, days_apart=apart, per_day_part=each))
    plan = planned(spec, *supposed, start=start)
    assert plan.state in (LeadState.EXHAUSTED, LeadState.CLOSED)
    assert len({call.attempt for call in plan.calls}) <= spec.retry.max_attempts
    used: dict[str, int] = {}
    for call in plan.calls:
        facts = facts_of(spec, somebody(spec), call.number, OnRecord(), agent_reserved=True, now=call.at)
        assert answer(Question(call.at, facts), PACKS).allowed
        if call.move.counts_as_attempt:
            used[call.day_part] = used.get(call.day_part, 0) + 1
    assert all(times <= each for times in used.values())


# ---------------------------------------------------------------------------------------------------------- population


def test_a_population_is_spread_over_the_parts_and_nobody_is_called_outside_the_law(example: CampaignSpec) -> None:
    rates = {"morning": 0.2, "midday": 0.1, "evening": 0.3, "": 0.0}
    found = simulate(example, somebody(example), PACKS, 200, rates, WEDNESDAY, Random(1))
    assert found.outside == 0
    assert sum(found.calls_by_part.values()) == found.calls
    assert found.reached == found.ended["completed"] == sum(found.reached_by_attempt.values())
    assert set(found.reached_by_attempt) == {1, 2, 3}
    assert 75 < found.reached < 125, "1 - 0.8 * 0.9 * 0.7 = 49.6 % of 200"
    assert found == simulate(example, somebody(example), PACKS, 200, rates, WEDNESDAY, Random(1))


@pytest.mark.parametrize(("rate", "reached"), [(0.0, 0), (1.0, 50)])
def test_who_never_answers_is_exhausted_and_who_always_does_needs_one_attempt(
    example: CampaignSpec, rate: float, reached: int
) -> None:
    rates = dict.fromkeys(["morning", "midday", "evening", ""], rate)
    found = simulate(example, somebody(example), PACKS, 50, rates, WEDNESDAY, Random(2))
    assert found.reached == reached
    assert found.ended == ({"completed": 50} if reached else {"exhausted": 50})


# -------------------------------------------------------------------------------------------------------------- doubts


def doubted(*changes: tuple[str, str], spec: Callable[[str], CampaignSpec] = parse_campaign) -> dict[str, str]:
    text = PLANNED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return dict(doubts(spec(text), PACKS))


def test_the_supervisors_sentence_is_held_against_the_law() -> None:
    found = doubted()
    assert list(found) == ["retry.rules.busy.again_in"]
    assert found["retry.rules.busy.again_in"].startswith("becomes 2 h: so long has to be between two attempts (co-")


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ((("evening: 15:00-19:00", "night: 19:00-22:00"), ("mon-fri: 08:00-19:00", "mon-fri: 08:00-22:00")),
         "retry.day_parts.night", "is closed by the law for all of its hours (co-2300-art3-hours: Ley 2300"),
        ((("evening: 15:00-19:00", "evening: 15:00-21:00"), ("mon-fri: 08:00-19:00", "mon-fri: 08:00-21:00")),
         "retry.day_parts.evening", "is closed by the law for some of its hours"),
        ((("midday: 12:00-15:00", "midday: 13:00-15:00"),), "hours.days",
         "are open outside of every day part, when nobody is called (Mon 12:00)"),
        ((("times: 2", "times: 3"),), "retry.rules.busy.times", "are more calls than a day may have, 3"),
        ((("machine: {action: next_phone}", "machine: {action: next_phone, after: 5 min}"),),
         "retry.rules.machine.after", "becomes 10 min: min_gap stands above every rule"),
    ],
)  # fmt: skip
def test_what_will_not_happen_is_told(changes: tuple[tuple[str, str], ...], path: str, message: str) -> None:
    assert message in doubted(*changes)[path]


def test_the_example_gives_no_reason_to_doubt(example: CampaignSpec) -> None:
    assert doubts(example, PACKS) == []
    assert example.hours.timezone == str(BOGOTA)
