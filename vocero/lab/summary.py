"""The demo's summary, counted so that others can check it: our store against Asterisk's own journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table

from cti_api.model.ids import CHANNEL_ID
from cti_api.model.phone import PhoneNumber
from dialer.calls.journal import read_traces
from vocero.lab.customers import Counts


@dataclass(frozen=True, slots=True)
class Counted:
    """What the customers' own telephones counted, over all numbers."""

    invited: int
    answered: int

    @classmethod
    def of(cls, counts: Mapping[PhoneNumber, Counts]) -> Counted:
        return cls(sum(c.invited for c in counts.values()), sum(c.answered for c in counts.values()))


def nearest_rank(values: list[float], share: float) -> float | None:
    """The value that `share` (0..1) of all do not exceed; None where there is none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def customer_channels(journal: Path) -> Counter[str]:
    """How often each customer's channel was begun, by its id (the attempt's), from Asterisk's CEL file."""
    begun: Counter[str] = Counter()
    for line in journal.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = [field.strip('"') for field in line.split('","')]
        if fields[0] == "CHAN_START" and CHANNEL_ID.match(fields[2]) and fields[4].startswith("Local/"):
            begun[fields[2]] += 1
    return begun


def summarise(
    status: dict[str, Any],
    attempts: list[dict[str, Any]],
    agents: list[dict[str, Any]],
    *,
    journal: Path,
    besides: Set[str],
    visitor: Mapping[str, Any],
    customers: Counted,
    orphan_channels: int,
    appointments: int,
    messages: Mapping[str, int],
    messages_counted: int,
    callers: Mapping[str, Any],
    survey: Mapping[str, Any],
    started_at: datetime,
    ended_at: datetime,
) -> dict[str, Any]:
    """The figures of one run. Lengths of time in seconds, but for ``answer_to_agent_ms``.

    ``double_dials`` counts, in Asterisk's journal, channels begun twice for one attempt and channels of no attempt of
    ours (`besides` are, of another campaign); ``answer_to_agent_ms`` is the journal's time from the person's need
    of an agent to the join. ``messages`` has ours by state, ``messages_counted`` what the provider took; ``callers`` as
    `vocero.lab.front_desk` counts them, ``survey`` as `vocero.lab.surveyed` does, ``visitor`` as `vocero.lab.visitor`.
    """
    known = {attempt["attempt_id"] for attempt in attempts}
    ours = known | set(survey["attempts"]) | besides
    begun = customer_channels(journal)
    traces = read_traces(journal.read_text(encoding="utf-8", errors="replace").splitlines())
    waits = [
        (trace.joined_at - trace.live_at).total_seconds() * 1000.0
        for channel_id, trace in traces.items()
        if channel_id in known and trace.live_at is not None and trace.joined_at is not None
    ]
    elapsed = (ended_at - started_at).total_seconds()
    return {
        "leads": status["leads"],
        "leads_by_state": status["leads_by_state"],
        "attempts": status["attempts"],
        "attempts_by_result": status["attempts_by_result"],
        "connected": status["attempts_by_result"].get("connected", 0),
        "abandoned": status["abandoned"],
        "live_answers": status["live_answers"],
        "customers_counted": {"invited": customers.invited, "answered": customers.answered},
        "double_dials": sum(count - 1 for count in begun.values()) + sum(1 for each in begun if each not in ours),
        "orphan_channels": orphan_channels,
        "appointments": appointments,
        "messages": dict(messages),
        "messages_counted": messages_counted,
        "callers": dict(callers),
        "survey": {**survey, "attempts": len(survey["attempts"])},
        "answer_to_agent_ms": {"p50": _rounded(nearest_rank(waits, 0.5)), "p95": _rounded(nearest_rank(waits, 0.95))},
        "agents": [
            {
                "id": agent["id"],
                "calls": agent["calls"],
                "talk_s": round(agent["talk_seconds"], 1),
                "utilisation": round(agent["talk_seconds"] / elapsed, 3) if elapsed else 0.0,
            }
            for agent in agents
        ],
        "visitor": dict(visitor),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def summary_screen(figures: dict[str, Any]) -> RenderableType:
    """The summary for a person."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    wait, counted = figures["answer_to_agent_ms"], figures["customers_counted"]
    seconds = datetime.fromisoformat(figures["ended_at"]) - datetime.fromisoformat(figures["started_at"])
    grid.add_row("Leads", _counts(figures["leads_by_state"]))
    grid.add_row("Attempts", f"{figures['attempts']}: {_counts(figures['attempts_by_result'])}")
    grid.add_row("Customers counted", f"{counted['invited']} calls, {counted['answered']} answered")
    grid.add_row("Answer to agent", f"median {wait['p50']} ms, 95 % within {wait['p95']} ms")
    grid.add_row("Abandoned", f"{figures['abandoned']} of {figures['live_answers']} live answers")
    for agent in figures["agents"]:
        used = f"{agent['utilisation']:.0%} of the time"
        grid.add_row(agent["id"], f"{agent['calls']} calls, {agent['talk_s']:.0f} s of talk, {used}")
    if (visitor := figures["visitor"])["calls"]:
        told = f"{visitor['calls']} calls, {visitor['talk_s']:.0f} s of talk: you, in a campaign of your own"
        grid.add_row(visitor["id"], told)
    grid.add_row("Appointments", str(figures["appointments"]))
    never_reached = figures["leads_by_state"].get("exhausted", 0)
    sent = f"{figures['messages_counted']} taken by the provider, for {never_reached} customers never reached"
    grid.add_row("WhatsApp", f"{_counts(figures['messages'])}; {sent}")
    callers = figures["callers"]
    seen = _counts({what.replace("hung_up", "hung up on"): n for what, n in callers["counted"].items()})
    grid.add_row("Callers", f"{callers['calls']} calls: {_counts(callers['by_ending'])}; SIPp counted {seen}")
    looked = f"{callers['look_ups_counted']} accounts looked up by the billing system's count"
    grid.add_row("", f"{callers['tickets']} tickets, {looked}")
    survey, asked = figures["survey"], figures["survey"]["counted"]
    csat = "nobody answered" if survey["csat"] is None else f"{survey['csat']:.0%} satisfied"
    told = f"{_counts(survey['by_state'])}; {csat}, {survey['cases']} cases"
    grid.add_row("Survey", f"{told}; their telephones counted {asked['answered']} of {asked['invited']} calls answered")
    grid.add_row("Dialled twice", str(figures["double_dials"]))
    grid.add_row("Channels left", str(figures["orphan_channels"]))
    return Panel(grid, title=f"The campaign in {seconds.total_seconds():.0f} s", title_align="left", box=box.ROUNDED)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in sorted(counts.items()))
