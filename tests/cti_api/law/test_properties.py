"""Whatever the packs and the contact: openings are exact, the strictest wins, more rules never allow more."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.law.decide import decide
from cti_api.law.facts import Facts, PastContact
from cti_api.law.rules import AfterAbandoned, Gap, Limit, OneChannel, Pack, Rule, Window
from cti_api.law.terms import Channel, Counted, Period, Purpose, Scope
from tests.support.law import NUMBER, OTHER_NUMBER, PACKS, checked, contact, head, pack_of

ZONES = ("America/Bogota", "America/Santiago", "America/New_York", "America/Tijuana")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NEAR_CHANGES = (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC), datetime(2026, 9, 6, tzinfo=UTC))
MICROSECOND = timedelta(microseconds=1)

instants = st.one_of(
    st.integers(0, 1000 * 86_400).map(lambda second: BEGIN + timedelta(seconds=second)),
    st.tuples(st.sampled_from(NEAR_CHANGES), st.integers(-2 * 86_400, 2 * 86_400)).map(
        lambda near: near[0] + timedelta(seconds=near[1])
    ),
)
clock_times = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
some_channels = st.sets(st.sampled_from(Channel), min_size=1).map(frozenset)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    days = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        times = sorted(draw(st.sets(clock_times, min_size=2, max_size=4)))
        days[weekday] = tuple(zip(times[::2], times[1::2], strict=False))
    return Window(**draw(heads()), days=days, closed_on_holidays=draw(st.booleans()))


@st.composite
def heads(draw: st.DrawFn) -> dict[str, Any]:
    return head(f"rule-{draw(st.integers(0, 10**6))}", channels=draw(some_channels))


@st.composite
def counting_rules(draw: st.DrawFn) -> Rule:
    named = draw(heads())
    per, counts, among = draw(st.sampled_from(Period)), draw(st.sampled_from(Counted)), draw(st.sampled_from(Scope))
    length = timedelta(minutes=draw(st.integers(1, 6000)))
    return draw(
        st.sampled_from(
            (
                Limit(**named, counts=counts, at_most=draw(st.integers(1, 3)), per=per, among=among),
                OneChannel(**named, at_most=draw(st.integers(1, 2)), per=per),
                Gap(**named, counts=counts, at_least=length, among=among),
                AfterAbandoned(**named, wait=length),
            )
        )
    )


rules = st.one_of(windows(), counting_rules())
zones = st.sets(st.sampled_from(ZONES), min_size=1, max_size=2).map(lambda some: tuple(sorted(some)))
packs = st.builds(lambda some, where: pack_of(*some, zones=where), st.lists(rules, min_size=1, max_size=5), zones)


@st.composite
def contacts(draw: st.DrawFn, now: datetime) -> Facts:
    history = tuple(
        PastContact(
            at=now - timedelta(minutes=draw(st.integers(-30, 9 * 1440))),
            channel=draw(st.sampled_from(Channel)),
            direct=draw(st.booleans()),
            number=draw(st.sampled_from((None, NUMBER, OTHER_NUMBER))),
        )
        for _ in range(draw(st.integers(0, 5)))
    )
    abandoned = draw(st.none() | st.integers(0, 5000).map(lambda minutes: now - timedelta(minutes=minutes)))
    return contact(
        channel=draw(st.sampled_from(Channel)),
        purpose=draw(st.sampled_from(Purpose)),
        history=history,
        abandoned_at=abandoned,
        agent_reserved=draw(st.booleans()),
        ring_seconds=draw(st.sampled_from((15.0, 28.0, 120.0))),
    )


@settings(deadline=None, max_examples=80)
@given(st.data(), instants, packs)
def test_the_next_opening_is_allowed_and_nothing_before_it_is(data: st.DataObject, now: datetime, pack: Pack) -> None:
    facts = data.draw(contacts(now))
    decision = decide(facts, (pack,), now)
    opening = decision.next_open
    assert decision.allowed is (opening == now)
    if opening is not None:
        assert decide(facts, (pack,), opening).allowed
        before = opening
    else:
        before = now + timedelta(days=30)
    if before == now:
        return
    span = (before - now) / MICROSECOND
    tried = {before - MICROSECOND, now} | {
        now + data.draw(st.floats(0, 1, exclude_max=True)) * span * MICROSECOND for _ in range(8)
    }
    assert not any(decide(facts, (pack,), at).allowed for at in tried if at < before)


@settings(deadline=None, max_examples=80)
@given(st.data(), instants, packs, packs)
def test_the_strictest_of_two_packs_wins(data: st.DataObject, now: datetime, first: Pack, second: Pack) -> None:
    # Each pack is asked on the clocks of both: where the person lives does not depend on who asks.
    where = tuple(sorted({*first.zones, *second.zones}))
    first, second = pack_of(*first.rules, zones=where), pack_of(*second.rules, zones=where)
    facts = data.draw(contacts(now))
    alone = [decide(facts, (pack,), now) for pack in (first, second)]
    together = decide(facts, (first, second), now)
    assert together.allowed is all(each.allowed for each in alone)
    if together.next_open is not None:
        assert all(each.next_open is not None and each.next_open <= together.next_open for each in alone)
    assert decide(facts, (second, first), now).next_open == together.next_open


@settings(deadline=None, max_examples=80)
@given(st.data(), instants, packs, rules)
def test_one_rule_more_never_allows_more(data: st.DataObject, now: datetime, pack: Pack, rule: Rule) -> None:
    facts = data.draw(contacts(now))
    stricter = pack_of(*pack.rules, rule, zones=pack.zones)
    before, after = decide(facts, (pack,), now), decide(facts, (stricter,), now)
    assert before.allowed or not after.allowed
    if after.next_open is not None:
        assert before.next_open is not None
        assert before.next_open <= after.next_open


@settings(deadline=None, max_examples=80)
@given(st.data(), instants, st.sampled_from(("CO", "PE", "BO", "CL")), st.none() | st.sampled_from(ZONES))
def test_the_shipped_packs_open_when_they_say(
    data: st.DataObject, now: datetime, region: str, zone: str | None
) -> None:
    drawn = data.draw(contacts(now))

    def asked(at: datetime) -> Facts:
        return contact(
            region=region,
            zone=zone,
            channel=drawn.channel,
            purpose=drawn.purpose,
            history=drawn.history,
            abandoned_at=drawn.abandoned_at,
            registries=(checked(at),),
        )

    decision = decide(asked(now), PACKS, now)
    if region == "CL":
        assert decision.next_open is None
        return
    assert decision.next_open is not None
    assert decide(asked(decision.next_open), PACKS, decision.next_open).allowed
    if decision.next_open > now:
        just_before = decision.next_open - MICROSECOND
        assert not decide(asked(just_before), PACKS, just_before).allowed


@settings(deadline=None, max_examples=100)
@given(instants)
def test_the_answer_does_not_depend_on_how_the_instant_is_written(now: datetime) -> None:
    here = decide(contact(purpose=Purpose.COLLECTIONS), PACKS, now)
    there = decide(contact(purpose=Purpose.COLLECTIONS), PACKS, now.astimezone(ZoneInfo("Asia/Kathmandu")))
    assert here == there
