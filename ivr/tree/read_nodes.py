"""Each kind of node, read from its section. Which kind it is, says the entry that names it: ``menu: ¿Qué necesita?``"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Section
from cti_api.campaign_file.weekly import weekly_windows
from ivr.tree import default_words, nodes
from ivr.tree.nodes import Case, Node
from ivr.tree.read_framed import FRAMED
from ivr.tree.read_parts import (
    Frame,
    extension,
    prompt,
    target,
    variable,
)
from ivr.tree.steps import BargeIn, Kind, Via

_ASKED: Final = (Kind.DIGITS, Kind.NUMBER, Kind.DATE, Kind.YES_NO, Kind.CHOICE, Kind.OPEN)
_COMPARED: Final = re.compile(r"(<=|>=|<|>) *(-?[0-9]{1,12}(?:\.[0-9]{1,9})?)\Z")
_RANGE: Final = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?\Z")


def read_node(section: Section, frame: Frame) -> Node | None:
    """The node; None, with a fault noted, where the section is none."""
    named = [kind for kind in KINDS if kind in section.names()]
    if len(named) > 1 and "say" in named:
        named.remove("say")  # there it is what is said before
    if len(named) != 1:
        which = f"names several kinds: {', '.join(named)}" if named else "names no kind"
        section.note("", f"a node is of one kind, this one {which}; kinds are {', '.join(KINDS)}")
        return None
    kind = named[0]
    node = PLAIN[kind](section) if kind in PLAIN else FRAMED[kind](section, frame)
    section.finish()
    return node


def _say(section: Section) -> Node:
    barge_in = section.section("barge_in")
    node = nodes.Say(
        prompt=prompt(section, "say", required=True),
        then=section.required("then", target, ""),
        barge_in=BargeIn(
            keys=barge_in.optional("keys", values.yes_no, True),
            speech=barge_in.optional("speech", values.yes_no, False),
        ),
    )
    barge_in.finish()
    return node


def _look_up(section: Section) -> Node:
    return nodes.LookUp(
        name=section.required("look_up", values.slug, ""),
        values=section.texts("with", variable),
        gives=section.texts("gives", variable),
        holding=prompt(section, "holding") or default_words.HOLDING,
        found=section.required("found", target, ""),
        not_found=section.required("not_found", target, ""),
        failed=section.required("failed", target, ""),
    )


def _branch(section: Section) -> Node:
    table = section.section("cases", required=True)
    cases = []
    for written in table.names():
        to = table.required(written, target, "")
        compared = _COMPARED.match(written)
        sign, value = compared.groups() if compared else ("", written)
        cases.append(Case(written=written, sign=sign, value=value, to=to))
    return nodes.Branch(
        variable=section.required("branch", variable, ""),
        cases=tuple(cases),
        otherwise=section.required("otherwise", target, ""),
    )


def _hours(section: Section) -> Node:
    table = section.section("hours", required=True)
    return nodes.Hours(
        days=tuple(weekly_windows(table, values.window)),
        open=section.required("open", target, ""),
        closed=section.required("closed", target, ""),
        holiday=section.optional("holiday", target, ""),
    )


def _transfer(section: Section) -> Node:
    return nodes.Transfer(
        to=section.required("transfer", extension, ""),
        prompt=prompt(section, "say"),
        ring_seconds=section.optional("ring", values.duration(5.0, 120.0), 20.0),
        then=section.optional("then", target, ""),
        failed=section.required("failed", target, ""),
    )


def _survey(section: Section) -> Node:
    return nodes.Survey(
        name=section.required("survey", values.slug, ""),
        values=section.texts("with", variable),
        then=section.required("then", target, ""),
        failed=section.optional("failed", target, ""),
    )


def _record(section: Section) -> Node:
    return nodes.Record(
        prompt=prompt(section, "record", required=True),
        into=section.required("into", variable, ""),
        longest_seconds=section.optional("longest", values.duration(1.0, 300.0), 60.0),
        then=section.required("then", target, ""),
        failed=section.required("failed", target, ""),
    )


def _send(section: Section) -> Node:
    return nodes.Send(
        name=section.required("send", values.slug, ""),
        via=section.optional("via", values.one_of(Via), Via.WHATSAPP),
        to=section.optional("to", variable, ""),
        values=section.texts("with", variable),
        then=section.required("then", target, ""),
    )


def _ticket(section: Section) -> Node:
    return nodes.Ticket(
        kind=section.required("ticket", values.slug, ""),
        values=section.texts("with", variable),
        into=section.optional("into", variable, ""),
        then=section.required("then", target, ""),
        failed=section.required("failed", target, ""),
    )


def _go_to(section: Section) -> Node:
    return nodes.GoTo(to=section.required("go_to", target, ""))


def _sub_tree(section: Section) -> Node:
    return nodes.SubTree(
        tree=section.required("sub_tree", values.slug, ""),
        version=section.required("version", values.integer(1, 1_000_000), 1),
        gives=section.texts("gives", variable),
        then=section.required("then", target, ""),
    )


def _hang_up(section: Section) -> Node:
    return nodes.HangUp(prompt=prompt(section, "hang_up", required=True))


PLAIN: Final[dict[str, Callable[[Section], Node]]] = {
    "say": _say,
    "look_up": _look_up,
    "branch": _branch,
    "hours": _hours,
    "transfer": _transfer,
    "survey": _survey,
    "record": _record,
    "send": _send,
    "ticket": _ticket,
    "go_to": _go_to,
    "sub_tree": _sub_tree,
    "hang_up": _hang_up,
}
"""By the entry that names the kind."""

KINDS: Final = (*PLAIN, *FRAMED)
