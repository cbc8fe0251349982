"""Asterisk's journal as a file: rotated, emptied, long."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.engine.journal_file import BLOCK_BYTES, read_journal

T0 = 1_763_823_600.0


def rows(first: int, last: int) -> str:
    """A call each second, numbered by it."""
    return "".join(f'"CHAN_START","{T0 + n}","{n:032x}","{n:032x}","Local/x;1",""\n' for n in range(first, last))


def since(second: float) -> datetime:
    return datetime.fromtimestamp(T0 + second, UTC)


def seen(journal: Path, second: float, block_bytes: int = BLOCK_BYTES) -> list[int] | None:
    """Which calls from that second on it tells of; None: it cannot be known."""
    read = read_journal(journal, since(second), block_bytes)
    return [n for n in sorted(int(one, 16) for one in read.traces) if n >= second] if read.whole else None


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "vocero.csv"


def rotate(journal: Path, to: str, at: float) -> None:
    os.utime(journal, (T0 + at, T0 + at))
    journal.rename(journal.with_name(to))


@pytest.mark.parametrize("block_bytes", [1, 50, 1000, 1 << 20])
def test_the_last_calls_are_found_whatever_the_blocks_it_is_read_in(journal: Path, block_bytes: int) -> None:
    journal.write_text(rows(0, 100))
    assert seen(journal, 90, block_bytes) == list(range(90, 100))
    assert seen(journal, 0, block_bytes) == list(range(100))


def test_no_more_than_the_end_of_a_long_journal_is_read(journal: Path) -> None:
    journal.write_text(rows(0, 1000))
    read = read_journal(journal, since(995), block_bytes=1000)
    assert read.whole
    assert len(read.traces) < 30


@pytest.mark.parametrize("text", [None, "", "torn", rows(50, 60)], ids=["missing", "empty", "torn", "begins later"])
def test_a_journal_that_does_not_reach_back_proves_nothing(journal: Path, text: str | None) -> None:
    if text is not None:
        journal.write_text(text)
    assert seen(journal, 40) is None


def test_what_a_journal_that_begins_later_says_of_a_call_holds_all_the_same(journal: Path) -> None:
    journal.write_text(rows(50, 60))
    assert list(read_journal(journal, since(40)).traces) == [f"{n:032x}" for n in range(50, 60)]


@pytest.mark.parametrize("name", ["vocero.csv.1", "vocero.csv-20251122"])
def test_what_was_rotated_away_under_an_open_call_is_read_too(journal: Path, name: str) -> None:
    journal.write_text(rows(0, 50))
    rotate(journal, name, 50)
    journal.write_text("")
    assert seen(journal, 40) == list(range(40, 50))
    journal.write_text(rows(50, 60))
    assert seen(journal, 40) == list(range(40, 60))
    assert seen(journal, 55) == list(range(55, 60))


def test_it_is_read_back_over_several_rotations_and_no_further_than_it_can_be(journal: Path) -> None:
    for first, to in ((0, "vocero.csv.3"), (20, "vocero.csv.2"), (40, "vocero.csv.1")):
        journal.write_text(rows(first, first + 20))
        rotate(journal, to, first + 20)
    journal.write_text(rows(60, 70))
    assert seen(journal, 30) == list(range(30, 70))
    rotate(journal.with_name("vocero.csv.2"), "vocero.csv.2.gz", 40)
    assert seen(journal, 30) is None
    assert seen(journal, 45) == list(range(45, 70))
