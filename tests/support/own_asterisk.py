"""An Asterisk as a company sets it up: `vocero init`, a trunk in trunks.conf, start. And the settings it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cti_api.clock import Clock, SystemClock
from cti_api.model.ids import TrunkId
from cti_api.settings import FILE_NAME, load_settings
from vocero.cli import main
from vocero.doctor.findings import Finding
from vocero.doctor.run import look
from vocero.doctor.trial_call import TrialCall
from vocero.lab.asterisk import AsteriskProgram, LabAsterisk, LabTrunk
from vocero.lab.ports import Ports

TRUNK = TrunkId("claro")


@dataclass(frozen=True, slots=True)
class OwnAsterisk:
    asterisk: LabAsterisk
    etc: Path
    settings_file: Path

    async def findings(self, clock: Clock | None = None, call: TrialCall | None = None) -> list[Finding]:
        """What the doctor says now."""
        found: list[Finding] = []
        await look(self.settings_file, clock or SystemClock(), found.append, call)
        return found


@asynccontextmanager
async def own_asterisk(
    program: AsteriskProgram, folder: Path, ports: Ports, environment: pytest.MonkeyPatch
) -> AsyncIterator[OwnAsterisk]:
    """In `folder`, with one trunk to the lab's customers; the environment tells its places while it is up."""
    trunk = LabTrunk(id=TRUNK, port=ports.trunk_sip(0))
    async with LabAsterisk(program, folder / "asterisk", ports, trunks=[trunk]) as asterisk:
        await asterisk.stop()
        etc = folder / "asterisk/etc"
        for conf in etc.glob("*.conf"):  # what the lab wrote; only the trunk is the company's own
            if conf.name != "trunks.conf":
                conf.unlink()
        first, last = ports.asterisk_rtp
        for name, value in {
            "ASTERISK__AMI__PORT": ports.ami,
            "ASTERISK__SIP__PORT": ports.sip,
            "ASTERISK__SIP__RTP_FIRST": first,
            "ASTERISK__SIP__RTP_LAST": last,
            "ASTERISK__BROWSERS__PORT": ports.websocket,
            "ASTERISK__RECORDINGS": folder / "shared/recordings",
            "ASTERISK__SOUNDS": folder / "shared/sounds",
            "ASTERISK__SIP_ACCOUNTS": folder / "shared/sip-accounts.sqlite3",
            "ASTERISK__CEL_JOURNAL": asterisk.journal,
            "API__SOCKET": folder / "run/vocero.sock",
        }.items():
            environment.setenv(f"VOCERO_{name}", str(value))
        own = OwnAsterisk(asterisk, etc, folder / "vocero" / FILE_NAME)
        await asyncio.to_thread(init, own, "--trunk", f"{TRUNK}:30:2000", "--prefix", "57")
        asterisk.ami_secret = load_settings(own.settings_file).asterisk.ami.secret.get_secret_value()
        await asterisk.start()
        yield own


def init(own: OwnAsterisk, *arguments: str) -> None:
    """`vocero init` for it, in good order."""
    with pytest.raises(SystemExit) as left:
        main(["init", str(own.settings_file.parent), "--asterisk-etc", str(own.etc), *arguments])
    assert left.value.code in (0, None)
