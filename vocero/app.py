"""`vocero up`: builds everything from the settings and runs it in one process, until it is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from random import SystemRandom
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from cti_api.board.gather import Gatherer
from cti_api.board.stream import BoardStream
from cti_api.clock import Clock, SystemClock
from cti_api.console_settings import ConsoleSettings
from cti_api.counting import Counting, caught_up
from cti_api.erasing import Eraser
from cti_api.errors import SettingsError, StoreUnavailable, VoceroError
from cti_api.figures import Figures
from cti_api.inbound_settings import TransferTarget
from cti_api.kpi_goals import Goals
from cti_api.law.on_disk import written_on_disk
from cti_api.links import BookingLinks, links_secret
from cti_api.live_ports import TransferKind, TransferTo
from cti_api.logs import configure_logs
from cti_api.messages.content import Extras, no_extras
from cti_api.messages.office import Office
from cti_api.metrics.families import Families
from cti_api.metrics.observe import Observer
from cti_api.metrics.refresh import Refresh
from cti_api.metrics.watch import watch
from cti_api.model.ids import AgentId, TrunkId
from cti_api.numbers.regions import UNKNOWN, regions_of_prefix
from cti_api.relay import Relay
from cti_api.reports.build import build
from cti_api.reports.desk import Desk
from cti_api.reports.making import Making
from cti_api.reports.sending import Sending
from cti_api.reports.sources import Sources
from cti_api.settings import Settings, TrunkSettings
from cti_api.sip_accounts import SipAccounts
from cti_api.sounds import CampaignSounds
from cti_api.store.law_at_start import take_up_law
from cti_api.store.lease import Lease
from cti_api.store.opening import file_of
from cti_api.store.store import Store
from cti_api.streams.seats import Seats
from cti_api.streams.sse import EventStream
from cti_api.streams.streams import Streams
from cti_api.survey_deadlines import SurveyDeadlines
from cti_api.web.app import create_app, create_console_app, create_metrics_app, create_public_app, put_together
from cti_api.web.booking_page import BookingPage
from cti_api.web.handed import Handed
from cti_api.web.hooks import hooks
from cti_api.web.known import ConsoleKeeper
from cti_api.web.serve import StrangersMay, serve_tcp, serve_unix
from cti_api.web.sip_way import LONGEST_MESSAGE_BYTES, SipWay
from dialer.ami.dialplan import PHONES
from dialer.ami.link import AmiLink
from dialer.ami.session import AmiAddress
from dialer.engine.engine import Engine
from dialer.engine.floor import Floor
from dialer.engine.pacing_journals import PacingJournals
from dialer.engine.port import EnginePort
from dialer.engine.queue_port import QueuePort
from dialer.engine.trunks import TrunkLimits, Trunks
from ivr.agi import verbs
from ivr.call.run import Answering
from ivr.call.studio import Studio
from ivr.look_ups.configured import specs_of
from ivr.look_ups.look_ups import LookUps
from ivr.tree.published import PublishedTrees
from vocero.asterisk_site import shipped_dialplan
from vocero.promptness import be_prompt
from vocero.speech_models import models_of
from vocero.what_if import Simulations

CONSOLE_CONNECTIONS: Final = 1000
"""At a time: 200 consoles, each with a stream and a few requests."""
RENEW_SECONDS: Final = 5.0
"""How often the lease is renewed (design anchor: beat each 5 s)."""

log = logging.getLogger(__name__)


async def up(settings: Settings, ready: Callable[[], None] | None = None) -> None:
    """Run the dialer and its API until SIGTERM or SIGINT; calls under way go on in Asterisk.

    `ready` is called once the API answers. Raises `SettingsError`, and `Conflict` where another dialer runs on this
    store or a port is taken.
    """
    configure_logs(settings.log, sys.stderr)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with one_error():
        await run_until(stop, settings, SystemClock(), ready)


async def run_until(
    stop: asyncio.Event, settings: Settings, clock: Clock, ready: Callable[[], None] | None = None
) -> None:
    """The same, until `stop` is set; signals and logs are the caller's affair."""
    on_disk = written_on_disk(settings.law.folder)
    url = settings.store.url.get_secret_value()
    async with AsyncExitStack() as stack:
        opening = Store.open(
            url,
            clock=clock,
            upgrade=True,
            erasure_key=settings.store.erasure_key,
            second_factor_key=settings.console.second_factor_key,
        )
        store = await stack.enter_async_context(opening)
        await store.lease.acquire(f"{socket.gethostname()}, pid {os.getpid()}", clock.now())
        packs = await take_up_law(store.policies, on_disk, clock.now(), shipped=settings.law.folder is None)
        await Eraser(store, settings.asterisk.recordings, settings.asterisk.cel_journal).carry_on(clock.now())
        ami = settings.asterisk.ami
        link = AmiLink(
            AmiAddress(host=ami.host, port=ami.port, username=ami.user, secret=ami.secret.get_secret_value()),
            clock=clock,
            random=SystemRandom(),
            dialplan={context: steps for context, steps in shipped_dialplan().items() if context != PHONES},
        )
        floor = Floor(
            store=store,
            telephony=link,
            clock=clock,
            random=SystemRandom(),
            packs=packs,
            trunks=Trunks(
                [limits_of(trunk) for trunk in settings.trunks],
                clock,
                channels=settings.limits.channels,
                calls_per_second=settings.limits.calls_per_second,
            ),
            journal=settings.asterisk.cel_journal,
            pacing_journals=PacingJournals(settings.log.pacing) if settings.log.pacing else None,
            transfers=tuple(map(handed_on_to, settings.transfers.targets)),
            extensions={t.name: AgentId(t.agent) for t in settings.transfers.targets if t.agent is not None},
        )
        engine = Engine(floor, settings.asterisk.recordings)
        await engine.load()
        refuse_same_names(settings, [seat.agent.id for seat in floor.board])
        accounts = SipAccounts(settings.asterisk.sip_accounts, media_address=settings.asterisk.media_address)
        port = EnginePort(engine, accounts, clock.now())
        recorded_over = [each.number for each in settings.inbound if each.entry == verbs.RECORD]
        studio = Studio(settings.ivr.prompts, recorded_over, clock, SystemRandom())
        relay = Relay(store.outbox)
        streams = Streams(settings.mqtt, settings.streams, store, clock, SystemRandom())
        board = BoardStream(Gatherer(store, port, clock))
        zone, promise = ZoneInfo(settings.timezone), settings.kpi.promise(settings.timezone)
        registry = CollectorRegistry()
        observer = Observer(Families(registry), settings.agents.pause_reasons)
        figures = Figures(store.kpi, zone, settings.kpi.own_targets, clock, Goals(store))
        reports = report_desk(settings, Sources(figures=figures, store=store), clock)
        handed = Handed(
            store=store,
            dialer=port,
            clock=clock,
            observer=observer,
            registry=registry,
            sounds=CampaignSounds(settings.asterisk.sounds),
            recordings=settings.asterisk.recordings,
            journal=settings.asterisk.cel_journal,
            store_folder=file.parent if (file := file_of(url)) else None,
            trees=PublishedTrees(),
            studio=studio,
            pause_reasons=settings.agents.pause_reasons,
            timezone=settings.timezone,
            console_url=settings.console.url,
            events=(events := EventStream(relay)),
            seats=(seats := Seats(port, clock)),
            streams=streams,
            board=board,
            figures=figures,
            reports=reports,
            simulator=Simulations(),
            sip=SipWay(settings.asterisk.browsers.port, settings.asterisk.browsers.stun),
        )
        links = links_of(settings) if settings.public.port is not None else None
        office = Office(store, settings.messages, lambda: floor.packs, clock, booking_links(links, clock))
        sending = Sending(
            store,
            reports.making,
            settings.reports,
            settings.messages.email,
            zone,
            clock,
            lambda: caught_up(store.outbox),
            reports.wake,
            observer.reports_stand,
        )
        look_ups = LookUps(specs_of(settings.look_ups), clock, observer.looked_up)
        answering = Answering(
            settings=settings.ivr,
            models=models_of(settings.speech),
            pause_seconds=settings.speech.pause_seconds,
            store=store,
            call_backs=QueuePort(engine),
            look_ups=await stack.enter_async_context(look_ups),
            studio=studio,
            recordings=settings.asterisk.recordings,
            shared=settings.asterisk.sounds,
            region=region_of_house(settings),
            clock=clock,
        )
        if settings.answers_callers:
            floor.ivr_lines = answering.lines
        control = create_app(handed, settings.limits)
        console = console_of(settings, handed) if settings.console.port is not None else None
        for app in filter(None, (control, console)):
            put_together(app)
        be_prompt()
        async with asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(link.run(), name="ami.link"),
                tasks.create_task(keep_lease(store.lease, clock), name="lease"),
                tasks.create_task(relay.run(), name="relay"),
                tasks.create_task(watch(relay, observer, await store.outbox.head()), name="metrics"),
                tasks.create_task(Counting(store.kpi, zone, promise).run(relay), name="figures"),
                tasks.create_task(Refresh(store, port, observer, clock, figures, streams, events).run(), name="gauges"),
                tasks.create_task(office.run(relay), name="messages"),
                tasks.create_task(sending.run(), name="reports"),
                tasks.create_task(streams.run(relay), name="streams"),
                tasks.create_task(seats.run(), name="seats"),
                tasks.create_task(board.run(), name="board"),
                tasks.create_task(SurveyDeadlines(store, clock).run(), name="surveys"),
                tasks.create_task(serve_unix(control, settings.api.socket, ready), name="api"),
            ]
            if settings.api.metrics_port is not None:
                metrics = serve_tcp(create_metrics_app(handed), settings.api.metrics_host, settings.api.metrics_port)
                beside.append(tasks.create_task(metrics, name="metrics"))
            if console is not None and settings.console.port is not None:
                served = serve_console(console, settings.console, settings.console.port)
                beside.append(tasks.create_task(served, name="console"))
            if settings.public.port is not None and links is not None:
                outside = create_public_app(handed, hooks(settings.messages), BookingPage(links).router)
                public = serve_tcp(outside, settings.public.host, settings.public.port, setting="public.port")
                beside.append(tasks.create_task(public, name="public"))
            if settings.answers_callers:
                tasks.create_task(answering.run(stop), name="ivr")
            await engine.run(stop)
            for task in beside:
                task.cancel()


def report_desk(settings: Settings, sources: Sources, clock: Clock) -> Desk:
    """Where reports are made: for the schedule, and for whoever asks."""
    making = Making(
        lambda kind, period, of, now: build(kind, sources, period, of, now), clock, settings.reports.build_seconds
    )
    return Desk(
        making=making,
        settings=settings.reports,
        zone=ZoneInfo(settings.timezone),
        sends=settings.messages.email is not None,
    )


async def keep_lease(lease: Lease, clock: Clock) -> None:
    """Show that this dialer lives, until cancelled. A server that is away is waited for: nothing is dialled meanwhile.
    Raises `Conflict`, which ends everything, once somebody else has the right to dial."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await lease.renew(clock.now())
        except StoreUnavailable as error:
            log.warning("the lease could not be renewed", extra={"reason": str(error)})


def console_of(settings: Settings, handed: Handed) -> FastAPI:
    """The door for people who sign in and for other systems."""
    keeper = ConsoleKeeper(
        base_url=settings.console.url,
        masked=frozenset(settings.console.mask_numbers_for),
        second_factor_for=frozenset(settings.console.second_factor_for),
    )
    return create_console_app(handed, settings.limits, keeper)


def serve_console(app: FastAPI, console: ConsoleSettings, port: int) -> Coroutine[Any, Any, None]:
    """The same, on its port, until cancelled."""
    may = StrangersMay(connections=CONSOLE_CONNECTIONS, long_answers=True, websocket_bytes=LONGEST_MESSAGE_BYTES)
    return serve_tcp(app, console.host, port, setting="console.port", may=may, proxies=console.proxies)


def links_of(settings: Settings) -> BookingLinks:
    """The links in messages, as the settings have them. Raises `SettingsError` where no secret can be kept."""
    public = settings.public
    configured = public.link_secret.get_secret_value() if public.link_secret is not None else ""
    secret = links_secret(configured, settings.store.url.get_secret_value())
    return BookingLinks(secret, public.base_url or "", public.link_days)


def booking_links(links: BookingLinks | None, clock: Clock) -> Extras:
    """``{booking_link}`` in a message: the page on which this lead books, as long as there is one."""
    if links is None:
        return no_extras
    return lambda lead, _spec: {"booking_link": links.link(lead.id, clock.now())}


def region_of_house(settings: Settings) -> str:
    """In whose form the trunks show callers' numbers: the country that is dialled most, which is named first."""
    regions = regions_of_prefix(settings.asterisk.allowed_prefixes[0]) if settings.asterisk.allowed_prefixes else ()
    return next(iter(sorted(regions)), UNKNOWN)


def refuse_same_names(settings: Settings, agents: Iterable[str]) -> None:
    """Raise `SettingsError` for a trunk that is called like an agent: both are PJSIP endpoints of that name."""
    for name in sorted({trunk.name for trunk in settings.trunks} & set(agents)):
        raise SettingsError(f"The trunk {name} is called like an agent: give it another name, here and in Asterisk.")


def handed_on_to(target: TransferTarget) -> TransferTo:
    """An entry of the closed list, for agents who hand somebody on."""
    kind = TransferKind.EXTENSION if target.agent is not None else TransferKind.OUTSIDE
    return TransferTo(to=f"{kind.value}:{target.name}", kind=kind, title=target.title or target.name)


def limits_of(trunk: TrunkSettings) -> TrunkLimits:
    """A trunk's limits as the engine counts them."""
    return TrunkLimits(
        id=TrunkId(trunk.name),
        channels=trunk.channels,
        calls_per_hour=trunk.calls_per_hour,
        calls_per_second=trunk.calls_per_second,
    )


@contextmanager
def one_error() -> Iterator[None]:
    """Several failures at once as the first that a person can act on; the log has the others.

    Not by ``except*``: what is raised in one comes out as a group again in Debian 12's Python 3.11.2.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        ours, others = group.split(VoceroError)
        if ours is None:
            raise
        if others is not None:
            log.error("more failed at the same time", exc_info=others)
        raise first_of(ours) from group


def first_of(group: BaseExceptionGroup[VoceroError]) -> VoceroError:
    """The one error to show: the first that the group, or a group in it, holds."""
    for error in group.exceptions:
        return first_of(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("an exception group is never empty")
