"""A message office at work over a store and a provider on the wire, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from cti_api.clock import SystemClock
from cti_api.law.rules import Pack
from cti_api.message_settings import MessageSettings
from cti_api.messages.office import Office
from cti_api.model.calls import CallResult
from cti_api.model.consents import Channel, Consent
from cti_api.model.events import Event, EventKind
from cti_api.model.leads import Lead, LeadState
from cti_api.model.messages import Message, MessageState
from cti_api.relay import Relay
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.law import LAB
from tests.support.shift import until
from tests.support.store import CAMPAIGN, T0, attempt_for, closed, event, move
from tests.support.whatsapp_provider import Does, Provider
from tests.support.wire_http import wire_http

S = MessageState
ON_EXHAUSTED = """\
follow_ups:
  - name: aviso
    on: exhausted
    message: {channel: whatsapp, template: t, language: es, parameters: ["{nombre}"]}
"""
CONSENT = Consent(
    channel=Channel.WHATSAPP, at=datetime(2026, 1, 1, tzinfo=UTC), evidence="formulario", purpose="cobranza"
)


class SetClock:
    """The time that a test says it is; durations are real."""

    def __init__(self, now: datetime) -> None:
        self.at = now
        self._real = SystemClock()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._real.monotonic()


async def with_file(store: Store, text: str) -> None:
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + text, T0)


async def end(
    store: Store, lead: Lead, result: CallResult = CallResult.NO_ANSWER, when: datetime = T0, **facts: Any
) -> Event:
    """The lead's last call is over; what was told of it."""
    [taken] = await store.leads.reserve(CAMPAIGN, 1, when, when + timedelta(hours=1))
    attempt = attempt_for(taken, when)
    await store.attempts.open(attempt)
    state = facts.pop("lead_state", LeadState.EXHAUSTED)
    told = event(
        EventKind.ATTEMPT_CLOSED,
        when,
        campaign_id=CAMPAIGN,
        lead_id=lead.id,
        attempt_id=attempt.id,
        payload={"result": result.value, "disposition": facts.get("disposition", ""), "lead_state": state.value},
    )
    await store.attempts.close(closed(attempt, result, when, **facts), move(state, "x"), told)
    return told


@asynccontextmanager
async def working(
    store: Store, clock: SetClock, does: Callable[[str, int], Does] = lambda _to, _n: Does.TAKES, **otherwise: Any
) -> AsyncIterator[Provider]:
    """An office at work, with a provider."""
    provider = Provider(does=does)
    settings = {"tries": 3} | {key: otherwise.pop(key) for key in ("tries", "decided_hours") if key in otherwise}
    async with wire_http(provider.answer) as port:
        messages = MessageSettings(whatsapp=provider.settings(port), **settings)
        async with at_work(store, messages, clock, **otherwise):
            yield provider


@asynccontextmanager
async def at_work(
    store: Store, settings: MessageSettings, clock: SetClock, packs: tuple[Pack, ...] = LAB, **otherwise: Any
) -> AsyncIterator[None]:
    """An office at work, with whatever the settings name."""
    office = Office(store, settings, lambda: packs, clock, **otherwise)
    relay = Relay(store.outbox)
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(relay.run()), tasks.create_task(office.run(relay))]
        yield
        for task in running:
            task.cancel()


async def becomes(store: Store, lead: Lead, state: MessageState) -> Message:
    found: list[Message] = []

    async def so() -> bool:
        found[:] = await store.messages.of_lead(lead.id)
        return [message.state for message in found] == [state]

    await until(so, 30, f"the message is {state}")
    return found[0]
