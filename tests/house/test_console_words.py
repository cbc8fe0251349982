"""What pages say stands in one file, and nothing stands in it that no page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cti_api.console.words import words_of

FOLDER = Path("cti_api/console")
ASKED_WHOLE = (
    "admin.agents.connects.",
    "admin.appointments.sources.",
    "admin.appointments.states.",
    "admin.appointments.ways.",
    "admin.law.effects.",
    "admin.law.states.",
    "admin.law.whole.",
    "admin.lists.columns.",
    "admin.modes.",
    "admin.once.",
    "admin.people.outcomes.",
    "admin.queues.states.",
    "admin.reports.period_hints.",
    "admin.reports.states.",
    "admin.roles.",
    "admin.scopes.",
    "admin.surveys.outcomes.",
    "admin.surveys.splits.",
    "agent.consult.state.",
    "agent.result.",
    "agent.transfer.kind.",
    "board.alarms.",
    "board.alerts.kinds.",
    "board.no_end.",
    "board.reasons.",
    "board.system_reasons.",
    "board.loose.states.",
    "board.trunks.states.",
    "indicators.groups.",
    "indicators.kinds.",
    "indicators.scopes.",
    "indicators.spans.",
    "refused.",
)
"""Parts whose words are found by what the API answers."""


def _places(tree: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, found in tree.items():
        if isinstance(found, dict):
            yield from _places(found, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def _written() -> str:
    files = [*FOLDER.rglob("*.py"), *FOLDER.rglob("templates/**/*.html"), *FOLDER.rglob("static/**/*.js")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_sentence_that_a_page_asks_for_is_there() -> None:
    asked = set(re.findall(r"""\b(?:w|say)\(\s*["']([a-z_.-]+)["']\s*[,)]""", _written()))
    there = set(_places(words_of().tree))
    assert asked
    assert asked - there == set()


def test_every_sentence_is_said_somewhere() -> None:
    written = _written()
    names = set(re.findall(r"[a-z_-]+", written))
    unsaid = [
        place
        for place in _places(words_of().tree)
        if not place.startswith(ASKED_WHOLE) and not set(place.split(".")[1:]) <= names
    ]
    assert unsaid == []
