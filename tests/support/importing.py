"""An import from the outside: a host process, the command line's own client, and what both take."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.campaigns import CAMPAIGN_FILE
from vocero.client import Control, at

READY_SECONDS = 30.0


@dataclass
class Told:
    """What an import said."""

    result: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    rejections: list[dict[str, Any]] = field(default_factory=list)
    """Without their cells."""

    def lines(self, *, duplicate: bool) -> list[int]:
        return [each["line"] for each in self.rejections if not each["row_kept"] and each["duplicate"] is duplicate]


@contextmanager
def host(folder: Path, calls_per_second: float = 0.0) -> Iterator[subprocess.Popen[bytes]]:
    """The process of `tests.support.import_host`, once it serves; killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.import_host", str(folder), str(calls_per_second)],
        cwd=Path(__file__).parents[2],
    )
    try:
        until = time.monotonic() + READY_SECONDS
        while not _serves(folder / "vocero.sock"):
            assert time.monotonic() < until and process.poll() is None, "the host does not serve"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def _serves(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def make_campaign(folder: Path) -> None:
    with Control(folder / "vocero.sock") as control:
        control.send("POST", "/campaigns", CAMPAIGN_FILE.encode(), "application/yaml")


def bring(folder: Path, file: Path, progress: Callable[[dict[str, Any]], None] = lambda _: None, **asked: Any) -> Told:
    """Import `file`, as the command does; `progress` gets each line of the answer."""
    told = Told()
    with Control(folder / "vocero.sock") as control, file.open("rb") as stream:
        chunks = iter(lambda: stream.read(65536), b"")
        path = at("campaigns", "mantenimiento", "leads")
        for line in control.send_lines(path, chunks, "application/octet-stream", file=file.name, **asked):
            progress(line)
            told.found = line.get("found", told.found)
            told.result = line.get("result", told.result)
            for each in line.get("rejections", ()):
                del each["cells"]
                told.rejections.append(each)
    return told


class Memory:
    """The most memory that a process and those it started held resident, each by itself, in MiB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self.most: dict[int, float] = {}
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def of_host(self) -> float:
        return self.most.get(self._pid, 0.0)

    def of_reader(self) -> float:
        return max((most for pid, most in self.most.items() if pid != self._pid), default=0.0)

    def _look(self) -> None:
        while not self._over.wait(0.2):
            for pid in (self._pid, *self._children()):
                try:
                    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                kib = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
                self.most[pid] = max(self.most.get(pid, 0.0), kib / 1024)

    def _children(self) -> list[int]:
        found = []
        for task in Path(f"/proc/{self._pid}/task").glob("*/children"):
            try:
                found += [int(pid) for pid in task.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found
