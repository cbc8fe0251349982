"""What every command is handed: which system it speaks to, and where it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.settings import FILE_NAME, ApiSettings, Settings, load_settings
from vocero.client import Control


@dataclass(frozen=True, slots=True)
class Door:
    settings_file: Path | None
    """As named on the command line; None: `vocero.yaml` in this folder."""
    socket: Path | None
    """As named on the command line; None: the settings' own."""
    out: Console
    """What was asked for: results, alone on standard output, so that they can be piped."""
    err: Console
    """Progress, hints and errors."""

    def settings(self) -> Settings:
        """Raises `SettingsError`."""
        return load_settings(self.settings_path())

    def settings_path(self) -> Path:
        """Where the settings are, or should be."""
        return self.settings_file or Path(FILE_NAME)

    def control(self) -> Control:
        """The running system's control API; where no settings file is at hand, at the place an installation has it."""
        if self.socket is not None:
            return Control(self.socket)
        if self.settings_file is not None or Path(FILE_NAME).exists():
            return Control(self.settings().api.socket)
        return Control(ApiSettings().socket)

    def zone(self) -> tzinfo | None:
        """In which time a person reads what happened: the settings' ``timezone``; None (this machine's) without any."""
        if self.settings_file is None and (self.socket is not None or not Path(FILE_NAME).exists()):
            return None
        return ZoneInfo(self.settings().timezone)

    def clock(self, said: str) -> str:
        """The time zone (an IANA name) on whose clock a file's hours are: as somebody said, else the company's; where
        no settings are at hand, what they would be without a word. Raises `InputError` for what is no zone."""
        zone = said or str(self.zone() or Settings.model_fields["timezone"].default)
        try:
            return ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(f"{zone!r} is no time zone: write America/Bogota, or America/La_Paz") from None

    def on_the_wall(self) -> tuple[datetime, str]:
        """What the clock shows in `zone`, without a zone, and what that zone is called."""
        zone = self.zone()
        local = SystemClock().now().astimezone(zone)
        return local.replace(tzinfo=None), str(zone or local.tzname())

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner with `what` beside it while something takes its time; nothing where nobody looks."""
        with self.err.status(what):
            yield

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A bar that moves whenever it is told how many parts are done, and of how many; gone when it is over."""
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def answer(self, data: Any, *, as_json: bool, sentence: str) -> None:
        """Write `data` as JSON, or `sentence` for a person."""
        if as_json:
            self.out.print_json(data=data)
        else:
            self.out.print(sentence, highlight=False)


def door_of(context: typer.Context) -> Door:
    door = context.find_object(Door)
    assert door is not None  # the root command makes it
    return door
