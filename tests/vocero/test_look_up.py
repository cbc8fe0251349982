"""`vocero ivr look-up`, and trees held against the look-ups of the settings."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.shell import Shell
from tests.support.trees import SMALL

ROOT = Path(__file__).parents[2]
SETTINGS = """\
asterisk: {ami: {secret: 0123456789abcdef0123456789abcdef}}
look_ups:
  cuenta:
    url: http://127.0.0.1:PORT/{linea}
    gives: {estado: estado, vence: {path: vence, kind: date}, socio: socio, saldo: saldo}
"""
ANSWERS = {
    "/2123456": (200, b'{"estado": "al_dia", "vence": "2026-11-30", "socio": true, "saldo": 12.50}'),
    "/7": (404, b""),
    "/8": (500, b""),
}


class _System(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shell(alone: Shell) -> Iterator[Shell]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _System)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    settings(SETTINGS.replace("PORT", str(server.server_port)))
    yield alone
    server.shutdown()
    serving.join()
    server.server_close()


def settings(text: str) -> None:
    Path("vocero.yaml").write_text(text, encoding="utf-8")
    Path("vocero.yaml").chmod(0o600)


def test_a_look_up_is_tried_by_hand(shell: Shell) -> None:
    said = shell("ivr", "look-up", "cuenta", "linea=2123456").out
    assert "found after" in said
    for line in ("estado = al_dia", "vence = 2026-11-30", "socio = True", "saldo = 12.5"):
        assert line in said
    told = shell("ivr", "look-up", "cuenta", "linea=2123456", "--json").json
    assert told["outcome"] == "found"
    assert told["values"] == {"estado": "al_dia", "vence": "2026-11-30", "socio": True, "saldo": "12.5"}


def test_what_is_not_found_is_no_failure_and_what_fails_says_why(shell: Shell) -> None:
    assert "not_found after" in shell("ivr", "look-up", "cuenta", "linea=7").out
    assert "it answered with the status 500" in shell("ivr", "look-up", "cuenta", "linea=8", expect=1).out
    assert "they have: cuenta" in shell("ivr", "look-up", "cuentas", expect=2).err
    assert "write name=value" in shell("ivr", "look-up", "cuenta", "2123456", expect=2).err


def test_a_tree_whose_look_up_the_settings_lack_is_refused(shell: Shell) -> None:
    node = (
        "  mira: {look_up: pedido, with: [linea], gives: [estado], found: asesor, not_found: asesor, failed: asesor}\n"
    )
    text = SMALL.replace("    into: linea\n    then: asesor\n", "    into: linea\n    then: mira\n") + node
    Path("tree.yaml").write_text(text, encoding="utf-8")
    shell("ivr", "check", "tree.yaml")
    refused = shell("ivr", "check", "tree.yaml", "--config", "vocero.yaml", expect=2)
    assert "nodes.mira.look_up: the settings have no look-up pedido" in refused.err
    Path("tree.yaml").write_text(text.replace("pedido", "cuenta"), encoding="utf-8")
    shell("ivr", "check", "tree.yaml", "--config", "vocero.yaml")


def test_the_page_about_look_ups_shows_one_that_the_front_desk_can_use(alone: Shell) -> None:
    page = (ROOT / "docs" / "look-ups.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    Path("erp").write_text("Bearer secret", encoding="utf-8")
    targets = "".join(f"    - {{to: '{each}', agent: ana}}\n" for each in (2100, 2110, 2121, 2134))
    reached = f"transfers:\n  targets:\n{targets}"
    settings(SETTINGS.partition("look_ups")[0] + reached + shown.replace("/run/secrets/erp", f"{Path.cwd()}/erp"))
    alone("ivr", "check", str(ROOT / "examples/p4_front_desk/tree.yaml"), "--config", "vocero.yaml")
