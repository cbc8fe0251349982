"""The tree as a graph: who can be reached, who goes in circles, what is known where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ivr.tree import nodes
from ivr.tree.nodes import RETURN, Node, Tree, Way

BUILT_IN: Final = ("caller", "called")
"""Variables that every call has: the number that calls, and the one that was called."""

QUEUE: Final = "queue"
"""The one the caller last waited in: set by the walk."""

Ways = Callable[[Node], Iterable[Way]]


def all_ways(node: Node) -> Iterable[Way]:
    """Every way, those the file only implies included."""
    return node.ways()


def written_ways(node: Node) -> Iterable[Way]:
    """The ways of a caller who is understood."""
    return (way for way in node.ways() if not way.implied)


def silent_ways(node: Node) -> Iterable[Way]:
    """The ways that need nobody to say or press anything, nor a person at the other end."""
    match node:
        case nodes.Menu() | nodes.Ask() | nodes.Directory() | nodes.CallBack():
            return (node.question.give_up,)
        case nodes.Queue():
            # Where nobody serves it and the file does not say what then, it is left at once as after a long wait.
            name = "nobody" if node.has("nobody") else "waited"
            return (way for way in node.ways() if way.name == name)
        case nodes.Transfer():
            return (way for way in node.ways() if way.name == "failed")
        case _:
            return node.ways()


def reached(tree: Tree, ways: Ways, *starts: str) -> set[str]:
    """Every node that can be come to from `starts`, themselves included."""
    found: set[str] = set()
    waiting = [name for name in starts if name in tree.nodes]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(way.to for way in ways(tree.nodes[name]) if way.to in tree.nodes)
    return found


def ends(node: Node) -> bool:
    """Whether a caller may well stay here: with a person, or hung up."""
    match node:
        case nodes.HangUp() | nodes.Queue() | nodes.Transfer():
            return True
        case nodes.Directory():
            return any(not listed.to for listed in node.listed)
        case _:
            return any(way.to == RETURN for way in node.ways())


def leads_nowhere(tree: Tree, node: Node) -> bool:
    """Whether one of its ways leads to no node of the tree: a fault of its own."""
    return any(way.to not in tree.nodes and way.to != RETURN for way in node.ways())


def dead_ends(tree: Tree) -> Iterator[str]:
    """Nodes from which no answer, however good, ever leads to an end."""
    leads = {name for name, node in tree.nodes.items() if ends(node) or leads_nowhere(tree, node)}
    grown = True
    while grown:
        more = {
            name
            for name, node in tree.nodes.items()
            if name not in leads and any(way.to in leads for way in written_ways(node))
        }
        grown = bool(more)
        leads |= more
    return (name for name in tree.nodes if name not in leads)


def circles(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Rounds that a caller who does nothing would go for ever, each once, from its first node in the file."""
    told: set[str] = set()
    for name in tree.nodes:
        round_trip = None if name in told else _way_back(tree, name)
        if round_trip is not None:
            told.update(round_trip)
            yield round_trip


def _way_back(tree: Tree, home: str) -> tuple[str, ...] | None:
    """The shortest way from a node to itself without anybody's input."""
    paths: list[tuple[str, ...]] = [(home,)]
    seen: set[str] = set()
    for path in paths:
        for way in silent_ways(tree.nodes[path[-1]]):
            if way.to == home:
                return path
            if way.to in tree.nodes and way.to not in seen:
                seen.add(way.to)
                paths.append((*path, way.to))
    return None


def known_at(tree: Tree) -> Mapping[str, frozenset[str]]:
    """For every node that can be reached: the variables that are set by whichever way a caller came."""
    at_start = frozenset((*BUILT_IN, *tree.variables))
    known: dict[str, frozenset[str]] = {}
    waiting = [(tree.start, at_start), (tree.fallback, at_start)]
    while waiting:
        name, brought = waiting.pop()
        if name not in tree.nodes:
            continue
        now = known[name] & brought if name in known else brought
        if known.get(name) == now:
            continue
        known[name] = now
        node = tree.nodes[name]
        waiting.extend((way.to, now | set_by(node, way)) for way in node.ways())
    return known


def set_by(node: Node, way: Way) -> frozenset[str]:
    """The variables that a node has set when it is left by that way."""
    match node:
        case nodes.LookUp() if way.name == "found":
            return frozenset(node.gives)
        case nodes.SubTree():
            return frozenset(node.gives)
        case nodes.Queue():
            return frozenset({QUEUE})
        case nodes.Menu() | nodes.Ask() if node.into and way != node.question.give_up:
            return frozenset({node.into})
        case nodes.Ticket() | nodes.Record() if node.into and way.name == "then":
            return frozenset({node.into})
        case _:
            return frozenset()


def set_somewhere(tree: Tree) -> set[str]:
    """Every variable that is ever set."""
    found = {*BUILT_IN, *tree.variables}
    for node in tree.nodes.values():
        for way in node.ways():
            found |= set_by(node, way)
    return found
