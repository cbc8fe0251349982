"""The lab's agents: they act as people do, through the same API as everyone, with their softphone beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from cti_api.clock import Clock
from cti_api.errors import VoceroError
from vocero.client import Control

LOOK_SECONDS: Final = 0.25
TALK_SECONDS: Final = (2.0, 5.0)
"""Shortest and longest talk; a customer who hangs up first ends it earlier."""
WRAP_UP_SECONDS: Final = (0.3, 1.0)

Decides = Callable[[dict[str, Any]], tuple[str, dict[str, str]]]
"""What became of the call that an agent wraps up: a disposition and its fields."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    """What one robot saw last."""

    call_id: str = ""
    """The attempt's, or the caller's."""
    state: str = ""
    act_at: float = 0.0


class Robots:
    """Every agent, in one loop: hangs up after a while, then says what became of the call."""

    def __init__(
        self,
        control: Control,
        clock: Clock,
        random: Random,
        decides: Decides | None = None,
        talk_seconds: tuple[float, float] = TALK_SECONDS,
        but_for: str = "",
    ) -> None:
        """Without `decides` they say what comes to `random`. `but_for`: an agent who is a person."""
        self._control = control
        self._clock = clock
        self._random = random
        self._decides = decides or self._as_on_a_good_day
        self._but_for = but_for
        self._waits = {"busy": talk_seconds, "wrap_up": WRAP_UP_SECONDS}
        self._watched: dict[str, _Watched] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self._look)
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        for agent in self._control.get("/agents"):
            if agent["id"] == self._but_for:
                continue
            try:
                self._act(agent)
            except VoceroError as error:
                # The call ended between the look and the act.
                log.debug("a robot's act came too late", extra={"agent": agent["id"], "reason": str(error)})

    def _act(self, agent: dict[str, Any]) -> None:
        seen = self._watched.setdefault(agent["id"], _Watched())
        call = agent["call"] or {}
        call_id = call.get("attempt_id") or call.get("caller_id") or ""
        now = self._clock.monotonic()
        if (call_id, agent["state"]) != (seen.call_id, seen.state):
            seen.call_id, seen.state = call_id, agent["state"]
            wait = self._waits.get(agent["state"])
            seen.act_at = now + self._random.uniform(*wait) if wait else 0.0
            return
        if not seen.act_at or now < seen.act_at:
            return
        seen.act_at = 0.0
        if agent["state"] == "busy":
            self._control.post(f"/agents/{agent['id']}/hangup")
        else:
            code, fields = self._decides(agent["call"])
            self._control.post(f"/agents/{agent['id']}/disposition", {"code": code, "fields": fields})

    def _as_on_a_good_day(self, _call: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Mostly an appointment, as on a good day."""
        kind = self._random.random()
        if kind < 0.55:
            return "cita_agendada", {"fecha_cita": self._in_days(self._random.randrange(2, 9))}
        if kind < 0.80:
            motives = ("Costo del servicio", "Sin tiempo en estas fechas", "Vendió el vehículo")
            return "no_acepta", {"motivo": self._random.choice(motives)}
        if kind < 0.90:
            return "ya_realizado", {}
        if kind < 0.96:
            return "no_es_propietario", {}
        return "no_llamar", {}

    def _in_days(self, days: int) -> str:
        day: datetime = self._clock.now() + timedelta(days=days)
        return day.replace(hour=15, minute=0, second=0, microsecond=0, tzinfo=None).isoformat()
