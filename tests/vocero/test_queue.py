"""`vocero queue …` over the control API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.control_server import ControlServer
from tests.support.queue_files import QUEUE_FILE
from tests.support.shell import Shell


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    Path("soporte.yaml").write_text(QUEUE_FILE, encoding="utf-8")
    return alone


def test_a_queue_is_made_shown_and_taken_away(shell: Shell) -> None:
    assert "make one with `vocero queue put FILE`" in shell("queue", "list").out
    assert shell("queue", "put", "soporte.yaml", "--json").json["is_new"] is True
    assert "has another file" in shell("queue", "put", "soporte.yaml").out
    assert "Soporte técnico" in shell("queue", "list").out
    (found,) = shell("queue", "list", "--json").json
    assert (found["waiting"], found["agents_ready"], found["today"]["service_level"]) == (0, 1, None)
    assert "goal 80% within 20 s" in shell("queue", "show", "soporte").out
    assert "Everybody who called was spoken with" in shell("queue", "missed", "soporte").out
    assert "is gone" in shell("queue", "remove", "soporte").out
    assert "vocero queue list" in shell("queue", "show", "soporte", expect=1).err


def test_a_file_with_faults_is_refused_before_anybody_is_asked(alone: Shell) -> None:
    Path("bad.yaml").write_text(QUEUE_FILE + "colour: red\n", encoding="utf-8")
    assert "colour" in alone("queue", "put", "bad.yaml", expect=2).err
