"""A folder to type commands in, without a system and with one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.control_server import ControlServer, control_server
from tests.support.shell import Shell


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[ControlServer]:
    shutil.copy(sqlite_template, tmp_path)
    with control_server(tmp_path) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """In the folder of the test, where no system runs unless the test asks for a `server`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return Shell(capsys, tmp_path / "vocero.sock")
