"""kill -9 of the whole engine while dispositions come in: of calls that go on, are wrapped up, and are over."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.model.calls import AttemptState
from cti_api.store.store import Store
from tests.support.free_port import free_port
from tests.support.killed_engine import a_campaign, in_calls
from tests.support.killing import Sender, assert_each_is_there_once, kill_while_it_is_told, worker_of
from tests.support.little_asterisk import LittleAsterisk


@pytest.mark.parametrize("times", [5, pytest.param(150, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
async def test_each_disposition_that_was_answered_is_there_once(
    url: str, tmp_path: Path, asterisk: LittleAsterisk, times: int
) -> None:
    random, over, port = Random(times), await a_campaign(url), free_port()
    arguments = (str(tmp_path), url, str(asterisk.port), str(port), f"http://127.0.0.1:{port}")
    async with worker_of("tests.support.engine_worker", *arguments) as worker:
        there = await in_calls(tmp_path, asterisk)
        sender = Sender(tmp_path / "vocero.sock", [*over, *there], random)
        await kill_while_it_is_told(worker, sender, times, random)
    await assert_each_is_there_once(url, sender)
    async with Store.open(url, clock=SystemClock()) as store:
        ended, goes_on = [await store.attempts.get(each) for each in there]
    assert (ended.state, goes_on.state) == (AttemptState.CLOSED, AttemptState.CONNECTED)
