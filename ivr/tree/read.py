"""A tree's file to a tree: every fault at once, each with its line and path; there is no half-read tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section
from cti_api.errors import InputError
from cti_api.law.calendar import is_calendar
from cti_api.yaml_tree import FileKind, read_tree
from ivr.tree import default_words
from ivr.tree.checks import Known, check
from ivr.tree.nodes import Choice, Confidence, Node, SubTree, Tree, Way
from ivr.tree.read_nodes import read_node
from ivr.tree.read_parts import QUEUE_WAYS, Frame, choice, prompt, prompts, target, variable

TREE_FILE: Final = FileKind(noun="tree file", largest_bytes=512 * 1024, looks_like="tree: mesa-de-entrada")

MOST_NODES_IN_FILE: Final = 500


def parse_tree(text: str, known: Known | None = None, parts: Mapping[tuple[str, int], Tree] | None = None) -> Tree:
    """The tree that a YAML file describes.

    `known` says what exists outside of the file (queues, sounds), where that is known; `parts` are the trees that its
    ``sub_tree`` nodes may name, by id and version. Raises `InputError` with every fault, in the order of the lines.
    """
    notes = Notes()
    top = Section(read_tree(text, TREE_FILE, notes.faults), "", notes)
    tree = replace(_tree(top), parts=parts or {})
    found_wrong = check(tree, known or Known())
    sound = [found for found in found_wrong if not any(map(notes.has_fault_at, (found.path, *found.rests_on)))]
    for found in sound:
        notes.fault(found.path, found.message)
    if notes.faults:
        count = len(notes.faults)
        raise InputError(
            f"The tree file has {count} fault{'s' if count > 1 else ''}:",
            sorted(notes.faults, key=lambda fault: (fault.line or 0, fault.path)),
        )
    return tree


def named_parts(text: str) -> Iterator[tuple[str, int]]:
    """Which other trees a file names, as far as it can be read."""
    notes = Notes()
    try:
        tree = _tree(Section(read_tree(text, TREE_FILE, notes.faults), "", notes))
    except InputError:  # told by `parse_tree`
        return
    yield from {(node.tree, node.version) for node in tree.nodes.values() if isinstance(node, SubTree)}


def _tree(top: Section) -> Tree:
    words = top.section("words")
    frame = Frame(
        fallback=top.required("fallback", target, ""),
        no_input=prompts(words, "no_input") or default_words.NO_INPUT,
        no_match=prompts(words, "no_match") or default_words.NO_MATCH,
        everywhere=_everywhere(top),
        queues=_queues(top.section("queues")),
    )
    tree = Tree(
        id=top.required("tree", values.slug, ""),
        title=top.required("title", values.line_of_text, ""),
        start=top.required("start", target, ""),
        fallback=frame.fallback,
        queues=frame.queues,
        timezone=top.required("timezone", values.timezone, "UTC"),
        holidays=top.optional("holidays", _calendar, ""),
        closed_on=frozenset(top.texts("closed_on", _day)),
        variables=_variables(top.section("variables")),
        is_part=top.optional("is_part", values.yes_no, False),
        confidence=_confidence(top.section("confidence")),
        confirm=prompt(words, "confirm") or default_words.CONFIRM,
        sorry=prompt(words, "sorry") or default_words.SORRY,
        nodes=_nodes(top.section("nodes", required=True), frame),
    )
    words.finish()
    top.finish()
    return tree


def _everywhere(top: Section) -> tuple[Choice, ...]:
    return tuple(replace(choice(each, "then"), everywhere=True) for each in top.sections("everywhere"))


def _queues(section: Section) -> tuple[Way, ...]:
    ways = tuple(Way(name, section.optional(name, target, ""), implied=True) for name in QUEUE_WAYS)
    section.finish()
    return tuple(way for way in ways if way.to)


def _nodes(section: Section, frame: Frame) -> dict[str, Node]:
    found: dict[str, Node] = {}
    if len(section.names()) > MOST_NODES_IN_FILE:
        section.note(section.names()[MOST_NODES_IN_FILE], f"a tree has at most {MOST_NODES_IN_FILE} nodes")
    for name in section.names()[:MOST_NODES_IN_FILE]:
        try:
            target(name)
        except ValueError as error:
            section.note(name, f"the name of a node {error}")
        node = read_node(section.section(name), frame)
        if node is not None:
            found[name] = node
    return found


def _variables(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in section.names():
        try:
            variable(name)
        except ValueError as error:
            section.note(name, f"the name of a variable {error}")
        found[name] = section.required(name, values.long_text, "")
    return found


def _confidence(section: Section) -> Confidence:
    standard = Confidence()
    found = Confidence(
        sure=section.optional("sure", values.share(0.0, 1.0), standard.sure),
        unsure=section.optional("unsure", values.share(0.0, 1.0), standard.unsure),
    )
    if found.unsure > found.sure:
        section.note("unsure", "must not be above `sure`")
    section.finish()
    return found


def _calendar(text: str) -> str:
    if not is_calendar(text):
        raise ValueError("must be a country, in capitals, that the package `holidays` has a calendar of")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day such as 2026-12-24") from None
