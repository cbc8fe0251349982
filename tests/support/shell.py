"""Runs `vocero` in the test's own process, and says what a person saw of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vocero.cli import main


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands as a person would, in the folder of the test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], socket: Path) -> None:
        self._capsys = capsys
        self._socket = socket

    def __call__(self, *arguments: str, expect: int = 0) -> Said:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["--socket", str(self._socket), *arguments])
        captured = self._capsys.readouterr()
        said = Said(int(left.value.code or 0), captured.out, captured.err)
        assert said.code == expect, said
        return said
