"""What a node does with a caller who comes to it: pass them on at once, or wait for something."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from cti_api.law.calendar import DayKind, day_kind, years_of
from cti_api.law.rules import Holidays
from cti_api.wall_clock import within
from ivr.tree import nodes, steps
from ivr.tree.nodes import Branch, Case, Hours, Node, Tree, Way
from ivr.tree.prompts import Prompt, Value, Values, filled, in_words
from ivr.tree.steps import BargeIn, Step
from ivr.tree.wording import listening

_UNHURRIED = BargeIn(keys=False, speech=False)


class Moves(NamedTuple):
    """On at once, these steps done in passing."""

    steps: tuple[Step, ...]
    way: Way


class Waits(NamedTuple):
    """The caller stays until `step` is done."""

    before: tuple[Step, ...]
    step: steps.Awaited


Arrival: TypeAlias = Moves | Waits


def arrive(tree: Tree, node: Node, values: Values, now: datetime) -> Arrival:
    """What comes of reaching `node`, of which `tree` is the one that holds it; never a `SubTree`."""
    match node:
        case nodes.Menu() | nodes.Ask() | nodes.Directory() | nodes.CallBack():
            return Waits((), listening(node.question, values))
        case nodes.Say():
            return Moves(_said(node.prompt, values, node.barge_in), node.ways()[0])
        case nodes.Branch():
            return Moves((), branched(node, values))
        case nodes.Hours():
            return Moves((), _at_hour(tree, node, now))
        case nodes.Send():
            step = steps.Send(
                name=node.name,
                via=node.via,
                to=_text(values, node.to),
                values=_known(node.values, values),
            )
            return Moves((step,), node.ways()[0])
        case nodes.LookUp():
            return Waits(
                (),
                steps.LookUp(
                    name=node.name,
                    values=_known(node.values, values),
                    gives=node.gives,
                    holding=filled(node.holding, values),
                ),
            )
        case nodes.Queue():
            queue = steps.Queue(
                name=node.name,
                most_wait_seconds=node.most_wait_seconds,
                offers_call_back=node.has("wants_call_back"),
            )
            return Waits(_said(node.prompt, values), queue)
        case nodes.Transfer():
            return Waits(
                _said(node.prompt, values),
                steps.Transfer(to=in_words_of(node.to, values), ring_seconds=node.ring_seconds),
            )
        case nodes.Survey():
            return Waits((), steps.Survey(name=node.name, values=_known(node.values, values)))
        case nodes.Record():
            record = steps.Record(name=node.into, longest_seconds=node.longest_seconds)
            return Waits(_said(node.prompt, values), record)
        case nodes.Ticket():
            return Waits((), steps.Ticket(kind=node.kind, values=_known(node.values, values)))
        case nodes.HangUp():
            return Waits((), steps.HangUp(pieces=filled(node.prompt, values)))
        case nodes.GoTo():
            return Moves((), node.ways()[0])
        case nodes.SubTree():
            raise AssertionError("the walk enters sub-trees itself")


def branched(node: Branch, values: Values) -> Way:
    """The first case that fits what the variable holds."""
    value = values.get(node.variable)
    for case, way in zip(node.cases, node.ways(), strict=False):
        if value is not None and _fits(case, value):
            return way
    return node.ways()[-1]


def _fits(case: Case, value: Value) -> bool:
    if not case.sign:
        return in_words(value).casefold() == case.value.casefold()
    try:
        number, bound = Decimal(in_words(value)), Decimal(case.value)
        return {"<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound}[case.sign]
    except InvalidOperation:
        return False


def _at_hour(tree: Tree, node: Hours, now: datetime) -> Way:
    opened, closed, *others = node.ways()
    holiday = others[0] if others else closed
    local = now.astimezone(ZoneInfo(tree.timezone))
    if local.date() in tree.closed_on:
        return holiday
    if tree.holidays and day_kind(_calendar(tree.holidays), None, local.date()).kind is DayKind.HOLIDAY:
        return holiday
    wall = local.time()
    is_open = any(day == local.weekday() and within(start, end, wall) for day, start, end in node.days)
    return opened if is_open else closed


@lru_cache(maxsize=32)
def _calendar(country: str) -> Holidays:
    first, last = years_of(country)
    return Holidays(calendar=country, first_year=first, last_year=last)


def _said(prompt: Prompt, values: Values, barge_in: BargeIn = _UNHURRIED) -> tuple[Step, ...]:
    return (steps.Say(pieces=filled(prompt, values), barge_in=barge_in),) if prompt else ()


def _known(names: tuple[str, ...], values: Values) -> Values:
    return {name: values[name] for name in names if name in values}


def _text(values: Values, name: str) -> str:
    return in_words(values.get(name, "")) if name else ""


def in_words_of(text: str, values: Values) -> str:
    """A text that is one variable in braces: what it holds; else the text itself."""
    return _text(values, text[1:-1]) if text.startswith("{") else text
