"""What prompts are made of: a list as people write it (YAML, or a table as CSV), a tree, or a survey.

    prompts:
      bienvenida: Bienvenido a la cooperativa.
      menu:
        text: Diga en pocas palabras qué necesita.
        file: grabaciones/menu.mp3

A CSV has the columns ``name``, ``text`` and ``file``. A relative path counts from the list's own folder.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from audio.prompts import Prompt
from cti_api.errors import Fault, InputError
from cti_api.yaml_tree import Entries, FileKind, Node, Scalar, read_tree

LIST: Final = FileKind(
    noun="list of prompts", largest_bytes=1024 * 1024, looks_like="prompts: {menu: Diga qué necesita.}"
)
COLUMNS: Final = ("name", "text", "file")
MOST: Final = 2_000
"""Prompts of one list."""


def prompts_in(written: bytes, path: Path) -> tuple[Prompt, ...]:
    """The prompts in a list, a tree or a survey, which its first entries tell. Raises `InputError` with every fault."""
    if path.suffix.lower() != ".csv":
        names = _names_in(written)
        if "nodes" in names:
            from ivr.prompts import prompts_of_tree
            from vocero.tree_files import tree_of

            return prompts_of_tree(tree_of(path), path.parent)
        if "questions" in names:
            from cti_api.survey_file.parse import parse_survey
            from ivr.prompts import prompts_of_survey

            return prompts_of_survey(parse_survey(written.decode("utf-8")))
    return read_prompts(written, path)


def _names_in(written: bytes) -> Collection[str]:
    """The names of the file's sections, as far as it can be read: what is wrong is told by who reads it in earnest."""
    try:
        return read_tree(written.decode("utf-8"), LIST, []).entries
    except (UnicodeDecodeError, InputError):
        return ()


def read_prompts(written: bytes, path: Path) -> tuple[Prompt, ...]:
    """The prompts in the file at `path`, whose content is `written`. Raises `InputError` with every fault."""
    if len(written) > LIST.largest_bytes:
        raise InputError(f"{path} is larger than {LIST.largest_bytes // 1024} KiB: that is no list of prompts.")
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8.") from None
    faults: list[Fault] = []
    reads = _of_table if path.suffix.lower() == ".csv" else _of_yaml
    prompts = tuple(reads(text, path.parent, faults))
    if not prompts and not faults:
        faults.append(Fault("prompts", "there is none"))
    if len(prompts) > MOST:
        faults.append(Fault("prompts", f"there are {len(prompts)}; {MOST} at most"))
    if faults:
        raise InputError(f"{path} is not in order:", faults)
    return prompts


def _of_yaml(text: str, folder: Path, faults: list[Fault]) -> Iterator[Prompt]:
    top = read_tree(text, LIST, faults)
    unknown = "is not known: a list of prompts has only the section prompts"
    faults += [Fault(name, unknown, line) for name, line in top.key_lines.items() if name != "prompts"]
    section = top.entries.get("prompts")
    if not isinstance(section, Entries):
        faults.append(Fault("prompts", "write each prompt under its name", section.line if section else None))
        return
    for name, node in section.entries.items():
        said = _said(f"prompts.{name}", node, faults)
        yield _prompt(name, said.get("text", ""), said.get("file", ""), folder)


def _said(where: str, node: Node, faults: list[Fault]) -> dict[str, str]:
    if isinstance(node, Scalar):
        return {"text": node.text}
    if not isinstance(node, Entries):
        faults.append(Fault(where, "is a text, or has text and file", node.line))
        return {}
    said = {}
    for key, value in node.entries.items():
        if key not in COLUMNS[1:] or not isinstance(value, Scalar):
            faults.append(Fault(f"{where}.{key}", "a prompt has text and file, each one value", node.key_lines[key]))
        else:
            said[key] = value.text
    return said


def _of_table(text: str, folder: Path, faults: list[Fault]) -> Iterator[Prompt]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if unknown := set(rows.fieldnames or ()) ^ set(COLUMNS):
            faults.append(
                Fault("", f"the columns are {', '.join(COLUMNS)}; not so: {', '.join(sorted(map(str, unknown)))}", 1)
            )
            return
        for row in rows:
            if None in row or None in row.values():
                faults.append(Fault("", "has not as many cells as there are columns", rows.line_num))
            else:
                yield _prompt(row["name"], row["text"], row["file"], folder)
    except csv.Error as error:
        faults.append(Fault("", f"is no CSV: {error}", rows.line_num))


def _prompt(name: str, text: str, file: str, folder: Path) -> Prompt:
    return Prompt(name=name.strip(), text=text.strip(), file=folder / file.strip() if file.strip() else None)
