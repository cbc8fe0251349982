"""Calls an agent decides on, through the whole dialer: preview and manual."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cti_api.errors import Conflict, InputError
from cti_api.model.ids import CampaignId, TrunkId
from cti_api.model.phone import PhoneNumber
from tests.support.floor import until_agent
from tests.support.shift import campaign_file, get, invited, people, post, retry, staff, until
from vocero.lab.asterisk import AsteriskProgram
from vocero.lab.customers import Behaviour, number
from vocero.lab.rig import Rig, RigTrunk

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

SHOWN, BY_HAND, TRUNK = "con-vista", "a-mano", TrunkId("operador-a")
PEOPLE = [number(Behaviour.TALKS, serial) for serial in range(3)]
DISPOSITIONS = [
    {"code": "hablado", "label": "Se habló", "contact": True, "effective": True},
    {
        **{"code": "cita", "label": "Cita agendada", "contact": True, "effective": True},
        "fields": [{"name": "fecha", "label": "Fecha y hora", "kind": "datetime"}],
    },
]


@pytest.fixture
async def rig(asterisk_program: AsteriskProgram, tmp_path: Path) -> AsyncIterator[Rig]:
    """A preview campaign of three people and a manual one, one agent of both signed in; neither is started yet."""
    told = {
        "preview": "8 s",
        "wrap_up": "60 s",
        "script": "Buenos días {nombre}.",
        "dispositions": DISPOSITIONS,
        "retry": retry(1, cita={"action": "complete"}),
    }
    async with Rig(tmp_path / "rig", asterisk_program, trunks=[RigTrunk(id=TRUNK)]) as rig:
        await rig.make_campaign(
            CampaignId(SHOWN), campaign_file(SHOWN, [TRUNK], mode="preview", **told), people(PEOPLE)
        )
        await rig.make_campaign(CampaignId(BY_HAND), campaign_file(BY_HAND, [TRUNK], mode="manual", **told), people([]))
        await staff(rig, [SHOWN, BY_HAND], "ana")
        yield rig


async def shown(rig: Rig, name: str) -> None:
    """Wait until this person is on show."""

    async def there() -> bool:
        ana = await get(rig, "/agents/ana")
        return ana["state"] == "reserved" and ana["call"] is not None and ana["call"]["lead_name"] == name

    await until(there, 20, f"{name} is on show")


async def ends_the_talk(rig: Rig, disposition: dict[str, Any]) -> None:
    await post(rig, "/agents/ana/hangup")
    await until_agent(rig, "ana", "wrap_up")
    await post(rig, "/agents/ana/disposition", disposition)


def calls_to(rig: Rig, *called: PhoneNumber) -> list[int]:
    return [invited(rig)[person.e164] for person in called]


async def test_a_preview_is_accepted_skipped_or_passes_and_only_then_is_anybody_called(rig: Rig) -> None:
    await post(rig, f"/campaigns/{SHOWN}/start")
    await shown(rig, "Persona 0")
    assert calls_to(rig, *PEOPLE) == [0, 0, 0], "nobody is called before the agent accepts"
    await post(rig, "/agents/ana/preview/accept")
    talking = await until_agent(rig, "ana", "busy")
    assert talking["call"]["number"] == PEOPLE[0].e164
    assert talking["call"]["script"] == "Buenos días Persona 0."
    await ends_the_talk(rig, {"code": "hablado"})

    await shown(rig, "Persona 1")
    await post(rig, "/agents/ana/preview/skip")
    await shown(rig, "Persona 2")
    with pytest.raises(Conflict):
        await post(rig, "/agents/ana/disposition", {"code": "hablado"})

    unattended = await until_agent(rig, "ana", "not_ready")
    assert unattended["reason"] == "preview_unattended"
    assert calls_to(rig, *PEOPLE) == [1, 0, 0]
    leads = (await get(rig, f"/campaigns/{SHOWN}"))["leads_by_state"]
    assert leads["completed"] == 1
    assert sum(leads.values()) == 3


async def test_a_number_dialled_by_hand_goes_through_the_same_gate(rig: Rig) -> None:
    stranger, never = number(Behaviour.TALKS, 77), number(Behaviour.TALKS, 78)
    for campaign in (SHOWN, BY_HAND):
        await post(rig, f"/campaigns/{campaign}/start")
    await shown(rig, "Persona 0")
    await post(rig, f"/campaigns/{SHOWN}/pause")
    await until_agent(rig, "ana", "ready")
    with pytest.raises(Conflict, match="paused"):
        await post(rig, "/agents/ana/dial", {"campaign_id": SHOWN, "number": stranger.e164})

    made = await post(rig, "/agents/ana/dial", {"campaign_id": BY_HAND, "number": stranger.e164})
    talking = await until_agent(rig, "ana", "busy")
    assert talking["call"]["attempt_id"] == made["attempt_id"]
    with pytest.raises(InputError, match="not complete"):
        await post(rig, "/agents/ana/disposition", {"code": "cita", "fields": {}})
    await ends_the_talk(rig, {"code": "cita", "fields": {"fecha": "2030-01-15T10:00"}})
    await until_agent(rig, "ana", "ready")

    await post(rig, "/suppressions", {"number": never.e164, "source": "test"})
    for refused in (never.e164, "+14155550100", "+8821612345678"):
        with pytest.raises(Conflict):
            await post(rig, "/agents/ana/dial", {"campaign_id": BY_HAND, "number": refused})
        await until_agent(rig, "ana", "ready")
    assert calls_to(rig, stranger, never) == [1, 0]
