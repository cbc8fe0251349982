"""The page behind the link in a message: it books, moves and cancels for whom the link was sent to, and nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from cti_api.errors import Conflict, StoreUnavailable
from cti_api.links import BookingLinks
from cti_api.model.appointments import Appointment, AppointmentState, Booking, Calendar, Slot
from cti_api.model.ids import CampaignId, LeadId
from cti_api.model.leads import LeadState, NewLead
from cti_api.store.calendars import Calendars
from cti_api.web.app import create_public_app
from cti_api.web.booking_page import BookingPage
from cti_api.web.handed import Handed
from cti_api.web.rate import MOST_KEYS, Rate
from tests.support.campaigns import BOOKING_CAMPAIGN, CAMPAIGN_FILE
from tests.support.store import number

CAMPAIGN = CampaignId("mantenimiento")
LINKS = BookingLinks("a secret that nobody knows")
HOUR = timedelta(hours=1)


@pytest.fixture
async def page(handed: Handed) -> AsyncIterator[httpx.AsyncClient]:
    """A telephone's browser at the public door."""
    app = create_public_app(handed, BookingPage(LINKS).router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://citas.example.com") as client:
        yield client


@pytest.fixture
def first(handed: Handed) -> datetime:
    return (handed.clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def workshop(handed: Handed, first: datetime) -> None:
    """Two hours with one place each, and ten days of one hour after them."""
    store, now = handed.store, handed.clock.now()
    await store.calendars.put(Calendar(name="taller-norte", title="Taller Norte", timezone="America/Bogota"), now)
    starts = [first, first + HOUR, *(first + timedelta(days=n) for n in range(1, 11))]
    slots = [Slot(starts_at=at, ends_at=at + HOUR, capacity=1) for at in starts]
    await store.calendars.put_slots("taller-norte", slots)
    await store.campaigns.create(CAMPAIGN, "Mantenimiento", BOOKING_CAMPAIGN, now)


async def link(handed: Handed, n: int = 0, name: str = "Jimena Niño") -> tuple[LeadId, str]:
    await handed.store.leads.add(CAMPAIGN, [NewLead(name=name, phones=(number(n),))], handed.clock.now())
    lead = await handed.store.leads.with_number(CAMPAIGN, number(n))
    assert lead is not None
    return lead.id, f"/c/{LINKS.token(lead.id, handed.clock.now())}"


async def only(handed: Handed, lead_id: LeadId) -> Appointment:
    (found,) = await handed.store.appointments.of_lead(lead_id)
    return found


class Forms(HTMLParser):
    """What a browser would offer, and whatever it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hours: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if values.get("type") == "radio":
            self.hours.append(values["value"] or "")
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href", "action") or name.startswith("on")
        ]


def forms(answer: httpx.Response) -> Forms:
    return Forms(answer.text)


@pytest.mark.usefixtures("workshop")
async def test_a_person_books_moves_and_cancels(page: httpx.AsyncClient, handed: Handed, first: datetime) -> None:
    lead_id, address = await link(handed)
    shown = await page.get(address)
    assert (shown.status_code, "Jimena Niño" in shown.text, "+57 601 5550100" in shown.text) == (200, True, True)
    hours = forms(shown).hours
    assert hours[0] == first.isoformat()

    booked = await page.post(address, data={"hora": hours[0]})
    assert (booked.status_code, booked.headers["location"]) == (303, f"{address}?hecho=reservada")
    again = await page.get(booked.headers["location"])
    assert "Su cita quedó reservada." in again.text
    assert hours[0] not in forms(again).hours
    assert (await handed.store.leads.get(lead_id)).state is LeadState.COMPLETED

    await page.post(address, data={"hora": hours[1]})
    moved = await only(handed, lead_id)
    assert (moved.state, moved.starts_at, moved.source) == (AppointmentState.MOVED, first + HOUR, "link")
    cancelled = await page.post(address, data={"accion": "cancelar"})
    assert cancelled.headers["location"].endswith("?hecho=cancelada")
    assert (await only(handed, lead_id)).state is AppointmentState.CANCELLED
    assert forms(await page.get(address)).hours[:2] == hours[:2]


@pytest.mark.usefixtures("workshop")
async def test_an_hour_that_somebody_else_took_meanwhile_is_told_with_what_is_left(
    page: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    _, mine = await link(handed, 0)
    _, other = await link(handed, 1)
    await page.post(other, data={"hora": first.isoformat()})
    late = await page.post(mine, data={"hora": first.isoformat()})
    assert (late.status_code, "se acaba de ocupar" in late.text) == (409, True)
    assert forms(late).hours[0] == (first + HOUR).isoformat()


@pytest.mark.usefixtures("workshop")
async def test_looking_changes_nothing_and_only_seven_days_are_shown(
    page: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    lead_id, address = await link(handed)
    shown = await page.get(address, params={"hora": first.isoformat(), "accion": "cancelar", "hecho": "<script>"})
    assert await handed.store.appointments.of_lead(lead_id) == []
    (more,) = [each for each in forms(shown).loads if each.startswith("?desde=")]
    assert "script" not in forms(shown).tags
    later = await page.get(address + more)
    assert set(forms(later).hours).isdisjoint(forms(shown).hours)
    assert len(forms(later).hours) + len(forms(shown).hours) == 12
    for nonsense in ("ayer", "0001-01-01", "9999-12-31", "2026-13-40"):
        assert (await page.get(address, params={"desde": nonsense})).status_code == 200


@pytest.mark.usefixtures("workshop")
async def test_a_name_from_a_stranger_s_list_is_text_and_nothing_is_loaded_from_anywhere(
    page: httpx.AsyncClient, handed: Handed
) -> None:
    _, address = await link(handed, name="<script>alert(1)</script><img src=https://x.example/p onerror=x>")
    shown = await page.get(address)
    found = forms(shown)
    assert "&lt;script&gt;" in shown.text
    assert not {"script", "img", "link", "iframe"} & set(found.tags)
    assert [each for each in found.loads if not each.startswith(("?desde=", "tel:"))] == []
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("workshop")
async def test_a_guessed_or_expired_link_is_one_and_the_same_clear_page(
    page: httpx.AsyncClient, handed: Handed
) -> None:
    lead_id, address = await link(handed)
    old = f"/c/{LINKS.token(lead_id, handed.clock.now() - timedelta(days=31))}"
    nobody = f"/c/{LINKS.token(LeadId(999_999), handed.clock.now())}"
    answers = [await page.get(each) for each in (old, nobody, "/c/abc", address + "x", "/c/" + "y" * 5000)]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text for each in answers}) == 1
    assert "no es válido o ya venció" in answers[0].text
    assert (await page.post(old, data={"accion": "cancelar"})).status_code == 404


@pytest.mark.usefixtures("workshop")
async def test_whoever_guesses_is_slowed_down_and_who_has_a_link_is_not_for_that(
    page: httpx.AsyncClient, handed: Handed
) -> None:
    _, address = await link(handed)
    answers = [(await page.get(f"/c/guess{n}")).status_code for n in range(25)]
    assert (answers[0], answers[-1]) == (404, 429)
    assert (await page.get(address)).status_code == 200
    pressed = [(await page.get(address)).status_code for _ in range(31)]
    assert pressed[-1] == 429


@pytest.mark.usefixtures("workshop")
@pytest.mark.parametrize("body", [b"", b"hora=" + b"x" * 5000, b"\xff\xfe", b"hora=ayer", b"hora=2031-01-01T08:00"])
async def test_a_form_that_is_none_changes_nothing(page: httpx.AsyncClient, handed: Handed, body: bytes) -> None:
    lead_id, address = await link(handed)
    assert (await page.post(address, content=body)).status_code == 409
    assert await handed.store.appointments.of_lead(lead_id) == []


@pytest.mark.usefixtures("workshop")
async def test_every_hour_of_a_calendar_of_many_short_ones_is_on_some_page(
    page: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    zone, short = ZoneInfo("America/Bogota"), timedelta(minutes=5)
    midnight = (first.astimezone(zone) + timedelta(days=30)).replace(hour=0)
    starts = [(midnight + timedelta(days=day) + n * short).astimezone(UTC) for day in range(4) for n in range(200)]
    every = [Slot(starts_at=at, ends_at=at + short, capacity=1) for at in starts]
    await handed.store.calendars.put_slots("taller-norte", every)
    _, address = await link(handed)
    seen: list[str] = []
    more = f"?desde={midnight:%Y-%m-%d}"
    while more:
        shown = forms(await page.get(address + more))
        seen += shown.hours
        more = next((each for each in shown.loads if each.startswith("?desde=")), "")
    assert seen == [at.isoformat() for at in starts]


@pytest.mark.usefixtures("workshop")
async def test_the_link_of_somebody_who_was_erased_opens_nothing(
    page: httpx.AsyncClient, handed: Handed, first: datetime
) -> None:
    lead_id, address = await link(handed)
    now, e164 = handed.clock.now(), number(0).e164
    await handed.store.erasures.erase(e164, [e164], "mesa", "pedido", now)
    for answer in (await page.get(address), await page.post(address, data={"hora": first.isoformat()})):
        assert (answer.status_code, "no es válido o ya venció" in answer.text) == (404, True)
    with pytest.raises(Conflict, match="erased"):
        await handed.store.appointments.book(lead_id, Booking(starts_at=first, calendar="taller-norte"), now)
    assert await handed.store.appointments.of_lead(lead_id) == []


@pytest.mark.usefixtures("workshop")
async def test_a_store_that_is_away_is_a_page_for_the_person_too(page: httpx.AsyncClient, handed: Handed) -> None:
    class Away(Calendars):
        async def slots(self, *_asked: Any, **_more: Any) -> list[Slot]:
            raise StoreUnavailable("The store is locked by another program.")

    _, address = await link(handed)
    handed.store.calendars = Away(handed.store._database)
    for answer in (await page.get(address), await page.post(address, data={"hora": "ayer"})):
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")


async def test_a_campaign_without_a_calendar_says_whom_to_call(page: httpx.AsyncClient, handed: Handed) -> None:
    await handed.store.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, handed.clock.now())
    _, address = await link(handed)
    shown = await page.get(address)
    assert "no se puede reservar por aquí" in shown.text
    assert "tel:+576015550100" in forms(shown).loads


@pytest.mark.usefixtures("workshop")
async def test_nothing_else_is_behind_the_public_door(page: httpx.AsyncClient) -> None:
    for path in ("/", "/c", "/api/v1/campaigns", "/metrics", "/healthz", "/openapi.json", "/c/a/b"):
        assert (await page.get(path)).status_code == 404


def test_a_rate_lets_so_many_through_and_forgets_who_does_not_come_back() -> None:
    rate = Rate(per_minute=60, burst=2)
    assert [rate.allows("ana", 0.0) for _ in range(3)] == [True, True, False]
    assert rate.allows("luis", 0.0)
    assert [rate.allows("ana", 1.0), rate.allows("ana", 1.0)] == [True, False]
    for n in range(MOST_KEYS):
        rate.allows(str(n), 1.0)
    assert rate.allows("ana", 1.0), "she was forgotten"
