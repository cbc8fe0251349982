"""A tree from its file, with the trees and recordings that lie beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cti_api.errors import InputError
from vocero.commands.files import read

if TYPE_CHECKING:
    from ivr.tree.checks import Known
    from ivr.tree.nodes import Tree


def tree_of(file: Path, known: Known | None = None) -> Tree:
    """The tree in `file`; a tree within it is `<its id>.yaml` in the same folder, whatever version is asked for.
    `known`: what exists beside it; its recordings are looked for where the file lies.

    Raises `InputError` with every fault.
    """
    from ivr.tree.checks import Known

    return _tree_of(file, known or Known(), ())


def _tree_of(file: Path, known: Known, within: tuple[Path, ...]) -> Tree:
    from ivr.tree.read import named_parts, parse_tree

    text = text_of(file)
    parts: dict[tuple[str, int], Tree] = {}
    for name, version in named_parts(text):
        beside = file.parent / f"{name}.yaml"
        if beside in (file, *within):
            raise InputError(f"{beside} is a part of itself: a tree may not lead into itself again.")
        if beside.exists():
            part = replace(_tree_of(beside, known, (*within, file)), version=version)
            parts |= {**part.parts, (name, version): part}
    try:
        return parse_tree(text, replace(known, has_sound=lambda path: (file.parent / path).is_file()), parts)
    except InputError as error:
        raise InputError(f"{file}: {error.args[0]}", error.faults) from None


def text_of(file: Path) -> str:
    """Raises `InputError` for a file that is no text."""
    try:
        return read(file).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} cannot be read: it is not UTF-8") from None
