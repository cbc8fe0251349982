"""What stands before a whole engine that is killed (`engine_worker`): a campaign, two agents, and their talks."""

from __future__ import annotations

from pathlib import Path

import httpx

from cti_api.clock import SystemClock
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.model.leads import LeadState
from cti_api.store.store import Store
from tests.support.house import TRUNK
from tests.support.little_asterisk import LittleAsterisk
from tests.support.shift import campaign_file, retry, until
from tests.support.store import attempt_for, closed, move, new_leads

CAMPAIGN = CampaignId("turno")
AGENTS = ("ana", "luis")
OVER = 3
"""Calls that are over from the beginning."""
SAID = [
    {"code": "hablado", "label": "Se habló"},
    {"code": "sin_cita", "label": "No agenda", "fields": [{"name": "motivo", "label": "Motivo", "kind": "text"}]},
]


async def a_campaign(url: str) -> list[AttemptId]:
    """With two people to be called, and calls of Ana's that are over."""
    clock, made = SystemClock(), []
    async with Store.open(url, clock=clock) as store:
        rules = retry(sin_cita={"action": "complete"})
        text = campaign_file(CAMPAIGN, [TRUNK], wrap_up="60 s", dispositions=SAID, retry=rules).decode()
        await store.campaigns.create(CAMPAIGN, "Turno", text, clock.now())
        for name in AGENTS:
            await store.agents.add(Agent(id=AgentId(name), name=name, campaigns=(CAMPAIGN,)), clock.now())
        await store.leads.add(CAMPAIGN, new_leads(OVER), clock.now())
        for lead in await store.leads.reserve(CAMPAIGN, OVER, clock.now(), clock.now()):
            attempt = attempt_for(lead, clock.now(), trunk=TRUNK, agent_id=AgentId("ana"), connected_at=clock.now())
            await store.attempts.open(attempt)
            over = closed(attempt, CallResult.CONNECTED, clock.now(), disposition="hablado")
            await store.attempts.close(over, move(LeadState.COMPLETED, "hablado"))
            made.append(attempt.id)
        await store.leads.add(CAMPAIGN, new_leads(len(AGENTS), first=OVER), clock.now())
    return made


async def in_calls(folder: Path, asterisk: LittleAsterisk) -> list[AttemptId]:
    """Both agents came to talk, and the first one's talk, Ana's, is over."""
    asterisk.phones.update(dict.fromkeys(AGENTS, True))
    transport = httpx.AsyncHTTPTransport(uds=str(folder / "vocero.sock"), verify=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://vocero/api/v1", timeout=30) as api:

        async def may_sign_in() -> bool:
            try:
                return (await api.post("/agents/ana/login")).is_success
            except httpx.TransportError:
                return False

        await until(may_sign_in, 20, "ana is signed in")
        (await api.post("/agents/luis/login")).raise_for_status()
        (await api.post(f"/campaigns/{CAMPAIGN}/start")).raise_for_status()
        await until(lambda: len(asterisk.calls) == len(AGENTS), 20, "both are called")
        for attempt in asterisk.calls:
            before = len(asterisk.joins())
            await asterisk.answers_call(attempt)
            await until(lambda: len(asterisk.joins()) > before, 10, "an agent is joined")  # noqa: B023
            await asterisk.joined(*asterisk.joins()[-1])

        async def are(*states: str) -> bool:
            return sorted(each["state"] for each in (await api.get("/agents")).json()) == list(states)

        await until(lambda: are("busy", "busy"), 10, "both talk")
        await asterisk.ends(asterisk.calls[0])
        await until(lambda: are("busy", "wrap_up"), 10, "one talk is over")
    return [AttemptId(each) for each in asterisk.calls]
