"""A private Asterisk 22 in a folder, with the shipped configuration, on loopback ports of its own.

    program = await fetch_asterisk(Path(".cache/asterisk"))
    trunks = [LabTrunk(id=TrunkId("claro"), port=ports.trunk_sip(0))]
    async with LabAsterisk(program, folder, ports, trunks=trunks) as asterisk:
        ...                       # log in at 127.0.0.1:asterisk.ami_port as "vocero" with asterisk.ami_secret

Nothing is installed and root is not needed. The folder keeps Asterisk's database and journal from start to start.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from cti_api.errors import SettingsError, Unreachable
from cti_api.model.ids import AgentId, TrunkId
from cti_api.sip_accounts import SipAccounts
from vocero.asterisk_site import (
    FORM,
    LOOPBACK,
    RENDERED,
    SHIPPED,
    AsteriskSite,
    InboundNumber,
    OutsideNumber,
    TrunkCap,
    rendered_conf,
)
from vocero.lab.child import LOOK_SECONDS, Child
from vocero.lab.ports import Ports, own_addresses

FETCH = Path(__file__).with_name("fetch-asterisk.sh")
FETCH_SECONDS = 240.0
"""84 MB and 160 packages: 15 s measured, and a slow line's worth more."""
START_SECONDS = 60.0
"""From start to fully booted: 0.4 s measured; the rest is for a busy machine."""
AMI_USER = "vocero"


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """Where an Asterisk 22 lies: the root of its files, ``/`` when it is this machine's own."""

    root: Path

    def command(self) -> list[str]:
        """How it is run: files of another Debian run through their own loader."""
        program = str(self.root / "usr/sbin/asterisk")
        if self.root == Path("/"):
            return [program]
        loader = self._only("usr/lib*/ld-linux*.so.*")
        library = self._only("usr/lib/*-linux-gnu*/asterisk").parent
        return [str(loader), "--library-path", str(library), "--argv0", "asterisk", program]

    def modules(self) -> Path:
        return self._only("usr/lib/*/asterisk/modules")

    def shared(self) -> Path:
        """Its documentation files, without which it does not start."""
        return self.root / "usr/share/asterisk"

    def _only(self, pattern: str) -> Path:
        found = sorted(self.root.glob(pattern))
        if not found:
            raise SettingsError(f"{self.root} is no whole Asterisk: {pattern} is missing; delete it to fetch it again")
        return found[0]


async def fetch_asterisk(cache: Path) -> AsteriskProgram:
    """This machine's Asterisk 22, or one unpacked into `cache`; at once when it is there already.

    Raises `SettingsError` with what the script said when there is none to be had.
    """
    process = await asyncio.create_subprocess_exec(
        str(FETCH), str(cache), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            out, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise SettingsError(f"Asterisk was not fetched within {FETCH_SECONDS:g} s: is the network there?") from None
    if process.returncode != 0:
        raise SettingsError(said.decode(errors="replace").strip())
    return AsteriskProgram(Path(out.decode().strip()))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTrunk:
    """A line to customers on this machine."""

    id: TrunkId
    port: int
    """Their SIP port on 127.0.0.1."""
    channels: int = 500
    calls_per_hour: int = 1_000_000
    rtp_timeout_seconds: int = 30
    """A customer from whom no sound packet comes for this long is hung up."""
    dial_strip: str = ""
    dial_prefix: str = ""
    """As in the settings' trunks."""
    into_queue: str = ""
    """Whoever calls from there comes into this queue; nobody is called there."""


class LabAsterisk:
    """One instance. ``async with`` starts and stops it; `kill` and `start` in between make it crash and come back."""

    def __init__(
        self,
        program: AsteriskProgram,
        folder: Path,
        ports: Ports,
        *,
        trunks: Sequence[LabTrunk],
        allowed_prefixes: tuple[str, ...] = ("57",),
        inbound: tuple[InboundNumber, ...] = (),
        transfers: Mapping[str, AgentId | OutsideNumber] = MappingProxyType({}),
    ) -> None:
        """`inbound`: answered at ``ports.agi``."""
        folder = folder.absolute()
        self.ami_port = ports.ami
        self.ami_secret = secrets.token_urlsafe(24)
        self.sip_port = ports.sip
        self.websocket_port = ports.websocket
        self.recordings = folder / "recordings"
        self.campaign_sounds = folder / "campaign-sounds"
        self.journal = folder / "log/cel-custom/vocero.csv"
        """CEL, as asterisk/README.md describes it."""
        self.log = folder / "log/messages.log"
        self.accounts = SipAccounts(folder / "sip-accounts.sqlite3", media_address=LOOPBACK)
        self._folder = folder
        self._program = program
        self._trunks = trunks
        first, last = ports.asterisk_rtp
        self._site = AsteriskSite(
            ami_secret=self.ami_secret,
            ami_port=ports.ami,
            sip_port=ports.sip,
            websocket_port=ports.websocket,
            told_as={own: LOOPBACK for own in own_addresses() if own != LOOPBACK},
            rtp_first=first,
            rtp_last=last,
            sounds=SHIPPED / "sounds",
            campaign_sounds=self.campaign_sounds,
            recordings=self.recordings,
            sip_accounts=folder / "sip-accounts.sqlite3",
            allowed_prefixes=allowed_prefixes,
            trunk_caps={
                trunk.id: TrunkCap(
                    channels=trunk.channels,
                    calls_per_hour=trunk.calls_per_hour,
                    dial_strip=trunk.dial_strip,
                    dial_prefix=trunk.dial_prefix,
                )
                for trunk in trunks
            },
            inbound=inbound,
            transfers=transfers,
            agi_port=ports.agi,
        )
        self._child = Child("asterisk", [*program.command(), "-f", "-C", str(folder / "start.conf")], folder)

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
        """Start it and wait until it is fully booted. Raises `Unreachable` with what it printed when it does not."""
        self._child.start()
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._booted():
                    self._child.pid  # noqa: B018 - raises when it is gone
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Unreachable(f"Asterisk was not ready within {START_SECONDS:g} s; see {self.log}") from None

    async def stop(self) -> None:
        """End it in good order: every channel is hung up first."""
        await self._child.stop()

    def kill(self) -> None:
        """End it as a crash would. Calls are cut without a word, the journal has no end of them."""
        self._child.kill()

    async def _booted(self) -> bool:
        """Log in once: AMI listens well before everything is loaded, and tells when it is."""
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self.ami_port)
        except OSError:
            return False
        with contextlib.closing(writer):
            writer.write(f"Action: Login\r\nUsername: {AMI_USER}\r\nSecret: {self.ami_secret}\r\n\r\n".encode())
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(b"Event: FullyBooted")
                return True
        return False

    def _write(self) -> None:
        """The shipped files, and the three that are this machine's: rendered.conf, trunks.conf, start.conf."""
        configuration = self._folder / "etc"
        for name in ("etc", "database/keys", "run", "log/cel-custom", "spool/tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        for folder in (self.recordings, self.campaign_sounds):
            folder.mkdir(exist_ok=True)
        for conf in SHIPPED.glob("*.conf"):
            shutil.copyfile(conf, configuration / conf.name)
        rendered = configuration / RENDERED
        rendered.touch(mode=0o600)
        text = rendered_conf(FORM.read_text(), self._site)
        rendered.write_text(text + "".join(_lead_in(trunk) for trunk in self._trunks if trunk.into_queue))
        (configuration / "trunks.conf").write_text("\n".join(_trunk_conf(trunk) for trunk in self._trunks))
        (self._folder / "start.conf").write_text(self._start_conf(configuration))
        self.accounts.prepare()

    def _start_conf(self, configuration: Path) -> str:
        """Where an Asterisk finds its folders that does not lie where it was built for."""
        folders = {
            "astetcdir": configuration,
            "astmoddir": self._program.modules(),
            "astdatadir": self._program.shared(),
            "astvarlibdir": self._folder / "database",
            "astdbdir": self._folder / "database",
            "astkeydir": self._folder / "database",
            "astagidir": self._folder / "database",
            "astspooldir": self._folder / "spool",
            "astrundir": self._folder / "run",
            "astlogdir": self._folder / "log",
        }
        lines = "\n".join(f"{name} => {folder}" for name, folder in folders.items())
        return f"[directories]\n{lines}\n#include {configuration}/asterisk.conf\n"


def _lead_in(trunk: LabTrunk) -> str:
    """Dialplan of the lab's own: where a company has its numbers, or a tree."""
    return f"""
[lab-{trunk.id}]
exten => _X.,1,Set(VOCERO_QUEUE={trunk.into_queue})
 same => n,Goto(vocero-queue,enter,1)
"""


def _trunk_conf(trunk: LabTrunk) -> str:
    """A trunk known by its address."""
    if trunk.into_queue:
        return f"""[{trunk.id}](vocero-trunk)
context = lab-{trunk.id}
rtp_timeout = 0

[{trunk.id}]
type = identify
endpoint = {trunk.id}
match = {LOOPBACK}:{trunk.port}
"""
    return f"""[{trunk.id}](vocero-trunk)
aors = {trunk.id}
rtp_timeout = {trunk.rtp_timeout_seconds}

[{trunk.id}]
type = aor
contact = sip:{LOOPBACK}:{trunk.port}

[{trunk.id}]
type = identify
endpoint = {trunk.id}
match = {LOOPBACK}:{trunk.port}
"""
