"""A real Mosquitto of the tests' own, on loopback, started with the configuration that is shipped."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.free_port import free_port

SHIPPED = Path(__file__).parents[2] / "mosquitto"
PASSWORD = "only-for-the-tests-41"
START_SECONDS = 20.0
MISSING = "Mosquitto is not installed: events are published to it. Install it with: apt-get install mosquitto"


class Broker:
    """Down until it is started. Its accounts: ``vocero``, ``crm``."""

    def __init__(self, folder: Path, **otherwise: str) -> None:
        """`otherwise`: other values of the configuration, by their names there."""
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            pytest.fail(MISSING, pytrace=False)
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = folder
        folder.mkdir(parents=True)
        self.port = free_port()
        for number, user in enumerate(("vocero", "crm")):
            made = ["-c"] if number == 0 else []
            subprocess.run(
                ["mosquitto_passwd", "-b", *made, folder / "accounts", user, PASSWORD], check=True, capture_output=True
            )
        text = (SHIPPED / "mosquitto.conf").read_text()
        text = text.replace("listener 1883 127.0.0.1", f"listener {self.port} 127.0.0.1")
        text = text.replace("/mosquitto/data/", f"{folder}/").replace("/mosquitto/config/acl", str(SHIPPED / "acl"))
        for name, value in otherwise.items():
            text, found = re.subn(rf"^{name} .*$", f"{name} {value}", text, flags=re.MULTILINE)
            assert found == 1, name
        if os.geteuid() == 0:
            text += "user root\n"  # else it becomes `mosquitto`, which may not write here
        (folder / "mosquitto.conf").write_text(text)

    def start(self) -> None:
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", self._program, "-c", self._folder / "mosquitto.conf"],
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > end or self._process.poll() is not None:
                    pytest.fail(f"Mosquitto did not start:\n{(self._folder / 'log').read_text()}", pytrace=False)
                time.sleep(0.01)
            else:
                return

    def kill(self) -> None:
        """As a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)
            self._process = None


@contextmanager
def broker(folder: Path, **otherwise: str) -> Iterator[Broker]:
    """Running; stopped afterwards."""
    made = Broker(folder, **otherwise)
    made.start()
    try:
        yield made
    finally:
        made.kill()
