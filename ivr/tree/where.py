"""Where in the file something of a node stands: its ways on and its prompts, each with its path."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.tree import nodes
from ivr.tree.nodes import Node, Way
from ivr.tree.prompts import Prompt


def way_paths(name: str, node: Node) -> Iterator[tuple[str, Way]]:
    """Every way of a node with the path of the entry that names where it leads."""
    own = f"nodes.{name}"
    match node:
        case nodes.Menu():
            for place, choice in enumerate(node.question.choices):
                path = "everywhere" if choice.everywhere else f"{own}.choices[{place}].then"
                yield path, Way(choice.value, choice.to)
            yield f"{own}.give_up", node.question.give_up
        case nodes.Directory():
            for place, listed in enumerate(node.listed):
                if listed.to:
                    yield f"{own}.listed[{place}].then", Way(listed.name, listed.to)
            yield f"{own}.failed", Way("failed", node.failed)
            yield f"{own}.give_up", node.question.give_up
        case nodes.Branch():
            for way in node.ways():
                yield f"{own}.otherwise" if way.name == "otherwise" else f"{own}.cases.{way.name}", way
        case nodes.GoTo():
            yield f"{own}.go_to", node.ways()[0]
        case nodes.Ask():
            everywhere = {choice.value for choice in node.question.choices if choice.everywhere}
            for way in node.ways():
                yield "everywhere" if way.name in everywhere else f"{own}.{way.name}", way
        case _:
            for way in node.ways():
                yield f"{own}.{way.name}", way


def prompts_of(name: str, node: Node) -> Iterator[tuple[str, Prompt, bool]]:
    """Everything a node may say, with its path, and whether it may say what was just heard."""
    own = f"nodes.{name}"
    match node:
        case nodes.Menu() | nodes.Ask() | nodes.Directory() | nodes.CallBack():
            question = node.question
            kind = {nodes.Menu: "menu", nodes.Ask: "ask", nodes.Directory: "directory"}.get(type(node), "call_back")
            yield f"{own}.{kind}", question.prompt, False
            for place, choice in enumerate(question.choices):
                path = "everywhere" if choice.everywhere else f"{own}.choices[{place}].say"
                yield path, choice.say, False
            for entry, several in (("no_input", question.no_input), ("no_match", question.no_match)):
                for each in several:
                    yield f"{own}.{entry}", each, False
            yield f"{own}.say_back", question.say_back, True
        case nodes.Say() | nodes.Queue() | nodes.Transfer():
            yield f"{own}.say", node.prompt, False
        case nodes.Record():
            yield f"{own}.record", node.prompt, False
        case nodes.HangUp():
            yield f"{own}.hang_up", node.prompt, False
        case nodes.LookUp():
            yield f"{own}.holding", node.holding, False
        case _:
            pass
