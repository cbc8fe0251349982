"""Everything is looked at in turn, and told as it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from cti_api.clock import Clock
from cti_api.errors import ActionRefused, VoceroError
from dialer.ami.session import AmiSession
from vocero.doctor import machine, manager
from vocero.doctor.browsers import browsers
from vocero.doctor.callers import callers
from vocero.doctor.dialplan import as_settings_say, as_shipped
from vocero.doctor.findings import Finding, Verdict, fault, ok
from vocero.doctor.follow_ups import follow_ups
from vocero.doctor.journal import journal
from vocero.doctor.law import law, law_recorded
from vocero.doctor.providers import messages
from vocero.doctor.trial_call import TrialCall, trial_call
from vocero.doctor.trunks import trunks

SIGNS: Final = {Verdict.OK: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.FAULT: "[red]✗[/]"}


async def doctor(settings_file: Path, out: Console, clock: Clock, call: TrialCall | None = None) -> int:
    """Look at everything, print each finding, and return the exit code: 0, or 1 where there is a fault."""
    told: list[Verdict] = []

    def tell(finding: Finding) -> None:
        told.append(finding.verdict)
        out.print(f"{SIGNS[finding.verdict]} {escape(finding.what)}", highlight=False, soft_wrap=True)
        if finding.mend:
            out.print(f"  [dim]→[/] {escape(finding.mend)}", highlight=False, soft_wrap=True)

    with out.status("Looking …"):
        await look(settings_file, clock, tell, call)
    if faults := told.count(Verdict.FAULT):
        out.print(f"[red]{faults} to mend.[/]")
        return 1
    warnings = told.count(Verdict.WARNING)
    out.print(f"[green]It works;[/] {warnings} could be better." if warnings else "[green]All is well.[/]")
    return 0


async def look(
    settings_file: Path, clock: Clock, tell: Callable[[Finding], None], call: TrialCall | None = None
) -> None:
    """Tell every finding as soon as there is one."""
    tell(machine.python())
    settings, findings = machine.settings_in(settings_file)
    _tell_all(tell, findings)
    if settings is None:
        return
    _tell_all(tell, law(settings, clock.now().date()))
    tell(await machine.store(settings, clock))
    _tell_all(tell, await law_recorded(settings, clock))
    _tell_all(tell, machine.folders(settings))
    async for finding in messages(settings, clock):
        tell(finding)
    _tell_all(tell, await follow_ups(settings, clock))
    _tell_all(tell, await callers(settings, clock))
    address = manager.address_of(settings)
    where = f"Asterisk's manager port at {address.host}:{address.port}"
    try:
        async with AmiSession(address) as session:
            tell(ok(f"{where} lets us in"))
            enough, findings = await manager.rights(session)
            _tell_all(tell, findings)
            if not enough:
                return
            _tell_all(tell, await manager.this_asterisk(session, clock))
            _tell_all(tell, await as_shipped(session))
            _tell_all(tell, await as_settings_say(session, settings))
            _tell_all(tell, await trunks(session, settings))
            _tell_all(tell, await browsers(settings))
            tell(await journal(session, settings))
            if call is not None:
                tell(await trial_call(session, settings, call))
        _tell_all(tell, await manager.from_outside(settings))
    except ActionRefused as refused:
        tell(
            fault(
                f"{where}: {refused}", "`vocero init FOLDER` writes both; copy rendered.conf, then start Asterisk again"
            )
        )
    except VoceroError as error:
        tell(fault(f"{where}: {error}", "start Asterisk (22), or mend asterisk.ami in the settings"))


def _tell_all(tell: Callable[[Finding], None], findings: Iterable[Finding]) -> None:
    for finding in findings:
        tell(finding)
