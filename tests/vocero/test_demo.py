"""The demo beside another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from cti_api.errors import Conflict
from vocero import demo


def test_a_second_demo_leaves_the_first_one_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    monkeypatch.setattr(demo, "LOCK", tmp_path / "demo.lock")
    monkeypatch.setattr(demo, "FOLDER", folder)
    with demo.the_only_one(tmp_path / "demo.lock"), pytest.raises(Conflict, match="Another demo is running"):
        demo.demo(None, Console())
    assert folder.exists()
    with demo.the_only_one(tmp_path / "demo.lock"):
        pass
