"""Answers of the control API as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from vocero.harmless import shown
from vocero.message_screens import after_the_calls

FINAL_LEADS = ("completed", "exhausted", "suppressed", "closed")
STATE_STYLES = {
    "running": "green",
    "draining": "yellow",
    "paused": "yellow",
    "completed": "cyan",
    "cancelled": "red",
    "ready": "green",
    "busy": "cyan",
    "connected": "cyan",
    "waiting": "red",
    "transferring": "yellow",
    "reserved": "cyan",
    "wrap_up": "magenta",
    "not_ready": "yellow",
    "logged_off": "dim",
    "closed": "green",
    "open": "red",
    "probing": "yellow",
}
ALARMS = {
    "no_trunks": "no trunk works: leads are kept, a probe call goes out every 15 s",
    "link_down": "Asterisk is away: calling again by itself once it is back",
    "store": "the store cannot be written: no new calls until it can",
    "clock": "this machine's clock was set: no new calls until it holds for half a minute",
    "recording": "recordings cannot be made and this campaign requires them",
    "no_ivr": "no IVR runs here that could ask the survey: see `ivr` in the settings",
    "ivr": "people answered and met no IVR: see `ivr` in rendered.conf and in the settings, then start it again",
    "guard:number": "Asterisk refuses a number that the campaign allows: see rendered.conf, then start it again",
    "guard:trunk": "Asterisk does not know the campaign's trunk: see rendered.conf, then start it again",
}
TRUNK_ALARMS = {
    "locked_out": "does not take our password: see trunks.conf",
    "unknown_numbers": "knows none of the numbers: it wants them written another way",
    "false_answers": "answers calls that nobody took: ask the carrier",
}


def _alarm(status: dict[str, Any]) -> str:
    """Of a campaign: where the law stops it, what it says and by which rule."""
    alarm = str(status["alarm"])
    kind, _, rule = alarm.partition(":")
    return f"{status['last_decision']} ({rule})" if kind == "law" else ALARMS.get(alarm, alarm)


def campaign_list(campaigns: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    campaigns = shown(campaigns)
    if not campaigns:
        return Text("There are no campaigns yet: make one with `vocero campaign create FILE`", style="dim")
    table = _table("campaign", "title", "state", "since")
    for each in campaigns:
        table.add_row(
            escape(each["id"]), escape(each["title"]), state(each["state"]), _day_and_time(each["state_since"], zone)
        )
    return table


def registries(copies: list[dict[str, Any]], zone: tzinfo | None) -> RenderableType:
    """Public lists, and how old the copies are that are looked at."""
    copies = shown(copies)
    if not copies:
        return Text("No public list was brought in yet: `vocero registry import RNE FILE --taken-at …`", style="dim")
    table = _table("list", "taken", "numbers")
    for each in copies:
        table.add_row(escape(each["registry"]), _day_and_time(each["taken_at"], zone), str(each["entries"]))
    return table


def campaign_board(status: dict[str, Any], agents: list[dict[str, Any]], now: datetime) -> RenderableType:
    """Everything a person wants to see of one campaign, and the agents who take its calls."""
    taking = [agent for agent in agents if status["campaign_id"] in agent["campaigns"]]
    return Group(campaign_status(status), agent_list(taking, now)) if taking else campaign_status(status)


def campaign_status(status: dict[str, Any]) -> Panel:
    status = shown(status)
    leads, attempts = status["leads_by_state"], status["attempts_by_result"]
    done = sum(leads.get(name, 0) for name in FINAL_LEADS)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("Leads", str(status["leads"]), _counts(leads))
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=max(status["leads"], 1), completed=done, width=32), Text(f"{done} done", "dim"))
    grid.add_row("", "", bar)
    grid.add_row("Attempts", str(status["attempts"]), _counts(attempts))
    grid.add_row("In flight", str(status["calls_in_flight"]), Text(f"{status['hopper_depth']} in the hopper", "dim"))
    grid.add_row("Abandoned", str(status["abandoned"]), _abandonment(status))
    if status["appointments"]["made"]:
        grid.add_row("Appointments", str(status["appointments"]["made"]), _appointments(status["appointments"]))
    if status["callbacks_missed"]:
        grid.add_row("Callbacks", str(status["callbacks_missed"]), Text("missed", "yellow"))
    if status["alarm"]:
        grid.add_row(Text("Alarm", "bold red"), "", Text(_alarm(status), style="red"))
    for trunk, alarm in status["trunk_alarms"].items():
        grid.add_row(Text("Trunk", "bold red"), "", Text(f"{trunk} {TRUNK_ALARMS.get(alarm, alarm)}", style="red"))
    if status["last_decision"] and not status["alarm"]:
        grid.add_row("Pacing", "", Text(status["last_decision"], "dim"))
    return Panel(
        grid,
        title=f"[bold]{escape(status['campaign_id'])}[/]  {escape(status['title'])}",
        subtitle=state(status["state"]),
        title_align="left",
        subtitle_align="right",
        box=box.ROUNDED,
        padding=(0, 1),
        expand=False,
    )


def before_and_after(before: dict[str, int], after: dict[str, int]) -> RenderableType:
    """How many leads were, and are, in each state."""
    table = _table("leads", "before", "after", numbers=(1, 2))
    for name in {**before, **after}:
        table.add_row(state(name), str(before.get(name, 0)), str(after.get(name, 0)))
    return table


def campaign_report(report: dict[str, Any], zone: tzinfo | None) -> RenderableType:
    report = shown(report)
    figures = Table.grid(padding=(0, 2))
    figures.add_column(style="bold")
    figures.add_column(justify="right")
    figures.add_column(style="dim")
    figures.add_row("Calls made", str(report["calls_made"]), f"to {report['leads_tried']} leads")
    figures.add_row("Contacts", str(report["contacts"]), percent(report["contact_rate"], "of the calls"))
    figures.add_row("Effective", str(report["effective"]), percent(report["effectiveness"], "call effectiveness"))
    figures.add_row("Goal reached", str(report["successes"]), "")
    if report["appointments"]["made"]:
        booked = report["appointments"]
        figures.add_row("Appointments", str(booked["made"]), _appointments(booked))
        figures.add_row("Kept", str(booked["kept"]), percent(booked["kept_rate"], "of those kept or not"))
    figures.add_row("Live answers", str(report["live_answers"]), "")
    figures.add_row("Abandoned", str(report["abandoned"]), percent(report["abandonment_rate"], "of the live answers"))
    if report["callbacks_missed"]:
        figures.add_row("Callbacks missed", str(report["callbacks_missed"]), "agreed on, and made by nobody in time")
    figures.add_row("Talk time", clock(report["talk_seconds"]), "")
    parts: list[RenderableType] = [
        Text.from_markup(f"[bold]{escape(report['campaign_id'])}[/]  {escape(report['title'])}"),
        Text(_span(report, zone), style="dim"),
        Text(),
        figures,
        *_shares("Call results", report["attempts_by_result"], report["attempts"]),
    ]
    labels = {each["code"]: each["label"] for each in report["dispositions"]}
    dispositions = {each["label"]: each["count"] for each in report["dispositions"]}
    parts += _shares("Dispositions", dispositions, sum(dispositions.values()))
    for reasons in report["reasons"]:
        title = f"{labels[reasons['disposition']]}: {reasons['label']}"
        parts += _shares(title, reasons["counts"], sum(reasons["counts"].values()))
    if report["agents"]:
        table = _table("agent", "calls", "talk", "effective", "goal", numbers=(1, 2, 3, 4))
        for each in report["agents"]:
            table.add_row(
                escape(each["agent_id"]),
                str(each["calls"]),
                clock(each["talk_seconds"]),
                str(each["effective"]),
                str(each["successes"]),
            )
        parts += [Text(), table]
    if report["brands"]:
        parts += [Text(), _brands(report["brands"])]
    return Group(*parts)


def _brands(brands: list[dict[str, Any]]) -> Table:
    table = _table("brand", "calls", "contacts", "effective", "", "booked", "kept", "", numbers=(1, 2, 3, 4, 5, 6, 7))
    for each in brands:
        calls, booked = each["calls"], each["appointments"]
        table.add_row(
            escape(each["brand"]),
            str(calls["calls_made"]),
            str(calls["contacts"]),
            str(calls["effective"]),
            percent(calls["effectiveness"], ""),
            str(booked["made"]),
            str(booked["kept"]),
            percent(booked["kept_rate"], ""),
        )
    return table


def _appointments(figures: dict[str, Any]) -> Text:
    return _counts({name: figures[name] for name in ("standing", "kept", "not_kept", "cancelled")})


def agent_list(agents: list[dict[str, Any]], now: datetime) -> RenderableType:
    agents = shown(agents)
    if not agents:
        return Text('There are no agents yet: make one with `vocero agents add ana --name "Ana Díaz"`', style="dim")
    table = _table("agent", "state", "for", "with", "phone", "calls", "talk", numbers=(2, 5, 6))
    for each in agents:
        doing = state(each["state"])
        if each["reason"]:
            doing += f" [dim]({escape(each['reason'])})[/]"
        if each["pending"]:
            why = f" ({escape(each['pending_reason'])})" if each.get("pending_reason") else ""
            doing += f" [dim]→ {each['pending'].replace('_', ' ')}{why}[/]"
        if each.get("held_since"):
            doing += " [dim](on hold)[/]"
        call = each["call"]
        table.add_row(
            escape(each["id"]) + (f" [dim]{escape(each['name'])}[/]" if each["name"] != each["id"] else ""),
            doing,
            clock((now - datetime.fromisoformat(each["since"])).total_seconds()),
            escape(call["lead_name"] or call["number"]) if call else "",
            "[green]✓[/]" if each["phone_reachable"] else "[red]✗[/]",
            str(each["calls"]),
            clock(each["talk_seconds"]),
        )
    return table


def agent_card(agent: dict[str, Any], now: datetime) -> RenderableType:
    """One agent with the person on their screen: what they need in a call, or to decide on a preview."""
    board, call = agent_list([agent], now), shown(agent)["call"]
    if call is None:
        return board
    person = Table.grid(padding=(0, 2))
    person.add_column(style="bold", no_wrap=True)
    person.add_column(overflow="fold")
    if call["caller_id"] is None:
        person.add_row("Campaign", Text(call["campaign_id"] or ""))
    else:
        person.add_row("Queue", Text(call["queue"] or ""))
        person.add_row("Waited", Text(clock(call["waited_seconds"])))
    person.add_row("Number", Text(call["number"]))
    for name, value in call["fields"].items():
        person.add_row(Text(name), Text(value))
    parts: list[RenderableType] = [person]
    if call["script"]:
        parts += [Text(), Text(call["script"])]
    if call["attempt_id"] is None and call["caller_id"] is None:
        parts += [Text(), Text(f"Not dialled yet: vocero agents accept {agent['id']}, or skip", style="dim")]
    title = f"[bold]{escape(call['lead_name'] or call['number'])}[/]"
    return Group(board, Panel(Group(*parts), title=title, title_align="left", box=box.ROUNDED, expand=False))


def rejections(found: list[dict[str, Any]]) -> RenderableType:
    found = shown(found)
    table = _table("line", "column", "why", numbers=(0,))
    for each in found:
        kept = " [dim](the row is taken without it)[/]" if each["row_kept"] else ""
        table.add_row(str(each["line"]), escape(each["column"]), escape(each["reason"]) + kept)
    return table


def lead_story(story: dict[str, Any]) -> RenderableType:
    story = shown(story)
    head = Text.assemble(
        (f"Lead {story['lead_id']}", "bold"),
        f"  {story['name']}  ",
        (", ".join(story["phones"]), "dim"),
        "  in ",
        (story["campaign_id"], "bold"),
        f", round {story['round']}" if story["round"] > 1 else "",
    )
    parts: list[RenderableType] = [head, Text(story["why"]), Text(f"Times are those of {story['timezone']}.", "dim")]
    if story["attempts"]:
        zone = ZoneInfo(story["timezone"])
        table = _table("attempt", "number", "result", "agent", "disposition", "then")
        for each in story["attempts"]:
            at = datetime.fromisoformat(each["at"]).astimezone(zone)
            then = " ".join(
                part for part in (each["then_state"], f"({each['then_reason']})" if each["then_reason"] else "") if part
            )
            table.add_row(
                at.strftime("%Y-%m-%d %H:%M:%S"),
                each["number"],
                (each["result"] or each["state"]).replace("_", " "),
                escape(each["agent_id"] or ""),
                escape(each["disposition"]),
                escape(then),
            )
        if story["earlier_attempts"]:
            parts.append(Text(f"{story['earlier_attempts']:,} attempts before these: vocero evidence has them.", "dim"))
        parts += [table, *(Text(sentence, "dim") for sentence in story["law"])]
    parts += after_the_calls(story, ZoneInfo(story["timezone"]))
    return Group(*parts, Text())


def state(name: str) -> str:
    """A state's name in its colour."""
    style = STATE_STYLES.get(name, "white")
    return f"[{style}]{escape(name.replace('_', ' '))}[/]"


def clock(seconds: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(rate: float | None, of: str) -> str:
    return "" if rate is None else f"{rate * 100:.1f} % {of}"


WINDOWS = {"campaign_day": "today", "rolling_24h": "in 24 hours", "rolling_30d": "in 30 days"}


def _abandonment(status: dict[str, Any]) -> Text:
    live, limit = status["live_answers"], status["abandonment_limit"]
    when = f" {WINDOWS[status['abandonment_window']]}" if status["window_began"] else ""
    if not live:
        return Text(f"no live answers yet{when}; the limit is {limit * 100:g} %", "dim")
    rate = status["abandoned"] / live
    return Text(
        f"{rate * 100:.1f} % of {live} live answers{when}; the limit is {limit * 100:g} %",
        "red" if rate > limit else "dim",
    )


def _counts(counts: dict[str, int]) -> Text:
    line = Text()
    for name, count in counts.items():
        if count:
            line.append(f"{name.replace('_', ' ')} ", "dim").append(f"{count}   ")
    return line


def _shares(title: str, counts: dict[str, int], whole: int) -> list[RenderableType]:
    if not counts:
        return []
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=24, overflow="fold")
    table.add_column(justify="right")
    table.add_column(justify="right", style="dim")
    table.add_column()
    for name, count in counts.items():
        bar = ProgressBar(total=max(whole, 1), completed=count, width=24)
        table.add_row(escape(name.replace("_", " ")), str(count), f"{count / max(whole, 1) * 100:.1f} %", bar)
    return [Text(), Text(title, style="bold"), table]


def _table(*columns: str, numbers: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    return table


def _day_and_time(instant: str, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _span(report: dict[str, Any], zone: tzinfo | None) -> str:
    if report["first_at"] is None:
        return "no attempts yet"
    span = f"{_day_and_time(report['first_at'], zone)} to {_day_and_time(report['last_at'], zone)}"
    return f"{span} ({zone})" if zone else span
