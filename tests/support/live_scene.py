"""One Asterisk, three telephones and people who are called one after the other: who hears whom, for tests of calls."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable
from itertools import count
from typing import Any

from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from tests.support.calls import tone_heard
from tests.support.floor import TRUNK, until_agent
from tests.support.shift import campaign_file, get, people, post, until
from vocero.lab.rig import Rig
from vocero.lab.softphones import Softphone

AGENTS = ("ana", "luis", "sara")
SERIALS = count()
OUTER = {TRUNK, "ambulancia"}
"""Bridges with these are those of halves of a call with one another, not of people."""


class Scene:
    """One Asterisk, three telephones, and people who are called one after the other."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig

    async def talk(self, person: PhoneNumber, *agents: str) -> str:
        """Ana talks with this person, and the others are ready; the call's id."""
        name = CampaignId(f"llama-{next(SERIALS)}")
        await self.rig.make_campaign(name, campaign_file(name, [TRUNK], wrap_up="60 s"), people([person]))
        for agent in ("ana", *agents):
            await asyncio.to_thread(self.rig.control.patch, f"/agents/{agent}", {"campaigns": [name]})
            await self.rig.log_in(AgentId(agent))
        self.campaign = name
        await post(self.rig, f"/campaigns/{name}/start")
        call: str = (await until_agent(self.rig, "ana", "busy"))["call"]["attempt_id"]
        return call

    async def go_home(self) -> None:
        """Everybody is signed out, and no channel is left."""
        for agent in AGENTS:
            if (await get(self.rig, f"/agents/{agent}"))["state"] in ("busy", "reserved"):
                await post(self.rig, f"/agents/{agent}/hangup")
                await until_agent(self.rig, agent, "wrap_up")
            if (await get(self.rig, f"/agents/{agent}"))["state"] == "wrap_up":
                await post(self.rig, f"/agents/{agent}/ready")
            if (await get(self.rig, f"/agents/{agent}"))["state"] != "logged_off":
                await post(self.rig, f"/agents/{agent}/logout")
        for call in await get(self.rig, "/calls"):
            await post(self.rig, f"/calls/{call['id']}/hangup")
        assert await self.rig.quiet(20) == []

    def phone(self, agent: str) -> Softphone:
        return self.rig.phones[AgentId(agent)]

    def heard_by(self, person: PhoneNumber, hz: float) -> float:
        """Seconds of this tone that a person heard."""
        return tone_heard(self.rig.customers[TRUNK], person, hz)

    def all_heard_by(self, person: PhoneNumber) -> array[int]:
        """Everything a person heard, in all their calls."""
        return sum(self.rig.customers[TRUNK].heard(person), array("h"))

    async def person_hears(self, person: PhoneNumber, agent: str, more: float = 0.5) -> None:
        """… more of the agent than before."""
        hz = self.phone(agent).tone_hz
        before = self.heard_by(person, hz)
        await until(lambda: self.heard_by(person, hz) >= before + more, 20, f"{person} hears {agent}")

    async def are_joined(self, *pairs: set[str]) -> None:
        """Those are who hear each other in Asterisk, by its own bridges, and so the engine has it."""

        async def so() -> bool:
            inner = [joined for joined in await self.rig.bridges() if not joined & OUTER]
            return _alike(inner, pairs) and _alike(await self._believed(), pairs)

        await until(so, 10, f"joined are {pairs}")

    async def _believed(self) -> list[set[str]]:
        """Who hears each other as far as the engine knows."""
        joined: list[set[str]] = []
        for agent in await get(self.rig, "/agents"):
            if (asks := agent["consulting"]) is None and agent["state"] == "busy":
                joined.append({agent["id"], agent["call"]["number"].removeprefix("+")})
            elif asks is not None and (asks["role"], asks["state"]) == ("asks", "talking"):
                kind, _, name = asks["other"].partition(":")
                joined.append({agent["id"], name if kind == "agent" else f"colleague{name}"})
        outside = [call for call in await get(self.rig, "/calls") if call["state"] == "transferred"]
        return joined + [{c["number"].removeprefix("+"), f"colleague{c['to'].partition(':')[2]}"} for c in outside]

    async def until_they_talk(self, *pair: str) -> None:
        """… with one another, in Asterisk, whomever else they have."""

        async def so() -> bool:
            return set(pair) in await self.rig.bridges()

        await until(so, 10, f"{' and '.join(pair)} talk")

    async def call(self, call_id: str) -> dict[str, Any] | None:
        return next((call for call in await get(self.rig, "/calls") if call["id"] == call_id), None)

    async def until_call(self, call_id: str, state: str) -> None:
        async def there() -> bool:
            call = await self.call(call_id)
            return call is not None and call["state"] == state

        await until(there, 25, f"the call is {state}")

    async def until_told(self, kind: str, attempt: str, most: int = 1) -> list[dict[str, Any]]:
        """The events of that kind and call, once there are so many: they are written a moment after."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            found[:] = [event for event in await self.events(kind) if event["attempt_id"] == attempt]
            return len(found) >= most

        await until(there, 10, f"{kind} is told")
        return found

    async def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in await get(self.rig, "/events", since=0) if event["kind"] == kind]


def _alike(some: Iterable[set[str]], others: Iterable[set[str]]) -> bool:
    return sorted(map(sorted, some)) == sorted(map(sorted, others))
