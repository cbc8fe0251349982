"""A program that the lab runs beside itself: Asterisk, SIPp, a softphone."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cti_api.errors import Unreachable

STOP_SECONDS = 10.0
"""How long a program may take to end in good order. Asterisk takes 1.7 s (measured)."""
LOOK_SECONDS = 0.02

DIES_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
"""Before a command: however the thread that starts it ends, it ends too (util-linux; prctl(2), PR_SET_PDEATHSIG)."""


class Child:
    """One program, from start to end, and again. It belongs to no event loop.

    It dies with the thread that started it (the main one, if you please), however that one ends. What it prints goes
    to ``<name>.out`` in its folder.
    """

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment`: None for that of this process."""
        self._environment = environment
        self._name = name
        self._command = list(command)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.output = folder / f"{name}.out"

    @property
    def pid(self) -> int:
        """Raises `Unreachable` when it does not run."""
        if self._process is None or self._process.poll() is not None:
            raise Unreachable(f"{self._name} does not run; see {self.output}")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it. Its input stays open and empty: baresip ends where its input ends."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*DIES_WITH_PARENT, *self._command],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait for `ready` to say yes.

        Raises `Unreachable`, with the last lines it printed, when the time is over or the program ended before.
        """
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    if not self.running:
                        raise Unreachable(f"{self._name} ended at once:\n{self._last_lines()}")
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Unreachable(f"{self._name} was not ready within {seconds:g} s:\n{self._last_lines()}") from None

    def kill(self) -> None:
        """End it without warning, as a crash would. No error when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._reap(self._process)

    async def stop(self) -> None:
        """Ask it to end; after `STOP_SECONDS`, end it. No error when it does not run."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap(self._process)

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._process = None

    def _last_lines(self) -> str:
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-8:])
