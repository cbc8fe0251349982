"""The dialplan as it runs, held against the shipped one and against the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final

from cti_api.errors import ActionRefused
from cti_api.settings import Settings, TrunkSettings
from dialer.ami.inspection import (
    CONTEXT_ALLOWED,
    CONTEXT_FOLDERS,
    CONTEXT_TRUNKS,
    Step,
    assigned,
    show_dialplan,
    steps,
)
from dialer.ami.session import AmiSession
from vocero.asterisk_site import SHIPPED
from vocero.doctor.findings import Finding, fault, ok, warning

LIST_SECONDS: Final = 5.0
PHONES: Final = "vocero-phones"
"""Calls that agents place themselves: a company may let them reach colleagues."""

RENDERED_CONTEXTS: Final = {CONTEXT_ALLOWED, CONTEXT_TRUNKS, CONTEXT_FOLDERS}
"""Come from rendered.conf, and are compared with the settings."""

AGAIN: Final = (
    "`vocero init FOLDER` writes rendered.conf anew; copy it to Asterisk, then: asterisk -rx 'dialplan reload'"
)

_COMMENT: Final = re.compile(r"(^|\s);.*$", re.MULTILINE)
_SECTION: Final = re.compile(r"\[([a-z-]+)\]")
_INCLUDE: Final = re.compile(r"include => [a-z-]+\s*$")
_STEP: Final = re.compile(r"(?:exten => (?P<exten>[^,]+),1| same => n(?:\([a-z]+\))?),(?P<what>.+?)\s*$")


def shipped_steps(text: str) -> dict[str, list[Step]]:
    """The steps of each context of an ``extensions.conf``."""
    contexts: dict[str, list[Step]] = {}
    here: list[Step] = []
    exten = ""
    for line in _COMMENT.sub("", text).splitlines():
        if section := _SECTION.match(line):
            here = contexts.setdefault(section[1], [])
        elif step := _STEP.match(line):
            exten = step["exten"] or exten
            here.append(Step(exten, step["what"]))
        elif _INCLUDE.match(line):
            here.append(Step("", line.rstrip()))
    return {name: found for name, found in contexts.items() if found}


async def as_shipped(session: AmiSession) -> list[Finding]:
    """Whether each context has the steps of this version: the guard above all."""
    shipped = shipped_steps((SHIPPED / "extensions.conf").read_text(encoding="utf-8"))
    findings = []
    for context, wanted in shipped.items():
        found = await _steps(session, context)
        if by_extension(found) == by_extension(wanted):
            continue
        tell = warning if context == PHONES else fault
        findings.append(
            tell(
                f"dialplan context {context} is {'not there' if not found else 'another than this version has'}",
                "use asterisk/extensions.conf of this project, then: asterisk -rx 'dialplan reload'",
            )
        )
    return findings or [ok(f"the dialplan is this version's: {len(shipped)} contexts")]


def by_extension(of: Iterable[Step]) -> dict[str, list[str]]:
    """Asterisk lists extensions in an order of its own; the steps of each are in theirs."""
    return {exten: [step.what for step in found] for exten, found in groupby(sorted(of, key=_exten), key=_exten)}


def _exten(step: Step) -> str:
    return step.exten


async def as_settings_say(session: AmiSession, settings: Settings) -> list[Finding]:
    """Whether the guard lets through what the settings say, and recordings land where we look for them."""
    return [
        *_prefixes(await _steps(session, CONTEXT_ALLOWED), settings),
        *_caps(await _steps(session, CONTEXT_TRUNKS), settings),
        *_folders(await _steps(session, CONTEXT_FOLDERS), settings),
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


async def _steps(session: AmiSession, context: str) -> tuple[Step, ...]:
    try:
        return steps(await session.collect(show_dialplan(context), LIST_SECONDS))
    except ActionRefused:
        return ()
