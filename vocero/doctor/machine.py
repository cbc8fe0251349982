"""This machine: Python, the settings file, the store, and the folders in which Asterisk and Vocero meet."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import SettingsError, VoceroError
from cti_api.settings import Settings, load_settings
from cti_api.store.opening import file_of
from cti_api.store.store import Store
from vocero.asterisk_site import RENDERED
from vocero.doctor.findings import Finding, fault, ok, warning

LEAST_FREE_BYTES: Final = 1 << 30
"""MixMonitor writes 16 kB a second: 1 GiB is 18 hours of one call, 20 minutes of 50. Ours."""

LISTENING: Final = "0A"
"""State of a listening socket in /proc/net/tcp (proc(5), include/net/tcp_states.h)."""


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return fault(f"Python {version}", "Vocero is tried on Python 3.11 to 3.13: install one of them")
    return ok(f"Python {version}")


def settings_in(path: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, or what is wrong with their file."""
    try:
        settings = load_settings(path)
    except SettingsError as error:
        return None, [fault(line, "until then nothing else can be looked at") for line in str(error).splitlines()]
    findings = [ok(f"settings: {path}")]
    rendered = path.absolute().parent / RENDERED
    if rendered.exists() and stat.S_IMODE(rendered.stat().st_mode) & 0o007:
        findings.append(fault(f"{rendered} holds the AMI secret and everybody may read it", f"chmod o= {rendered}"))
    return settings, findings


async def store(settings: Settings, clock: Clock) -> Finding:
    url, key = settings.store.url.get_secret_value(), settings.store.erasure_key
    file = file_of(url)
    if file is not None and not file.exists():  # opening it would make it
        return fault(f"the store {file} is not there", "run `vocero db upgrade`, or mend store.url in the settings")
    try:
        async with Store.open(url, clock=clock, erasure_key=key) as opened:
            await opened.probe()
            trouble = await opened.erasures.key_trouble()
    except VoceroError as error:
        return fault(f"the store cannot be used: {error}", "mend store.url in the settings, or the store it names")
    if trouble:
        return fault(trouble, "put its copy in its place; until then no list comes in: docs/privacy.md, The key")
    return ok("the store can be read and written, its tables are of this version")


def folders(settings: Settings) -> Iterator[Finding]:
    """What this user must be able to do, and what the user must be that Asterisk runs as."""
    asterisk = settings.asterisk
    reads, writes = os.R_OK | os.X_OK, os.R_OK | os.W_OK | os.X_OK
    for name, folder, rights in (
        ("recordings", asterisk.recordings, reads),
        ("messages of the campaigns", asterisk.sounds, writes),
        ("the agents' SIP accounts", asterisk.sip_accounts.parent, writes),
        ("the control socket", settings.api.socket.parent, writes),
    ):
        if not folder.is_dir():
            yield fault(f"{name}: {folder} is not there", "`vocero init` makes it")
        elif not os.access(folder, rights):
            yield fault(f"{name}: {folder} is closed to user {_name(os.geteuid())}", f"{_rights(rights)} {folder}")
        elif (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
            yield warning(f"{name}: only {free >> 20} MiB free in {folder}", "make room, or move it")
        else:
            yield ok(f"{name}: {folder}, {free >> 30} GiB free")
    yield from _who_runs_asterisk(settings)


def _who_runs_asterisk(settings: Settings) -> Iterator[Finding]:
    uid = listener(settings.asterisk.ami.port)
    if uid is None:
        return  # no manager port here: that is told with the link
    asterisk, who = settings.asterisk, _name(uid)
    if uid == 0:
        yield warning(
            "Asterisk runs as root", "run it as a user of its own, as Debian's package does: asterisk -U asterisk"
        )
    for name, path, right in (
        ("recordings", asterisk.recordings, os.W_OK),
        ("messages of the campaigns", asterisk.sounds, os.R_OK),
        ("the agents' SIP accounts", asterisk.sip_accounts, os.R_OK),
    ):
        if path.exists() and not may(uid, path, right):
            yield fault(f"{name}: {path} is closed to Asterisk, which runs as {who}", f"{_rights(right, who)} {path}")


def _rights(right: int, who: str = "this user") -> str:
    return f"give {who} the right to {'write to' if right & os.W_OK else 'read'}"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def listener(port: int) -> int | None:
    """The user who listens at this TCP port of this machine; None where nobody does, or nobody can tell."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            (
                _,
                local,
                _,
                state,
                *_,
            ) = fields = line.split()
            if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                return int(fields[7])
    return None


def may(uid: int, path: Path, right: int) -> bool:
    """Whether the mode bits let a user read (`os.R_OK`) or write (`os.W_OK`) here; folders on the way are not asked."""
    found = path.stat()
    try:
        groups = os.getgrouplist(_name(uid), pwd.getpwuid(uid).pw_gid)
    except KeyError:
        groups = []
    shift = 6 if found.st_uid == uid else 3 if found.st_gid in groups else 0
    return uid == 0 or bool(found.st_mode >> shift & right)
