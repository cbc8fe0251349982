"""A clock that was set is not believed at once."""

from datetime import UTC, datetime, timedelta

from dialer.engine.clock_trust import ClockTrust

T0 = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def read(trust: ClockTrust, wall_seconds: float, steady: float) -> ClockTrust:
    return trust.read(T0 + timedelta(seconds=wall_seconds), steady)


def test_a_clock_that_is_slewed_slowly_is_trusted():
    trust = ClockTrust.first(T0, 100.0)
    for second in range(1, 200):
        trust = read(trust, second * 1.1, 100.0 + second)
        assert trust.trusted


def test_a_jump_is_doubted_until_two_readings_agree():
    trust = read(ClockTrust.first(T0, 100.0), 3700.0, 101.0)
    assert not trust.trusted
    trust = read(trust, 3729.0, 130.0)
    assert not trust.trusted
    assert read(trust, 3731.0, 132.0).trusted


def test_a_second_jump_begins_the_doubt_anew():
    trust = read(ClockTrust.first(T0, 100.0), -7200.0, 101.0)
    trust = read(trust, 20.0, 121.0)
    assert not read(trust, 49.0, 150.0).trusted
    assert read(trust, 51.0, 152.0).trusted
