"""Agents at work, whatever breaks: they hang up after a while and say what became of the call."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from cti_api.errors import VoceroError
from vocero.client import Control

LOOK_SECONDS = 0.1


class Crew:
    """Every agent of the rig. While the dialer is away they wait for it."""

    def __init__(self, control: Control, random: Random, *, talk: tuple[float, float], code: str = "hablado") -> None:
        """`talk`: shortest and longest talk, in seconds; `code`: the disposition they always choose."""
        self._control = control
        self._random = random
        self._talk = talk
        self._code = code
        self._hang_up_at: dict[str, float] = {}

    async def work(self) -> None:
        """Until cancelled."""
        now = asyncio.get_running_loop().time
        while True:
            try:
                for agent in await asyncio.to_thread(self._control.get, "/agents"):
                    await asyncio.to_thread(self._act, agent, now())
            except VoceroError:
                pass  # no dialer there, or the call ended between the look and the act
            await asyncio.sleep(LOOK_SECONDS)

    def _act(self, agent: dict[str, Any], now: float) -> None:
        if agent["state"] == "wrap_up":
            self._control.post(f"/agents/{agent['id']}/disposition", {"code": self._code})
        elif agent["state"] == "busy" and agent["call"] is not None:
            talk = self._random.uniform(*self._talk)
            if now >= self._hang_up_at.setdefault(agent["call"]["attempt_id"], now + talk):
                self._control.post(f"/agents/{agent['id']}/hangup")
