"""kill -9 while dispositions come in: each one that was answered is there once, however often it had to be sent."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId
from cti_api.store.store import Store
from tests.support.killing import Sender, assert_each_is_there_once, kill_while_it_is_told, worker_of
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, move, new_leads
from tests.support.store_file import new_store

ANA = AgentId("ana")
CALLS = 8


async def calls(url: str) -> list[AttemptId]:
    """Calls of Ana's that are over."""
    made = []
    async with Store.open(url, clock=SystemClock()) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
        await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
        await store.leads.add(CAMPAIGN, new_leads(CALLS), T0)
        for lead in await store.leads.reserve(CAMPAIGN, CALLS, T0, at(60)):
            attempt = attempt_for(lead, agent_id=ANA)
            await store.attempts.open(attempt)
            await store.attempts.close(closed(attempt, CallResult.CONNECTED, at(5), disposition="nada"), move())
            made.append(attempt.id)
    return made


@pytest.mark.parametrize("times", [20, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
async def test_each_disposition_that_was_answered_is_there_once(tmp_path: Path, times: int) -> None:
    random, url = Random(times), await new_store(tmp_path)
    sender = Sender(tmp_path / "vocero.sock", await calls(url), random)
    async with worker_of("tests.support.disposing_worker", str(tmp_path)) as worker:
        await kill_while_it_is_told(worker, sender, times, random)
    await assert_each_is_there_once(url, sender)
