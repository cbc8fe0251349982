"""Ids that we make."""

import uuid
from datetime import UTC, datetime, timedelta

from cti_api.model.ids import CHANNEL_ID, new_attempt_id

NOW = datetime(2026, 11, 26, 14, 30, 0, 123_456, tzinfo=UTC)


def test_the_later_is_the_greater() -> None:
    ids = [new_attempt_id(NOW + timedelta(milliseconds=ms)) for ms in (-(10**12), -1, 0, 1, 2, 1000, 10**11)]
    assert ids == sorted(ids)


def test_those_of_one_moment_are_as_many_as_were_made() -> None:
    assert len({new_attempt_id(NOW) for _ in range(100_000)}) == 100_000


def test_it_is_a_uuid_that_tells_its_time() -> None:
    made = uuid.UUID(new_attempt_id(NOW))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert (made.int >> 80) == int(NOW.timestamp() * 1000)
    assert CHANNEL_ID.match(made.hex)
