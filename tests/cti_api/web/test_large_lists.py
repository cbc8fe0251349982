"""Large lists into a running system: every row is accounted for, and a kill in the middle changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cti_api.errors import ProtocolError, ResultUnknown, Unreachable
from tests.support.big_list import Expected, write_list
from tests.support.importing import Told, bring, host, make_campaign
from vocero.client import Control

COLUMNS: dict[str, Any] = {"name": "nombre", "phone": ["telefono", "telefono_2"]}
KILLS = 20


@pytest.fixture
def folder() -> Iterator[Path]:
    """One with a short path: a socket's may have no more than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="vocero-lists-", dir="/tmp") as name:
        yield Path(name)


def accounted_for(told: Told, expected: Expected) -> None:
    assert told.found["encoding"] == "Windows-1252"
    assert told.lines(duplicate=False) == expected.bad
    assert told.lines(duplicate=True) == expected.twice
    assert (told.result["rows"], told.result["imported"]) == (expected.rows, expected.leads)
    assert told.result["rejected_rows"] == len(expected.bad) + len(expected.twice)
    assert (told.result["twice_in_list"], told.result["already_there"]) == (len(expected.twice), 0)


def leads_in(folder: Path) -> int:
    with Control(folder / "vocero.sock") as control:
        return int(control.get("/campaigns/mantenimiento")["leads"])


def import_through_kills(folder: Path, file: Path, rows: int, kills: int) -> Told:
    """Kill the host at `kills` places of the list, each time with the import under way; then let it end."""
    random = Random(20)
    places = sorted(random.randrange(rows // 50, rows) for _ in range(kills))
    for place in places:
        with host(folder) as process:
            if place is places[0]:
                make_campaign(folder)

            def at_its_place(line: dict[str, Any], place: int = place) -> None:
                if line.get("rows", 0) >= place:
                    process.kill()

            with pytest.raises((ResultUnknown, Unreachable, ProtocolError)):
                bring(folder, file, at_its_place, **COLUMNS)
    with host(folder):
        told = bring(folder, file, **COLUMNS)
        assert leads_in(folder) == told.result["imported"]
    return told


@pytest.mark.timeout(300)
def test_every_row_of_a_hundred_thousand_is_accounted_for(folder: Path) -> None:
    expected = write_list(folder / "list.csv", 100_000)
    with host(folder):
        make_campaign(folder)
        accounted_for(bring(folder, folder / "list.csv", **COLUMNS), expected)
        assert leads_in(folder) == expected.leads


@pytest.mark.timeout(300)
def test_a_list_through_three_kills_ends_as_if_nothing_had_happened(folder: Path) -> None:
    expected = write_list(folder / "list.csv", 20_000)
    told = import_through_kills(folder, folder / "list.csv", 20_000, 3)
    accounted_for(told, expected)
    assert 0 < told.result["of_earlier_run"] < expected.leads


@pytest.mark.long
def test_a_million_rows_through_twenty_kills_end_as_if_nothing_had_happened(folder: Path) -> None:
    expected = write_list(folder / "list.csv", 1_000_000)
    told = import_through_kills(folder, folder / "list.csv", 1_000_000, KILLS)
    accounted_for(told, expected)
