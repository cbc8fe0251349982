"""The breaker: when a trunk is given up, and how it is found to work again (failure catalogue F40 to F43)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.calls.outcome import TrunkSign
from dialer.trunks.breaker import PROBE_SECONDS, BreakerState, TrunkHealth

NEW = TrunkHealth()


def after(health: TrunkHealth, *signs: TrunkSign, start: float = 0.0, every: float = 1.0) -> TrunkHealth:
    """`health` after calls that were placed and ended one after the other."""
    for n, sign in enumerate(signs):
        health = health.ended(sign, start + n * every, start + n * every)
    return health


def opened() -> TrunkHealth:
    """A trunk given up at second 2."""
    return after(NEW, *[TrunkSign.SILENT] * 3)


def test_three_silent_calls_open_the_breaker() -> None:
    assert after(NEW, TrunkSign.SILENT, TrunkSign.SILENT).state is BreakerState.CLOSED
    assert opened().state is BreakerState.OPEN


def test_one_agents_silent_calls_open_it_too_though_they_come_half_a_minute_apart() -> None:
    assert after(NEW, *[TrunkSign.SILENT] * 3, every=32.0).state is BreakerState.OPEN
    assert after(NEW, *[TrunkSign.SILENT] * 3, every=61.0).state is BreakerState.CLOSED


def test_a_sign_of_life_between_them_keeps_it_closed() -> None:
    rang = after(NEW, TrunkSign.SILENT, TrunkSign.SILENT).rang(1.5, 1.9)
    assert after(rang, TrunkSign.SILENT, TrunkSign.SILENT, start=2.0).state is BreakerState.CLOSED
    worked = after(NEW, TrunkSign.SILENT, TrunkSign.SILENT, TrunkSign.WORKS, TrunkSign.SILENT, TrunkSign.SILENT)
    assert worked.state is BreakerState.CLOSED


def test_half_of_the_last_calls_failing_opens_it_once_ten_were_seen() -> None:
    congested, works = TrunkSign.CONGESTED, TrunkSign.WORKS
    assert after(NEW, *[congested] * 9).state is BreakerState.CLOSED
    assert after(NEW, *[congested] * 10).state is BreakerState.OPEN
    assert after(NEW, *[works, congested] * 5).state is BreakerState.OPEN
    assert after(NEW, *[works] * 20, *[congested, works, works] * 20).state is BreakerState.CLOSED


def test_a_trunk_that_does_not_take_our_password_is_given_up_after_three_calls() -> None:
    locked_out = after(NEW, *[TrunkSign.LOCKED_OUT] * 3)
    assert locked_out.state is BreakerState.OPEN
    assert locked_out.speed == NEW.speed, "it is no matter of speed"


def test_refusals_of_many_numbers_open_it_and_slow_nothing() -> None:
    refused = after(NEW, *[TrunkSign.REFUSED] * 10)
    assert refused.state is BreakerState.OPEN
    assert refused.speed == NEW.speed


def test_a_number_that_fails_again_and_again_does_not_open_it() -> None:
    trunk = NEW
    for n in range(10):
        trunk = trunk.ended(TrunkSign.WORKS, n, n, f"good-{n}")
    for n in range(10, 90):
        trunk = trunk.ended(TrunkSign.REFUSED, n, n, f"bad-{n % 9}")
    assert trunk.state is BreakerState.CLOSED
    assert trunk.ended(TrunkSign.REFUSED, 90.0, 90.0, "bad-10").state is BreakerState.OPEN


def test_numbers_that_do_not_exist_open_it_where_no_telephone_ever_rang() -> None:
    unknown, works = TrunkSign.UNKNOWN_NUMBER, TrunkSign.WORKS
    assert after(NEW, *[unknown] * 9).state is BreakerState.CLOSED
    trunk = after(NEW, *[works, unknown] * 5)
    assert (trunk.state, trunk.knows_no_numbers) == (BreakerState.OPEN, True)
    probed = trunk.placed(30.0).ended(unknown, 30.0, 31.0)
    assert (probed.state, probed.knows_no_numbers) == (BreakerState.OPEN, True)
    rang = probed.placed(50.0).rang(50.0, 52.0)
    assert (rang.state, rang.knows_no_numbers) == (BreakerState.CLOSED, False)


def test_numbers_that_do_not_exist_are_a_sign_of_life_once_a_telephone_rang() -> None:
    trunk = after(NEW.rang(0.0, 0.5), *[TrunkSign.UNKNOWN_NUMBER] * 40, start=1.0)
    assert (trunk.state, trunk.knows_no_numbers) == (BreakerState.CLOSED, False)
    silent = after(trunk, *[TrunkSign.SILENT] * 3, start=50.0)
    assert silent.placed(70.0).ended(TrunkSign.UNKNOWN_NUMBER, 70.0, 71.0).state is BreakerState.CLOSED


def test_what_says_nothing_of_the_trunk_changes_nothing() -> None:
    assert after(NEW, *[TrunkSign.UNKNOWN] * 50) == NEW


def test_an_open_breaker_lets_one_probe_through_each_fifteen_seconds() -> None:
    trunk = opened()
    allowed = []
    for second in range(2, 63):
        if trunk.may_call(second):
            allowed.append(second)
            trunk = trunk.placed(second)
            assert trunk.state is BreakerState.PROBING
    assert allowed == [17, 32, 47, 62]


def test_a_probe_that_rings_closes_it_with_a_clean_slate() -> None:
    trunk = opened().placed(17.0).rang(17.0, 19.0)
    assert trunk.state is BreakerState.CLOSED
    assert (trunk.failed, trunk.silent_at) == ((), ())
    assert after(trunk, TrunkSign.SILENT, TrunkSign.SILENT, start=20.0).state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_again_and_the_next_one_keeps_its_time() -> None:
    trunk = opened().placed(17.0).ended(TrunkSign.CONGESTED, 17.0, 18.0)
    assert trunk.state is BreakerState.OPEN
    assert not trunk.may_call(31.9)
    assert trunk.may_call(32.0)


def test_calls_from_before_it_opened_neither_close_it_nor_count_afterwards() -> None:
    trunk = opened()
    assert trunk.rang(1.0, 5.0).state is BreakerState.OPEN
    assert trunk.ended(TrunkSign.WORKS, 1.0, 9.0).state is BreakerState.OPEN
    closed = trunk.placed(17.0).rang(17.0, 18.0)
    late = [closed := closed.ended(TrunkSign.SILENT, 1.0 + n / 10, 30.0) for n in range(9)]
    assert late[-1].state is BreakerState.CLOSED


def test_a_keep_alive_without_answer_opens_it_at_once() -> None:
    trunk = NEW.unreachable(5.0)
    assert trunk.state is BreakerState.OPEN
    assert trunk.unreachable(9.0) == trunk


def test_a_storm_of_congestion_halves_the_speed_within_its_first_calls_and_it_comes_back_slowly() -> None:
    trunk = after(NEW, *[TrunkSign.CONGESTED] * 3, every=0.5)
    assert trunk.calls_per_second(10.0, 1.0) == 5.0
    assert trunk.calls_per_second(10.0, 1.0 + 12.5) == 7.5
    assert trunk.calls_per_second(10.0, 1.0 + 25.0) == 10.0


def test_one_congested_call_now_and_then_slows_nothing() -> None:
    trunk = after(NEW, *[TrunkSign.CONGESTED, TrunkSign.WORKS, TrunkSign.WORKS] * 5, every=6.0)
    assert trunk.calls_per_second(10.0, 90.0) == 10.0


def test_false_answers_raise_the_alarm_at_more_than_thirty_percent() -> None:
    trunk = NEW
    for n in range(20):
        trunk = trunk.answered(0.4 if n < 6 else 60.0)
    assert not trunk.answers_falsely
    assert trunk.answered(0.9).answers_falsely is False  # one short answer came, the first one left the window
    for _ in range(2):
        trunk = trunk.answered(0.2)
    trunk = trunk.answered(0.2)
    assert trunk.answers_falsely is False
    for _ in range(4):
        trunk = trunk.answered(0.2)
    assert trunk.answers_falsely


signs = st.lists(st.tuples(st.sampled_from(TrunkSign), st.floats(0.0, 20.0), st.floats(0.0, 40.0)), max_size=80)


@settings(max_examples=200)
@given(signs)
def test_whatever_a_trunk_says_probes_are_rare_and_a_working_one_is_used_again(
    calls: list[tuple[TrunkSign, float, float]],
) -> None:
    trunk, now = NEW, 0.0
    under_way: list[tuple[float, float, TrunkSign]] = []
    probes: list[float] = []
    for sign, wait, lasts in calls:
        now += wait
        for ends, placed, said in sorted(c for c in under_way if c[0] <= now):
            trunk = trunk.ended(said, placed, ends)
        under_way = [c for c in under_way if c[0] > now]
        if trunk.may_call(now):
            if trunk.state is not BreakerState.CLOSED:
                assert not probes or now - probes[-1] >= PROBE_SECONDS
                probes.append(now)
            trunk = trunk.placed(now)
            under_way.append((now + lasts, now, sign))
        assert 1 / 16 <= trunk.speed.share_at(now) <= 1.0
        assert len(trunk.failed) <= 20
    now += PROBE_SECONDS * 1.001  # sums of fractions round
    assert trunk.may_call(now)
    assert trunk.placed(now).rang(now, now + 2.0).state is BreakerState.CLOSED
