"""A tree's wishes carried out with the store: tickets, things to send, call backs, surveys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from cti_api.clock import Clock
from cti_api.errors import Conflict, InputError
from cti_api.model.events import Event, EventKind
from cti_api.model.front_desk import NewTicket
from cti_api.model.ids import AgentId, CampaignId, LeadId, QueueId, new_event_id
from cti_api.model.leads import NewLead
from cti_api.model.phone import PhoneNumber
from cti_api.model.surveys import NewSitting, SurveyId
from cti_api.numbers.phones import RefusedPhone, parse_phone
from cti_api.numbers.regions import region_of
from cti_api.store.store import Store
from cti_api.survey_file.parse import parse_survey
from ivr.call.desk import OnTheLine
from ivr.call.leaving import Conversation
from ivr.call.led_survey import LedSurvey
from ivr.tree.prompts import Value, Values, in_words
from ivr.tree.steps import BookCallBack, Send, Via


class BooksCallBacks(Protocol):
    """The dialer's queues."""

    async def book_call_back(self, queue: QueueId, call_id: str, number: PhoneNumber) -> None:
        """Give somebody a place in a queue, to be called when it is their turn; told again with the same call and
        queue, it is the same place.

        Raises `NotFound` for a queue that there is not, `Conflict` for one that calls nobody back.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDesk:
    """`ivr.call.desk.Desk`. `region`: in whose form callers write numbers that they leave."""

    store: Store
    call_backs: BooksCallBacks
    recordings: Path
    clock: Clock
    region: str
    leaflets: CampaignId | None = None
    """The campaign that sends what trees want sent; None: it is only told."""

    async def ticket(self, who: OnTheLine, kind: str, values: Mapping[str, Value], now: datetime) -> str:
        told = _told(EventKind.TICKET_OPENED, who, now, {"what": kind, "values": _plain(values)})
        ticket = NewTicket(call_id=who.call_id, kind=kind, number=who.number, values=_plain(values))
        return str(await self.store.front_desk.open_ticket(ticket, now, told))

    async def send(self, who: OnTheLine, send: Send, now: datetime) -> None:
        to = send.to or who.number
        if not to:
            raise Conflict("Nobody knows where to send it: the caller withholds their number.")
        wish = {"what": send.name, "via": send.via.value, "to": to, "values": _plain(send.values)}
        told = _told(EventKind.IVR_SEND, who, now, wish)
        if self.leaflets is not None:
            told = replace(told, campaign_id=self.leaflets, lead_id=await self._lead(self.leaflets, who, send, now))
        await self.store.outbox.append(told)

    async def _lead(self, campaign: CampaignId, who: OnTheLine, send: Send, now: datetime) -> LeadId:
        """Them in the campaign that sends: by its law, its do-not-call list and its templates. They are not to be
        called, so their lead is over as it comes in."""
        number = parse_phone(send.to if send.to and send.via is not Via.EMAIL else who.number, self._region_of(who))
        if isinstance(number, RefusedPhone):
            raise InputError(f"There is no number to send it to: {number.reason}.")
        known = await self.store.leads.with_number(campaign, number)
        if known is None:
            fields = {name: in_words(value) for name, value in send.values.items()} | {"correo": send.to}
            new = NewLead(name="", phones=(number,), fields=fields, valid_until=now)
            await self.store.leads.add(campaign, [new], now)
            known = await self.store.leads.with_number(campaign, number)
        if known is None:
            raise Conflict("The person was erased: nothing is sent to them.")
        return known.id

    async def call_back(self, who: OnTheLine, book: BookCallBack, now: datetime) -> None:  # noqa: ARG002 - Desk's own
        number = parse_phone(book.to or who.number, self._region_of(who))
        if isinstance(number, RefusedPhone):
            raise InputError(f"No number to be called back at: {number.fault}")
        await self.call_backs.book_call_back(QueueId(book.queue), who.call_id, number)

    async def survey(self, who: OnTheLine, name: str, values: Values) -> Conversation:
        stored = await self.store.surveys.get(SurveyId(name))
        sitting = await self.store.sittings.begin(
            NewSitting(
                survey_id=stored.id,
                number=PhoneNumber(who.number) if who.number else None,
                queue=who.queue,
                agent_id=AgentId(in_words(values["agent"])) if "agent" in values else None,
                service=in_words(values.get("service", "")),
            ),
            self.clock.now(),
        )
        return LedSurvey(parse_survey(stored.text), sitting, self.store.sittings, self.recordings, self.clock)

    def _region_of(self, who: OnTheLine) -> str:
        return region_of(PhoneNumber(who.number)) if who.number else self.region


def _told(kind: EventKind, who: OnTheLine, now: datetime, payload: dict[str, Any]) -> Event:
    return Event(event_id=new_event_id(), kind=kind, occurred_at=now, call_id=who.call_id, payload=payload)


def _plain(values: Mapping[str, Value]) -> dict[str, Any]:
    """As JSON has them."""

    def plain(value: Value) -> Any:
        match value:
            case bool() | str():
                return value
            case Decimal():
                return int(value) if value == value.to_integral_value() else float(value)
            case date():
                return value.isoformat()

    return {name: plain(value) for name, value in values.items()}
