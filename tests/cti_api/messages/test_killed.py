"""kill -9 while messages and letters go out, and a provider that fails: nobody gets two, and nobody is forgotten.

``VOCERO_ENGINES`` says on which the long run runs, such as ``sqlite,postgresql``.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from cti_api.model.messages import MessageState
from tests.support.killed_office import Told, killed_again_and_again

ENGINES = os.environ.get("VOCERO_ENGINES", "sqlite").split(",")


def check(told: Told, people: int, kills: int) -> None:
    assert told.kills == kills
    assert told.twice == [], "nobody gets two messages"
    assert told.neither == [], "everybody has one message or a dead letter"
    assert told.claimed == [], "nothing is said to have gone that did not"
    assert told.outside_hours == []
    assert set(told.states) <= {MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.DEAD}
    assert told.states.total() == people
    # what was under way as a process was killed is a dead letter, and that is the more, the slower the machine
    assert told.provider.count > people / 2, "the provider took most of them"
    assert told.decided_by_report == told.states[MessageState.DELIVERED]
    assert told.decided_by_report > 0, "the provider took some that it did not answer"


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_nobody_gets_two_messages_from_a_process_that_is_killed(url: str) -> None:
    check(await killed_again_and_again(url, 120, 2, Random(20261125)), 120, 2)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("engine", ENGINES)
async def test_nobody_gets_two_messages_from_a_process_that_is_killed_many_times(url: str) -> None:
    check(await killed_again_and_again(url, 2000, 20, Random(20261126)), 2000, 20)
