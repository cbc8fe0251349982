"""What other systems tell: cases, contracts, and who came to their appointment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema

from cti_api.border import FIRST_YEAR, Day, Flag, Instant, Line, Number, Slug, in_words
from cti_api.errors import Fault, InputError
from cti_api.model.ids import CampaignId
from cti_api.model.outside import OF_APPOINTMENTS, OURS, OutsideFact, OutsideKind, Taken, Verdict
from cti_api.web.handed import Everything

router = APIRouter(prefix="/facts", tags=["indicators"])

MOST_FACTS: Final = 500
"""Of one request."""
AHEAD: Final = timedelta(days=1)
"""Clocks of other systems may be ahead of ours by so much."""

Id = Annotated[Line, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Value = Annotated[Line, StringConstraints(max_length=80, strip_whitespace=True)]


_EACH: Final = {"type": "array", "maxItems": MOST_FACTS, "items": {"type": "object"}}
"""Each fact is read by itself: one that cannot be is answered so, and refuses no other."""


class FactRow(BaseModel):
    """One fact."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[int, Field(ge=0, le=2**31)] = 0
    """Of the file that it comes from."""
    kind: OutsideKind
    id: Id
    """The other system's own: the same one of the same kind is the same fact, whose latest word holds; an appointment
    kept and missed is one, too."""
    at: Instant | None = None
    """When it happened: the case was opened, or resolved; the contract was decided. Needed for these."""
    opened_at: Instant | None = None
    """``case.resolved``: needed where its opening was not told."""
    effective: Flag = True
    """``case.resolved``: it needs no more."""
    renewed: Flag | None = None
    """``contract.decided``: needed."""
    service: Value = ""
    """The kind of request, or of contract."""
    owner: Value = ""
    """Who sees to it, or has: the agent that figures are told apart by."""
    brand: Value = ""
    campaign: Slug | None = None
    appointment: Annotated[int, Field(ge=1, le=2**53)] | None = None
    """``appointment.…``: ours, by its number; else it is found by `key`, else by `number`, and `day`."""
    key: Line = ""
    """The plate, or whatever the list's own key is."""
    number: Number | None = None
    day: Day | None = None


class Facts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    system: Slug
    """Which system tells: ``mesa-de-ayuda``, ``spiga``."""
    facts: Annotated[list[dict[str, Any]], Field(max_length=MOST_FACTS), WithJsonSchema(_EACH)]
    """As docs/facts.md has them; one that cannot be read is answered so, and the others are taken."""


class FactAnswer(BaseModel):
    """What became of one fact."""

    place: int
    """In the request, from 0."""
    line: int
    id: str
    taken: Taken
    reason: str
    """Why nothing was counted; empty where something was, or had been."""


class FactsTaken(BaseModel):
    counts: dict[Taken, int]
    facts: list[FactAnswer]
    """In the order of the request."""


@router.post("")
async def tell(told: Facts, handed: Everything) -> FactsTaken:
    """Tell what happened elsewhere, so that figures count it. Every fact is answered, and one that cannot be taken
    undoes no other; told again it counts once, told otherwise it is replaced."""
    if told.system == OURS:
        raise InputError("The facts cannot be taken.", [Fault("system", f"{OURS} is this system's own name")])
    now = handed.clock.now()
    read = [_read(told.system, row, now) for row in told.facts]
    facts = [each for each in read if isinstance(each, OutsideFact)]
    verdicts = iter(await handed.store.outside_facts.take(facts, now))
    answers = [
        _answer(place, told.facts[place], next(verdicts) if isinstance(each, OutsideFact) else each)
        for place, each in enumerate(read)
    ]
    counts = {taken: sum(each.taken is taken for each in answers) for taken in Taken}
    return FactsTaken(counts={taken: count for taken, count in counts.items() if count}, facts=answers)


def _answer(place: int, row: dict[str, Any], verdict: Verdict) -> FactAnswer:
    line, fact_id = row.get("line"), row.get("id")
    return FactAnswer(
        place=place,
        line=line if isinstance(line, int) and 0 <= line < 2**31 else 0,
        # half a character, which JSON may hold and no answer can, becomes a question mark
        id=fact_id[:120].encode(errors="replace").decode() if isinstance(fact_id, str) else "",
        taken=verdict.taken,
        reason=verdict.reason,
    )


def _read(system: str, told: dict[str, Any], now: datetime) -> OutsideFact | Verdict:
    try:
        row = FactRow.model_validate(told)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {in_words(each)}" for each in error.errors(include_url=False)]
        return Verdict(taken=Taken.REFUSED, reason="; ".join(faults[:3]))
    faults = list(_faults(row, now))
    if faults:
        return Verdict(taken=Taken.REFUSED, reason="; ".join(faults))
    said = {name: getattr(row, name) for name in ("kind", "id", "at", "opened_at", "effective", "service", "owner")}
    found = {name: getattr(row, name) for name in ("brand", "appointment", "key", "number", "day")}
    campaign = CampaignId(row.campaign) if row.campaign is not None else None
    return OutsideFact(system=system, renewed=bool(row.renewed), campaign=campaign, **said, **found)


def _faults(row: FactRow, now: datetime) -> list[str]:
    faults = [
        f"{name}: is not between the year {FIRST_YEAR} and today"
        for name, at in (("at", row.at), ("opened_at", row.opened_at))
        if at is not None and not (at.year >= FIRST_YEAR and at <= now + AHEAD)
    ]
    if row.kind in OF_APPOINTMENTS:
        if row.appointment is None and not row.key and row.number is None:
            faults.append("appointment: say its number, or the plate (`key`) or the `number`, and the `day`")
        return faults
    if row.at is None:
        faults.append("at: is missing")
    if row.kind is OutsideKind.CONTRACT_DECIDED and row.renewed is None:
        faults.append("renewed: is missing")
    if row.opened_at is not None and row.at is not None and row.opened_at > row.at:
        faults.append("opened_at: is after it was resolved")
    return faults
