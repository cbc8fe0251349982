"""Attempts planned over the parts of the day and over days: a supervisor's sentence, and what holds of every plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.campaign_file.parse import parse_campaign
from cti_api.model.calls import GIVEN_BACK, CallResult
from cti_api.model.campaigns import CampaignSpec, RetryAction
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.day_plan import opening_in_turn, part_at
from dialer.leads.gate import DialFacts, may_dial
from dialer.leads.hours import closing_margin, stays_open
from dialer.leads.refused import after_refusal
from tests.support.law import LAB, contact
from tests.support.plans import BOGOTA, PLANNED, bogota, stepped, told
from tests.support.thoughts import OFFICE, PARTS, lead, rule, spec

MOBILE, LANDLINE = PhoneNumber("+573001234567"), PhoneNumber("+576015550100")
MONDAY = bogota("2026-11-23 09:00")


@pytest.fixture(scope="module")
def plan() -> CampaignSpec:
    return parse_campaign(PLANNED)


def person(*phones: PhoneNumber, **more: object) -> Lead:
    return lead(state=LeadState.READY, contact=Contact(id=lead().contact.id, name="Ana", phones=phones), **more)


def calls(plan: CampaignSpec, who: Lead, *results: CallResult | str, first: datetime = MONDAY) -> list[str]:
    """When and whom, with `results` in turn, then nobody answering."""
    tried = stepped(plan, who, chain(results, repeat(CallResult.NO_ANSWER)), first)
    return [f"{told(at)} {'mobile' if each.phone == MOBILE else 'landline'}" for each, at in tried]


BUSY, MACHINE = CallResult.BUSY, CallResult.MACHINE


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((), ["Mon 09:00 mobile", "Wed 12:00 landline", "Fri 15:00 mobile"]),
        ((MACHINE,), ["Mon 09:00 mobile", "Wed 12:00 landline", "Fri 15:00 mobile"]),
        ((BUSY,), ["Mon 09:00 mobile", "Mon 09:10 mobile", "Wed 12:00 landline", "Fri 15:00 mobile"]),
        (
            (BUSY, BUSY, BUSY, BUSY),
            ["Mon 09:00 mobile", "Mon 09:10 mobile", "Mon 09:21 mobile", "Wed 12:00 landline", "Wed 12:10 landline",
             "Fri 15:00 mobile"],
        ),
        (("equivocado",), ["Mon 09:00 mobile", "Mon 09:10 landline", "Wed 12:00 landline", "Fri 15:00 landline"]),
        ((CallResult.NO_ANSWER, "equivocado"),
         ["Mon 09:00 mobile", "Wed 12:00 landline", "Wed 12:10 mobile", "Fri 15:00 mobile"]),
        (("equivocado", "equivocado"), ["Mon 09:00 mobile", "Mon 09:10 landline"]),
        (("cita",), ["Mon 09:00 mobile"]),
    ],
)  # fmt: skip
def test_the_supervisors_sentence(
    plan: CampaignSpec, results: tuple[CallResult | str, ...], expected: list[str]
) -> None:
    assert calls(plan, person(MOBILE, LANDLINE), *results) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("2026-11-23 13:00", ["Mon 13:00", "Wed 08:00", "Fri 15:00"]),
        ("2026-11-23 18:00", ["Mon 18:00", "Wed 08:00", "Fri 12:00"]),
        ("2026-11-26 10:00", ["Thu 10:00", "Sat 12:00", "Mon 15:00"]),  # Saturday closes at three, Sunday is closed
        ("2026-11-26 13:00", ["Thu 13:00", "Sat 08:00", "Mon 15:00"]),
    ],
)
def test_the_order_of_the_parts_follows_from_the_first(plan: CampaignSpec, first: str, expected: list[str]) -> None:
    tried = stepped(plan, person(MOBILE), repeat(CallResult.NO_ANSWER), bogota(first))
    assert [told(at) for _, at in tried] == expected


def test_a_call_that_ends_in_another_part_was_in_the_one_it_was_dialled_in(plan: CampaignSpec) -> None:
    (_, _), (_, second), _ = stepped(
        plan, person(MOBILE), repeat(CallResult.NO_ANSWER), bogota("2026-11-23 11:59"), ring=600
    )
    assert told(second) == "Wed 12:00"


def test_two_attempts_in_each_part_go_round_twice(plan: CampaignSpec) -> None:
    twice = replace(plan, retry=replace(plan.retry, max_attempts=6, per_day_part=2, days_apart=0))
    tried = stepped(twice, person(MOBILE), repeat(CallResult.NO_ANSWER), MONDAY)
    assert [told(at) for _, at in tried] == [
        "Mon 09:00", "Mon 12:00", "Mon 15:00", "Tue 08:00", "Tue 12:00", "Tue 15:00",
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ the gate


def asked(plan: CampaignSpec, who: Lead, at: datetime) -> DialFacts:
    return DialFacts(
        spec=plan, lead=who, number=who.phone, do_not_call=False, live_elsewhere=False, law=contact(), packs=LAB
    )


def test_a_lead_that_comes_late_is_not_called_in_a_part_that_was_tried(plan: CampaignSpec) -> None:
    who = person(MOBILE, counts={"day_part:evening": 1, "day_part:morning": 1})
    assert may_dial(asked(plan, who, MONDAY), bogota("2026-11-23 14:00")).allowed
    refused = may_dial(asked(plan, who, MONDAY), bogota("2026-11-23 16:00"))
    assert (refused.rule, refused.next_open) == ("day_part", bogota("2026-11-24 12:00"))
    assert after_refusal(plan, who, refused).state is LeadState.WAITING


def test_who_asked_to_be_called_at_an_hour_is_called_in_it(plan: CampaignSpec) -> None:
    who = person(MOBILE, counts={"day_part:morning": 1}, promised=True)
    assert may_dial(asked(plan, who, MONDAY), MONDAY).allowed


def test_parts_that_can_never_be_called_in_hold_nobody_up(plan: CampaignSpec) -> None:
    mornings = replace(plan, hours=replace(plan.hours, days=(replace(plan.hours.days[0], end=PARTS[0].end),)))
    counts = {"day_part:morning": 1}
    assert opening_in_turn(mornings, counts, MONDAY) == MONDAY


# ---------------------------------------------------------------------------------------- what holds of every such plan

results = st.sampled_from([*sorted(set(CallResult) - {CallResult.CONNECTED}), "equivocado"])


@st.composite
def plans(draw: st.DrawFn) -> CampaignSpec:
    each = draw(st.integers(1, 2))
    again = rule(RetryAction.NEXT_PHONE, again_seconds=draw(st.floats(300, 90_000)), again_most=draw(st.integers(1, 3)))
    campaign = spec(
        {
            "busy": again,
            "no_answer": rule(RetryAction.NEXT_PHONE, minutes=draw(st.floats(0, 3_000))),
            "equivocado": rule(RetryAction.DROP_PHONE, minutes=0, uses_attempt=False),
            "connected": rule(RetryAction.COMPLETE),
        },
        hours=OFFICE,
        most=draw(st.integers(1, 3 * each)),
        gap_minutes=5,
        parts=PARTS,
    )
    policy = replace(campaign.retry, per_day_part=each, days_apart=draw(st.integers(0, 4)))
    return replace(campaign, retry=policy)


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=120)
@given(plans(), instants, st.lists(results, max_size=12), st.integers(1, 3))
def test_no_part_comes_again_before_the_others_and_no_gap_is_broken(
    campaign: CampaignSpec, start: datetime, outcomes: list[CallResult | str], phones: int
) -> None:
    first = opening_in_turn(campaign, {}, start)
    assert first is not None
    who = lead(phones=phones, state=LeadState.READY)
    tried = list(stepped(campaign, who, chain(outcomes, repeat(CallResult.NO_ANSWER)), first))
    after = [each for each, _ in tried[1:]]
    used = [at for (before, at), then in zip(tried, after, strict=False) if then.attempts_made > before.attempts_made]
    assert len(used) < campaign.retry.max_attempts
    parts: Counter[str] = Counter()
    for _, at in tried:
        part = part_at(campaign, at)
        assert part is not None
        assert stays_open(campaign.hours, at, closing_margin(campaign))
        least = min(parts[p.name] for p in PARTS)
        assert parts[part.name] == least, "a part was tried again before the others"
        if at in used:
            parts[part.name] += 1
    assert all(count <= (campaign.retry.per_day_part or 0) for count in parts.values())
    days = [at.astimezone(BOGOTA).date() for at in used]
    for before, then in pairwise(days):
        assert then - before >= timedelta(days=campaign.retry.days_apart)
    given_back = {r for r in outcomes if r in GIVEN_BACK}
    for (_, before), (_, then) in pairwise(tried):
        assert then - before >= timedelta(minutes=5) or given_back
