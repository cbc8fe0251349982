"""A fortnight in three countries, the gate stepped over a store of plain lists: nobody outside the law or too often.

What is allowed is counted anew here, by hand and by the plain implementation of the hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from cti_api.law.facts import OnRecord, OptOut, PastContact
from cti_api.law.terms import Channel, Purpose
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import CampaignId, ContactId
from cti_api.model.leads import Contact, Lead, LeadState
from cti_api.model.phone import PhoneNumber
from dialer.leads.gate import DialFacts, may_dial
from dialer.leads.law import facts_of
from dialer.leads.refused import after_refusal
from tests.support.law import CONSENT, PACKS, checked
from tests.support.plain_law import plain_allowed
from tests.support.thoughts import ALWAYS, lead, spec

FIRST = datetime(2026, 12, 1, tzinfo=UTC)
"""With 8 December, a holiday in Colombia and Peru, and 9 December, one in Peru."""

DAYS = 14
STEP = timedelta(minutes=10)
PEOPLE = 100
PURPOSES = (Purpose.COLLECTIONS, Purpose.COMMERCIAL, Purpose.SERVICE)
PLACES = {
    "CO": (ZoneInfo("America/Bogota"), "+57300{:07d}"),
    "PE": (ZoneInfo("America/Lima"), "+519{:08d}"),
    "BO": (ZoneInfo("America/La_Paz"), "+5917{:07d}"),
}


@dataclass
class Person:
    contact: Contact
    history: list[PastContact] = field(default_factory=list)
    abandoned: dict[PhoneNumber, datetime] = field(default_factory=dict)
    said_no: dict[PhoneNumber, datetime] = field(default_factory=dict)

    def on_record(self, number: PhoneNumber, now: datetime) -> OnRecord:
        said_no = self.said_no.get(number)
        return OnRecord(
            history=tuple(self.history),
            abandoned_at=self.abandoned.get(number),
            opt_outs=() if said_no is None else (OptOut(at=said_no),),
            consents=(CONSENT,),
            # Consulted every morning, but on the fifth day.
            registries=() if (now - FIRST).days == 5 else (checked(now),),
        )


@dataclass
class Dialled:
    person: Person
    spec: CampaignSpec
    number: PhoneNumber
    at: datetime
    before: tuple[PastContact, ...]


def fortnight(region: str, random: Random) -> Iterator[Dialled]:
    """Every call that the gate lets through, with what was on record before it."""
    form = PLACES[region][1]
    people = [
        Person(
            Contact(id=ContactId(n), name="", phones=(PhoneNumber(form.format(n)), PhoneNumber(form.format(n + 100))))
        )
        for n in range(1, PEOPLE + 1)
    ]
    campaigns = [
        spec(hours=ALWAYS, most=100, id=CampaignId(purpose.value), purpose=purpose, region=region)
        for purpose in PURPOSES
    ]
    leads: dict[tuple[str, int], Lead] = {
        (each.id, n): lead(campaign_id=each.id, contact=person.contact, state=LeadState.READY)
        for each in campaigns
        for n, person in enumerate(people)
    }
    for step in range(DAYS * 24 * 6):
        now = FIRST + step * STEP
        for each in campaigns:
            for n, person in enumerate(people):
                mine = leads[each.id, n]
                if mine.state is LeadState.SUPPRESSED or (mine.not_before or now) > now:
                    continue
                known = person.on_record(mine.phone, now)
                law = facts_of(each, mine, mine.phone, known, agent_reserved=False, now=now)
                decision = may_dial(
                    DialFacts(
                        spec=each,
                        lead=mine,
                        number=mine.phone,
                        do_not_call=bool(known.opt_outs),
                        live_elsewhere=False,
                        law=law,
                        packs=PACKS,
                    ),
                    now,
                )
                if decision.allowed:
                    yield Dialled(person, each, mine.phone, now, tuple(person.history))
                    _ring(person, mine.phone, now, random)
                    mine = replace(mine, not_before=None, phone_index=random.randrange(2))
                elif decision.rule == "do_not_call":
                    mine = replace(mine, state=LeadState.SUPPRESSED)
                else:
                    move = after_refusal(each, mine, decision)
                    mine = replace(mine, state=move.state, not_before=move.not_before)
                leads[each.id, n] = mine


def _ring(person: Person, number: PhoneNumber, now: datetime, random: Random) -> None:
    chance = random.random()
    person.history.append(PastContact(at=now, channel=Channel.VOICE, direct=chance < 0.15, number=number))
    if chance < 0.03:
        person.abandoned[number] = now
    elif chance < 0.05:
        person.said_no[number] = now


@pytest.mark.parametrize("region", sorted(PLACES))
def test_a_fortnight_without_a_call_outside_the_law(region: str) -> None:
    zone, calls = PLACES[region][0], 0
    for dialled in fortnight(region, Random(region)):
        calls += 1
        at, number, person, purpose = dialled.at, dialled.number, dialled.person, dialled.spec.purpose
        today = at.astimezone(zone).date()
        this_week = today - timedelta(days=today.weekday())
        same_day = [past for past in dialled.before if past.at.astimezone(zone).date() == today]
        same_week = [past for past in dialled.before if past.at.astimezone(zone).date() >= this_week]
        told = (region, purpose, at)
        assert plain_allowed(at, region, None, None, purpose, Channel.VOICE), told
        assert not any(past.direct for past in same_day), told
        assert sum(not past.direct for past in same_day) < 3, told
        assert sum(not past.direct for past in same_week) < 6, told
        assert all(at - past.at >= timedelta(hours=2) for past in dialled.before if not past.direct), told
        assert number not in person.said_no, told
        assert at - person.abandoned.get(number, FIRST - timedelta(days=9)) >= timedelta(hours=72), told
        assert not (region == "CO" and purpose is Purpose.COMMERCIAL and (at - FIRST).days == 5), told
    assert calls > 5 * PEOPLE, "people are called at all"
