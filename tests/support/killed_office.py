"""The row "follow-ups": many exhausted leads, a provider that fails, and a process that is killed again and again.

What came of it is counted at the provider's side.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from cti_api.clock import SystemClock
from cti_api.law.registry_file import RegistryEntry
from cti_api.model.consents import Channel, Consent
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadMove, LeadState, NewLead
from cti_api.model.messages import WAITING, MessageState
from cti_api.model.phone import PhoneNumber
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.free_port import free_port
from tests.support.law import bogota
from tests.support.message_worker import DECIDED_HOURS
from tests.support.shift import until as wait_until
from tests.support.store import number
from tests.support.whatsapp_provider import Does, Provider, status, tell, webhook
from tests.support.wire_http import wire_http
from tests.support.wire_smtp import MailDoor, wire_smtp
from vocero.lab.child import DIES_WITH_PARENT

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()
CAMPAIGN = CampaignId("mantenimiento")
FILE = (
    CAMPAIGN_FILE
    + """\
follow_ups:
  - name: sin-contacto
    on: exhausted
    within: 20 d
    message: {channel: whatsapp, template: sin_contacto, language: es_CO, parameters: ["{nombre}"]}
"""
)
LETTERS = CampaignId("correo")
LETTERS_FILE = (
    CAMPAIGN_FILE.replace("id: mantenimiento", "id: correo")
    + """\
follow_ups:
  - name: sin-contacto
    on: exhausted
    within: 20 d
    message: {channel: email, to: "{correo}", subject: Su cita, text: "Hola {nombre}"}
"""
)
CHANNELS = {CAMPAIGN: Channel.WHATSAPP, LETTERS: Channel.EMAIL}
"""By which each writes; half of the people are in each."""
RUNS = [
    ("2026-11-27 18:58:50", "2026-11-27 18:59:02"),  # Friday: the window ends at 19:00, and we a minute before
    ("2026-11-27 19:20", "2026-11-27 19:20:03"),  # over
    ("2026-11-28 07:59:56", "2026-11-28 08:00:01"),  # Saturday: opens at 8:00 while it runs
    ("2026-11-28 14:58:50", "2026-11-28 14:59:02"),  # ends at 15:00
    ("2026-11-28 16:00", "2026-11-28 16:00:03"),
    ("2026-11-29 10:00", "2026-11-29 10:00:03"),  # Sunday
    ("2026-11-30 06:59:56", "2026-11-30 07:00:01"),  # Monday: opens at 7:00
    ("2026-11-30 12:00", ""),
    ("2026-11-30 18:58:50", "2026-11-30 18:59:02"),
    ("2026-12-01 03:00", "2026-12-01 03:00:03"),
    ("2026-12-01 10:00", ""),
    ("2026-12-02 11:00", ""),
    ("2026-12-03 12:00", ""),
    ("2026-12-04 13:00", ""),
    ("2026-12-05 09:00", ""),
    ("2026-12-07 10:00", ""),
    ("2026-12-08 10:00", "2026-12-08 10:00:03"),  # the Immaculate Conception, a holiday
    ("2026-12-09 08:00", ""),
    ("2026-12-10 09:00", ""),
    ("2026-12-11 10:00", ""),
]
"""When each process begins and when it is killed, on the clock of Bogotá; empty: in the middle of its work."""
SOME_RUNS = [("2026-12-01 06:59:56", "2026-12-01 07:00:01"), RUNS[11]]
HOLIDAYS = {date(2026, 12, 8)}
READY_SECONDS = 30.0
LONGEST_RUN_SECONDS = 60.0
"""After which a process is killed although it has not sent its share: against hanging, on a busy machine."""
FAILING = 0.2


@dataclass(slots=True)
class Told:
    """What was seen."""

    provider: Provider
    kills: int = 0
    twice: list[str] = field(default_factory=list)
    """People who got more than one message."""
    neither: list[str] = field(default_factory=list)
    """People who got no message, and of whom there is no dead letter either."""
    claimed: list[str] = field(default_factory=list)
    """People of whose message we say that it went, and the provider never had it."""
    outside_hours: list[datetime] = field(default_factory=list)
    states: Counter[MessageState] = field(default_factory=Counter)
    decided_by_report: int = 0


def provider_of(random: Random) -> Provider:
    """One that fails at a fifth of what it is asked first."""
    ways = [each for each in Does if each is not Does.TAKES]

    def does(_to: str, time: int) -> Does:
        return random.choice(ways) if time == 0 and random.random() < FAILING else Does.TAKES

    return Provider(does=does)


async def killed_again_and_again(url: str, people: int, kills: int, random: Random) -> Told:
    """`people` exhausted leads, and a process that is killed `kills` times while it writes to them."""
    told = Told(provider_of(random))
    provider = told.provider
    runs = RUNS if kills == len(RUNS) else SOME_RUNS[:kills]
    open_runs = sum(not until for _, until in runs)
    async with Store.open(url, clock=CLOCK) as store, serving(provider) as ports:
        phones = await _exhausted(store, people, bogota(runs[0][0]) - timedelta(hours=1))
        for start, end in runs:
            await _fresh_registry(store, bogota(start))
            async with _worker(url, provider, ports, bogota(start)) as (process, _public):
                share = max(1, min(people - len(provider.asked), 2 * people // open_runs) - 1)
                enough = sum(provider.asked.values()) + random.randint(share // 2, share)

                def over(enough: int = enough, end: str = end) -> bool:
                    if end:
                        return provider.now() >= bogota(end)
                    return sum(provider.asked.values()) >= enough

                await _for_a_while(over)
                process.kill()
                told.kills += 1
        await _to_its_end(store, url, provider, ports, told)
        await _counted(store, phones, told)
    return told


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[tuple[int, int]]:
    """It takes messages and letters; gives both ports."""
    async with wire_http(provider.answer) as messages, wire_smtp(MailDoor(provider)) as letters:
        yield messages, letters


async def _to_its_end(store: Store, url: str, provider: Provider, ports: tuple[int, int], told: Told) -> None:
    """The provider is well again and has whatever waits; half of what is unknown is reported, the rest given up."""
    provider.does = lambda _to, _time: Does.TAKES
    last = bogota("2026-12-14 14:00")
    await _fresh_registry(store, last)
    async with _worker(url, provider, ports, last) as (process, public):

        async def idle() -> bool:
            return not await store.messages.list(states=[*WAITING, MessageState.SENDING], most=1)

        await wait_until(idle, 60, "nothing waits")
        told.decided_by_report = await _report_half(store, provider, public)
        process.terminate()
    async with _worker(url, provider, ports, last + timedelta(hours=DECIDED_HOURS + 1)) as (process, _public):

        async def decided() -> bool:
            return not await store.messages.list(states=[MessageState.UNKNOWN], most=1)

        await wait_until(decided, 30, "nothing is unknown")
        process.terminate()


async def _report_half(store: Store, provider: Provider, public: int) -> int:
    """Of letters nobody reports anything."""
    unknown = await store.messages.list(states=[MessageState.UNKNOWN], via=Via.WHATSAPP, most=10_000)
    had = [message.id for message in unknown if message.id in provider.sent_as]
    for ours in had[::2]:
        body = webhook(statuses=[status("delivered", ours=ours, theirs=provider.sent_as[ours])])
        assert await tell(f"http://127.0.0.1:{public}/hooks/whatsapp", body)
    return len(had[::2])


async def _counted(store: Store, phones: list[tuple[CampaignId, PhoneNumber]], told: Told) -> None:
    provider = told.provider
    for campaign, phone in phones:
        lead = await store.leads.with_number(campaign, phone)
        assert lead is not None
        messages = await store.messages.of_lead(lead.id)
        had = len(provider.taken.get(phone.digits, []))
        states = [message.state for message in messages]
        told.states.update(states)
        if had > 1:
            told.twice.append(phone.e164)
        if len(messages) != 1 or (had == 0 and states != [MessageState.DEAD]):
            told.neither.append(phone.e164)
        if had == 0 and states and states[0] in (MessageState.ACCEPTED, MessageState.DELIVERED):
            told.claimed.append(phone.e164)
    told.outside_hours = [at for at in provider.at.values() if not _open(at)]


def _open(at: datetime) -> bool:
    """Ley 2300, art. 3, once more and plainly."""
    local = at.astimezone(ZoneInfo("America/Bogota"))
    if local.date() in HOLIDAYS or local.weekday() == 6:
        return False
    return 8 <= local.hour < 15 if local.weekday() == 5 else 7 <= local.hour < 19


async def _exhausted(store: Store, people: int, at: datetime) -> list[tuple[CampaignId, PhoneNumber]]:
    await store.campaigns.create(CAMPAIGN, "Mantenimiento", FILE, at)
    await store.campaigns.create(LETTERS, "Mantenimiento por correo", LETTERS_FILE, at)
    await store.outbox.join("follow_ups")
    over = LeadMove(state=LeadState.EXHAUSTED, reason="exhausted")
    made = []
    for place, (campaign, channel) in enumerate(CHANNELS.items()):
        consent = Consent(
            channel=channel, at=datetime(2026, 1, 1, tzinfo=UTC), evidence="formulario", purpose="comercial"
        )
        numbers = [number(n) for n in range(place, people, len(CHANNELS))]
        rows = [
            NewLead(
                name=f"Cliente {each.digits}",
                phones=(each,),
                fields={"correo": f"{each.digits}@example.com"},
                consents=(consent,),
            )
            for each in numbers
        ]
        await store.leads.add(campaign, rows, at)
        for each in numbers:
            lead = await store.leads.with_number(campaign, each)
            assert lead is not None
            await store.leads.move(lead.id, over, at)
        made += [(campaign, each) for each in numbers]
    return made


async def _fresh_registry(store: Store, at: datetime) -> None:
    """Somebody consulted the public list an hour ago; one stranger is on it."""
    copy = await store.registries.begin("RNE", at - timedelta(hours=1), at)
    entry = RegistryEntry(PhoneNumber("+573199999999"), frozenset(), None)
    await store.registries.add(copy, [entry])
    await store.registries.finish(copy, at)


@asynccontextmanager
async def _worker(
    url: str, provider: Provider, ports: tuple[int, int], start: datetime
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A process whose clock begins at `start`, with the provider's set by it; dead when the block is over."""
    public = free_port()
    ahead = start - CLOCK.now()
    provider.now = lambda: CLOCK.now() + ahead
    process = await asyncio.create_subprocess_exec(
        *(*DIES_WITH_PARENT, sys.executable, "-m", "tests.support.message_worker"),
        *(url, *map(str, ports), str(public), str(ahead.total_seconds())),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            assert await process.stdout.readline() == b"ready\n"
        yield process, public
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _for_a_while(so: Callable[[], bool]) -> None:
    """Until it is so, or the run has lasted long enough."""
    with contextlib.suppress(AssertionError):
        await wait_until(so, LONGEST_RUN_SECONDS, "it is so")
