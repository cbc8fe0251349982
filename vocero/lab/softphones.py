"""Real softphones for agents: each registers by SIP, answers by itself, says a tone of its own, keeps what it hears.

baresip 1.0.0 (Debian's package baresip-core), driven over its own control port.

    async with Softphone(folder, AgentId("ana"), password, asterisk.sip_port, ports, phone=0) as ana:
        ...                                  # it is registered now
        ana.heard()
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from array import array
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cti_api.errors import ActionRefused, ProtocolError, SettingsError, Unreachable
from cti_api.model.ids import AgentId
from vocero.lab.child import Child
from vocero.lab.ports import LOOPBACK, Ports
from vocero.lab.sounds import read_wav, tone, write_wav

MODULES = Path("/usr/lib/baresip/modules")
REGISTER_SECONDS = 30.0
CONTROL_SECONDS = 3.0
RENEW_SECONDS = 60
"""How often it registers again: also how soon it is found again after Asterisk lost its database."""
MICROPHONE_SECONDS = 900
"""How long its tone lasts in each call: baresip hangs up at the end of the file."""

REFUSED = re.compile(r"reg: \S+: (4\d\d .*)")
"""How baresip says that its registration was refused, after its answer to the first challenge."""

RTP_TIMEOUT_SECONDS = 10
"""A call in which nothing comes any more is over for it: an Asterisk that crashed says no BYE, and there are ports for
five calls."""

CONFIGURATION = """\
poll_method epoll
sip_listen {loopback}:{sip}
call_local_timeout 120
call_max_calls 4
rtp_timeout {rtp_timeout}
audio_player aufile,{folder}/played.wav
audio_source aufile,{folder}/microphone.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp_first}-{rtp_last}
jitter_buffer_delay 2-5
net_interface {loopback}
module_path {modules}
module g711.so
module sndfile.so
snd_path {folder}
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {loopback}:{control}
"""
"""``aufile`` reads the microphone and cannot write; ``sndfile`` writes what is heard, one file for each call."""

ACCOUNT = (
    "<sip:{agent}@{loopback}:{registrar}>;auth_user={agent};auth_pass={password};answermode=auto;regint={renew}"
    ";audio_codecs=pcma/8000;dtmfmode=rtpevent\n"
)


class Softphone:
    """One agent's telephone. ``async with`` starts it and waits until it is registered."""

    def __init__(
        self, folder: Path, agent_id: AgentId, password: str, registrar_port: int, ports: Ports, *, phone: int
    ) -> None:
        """`phone`: 0 … 19, which of the block's softphones."""
        self.agent_id = agent_id
        self.tone_hz = 400.0 + 50.0 * phone
        """What it says into the line, for as long as it is in a call: a tone no other softphone of the block has."""
        self._folder = folder.absolute()
        self._password = password
        self._registrar_port = registrar_port
        self._ports = ports
        self._phone = phone
        self._child = Child("baresip", ["baresip", "-4", "-f", str(self._folder)], self._folder)

    async def __aenter__(self) -> Self:
        self._write()
        try:
            await self.start()
        except BaseException:
            self._child.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._child.stop()

    @property
    def pid(self) -> int:
        """For signals: SIGSTOP makes it freeze. Raises `Unreachable` when it does not run."""
        return self._child.pid

    async def start(self) -> None:
        """Start it and wait until it is registered.

        Raises `ActionRefused` when Asterisk refuses it, `Unreachable` with what it printed when nothing comes of it.
        """
        self._child.output.unlink(missing_ok=True)
        self._child.start()
        await self._child.wait_until(self._registered, REGISTER_SECONDS)

    async def stop(self) -> None:
        """End it in good order: it hangs up and takes its registration away."""
        await self._child.stop()

    def kill(self) -> None:
        """End it as a crash would: no BYE, its registration stays."""
        self._child.kill()

    async def hang_up(self) -> None:
        """The agent ends the call (for a nailed-up agent: the shift)."""
        await self._command("hangup")

    async def call(self, extension: str) -> None:
        """The agent dials by hand; where that leads is Asterisk's affair."""
        await self._command("dial", f"sip:{extension}@{LOOPBACK}:{self._registrar_port}")

    async def hold(self) -> None:
        """The agent puts the call on hold."""
        await self._command("hold")

    async def retrieve(self) -> None:
        """… and takes it up again."""
        await self._command("resume")

    async def press(self, key: str) -> None:
        """The agent presses a key: 0 … 9, * or #."""
        await self._command("sndcode", key)

    def heard(self) -> array[int]:
        """All it ever heard, call after call. The last half second may be missing while a call lasts."""
        samples = array("h")
        for path in sorted(self._folder.glob("dump-*-dec.wav")):
            samples.extend(read_wav(path))
        return samples

    def _registered(self) -> bool:
        said = self._child.output.read_text(errors="replace")
        if refused := REFUSED.search(said):
            raise ActionRefused(f"The softphone of {self.agent_id} may not register: {refused[1]}")
        return "[1 binding]" in said

    async def _command(self, command: str, params: str = "") -> dict[str, Any]:
        """Ask baresip for something (JSON in a netstring, module ctrl_tcp); returns its answer.

        Raises `Unreachable` when it does not answer, `ProtocolError` when it says no.
        """
        asked = json.dumps({"command": command, "params": params, "token": command}).encode()
        port = self._ports.softphone_control(self._phone)
        try:
            async with asyncio.timeout(CONTROL_SECONDS):
                reader, writer = await asyncio.open_connection(LOOPBACK, port)
                try:
                    writer.write(b"%d:%b," % (len(asked), asked))
                    while (answer := await _netstring(reader)).get("token") != command:
                        pass
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unreachable(f"The softphone of {self.agent_id} does not answer: {error!r}") from error
        if not answer.get("ok"):
            raise ProtocolError(f"The softphone of {self.agent_id} refused {command}: {answer.get('data')}")
        return answer

    def _write(self) -> None:
        if shutil.which("baresip") is None or not (MODULES / "ctrl_tcp.so").exists():
            raise SettingsError("baresip is missing: install Debian's package baresip-core")
        self._folder.mkdir(parents=True, exist_ok=True)
        _write_microphone(self._folder / "microphone.wav", self.tone_hz)
        first, last = self._ports.softphone_rtp(self._phone)
        (self._folder / "config").write_text(
            CONFIGURATION.format(
                loopback=LOOPBACK,
                rtp_timeout=RTP_TIMEOUT_SECONDS,
                sip=self._ports.softphone_sip(self._phone),
                control=self._ports.softphone_control(self._phone),
                rtp_first=first,
                rtp_last=last,
                folder=self._folder,
                modules=MODULES,
            )
        )
        accounts = self._folder / "accounts"
        accounts.touch(mode=0o600)
        accounts.write_text(
            ACCOUNT.format(
                agent=self.agent_id,
                loopback=LOOPBACK,
                registrar=self._registrar_port,
                password=self._password,
                renew=RENEW_SECONDS,
            )
        )
        (self._folder / "contacts").touch()


_microphones: dict[float, Path] = {}
"""By tone: what this process wrote last. 14 MB each, so the same tone is one file under many names."""


def _write_microphone(path: Path, hz: float) -> None:
    path.unlink(missing_ok=True)
    try:
        path.hardlink_to(_microphones[hz])
    except (KeyError, OSError):  # the first one, or the last one is gone or on another disk
        write_wav(path, tone(1000, hz), times=MICROPHONE_SECONDS)
        _microphones[hz] = path


async def _netstring(reader: asyncio.StreamReader) -> dict[str, Any]:
    """One message of ctrl_tcp: its length in digits, a colon, JSON, a comma."""
    length = int((await reader.readuntil(b":"))[:-1])
    message = await reader.readexactly(length + 1)
    answer = json.loads(message[:-1])
    return answer if isinstance(answer, dict) else {}
