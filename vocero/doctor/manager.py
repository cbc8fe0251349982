"""Asterisk's manager port: who may come in, with which rights, and what this Asterisk is."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cti_api.clock import Clock
from cti_api.errors import ActionRefused, LinkDown, VoceroError
from cti_api.settings import Settings
from dialer.ami.actions import Action, core_settings, list_commands
from dialer.ami.inspection import (
    dangerous_function,
    excessive_rights,
    is_module_loaded,
    seconds_now,
    serves_over_http,
    value,
)
from dialer.ami.link import ASTERISK_MAJOR
from dialer.ami.session import AmiAddress, AmiSession
from dialer.ami.translate import asterisk_version, missing_actions
from dialer.ami.wire import Message
from vocero.asterisk_site import SHIPPED, is_loopback
from vocero.doctor.findings import Finding, fault, ok, warning

ANSWER_SECONDS: Final = 5.0
BOOT_SECONDS: Final = 10.0
CLOCK_SECONDS: Final = 2.0
"""Asterisk tells whole seconds; what is more than this apart would put calls in the wrong order."""

SINCE_22_8: Final = "res_cdrel_custom.so"
"""A part of cel_custom that older versions do not have (asterisk/modules.conf)."""

RIGHTS: Final = (
    "write = originate,call,agent,reporting,user in manager.conf, as asterisk/manager.conf of this project has it"
)
ROUTED_NOWHERE: Final = ("198.51.100.1", 9)
"""TEST-NET-2 of RFC 5737. Connecting a UDP socket sends nothing; it only chooses the address we would send from."""


def address_of(settings: Settings) -> AmiAddress:
    ami = settings.asterisk.ami
    return AmiAddress(host=ami.host, port=ami.port, username=ami.user, secret=ami.secret.get_secret_value())


async def ask(session: AmiSession, action: Action) -> str:
    """The value that Asterisk gives for a question of `dialer.ami.inspection`."""
    return value(await session.perform(action, ANSWER_SECONDS))


async def rights(session: AmiSession) -> tuple[bool, list[Finding]]:
    """Whether this account can be worked with at all, and what is to be said of it."""
    findings = []
    try:
        await session.fully_booted(BOOT_SECONDS)
    except TimeoutError:
        findings.append(
            fault(
                f"Asterisk did not say FullyBooted within {BOOT_SECONDS:g} s",
                "wait until it has started; or give the manager user read = system,call,user,dtmf in manager.conf",
            )
        )
    commands = await session.perform(list_commands(), ANSWER_SECONDS)
    if missing := missing_actions(commands):
        return False, [*findings, fault(f"the manager user may not use {', '.join(missing)}", RIGHTS)]
    if excessive := excessive_rights(commands):
        what = f"the manager user has the rights {', '.join(excessive)}: whoever has its secret has a shell"
        return True, [*findings, fault(what, RIGHTS)]
    return True, [*findings, ok("the manager user has every right that is needed, and none that opens a shell")]


async def this_asterisk(session: AmiSession, clock: Clock) -> list[Finding]:
    """What Asterisk tells of itself."""
    return [
        *_version(await session.perform(core_settings(), ANSWER_SECONDS)),
        await _modules(session),
        await _dangerous(session),
        await _clock(session, clock),
    ]


def _version(settings: Message) -> list[Finding]:
    version = asterisk_version(settings)
    if version.startswith(ASTERISK_MAJOR):
        findings = [ok(f"Asterisk {version}")]
    else:
        findings = [
            fault(f"this Asterisk is version {version or 'unknown'}", "Vocero works with version 22: install it")
        ]
    if serves_over_http(settings):
        findings.append(warning("the manager port is open over the web too", "webenabled = no in manager.conf"))
    return findings


async def _modules(session: AmiSession) -> Finding:
    needed = [
        line.split("=", 1)[1].split(";")[0].strip()
        for line in (SHIPPED / "modules.conf").read_text(encoding="utf-8").splitlines()
        if line.startswith(("load =", "preload ="))
    ]
    answers = {module: await ask(session, is_module_loaded(module)) for module in needed if module != SINCE_22_8}
    if "" in answers.values():
        return fault(
            "Asterisk cannot tell which modules it has", "load = func_module.so in modules.conf, then start it again"
        )
    if missing := [module for module, answer in answers.items() if answer != "1"]:
        return fault(
            f"Asterisk has not loaded {', '.join(missing)}",
            "use asterisk/modules.conf of this project, or load them; Asterisk's log says why one does not load",
        )
    return ok(f"all {len(answers)} modules that are needed are loaded")


async def _dangerous(session: AmiSession) -> Finding:
    if await ask(session, dangerous_function()):
        return fault(
            "dangerous dialplan functions are open to the manager port: whoever has its secret reads and writes files",
            "live_dangerously = no in asterisk.conf, then start Asterisk again",
        )
    return ok("dangerous dialplan functions are closed to the manager port")


async def _clock(session: AmiSession, clock: Clock) -> Finding:
    theirs = datetime.fromtimestamp(int(await ask(session, seconds_now())), UTC)
    apart = abs((clock.now() - theirs).total_seconds())
    if apart > CLOCK_SECONDS:
        return fault(
            f"Asterisk's clock is {apart:.0f} s from this machine's",
            "let both follow one time server (chrony, systemd-timesyncd)",
        )
    return ok("Asterisk's clock agrees with this machine's")


async def from_outside(settings: Settings) -> list[Finding]:
    """Whether the manager port can be reached from other machines, and whether we would be let in."""
    inside = settings.asterisk.ami.host
    if not is_loopback(inside):
        return [
            warning(
                f"the manager port is at {inside}, and its passwords travel there unencrypted",
                "keep it inside a VPN, with permit for this machine alone",
            )
        ]
    outside = outside_address()
    if outside is None:
        return []
    try:
        async with AmiSession(replace(address_of(settings), host=outside)):
            pass
    except LinkDown:
        return [ok("the manager port is open to this machine alone")]
    except ActionRefused:
        return [
            warning(
                f"the manager port is open at {outside}, though it lets nobody in from there",
                "bindaddr = 127.0.0.1 in manager.conf, as rendered.conf of `vocero init` has it",
            )
        ]
    except VoceroError as error:
        return [warning(f"the manager port at {outside}: {error}", "bindaddr = 127.0.0.1 in manager.conf")]
    return [
        fault(
            f"the manager port is open at {outside} and lets us in from there: anybody may try passwords",
            "bindaddr = 127.0.0.1 and permit = 127.0.0.1/255.255.255.255 in manager.conf, as `vocero init` has it",
        )
    ]


def outside_address() -> str | None:
    """The address this machine would use towards others; None where it has no way to them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ROUTED_NOWHERE)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address
