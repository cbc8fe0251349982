"""Cases: what a caller does, and where that has to lead; read from a YAML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.campaign_file import values
from cti_api.campaign_file.section import Notes, Section, read_value
from cti_api.errors import InputError
from cti_api.yaml_tree import Entries, FileKind, Items, Node, Scalar, read_tree
from ivr.tree.prompts import Value

CASE_FILE: Final = FileKind(noun="file of cases", largest_bytes=1024 * 1024, looks_like="cases: [{name: …, …}]")

FAILED, NOT_FOUND = "failed", "not_found"
"""As the answer of a look-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Does:
    """One thing the caller does, or that happens to them."""

    what: str
    """Keys, words, or one of the words that `ivr.tree.run_cases` knows."""
    confidence: float | None = None
    """Of words; None: as the words fit."""
    is_said: bool = False
    """Words, whatever they look like."""


Answer = Mapping[str, Value] | str
"""Of a look-up: its values, `FAILED` or `NOT_FOUND`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    at: datetime
    does: tuple[Does, ...]
    end: str
    path: tuple[str, ...]
    """Nodes the caller has to come through in this order, others between them."""
    hears: tuple[str, ...]
    """Texts that have to be said."""
    answers: Mapping[str, Answer]
    caller: str
    line: int


def parse_cases(text: str, timezone: str) -> tuple[Case, ...]:
    """The cases, their times in that zone. Raises `InputError` with every fault of the file."""
    notes = Notes()
    top = Section(read_tree(text, CASE_FILE, notes.faults), "", notes)
    instant = instant_in(timezone)
    usual_at = top.required("at", instant, datetime(2000, 1, 3, tzinfo=UTC))
    usual_caller = top.optional("caller", values.line_of_text, "")
    usual_answers = _answers(top.section("answers"))
    cases = []
    for place, section in enumerate(top.sections("cases", required=True)):
        node = section.written("does")
        cases.append(
            Case(
                name=section.required("name", values.line_of_text, ""),
                at=section.optional("at", instant, usual_at),
                does=() if node is None else tuple(_does(node, section.path("does"), notes)),
                end=section.required("end", values.line_of_text, ""),
                path=section.texts("path", values.line_of_text, repeated=True),
                hears=section.texts("hears", values.line_of_text),
                answers={**usual_answers, **_answers(section.section("answers"))},
                caller=section.optional("caller", values.line_of_text, usual_caller),
                line=notes.line_of(f"cases[{place}]") or 0,
            )
        )
        section.finish()
    top.finish()
    if notes.faults:
        raise InputError("The file of cases has faults:", sorted(notes.faults, key=lambda f: (f.line or 0, f.path)))
    return tuple(cases)


def parse_answers(text: str) -> Mapping[str, Answer]:
    """What look-ups answer, by their names, from a file of its own."""
    notes = Notes()
    kind = FileKind(noun="file of answers", largest_bytes=1024 * 1024, looks_like="estado-de-cuenta: {saldo: 0}")
    found = _answers(Section(read_tree(text, kind, notes.faults), "", notes))
    if notes.faults:
        raise InputError("The file of answers has faults:", notes.faults)
    return found


def _answers(section: Section) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for name in section.names():
        node = section.written(name)
        if isinstance(node, Entries):
            table = Section(node, section.path(name), section.notes)
            found[name] = {each: table.required(each, values.long_text, "") for each in table.names()}
        elif isinstance(node, Scalar):
            found[name] = read_value(node, section.path(name), _no_answer, FAILED, section.notes)
        else:
            section.note(name, "must be values by their names, or failed, or not_found")
    return found


def _does(node: Node, path: str, notes: Notes) -> list[Does]:
    items = node.items if isinstance(node, Items) else (node,)
    found = []
    for place, item in enumerate(items):
        inner = f"{path}[{place}]"
        if isinstance(item, Entries):
            one = Section(item, inner, notes)
            found.append(
                Does(
                    what=one.required("says", values.line_of_text, ""),
                    confidence=one.optional("confidence", values.share(0.0, 1.0), None),
                    is_said=True,
                )
            )
            one.finish()
        else:
            notes.lines.setdefault(inner, item.line)
            found.append(Does(what=read_value(item, inner, values.line_of_text, "", notes)))
    return found


def _no_answer(text: str) -> str:
    if text not in (FAILED, NOT_FOUND):
        raise ValueError("must be values by their names, or failed, or not_found")
    return text


def instant_in(timezone: str) -> Callable[[str], datetime]:
    """Reads a day and time on that zone's clock."""
    zone = ZoneInfo(timezone)

    def read(text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("must be a day and time such as 2026-11-25 10:00") from None
        if found.tzinfo is not None:
            raise ValueError("is in the tree's own time zone: write it without one")
        return found.replace(tzinfo=zone)

    return read
