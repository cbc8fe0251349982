"""The nodes for which the whole tree has words or ways: those that ask something, and queues."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Section
from ivr.tree import nodes
from ivr.tree.limits import MOST_KEYS_A_PROMPT
from ivr.tree.nodes import Choice, Listed, Node, Way
from ivr.tree.read_parts import QUEUE_WAYS, Frame, choice, extension, keys, prompt, quantity, question, target, variable
from ivr.tree.steps import NO_KEY, YES_KEY, Kind

ASKED: Final = (Kind.DIGITS, Kind.NUMBER, Kind.DATE, Kind.YES_NO, Kind.CHOICE, Kind.OPEN)
_RANGE: Final = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?\Z")


def _menu(section: Section, frame: Frame) -> Node:
    choices = tuple(choice(each, "then") for each in section.sections("choices", required=True))
    return nodes.Menu(
        question=question(section, "menu", Kind.MENU, frame, choices), into=section.optional("into", variable, "")
    )


def _ask(section: Section, frame: Frame) -> Node:
    kind = section.required("kind", values.one_of(Kind, ASKED), Kind.OPEN)
    if section.notes.has_fault_at(section.path("kind")):
        for name in ("choices", "digits", "from", "to", "yes", "no"):
            section.written(name)  # of whichever kind was meant
    choices: tuple[Choice, ...] = ()
    shape: dict[str, Any] = {}
    least = 0
    match kind:
        case Kind.CHOICE:
            choices = tuple(choice(each) for each in section.sections("choices", required=True))
        case Kind.DIGITS:
            least, most = section.required("digits", _digits, (1, 1))
            shape = {"least_keys": least, "most_keys": most}
        case Kind.NUMBER:
            shape = {
                "lowest": section.optional("from", quantity, None),
                "highest": section.optional("to", quantity, None),
            }
        case Kind.DATE:
            least = 4
        case _:
            pass
    if kind is Kind.YES_NO:
        frame = _without_keys(frame, {YES_KEY, NO_KEY})
    asked = question(section, "ask", kind, frame, choices, answered_by_keys=least)
    into = section.optional("into", variable, "")
    yes = no = ""
    if kind is Kind.YES_NO and ("yes" in section.names() or "no" in section.names()):
        yes, no = section.required("yes", target, ""), section.required("no", target, "")
    if kind is not Kind.YES_NO and not into:
        section.note("into", "is missing: where is the answer kept?")
    then = "" if yes or no else section.required("then", target, "")
    return nodes.Ask(question=replace(asked, **shape), into=into, then=then, yes=yes, no=no)


def _without_keys(frame: Frame, taken: set[str]) -> Frame:
    everywhere = tuple(replace(each, key="") if each.key in taken else each for each in frame.everywhere)
    return replace(frame, everywhere=everywhere)


def _directory(section: Section, frame: Frame) -> Node:
    read = [_listed(each) for each in section.sections("listed", required=True)]
    choices = tuple(option for _, option in read)
    asked = question(section, "directory", Kind.NAME, frame, choices)
    return nodes.Directory(
        question=replace(asked, choices_at_once=False),
        listed=tuple(entry for entry, _ in read),
        failed=section.required("failed", target, ""),
        ring_seconds=section.optional("ring", values.duration(5.0, 120.0), 20.0),
    )


def _listed(section: Section) -> tuple[Listed, Choice]:
    name = section.required("name", values.line_of_text, "")
    phrases = section.texts("phrases", values.line_of_text)
    to = section.optional("then", target, "")
    entry = Listed(name=name, extension="" if to else section.required("extension", extension, ""), to=to)
    option = Choice(
        value=name,
        key=section.optional("key", keys, ""),
        phrases=(name, *(each for each in phrases if each != name)),
    )
    section.finish()
    return entry, option


def _call_back(section: Section, frame: Frame) -> Node:
    asked = question(section, "call_back", Kind.YES_NO, _without_keys(frame, {YES_KEY, NO_KEY}))
    return nodes.CallBack(
        question=asked,
        queue=section.optional("from_queue", values.slug, ""),
        number=section.optional("number", variable, ""),
        booked=section.required("booked", target, ""),
        declined=section.required("declined", target, ""),
    )


def _queue(section: Section, frame: Frame) -> Node:
    usual = {way.name: way.to for way in frame.queues}
    ways = []
    for name in QUEUE_WAYS:
        to = section.optional(name, target, "")
        if to or name in usual:
            ways.append(Way(name, to or usual[name], implied=not to))
    if not any(way.name == "waited" for way in ways):
        section.note(
            "waited", "is missing here and under the tree's `queues`: where is a caller led who waited too long?"
        )
    return nodes.Queue(
        name=section.required("queue", values.slug, ""),
        prompt=prompt(section, "say"),
        most_wait_seconds=section.optional("most_wait", values.duration(10.0, 3600.0), 300.0),
        left_by=tuple(ways),
    )


def _digits(text: str) -> tuple[int, int]:
    found = _RANGE.match(text)
    if found:
        least, most = int(found[1]), int(found[2] or found[1])
        if 1 <= least <= most <= MOST_KEYS_A_PROMPT:
            return least, most
    raise ValueError(f"must be how many digits, such as 7 or 7-8, at most {MOST_KEYS_A_PROMPT}")


FRAMED: Final[dict[str, Callable[[Section, Frame], Node]]] = {
    "menu": _menu,
    "ask": _ask,
    "directory": _directory,
    "call_back": _call_back,
    "queue": _queue,
}
"""By the entry that names the kind."""
