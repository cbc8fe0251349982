"""What must be true of a tree as a whole, so that no caller is ever stuck in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Final

from audio.alike import as_it_sounds
from cti_api.campaign_file.findings import Finding
from cti_api.wall_clock import MIDNIGHT
from ivr.tree import graph, nodes
from ivr.tree.nodes import RETURN, Node, Question, Tree
from ivr.tree.prompts import Prompt, names_in
from ivr.tree.where import prompts_of, way_paths

RESERVED: Final = frozenset({"then", "failed", "give_up", "yes", "no", "booked", "declined"})
"""Names of ways that a choice may not have."""

HEARD: Final = "heard"
"""The variable of what is read back; it is known only there."""


@dataclass(frozen=True, slots=True)
class KnownLookUp:
    """A look-up, as far as a tree has to fit it."""

    asks_with: Collection[str]
    gives: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists outside of the file; None where nobody said."""

    queues: Collection[str] | None = None
    transfers: Collection[str] | None = None
    """What callers may be transferred to."""
    has_sound: Callable[[str], bool] | None = None
    """Whether there is a recording at a path beside the file."""
    look_ups: Mapping[str, KnownLookUp] | None = None
    """By their names."""


def check(tree: Tree, known: Known) -> Iterator[Finding]:
    """Everything wrong with the tree as a whole."""
    for one in CHECKS:
        yield from one(tree)
    yield from _outside(tree, known)


def _named_nodes(tree: Tree) -> Iterator[Finding]:
    targets = [("start", tree.start), ("fallback", tree.fallback)]
    targets += [(f"queues.{way.name}", way.to) for way in tree.queues]
    for name, node in tree.nodes.items():
        targets += [(path, way.to) for path, way in way_paths(name, node) if way.to and not way.implied]
    for path, to in targets:
        if to == RETURN:
            if path in ("start", "fallback"):
                yield Finding(path, "must be a node of this tree")
            elif not tree.is_part:
                yield Finding(path, "`return` is for trees within trees: write `is_part: true`, or name a node")
        elif to not in tree.nodes:
            yield Finding(path, f"there is no node {to}{_near(to, tree.nodes)}", (f"nodes.{to}",))


def _unreachable(tree: Tree) -> Iterator[Finding]:
    if any(graph.leads_nowhere(tree, node) for node in tree.nodes.values()):
        return  # what seems unreachable may be meant there
    found = graph.reached(tree, graph.all_ways, tree.start, tree.fallback)
    for name in tree.nodes:
        if name not in found:
            yield Finding(f"nodes.{name}", "nothing leads here: name it in another node, or delete it", ("start",))


def _circles(tree: Tree) -> Iterator[Finding]:
    for path in graph.circles(tree):
        around = " → ".join((*path, path[0]))
        yield Finding(f"nodes.{path[0]}", f"a caller who does nothing goes in circles: {around}")


def _dead_ends(tree: Tree) -> Iterator[Finding]:
    for name in graph.dead_ends(tree):
        yield Finding(f"nodes.{name}", "is a dead end: no answer leads from here to a person or to the end of the call")


def _fallback(tree: Tree) -> Iterator[Finding]:
    node = tree.nodes.get(tree.fallback)
    if isinstance(node, nodes.Menu | nodes.Ask | nodes.Directory | nodes.CallBack) and node.question.give_up.implied:
        message = "is the tree's fallback and asks something: it needs a `give_up` of its own"
        yield Finding(f"nodes.{tree.fallback}", message)


def _choices(tree: Tree) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        if isinstance(node, nodes.Menu | nodes.Ask | nodes.Directory | nodes.CallBack):
            yield from _of_question(name, node, node.question)


def _of_question(name: str, node: Node, question: Question) -> Iterator[Finding]:
    entry = "listed" if isinstance(node, nodes.Directory) else "choices"
    keys: dict[str, str] = {}
    heard: dict[str, str] = {}
    values: set[str] = set()
    for place, choice in enumerate(question.choices):
        path = "everywhere" if choice.everywhere else f"nodes.{name}.{entry}[{place}]"
        if choice.key and choice.key in keys and not choice.everywhere:
            yield Finding(f"{path}.key", f"key {choice.key} is that of «{keys[choice.key]}» already")
        if choice.value in values or choice.value in RESERVED:
            why = "is used here already" if choice.value in values else "is a word of the file itself"
            yield Finding(path, f"«{choice.value}» {why}: give the choice another `value`")
        if choice.say and not choice.key:
            yield Finding(path, "is read out and has no `key`: whoever is not understood needs one")
        values.add(choice.value)
        keys.setdefault(choice.key, choice.value)
        for phrase in choice.phrases:
            sound = as_it_sounds(phrase)
            other = heard.setdefault(sound, choice.value)
            if other != choice.value:
                yield Finding(f"{path}.phrases", f"«{phrase}» sounds like a phrase of «{other}»")
            elif not sound:
                yield Finding(f"{path}.phrases", f"«{phrase}» cannot be said")
    if question.lowest is not None and question.highest is not None and question.lowest > question.highest:
        yield Finding(f"nodes.{name}.from", "must not be above `to`")


def _variables(tree: Tree) -> Iterator[Finding]:
    somewhere = graph.set_somewhere(tree)
    known = graph.known_at(tree)
    for name in (*graph.BUILT_IN, graph.QUEUE, HEARD):
        if name in tree.variables or name in {each for node in tree.nodes.values() for each in named_by(node)}:
            yield Finding("variables", f"`{name}` is set by the system: choose another name")
    for name, node in tree.nodes.items():
        for path, used in _used(name, node):
            if used not in somewhere:
                yield Finding(path, f"nothing sets the variable `{used}`{_near(used, somewhere)}")
        for path, prompt, may_say_heard in prompts_of(name, node):
            yield from _said(path, prompt, known.get(name, frozenset(somewhere)), somewhere, may_say_heard)
        if isinstance(node, nodes.CallBack) and not node.queue and graph.QUEUE not in known.get(name, (graph.QUEUE,)):
            message = "needs `from_queue`: on some way that leads here the caller has waited in none"
            yield Finding(f"nodes.{name}", message)
    for path, prompt in (("words.confirm", tree.confirm), ("words.sorry", tree.sorry)):
        yield from _said(
            path, prompt, frozenset((*graph.BUILT_IN, *tree.variables)), somewhere, path == "words.confirm"
        )


def named_by(node: Node) -> tuple[str, ...]:
    """The variables that a node names to be set."""
    match node:
        case nodes.LookUp() | nodes.SubTree():
            return node.gives
        case nodes.Menu() | nodes.Ask() | nodes.Ticket() | nodes.Record():
            return (node.into,)
        case _:
            return ()


def _said(
    path: str, prompt: Prompt, known: frozenset[str], somewhere: Collection[str], may_say_heard: bool
) -> Iterator[Finding]:
    for used in names_in(prompt):
        if used in known or (may_say_heard and used == HEARD):
            continue
        if used in somewhere:
            yield Finding(path, f"says `{used}`, which is not known on every way that leads here")
        else:
            yield Finding(path, f"nothing sets the variable `{used}`{_near(used, somewhere)}")


def _used(name: str, node: Node) -> Iterator[tuple[str, str]]:
    """Variables that a node needs beside those it says."""
    match node:
        case nodes.Branch():
            yield f"nodes.{name}.branch", node.variable
        case nodes.CallBack() if node.number:
            yield f"nodes.{name}.number", node.number
        case nodes.Send() if node.to:
            yield f"nodes.{name}.to", node.to
        case nodes.Transfer() if node.to.startswith("{"):
            yield f"nodes.{name}.transfer", node.to[1:-1]
        case _:
            pass
    match node:
        case nodes.LookUp() | nodes.Survey() | nodes.Send() | nodes.Ticket():
            yield from ((f"nodes.{name}.with", each) for each in node.values)
        case _:
            pass


def _hours(tree: Tree) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        if not isinstance(node, nodes.Hours):
            continue
        if not node.days:
            yield Finding(f"nodes.{name}.hours", "must name at least one day")
        for (day, _, end), (next_day, start, _) in pairwise(node.days):
            if day == next_day and (end == MIDNIGHT or start < end):
                yield Finding(f"nodes.{name}.hours", f"two windows of one day overlap, at {start:%H:%M}")


def _parts(tree: Tree) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        if isinstance(node, nodes.SubTree):
            part = tree.parts.get((node.tree, node.version))
            if part is None:
                message = f"there is no tree {node.tree} of version {node.version}"
                yield Finding(f"nodes.{name}.sub_tree", message)
            elif part.id != node.tree:
                yield Finding(f"nodes.{name}.sub_tree", f"the tree found under that name calls itself {part.id}")
            elif not part.is_part:
                yield Finding(f"nodes.{name}.sub_tree", f"{node.tree} is no part: it lacks `is_part: true`")


def _outside(tree: Tree, known: Known) -> Iterator[Finding]:
    for name, node in tree.nodes.items():
        queue, entry = "", "queue"
        if isinstance(node, nodes.Queue):
            queue = node.name
        elif isinstance(node, nodes.CallBack):
            queue, entry = node.queue, "from_queue"
        if known.queues is not None and queue and queue not in known.queues:
            yield Finding(f"nodes.{name}.{entry}", f"there is no queue {queue}{_near(queue, known.queues)}")
        for path, to in _transfers(name, node):
            if known.transfers is not None and to.removeprefix("+") not in known.transfers:
                message = f"callers may not be transferred to {to}{_near(to, known.transfers)}"
                yield Finding(path, f"{message}: name it under `transfers` in the settings")
        if isinstance(node, nodes.LookUp) and known.look_ups is not None:
            yield from _looked_up(f"nodes.{name}", node, known.look_ups)
        for path, prompt, _ in prompts_of(name, node):
            for line in prompt:
                if line.file and known.has_sound is not None and not known.has_sound(line.file):
                    yield Finding(path, f"there is no recording {line.file}")


def _transfers(name: str, node: Node) -> Iterator[tuple[str, str]]:
    """Where a node may lead calls, as far as that is written down."""
    if isinstance(node, nodes.Transfer) and not node.to.startswith("{"):
        yield f"nodes.{name}.transfer", node.to
    if isinstance(node, nodes.Directory):
        for n, listed in enumerate(node.listed):
            if listed.extension:
                yield f"nodes.{name}.listed[{n}].extension", listed.extension


def _looked_up(path: str, node: nodes.LookUp, known: Mapping[str, KnownLookUp]) -> Iterator[Finding]:
    if node.name not in known:
        yield Finding(f"{path}.look_up", f"the settings have no look-up {node.name}{_near(node.name, known)}")
        return
    there = known[node.name]
    for each in there.asks_with:
        if each not in node.values:
            yield Finding(f"{path}.with", f"lacks `{each}`, which {node.name} asks with")
    for each in node.gives:
        if each not in there.gives:
            yield Finding(f"{path}.gives", f"names `{each}`, which {node.name} does not give{_near(each, there.gives)}")


def _near(name: str, among: Collection[str]) -> str:
    near = get_close_matches(name, list(among), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


CHECKS: Final[tuple[Callable[[Tree], Iterator[Finding]], ...]] = (
    _named_nodes,
    _unreachable,
    _fallback,
    _circles,
    _dead_ends,
    _choices,
    _variables,
    _hours,
    _parts,
)
