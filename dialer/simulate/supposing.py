"""What a simulation supposes: what was asked for, else what the campaign has seen, else what its file says, else what
is usual; and where each of it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cti_api.errors import InputError
from cti_api.kpi.experience import Experience
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, PacingMode
from dialer.leads.supposing import somebody
from dialer.pacing.modes import AMD_SECONDS
from dialer.simulate.calendar import Calendar
from dialer.simulate.people import FAILURES, SIP_OF, Crowd
from dialer.simulate.question import Question, ordinary_campaign
from dialer.simulate.worlds import Lengths, Lognormal, Observed, World

FEWEST_CALLS: Final = 50
"""A campaign that placed fewer has seen too little to go by."""
AGENTS: Final = 5
ATTEMPTS: Final = 3
AGAIN_AFTER: Final = 2 * 3600.0
USUAL: Final = World()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says; None: nothing. Lengths in seconds, shares 0..1."""

    agents: int | None = None
    hours: float = 8.0
    """Of one day's shift."""
    days: int = 1
    limit: float | None = None
    half_hour: bool | None = None
    answer_rate: float | None = None
    machines: float | None = None
    failures: float | None = None
    amd: bool | None = None
    ring: float | None = None
    ring_timeout: float | None = None
    hold: float | None = None
    talk: float | None = None
    wrap: float | None = None
    lines: int | None = None
    leads: int | None = None
    """0: a list without end."""
    attempts: int | None = None
    again_after: float | None = None
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Supposed:
    """One thing that is supposed."""

    what: str
    value: str
    source: str


@dataclass(slots=True)
class _Sources:
    """Takes the first that there is, and remembers which."""

    told: list[Supposed] = field(default_factory=list)

    def first(self, what: str, *choices: tuple[Any, str]) -> Any:
        value, source = next(choice for choice in choices if choice[0] is not None)
        self.told.append(Supposed(what, _shown(what, value), source))
        return value


def suppose(
    asked: Asked, spec: CampaignSpec | None, seen: Experience | None, open_leads: int | None
) -> tuple[Question, tuple[Supposed, ...]]:
    """The question, and what it rests on. Raises `InputError` for what cannot be simulated."""
    if spec is not None and spec.mode is PacingMode.AGENTLESS:
        raise InputError(f"The campaign {spec.id} has no agents: it is agents whose shifts are simulated.")
    known = seen if seen is not None and seen.calls >= FEWEST_CALLS else None
    calls = f"{known.calls} calls of the campaign" if known is not None else ""
    people = machines = failing = None
    ring: tuple[float, ...] = ()
    talk: tuple[float, ...] = ()
    wrap: tuple[float, ...] = ()
    machine_ring = USUAL.machine_ring
    if known is not None:
        people, machines = known.people / known.calls, known.machines / known.calls
        failing = sum(known.failures.values()) / known.calls
        ring, talk, wrap = known.ring, known.talk, known.wrap
        machine_ring = Observed(known.machine_ring) if known.machine_ring else machine_ring
    sources = _Sources()

    def lengths(what: str, wanted: float | None, parts: tuple[float, ...], usual: Lognormal) -> Lengths:
        observed = Observed(parts) if parts else None
        given = None if wanted is None else Lognormal(wanted, usual.spread)
        found: Lengths = sources.first(what, (given, "asked for"), (observed, calls), (usual, "usual"))
        return found

    sources.told.append(
        Supposed("shift", f"{asked.hours:g} h" + f", {asked.days} days" * (asked.days > 1), "asked for")
    )
    agents: int = sources.first("agents", (asked.agents, "asked for"), (AGENTS, "usual"))
    limit: float = sources.first(
        "abandonment limit",
        (asked.limit, "asked for"), (spec and spec.abandonment.limit, "campaign file"), (0.03, "usual"),
    )  # fmt: skip
    half_hour: bool = sources.first(
        "limit in each half hour too",
        (asked.half_hour, "asked for"), (spec and spec.abandonment.half_hour, "campaign file"), (False, "usual"),
    )  # fmt: skip
    has_amd: bool = sources.first(
        "machines are detected",
        (asked.amd, "asked for"), (spec and spec.amd.enabled, "campaign file"), (False, "usual"),
    )  # fmt: skip
    world = replace(
        USUAL,
        hours=asked.hours * asked.days,
        breaks=asked.breaks,
        answer_rate=sources.first(
            "answered by a person",
            (asked.answer_rate, "asked for"), (people, calls), (USUAL.answer_rate, "usual"),
        ),
        machine_rate=sources.first(
            "answered by a machine",
            (asked.machines, "asked for"), (machines, calls), (USUAL.machine_rate, "usual"),
        ),
        failure_rate=sources.first(
            "failing at once",
            (asked.failures, "asked for"),
            (failing, calls),
            (USUAL.failure_rate, "usual"),
        ),
        amd=AMD_SECONDS if has_amd else 0.0,
        ring=lengths("ring until an answer", asked.ring, ring, Lognormal(11.0, 0.5)),
        machine_ring=machine_ring,
        ring_timeout=sources.first(
            "ring at most",
            (asked.ring_timeout, "asked for"), (spec and spec.ring_seconds, "campaign file"),
            (USUAL.ring_timeout, "usual"),
        ),
        hold=sources.first(
            "hold", (asked.hold, "asked for"), (spec and spec.abandonment.hold_seconds, "campaign file"),
            (USUAL.hold, "usual"),
        ),
        talk=lengths("talk", asked.talk, talk, Lognormal(150.0, 1.0)),
        wrap=lengths("wrap-up", asked.wrap, wrap, Lognormal(20.0, 0.6)),
        lines=sources.first(
            "lines", (asked.lines, "asked for"), (spec and spec.max_channels, "campaign file"),
            (USUAL.lines_for(agents), "usual"),
        ),
    )  # fmt: skip
    leads: int = sources.first("leads", (asked.leads, "asked for"), (open_leads, "campaign"), (0, "usual"))
    question = Question(world=world, agents=agents, cap=limit, half_hour=half_hour)
    if not leads:
        if asked.attempts is not None or asked.again_after is not None:
            raise InputError("--attempts and --again-after are for a list that ends: say with --leads how long it is")
        return question, tuple(sources.told)
    rules = _rules(asked, spec, world, sources)
    crowd = Crowd(
        spec=rules,
        like=somebody(rules),
        count=leads,
        failures=_kinds(known.failures if known is not None else {}) or FAILURES,
        dispositions=_said(rules, known.dispositions if known is not None else {}),
    )
    calendar = Calendar.of(rules.hours, asked.hours * 3600.0, asked.days)
    return replace(question, crowd=crowd, calendar=calendar), tuple(sources.told)


def _rules(asked: Asked, spec: CampaignSpec | None, world: World, sources: _Sources) -> CampaignSpec:
    """Whose retry rules hold: the campaign's, or plain ones."""
    if spec is not None:
        most = sources.first("attempts", (asked.attempts, "asked for"), (spec.retry.max_attempts, "campaign file"))
        gap = sources.first(
            "between two attempts",
            (asked.again_after, "asked for"), (spec.retry.min_gap_seconds, "campaign file"),
        )  # fmt: skip
        return replace(spec, retry=replace(spec.retry, max_attempts=most, min_gap_seconds=gap))
    most = sources.first("attempts", (asked.attempts, "asked for"), (ATTEMPTS, "usual"))
    gap = sources.first("between two attempts", (asked.again_after, "asked for"), (AGAIN_AFTER, "usual"))
    return ordinary_campaign(attempts=most, again_after=gap, ring=world.ring_timeout)


def _kinds(failures: Mapping[str, int]) -> dict[CallResult, float]:
    """How often a failing call failed with what, of what a simulated trunk can say."""
    return {kind: float(count) for kind in SIP_OF if (count := failures.get(kind.value, 0))}


def _said(spec: CampaignSpec, dispositions: Mapping[str, int]) -> dict[str, float]:
    """What agents say, of what the campaign's file still knows."""
    return {code: float(count) for code, count in dispositions.items() if spec.disposition(code) is not None}


def _shown(what: str, value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Lognormal():
            return f"{_length(value.mean)} on average"
        case Observed():
            return f"{_length(round(sum(value.parts) / len(value.parts), 1))} on average"
        case float() if what in {"ring at most", "hold", "between two attempts"}:
            return _length(value)
        case float():
            return f"{value * 100:.3g} %"
        case 0:
            return "a list without end"
        case _:
            return str(value)


def _length(seconds: float) -> str:
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= 2 * unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
