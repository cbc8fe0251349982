"""What is different between the packs in force and those that would be, rule by rule, and whether that loosens."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from cti_api.law.calendar import Day, DayKind, day_kind, departments_of
from cti_api.law.decide import packs_for
from cti_api.law.rule_words import changed_in_words, day_in_words, rule_in_words
from cti_api.law.rules import Holidays, Pack, Reach
from cti_api.law.strictness import Effect, effect_of, together
from cti_api.wall_clock import DAY

MOST_DAYS_TOLD: Final = 12

KINDS: Final = {
    DayKind.WORKING: "día hábil",
    DayKind.HOLIDAY: "festivo",
    DayKind.DISPUTED: "en disputa",
    DayKind.UNKNOWN: "año desconocido",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One rule, or one thing of a pack as a whole, that would be another."""

    pack: str
    rule: str
    """Its id; empty: the pack itself."""
    effect: Effect
    words: tuple[str, ...]
    """For a supervisor, in Spanish."""


def compare(before: Sequence[Pack], after: Sequence[Pack]) -> tuple[Change, ...]:
    """Every difference, pack by pack, in the order of the packs' names; none: the same law."""
    was, will = {pack.name: pack for pack in before}, {pack.name: pack for pack in after}
    found: list[Change] = []
    for name in sorted(was.keys() | will.keys()):
        if name not in will:
            # What takes its place depends on the other packs: in doubt it loosens.
            found.append(Change(name, "", Effect.LOOSENS, ("se quita el paquete entero",)))
        elif name not in was:
            found.append(_added(will[name], before))
        else:
            found += _changed(was[name], will[name])
    return tuple(found)


def effect_of_all(changes: Sequence[Change]) -> Effect:
    return together(change.effect for change in changes)


def _added(pack: Pack, before: Sequence[Pack]) -> Change:
    """More rules tighten; but a country that was nobody's may be called from now on."""
    if isinstance(pack.regions, frozenset):
        tightens = all(_has_its_own(region, before) for region in pack.regions)
    else:
        alike = [each for each in before if each.regions is pack.regions]
        # Where no pack knows the hour, rules that ask for it forbid: one that brings zones would let them answer.
        tells_the_hour = bool(pack.zones) and not any(each.zones for each in alike)
        tightens = pack.regions is Reach.EVERYWHERE or (bool(alike) and not tells_the_hour)
    words = [f"paquete nuevo: {pack.title}", *(f"{rule.id}: {rule_in_words(rule)}" for rule in pack.rules)]
    return Change(pack.name, "", Effect.TIGHTENS if tightens else Effect.LOOSENS, tuple(words))


def _has_its_own(region: str, packs: Sequence[Pack]) -> bool:
    return any(isinstance(pack.regions, frozenset) for pack in packs_for(region, packs))


def _changed(was: Pack, will: Pack) -> Iterator[Change]:
    yield from _heads(was, will)
    before, after = {rule.id: rule for rule in was.rules}, {rule.id: rule for rule in will.rules}
    for name in (*before, *(name for name in after if name not in before)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        effect = effect_of(old, new)
        if old is None and new is not None:
            words = [f"regla nueva: {rule_in_words(new)}"]
        elif old is not None and new is None:
            words = [f"se quita la regla: {rule_in_words(old)}"]
        elif old is not None and new is not None and type(old) is type(new):
            words = list(changed_in_words(old, new))
        else:
            assert old is not None
            assert new is not None
            words = [f"otra clase de regla: {rule_in_words(old)} → {rule_in_words(new)}"]
        yield Change(will.name, name, effect, tuple(words))


def _heads(was: Pack, will: Pack) -> Iterator[Change]:
    """What is said above the rules."""
    if was.title != will.title:
        yield Change(will.name, "", Effect.SAME, (f"título: {was.title} → {will.title}",))
    if was.review_before != will.review_before:
        words = f"revisar antes del: {day_in_words(was.review_before)} → {day_in_words(will.review_before)}"
        yield Change(will.name, "", Effect.SAME, (words,))
    if was.regions != will.regions:
        words = f"países: {_regions(was.regions)} → {_regions(will.regions)}"
        yield Change(will.name, "", Effect.LOOSENS, (words,))
    if set(was.zones) != set(will.zones):
        # All zones have to be open. None at all means that nobody knows the hour, which forbids.
        tightens = bool(was.zones) and set(was.zones) < set(will.zones)
        words = f"zonas horarias: {', '.join(was.zones) or 'ninguna'} → {', '.join(will.zones) or 'ninguna'}"
        yield Change(will.name, "", Effect.TIGHTENS if tightens else Effect.LOOSENS, (words,))
    if was.holidays != will.holidays:
        yield _holidays(will.name, was.holidays, will.holidays)


def _regions(regions: frozenset[str] | Reach) -> str:
    if isinstance(regions, frozenset):
        return ", ".join(sorted(regions))
    return "los que no tienen paquete" if regions is Reach.UNKNOWN else "todos"


def _holidays(name: str, was: Holidays | None, will: Holidays | None) -> Change:
    """Day by day and department by department: exact, since a calendar is nothing but its days."""
    if was is None or will is None:
        # Without a calendar every day is closed to a window that closes on holidays.
        effect = Effect.LOOSENS if was is None else Effect.TIGHTENS
        return Change(name, "", effect, ("festivos: calendario nuevo" if was is None else "festivos: sin calendario",))
    places = _places(was, will)
    first, last = min(was.first_year, will.first_year), max(was.last_year, will.last_year)
    told: dict[date, str] = {}
    years: dict[int, str] = {}
    effect, day = Effect.SAME, date(first, 1, 1)
    while day <= date(last, 12, 31):
        for place in places:
            before, after = day_kind(was, place, day), day_kind(will, place, day)
            if before.kind is after.kind:
                continue
            opens = before.kind is not DayKind.WORKING and after.kind is DayKind.WORKING
            closes = before.kind is DayKind.WORKING
            effect = together([effect, Effect.LOOSENS if opens else Effect.TIGHTENS if closes else Effect.SAME])
            if DayKind.UNKNOWN in (before.kind, after.kind):
                years[day.year] = f"año {day.year}: " + (
                    "conocido → desconocido (cerrado)" if after.kind is DayKind.UNKNOWN else "desconocido → conocido"
                )
            else:
                told.setdefault(day, f"{KINDS[before.kind]} → {KINDS[after.kind]}{_named(before, after)}")
        day += DAY
    words = (*years.values(), *_days_told(told))
    return Change(name, "", effect, words or ("festivos: los mismos días, escritos de otra forma",))


def _places(was: Holidays, will: Holidays) -> Collection[str | None]:
    if not (was.by_department or will.by_department):
        return (None,)
    return (None, *departments_of(was.calendar), *departments_of(will.calendar))


def _named(before: Day, after: Day) -> str:
    name = after.name or before.name
    return f" ({name})" if name else ""


def _days_told(told: dict[date, str]) -> Iterator[str]:
    for day, words in list(told.items())[:MOST_DAYS_TOLD]:
        yield f"{day_in_words(day)}: {words}"
    if len(told) > MOST_DAYS_TOLD:
        yield f"y {len(told) - MOST_DAYS_TOLD} días más"
