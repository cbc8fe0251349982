"""More people than baresip and our own handsets can play on one machine: a hundred agents and a hundred customers.

Three SIPp processes register, answer and talk for all of them; SIPp's own log says who was called and how it ended.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from cti_api.errors import Unreachable
from vocero.lab.child import Child
from vocero.lab.ports import LOOPBACK, Ports
from vocero.lab.sounds import person

SCENARIOS = Path(__file__).with_name("scenarios")
START_SECONDS = 10.0
REGISTER_SECONDS = 60.0
CALLS_AT_ONCE = "1000"


class Crowd:
    """Softphones that answer at once and send back what they hear, and talkers behind one trunk."""

    def __init__(self, folder: Path, ports: Ports, *, trunk_port: int, talk_seconds: float) -> None:
        """`ports`: a block of its own; `trunk_port`: where the talkers are called, which nobody else may hold."""
        self._folder = folder.absolute()
        self._ports = ports
        self._trunk_port = trunk_port
        self._talk_ms = round(talk_seconds * 1000)
        self._log = self._folder / "talkers.log"
        self._headsets = Child("headsets", self._sipp("headsets", ports.sip, "-rtp_echo"), self._folder)
        self._talkers = Child(
            "talkers", self._sipp("talkers", trunk_port, "-trace_logs", "-log_file", str(self._log)), self._folder
        )

    def _sipp(self, scenario: str, port: int, *more: str) -> list[str]:
        first, _ = self._ports.asterisk_rtp
        media = first if scenario == "headsets" else first + 10
        command = ["sipp", "-sf", f"{scenario}.xml", "-i", LOOPBACK, "-p", str(port), "-mi", LOOPBACK, "-nostdin"]
        return [*command, "-mp", str(media), "-l", CALLS_AT_ONCE, *more]

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True)
        (self._folder / "talk.al").write_bytes(person(Random(1)))
        for scenario in ("headsets", "talkers", "register"):
            text = (SCENARIOS / f"{scenario}.xml").read_text().replace("@TALK_MS@", str(self._talk_ms))
            (self._folder / f"{scenario}.xml").write_text(text)
        await self._start(self._talkers, self._trunk_port)
        return self

    async def _start(self, child: Child, port: int) -> None:
        child.start()
        try:
            await child.wait_until(lambda: _listens(port), START_SECONDS)
        except BaseException:
            child.kill()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in (self._talkers, self._headsets):
            child.kill()

    async def register(self, passwords: Mapping[str, str], registrar_port: int) -> None:
        """Register softphones, by agent, and let them take calls: Asterisk calls each where it registered from.

        Raises `Unreachable` when not every one was let in.
        """
        lines = [f"{agent};[authentication username={agent} password={word}]" for agent, word in passwords.items()]
        (self._folder / "agents.csv").write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n")
        command = ["sipp", "-sf", "register.xml", "-inf", "agents.csv", "-i", LOOPBACK, "-p", str(self._ports.sip)]
        command += ["-r", "50", "-m", str(len(lines)), "-nostdin", f"{LOOPBACK}:{registrar_port}"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self._folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(REGISTER_SECONDS):
            _, said = await process.communicate()
        if process.returncode:
            raise Unreachable(f"Not every softphone was registered: {said.decode(errors='replace')}")
        await self._start(self._headsets, self._ports.sip)

    def counts(self) -> Counter[tuple[str, str]]:
        """How often each step (invited, answered, left, hung_up) was taken by each number."""
        steps = (line.split() for line in self._log.read_text().splitlines())
        return Counter((words[3], f"+{words[4]}") for words in steps if len(words) == 5)


def _listens(port: int) -> bool:
    hexadecimal = f":{port:04X} "
    return any(hexadecimal in line for line in Path("/proc/net/udp").read_text().splitlines())
