"""Reports that are sent: settings, a workbook that opens, the mail server that has it, and a loop at work between."""

from __future__ import annotations

import asyncio
import io
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from aiosmtpd.smtp import SMTP, Envelope, Session

from cti_api.clock import Clock
from cti_api.figures import Figures
from cti_api.message_settings import EmailSettings
from cti_api.report_settings import ReportSettings
from cti_api.reports.build import BuiltReport, build
from cti_api.reports.desk import Desk
from cti_api.reports.making import Build, Making
from cti_api.reports.periods import Period
from cti_api.reports.run import RunState
from cti_api.reports.sending import SEND_SECONDS, Sending, Stand
from cti_api.reports.sources import Sources
from cti_api.store.store import Store
from tests.support.office import SetClock
from tests.support.shift import until
from tests.support.wire_smtp import smtp_settings, wire_smtp

ZONE = ZoneInfo("America/Bogota")
MONTHLY: dict[str, Any] = {"name": "mensual", "kind": "monthly", "to": ["director@example.com"], "monthly": 2}
"""At seven in the morning, which is noon in UTC."""


def due(month: int, year: int = 2026) -> datetime:
    """When `MONTHLY` is due in that month."""
    return datetime(year, month, 2, 12, tzinfo=UTC)


class Says(Enum):
    """What the mail server does with one letter."""

    TAKES = auto()
    GREYLISTS = auto()
    """At the recipient (RFC 6647)."""
    REFUSES_READER = auto()
    REFUSES_LETTER = auto()
    IS_FULL = auto()
    """After the letter: 452."""
    CUTS_EARLY = auto()
    HANGS_EARLY = auto()
    TAKES_AND_CUTS = auto()
    TAKES_AND_HANGS = auto()


@dataclass
class MailServer:
    """What it was given; `says` for each reader what it does with one letter after the other, then it takes all."""

    says: dict[str, list[Says]] = field(default_factory=lambda: defaultdict(list))
    letters: list[EmailMessage] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    """How often it was asked to take one for somebody."""
    now: Says = Says.TAKES

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked[address] += 1
        waiting = self.says[address]
        self.now = waiting.pop(0) if waiting else Says.TAKES
        match self.now:
            case Says.GREYLISTS:
                return "451 4.7.1 Greylisted, come again"
            case Says.REFUSES_READER:
                return "550 5.1.1 There is nobody of that name"
            case Says.CUTS_EARLY:
                assert server.transport is not None
                server.transport.abort()
            case Says.HANGS_EARLY:
                await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.now is Says.REFUSES_LETTER:
            return "552 5.3.4 It is too large"
        if self.now is Says.IS_FULL:
            return "452 4.3.1 No room now"
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        if self.now is Says.TAKES_AND_HANGS:
            await asyncio.Event().wait()
        if self.now is Says.TAKES_AND_CUTS:
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def told(self) -> Counter[tuple[str, str]]:
        """How often whom what came: reader and subject."""
        return Counter((each["To"], each["Subject"]) for each in self.letters)


async def small_report(kind: str, period: Period | None, of: str, _now: datetime) -> BuiltReport:
    """A workbook of one cell, and a sheet as CSV."""
    assert period is not None
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet("Resumen").write_string(0, 0, f"{kind} {of} {period.words}")
    book.close()
    return BuiltReport(
        name=kind,
        title="Informe",
        period_words=period.words,
        file_name=f"{kind}-{period.last}.xlsx",
        xlsx=file.getvalue(),
        csv={"Resumen": f"\ufeffInforme\r\n{of}\r\n".encode()},
    )


def report_settings(*scheduled: dict[str, Any], **otherwise: Any) -> ReportSettings:
    return ReportSettings.model_validate({"scheduled": scheduled or [MONTHLY], **otherwise})


def real_reports(store: Store, clock: Clock) -> Build:
    """As the product makes them."""
    sources = Sources(figures=Figures(store.kpi, ZONE, {}, clock), store=store)
    return lambda kind, period, of, now: build(kind, sources, period, of, now)


def desk(store: Store, clock: Clock, *scheduled: dict[str, Any], sends: bool = True) -> Desk:
    """Real reports of that store, which nobody sends."""
    settings = report_settings(*scheduled)
    making = Making(real_reports(store, clock), clock, 60.0)
    return Desk(making=making, settings=settings, zone=ZONE, sends=sends)


async def always_ready() -> None:
    """The figures know all there is."""


@asynccontextmanager
async def sending(
    store: Store,
    settings: ReportSettings,
    email: EmailSettings | int | None,
    clock: Clock,
    *,
    makes: Build = small_report,
    ready: Callable[[], Any] = always_ready,
    send_seconds: float = SEND_SECONDS,
    stand: Stand = lambda _runs, _due, _now: None,
) -> AsyncIterator[Sending]:
    """A loop at work until the block ends. `email`: the settings, or the port of a server on loopback."""
    mail = smtp_settings(email) if isinstance(email, int) else email
    making = Making(makes, clock, settings.build_seconds)
    seconds = {"look_seconds": 0.05, "send_seconds": send_seconds}
    loop = Sending(store, making, settings, mail, ZONE, clock, ready, asyncio.Event(), stand, **seconds)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(loop.run())
        yield loop
        running.cancel()


@asynccontextmanager
async def at_work(
    store: Store, clock: SetClock, server: MailServer, *scheduled: dict[str, Any], **otherwise: Any
) -> AsyncIterator[None]:
    """A mail server, and a loop that has seen the settings before anything is due."""
    how = {name: otherwise.pop(name) for name in ("makes", "ready", "send_seconds", "stand") if name in otherwise}
    settings = report_settings(*scheduled, **otherwise)
    await store.report_runs.names({each.name for each in settings.scheduled}, clock.now())
    async with wire_smtp(server) as port, sending(store, settings, port, clock, **how):
        yield


async def states(store: Store) -> list[RunState]:
    """Of all reports, the oldest due first."""
    runs = await store.report_runs.list()
    return [run.state for run in sorted(runs, key=lambda run: (run.occasion.due_at, run.created_at, run.again))]


async def until_states(store: Store, *wanted: RunState) -> None:
    """Wait until all reports are so."""

    async def so() -> bool:
        return await states(store) == list(wanted)

    await until(so, 20, f"the reports are {[each.value for each in wanted]}")


def attached(letter: EmailMessage) -> dict[str, bytes]:
    """What is in the letter beside its text, by name."""
    parts: Iterable[Any] = letter.iter_attachments()
    return {part.get_filename(): part.get_payload(decode=True) for part in parts}
