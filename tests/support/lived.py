"""A store that has lived, with one person in it who is to be erased, and what must not be found of them afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cti_api.campaign_file.parse import parse_campaign
from cti_api.kpi.campaign import CampaignTally
from cti_api.law.registry_file import RegistryEntry
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.consents import Channel, Consent
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.store.schema import metadata
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import CAMPAIGN, T0, at, attempt_for, closed, event, move, number

ANA = AgentId("ana")
MOBILE, LANDLINE = PhoneNumber("+573017654321"), PhoneNumber("+576017654329")
NAME, KEY, PLATE = "Zoraida Quiñones Vélez", "CC-52998877", "ZQV913"
THEIRS = ("3017654321", "6017654329", "Zoraida", "zoraida", "Qui", KEY, PLATE, "prefiere la tarde", "firmado en papel")
"""What must not be found anywhere afterwards. (``Qui``: what of the name is ASCII however it is written.)"""


def person(**facts: Any) -> NewLead:
    agreed = Consent(channel=Channel.CALL, at=T0, evidence="firmado en papel por Zoraida", purpose="commercial")
    return NewLead(
        name=NAME,
        phones=(MOBILE, LANDLINE),
        fields={"placa": PLATE, "nota": "prefiere la tarde"},
        external_key=KEY,
        consents=(agreed,),
        **facts,
    )


async def lived(store: Store, url: str, *, says_no: bool = True) -> list[str]:
    """A store in which people were imported and called, among them the one; the recordings of their calls."""
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
    await store.agents.add(Agent(id=ANA, name="Ana", campaigns=(CAMPAIGN,)), T0)
    begun = await store.lists.begin(CAMPAIGN, "0" * 64, "clientes.csv", T0)
    others = [
        NewLead(name=f"Cliente {n}", phones=(number(n),), line=n + 3, fields={"placa": f"X{n}"}) for n in range(8)
    ]
    await store.leads.add(CAMPAIGN, [*others[:4], person(line=2), *others[4:]], T0, begun.id)
    await store.lists.finish(begun.id, T0)
    copy = await store.registries.begin("RNE", T0, T0)
    await store.registries.add(copy, [RegistryEntry(LANDLINE), RegistryEntry(number(5))])
    await store.registries.finish(copy, T0)
    recordings = []
    for round_ in range(2):
        for lead in await store.leads.reserve(CAMPAIGN, 20, at(1000 * round_), at(1000 * round_ + 60)):
            attempt = attempt_for(lead, at(1000 * round_ + lead.id))
            attempt = replace(attempt, recording=f"{attempt.id}.wav")
            told = {"lead_id": lead.id, "attempt_id": attempt.id, "campaign_id": CAMPAIGN}
            await store.attempts.open(attempt, event(**told, payload={"trunk": "principal", "to": lead.contact.name}))
            when = at(1000 * round_ + 200)
            done = closed(attempt, CallResult.BUSY, when)
            goes = move(reason="retry:busy", not_before=at(1000 * (round_ + 1)))
            if round_ == 1 and lead.contact.name in (NAME, "Cliente 3"):
                answers = {"motivo": "precio", "nota": "prefiere la tarde" if lead.contact.name == NAME else "nada"}
                done = closed(
                    attempt, CallResult.CONNECTED, when, agent_id=ANA, connected_at=at(1100), ended_at=at(1150),
                    disposition="sin_cita", disposition_fields=answers,
                )  # fmt: skip
                goes = move(LeadState.CLOSED, "sin_cita", suppress_number=says_no and lead.contact.name == NAME)
                if lead.contact.name == NAME:
                    recordings.append(attempt.recording)
            elif lead.contact.name == NAME:
                recordings.append(attempt.recording)
            await store.attempts.close(done, goes, event(EventKind.ATTEMPT_CLOSED, **told, payload={"result": "busy"}))
    await store.outbox.number()
    return recordings


async def everything(store: Store) -> str:
    """Every row of every table, as text."""

    def read(tx: sa.Connection) -> str:
        return "\n".join(repr(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(sa.select(table)))

    return await store._database.read(read)


async def report(store: Store) -> Any:
    tally = CampaignTally(parse_campaign(CAMPAIGN_FILE))
    for record in await store.attempts.records(CAMPAIGN, None, 1000):
        tally.add(record.attempt)
    return tally.report()


def found_in(texts: str | bytes) -> set[str]:
    return {each for each in THEIRS if (each if isinstance(texts, str) else each.encode()) in texts}


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def bytes_found_in(folder: Path) -> dict[str, set[str]]:
    return {name: found_in(content) for name, content in bytes_in(folder).items()}
