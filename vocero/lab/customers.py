"""Real SIP customers: a trunk, and every telephone behind it, on this machine.

SIPp answers for them (Debian's package sip-tester, 3.6.1). What a telephone does is told by its number, so a campaign's
list decides it; what it did is written by SIPp itself, so a test can count calls without asking our store. What it
heard is kept by `vocero.lab.handsets`.

    async with Customers(folder, ports, trunk=0) as customers:
        ...                                  # dial number(Behaviour.TALKS, 1) through this trunk
        customers.counts()[number(Behaviour.TALKS, 1)].answered
"""

from __future__ import annotations

import math
import shutil
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from cti_api.errors import SettingsError
from cti_api.model.phone import PhoneNumber
from vocero.lab.child import Child
from vocero.lab.handsets import Handsets, Voice
from vocero.lab.ports import LOOPBACK, Ports
from vocero.lab.sounds import alaw, answering_machine, person, quiet
from vocero.lab.steps import Step, read_steps

SCENARIO = Path(__file__).with_name("scenarios") / "customers.xml"
STATUSES = (
    *(302, 400, 401, 402, 403, 404, 408, 410, 415, 429, 480, 484, 486, 487, 488),
    *(500, 502, 503, 504, 600, 603, 604, 606, 607, 608),
)
"""Final SIP statuses a telephone can fail with. SIPp takes no status from a variable, so each has its lines."""

CALLS_AT_ONCE = 3000
START_SECONDS = 30.0


class Behaviour(Enum):
    """What a customer does when called; the value is where the number says so: its fourth digit, and a code."""

    TALKS = ("0", None)
    """Rings 300 ms, answers, says "aló", talks until hung up."""
    BUSY = ("1", None)
    RINGS_OUT = ("2", None)
    ECHOES = ("3", None)
    """Rings 300 ms, answers, sends back all it hears: who talks to it hears himself."""
    MACHINE = ("4", None)
    """An answering machine, as AMD knows it."""
    RINGS_THEN_FAILS = ("5", None)
    """Rings 1 s, then fails with a SIP status of your choice."""
    CONGESTED = ("6", None)
    """503 at once."""
    HANGS_UP = ("7", None)
    """As TALKS, hangs up after 3 s."""
    ANSWERS_LATE = ("8", None)
    """As TALKS, after 4 s of ringing."""
    FAILS = ("9", None)
    """Fails at once with a SIP status of your choice."""
    SILENT = ("9", 0)
    """No reply at all, as a dead trunk."""
    MUTE = ("9", 1)
    """Answers, and no sound packet ever comes."""
    PRESSES_KEYS = ("9", 2)
    """Answers, then presses 1, 2, #, half a second apart."""
    EARLY_SOUND = ("9", 3)
    """Sound before the answer (183) for 1 s, then as TALKS."""
    HANGS_UP_AT_ONCE = ("9", 4)
    """As TALKS, hangs up 300 ms after the answer."""
    TRYING = ("9", 5)
    """100 Trying and nothing more: a dead network behind a living border."""
    LISTENS = ("9", 6)
    """Answers and says nothing: only the silence of a living line comes."""
    OPTS_OUT = ("9", 7)
    """Answers, and presses 9 three seconds later: within the message that is heard after a hold of up to 2 s."""
    HANGS_UP_LATER = ("9", 8)
    """As LISTENS, hangs up after 5 s."""


def number(behaviour: Behaviour, serial: int, *, status: int = 0) -> PhoneNumber:
    """A valid Colombian mobile number of somebody who behaves so: +57 300 B CCC xxx.

    `serial` is 0 … 999 where the code is used (for the two that fail it is `status`, one of `STATUSES`), else
    0 … 499,999.
    """
    digit, code = behaviour.value
    if behaviour in (Behaviour.FAILS, Behaviour.RINGS_THEN_FAILS):
        if status not in STATUSES:
            raise ValueError(f"no customer fails with the SIP status {status}")
        code = status
    if code is None:
        serial += 500_000
    else:
        serial += code * 1000
    return PhoneNumber(f"+57300{digit}{serial:06d}")


def behaviour_of(called: PhoneNumber) -> Behaviour:
    """What somebody with this number does, by the number alone."""
    digit, code = called.e164[6], int(called.e164[7:10])
    exact = {behaviour.value: behaviour for behaviour in Behaviour}
    return exact.get((digit, code)) or exact[digit, None]


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each thing happened to one number; the words are `Step.what`'s."""

    invited: int = 0
    early: int = 0
    answered: int = 0
    failed: int = 0
    canceled: int = 0
    hung_up: int = 0
    left: int = 0


class Customers:
    """Everybody behind one trunk. ``async with`` starts and stops them; `kill` and `start` in between are an outage."""

    def __init__(
        self, folder: Path, ports: Ports, *, trunk: int = 0, own: Mapping[PhoneNumber, Voice] | None = None
    ) -> None:
        """`trunk`: 0 … 9, which of the block's trunks; its SIP port is ``ports.trunk_sip(trunk)``. `own`: people who do
        something of their own with their sound; the rest of what they do is told by their number."""
        self.port = ports.trunk_sip(trunk)
        self._folder = folder.absolute()
        self._log = self._folder / "steps.log"
        voices = _voices()
        self._handsets = Handsets(
            ports.trunk_sound(trunk),
            self._log,
            lambda called: (own or {}).get(called) or voices.get(behaviour_of(called), voices[Behaviour.TALKS]),
        )
        command = ["sipp", "-sf", "customers.xml", "-i", LOOPBACK, "-p", str(self.port)]
        command += ["-mi", LOOPBACK, "-mp", str(ports.trunk_media(trunk)), "-l", str(CALLS_AT_ONCE), "-nostdin"]
        command += ["-trace_logs", "-log_file", str(self._log), "-log_overwrite", "false"]
        self._child = Child("sipp", command, self._folder)

    async def __aenter__(self) -> Self:
        self._write()
        try:
            await self.start()
        except BaseException:
            self.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """For signals: SIGSTOP makes the whole trunk silent, SIGCONT lets it answer what it was asked meanwhile.

        Raises `Unreachable` when it does not run.
        """
        return self._child.pid

    async def start(self) -> None:
        """Connect them. Raises `Unreachable` with what SIPp printed when it does not start."""
        self._handsets.open()
        self._child.start()
        await self._child.wait_until(self._listening, START_SECONDS)

    def kill(self) -> None:
        """The line is dead: no reply to any call, and nobody speaks in those that are up."""
        self._child.kill()
        self._handsets.close()

    def steps(self) -> list[Step]:
        """Everything that happened so far, in order, the earlier starts included."""
        return read_steps(self._log.read_text()) if self._log.exists() else []

    def counts(self) -> dict[PhoneNumber, Counts]:
        """How often each number was called and what came of it. Repeated INVITEs of one call count once."""
        happened = {(step.call_id, step.what): step.number for step in self.steps()}
        counters: defaultdict[PhoneNumber, Counter[str]] = defaultdict(Counter)
        for (_, what), called in happened.items():
            counters[called][what] += 1
        return {called: Counts(**counter) for called, counter in counters.items()}

    def heard(self, called: PhoneNumber) -> list[array[int]]:
        """What this telephone was sent, a list of samples (8,000 a second) for each of its answered calls, in order.

        SIPp may write an answer down well after the first sound: a call has its port from its own INVITE to the next.
        """
        steps = self.steps()
        answered = [step.call_id for step in steps if step.number == called and step.what == "answered"]
        invited = [step for step in steps if step.what == "invited"]
        first = {step.call_id: step for step in reversed(invited)}
        heard = []
        for begin in (first[call_id] for call_id in answered):
            later = (s.at for s in invited if s.sound_port == begin.sound_port and s.call_id != begin.call_id)
            until = min((at for at in later if at > begin.at), default=math.inf)
            heard.append(self._handsets.heard(begin.sound_port, begin.at, until))
        return heard

    def _listening(self) -> bool:
        """SIPp has bound its SIP port (it does so after reading the scenario)."""
        hexadecimal = f":{self.port:04X} "
        return any(hexadecimal in line for line in Path("/proc/net/udp").read_text().splitlines())

    def _write(self) -> None:
        if shutil.which("sipp") is None:
            raise SettingsError("SIPp is missing: install Debian's package sip-tester")
        self._folder.mkdir(parents=True, exist_ok=True)
        scenario = SCENARIO.read_text().replace("@SOUND@", str(self._handsets.port))
        (self._folder / "customers.xml").write_text(scenario.replace("@STATUSES@", _statuses()))


def _voices() -> dict[Behaviour, Voice]:
    """What those do with their sound who do not simply talk."""
    return {
        Behaviour.TALKS: Voice(says=person(Random(1))),
        Behaviour.MACHINE: Voice(says=answering_machine(Random(2))),
        Behaviour.ECHOES: Voice(echoes=True),
        Behaviour.MUTE: Voice(),
        Behaviour.LISTENS: Voice(says=alaw(quiet(1000, Random(3)))),
        Behaviour.HANGS_UP_LATER: Voice(says=alaw(quiet(1000, Random(4)))),
        Behaviour.PRESSES_KEYS: Voice(presses="12#"),
        Behaviour.OPTS_OUT: Voice(presses="9", waits=2.5),
    }


def _statuses() -> str:
    """For each status a branch by the number's code, then the lines that answer with it."""
    branches = "".join(
        f"""<nop><action>
    <strcmp assign_to="code{status}" variable="ccc" value="{status}"/>
    <test assign_to="is{status}" variable="code{status}" compare="equal" value="0"/>
  </action></nop>
  <nop next="status{status}" test="is{status}"/>
  """
        for status in STATUSES
    )
    answers = "".join(
        f"""<label id="status{status}"/>
  <nop><action><log message="[timestamp] failed [$number] [$caller] [call_id] [$sound]"/></action></nop>
  <send retrans="500">
    <![CDATA[
SIP/2.0 {status} Failed
[last_Via:]
[last_From:]
[last_To:];tag=[pid]sipp[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:573000500999@[local_ip]:[local_port]>
Content-Length: 0

]]>
  </send>
  <recv request="ACK" next="end" crlf="true"/>
  """
        for status in STATUSES
    )
    return f'{branches}<nop next="silence"/>\n  {answers}'
