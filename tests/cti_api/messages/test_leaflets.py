"""What a tree wants sent goes out by the campaign that sends leaflets: the one it names, by the channel it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import InputError, NotFound
from cti_api.messages.planner import Planner
from cti_api.model.events import EventKind
from cti_api.model.ids import CampaignId, QueueId
from cti_api.model.leads import LeadState
from cti_api.model.phone import PhoneNumber
from cti_api.store.store import Store
from ivr.call.desk import OnTheLine
from ivr.call.store_desk import StoreDesk
from ivr.tree.steps import Send, Via
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.messages import people
from tests.support.store import CAMPAIGN, T0, at

FOLLOW_UPS = """\
follow_ups:
  - {name: requisitos, on: ivr.send, message: {channel: sms, text: "Requisitos para {servicio}: https://coop.example/r"}}
  - {name: planes, on: ivr.send, message: {channel: sms, text: "Planes: https://coop.example/p"}}
"""
CALLER = "+573009998877"


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is asked here is the same on both."""
    yield str(request.param)


class NoQueues:
    async def book_call_back(self, queue: QueueId, call_id: str, number: PhoneNumber) -> None:
        raise NotFound(f"There is no queue {queue}.")


def desk(store: Store, leaflets: CampaignId | None = CAMPAIGN) -> StoreDesk:
    return StoreDesk(
        store=store, call_backs=NoQueues(), recordings=Path(), clock=SystemClock(), region="CO", leaflets=leaflets
    )


def calling(call: str, number: str = CALLER) -> OnTheLine:
    return OnTheLine(call_id=call * 32, number=number, called="6015550100")


def wish(name: str = "requisitos", via: Via = Via.SMS, to: str = "") -> Send:
    return Send(name=name, via=via, to=to, values={"servicio": "internet"})


async def sent(store: Store) -> list[str]:
    told = await store.outbox.number()
    planner = Planner(store, SystemClock())
    await planner.plan(told)
    await planner.plan(told)
    return sorted(each.content.get("text", each.reason) for each in await store.messages.list())


async def test_the_leaflet_that_the_tree_names_goes_to_the_number_that_calls_once_a_call(store: Store) -> None:
    await people(store, 1)
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + FOLLOW_UPS, T0)
    await desk(store).send(calling("a"), wish(), at(1))
    await desk(store).send(calling("a"), wish(), at(2))
    await desk(store).send(calling("b"), wish("planes"), at(3))
    assert await sent(store) == ["Planes: https://coop.example/p", "Requisitos para internet: https://coop.example/r"]
    lead = await store.leads.with_number(CAMPAIGN, PhoneNumber(CALLER))
    assert lead is not None
    assert lead.state is LeadState.CLOSED, "a wish for a leaflet is none to be called"


async def test_another_number_and_another_channel_are_minded(store: Store) -> None:
    await people(store, 1)
    await store.campaigns.replace_spec(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE + FOLLOW_UPS, T0)
    await desk(store).send(calling("a"), wish(to="3015554433"), at(1))
    assert await store.leads.with_number(CAMPAIGN, PhoneNumber("+573015554433")) is not None
    await desk(store).send(calling("b"), wish(via=Via.WHATSAPP), at(2))
    assert len(await sent(store)) == 1, "nobody wrote a WhatsApp of that name"


async def test_without_a_number_nothing_is_promised(store: Store) -> None:
    await people(store, 1)
    with pytest.raises(InputError):
        await desk(store).send(calling("a", number=""), wish(to="12"), at(1))


async def test_without_such_a_campaign_the_wish_is_told_to_whoever_reads_events(store: Store) -> None:
    await desk(store, leaflets=None).send(calling("a"), wish(), at(1))
    [event] = await store.outbox.number()
    assert (event.kind, event.lead_id) == (EventKind.IVR_SEND, None)
    assert event.payload == {
        "what": "requisitos", "via": "sms", "to": CALLER, "values": {"servicio": "internet"},
    }  # fmt: skip
