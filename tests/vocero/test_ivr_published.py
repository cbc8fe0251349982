"""`vocero ivr publish|versions|rollback` on a running system."""

from __future__ import annotations

from pathlib import Path

import pytest

from cti_api.model.front_desk import LedCall, LedEnding, NewTicket, NodeLeft
from tests.support.control_server import ControlServer
from tests.support.queue_files import QUEUE_FILE
from tests.support.shell import Shell
from tests.support.store import at
from tests.support.trees import SMALL

PART = (
    "{tree: saludo, title: Saludo, timezone: UTC, is_part: true, start: a, fallback: b, nodes: "
    "{a: {say: Hola., then: return}, b: {hang_up: Adiós.}}}\n"
)
WITH_PART = SMALL.replace("  principal:\n", "  principal: {sub_tree: saludo, version: 1, then: menu}\n  menu:\n")


@pytest.fixture
def shell(server: ControlServer, alone: Shell) -> Shell:
    Path("tree.yaml").write_text(SMALL, encoding="utf-8")
    return alone


def test_a_tree_is_published_and_put_back(shell: Shell) -> None:
    assert "No tree was published yet" in shell("ivr", "versions").out
    assert "Callers meet pequeno in version 1" in shell("ivr", "publish", "tree.yaml").out
    Path("tree.yaml").write_text(SMALL.replace("Hasta luego", "Adiós"), encoding="utf-8")
    assert shell("ivr", "publish", "tree.yaml", "--json").json["version"] == 2
    assert shell("ivr", "rollback", "pequeno", "--json").json["version"] == 1
    assert [each["version"] for each in shell("ivr", "versions", "pequeno", "--json").json] == [1, 2, 1]
    assert shell("ivr", "rollback", "pequeno", "--to", "2", "--json").json["version"] == 2
    [line] = [line for line in shell("ivr", "versions").out.splitlines() if "●" in line]
    assert line.split()[:3] == ["●", "pequeno", "2"]


def test_there_is_nothing_to_go_back_to_before_there_was_another(shell: Shell) -> None:
    shell("ivr", "publish", "tree.yaml")
    assert "there is nothing to go back to" in shell("ivr", "rollback", "pequeno", expect=1).err
    assert "There is no version 7" in shell("ivr", "rollback", "pequeno", "--to", "7", expect=1).err
    assert "There is no tree otra" in shell("ivr", "versions", "otra", expect=1).err


def test_a_tree_with_faults_is_refused_by_the_system_too(shell: Shell, server: ControlServer) -> None:
    Path("tree.yaml").write_text(SMALL.replace("then: linea", "then: lina"), encoding="utf-8")
    assert "there is no node lina" in shell("ivr", "publish", "tree.yaml", expect=2).err
    Path("tree.yaml").write_text(WITH_PART, encoding="utf-8")
    assert "there is no tree saludo of version 1" in shell("ivr", "publish", "tree.yaml", expect=2).err
    assert shell("ivr", "versions", "--json").json == []


def test_a_tree_within_it_is_the_published_version(shell: Shell) -> None:
    Path("part.yaml").write_text(PART, encoding="utf-8")
    Path("tree.yaml").write_text(WITH_PART, encoding="utf-8")
    shell("ivr", "publish", "part.yaml")
    assert shell("ivr", "publish", "tree.yaml", "--json").json["version"] == 1


def test_a_tree_whose_recordings_are_missing_is_not_published_and_where_they_are_it_is_told_how_to_bring_them(
    shell: Shell,
) -> None:
    text = SMALL.replace("Le paso con un asesor.", "{text: Le paso con un asesor., file: asesor.wav}")
    Path("tree.yaml").write_text(text, encoding="utf-8")
    assert "there is no recording asesor.wav" in shell("ivr", "publish", "tree.yaml", expect=2).err
    Path("asesor.wav").write_bytes(b"a recording")
    told = " ".join(shell("ivr", "publish", "tree.yaml").err.split())
    assert "Recordings it names: 1; bring them with vocero prompts build tree.yaml FOLDER" in told


def test_calls_that_were_led_and_their_tickets_are_told(shell: Shell, server: ControlServer) -> None:
    assert "No call was led" in shell("ivr", "calls").out
    assert "No caller opened a ticket" in shell("ivr", "tickets").out

    async def happens() -> None:
        desk, call = server.store.front_desk, "a" * 32
        await desk.begin(
            LedCall(
                id=call, entry="mesa", tree="mesa", version=3, number="", called="6015550100",
                channel_id="1764119999.42", began_at=at(0),
            )
        )  # fmt: skip
        await desk.passed(call, [NodeLeft(tree="mesa", node="menu", way="reclamo")], "turno", at(1))
        await desk.open_ticket(NewTicket(call_id=call, kind="reclamo", number="", values={"mes": "octubre"}), at(2))

    server.do(happens)
    assert "withheld" in shell("ivr", "calls").out
    one = shell("ivr", "calls", "a" * 32).out
    assert "under way at turno" in one
    assert "mes: octubre" in one
    assert [each["kind"] for each in shell("ivr", "tickets", "--kind", "reclamo", "--json").json] == ["reclamo"]
    assert "is no call's id" in shell("ivr", "calls", "7", expect=2).err


def test_a_picture_shows_what_calls_did(shell: Shell, server: ControlServer) -> None:
    async def happens() -> None:
        desk, call = server.store.front_desk, "a" * 32
        await desk.begin(
            LedCall(
                id=call, entry="mesa", tree="pequeno", version=1, number="", called="6015550100",
                channel_id="1764119999.42", began_at=at(0),
            )
        )  # fmt: skip
        await desk.passed(call, [NodeLeft(tree="pequeno", node="principal", way="ventas")], "linea", at(1))
        await desk.end(call, LedEnding.HUNG_UP, at(2))

    server.do(happens)
    draw = ("ivr", "draw", "tree.yaml", "--out", "tree.svg")
    shell(*draw, "--calls")
    picture = Path("tree.svg").read_text(encoding="utf-8")
    assert ">1 llamada: " in picture
    assert picture.count(">1 · 100 %<") == 2, "one went on, and hung up there"
    shell(*draw, "--calls", "--from", "2020-01-01", "--until", "2020-01-31")
    assert "Ninguna llamada desde el 1 de enero de 2020 hasta el 31" in Path("tree.svg").read_text(encoding="utf-8")
    assert "write --calls too" in shell(*draw, "--from", "2020-01-01", expect=2).err
    assert "'ayer' is no day" in shell(*draw, "--calls", "--until", "ayer", expect=2).err


def test_a_tree_is_checked_against_the_queues_that_there_are(shell: Shell) -> None:
    shell("ivr", "check", "tree.yaml")
    refused = shell("ivr", "check", "tree.yaml", "--running", expect=2).err
    assert "nodes.asesor.queue: there is no queue ventas" in refused
    shell("ivr", "check", "tree.yaml", "--running", "--queues", "ventas")
    Path("ventas.yaml").write_text(QUEUE_FILE.replace("id: soporte", "id: ventas"), encoding="utf-8")
    shell("queue", "put", "ventas.yaml")
    shell("ivr", "check", "tree.yaml", "--running")
