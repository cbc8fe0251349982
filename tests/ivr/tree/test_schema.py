"""The JSON Schema allows exactly the entries that the reader asks for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cti_api.errors import InputError
from ivr.tree.read import parse_tree
from ivr.tree.read_nodes import KINDS
from ivr.tree.schema import NODE_KINDS, tree_schema
from tests.support.trees import SMALL

TREE = Path(__file__).parents[3] / "examples" / "p4_front_desk" / "tree.yaml"


def asked_for(text: str, path: str) -> set[str]:
    """The entries that the reader names when it refuses one it does not know."""
    with pytest.raises(InputError) as refused:
        parse_tree(text)
    [told] = [fault.message for fault in refused.value.faults if fault.path == f"{path}.zzzzzzzz".removeprefix(".")]
    return set(re.sub("^.*allowed are ", "", told).split(", "))


@pytest.mark.parametrize("kind", KINDS)
def test_a_node_s_entries_are_those_of_the_reader(kind: str) -> None:
    extra = {"ask": ", kind: wrong"}.get(kind, "")
    asked = asked_for(SMALL + f"  x: {{{kind}: a{extra}, zzzzzzzz: 1}}\n", "nodes.x")
    assert set(NODE_KINDS[kind]["properties"]) == asked


def test_the_top_entries_are_those_of_the_reader() -> None:
    assert set(tree_schema()["properties"]) == asked_for(SMALL + "zzzzzzzz: 1\n", "")
    assert set(tree_schema()["properties"]["words"]["properties"]) == asked_for(
        SMALL.replace("words:\n", "words:\n  zzzzzzzz: 1\n"), "words"
    )


def test_the_front_desk_has_only_entries_of_the_schema() -> None:
    loaded = YAML(typ="safe").load(TREE)
    schema = tree_schema()
    assert set(loaded) <= set(schema["properties"])
    assert set(schema["required"]) <= set(loaded)
    for node in loaded["nodes"].values():
        assert any(fits(node, allowed) for allowed in NODE_KINDS.values()), node


def fits(node: dict[str, Any], allowed: dict[str, Any]) -> bool:
    return set(node) <= set(allowed["properties"]) and set(allowed["required"]) <= set(node)
