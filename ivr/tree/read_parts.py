"""What nodes are made of, read from their sections: prompts, choices, questions, and the names of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Section, read_value
from cti_api.yaml_tree import Entries, Items, Node, Scalar
from ivr.tree.limits import MOST_TRIES
from ivr.tree.nodes import RETURN, Choice, Confirm, Question, Way
from ivr.tree.prompts import Line, Prompt, line_from, names_in
from ivr.tree.steps import BargeIn, Kind

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_KEYS: Final = re.compile(r"[0-9*#]{1,6}\Z")
_EXTENSION: Final = re.compile(r"(?:\+?[0-9*#]{1,15}|\{[a-z][a-z0-9_]{0,39}\})\Z")

QUEUE_WAYS: Final = ("then", "waited", "nobody", "wants_call_back")

LONGEST_LINE: Final = 600
"""Signs of one prompt: 600 take a voice three quarters of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the whole tree lends to its questions."""

    fallback: str
    no_input: tuple[Prompt, ...]
    no_match: tuple[Prompt, ...]
    everywhere: tuple[Choice, ...]
    queues: tuple[Way, ...]


def target(text: str) -> str:
    """The name of a node."""
    if text != RETURN and not _NAME.match(text):
        raise ValueError("must be lower-case letters without accents, digits and _, begin with a letter, at most 40")
    return text


def variable(text: str) -> str:
    """The name of a variable."""
    if not _NAME.match(text):
        raise ValueError("must be lower-case letters without accents, digits and _, begin with a letter, at most 40")
    return text


def keys(text: str) -> str:
    """What is pressed to choose."""
    if not _KEYS.match(text):
        raise ValueError("must be one to six of 0-9, * and #")
    return text


def extension(text: str) -> str:
    """Where a call is led to."""
    if not _EXTENSION.match(text):
        raise ValueError("must be an extension or number in digits, or one {variable} that holds it")
    return text


def _said(text: str) -> Line:
    if len(text) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE} signs: nobody listens so long; say it in two nodes")
    return line_from(" ".join(values.long_text(text).split()))


def prompt(section: Section, name: str, *, required: bool = False) -> Prompt:
    """Something to say: a text, ``{text, file}``, or a list of these."""
    node = section.written(name, required=required)
    return () if node is None else tuple(_lines(node, section.path(name), section))


def prompts(section: Section, name: str) -> tuple[Prompt, ...]:
    """Several, one for each time; a single one stands for a list of one."""
    node = section.written(name)
    if node is None:
        return ()
    path = section.path(name)
    if not isinstance(node, Items):
        return (tuple(_lines(node, path, section)),)
    return tuple(tuple(_lines(item, f"{path}[{place}]", section)) for place, item in enumerate(node.items))


def _lines(node: Node, path: str, section: Section) -> Iterator[Line]:
    match node:
        case Items():
            if not node.items:
                section.notes.fault(path, "must have at least one entry", node.line)
            for place, item in enumerate(node.items):
                yield from _lines(item, f"{path}[{place}]", section)
        case Entries():
            one = Section(node, path, section.notes)
            line = one.required("text", _said, Line(""))
            if "file" in one.names() and any(names_in((line,))):
                one.note("file", "a recording cannot hold a variable: say the text without it, and it after")
            yield replace(line, file=one.optional("file", values.sound, ""))
            one.finish()
        case Scalar():
            section.notes.lines.setdefault(path, node.line)
            yield read_value(node, path, _said, Line(""), section.notes)


def choice(section: Section, leads: str = "") -> Choice:
    """One entry of ``choices``; `leads` is the entry that names the node it leads to, where it has one."""
    key = section.optional("key", keys, "")
    phrases = section.texts("phrases", values.line_of_text)
    value = section.optional("value", values.line_of_text, "")
    found = Choice(
        value=value or (phrases[0] if phrases else key),
        key=key,
        phrases=phrases,
        say=prompt(section, "say"),
        to=section.required(leads, target, "") if leads else "",
    )
    if not key and not phrases:
        section.note("phrases", "is missing: a choice has a `key`, `phrases`, or both")
    section.finish()
    return found


def question(
    section: Section,
    name: str,
    kind: Kind,
    frame: Frame,
    choices: tuple[Choice, ...] = (),
    *,
    answered_by_keys: int = 0,
) -> Question:
    """What every question has, whatever it asks; `answered_by_keys` are digits its answer may have at least."""
    own = {each.key for each in choices if each.key}
    with_choices = kind not in (Kind.NUMBER, Kind.OPEN)
    # Choices for the whole tree give way to the question's own keys.
    more = [replace(each, key="") if _is_taken(each.key, own, answered_by_keys) else each for each in frame.everywhere]
    give_up = section.optional("give_up", target, "")
    barge_in = section.section("barge_in")
    found = Question(
        kind=kind,
        prompt=prompt(section, name, required=True),
        choices=(*choices, *(each for each in more if with_choices and (each.key or each.phrases))),
        choices_at_once=section.optional("read_choices", _when_read, True),
        no_input=prompts(section, "no_input") or frame.no_input,
        no_match=prompts(section, "no_match") or frame.no_match,
        give_up=Way("give_up", give_up or frame.fallback, implied=not give_up),
        confirm=section.optional("confirm", values.one_of(Confirm), Confirm.WHEN_UNSURE),
        say_back=prompt(section, "say_back"),
        tries=section.optional("tries", values.integer(1, MOST_TRIES), MOST_TRIES),
        wait_seconds=section.optional("wait", values.duration(1.0, 30.0), 5.0),
        longest_seconds=section.optional("longest", values.duration(1.0, 120.0), 60.0 if kind is Kind.OPEN else 15.0),
        barge_in=BargeIn(
            keys=barge_in.optional("keys", values.yes_no, True), speech=barge_in.optional("speech", values.yes_no, True)
        ),
    )
    barge_in.finish()
    return found


def _is_taken(key: str, own: set[str], answered_by_keys: int) -> bool:
    return key in own or (0 < answered_by_keys <= len(key))


def _when_read(text: str) -> bool:
    if text not in {"at_once", "when_asked_again"}:
        raise ValueError("must be at_once or when_asked_again")
    return text == "at_once"


def quantity(text: str) -> Decimal:
    """A number as a bound."""
    return Decimal(str(values.number(-1e12, 1e12)(text)))
