"""The law is changed while calls go on: from one decision to the next, and counted beforehand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cti_api.model.ids import CampaignId
from cti_api.sip_accounts import SipAccounts
from dialer.engine.port import EnginePort
from tests.support.house import House
from tests.support.law import LAB
from tests.support.store import new_leads
from vocero.lab.rig import LAB_PACKS

LAW = CampaignId("ley")
OPEN = (LAB_PACKS / "lab.yaml").read_text(encoding="utf-8")
SHUT = OPEN.replace("open: always", "open: never").replace("version: 2026-11-25", "version: 2026-12-01")


def port_of(house: House) -> EnginePort:
    return EnginePort(house.engine, SipAccounts(Path("none")), datetime.now(UTC))


async def test_the_next_decision_is_made_by_the_new_law_and_names_its_version(house: House) -> None:
    await house.sign_in("ana")
    run = await house.campaign(LAW, new_leads(3, first=100))
    attempt = await house.call()
    assert (await house.stored(attempt)).decision.packs == ("lab 2026-11-25",)
    port = port_of(house)
    port.law_is([SHUT])
    await house.until(lambda: run.alarm == "law:lab-hours", "the campaign is stopped by the new law")
    lead = (await house.engine.floor.store.leads.find("100", LAW, 1))[0]
    gate = await port.gate(lead.id)
    assert (gate.rule, gate.packs) == ("lab-hours", ("lab 2026-12-01",))
    port.law_is([OPEN])
    await house.until(lambda: run.alarm == "", "it goes on")


async def test_those_whom_it_would_block_are_counted_and_none_is_touched(house: House) -> None:
    await house.prepare(LAW, new_leads(5, first=100))
    port = port_of(house)
    reach = await port.law_reach([SHUT])
    assert (reach.open_leads, reach.looked_at) == (8, 8), "with the three of the house"
    assert (reach.blocked_now, reach.freed_now, reach.blocked_in_week, reach.freed_in_week) == (8, 0, 8, 0)
    assert house.engine.floor.packs == LAB
    assert (await port.law_reach([OPEN])).blocked_in_week == 0


async def test_more_people_than_can_be_asked_about_are_a_sample_made_up_to_all(house: House) -> None:
    await house.prepare(LAW, new_leads(4100, first=100))
    reach = await port_of(house).law_reach([SHUT])
    assert reach.open_leads == 4103
    assert 0 < reach.looked_at < 2000
    assert reach.blocked_now == 4103
