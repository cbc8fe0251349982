"""The law in force: what holds, what a change of it would do, and who changed it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cti_api.border import Flag, Line, Slug
from cti_api.errors import Conflict, InputError, NotFound
from cti_api.law.compare import Change, compare, effect_of_all
from cti_api.law.pack_file import PACK_FILE
from cti_api.law.rule_words import rule_in_words
from cti_api.law.strictness import Effect
from cti_api.law.written import WrittenPack, with_these, written
from cti_api.store.policies import ChangeState, Enacted, LawChange, LawPeriod, Person, Proposal, packs_of
from cti_api.web.access import name_of, user_of
from cti_api.web.handed import Everything, Handed

router = APIRouter(prefix="/policy", tags=["law"])

MOST_PACKS: Final = 40

Id = Annotated[int, Field(ge=1, le=2**53)]
PackText = Annotated[str, StringConstraints(max_length=PACK_FILE.largest_bytes)]
Name = Annotated[Line, StringConstraints(strip_whitespace=True, min_length=2)]


class Wanted(BaseModel):
    """Packs as their files are written."""

    model_config = ConfigDict(extra="forbid")

    packs: Annotated[tuple[PackText, ...], Field(min_length=1, max_length=MOST_PACKS)]
    whole: Flag = False
    """True: these are all; packs of other names go."""


class Asked(Wanted):
    by: Name


class Decided(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: Name


class Difference(BaseModel):
    pack: str
    rule: str
    """Empty: the pack as a whole."""
    effect: str
    """``loosens``, ``tightens`` or ``same``."""
    words: tuple[str, ...]
    """Spanish."""


class Reach(BaseModel):
    open_leads: int
    looked_at: int
    """Fewer than `open_leads`: the rest is made up from a sample."""
    blocked_now: int
    freed_now: int
    blocked_in_week: int
    freed_in_week: int


class Compared(BaseModel):
    effect: str
    differences: tuple[Difference, ...]
    versions_taken: tuple[str, ...]
    """``co 2026-11-25``: on record with another text already, so that this one cannot be applied as it is."""
    reach: Reach


class Held(BaseModel):
    """A version of a pack, and when it was in force."""

    pack: str
    version: str
    title: str
    since: datetime
    until: datetime | None
    by: str
    second: str
    digest: str


class Shown(Held):
    text: str
    rules: dict[str, str]
    """Each rule in Spanish words."""


class Asking(BaseModel):
    """A change that was asked for."""

    id: int
    state: str
    loosens: bool
    packs: tuple[str, ...]
    removed: tuple[str, ...]
    told: tuple[str, ...]
    by: str
    by_user: str
    at: datetime
    second: str
    second_user: str
    decided_at: datetime | None


@router.get("")
async def in_force(handed: Everything) -> list[Held]:
    """The packs that hold now."""
    return [_held(period) for period in await handed.store.policies.in_force()]


@router.get("/packs/{name}")
async def show(name: Slug, handed: Everything, version: str | None = None) -> Shown:
    """A pack as it is, or as it was in that version."""
    history = await handed.store.policies.history(name)
    found = [period for period in history if version in (None, period.version)]
    if not found:
        known = ", ".join(dict.fromkeys(period.version for period in history))
        raise NotFound(f"{name} {version} was never in force; there was {known}.")
    (pack,) = packs_of(found[-1:])
    rules = {rule.id: rule_in_words(rule) for rule in pack.pack.rules}
    return Shown(**_held(found[-1]).model_dump(), text=found[-1].text, rules=rules)


@router.get("/packs/{name}/history")
async def history(name: Slug, handed: Everything) -> list[Held]:
    """Every time a version of the pack was in force."""
    return [_held(period) for period in await handed.store.policies.history(name)]


@router.post("/diff")
async def diff(wanted: Wanted, handed: Everything) -> Compared:
    """What would be another, whether that loosens, and whom it would block or free."""
    present, future, changes = await _judged(wanted, handed)
    recorded, rules = await handed.store.policies.recorded(), [each.pack for each in present]
    taken = [
        f"{each.name} {each.version}"
        for each in future
        if each.pack not in rules and recorded.get((each.name, each.version), each.digest) != each.digest
    ]
    reach = await handed.dialer.law_reach([each.text for each in future])
    return Compared(
        effect=effect_of_all(changes).name.lower(),
        versions_taken=tuple(taken),
        differences=tuple(
            Difference(pack=each.pack, rule=each.rule, effect=each.effect.name.lower(), words=each.words)
            for each in changes
        ),
        reach=Reach(
            open_leads=reach.open_leads,
            looked_at=reach.looked_at,
            blocked_now=reach.blocked_now,
            freed_now=reach.freed_now,
            blocked_in_week=reach.blocked_in_week,
            freed_in_week=reach.freed_in_week,
        ),
    )


@router.get("/changes")
async def changes(handed: Everything, pending: bool = False) -> list[Asking]:
    """Every change that was asked for, or those that wait for a second person."""
    return [_asking(change) for change in await handed.store.policies.changes(pending=pending)]


@router.post("/changes", status_code=HTTPStatus.CREATED)
async def ask(asked: Asked, request: Request, handed: Everything) -> Asking:
    """Change the law: at once where that loosens nothing, else once a second person has approved it."""
    present, future, found = await _judged(asked, handed)
    if not found:
        raise Conflict("These are the rules in force: there is nothing to change.")
    before, rules = {each.name: each.digest for each in present}, [each.pack for each in present]
    proposal = Proposal(
        # A pack of a whole folder in which only a remark is another stays as it is.
        packs=tuple(each for each in future if each.pack not in rules),
        removed=tuple(sorted(before.keys() - {each.name for each in future})),
        judged_against=before,
        loosens=effect_of_all(found) is Effect.LOOSENS,
        told=tuple(f"{each.pack} {each.rule}".strip() + f": {words}" for each in found for words in each.words),
    )
    by = Person(name_of(request, asked.by), user_of(request))
    return _enact(await handed.store.policies.propose(proposal, by, handed.clock.now()), handed)


@router.post("/changes/{change_id}/approve")
async def approve(change_id: Id, decided: Decided, request: Request, handed: Everything) -> Asking:
    """The second person: it holds from the next decision on."""
    second = Person(name_of(request, decided.by), user_of(request))
    return _enact(await handed.store.policies.approve(change_id, second, handed.clock.now()), handed)


@router.post("/changes/{change_id}/withdraw")
async def withdraw(change_id: Id, decided: Decided, request: Request, handed: Everything) -> Asking:
    """It is not wanted any more; whoever asked for it may say so, too."""
    by = Person(name_of(request, decided.by), user_of(request))
    return _asking(await handed.store.policies.withdraw(change_id, by, handed.clock.now()))


async def _judged(
    wanted: Wanted, handed: Handed
) -> tuple[tuple[WrittenPack, ...], tuple[WrittenPack, ...], tuple[Change, ...]]:
    """What is in force, what would be, and the difference. Raises `InputError` for packs with faults."""
    present = packs_of(await handed.store.policies.in_force())

    def judge() -> tuple[tuple[WrittenPack, ...], tuple[Change, ...]]:
        future = with_these(present, written(wanted.packs), whole=wanted.whole)
        return future, compare([each.pack for each in present], [each.pack for each in future])

    # Twenty years of nine departments are a tenth of a second: not on the loop.
    future, found = await asyncio.to_thread(judge)
    return present, future, found


def _enact(enacted: Enacted, handed: Handed) -> Asking:
    if enacted.change.state is ChangeState.APPLIED:
        # With no await since it was written: nothing is decided in between.
        handed.dialer.law_is([period.text for period in enacted.in_force])
    return _asking(enacted.change)


def _held(period: LawPeriod) -> Held:
    try:
        (pack,) = packs_of([period])
        title = pack.pack.title
    except InputError:  # of an earlier Vocero, whose form this one does not read: what it was is kept all the same
        title = ""
    return Held(
        pack=period.name,
        version=period.version,
        title=title,
        since=period.since,
        until=period.until,
        by=period.by,
        second=period.second,
        digest=period.digest,
    )


def _asking(change: LawChange) -> Asking:
    return Asking(
        id=change.id,
        state=change.state.value,
        loosens=change.loosens,
        packs=change.packs,
        removed=change.removed,
        told=change.told,
        by=change.by.name,
        by_user=change.by.user,
        at=change.at,
        second=change.second.name,
        second_user=change.second.user,
        decided_at=change.decided_at,
    )
