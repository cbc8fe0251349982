"""No test replaces a function of ours: faults go on the wire, the disk or the database.

What it replaces instead it has never tested: the function's arguments, its errors, and that it is called at all. A
constant in capitals (a folder, a limit) may be another for a test.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
SOURCES = sorted(TESTS.rglob("*.py"))


def patches(source: str) -> list[str]:
    """Each place at which an attribute is replaced that is no constant, as ``line: what``."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=modules) if any(module.name.startswith("unittest.mock") for module in modules):
                found.append((node.lineno, "unittest.mock"))
            case ast.ImportFrom(module="unittest.mock" | "unittest" as module, names=modules):
                if module != "unittest" or any(name.name == "mock" for name in modules):
                    found.append((node.lineno, "unittest.mock"))
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="setattr" | "delattr")):
                if not _of_a_constant(node):
                    found.append((node.lineno, ast.unparse(node)))
            case ast.Assign(targets=targets):
                found += [(node.lineno, ast.unparse(target)) for target in targets if _replaces(target, names)]
    return [f"{line}: {what}" for line, what in sorted(found)]


def _of_a_constant(call: ast.Call) -> bool:
    """``setattr(module, "NAME", …)`` or ``setattr("path.of.NAME", …)``."""
    named = call.args[1] if len(call.args) > 2 else call.args[0]
    if not (isinstance(named, ast.Constant) and isinstance(named.value, str)):
        return False
    return CONSTANT.fullmatch(named.value.rpartition(".")[2]) is not None


def _replaces(target: ast.expr, imported: set[str]) -> bool:
    """An attribute of something imported, such as ``module.function = …`` or ``Class.method = …``."""
    if not isinstance(target, ast.Attribute) or CONSTANT.fullmatch(target.attr):
        return False
    root = target.value
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in imported


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_function_is_replaced(path: Path) -> None:
    assert patches(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "def test(monkeypatch):\n    monkeypatch.setattr(Control, 'chunks', None)",
        "def test(mp):\n    mp.setattr('vocero.client.Control.chunks', None)",
        "patched.setattr(hopper, '_OTHERS', None)",
        "patched.setattr(hopper, name, None)",
        "patched.delattr(os, 'fsync')",
        "setattr(store, 'open', away)",
        "import os\nos.open = away",
        "from vocero import client\nclient.Control.chunks = away",
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock as m",
    ],
)
def test_a_replaced_function_is_found(source: str) -> None:
    assert len(patches(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "monkeypatch.setattr(demo, 'LOCK', folder)",
        "monkeypatch.setattr('cti_api.list_reader.reading.READER', script)",
        "fake.secret = 'old'",
        "from module import CALL\nanswers = CALL",
    ],
)
def test_a_constant_or_a_fake_s_own_answer_is_none(source: str) -> None:
    assert patches(source) == []
