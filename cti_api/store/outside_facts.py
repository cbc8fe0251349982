"""What other systems tell, taken: each fact once, with the event of which figures are made, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from cti_api.appointments.entered import EnteredResult, Matched, RowAnswer
from cti_api.errors import NotFound
from cti_api.model.appointments import AppointmentState
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import new_event_id
from cti_api.model.outside import OF_APPOINTMENTS, OutsideFact, OutsideKind, Taken, Verdict
from cti_api.store import booking as places
from cti_api.store import outbox, results
from cti_api.store.columns import Instant
from cti_api.store.database import Database
from cti_api.store.outside_tables import outside_facts
from cti_api.store.schema import campaigns

_THIS: Final = tuple(outside_facts.c[name] == sa.bindparam(f"of_{name}") for name in ("system", "kind", "id"))
_KNOWN: Final = sa.select(outside_facts.c.digest).where(*_THIS)
_KEEP: Final = sa.text(
    "INSERT INTO outside_facts (system, kind, id, digest, at) VALUES (:of_system, :of_kind, :of_id, :digest, :at)"
    " ON CONFLICT (system, kind, id) DO UPDATE SET digest = excluded.digest, at = excluded.at"
    " WHERE outside_facts.digest != excluded.digest"
).bindparams(sa.bindparam("at", type_=Instant()))
"""Both engines have it in these words. Told by two at once, the second finds what the first wrote."""
_CAMPAIGN: Final = sa.select(campaigns.c.id).where(campaigns.c.id == sa.bindparam("campaign"))

APPOINTMENT: Final = "appointment"
"""As which kind it is remembered what became of one."""
_BECAME: Final = {
    OutsideKind.APPOINTMENT_KEPT: AppointmentState.KEPT,
    OutsideKind.APPOINTMENT_MISSED: AppointmentState.NOT_KEPT,
}
_TAKEN: Final = {
    Matched.UNKNOWN: Taken.UNKNOWN,
    Matched.SEVERAL: Taken.SEVERAL,
    Matched.REFUSED: Taken.REFUSED,
}


class OutsideFacts:
    """Every fact that another system told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, facts: Sequence[OutsideFact], at: datetime) -> list[Verdict]:
        """A verdict for each, in their order; none undoes another. Cases and contracts are one transaction; what became
        of an appointment is one of its own, since it holds the person's lead."""
        verdicts: dict[int, Verdict] = {}
        for place, fact in enumerate(facts):
            if fact.kind in OF_APPOINTMENTS:
                verdicts[place] = await self._database.write(_take_appointment, fact, at)
        others = [place for place in range(len(facts)) if place not in verdicts]
        if others:
            taken = await self._database.write(_take, [facts[place] for place in others], at)
            verdicts |= dict(zip(others, taken, strict=True))
        return [verdicts[place] for place in range(len(facts))]


def _take(tx: sa.Connection, facts: Sequence[OutsideFact], at: datetime) -> list[Verdict]:
    return [_take_one(tx, fact, at) for fact in facts]


def _take_one(tx: sa.Connection, fact: OutsideFact, at: datetime) -> Verdict:
    if fact.campaign is not None and tx.scalar(_CAMPAIGN, {"campaign": fact.campaign}) is None:
        return Verdict(taken=Taken.UNKNOWN, reason=f"there is no campaign {fact.campaign}")
    told = _payload(fact)
    if fact.kind is OutsideKind.CASE_RESOLVED and fact.opened_at is None:
        opening = {**_named(fact), "of_kind": OutsideKind.CASE_OPENED.value}
        if tx.scalar(_KNOWN, opening) is None:
            reason = "nobody told that this case was opened: tell that first, or say `opened_at`"
            return Verdict(taken=Taken.UNKNOWN, reason=reason)
    verdict = _keep(tx, fact, {**told, "campaign": fact.campaign}, at)
    if verdict.taken is not Taken.SAME:
        outbox.append(tx, [_event(fact, told, at)])
    return verdict


def _take_appointment(tx: sa.Connection, fact: OutsideFact, at: datetime) -> Verdict:
    """As somebody here would enter it. Told again, it does not undo what was corrected here since."""
    state = _BECAME[fact.kind]
    row = EnteredResult(line=0, state=state, key=fact.key, number=fact.number, day=fact.day)
    wanted = fact.appointment
    if wanted is None:
        found = results.find(tx, row, {})
        if isinstance(found, RowAnswer):
            return Verdict(taken=_TAKEN[found.matched], reason=found.reason)
        wanted = int(found.id)
    try:
        held = places.held(tx, wanted)
    except NotFound as error:
        return Verdict(taken=Taken.UNKNOWN, reason=str(error))
    said = {"appointment": held.id, "state": state.value}
    if tx.scalar(_KNOWN, _named(fact)) == _digest(said):
        return Verdict(taken=Taken.SAME)
    entered = results.enter(tx, held, row, at, fact.system)
    if entered.matched is Matched.REFUSED:
        return Verdict(taken=Taken.REFUSED, reason=entered.reason)
    return _keep(tx, fact, said, at)


def _keep(tx: sa.Connection, fact: OutsideFact, said: dict[str, Any], at: datetime) -> Verdict:
    known = tx.scalar(_KNOWN, _named(fact))
    if not tx.execute(_KEEP, {**_named(fact), "digest": _digest(said), "at": at}).rowcount:
        return Verdict(taken=Taken.SAME)
    return Verdict(taken=Taken.NEW if known is None else Taken.REPLACED)


def _named(fact: OutsideFact) -> dict[str, str]:
    """Kept and missed are two words on one thing: the latest replaces the other."""
    kind = APPOINTMENT if fact.kind in OF_APPOINTMENTS else fact.kind.value
    return {"of_system": fact.system, "of_kind": kind, "of_id": fact.id}


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _event(fact: OutsideFact, told: dict[str, Any], at: datetime) -> Event:
    return Event(
        event_id=new_event_id(),
        kind=EventKind(fact.kind.value),
        occurred_at=at,
        campaign_id=fact.campaign,
        payload=told,
    )


def _payload(fact: OutsideFact) -> dict[str, Any]:
    assert fact.at is not None  # whoever takes it in has seen to that
    told: dict[str, Any] = {"system": fact.system}
    match fact.kind:
        case OutsideKind.CASE_OPENED:
            told |= {"case_id": fact.id, "opened_at": fact.at.isoformat()}
        case OutsideKind.CASE_RESOLVED:
            told |= {"case_id": fact.id, "resolved_at": fact.at.isoformat(), "effective": fact.effective}
            if fact.opened_at is not None:
                told["opened_at"] = fact.opened_at.isoformat()
        case _:
            told |= {"contract_id": fact.id, "decided_at": fact.at.isoformat(), "renewed": fact.renewed}
    said = {"service": fact.service, "owner": fact.owner, "brand": fact.brand}
    return told | {name: value for name, value in said.items() if value}
