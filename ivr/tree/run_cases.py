"""Runs cases through a tree, and says which of its nodes and ways they came through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ivr.tree import inputs, nodes, steps
from ivr.tree.case_file import FAILED, NOT_FOUND, Case, Does
from ivr.tree.inputs import Input, Why
from ivr.tree.nodes import Tree
from ivr.tree.place import Passed, Walked, entrance
from ivr.tree.prompts import spoken
from ivr.tree.question import said
from ivr.tree.walk import walk

TURN: Final = timedelta(seconds=4)
"""Between what a caller does and what they do next."""

TICKET: Final = "101"
"""The number every ticket gets here."""

SILENCE, MUMBLES, HANGS_UP, DONE, TALKED = "silence", "mumbles", "hangs_up", "done", "talked"

_KEYS: Final = re.compile(r"[0-9*#]+\Z")


class Way(NamedTuple):
    """A way of the tree that cases can come through."""

    node: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a case."""

    case: Case
    path: tuple[str, ...]
    ways: frozenset[Way]
    end: str
    said: str
    problem: str
    """Why it is not as expected; empty: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    nodes: tuple[str, ...]
    ways: tuple[Way, ...]
    nodes_missed: tuple[str, ...]
    ways_missed: tuple[Way, ...]

    @property
    def is_whole(self) -> bool:
        return not self.nodes_missed and not self.ways_missed


def run_case(tree: Tree, case: Case) -> Ran:
    """Walk the tree as the case says."""
    now, zone = case.at, ZoneInfo(tree.timezone)
    place = entrance(tree, now, {"caller": case.caller, "called": ""})
    walked = walk(tree, place, inputs.Started(), now)
    all_walked = [walked]
    does, problem = list(case.does), ""
    while not walked.place.is_over:
        awaits = walked.place.awaits
        assert awaits is not None  # the walk's promise
        try:
            happened = _next(awaits, does, case, now.astimezone(zone).date())
        except ValueError as error:
            problem = str(error)
            break
        if happened is None:
            break
        now += TURN
        walked = walk(tree, walked.place, happened, now)
        all_walked.append(walked)
    return _judged(tree, case, all_walked, problem or (f"nobody waits for «{does[0].what}»" if does else ""))


def _next(awaits: steps.Awaited, does: list[Does], case: Case, today: date) -> Input | None:
    """What happens next; None where the case stops. Raises `ValueError` where the case says nothing that fits."""
    following = does[0].what if does else ""
    if following == HANGS_UP:
        does.pop(0)
        return inputs.HungUp()
    match awaits:
        case steps.Listen():
            return heard(awaits, does.pop(0), today) if does else None
        case steps.LookUp():
            answer = case.answers.get(awaits.name)
            if answer is None:
                raise ValueError(f"`answers` says nothing of the look-up {awaits.name}")
            return looked_up(answer)
        case steps.Queue() | steps.Transfer() if not does:
            return None
    with_people = isinstance(awaits, steps.Queue | steps.Transfer)
    if following == FAILED or (with_people and following in set(Why)):
        does.pop(0)
        return inputs.Failed(Why.UNREACHABLE if following == FAILED else Why(following))
    if following == (TALKED if with_people else DONE):
        does.pop(0)
    elif with_people:
        return None
    return inputs.Done(TICKET if isinstance(awaits, steps.Ticket) else "")


def heard(listen: steps.Listen, does: Does, today: date) -> Input:
    """What a caller does while something is listened for; their words are understood as those of a call are."""
    if does.is_said or does.confidence is not None:
        found = said(listen, does.what, today)
        if isinstance(found, inputs.Heard) and does.confidence is not None:
            return replace(found, confidence=does.confidence)
        return found
    if does.what == SILENCE:
        return inputs.NoInput()
    if does.what == MUMBLES:
        return inputs.NoMatch()
    return inputs.Keys(does.what) if _KEYS.match(does.what) else said(listen, does.what, today)


def looked_up(answer: object) -> Input:
    """A look-up's answer as the walk wants it."""
    if isinstance(answer, str):
        return inputs.LookedUp({}, found=False) if answer == NOT_FOUND else inputs.Failed()
    assert isinstance(answer, dict)
    return inputs.LookedUp(answer)


def _judged(tree: Tree, case: Case, all_walked: list[Walked], problem: str) -> Ran:
    last = all_walked[-1]
    passed = [each for walked in all_walked for each in walked.passed]
    path = [each.node for each in passed]
    if not path or last.place.node != path[-1]:
        path.append(last.place.node)
    told = " ".join(filter(None, (_said(step) for walked in all_walked for step in walked.steps)))
    end = ending(last)
    if not problem and end != case.end:
        problem = f"ends with «{end}», not with «{case.end}»"
    if not problem and not _in_order(case.path, path):
        problem = f"goes {' → '.join(path)}, not through {' → '.join(case.path)}"
    missing = next((text for text in case.hears if text not in told), None)
    if not problem and missing is not None:
        problem = f"never says «{missing}»"
    ways = frozenset(_way(tree, each) for each in passed if each.tree == tree.id and each.way)
    return Ran(case=case, path=tuple(path), ways=ways, end=end, said=told, problem=problem)


def ending(walked: Walked) -> str:
    """Where a caller is at last, in the words of a case's ``end``."""
    match walked.place.awaits:
        case None:
            hung_up = next((step for step in walked.steps if isinstance(step, steps.HangUp)), None)
            if hung_up is None:
                return HANGS_UP
            return "hang_up" if hung_up.ending is steps.Ending.FINISHED else hung_up.ending.value
        case steps.Queue(name=name):
            return f"queue {name}"
        case steps.Transfer(to=to):
            return f"transfer {to}"
        case _:
            return f"at {walked.place.node}"


def coverage(tree: Tree, ran: Iterable[Ran]) -> Coverage:
    """Which nodes and ways of the tree no case came through.

    What is written once for the whole tree (fallback, everywhere, queues) counts once.
    """
    been, gone = set[str](), set[Way]()
    for each in ran:
        been |= set(each.path)
        gone |= each.ways
    ways = tuple(dict.fromkeys(_ways(tree)))
    return Coverage(
        nodes=tuple(tree.nodes),
        ways=ways,
        nodes_missed=tuple(name for name in tree.nodes if name not in been),
        ways_missed=tuple(way for way in ways if way not in gone),
    )


def _ways(tree: Tree) -> Iterator[Way]:
    for name, node in tree.nodes.items():
        for way in node.ways():
            yield _way(tree, Passed(tree.id, name, way.name))


def _way(tree: Tree, passed: Passed) -> Way:
    node = tree.nodes[passed.node]
    if isinstance(node, nodes.Menu | nodes.Ask | nodes.Directory | nodes.CallBack):
        if passed.way == "give_up" and node.question.give_up.implied:
            return Way("fallback", passed.way)
        if any(choice.everywhere and choice.value == passed.way for choice in node.question.choices):
            return Way("everywhere", passed.way)
    if isinstance(node, nodes.Queue) and any(way.implied for way in node.ways() if way.name == passed.way):
        return Way("queues", passed.way)
    return Way(passed.node, passed.way)


def _in_order(wanted: tuple[str, ...], path: list[str]) -> bool:
    rest = iter(path)
    return all(name in rest for name in wanted)


def _said(step: steps.Step) -> str:
    match step:
        case steps.Say() | steps.HangUp():
            return spoken(step.pieces)
        case steps.Listen():
            return spoken(step.prompt)
        case _:
            return ""
