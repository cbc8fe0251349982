"""`vocero prompts record` on a running system."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from audio.pcm import tone
from cti_api.clock import SystemClock
from cti_api.errors import NotFound
from cti_api.model.prompt_sessions import SessionState
from ivr.call.recordings import keep
from ivr.prompt_sessions import MOST_WRONG, PromptSessions
from ivr.prompts import name_of
from tests.support.control_server import CODES, LONGEST_SECONDS, ControlServer
from tests.support.shell import Shell
from tests.support.trees import SMALL
from tests.vocero.test_prompts import recorded

TREE = SMALL.replace("Le paso con un asesor.", "{text: Le paso con un asesor., file: paso.wav}").replace(
    "hang_up: Hasta luego.", "hang_up: {text: Hasta luego., file: fin/adios.wav}"
)


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Iterator[Shell]:
    Path("tree.yaml").write_text(TREE, encoding="utf-8")
    return alone


def prompts_of(server: ControlServer) -> Path:
    return server.socket.parent / "prompts"


def test_it_is_listed_what_wants_a_recording_and_which_have_one(shell: Shell, server: ControlServer) -> None:
    keep(prompts_of(server), "paso.wav", bytes(16_000))
    rows = shell("prompts", "record", "tree.yaml", "--list", "--json").json
    assert [(row["node"], row["file"], row["recorded"], row["seconds"]) for row in rows] == [
        ("asesor", "paso.wav", "telephone", 1.0),
        ("adios", "fin/adios.wav", "", None),
    ]
    said = shell("prompts", "record", "tree.yaml", "--list").out
    assert "by telephone, 1.0 s" in said and "not yet" in said


def test_a_code_is_given_for_what_has_no_recording_or_for_what_is_named(shell: Shell) -> None:
    recorded("paso.wav")
    session = shell("prompts", "record", "tree.yaml", "--no-wait", "--json").json
    assert [each["file"] for each in session["prompts"]] == ["fin/adios.wav"]
    said = shell("prompts", "record", "tree.yaml", "asesor", "--no-wait")
    assert "Le paso con un asesor." in said.out and "beside the tree" in said.out
    assert "Dial 6015550109 and key " in said.out
    assert "No prompt of 'otra' wants a recording" in shell("prompts", "record", "tree.yaml", "otra", expect=2).err


def test_where_nothing_is_left_or_wanted_it_is_said(shell: Shell, server: ControlServer) -> None:
    for file in ("paso.wav", "fin/adios.wav"):
        keep(prompts_of(server), file, bytes(16_000))
    assert "Nothing is left to be recorded." in shell("prompts", "record", "tree.yaml").out
    Path("tree.yaml").write_text(SMALL, encoding="utf-8")
    assert "The tree names no recording" in shell("prompts", "record", "tree.yaml").out


def somebody_dials(server: ControlServer) -> None:
    """Keys the code as soon as it is valid, keeps one prompt and skips the other."""
    first = PromptSessions(Random(CODES)).open((), SystemClock().now())

    async def dials() -> bool:
        sessions, now = server.studio.sessions, SystemClock().now()
        if sessions.enter(first.code, now) is None:
            return False
        sessions.kept(first.id, "paso.wav", 2.5)
        sessions.skipped(first.id, "fin/adios.wav")
        sessions.leave(first.id, now)
        return True

    until = time.monotonic() + LONGEST_SECONDS
    while not server.do(dials) and time.monotonic() < until:
        time.sleep(0.05)


def test_it_stays_until_all_is_decided_and_tells_what_was_kept(shell: Shell, server: ControlServer) -> None:
    dialling = threading.Thread(target=somebody_dials, args=(server,))
    dialling.start()
    said = shell("prompts", "record", "tree.yaml")
    dialling.join()
    assert "✓ paso.wav, 2.5 s" in said.err and "fin/adios.wav skipped" in said.err
    assert "1 of 2 recorded." in said.out


def test_a_session_that_is_closed_is_told_and_is_a_failure(shell: Shell, server: ControlServer) -> None:
    async def guesses() -> None:
        for _ in range(MOST_WRONG):
            server.studio.sessions.enter("no code", SystemClock().now())

    def until_it_is_closed() -> None:
        first = PromptSessions(Random(CODES)).open((), SystemClock().now())
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:
            server.do(guesses)
            with contextlib.suppress(NotFound):
                if server.studio.session(first.id).state is SessionState.CLOSED:
                    return
            time.sleep(0.05)

    guessing = threading.Thread(target=until_it_is_closed)
    guessing.start()
    said = shell("prompts", "record", "tree.yaml", expect=1)
    guessing.join()
    assert "0 of 2 recorded; closed, because too many wrong codes were keyed" in said.out


def test_a_tree_is_published_with_what_was_recorded_by_telephone(shell: Shell, server: ControlServer) -> None:
    keep(prompts_of(server), "paso.wav", bytes(16_000))
    assert "there is no recording fin/adios.wav" in shell("ivr", "publish", "tree.yaml", expect=2).err
    assert "there is no recording paso.wav" not in shell("ivr", "check", "tree.yaml", "--running", expect=2).err
    keep(prompts_of(server), "fin/adios.wav", bytes(16_000))
    shell("ivr", "check", "tree.yaml", "--running", "--queues", "ventas")
    assert "bring them" not in shell("ivr", "publish", "tree.yaml").err


def test_what_was_recorded_by_telephone_is_made_into_prompts_without_a_file_beside_the_tree(
    shell: Shell, server: ControlServer
) -> None:
    for file in ("paso.wav", "fin/adios.wav"):
        keep(prompts_of(server), file, tone(1.0))
    made = shell("prompts", "build", "tree.yaml", str(prompts_of(server)), "--json").json
    by_name = {each["name"]: each["source"] for each in made}
    assert by_name[name_of("Hasta luego.", "fin/adios.wav")] == "recording"
