"""`vocero simulate`: what if? Shifts in virtual time, by the pacers that dial, here and not in the running system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from rich.markup import escape

from cti_api.errors import InputError
from vocero.client import at
from vocero.commands.files import read, refuse_unwritable, whole
from vocero.door import Door, door_of

if TYPE_CHECKING:  # pacers and their distributions: other commands spare them
    from cti_api.kpi.experience import Experience
    from cti_api.model.campaigns import CampaignSpec
    from dialer.simulate.question import Question

T = TypeVar("T")

POLICIES: Final = ("predictive", "progressive", "vicidial-like")
MOST_SHIFTS, MOST_AGENTS, MOST_HOURS, MOST_DAYS, MOST_LEADS = 200, 500, 24, 60, 1_000_000
LONGEST: Final = 4 * 3600.0
SHOWN_DIFFERENCES: Final = 5


def simulate(
    context: typer.Context,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Policy; several times to compare: predictive, progressive, power:2, vicidial-like …"),
    ] = None,
    campaign: Annotated[
        str,
        typer.Option(help="A campaign's id, for its file and what it has seen; or a file.", metavar="FILE|CAMPAIGN"),
    ] = "",
    agents: Annotated[int | None, typer.Option(help="How many.", min=1, max=MOST_AGENTS)] = None,
    limit: Annotated[str, typer.Option(help="Abandoned, of the calls that a person answers: 2%.")] = "",
    half_hour: Annotated[
        bool | None,
        typer.Option("--half-hour/--no-half-hour", help="Keep the limit in each rolling half hour too."),
    ] = None,
    answer_rate: Annotated[str, typer.Option(help="Calls that a person answers: 25%.")] = "",
    machines: Annotated[str, typer.Option(help="Calls that a machine answers.")] = "",
    failures: Annotated[str, typer.Option(help="Calls that fail at once: busy, no such number.")] = "",
    amd: Annotated[
        bool | None, typer.Option("--amd/--no-amd", help="Machines are detected, with AMD's mistakes.")
    ] = None,
    ring: Annotated[str, typer.Option(help="Until a person answers, on average: 11s.")] = "",
    ring_timeout: Annotated[str, typer.Option(help="Until we give up.")] = "",
    hold: Annotated[str, typer.Option(help="Until a person without an agent is abandoned.")] = "",
    talk: Annotated[str, typer.Option(help="Average talk: 150, or 3min.")] = "",
    wrap: Annotated[str, typer.Option(help="Average wrap-up.")] = "",
    breaks: Annotated[bool, typer.Option("--breaks", help="Agents take breaks.")] = False,
    lines: Annotated[int | None, typer.Option(help="Calls at once, at most.", min=1, max=5000)] = None,
    hours: Annotated[float, typer.Option(help="Length of a shift.", min=0.1, max=MOST_HOURS)] = 8.0,
    days: Annotated[int, typer.Option(help="Shifts in a row, one a day.", min=1, max=MOST_DAYS)] = 1,
    leads: Annotated[
        int | None, typer.Option(help="People on the list; 0: a list without end.", min=0, max=MOST_LEADS)
    ] = None,
    attempts: Annotated[int | None, typer.Option(help="For each of them, at most.", min=1, max=50)] = None,
    again_after: Annotated[str, typer.Option(help="Between two attempts, at least: 2h.")] = "",
    shifts: Annotated[int, typer.Option(help="How many of each policy.", min=1, max=MOST_SHIFTS)] = 8,
    seed: Annotated[int, typer.Option(help="Of the first; the same seed, the same shift.", min=0)] = 1,
    journal: Annotated[
        Path | None, typer.Option(help="Write the journal of the first policy's first shift.", dir_okay=False)
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Decide a journal again, and say whether all is the same.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead.")] = False,
) -> None:
    """Try pacing out in virtual time: what if I had 6 agents, 25 % answers and a 2 % limit?

    The same pacers dial here as in your campaigns; what others do is beside them, as far as it is published. Nobody is
    called, and nothing runs in the dialer but one question to it where you name a campaign.
    """
    from dialer.simulate.policies import policy as named
    from dialer.simulate.supposing import Asked, suppose
    from vocero.simulating import compare
    from vocero.simulation_screens import (
        comparison_plot,
        comparison_row,
        comparison_table,
        notes,
        supposed_lines,
    )

    door = door_of(context)
    if replay is not None:
        _replay(door, replay, as_json=as_json)
        return
    if journal is not None:
        refuse_unwritable(journal)
    policies = list(dict.fromkeys(named(each).name for each in policy or POLICIES))
    asked = Asked(
        agents=agents,
        hours=hours,
        days=days,
        limit=_share("--limit", limit, 0.5),
        half_hour=half_hour,
        answer_rate=_share("--answer-rate", answer_rate),
        machines=_share("--machines", machines),
        failures=_share("--failures", failures),
        amd=amd,
        ring=_length("--ring", ring, 0.5),
        ring_timeout=_length("--ring-timeout", ring_timeout, 5.0),
        hold=_length("--hold", hold, 0.0),
        talk=_length("--talk", talk, 2.0),
        wrap=_length("--wrap", wrap, 1.0),
        lines=lines,
        leads=leads,
        attempts=attempts,
        again_after=_length("--again-after", again_after, 0.0, 30 * 86_400.0),
        breaks=breaks,
    )
    spec, seen, open_leads = _campaign(door, campaign) if campaign else (None, None, None)
    question, supposed = suppose(asked, spec, seen, open_leads)
    if question.world.answer_rate + question.world.machine_rate + question.world.failure_rate > 1.0:
        raise InputError("More than 100 % of the calls are answered, or fail: make one of the shares smaller")
    if not as_json:
        door.out.print(supposed_lines(supposed))
    if journal is not None:
        _write_journal(door, journal, question, policies[0], seed)
    with door.progress("Dialling in virtual time") as move:
        rows = compare(question, policies, range(seed, seed + shifts), move)
    if as_json:
        door.out.print_json(data=comparison_row(question, rows, supposed))
        return
    door.out.print(comparison_table(question, rows))
    door.out.print(comparison_plot(question, rows))
    door.out.print()
    door.out.print(notes(question, rows))


def _campaign(door: Door, campaign: str) -> tuple[CampaignSpec, Experience | None, int | None]:
    """Its file; and where it is one of the running system, what it has seen, and how many are still to be called."""
    from pydantic import TypeAdapter

    from cti_api.campaign_file.parse import parse_campaign
    from cti_api.kpi.experience import Experience
    from cti_api.model.leads import FINAL_LEAD_STATES

    file = Path(campaign)
    if file.exists():
        return parse_campaign(read(file).decode("utf-8", "replace")), None, None
    if file.suffix or len(file.parts) > 1:
        raise InputError(f"{campaign} cannot be read: there is no such file")
    with door.control() as control:
        text = str(control.get(at("campaigns", campaign, "file"))["text"])
        seen = TypeAdapter(Experience).validate_python(control.get(at("campaigns", campaign, "experience")))
        states: dict[str, int] = control.get(at("campaigns", campaign))["leads_by_state"]
    return parse_campaign(text), seen, sum(count for state, count in states.items() if state not in FINAL_LEAD_STATES)


def _share(option: str, written: str, most: float = 1.0) -> float | None:
    from cti_api.campaign_file.values import share

    return _value(option, written, share(0.0, most))


def _length(option: str, written: str, least: float, most: float = LONGEST) -> float | None:
    from cti_api.campaign_file.values import duration

    return _value(option, written, duration(least, most))


def _value(option: str, written: str, reads: Callable[[str], T]) -> T | None:
    if not written.strip():
        return None
    try:
        return reads(written.strip())
    except ValueError as error:
        raise InputError(f"{option} {written}: {error}") from None


def _write_journal(door: Door, file: Path, question: Question, policy: str, seed: int) -> None:
    from dialer.simulate.question import answer

    seconds = int(question.world.seconds)
    with whole(file) as out, door.progress("Writing the journal") as move:

        def write(piece: str) -> None:
            out.write(piece.encode("ascii"))

        answer(question, policy, seed, tell=lambda now: move(int(now), seconds), write=write)
    door.err.print(f"[green]✓[/] {escape(str(file))}: {policy}, seed {seed}", highlight=False)


def _replay(door: Door, file: Path, *, as_json: bool) -> None:
    """Raises `InputError` for a journal that is not sound; leaves with code 1 where a decision differs."""
    from dialer.pacing.replay import Difference, differences
    from dialer.simulate.policies import policy as named

    found: list[Difference] = []
    many, decisions = 0, 0

    def told(so_far: int) -> None:
        nonlocal decisions
        decisions = so_far

    try:
        with _lines(file) as lines, door.waiting("Deciding again"):
            for each in differences(lines, lambda header: named(header.policy).bare(header.config, header.seed), told):
                many += 1
                if len(found) < SHOWN_DIFFERENCES:
                    found.append(each)
    except InputError:
        if decisions:
            door.err.print(
                f"{decisions - many} of {decisions} decisions before the fault are the same", highlight=False
            )
        raise
    if as_json:
        data = [{"line": each.line, "now": each.now, "difference": str(each)} for each in found]
        door.out.print_json(data={"decisions": decisions, "different": many, "first": data})
    elif not many:
        door.out.print(f"[green]✓[/] {decisions} decisions, every one the same", highlight=False)
    else:
        door.out.print(f"[red]✗[/] {many} of {decisions} decisions are not the same; the first:", highlight=False)
        for each in found:
            door.out.print(f"  {escape(str(each))}", highlight=False)
    if many:
        raise typer.Exit(1)


@contextmanager
def _lines(file: Path) -> Iterator[Iterator[str]]:
    try:
        with file.open(encoding="ascii", errors="replace", newline="\n") as text:
            yield _bounded(text)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None


def _bounded(text: Any) -> Iterator[str]:
    """The lines of a file; no more of one than a journal may have in a line."""
    from dialer.pacing.replay import LONGEST_LINE

    while line := text.readline(LONGEST_LINE + 1):
        yield line
