"""What agents dial by hand: the number they asked for, under the same rules, and never at the price of their shift."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cti_api.errors import Conflict, StoreUnavailable
from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, CampaignId
from cti_api.model.leads import Lead, LeadState, NewLead
from dialer.engine.by_hand import Preview
from tests.support.ami_fake import Action, Headers
from tests.support.house import House
from tests.support.store import new_leads, number

ANA = AgentId("ana")
MANUAL = CampaignId("a-mano")
FIRST, SECOND = number(501), number(502)
TWO_PHONES = [NewLead(name="Dos teléfonos", phones=(FIRST, SECOND))]


async def only_lead(house: House, campaign: CampaignId = MANUAL) -> Lead:
    (lead,) = await house.engine.floor.store.leads.find("telefonos", campaign)
    return lead


async def test_the_number_asked_for_is_dialled_not_the_persons_next_one(house: House) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual")
    attempt = await house.engine.by_hand.dial(ANA, run, SECOND)
    assert house.asterisk.dialled(attempt) == SECOND.digits
    assert house.engine.floor.board.seat(ANA).attempt_id == attempt
    await house.asterisk.ends(attempt, 17)
    record = await house.until_closed(attempt)
    assert (record.number, record.result) == (SECOND, CallResult.BUSY)


async def test_the_number_asked_for_passes_the_gate_and_its_refusal_leaves_the_person_as_they_were(
    house: House,
) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual")
    await house.engine.floor.store.suppression.add([SECOND], "test", house.engine.floor.clock.now())
    with pytest.raises(Conflict, match="do-not-call"):
        await house.engine.by_hand.dial(ANA, run, SECOND)
    lead = await only_lead(house)
    assert lead.phone == FIRST
    assert lead.state in (LeadState.NEW, LeadState.RESERVED), "the campaign may have it in its hopper"
    attempt = await house.engine.by_hand.dial(ANA, run, FIRST)
    assert house.asterisk.dialled(attempt) == FIRST.digits


async def test_a_number_called_by_hand_is_the_one_called_again(house: House) -> None:
    await house.sign_in("ana")
    again = {"default": {"action": "retry", "after": "1 h"}, "connected": {"action": "complete"}}
    again |= {"hablado": {"action": "complete"}}
    retry = {"max_attempts": 3, "min_gap": "1 s", "rules": again}
    run = await house.campaign(MANUAL, TWO_PHONES, mode="manual", retry=retry)
    attempt = await house.engine.by_hand.dial(ANA, run, SECOND)
    await house.asterisk.ends(attempt, 17)
    await house.until_closed(attempt)
    lead = await only_lead(house)
    assert (lead.state, lead.phone) == (LeadState.WAITING, SECOND)


@pytest.mark.parametrize("rings", [True, False])
async def test_a_call_that_its_agent_cancels_was_canceled_and_says_nothing_against_the_trunk(
    house: House, rings: bool
) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, new_leads(4, first=600), mode="manual")
    for nth in range(4):
        attempt = await house.engine.by_hand.dial(ANA, run, number(600 + nth))
        if rings:
            await house.asterisk.rings(attempt)
            await house.until(lambda id_=attempt: house.engine.floor.book.get(id_).call.rang, "it rings")
        await house.engine.desk.hang_up(ANA)
        assert (await house.until_closed(attempt)).result is CallResult.CANCELED_BY_DIALER
        await house.is_in("ana", AgentState.READY)
    assert set(house.engine.floor.trunks.states().values()) == {"closed"}


async def shown(house: House) -> Preview:
    """The person whom ana is shown next."""
    await house.until(lambda: ANA in house.engine.by_hand.previews, "somebody is on show")
    return house.engine.by_hand.previews[ANA]


@pytest.mark.parametrize("state", ["pause", "drain"])
async def test_a_campaign_that_does_not_dial_does_not_dial_by_hand_either(house: House, state: str) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, new_leads(3, first=600), mode="preview")
    preview = await shown(house)
    await getattr(house.engine.campaigns, state)(MANUAL)
    with pytest.raises(Conflict, match=f"{MANUAL} is {state}|nobody on show"):  # taken back already, or refused
        await house.engine.by_hand.accept(ANA)
    await house.is_in("ana", AgentState.READY)
    with pytest.raises(Conflict, match=f"{MANUAL} is {state}"):
        await house.engine.by_hand.dial(ANA, run, number(700))
    assert house.asterisk.calls == []
    await house.engine.floor.recorder.drained()
    assert (await house.engine.floor.store.leads.get(preview.lead.id)).state is LeadState.NEW
    assert await house.engine.floor.store.leads.find(number(700).digits, MANUAL) == [], "no lead was made"


async def test_who_is_on_show_when_the_campaign_is_paused_goes_back_and_their_agent_is_free(house: House) -> None:
    await house.sign_in("ana")
    await house.campaign(MANUAL, new_leads(3, first=600), mode="preview")
    preview = await shown(house)
    await house.engine.campaigns.pause(MANUAL)
    await house.is_in("ana", AgentState.READY)
    await house.engine.floor.recorder.drained()
    assert (await house.engine.floor.store.leads.get(preview.lead.id)).state is LeadState.NEW


async def test_calls_by_hand_keep_the_campaigns_channels(house: House) -> None:
    await house.sign_in("ana", "luis")
    run = await house.campaign(MANUAL, [], mode="manual", max_channels=1)
    first = await house.engine.by_hand.dial(ANA, run, number(600))
    with pytest.raises(Conflict, match="as many calls as it may"):
        await house.engine.by_hand.dial(AgentId("luis"), run, number(601))
    await house.asterisk.ends(first, 17)
    await house.until_closed(first)
    await house.engine.by_hand.dial(AgentId("luis"), run, number(601))


async def test_calls_by_hand_keep_the_campaigns_calls_per_second(house: House) -> None:
    await house.sign_in("ana", "luis")
    run = await house.campaign(MANUAL, [], mode="manual", calls_per_second=0.01)
    await house.engine.by_hand.dial(ANA, run, number(600))
    with pytest.raises(Conflict, match="no more calls in this second"):
        await house.engine.by_hand.dial(AgentId("luis"), run, number(601))


# ---------------------------------------------------------------------------------------------------- what goes wrong

locked_soon = pytest.mark.parametrize("busy_seconds", [0.3])


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program holds the store's write lock."""
    with closing(sqlite3.connect(folder / "vocero.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@locked_soon
async def test_a_store_that_fails_at_accept_costs_neither_the_agent_nor_the_person(
    house: House, tmp_path: Path
) -> None:
    await house.sign_in("ana")
    await house.campaign(MANUAL, new_leads(1, first=600), mode="preview")
    first = await shown(house)
    await house.engine.floor.recorder.drained()
    with locked(tmp_path):
        with pytest.raises(StoreUnavailable):
            await house.engine.by_hand.accept(ANA)
        assert house.state("ana") is AgentState.READY
        assert house.engine.floor.board.seat(ANA).attempt_id is None
    assert (await shown(house)).lead.id == first.lead.id, "the person is shown again"
    attempt = await house.engine.by_hand.accept(ANA)
    await house.until(lambda: attempt in house.asterisk.calls, "and called")


@locked_soon
async def test_a_store_that_fails_at_a_manual_call_costs_the_agent_nothing(house: House, tmp_path: Path) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, new_leads(1, first=600), mode="manual")
    await house.engine.floor.recorder.drained()
    with locked(tmp_path), pytest.raises(StoreUnavailable):
        await house.engine.by_hand.dial(ANA, run, number(600))
    assert house.state("ana") is AgentState.READY
    await house.until(lambda: not house.engine.floor.alarm, "the store can be written again")
    attempt = await house.engine.by_hand.dial(ANA, run, number(600))
    assert house.asterisk.calls == [attempt]


async def test_a_call_that_comes_up_after_asterisk_did_not_answer_for_it_is_taken_by_whoever_is_free(
    house: House,
) -> None:
    await house.sign_in("ana")
    run = await house.campaign(MANUAL, [], mode="manual")
    make_channel = house.asterisk.answers["Originate"]

    def cut(action: Action) -> Iterable[Headers]:
        house.asterisk.answers["Originate"] = make_channel
        make_channel(action)
        house.asterisk.cut()
        return []

    house.asterisk.answers["Originate"] = cut
    with pytest.raises(Conflict, match="has not said"):
        await house.engine.by_hand.dial(ANA, run, number(600))
    assert house.state("ana") is AgentState.READY
    await house.until(lambda: house.engine.floor.reconciled, "the link is back")
    (attempt,) = house.asterisk.calls
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "ana is joined")


async def test_a_person_whose_own_agent_was_lost_is_taken_by_another(house: House) -> None:
    await house.sign_in("ana", "luis")
    run = await house.campaign(MANUAL, [], mode="manual")
    attempt = await house.engine.by_hand.dial(ANA, run, number(600))
    house.asterisk.deaf = True
    await house.asterisk.ends(house.asterisk.legs["ana"], 44)
    await house.is_in("ana", AgentState.NOT_READY)
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["luis"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "luis is joined")
