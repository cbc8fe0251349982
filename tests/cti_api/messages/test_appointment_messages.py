"""What is told of appointments becomes messages: the hour in words and the person's own link, once for each hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import SystemClock
from cti_api.errors import InputError
from cti_api.links import BookingLinks
from cti_api.messages.planner import Planner
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import LeadId
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import people
from tests.support.store import CAMPAIGN, T0, event
from vocero.app import booking_links

FOLLOW_UP = """\
follow_ups:
  - name: recordatorio
    on: appointment.reminder_due
    message: {channel: sms, text: "{nombre}|{cita}|{booking_link}"}
"""
LINKS = BookingLinks("a secret that nobody knows", "https://citas.example.com")


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def reminder(lead_id: LeadId, sequence: int = 0) -> Event:
    payload = {"appointment_id": 7, "sequence": sequence, "starts_at": "2026-03-03T20:30:00+00:00"}
    facts = {"campaign_id": CAMPAIGN, "lead_id": lead_id, "payload": payload}
    return event(EventKind.APPOINTMENT_REMINDER_DUE, T0, **facts)


async def test_a_reminder_says_when_and_gives_the_person_their_link(store: Store) -> None:
    await store.campaigns.replace_spec(CAMPAIGN, "M", CAMPAIGN_FILE + FOLLOW_UP, T0)
    [lead] = await people(store, 1)
    clock = SystemClock()
    planner = Planner(store, clock, booking_links(LINKS, clock))
    first = reminder(lead.id)
    assert [await planner.plan([first]), await planner.plan([first])] == [1, 0]
    assert await planner.plan([replace(reminder(lead.id, 1), event_id="b" * 32)]) == 1, "it was moved: reminded anew"
    for message in await store.messages.of_lead(lead.id):
        name, when, link = message.content["text"].split("|")
        assert (name, when) == ("Cliente 0", "martes 3 de marzo, 3:30 p. m.")
        assert LINKS.lead_of(link.rpartition("/")[2], clock.now()) == lead.id


def test_a_word_that_is_no_event_of_appointments_is_refused() -> None:
    with pytest.raises(InputError, match=r"must be one of appointment\.booked"):
        parse_campaign(CAMPAIGN_FILE + FOLLOW_UP.replace("reminder_due", "reminder_dew"))
