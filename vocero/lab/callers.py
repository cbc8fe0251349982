"""Real SIP callers: people who dial one number, key or say what they want, and stay until they are hung up.

SIPp calls for them, and writes down what came of each call; what they key and say is their handsets'
(`vocero.lab.handsets`).

    callers = Callers(folder, ports, people, called="576015550100")
    await callers.call(asterisk_port)         # until the last is over
    callers.over()                            # how each call ended, as SIPp saw it
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from cti_api.errors import SettingsError, Unreachable
from cti_api.model.phone import PhoneNumber
from vocero.lab.handsets import Act, Handsets, Voice
from vocero.lab.ports import LOOPBACK, TRUNKS, Ports
from vocero.lab.steps import read_steps

SCENARIO: Final = Path(__file__).with_name("scenarios") / "callers.xml"
STAY_SECONDS: Final = 120.0
"""Whoever was not hung up by then leaves."""
HURRY_SECONDS: Final = 9.0
"""… and by then whoever is in a hurry."""
EVERY_SECONDS: Final = 1.5
"""Between one caller and the next."""
END_SECONDS: Final = 15.0


class Callers:
    """Everybody who calls, from the port of the block's last trunk."""

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        people: Mapping[PhoneNumber, tuple[Act, ...]],
        *,
        called: str,
        hurried: Collection[PhoneNumber] = (),
    ) -> None:
        """`hurried`: those of them who leave by themselves after `HURRY_SECONDS`."""
        self._folder, self._people, self._hurried = folder.absolute(), people, hurried
        self._log = self._folder / "steps.log"
        self._ports, self._trunk = ports, TRUNKS[-1]
        self._handsets = Handsets(
            ports.trunk_sound(self._trunk), self._log, lambda number: Voice(script=people[number])
        )
        self._called = called

    async def call(self, asterisk_port: int) -> None:
        """One after the other; returns when the last call is over. Raises `Unreachable` with SIPp's words where a call
        did not go by the book."""
        program = shutil.which("sipp")
        if program is None:
            raise SettingsError("SIPp is missing: install Debian's package sip-tester")
        self._write()
        count = str(len(self._people))
        command = [program, "-sf", "callers.xml", "-inf", "people.csv", "-i", LOOPBACK, "-nostdin"]
        command += ["-p", str(self._ports.trunk_sip(self._trunk)), "-mp", str(self._ports.trunk_media(self._trunk))]
        command += ["-l", count, "-m", count, "-r", "1", "-rp", str(round(EVERY_SECONDS * 1000))]
        command += ["-trace_logs", "-log_file", str(self._log), "-trace_err", "-error_file", "errors.log"]
        self._handsets.open()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                f"{LOOPBACK}:{asterisk_port}",
                cwd=self._folder,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(EVERY_SECONDS * len(self._people) + STAY_SECONDS + END_SECONDS):
                    code = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        except TimeoutError:
            raise Unreachable("The callers' SIPp did not come to its end.") from None
        finally:
            self._handsets.close()
        if code:
            errors = self._folder / "errors.log"
            told = errors.read_text(errors="replace")[:2000] if errors.exists() else f"it ended with {code}"
            raise Unreachable(f"A caller's call did not go by the book: {told}")

    def over(self) -> dict[PhoneNumber, str]:
        """Every caller who was answered, and how the call ended: ``hung_up`` (by the other side) or ``left``; empty
        while it goes on."""
        ends: dict[PhoneNumber, str] = {}
        for step in read_steps(self._log.read_text()) if self._log.exists() else []:
            ends[step.number] = "" if step.what == "answered" else step.what
        return ends

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = SCENARIO.read_text().replace("@NUMBER@", self._called).replace("@SOUND@", str(self._handsets.port))
        for name, seconds in (("@STAY@", STAY_SECONDS), ("@SOON@", HURRY_SECONDS)):
            text = text.replace(name, str(round(seconds * 1000)))
        (self._folder / "callers.xml").write_text(text)
        lines = (f"{each.e164.removeprefix('+')};{int(each in self._hurried)}\n" for each in self._people)
        (self._folder / "people.csv").write_text("SEQUENTIAL\n" + "".join(lines))
