"""The law in force, what a change of it would do and who approves it, and the public lists it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from cti_api.border import Slug
from cti_api.console.administration.frame import administration
from cti_api.law.rules import Registry
from cti_api.store.policies import packs_of
from cti_api.store.registries import RegistryCopy
from cti_api.web.access import user_of
from cti_api.web.handed import Everything
from cti_api.web.policy import changes, history, in_force, show

router = APIRouter(prefix="/administracion", include_in_schema=False)


@router.get("/ley")
async def law(request: Request, handed: Everything) -> Response:
    """Packs, changes that were asked for, copies of public lists; and a form to see what a change would do."""
    asked = await changes(handed)
    return administration(
        request,
        "law",
        packs=await in_force(handed),
        pending=[each for each in asked if each.state == "pending"],
        decided=[each for each in reversed(asked) if each.state != "pending"],
        own=user_of(request),
    )


@router.get("/ley/{name}")
async def pack(name: Slug, request: Request, handed: Everything, version: str | None = None) -> Response:
    """One, in words, with every version that was in force."""
    shown = await show(name, handed, version)
    return administration(request, "law", "pack", pack=shown, versions=await history(name, handed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """A public list that a pack asks for, or that was brought in."""

    name: str
    copy: RegistryCopy | None
    """None: it was never consulted."""
    oldest: timedelta | None
    """How old the copy may be by the strictest pack; None: none asks for it."""
    age: timedelta | None

    @property
    def is_too_old(self) -> bool:
        return self.oldest is not None and (self.age is None or self.age > self.oldest)


@router.get("/listas-publicas")
async def registries(request: Request, handed: Everything) -> Response:
    """Which the law asks for, how old each copy is and may be; and a form that brings another in."""
    rules = [
        rule
        for each in packs_of(await handed.store.policies.in_force())
        for rule in each.pack.rules
        if isinstance(rule, Registry)
    ]
    consulted = _consulted(rules, await handed.store.registries.all(), handed.clock.now())
    return administration(request, "registries", registries=consulted)


def _consulted(rules: Iterable[Registry], copies: Iterable[RegistryCopy], now: datetime) -> list[Consulted]:
    """By name."""
    oldest: dict[str, timedelta] = {}
    for rule in rules:
        oldest[rule.registry] = min(rule.oldest, oldest.get(rule.registry, rule.oldest))
    there = {copy.registry: copy for copy in copies}
    return [
        Consulted(
            name=name,
            copy=there.get(name),
            oldest=oldest.get(name),
            age=now - there[name].taken_at if name in there else None,
        )
        for name in sorted(oldest.keys() | there.keys())
    ]
