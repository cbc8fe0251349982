"""`vocero queue …` over the control API."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.control_server import ControlServer
from tests.support.queue_files import QUEUE_FILE
from tests.support.shell import Shell
from tests.support.trees import SMALL


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


def test_a_trees_queues_and_transfers_are_held_against_the_running_system_and_the_settings(shell: Shell) -> None:
    listed = 'transfers: {targets: [{to: "2121", agent: maria}]}'
    Path("own.yaml").write_text(f"asterisk: {{ami: {{secret: {'s' * 24}}}}}\n{listed}\n", encoding="utf-8")
    Path("own.yaml").chmod(0o600)
    text = SMALL.replace("then: adios}\n    barge_in", "then: persona}\n    barge_in")
    Path("tree.yaml").write_text(f"{text}  persona: {{transfer: 2122, failed: adios}}\n", encoding="utf-8")
    faults = shell("ivr", "check", "tree.yaml", "--running", "--config", "own.yaml", "--json", expect=2).json["faults"]
    assert [fault["path"] for fault in faults] == ["nodes.asesor.queue", "nodes.persona.transfer"]
    Path("tree.yaml").write_text(SMALL.replace("queue: ventas", "queue: soporte"), encoding="utf-8")
    shell("queue", "put", "soporte.yaml")
    shell("ivr", "check", "tree.yaml", "--running", "--config", "own.yaml")
