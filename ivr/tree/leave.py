"""By which way a node is left, once its question is answered or its step is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ivr.tree import nodes
from ivr.tree.inputs import Done, Failed, Input, LookedUp, Why
from ivr.tree.limits import LONGEST_VALUE
from ivr.tree.nodes import Asking, Node, Way
from ivr.tree.place import Meant
from ivr.tree.prompts import Value, Values, in_words
from ivr.tree.steps import BookCallBack, Transfer

Onward: TypeAlias = Way | Transfer | BookCallBack
"""To another node, or one thing more to be done at this one."""

OVER = Way("then", "")
"""Done, and the file names nothing that follows: the call is over."""


@dataclass(frozen=True, slots=True)
class Left:
    way: Onward
    values: Mapping[str, Value] = field(default_factory=dict)
    """What became known."""


def after_answer(node: Asking, meant: Meant | None, values: Values) -> Left:
    """The question is answered with `meant`; None: it was given up."""
    if meant is None:
        return Left(node.question.give_up)
    if meant.choice is not None and meant.choice.everywhere:
        return Left(Way(meant.choice.value, meant.choice.to))
    match node:
        case nodes.Menu():
            assert meant.choice is not None
            return Left(Way(meant.choice.value, meant.choice.to), _kept(node.into, meant.value))
        case nodes.Ask():
            name = ("yes" if meant.value is True else "no") if node.yes else "then"
            return Left(_way(node, name), _kept(node.into, meant.value))
        case nodes.Directory():
            listed = next(each for each in node.listed if each.name == meant.value)
            if listed.to:
                return Left(Way(listed.name, listed.to))
            return Left(Transfer(to=listed.extension, ring_seconds=node.ring_seconds))
        case nodes.CallBack():
            if meant.value is not True:
                return Left(_way(node, "declined"))
            return Left(
                BookCallBack(
                    queue=node.queue or in_words(values.get("queue", "")), to=in_words(values.get(node.number, ""))
                )
            )


def after_step(node: Node, happened: Input) -> Left | None:
    """What the engine says became of the step; None where it says nothing about it."""
    match node, happened:
        case nodes.LookUp(), LookedUp(values, found):
            known = {name: _bounded(values[name]) for name in node.gives if name in values}
            return Left(_way(node, "found" if found else "not_found"), known)
        case nodes.LookUp() | nodes.Ticket() | nodes.Record() | nodes.Transfer(), Failed():
            return Left(_way(node, "failed"))
        case nodes.Survey(), Failed():
            return Left(_way(node, "failed" if node.failed else "then"))
        case nodes.Directory(), Failed():
            return Left(_way(node, "failed"))
        case nodes.CallBack(), Failed():
            return Left(node.question.give_up)
        case nodes.CallBack(), Done():
            return Left(_way(node, "booked"))
        case nodes.Directory() | nodes.Transfer() | nodes.Queue(), Done():
            return Left(_way(node, "then"))
        case nodes.Survey(), Done():
            return Left(_way(node, "then"))
        case nodes.Ticket() | nodes.Record(), Done(value):
            return Left(_way(node, "then"), _kept(node.into, _bounded(value)))
        case nodes.Queue(), Failed(why):
            return Left(_left_queue(node, why))
        case _:
            return None


def _left_queue(node: nodes.Queue, why: Why) -> Way:
    if why is Why.WANTS_CALL_BACK and node.has("wants_call_back"):
        return _way(node, "wants_call_back")
    nobody = why in (Why.NOBODY, Why.UNREACHABLE) and node.has("nobody")
    return _way(node, "nobody" if nobody else "waited")


def _way(node: Node, name: str) -> Way:
    return next((way for way in node.ways() if way.name == name), OVER)


def _kept(name: str, value: Value) -> Mapping[str, Value]:
    return {name: value} if name else {}


def _bounded(value: Value) -> Value:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value
