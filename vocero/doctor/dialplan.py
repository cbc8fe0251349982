"""The dialplan as it runs, held against the shipped one and against the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cti_api.errors import ActionRefused
from cti_api.settings import Settings, TrunkSettings
from dialer.ami.dialplan import PHONES, is_same
from dialer.ami.inspection import (
    CONTEXT_ALLOWED,
    CONTEXT_FOLDERS,
    CONTEXT_IVR,
    CONTEXT_NUMBERS,
    CONTEXT_OUTSIDE,
    CONTEXT_TRANSFERS,
    CONTEXT_TRUNKS,
    Step,
    assigned,
    show_dialplan,
    steps,
)
from dialer.ami.session import AmiSession
from vocero.asterisk_site import shipped_dialplan
from vocero.doctor.findings import Finding, fault, ok, warning

LIST_SECONDS: Final = 5.0
_OUTSIDE: Final = re.compile(r"Gosub\(vocero-dial,transfer,1\(([0-9]+)\)\)")
AGAIN: Final = (
    "`vocero init FOLDER` writes rendered.conf anew; copy it to Asterisk, then: asterisk -rx 'dialplan reload'"
)


async def as_shipped(session: AmiSession) -> list[Finding]:
    """Whether each context has the steps of this version: the guard above all."""
    shipped = shipped_dialplan()
    findings = []
    for context, wanted in shipped.items():
        found = await _steps(session, context)
        if is_same(found, wanted):
            continue
        tell = warning if context == PHONES else fault
        findings.append(
            tell(
                f"dialplan context {context} is {'not there' if not found else 'another than this version has'}",
                "use asterisk/extensions.conf of this project, then: asterisk -rx 'dialplan reload'",
            )
        )
    return findings or [ok(f"the dialplan is this version's: {len(shipped)} contexts")]


async def as_settings_say(session: AmiSession, settings: Settings) -> list[Finding]:
    """Whether the guard lets through what the settings say, callers reach what is to answer them, and recordings land
    where we look for them."""
    return [
        *_prefixes(await _steps(session, CONTEXT_ALLOWED), settings),
        *_caps(await _steps(session, CONTEXT_TRUNKS), settings),
        *_folders(await _steps(session, CONTEXT_FOLDERS), settings),
        *_inbound(await _steps(session, CONTEXT_NUMBERS), await _steps(session, CONTEXT_IVR), settings),
        *_transfers(await _steps(session, CONTEXT_TRANSFERS), await _steps(session, CONTEXT_OUTSIDE), settings),
    ]


def _prefixes(found: Iterable[Step], settings: Settings) -> list[Finding]:
    wanted = {f"_{prefix}." for prefix in settings.asterisk.allowed_prefixes}
    dialled = {step.exten for step in found}
    more, less = sorted(dialled - wanted), sorted(wanted - dialled)
    findings = []
    if more:
        findings.append(fault(f"Asterisk dials numbers that the settings do not allow: {_spoken(more)}", AGAIN))
    if less:
        findings.append(fault(f"Asterisk dials no numbers that begin with {_spoken(less)}", AGAIN))
    return findings or [ok(f"Asterisk dials only numbers that begin with {_spoken(sorted(wanted))}")]


def _spoken(extensions: Iterable[str]) -> str:
    return ", ".join(exten.removeprefix("_").removesuffix(".") for exten in extensions)


def _caps(found: tuple[Step, ...], settings: Settings) -> list[Finding]:
    strays = sorted({step.exten for step in found} - {trunk.name for trunk in settings.trunks})
    return [_cap(assigned(found, trunk.name), trunk) for trunk in settings.trunks] + [
        warning(f"the dialplan's guard knows trunk {stray}, the settings do not", AGAIN) for stray in strays
    ]


def _cap(theirs: dict[str, str], trunk: TrunkSettings) -> Finding:
    ours = {
        "channels": str(trunk.channels),
        "calls_per_hour": str(trunk.calls_per_hour),
        "strip": trunk.dial_strip,
        "prefix": trunk.dial_prefix,
    }
    if not theirs:
        return fault(f"trunk {trunk.name} is not in the dialplan's guard: it is never used", AGAIN)
    if apart := [
        f"{name} {theirs.get(name) or 'none'}, not {wanted or 'none'}"
        for name, wanted in ours.items()
        if theirs.get(name, "") != wanted
    ]:
        return fault(f"trunk {trunk.name}: the dialplan's guard has {' and '.join(apart)}", AGAIN)
    return ok(f"trunk {trunk.name}: the dialplan's guard has the settings' caps")


def _folders(found: tuple[Step, ...], settings: Settings) -> list[Finding]:
    asterisk, theirs = settings.asterisk, assigned(found, "s")
    findings = [
        fault(f"Asterisk has {name} in {theirs.get(variable, 'no folder')}, the settings say {ours}", AGAIN)
        for name, variable, ours in (
            ("recordings", "recordings", asterisk.recordings),
            ("the messages of the campaigns", "campaign_sounds", asterisk.sounds),
        )
        if theirs.get(variable) != str(ours)
    ]
    return findings or [ok("Asterisk and the settings name the same folders")]


def _inbound(numbers: tuple[Step, ...], ivr: tuple[Step, ...], settings: Settings) -> list[Finding]:
    wanted = {each.number: _answered_by(each.entry, each.queue, each.campaigns) for each in settings.inbound}
    running = {
        exten: _answered_by(*(assigned(numbers, exten).get(name) for name in ("entry", "queue", "calls_back")))
        for exten in {step.exten for step in numbers}
    }
    findings = [
        fault(f"calls to {number} are answered by {running.get(number) or 'nothing'}, the settings say {entry}", AGAIN)
        for number, entry in wanted.items()
        if running.get(number) != entry
    ]
    findings += [
        fault(f"Asterisk answers {number}, which the settings do not name", AGAIN)
        for number in sorted(running.keys() - wanted.keys())
    ]
    ours, theirs = f"{settings.ivr.host}:{settings.ivr.port}", assigned(ivr, "s").get("ivr", "nowhere")
    if theirs != ours:
        findings.append(fault(f"Asterisk looks for the IVR at {theirs}, the settings say {ours}", AGAIN))
    return findings or [ok(f"Asterisk answers the {len(wanted)} numbers that the settings name, by the IVR at {ours}")]


def _answered_by(entry: str | None, queue: str | None, campaigns: object) -> str:
    what = entry or (f"queue {queue}" if queue else "")
    return f"{what}, after the campaigns" if campaigns else what


def _transfers(found: tuple[Step, ...], outside: tuple[Step, ...], settings: Settings) -> list[Finding]:
    """Where callers may be led: more than the settings say could be a line that others pay with."""
    line = settings.transfers.outside
    by = f" by {line.trunk}, {line.at_once} at once" if line is not None else ""
    ours = {target.name: target.agent or f"{target.number}{by}" for target in settings.transfers.targets}
    theirs = {name: _reached(name, found, outside) for name in {step.exten for step in found}}
    findings = [
        fault(f"callers transferred to {name} reach {theirs.get(name, 'nothing')}, the settings say {to}", AGAIN)
        for name, to in ours.items()
        if theirs.get(name) != to
    ]
    findings += [
        fault(f"callers can be transferred to {name}, which the settings do not name", AGAIN)
        for name in sorted(theirs.keys() - ours.keys())
    ]
    return findings or [ok(f"callers can be transferred to the {len(ours)} places that the settings name")]


def _reached(name: str, found: tuple[Step, ...], outside: tuple[Step, ...]) -> str:
    if telephone := assigned(found, name).get("telephone"):
        return telephone
    line = assigned(outside, name)
    numbers = (_OUTSIDE.match(step.what) for step in outside if step.exten == name)
    number = next((found[1] for found in numbers if found), "nobody")
    return f"+{number} by {line.get('trunk')}, {line.get('at_once')} at once"


async def _steps(session: AmiSession, context: str) -> tuple[Step, ...]:
    try:
        return steps(await session.collect(show_dialplan(context), LIST_SECONDS))
    except ActionRefused:
        return ()
