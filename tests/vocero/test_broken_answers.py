"""Commands whose answer breaks off half-way: what was there is still there."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vocero.cli import main

WHOLE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"attempts": 2}'
HALF = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"


@pytest.fixture
def breaks_off(tmp_path: Path) -> Iterator[Path]:
    """A control socket that knows one campaign, whose export breaks off."""

    class HalfAnAnswer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if asked := self.rfile.readline():
                self.wfile.write(HALF if b"/attempts?" in asked else WHOLE)

    path = tmp_path / "half.sock"
    with socketserver.UnixStreamServer(str(path), HalfAnAnswer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="half answers")
        thread.start()
        yield path
        server.shutdown()
        thread.join(10)


def test_an_export_that_fails_leaves_what_was_there(
    breaks_off: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("attempts.csv").write_text("yesterday's")
    with pytest.raises(SystemExit) as left:
        main(["--socket", str(breaks_off), "campaign", "export", "mantenimiento", "--to", "attempts.csv"])
    assert left.value.code == 4
    assert "The connection to Vocero was lost" in capsys.readouterr().err
    assert Path("attempts.csv").read_text() == "yesterday's"
    assert list(Path().glob(".attempts*")) == []
