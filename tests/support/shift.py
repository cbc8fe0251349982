"""A shift on the rig: campaigns made of customers' numbers, agents who sign in, our store held against SIPp's count.

What the customers' own telephones counted (`vocero.lab.customers`) is the truth here; the store is what is examined.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.phone import PhoneNumber
from vocero.lab.rig import Rig

LOOK_SECONDS = 0.05
COUNTED_SECONDS = 0.2
"""Of the time between two glances at the clock, at most this counts: in what is more than that, we had no turn."""

ANSWERED = {"connected", "caller_hung_up", "abandoned", "machine"}
"""What may become of a call that was taken. On a busy machine AMD takes a person for a machine, or the other way round,
so which of them it is depends on the verdict."""


def campaign_file(campaign_id: str, trunks: Sequence[str], **entries: Any) -> bytes:
    """A campaign open at all hours that calls each person once; `entries` replace or add to what it says.

    JSON is YAML too.
    """
    file = {
        "id": campaign_id,
        "title": campaign_id,
        "region": "CO",
        "mode": "progressive",
        "trunks": list(trunks),
        "caller_id": "+576015550100",
        "ring": "15 s",
        "wrap_up": "0 s",
        "calls_per_second": 20,
        "max_channels": 100,
        "hours": {"timezone": "America/Bogota", "days": {"mon-sun": ["00:00-24:00"]}},
        "retry": retry(),
        "dispositions": [{"code": "hablado", "label": "Se habló", "contact": True, "effective": True, "key": "1"}],
        "columns": {"name": "nombre", "phones": ["telefono"]},
    }
    return json.dumps(file | entries).encode()


def retry(most: int = 1, **rules: dict[str, Any]) -> dict[str, Any]:
    """At most so many attempts, a second apart; `rules` are added to "once more at once, whatever happened"."""
    standard = {
        "default": {"action": "retry", "after": "1 s"},
        "connected": {"action": "complete"},
        "hablado": {"action": "complete"},
    }
    return {"max_attempts": most, "min_gap": "1 s", "rules": standard | rules}


def people(numbers: Iterable[PhoneNumber]) -> str:
    """A list of persons with these numbers, in this order."""
    return "nombre,telefono\n" + "".join(f"Persona {place},{one.e164}\n" for place, one in enumerate(numbers))


async def staff(rig: Rig, campaigns: Sequence[str], *names: str) -> None:
    """Agents of these names work in these campaigns, signed in on their softphones."""
    ids = [CampaignId(one) for one in campaigns]
    for name in names:
        await rig.add_agent(AgentId(name), name.title(), ids)
    await asyncio.gather(*(rig.log_in(AgentId(name)) for name in names))


async def get(rig: Rig, path: str, **query: Any) -> Any:
    """What the running system says, asked beside this event loop."""
    return await asyncio.to_thread(lambda: rig.control.get(path, **query))


async def post(rig: Rig, path: str, body: Any = None) -> Any:
    return await asyncio.to_thread(rig.control.post, path, body)


async def attempts(rig: Rig, *campaigns: str) -> list[dict[str, Any]]:
    """Every attempt of these campaigns, as the store has it."""
    return [one for campaign in campaigns for one in await get(rig, f"/campaigns/{campaign}/attempts", format="json")]


async def closed_attempt(rig: Rig, campaign: str) -> dict[str, Any]:
    """A campaign's only attempt, once its end is written."""
    found: list[dict[str, Any]] = []

    async def closed() -> bool:
        found[:] = await attempts(rig, campaign)
        return found[0]["state"] == "closed"

    await until(closed, 20, "the attempt is closed")
    assert len(found) == 1
    return found[0]


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float, what: str) -> float:
    """Wait until it is so, at most for so long; returns how long that took.

    Only time in which this process had its turn counts, so that a promise of seconds can be held on a busy machine.
    """
    loop = asyncio.get_running_loop()
    looking = loop.create_task(_look(true))
    passed, glanced_at = 0.0, loop.time()
    try:
        while passed < seconds and not looking.done():
            await asyncio.wait([looking], timeout=LOOK_SECONDS)
            now = loop.time()
            passed, glanced_at = passed + min(now - glanced_at, COUNTED_SECONDS), now
        assert looking.done(), f"not within {seconds:g} s: {what}"
        looking.result()
        return passed
    finally:
        looking.cancel()
        await asyncio.wait([looking])


async def _look(true: Callable[[], bool | Awaitable[bool]]) -> None:
    while True:
        answer = true()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def until_state(rig: Rig, campaign: str, state: str, seconds: float) -> dict[str, Any]:
    """Wait for a campaign's state; its status then."""
    status: dict[str, Any] = {}

    async def there() -> bool:
        status.update(await get(rig, f"/campaigns/{campaign}"))
        return bool(status["state"] == state)

    await until(there, seconds, f"{campaign} is {state}")
    return status


def placed(tried: Iterable[dict[str, Any]]) -> Counter[str]:
    """How often each number was called, by the store: what was never dialled is no call."""
    return Counter(one["number"] for one in tried if one["result"] != "never_dialed")


def invited(rig: Rig) -> Counter[str]:
    """How often each number was called, by the customers themselves, over all trunks."""
    counted: Counter[str] = Counter()
    for customers in rig.customers.values():
        counted.update({one.e164: counts.invited for one, counts in customers.counts().items()})
    return counted
