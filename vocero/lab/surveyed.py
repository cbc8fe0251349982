"""A survey held by calls without agents (P3): people who were served and say by keys how it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from vocero.client import Control
from vocero.lab.customers import Behaviour, Customers, number
from vocero.lab.handsets import Act, Voice, Wait

ROOT: Final = Path(__file__).parents[2]
SURVEY_FILE: Final = ROOT / "examples" / "p3_survey" / "survey.yaml"
CAMPAIGN_FILE: Final = ROOT / "examples" / "p3_survey" / "demo.yaml"
SURVEY: Final = "satisfaccion-servicio"
CAMPAIGN: Final = CampaignId("demo-encuesta")
TRUNK: Final = TrunkId("operador-b")
LOOK_SECONDS: Final = 0.5
YAML: Final = "application/yaml"

IS_CONTENT: Final = ("1", "5", "7", "10", "#")
"""Yes, five of five, seven of seven, ten of ten, and nothing to add."""
IS_CROSS: Final = ("1", "2", "3", "3", "4", "#", "2")
"""Yes, two of five; the problem goes on; not easy; hardly recommends it; nothing to add; wants nobody now."""
REFUSES: Final = ("2",)
KEYED: Final = (IS_CONTENT, IS_CROSS, IS_CONTENT, REFUSES, IS_CONTENT, IS_CONTENT)
FINISHED: Final = sum(keys is not REFUSES for keys in KEYED)
CASES: Final = 2 * KEYED.count(IS_CROSS)
"""Of each who is cross: the complaint, and the problem that goes on."""


def people() -> dict[PhoneNumber, tuple[str, ...]]:
    """Who is asked, and what they key, each time it is their turn."""
    return {number(Behaviour.LISTENS, place): keys for place, keys in enumerate(KEYED, start=1)}


def voices() -> dict[PhoneNumber, Voice]:
    return {called: Voice(script=_script(keys)) for called, keys in people().items()}


def _script(keys: Sequence[str]) -> tuple[Act, ...]:
    return tuple(act for each in keys for act in (Wait.TURN, each))


async def invite(control: Control, served_at: datetime) -> None:
    """Publish the survey, invite everybody, and start the campaign that asks them."""
    await asyncio.to_thread(control.send, "PUT", f"/surveys/{SURVEY}", SURVEY_FILE.read_bytes(), YAML)
    await asyncio.to_thread(control.send, "POST", "/campaigns", CAMPAIGN_FILE.read_bytes(), YAML)
    for place, called in enumerate(people(), start=1):
        invitation = {
            "key": f"OT-{place}", "phone": called.e164, "service_at": served_at.isoformat(), "service": "reparación",
        }  # fmt: skip
        await asyncio.to_thread(control.post, f"/surveys/{SURVEY}/invitations", invitation)
    await asyncio.to_thread(control.post, f"/campaigns/{CAMPAIGN}/start")


async def until_asked(control: Control, seconds: float) -> None:
    """Until nobody waits to be asked, or is; at most so many seconds."""
    for _ in range(int(seconds / LOOK_SECONDS)):
        waiting = await asyncio.to_thread(control.get, f"/surveys/{SURVEY}/invitations", state="waiting")
        status = await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}")
        if not waiting and not status["calls_in_flight"]:
            return
        await asyncio.sleep(LOOK_SECONDS)


async def told_of_survey(control: Control, customers: Customers) -> dict[str, Any]:
    """What became of it: ours by state and result, and what the people's telephones counted."""
    invitations = await asyncio.to_thread(control.get, f"/surveys/{SURVEY}/invitations")
    results = await asyncio.to_thread(control.get, f"/surveys/{SURVEY}/results")
    cases = await asyncio.to_thread(control.get, "/survey-cases", survey=SURVEY, done=True)
    attempts = await asyncio.to_thread(control.get, f"/campaigns/{CAMPAIGN}/attempts", format="json")
    counts = customers.counts().values()
    return {
        "by_state": dict(Counter(each["state"] for each in invitations)),
        "csat": _share(results, "csat"),
        "cases": len(cases),
        "attempts": [each["attempt_id"] for each in attempts],
        "counted": {"invited": sum(c.invited for c in counts), "answered": sum(c.answered for c in counts)},
    }


def _share(results: Mapping[str, Any], figure: str) -> float | None:
    questions = [each for group in results["groups"] for each in group["questions"]]
    return next((each["value"] for each in questions if each["figure"] == figure), None)
