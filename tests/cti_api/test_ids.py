"""Ids that we make."""

import time
import uuid

from cti_api.model.ids import CHANNEL_ID, new_attempt_id, new_event_id


def test_each_is_another_and_the_later_is_the_greater() -> None:
    ids = []
    for make in (new_attempt_id, new_event_id) * 50:
        ids.append(make())
        begun = time.time_ns() // 1_000_000
        while time.time_ns() // 1_000_000 == begun:
            pass
    assert ids == sorted(set(ids))


def test_those_of_one_moment_are_as_many_as_were_made() -> None:
    assert len({new_attempt_id() for _ in range(100_000)}) == 100_000


def test_it_is_a_uuid_that_tells_its_time() -> None:
    made = uuid.UUID(new_attempt_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert abs((made.int >> 80) / 1000 - time.time()) < 60
    assert CHANNEL_ID.match(made.hex)
