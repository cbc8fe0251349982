"""Calls an agent decides on, through the whole dialer: preview and manual."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from cti_api.errors import Conflict, InputError
from cti_api.model.ids import AgentId, CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from vocero.demo import CAMPAIGN_FILE
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

ANA = AgentId("ana")
CAMPAIGN = CampaignId("demo-mantenimiento")
BY_HAND = CampaignId("a-mano")
TRUNK = TrunkId("operador-a")
PEOPLE = [number(Behaviour.TALKS, serial) for serial in range(3)]
WAIT_SECONDS = 20.0


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    """A preview campaign of three people, a manual one, one agent signed in; neither campaign started yet."""
    template = CAMPAIGN_FILE.read_text().replace("amd:\n  enabled: true", "amd:\n  enabled: false")
    file = template.replace("mode: progressive", "mode: preview\npreview: 4 s")
    manual = template.replace("mode: progressive", "mode: manual").replace(f"id: {CAMPAIGN}", f"id: {BY_HAND}")
    rows = [f"Persona {place},{person.e164},ABC{place:03d}" for place, person in enumerate(PEOPLE)]
    people = "\n".join(["nombre,telefono,placa", *rows, ""])
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        await rig.make_campaign(CAMPAIGN, file.encode(), people)
        await rig.make_campaign(BY_HAND, manual.encode(), "nombre,telefono,placa\n")
        await rig.add_agent(ANA, "Ana Díaz", [CAMPAIGN, BY_HAND])
        await rig.log_in(ANA)
        yield rig


async def until(rig: Rig, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The agent, once `what` is so of them."""
    seen: list[dict[str, Any]] = []

    def looked() -> bool:
        seen.append(rig.control.get(f"/agents/{ANA}"))
        return what(seen[-1])

    await rig.dialer.wait_until(looked, WAIT_SECONDS)
    return seen[-1]


async def shown(rig: Rig) -> str:
    """Name of the person on show."""
    agent = await until(rig, lambda a: a["state"] == "reserved" and a["call"] is not None)
    return str(agent["call"]["lead_name"])


def calls_to(rig: Rig, person: PhoneNumber) -> int:
    counts = rig.customers[TRUNK].counts().get(person)
    return counts.invited if counts else 0


async def test_a_preview_is_accepted_skipped_or_passes_and_only_then_is_anybody_called(rig: Rig) -> None:
    rig.control.post(f"/campaigns/{CAMPAIGN}/start")
    assert await shown(rig) == "Persona 0"
    assert calls_to(rig, PEOPLE[0]) == 0, "nobody is called before the agent accepts"
    rig.control.post(f"/agents/{ANA}/preview/accept")
    talking = await until(rig, lambda a: a["state"] == "busy")
    assert talking["call"]["number"] == PEOPLE[0].e164
    assert "Persona 0" in talking["call"]["script"]
    rig.control.post(f"/agents/{ANA}/hangup")
    await until(rig, lambda a: a["state"] == "wrap_up")
    rig.control.post(f"/agents/{ANA}/disposition", {"code": "ya_realizado", "fields": {}})

    assert await shown(rig) == "Persona 1"
    rig.control.post(f"/agents/{ANA}/preview/skip")
    assert await shown(rig) == "Persona 2"
    with pytest.raises(Conflict):
        rig.control.post(f"/agents/{ANA}/disposition", {"code": "ya_realizado", "fields": {}})

    unattended = await until(rig, lambda a: a["state"] == "not_ready")
    assert unattended["reason"] == "preview_unattended"
    assert [calls_to(rig, person) for person in PEOPLE] == [1, 0, 0]
    leads = rig.control.get(f"/campaigns/{CAMPAIGN}")["leads_by_state"]
    assert leads["completed"] == 1
    assert sum(leads.values()) == 3


async def test_a_number_dialled_by_hand_goes_through_the_same_gate(rig: Rig) -> None:
    stranger, never = number(Behaviour.TALKS, 77), number(Behaviour.TALKS, 78)
    rig.control.post(f"/campaigns/{CAMPAIGN}/start")
    rig.control.post(f"/campaigns/{BY_HAND}/start")
    await shown(rig)
    rig.control.post(f"/campaigns/{CAMPAIGN}/pause")
    await until(rig, lambda a: a["state"] == "ready")
    with pytest.raises(Conflict, match="paused"):
        rig.control.post(f"/agents/{ANA}/dial", {"campaign_id": CAMPAIGN, "number": stranger.e164})

    made = rig.control.post(f"/agents/{ANA}/dial", {"campaign_id": BY_HAND, "number": stranger.e164})
    talking = await until(rig, lambda a: a["state"] == "busy")
    assert talking["call"]["attempt_id"] == made["attempt_id"]
    with pytest.raises(InputError, match="not complete"):
        rig.control.post(f"/agents/{ANA}/disposition", {"code": "cita_agendada", "fields": {}})
    rig.control.post(f"/agents/{ANA}/hangup")
    await until(rig, lambda a: a["state"] == "wrap_up")
    appointment = {"code": "cita_agendada", "fields": {"fecha_cita": "2030-01-15T10:00"}}
    rig.control.post(f"/agents/{ANA}/disposition", appointment)
    await until(rig, lambda a: a["state"] == "ready")

    rig.control.post("/suppressions", {"number": never.e164, "source": "test"})
    for refused in (never.e164, "+14155550100", "+8821612345678"):
        with pytest.raises(Conflict):
            rig.control.post(f"/agents/{ANA}/dial", {"campaign_id": BY_HAND, "number": refused})
        await until(rig, lambda a: a["state"] == "ready")
    assert [calls_to(rig, person) for person in (stranger, never)] == [1, 0]
