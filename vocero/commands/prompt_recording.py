"""`vocero prompts record`: which prompts of a tree want a recording, and a telephone to record them with."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from cti_api.errors import InputError
from vocero.client import Control
from vocero.commands.campaign import AsJson
from vocero.door import Door, door_of
from vocero.tree_files import tree_of

if TYPE_CHECKING:
    from ivr.tree.prompts import Line

LOOK_SECONDS: Final = 1.0
_OVER: Final = {
    "expired": "nobody dialled in time: ask for another code",
    "closed": "closed, because too many wrong codes were keyed: ask for another code",
}


def record(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Tree (YAML).", dir_okay=False)],
    which: Annotated[
        list[str] | None,
        typer.Argument(help="Nodes, or names of recordings; without any: what has no recording yet."),
    ] = None,
    only_list: Annotated[bool, typer.Option("--list", help="Only say which prompts want a recording.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Record a tree's prompts by telephone: dial the number, key the code, and read each text after the tone.

    A prompt wants a recording where the tree names one (`file`). What is kept is heard from the next call on.
    """
    from ivr.tree.wordings import recorded  # the reading of trees: other commands spare it

    door = door_of(context)
    lines = list(recorded(tree_of(file, recorded=lambda _: True)))
    with door.control() as control:
        rows = _rows(lines, {each["file"]: each for each in control.get("/recordings")}, file.parent)
        wanted = _wanted(rows, which or [])
        if only_list:
            _tell_list(door, rows, as_json)
            return
        if not wanted:
            if not as_json:
                _tell_list(door, rows, as_json=False)
            sentence = "Nothing is left to be recorded." if rows else "The tree names no recording (`file`)."
            door.answer([], as_json=as_json, sentence=f"{sentence} Name a node or a recording to record it again.")
            return
        asked = [{"file": row["file"], "text": row["text"]} for row in wanted]
        session = control.post("/prompt-sessions", {"prompts": asked})
        if not as_json:
            _tell_list(door, wanted, as_json=False)
        if wait:
            door.err.print(_invitation(door, session), highlight=False)
            session = _followed(door, control, session)
    door.answer(session, as_json=as_json, sentence=_came_to(session) if wait else _invitation(door, session))
    if session["state"] in _OVER:
        raise typer.Exit(1)


def _rows(lines: list[tuple[str, Line]], there: dict[str, Any], beside: Path) -> list[dict[str, Any]]:
    """What each is, and from where callers have it: ``telephone``, ``file`` (beside the tree), or nothing."""
    rows = []
    for node, line in lines:
        by_telephone = there.get(line.file)
        beside_it = "file" if (beside / line.file).is_file() else ""
        rows.append(
            {
                "node": node,
                "file": line.file,
                "text": line.text,
                "recorded": "telephone" if by_telephone else beside_it,
                "seconds": by_telephone["seconds"] if by_telephone else None,
            }
        )
    return rows


def _wanted(rows: list[dict[str, Any]], which: list[str]) -> list[dict[str, Any]]:
    """Raises `InputError` for a name that none of them has."""
    for name in which:
        if not any(name in (row["node"], row["file"]) for row in rows):
            raise InputError(f"No prompt of {name!r} wants a recording: `--list` tells which do (`file` in the tree).")
    if not which:
        return [row for row in rows if not row["recorded"]]
    return [row for row in rows if row["node"] in which or row["file"] in which]


def _tell_list(door: Door, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        door.out.print_json(data=rows)
        return
    table = Table(box=None)
    for column in ("node", "recording"):
        table.add_column(column, no_wrap=True)
    table.add_column("text", overflow="fold")
    table.add_column("recorded", no_wrap=True)
    for row in rows:
        how = {"telephone": "by telephone", "file": "beside the tree", "": "not yet"}[row["recorded"]]
        seconds = f", {row['seconds']:.1f} s" if row["seconds"] is not None else ""
        table.add_row(escape(row["node"]), escape(row["file"]), escape(row["text"]), how + seconds)
    door.out.print(table)


def _invitation(door: Door, session: dict[str, Any]) -> str:
    until = datetime.fromisoformat(session["valid_until"]).astimezone(door.zone())
    numbers = " or ".join(session["numbers"])
    return f"Dial [bold]{numbers}[/] and key [bold]{session['code']}[/] (valid until {until:%H:%M})."


def _followed(door: Door, control: Control, session: dict[str, Any]) -> dict[str, Any]:
    """The session once it is over; each prompt is told as it is decided. It ends by itself: its code expires."""
    told = set[str]()
    with door.waiting("Waiting for the telephone; Ctrl-C leaves the code valid"):
        while True:
            for prompt in session["prompts"]:
                if prompt["state"] != "waiting" and prompt["file"] not in told:
                    told.add(prompt["file"])
                    door.err.print(_told(prompt), highlight=False)
            if session["state"] not in ("open", "under_way"):
                return session
            time.sleep(LOOK_SECONDS)
            session = control.get(f"/prompt-sessions/{session['id']}")


def _told(prompt: dict[str, Any]) -> str:
    if prompt["state"] == "kept":
        return f"[green]✓[/] {escape(prompt['file'])}, {prompt['seconds']:.1f} s"
    return f"[yellow]–[/] {escape(prompt['file'])} skipped"


def _came_to(session: dict[str, Any]) -> str:
    kept = sum(prompt["state"] == "kept" for prompt in session["prompts"])
    how = _OVER.get(session["state"])
    return f"{kept} of {len(session['prompts'])} recorded{f'; {how}' if how else ''}."
