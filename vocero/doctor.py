"""`vocero doctor`: looks at everything a working dialer needs, and says of each fault how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Final

from rich.console import Console
from rich.markup import escape

from cti_api.clock import Clock, SystemClock
from cti_api.errors import VoceroError
from cti_api.model.ids import TrunkId, new_attempt_id
from cti_api.model.phone import PhoneNumber
from cti_api.settings import Settings
from cti_api.store.store import Store
from dialer.ami.actions import CONTEXT_AGENT, CONTEXT_CUSTOMER, CONTEXT_OUT, Action
from dialer.ami.link import AmiLink, LinkState
from dialer.ami.session import AmiAddress, AmiSession
from dialer.telephony import CallAnswered, CallDialed, CallEnded, CallForbidden, CallRinging, PlaceCall, TelephonyEvent

LINK_SECONDS: Final = 10.0
LIST_SECONDS: Final = 5.0
TEST_RING_SECONDS: Final = 20.0
TEST_CALL_SECONDS: Final = 40.0
LEAST_FREE_BYTES: Final = 1 << 30
"""One hour of 50 recorded calls at 16 kB/s is 2.9 GB; less than 1 GiB free is an alarm."""


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    what: str
    mend: str = ""
    """What to do; empty where all is well."""


def ok(what: str) -> Finding:
    return Finding(verdict=Verdict.OK, what=what)


def fault(what: str, mend: str) -> Finding:
    return Finding(verdict=Verdict.FAULT, what=what, mend=mend)


def warning(what: str, mend: str) -> Finding:
    return Finding(verdict=Verdict.WARNING, what=what, mend=mend)


SIGNS: Final = {Verdict.OK: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.FAULT: "[red]✗[/]"}


def doctor(settings: Settings, out: Console, *, call: str | None, trunk: str | None) -> int:
    """Look at everything, print each finding, and return the exit code: 0, or 1 where there is a fault."""
    return asyncio.run(_doctor(settings, out, SystemClock(), call, trunk))


async def _doctor(settings: Settings, out: Console, clock: Clock, call: str | None, trunk: str | None) -> int:
    checks: list[Callable[[], Awaitable[list[Finding]]]] = [
        lambda: _python(),
        lambda: _store(settings, clock),
        lambda: _folders(settings),
        lambda: _trunks(settings),
        lambda: _asterisk(settings, clock),
    ]
    if call is not None:
        checks.append(lambda: _test_call(settings, clock, PhoneNumber(call), trunk))
    faults = 0
    for check in checks:
        for finding in await check():
            out.print(f"{SIGNS[finding.verdict]} {escape(finding.what)}", highlight=False)
            if finding.mend:
                out.print(f"  [dim]→[/] {escape(finding.mend)}", highlight=False)
            faults += finding.verdict is Verdict.FAULT
    out.print("[green]All is well.[/]" if not faults else f"[red]{faults} to mend.[/]")
    return 1 if faults else 0


async def _python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return [fault(f"Python {version}", "Vocero is tried on Python 3.11 to 3.13: install one of them")]
    return [ok(f"Python {version}")]


async def _store(settings: Settings, clock: Clock) -> list[Finding]:
    try:
        async with Store.open(settings.store.url.get_secret_value(), clock=clock) as store:
            await store.probe()
    except VoceroError as error:
        return [fault("the store cannot be used", str(error))]
    return [ok("the store can be read and written, its tables are of this version")]


async def _folders(settings: Settings) -> list[Finding]:
    asterisk = settings.asterisk
    findings = []
    for name, folder in (
        ("recordings", asterisk.recordings),
        ("the folder of the SIP accounts", asterisk.sip_accounts.parent),
        ("the folder of the control socket", settings.api.socket.parent),
    ):
        if not folder.is_dir():
            findings.append(fault(f"{name}: {folder} is not there", f"mkdir -p {folder}, writable for this user"))
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            findings.append(fault(f"{name}: {folder} is not ours to write", f"make {folder} writable for this user"))
        elif (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
            findings.append(warning(f"{name}: only {free >> 20} MiB free in {folder}", "make room, or move the folder"))
        else:
            findings.append(ok(f"{name}: {folder}"))
    findings.append(_journal(asterisk.cel_journal))
    return findings


def _journal(path: Path) -> Finding:
    if os.access(path, os.R_OK):
        return ok(f"Asterisk's journal: {path}")
    if path.exists():
        return fault(f"Asterisk's journal {path} cannot be read", "give this user the right to read it")
    return warning(
        f"Asterisk's journal {path} is not there yet",
        "it appears with the first call; if it does not, use asterisk/cel.conf and cel_custom.conf of this project",
    )


async def _trunks(settings: Settings) -> list[Finding]:
    if not settings.trunks:
        return [
            fault("no trunk is set", "add one under trunks: in the settings file; its name is its PJSIP endpoint's")
        ]
    return [
        ok(f"trunk {t.name}: {t.channels} channels, {t.calls_per_hour} calls an hour, {t.calls_per_second:g} a second")
        for t in settings.trunks
    ]


async def _asterisk(settings: Settings, clock: Clock) -> list[Finding]:
    """The link itself judges version, rights and modules; here are added the dialplan and the trunks' endpoints."""
    address = _address(settings)
    findings = await _link(AmiLink(address, clock=clock, random=SystemRandom()), address)
    if any(f.verdict is Verdict.FAULT for f in findings):
        return findings
    async with AmiSession(address) as session:
        for context in (CONTEXT_OUT, CONTEXT_CUSTOMER, CONTEXT_AGENT):
            ask = Action(name="ShowDialPlan", headers=(("Context", context),), repeatable=True)
            try:
                await session.collect(ask, LIST_SECONDS)
                findings.append(ok(f"dialplan context {context}"))
            except VoceroError as error:
                mend = "use asterisk/extensions.conf of this project, then `asterisk -rx 'dialplan reload'`"
                findings.append(fault(f"dialplan context {context}: {error}", mend))
        for trunk in settings.trunks:
            ask = Action(name="PJSIPShowEndpoint", headers=(("Endpoint", trunk.name),), repeatable=True)
            try:
                await session.collect(ask, LIST_SECONDS)
                findings.append(ok(f"trunk {trunk.name} is a PJSIP endpoint of this Asterisk"))
            except VoceroError as error:
                mend = f"add the endpoint {trunk.name} (asterisk/README.md, your own trunk), or mend its name"
                findings.append(fault(f"trunk {trunk.name}: {error}", mend))
    return findings


def _address(settings: Settings) -> AmiAddress:
    ami = settings.asterisk.ami
    return AmiAddress(host=ami.host, port=ami.port, username=ami.user, secret=ami.secret.get_secret_value())


async def _link(link: AmiLink, address: AmiAddress) -> list[Finding]:
    where = f"Asterisk's manager at {address.host}:{address.port}"
    task = asyncio.get_running_loop().create_task(link.run(), name="doctor.link")
    try:
        async with asyncio.timeout(LINK_SECONDS):
            async for _ in link.events():
                if link.status.state is LinkState.UP:
                    return [ok(f"{where}: version 22, logged in, every right that is needed")]
                if link.status.state in (LinkState.REFUSED, LinkState.DOWN):
                    return [
                        fault(f"{where}: {link.status.reason}", "start Asterisk, or mend asterisk.ami in the settings")
                    ]
    except TimeoutError:
        return [fault(f"{where} does not answer: {link.status.reason}", "is Asterisk running, is the address right?")]
    finally:
        task.cancel()
    return []


async def _test_call(settings: Settings, clock: Clock, number: PhoneNumber, trunk: str | None) -> list[Finding]:
    """Ring one number; whoever answers hears the abandonment message. Not counted anywhere."""
    names = [t.name for t in settings.trunks]
    name = trunk or (names[0] if names else "")
    if name not in names:
        return [fault(f"test call: there is no trunk {name}", f"one of: {', '.join(names)}")]
    link = AmiLink(_address(settings), clock=clock, random=SystemRandom())
    task = asyncio.get_running_loop().create_task(link.run(), name="doctor.call")
    said: list[TelephonyEvent] = []
    placed = False
    try:
        async with asyncio.timeout(TEST_CALL_SECONDS):
            async for event in link.events():
                if not placed and link.status.state is LinkState.UP:
                    placed = True
                    await link.perform(
                        PlaceCall(
                            attempt_id=new_attempt_id(),
                            number=number,
                            trunk=TrunkId(name),
                            caller_id=number,
                            ring_seconds=TEST_RING_SECONDS,
                            campaign="doctor",
                            hold_seconds=0.2,
                            amd=False,
                            machine_action="hang_up",
                            record=False,
                        )
                    )
                said.append(event)
                if isinstance(event, CallEnded):
                    break
    except TimeoutError:
        return [fault(f"test call to {number.masked}: no end within {TEST_CALL_SECONDS:.0f} s", "see Asterisk's log")]
    except VoceroError as error:
        return [fault(f"test call to {number.masked}: {error}", "mend what is named above first")]
    finally:
        task.cancel()
    return [_what_the_call_says(number, name, said)]


def _what_the_call_says(number: PhoneNumber, trunk: str, said: list[TelephonyEvent]) -> Finding:
    call = f"test call to {number.masked} over {trunk}"
    kinds = {type(event) for event in said}
    if CallForbidden in kinds:
        why = next(e.why for e in said if isinstance(e, CallForbidden))
        return fault(
            f"{call}: refused by the dialplan's guard ({why})", "see allowed numbers and caps in rendered.conf"
        )
    if CallAnswered in kinds:
        return ok(f"{call}: answered")
    if CallRinging in kinds:
        return ok(f"{call}: it rang")
    last = next((e for e in said if isinstance(e, CallDialed)), None)
    code = f"SIP {last.sip_code}" if last and last.sip_code else f"cause {last.cause}" if last else "no reply"
    return fault(f"{call}: {code}, it never rang", "check the trunk's address, account and allowed numbers")
