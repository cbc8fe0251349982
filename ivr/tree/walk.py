"""The heart: a caller's place in the tree, what just happened, and what is to be done next.

Whatever happens, in whatever order, a caller who has not hung up has a step that is being carried out, and after a
bounded number of answers the call has ended or is in the hands of people:

- A node either passes the caller on at once, or waits for something. What it waits for is the last step given.
- An input that does not answer the step being carried out changes nothing: that step goes on.
- Who passed a limit (nodes, time) is led to the tree's fallback, once, with a little of each left for it. After that,
  and after too many keys, the call ends with an apology.

Pure: the same tree, place, input and `now` give the same walk.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ivr.tree.answers import Again, Settled, answered
from ivr.tree.arrive import Moves, Waits, arrive
from ivr.tree.inputs import HungUp, Input, Keys, Started, TooManyKeys
from ivr.tree.leave import Left, after_answer, after_step
from ivr.tree.limits import DEEPEST, MOST_KEYS_A_CALL, MOST_NODES, MOST_SECONDS, NODES_AFTER, SECONDS_AFTER
from ivr.tree.nodes import RETURN, Ask, CallBack, Directory, Menu, SubTree, Tree
from ivr.tree.place import Passed, Place, Walked, Whence
from ivr.tree.prompts import filled
from ivr.tree.steps import BookCallBack, Ending, HangUp, Listen, Queue, Step, Transfer


def walk(tree: Tree, place: Place, happened: Input, now: datetime) -> Walked:
    """What to do next for the caller at `place`. `tree` is the one the call began with, in its version."""
    if place.is_over:
        return Walked(place)
    place = replace(place.at(now), keys=place.keys + _keys_of(happened))
    if isinstance(happened, HungUp):
        return Walked(replace(place, is_over=True, awaits=None))
    if place.keys > MOST_KEYS_A_CALL:
        return _end(tree, place, Ending.TOO_MANY_KEYS)
    if place.seconds > MOST_SECONDS + (SECONDS_AFTER if place.is_rescued else 0.0):
        return _rescue(tree, place, Ending.TOO_LONG, now)
    if place.awaits is None:
        return _enter(tree, place, place.node, now) if isinstance(happened, Started) else Walked(place)
    return _leave(tree, place, happened, now)


def _leave(tree: Tree, place: Place, happened: Input, now: datetime) -> Walked:
    """What an input means for the node that waits: ask again, do one thing more, or go on by one of its ways."""
    inner = _tree_at(tree, place)
    node = inner.nodes[place.node]
    left: Left | None
    if isinstance(place.awaits, Listen) and isinstance(node, Menu | Ask | Directory | CallBack):
        answer = answered(inner, node.question, place, happened, now)
        if answer is None:
            return Walked(place)
        if isinstance(answer, Again):
            return Walked(replace(answer.place, awaits=answer.listen), (answer.listen,))
        left = after_answer(node, answer.meant if isinstance(answer, Settled) else None, place.values)
    else:
        left = after_step(node, happened)
    if left is None:
        return Walked(place)
    place = replace(place.knowing(**left.values), pending=None, no_input=0, no_match=0)
    if isinstance(left.way, Transfer | BookCallBack):  # the same node waits for one thing more
        return Walked(replace(place, awaits=left.way), (left.way,))
    passed = Passed(inner.id, place.node, left.way.name)
    return _enter(tree, place, left.way.to, now, (passed,)) if left.way.to else _end(tree, place, passed=(passed,))


def _enter(tree: Tree, place: Place, name: str, now: datetime, passed: tuple[Passed, ...] = ()) -> Walked:
    """Go to a node, and on through those that do not wait."""
    steps: tuple[Step, ...] = ()
    while True:
        if place.nodes >= MOST_NODES + (NODES_AFTER if place.is_rescued else 0):
            ended = _rescue(tree, place, Ending.TOO_MANY_NODES, now)
            return Walked(ended.place, steps + ended.steps, passed + ended.passed)
        if name == RETURN and place.above:
            whence = place.above[-1]
            place = replace(place, tree=whence.tree, node=whence.node, above=place.above[:-1])
            outer = _tree_at(tree, place)
            way = outer.nodes[whence.node].ways()[0]
            passed, name = (*passed, Passed(outer.id, whence.node, way.name)), way.to
            continue
        inner = _tree_at(tree, place)
        if name == RETURN:
            name = inner.fallback
        place = replace(place, node=name, nodes=place.nodes + 1)
        node = inner.nodes[name]
        if isinstance(node, SubTree):
            if len(place.above) >= DEEPEST:
                name = inner.fallback
                continue
            key = (node.tree, node.version)
            part, above = tree.parts[key], (*place.above, Whence(place.tree, name))
            place = replace(place, tree=key, above=above, values={**part.variables, **place.values})
            name = part.start
            continue
        match arrive(inner, node, place.values, now):
            case Waits(before, HangUp() as step):
                over = replace(place, is_over=True, awaits=None)
                return Walked(over, (*steps, *before, step), (*passed, Passed(inner.id, name, "")))
            case Waits(before, step):
                if isinstance(step, Queue):
                    place = place.knowing(queue=step.name)
                return Walked(replace(place, awaits=step), (*steps, *before, step), passed)
            case Moves(before, way):
                steps, passed, name = steps + before, (*passed, Passed(inner.id, name, way.name)), way.to


def _keys_of(happened: Input) -> int:
    match happened:
        case Keys(digits):
            return len(digits)
        case TooManyKeys(count):
            return count
        case _:
            return 0


def _rescue(tree: Tree, place: Place, ending: Ending, now: datetime) -> Walked:
    """Lead whoever passed a limit to the fallback; the second time, end."""
    if place.is_rescued:
        return _end(tree, place, ending)
    place = replace(
        place, tree=(tree.id, tree.version), above=(), is_rescued=True, pending=None, no_input=0, no_match=0,
        nodes=max(place.nodes, MOST_NODES), seconds=max(place.seconds, MOST_SECONDS),
    )  # fmt: skip
    return _enter(tree, place, tree.fallback, now)


def _end(tree: Tree, place: Place, ending: Ending = Ending.FINISHED, passed: tuple[Passed, ...] = ()) -> Walked:
    pieces = () if ending is Ending.FINISHED else filled(tree.sorry, place.values)
    return Walked(replace(place, is_over=True, awaits=None), (HangUp(pieces=pieces, ending=ending),), passed)


def _tree_at(tree: Tree, place: Place) -> Tree:
    return tree if place.tree == (tree.id, tree.version) else tree.parts[place.tree]
