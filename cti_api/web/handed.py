"""What the routes are handed: one value, made by the composition root, reached through the request's app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from cti_api.board.stream import BoardStream
from cti_api.clock import Clock
from cti_api.figures import Figures
from cti_api.ivr_ports import PromptStudio, TreeReader
from cti_api.metrics.observe import Observer
from cti_api.ports import DialerPort
from cti_api.reports.desk import Desk
from cti_api.sounds import CampaignSounds
from cti_api.store.store import Store
from cti_api.streams.seats import Seats
from cti_api.streams.sse import EventStream
from cti_api.streams.streams import Streams
from cti_api.web.sip_way import SipWay
from cti_api.what_if import Simulator


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    store: Store
    dialer: DialerPort
    clock: Clock
    observer: Observer
    registry: CollectorRegistry
    """The one whose figures `observer` sets."""
    sounds: CampaignSounds
    recordings: Path
    """The folder of them."""
    journal: Path
    """Asterisk's, of every channel."""
    store_folder: Path | None = None
    """Where the files of the store are; None for a server's."""
    trees: TreeReader | None = None
    """None where no callers are answered."""
    studio: PromptStudio | None = None
    """The same."""
    pause_reasons: tuple[str, ...] = ()
    """Why agents may pause; empty: for whatever reason."""
    timezone: str = "America/Bogota"
    """The company's, whose clock supervisors' and administrators' pages show."""
    console_url: str = ""
    """How people reach the console; one-time links begin with it."""
    events: EventStream | None = None
    """None where nobody numbers events."""
    seats: Seats | None = None
    """Tells consoles of their agents; None where nobody looks after them."""
    streams: Streams | None = None
    """Who is told of the events outside; None where nobody numbers them."""
    board: BoardStream | None = None
    """None where nobody looks after one."""
    figures: Figures | None = None
    """Answers what the indicators are; None where nobody counts."""
    reports: Desk | None = None
    """Makes reports; None where nobody counts."""
    simulator: Simulator | None = None
    """None where nothing can be simulated."""
    sip: SipWay | None = None
    """None where no browser reaches Asterisk."""


def _everything(request: Request) -> Handed:
    handed: Handed = request.app.state.handed
    return handed


def _dialer(request: Request) -> DialerPort:
    return _everything(request).dialer


Everything = Annotated[Handed, Depends(_everything)]
Dialer = Annotated[DialerPort, Depends(_dialer)]
