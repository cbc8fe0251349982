"""Whether a change of the law loosens it: entry by entry, and against what the law then says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_api.law.compare import compare, effect_of_all
from cti_api.law.decide import decide
from cti_api.law.facts import PastContact
from cti_api.law.rules import (
    AbandonmentLimit,
    AfterAbandoned,
    CallerPrefix,
    ConsentNeeded,
    Gap,
    Holidays,
    Limit,
    MinimumRing,
    OneChannel,
    Opening,
    Reach,
    Registry,
    RespectOptOut,
    Rule,
    Window,
)
from cti_api.law.strictness import Effect, effect_of
from cti_api.law.terms import Certainty, Channel, Counted, Period, Purpose, Scope
from tests.support.law import NUMBER, OTHER_NUMBER, contact, head, pack_of
from tests.support.laws import LATER, SATURDAY_LONGER, SATURDAY_SHORTER, SHIPPED, changed, law_with

SAME, TIGHTENS, LOOSENS = Effect.SAME, Effect.TIGHTENS, Effect.LOOSENS
NINE, NOON, TWO, SIX = time(9), time(12), time(14), time(18)
WINDOW = Window(**head("horas"), days={0: ((NINE, SIX),), 5: ((NINE, NOON),)}, closed_on_holidays=True)
LIMIT = Limit(**head("max"), counts=Counted.ATTEMPTS, at_most=3, per=Period.DAY, among=Scope.NUMBER)
GAP = Gap(**head("espera"), counts=Counted.ATTEMPTS, at_least=timedelta(hours=2), among=Scope.CHANNEL)
LISTED = Registry(
    **head("rne"),
    registry="RNE",
    oldest=timedelta(days=1),
    oldest_at_start=timedelta(days=1),
    later_consent_counts=True,
)
CONSENT = ConsentNeeded(**head("permiso"), for_channel=False, own_initiative=False)
PREFIX = CallerPrefix(**head("prefijo"), prefixes=("+571", "+574"))
RING = MinimumRing(**head("timbre"), at_least=timedelta(seconds=15))
SHARE = AbandonmentLimit(**head("abandono"), at_most=0.03, over=timedelta(days=30), agent_within=timedelta(seconds=2))
AFTER = AfterAbandoned(**head("abandonada"), wait=timedelta(hours=72))
ONE = OneChannel(**head("canales"), at_most=2, per=Period.DAY)
OUT = RespectOptOut(**head("no"))
EVERY_RULE: list[Rule] = [WINDOW, LIMIT, GAP, LISTED, CONSENT, PREFIX, RING, SHARE, AFTER, ONE, OUT]


@pytest.mark.parametrize(
    ("rule", "change", "effect"),
    [
        (WINDOW, {"days": {0: ((NINE, SIX),), 5: ((NINE, TWO),)}}, LOOSENS),
        (WINDOW, {"days": {0: ((NINE, SIX),)}}, TIGHTENS),
        (WINDOW, {"days": {0: ((NINE, NOON), (NOON, SIX)), 5: ((NINE, NOON),)}}, SAME),
        (WINDOW, {"days": {0: ((NINE, NOON),), 5: ((NINE, TWO),)}}, LOOSENS),
        (WINDOW, {"days": Opening.NEVER}, TIGHTENS),
        (WINDOW, {"days": Opening.ALWAYS}, LOOSENS),
        (WINDOW, {"closed_on_holidays": False}, LOOSENS),
        (WINDOW, {"margin": timedelta(minutes=5)}, TIGHTENS),
        (WINDOW, {"margin": timedelta(seconds=30)}, LOOSENS),
        (LIMIT, {"at_most": 2}, TIGHTENS),
        (LIMIT, {"at_most": 4}, LOOSENS),
        (LIMIT, {"per": Period.WEEK}, TIGHTENS),
        (LIMIT, {"per": Period.WEEK, "at_most": 6}, LOOSENS),
        (LIMIT, {"among": Scope.PERSON}, TIGHTENS),
        (LIMIT, {"among": Scope.CHANNEL}, LOOSENS),
        (LIMIT, {"counts": Counted.DIRECT_CONTACTS}, LOOSENS),
        (GAP, {"at_least": timedelta(hours=3)}, TIGHTENS),
        (GAP, {"at_least": timedelta(hours=1)}, LOOSENS),
        (LISTED, {"oldest": timedelta(hours=12)}, TIGHTENS),
        (LISTED, {"oldest_at_start": timedelta(days=2)}, LOOSENS),
        (LISTED, {"later_consent_counts": False}, TIGHTENS),
        (LISTED, {"registry": "otra"}, LOOSENS),
        (CONSENT, {"for_channel": True}, TIGHTENS),
        (replace(CONSENT, own_initiative=True), {"own_initiative": False}, LOOSENS),
        (PREFIX, {"prefixes": ("+571",)}, TIGHTENS),
        (PREFIX, {"prefixes": ("+57160", "+574")}, TIGHTENS),
        (PREFIX, {"prefixes": ("+57",)}, LOOSENS),
        (RING, {"at_least": timedelta(seconds=20)}, TIGHTENS),
        (SHARE, {"at_most": 0.02}, TIGHTENS),
        (SHARE, {"over": timedelta(days=60)}, LOOSENS),
        (SHARE, {"agent_within": timedelta(seconds=3)}, LOOSENS),
        (AFTER, {"wait": timedelta(hours=24)}, LOOSENS),
        (ONE, {"at_most": 1}, TIGHTENS),
        (ONE, {"per": Period.WEEK}, TIGHTENS),
        (OUT, {"purposes": frozenset({Purpose.SURVEY})}, LOOSENS),
        (OUT, {"source": "otra", "certainty": Certainty.SURE, "note": "x", "seen": date(2026, 1, 1)}, SAME),
        (OUT, {"in_force": False}, LOOSENS),
        (replace(OUT, in_force=False), {"in_force": True}, TIGHTENS),
        (replace(RING, in_force=False), {"at_least": timedelta(seconds=1)}, SAME),
    ],
)
def test_each_entry_is_judged_by_what_it_allows(rule: Rule, change: dict[str, Any], effect: Effect) -> None:
    assert effect_of(rule, replace(rule, **change)) is effect


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.id)
def test_a_rule_more_tightens_and_a_rule_less_loosens(rule: Rule) -> None:
    assert effect_of(None, rule) is TIGHTENS
    assert effect_of(rule, None) is LOOSENS
    assert effect_of(rule, rule) is SAME
    assert effect_of(replace(rule, in_force=False), None) is SAME


def test_a_longer_margin_that_may_leap_over_a_break_is_in_doubt() -> None:
    siesta = replace(WINDOW, days={0: ((NINE, NOON), (time(12, 20), SIX))})
    assert effect_of(siesta, replace(siesta, margin=timedelta(minutes=30))) is LOOSENS
    assert effect_of(siesta, replace(siesta, margin=timedelta(minutes=2))) is TIGHTENS


def test_a_rule_of_another_kind_under_the_same_name_is_in_doubt() -> None:
    assert effect_of(RING, replace(AFTER, id=RING.id)) is LOOSENS


def test_what_gives_and_takes_at_once_loosens() -> None:
    both = changed("co", SATURDAY_LONGER, ("at_most: 3 %", "at_most: 2 %"))
    found = compare(law_with(SHIPPED["co"]), law_with(both))
    assert {each.effect for each in found} == {TIGHTENS, LOOSENS}
    assert effect_of_all(found) is LOOSENS


def test_the_difference_is_told_in_the_supervisors_words() -> None:
    found = compare(law_with(SHIPPED["co"]), law_with(changed("co", LATER, SATURDAY_LONGER)))
    assert [(each.pack, each.rule, each.words) for each in found] == [
        ("co", "co-2300-art3-hours", ("sábados: 08:00–15:00 → 08:00–18:00",)),
        ("co", "co-other-hours", ("sábados: 08:00–15:00 → 08:00–18:00",)),
    ]


def test_nothing_is_told_of_a_pack_in_which_only_remarks_changed() -> None:
    remark = changed("co", ("# Colombia. No legal advice", "# Colombia, once more. No legal advice"))
    assert compare(law_with(SHIPPED["co"]), law_with(remark)) == ()


def test_a_settled_day_is_told_and_judged() -> None:
    working = changed("co", ("  disputed:", "  confirmed:\n    2026-07-13: working_day\n  disputed:"))
    [change] = compare(law_with(SHIPPED["co"]), law_with(working))
    assert change.effect is LOOSENS
    assert "13 de julio de 2026: en disputa → día hábil" in change.words[0]
    holiday = changed("co", ("  disputed:", "  confirmed:\n    2026-07-13: holiday\n  disputed:"))
    [change] = compare(law_with(SHIPPED["co"]), law_with(holiday))
    assert change.effect is SAME


def test_a_bridge_more_tightens_and_a_year_more_loosens() -> None:
    bridge = changed(
        "bo", ("  by_department: true", "  by_department: true\n  added:\n    2026-12-24: feriado puente\n#")
    )
    [change] = compare(law_with(SHIPPED["bo"]), law_with(bridge))
    assert (change.effect, change.words) == (
        TIGHTENS,
        ("24 de diciembre de 2026: día hábil → festivo (feriado puente)",),
    )
    [change] = compare(law_with(SHIPPED["bo"]), law_with(changed("bo", ("2016-2035", "2016-2036"))))
    assert (change.effect, change.words) == (LOOSENS, ("año 2036: desconocido → conocido",))
    [change] = compare(
        law_with(SHIPPED["bo"]), law_with(changed("bo", ("by_department: true", "by_department: false")))
    )
    assert change.effect is LOOSENS


def test_packs_that_come_and_go() -> None:
    law = [each.pack for each in SHIPPED.values()]
    own = pack_of(RING, regions=Reach.EVERYWHERE, zones=())
    ecuador = pack_of(WINDOW, regions=frozenset({"EC"}), zones=("America/Guayaquil",))
    colombia_twice = pack_of(WINDOW)
    for pack, effect in ((own, TIGHTENS), (ecuador, LOOSENS), (colombia_twice, TIGHTENS)):
        [change] = compare(law, [*law, pack])
        assert change.effect is effect
        [change] = compare([*law, pack], law)
        assert change.effect is LOOSENS


def test_a_second_pack_for_unknown_countries_that_brings_a_clock_loosens() -> None:
    clockless = pack_of(replace(WINDOW, closed_on_holidays=False), regions=Reach.UNKNOWN, zones=())
    second = replace(pack_of(OUT, regions=Reach.UNKNOWN, zones=("America/Guayaquil",)), name="otro")
    monday = datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert not decide(contact(region="EC"), [clockless], monday).allowed
    assert decide(contact(region="EC"), [clockless, second], monday).allowed
    assert effect_of_all(compare([clockless], [clockless, second])) is LOOSENS
    assert effect_of_all(compare([clockless], [clockless, replace(second, zones=())])) is TIGHTENS
    assert effect_of_all(compare([second], [second, clockless])) is TIGHTENS


# ------------------------------------------------------------------ against what the law says then

TIMES = st.sampled_from([time(7), NINE, NOON, TWO, SIX, time(0)])
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    days = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        start, end = draw(
            st.sampled_from([(time(7), NOON), (NINE, SIX), (NINE, NOON), (NOON, time(0)), (time(0), TWO)])
        )
        days[weekday] = ((start, end),)
    return replace(
        WINDOW,
        days=draw(st.sampled_from([days, days, days, Opening.ALWAYS, Opening.NEVER])),
        closed_on_holidays=draw(st.booleans()),
        margin=timedelta(minutes=draw(st.integers(1, 50))),
    )


@st.composite
def counting(draw: st.DrawFn) -> Rule:
    return draw(
        st.sampled_from([
            replace(LIMIT, at_most=most, per=per, among=among, counts=counts)
            for most in (1, 2) for per in Period for among in Scope for counts in Counted
        ])
        | st.sampled_from([
            replace(GAP, at_least=timedelta(hours=hours), among=among) for hours in (1, 30) for among in Scope
        ])
        | st.sampled_from([replace(ONE, at_most=most, per=per) for most in (1, 2) for per in Period])
    )  # fmt: skip


PAST = st.builds(
    PastContact,
    at=st.integers(0, 9 * 24).map(lambda hours: NOW - timedelta(hours=hours)),
    channel=st.sampled_from([Channel.VOICE, Channel.SMS]),
    direct=st.booleans(),
    number=st.sampled_from([NUMBER, OTHER_NUMBER]),
)
CALENDARS = st.builds(
    Holidays,
    calendar=st.sampled_from(["CO", "BO"]),
    first_year=st.just(2026),
    last_year=st.sampled_from([2026, 2027]),
    by_department=st.booleans(),
    added=st.dictionaries(st.sampled_from([date(2026, 11, 26), date(2026, 12, 8)]), st.just("puente")),
    confirmed=st.dictionaries(st.sampled_from([date(2026, 11, 26), date(2026, 12, 8)]), st.booleans()),
)


@settings(max_examples=150)
@given(windows() | counting(), windows() | counting(), CALENDARS, CALENDARS, st.lists(PAST, max_size=4))
def test_what_is_said_to_loosen_nothing_never_allows_more(
    one: Rule, other: Rule, calendar: Holidays, another: Holidays, past: list[PastContact]
) -> None:
    before, after = pack_of(one, holidays=calendar), pack_of(other, holidays=another)
    if effect_of_all(compare([before], [after])) is Effect.LOOSENS:
        before, after = after, before
        if effect_of_all(compare([before], [after])) is Effect.LOOSENS:
            return
    facts = contact(history=tuple(past))
    for hours in range(0, 15 * 24, 3):
        at = NOW + timedelta(hours=hours, minutes=hours % 50)
        assert decide(facts, [before], at).allowed or not decide(facts, [after], at).allowed


def test_the_shorter_saturday_is_one_persons_affair() -> None:
    assert effect_of_all(compare(law_with(SHIPPED["co"]), law_with(changed("co", SATURDAY_SHORTER)))) is TIGHTENS
