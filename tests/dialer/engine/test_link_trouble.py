"""What a lost link does to agents and people who are being joined, and what a trunk's keep-alive does to its calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from cti_api.model.agents import AgentState
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId
from dialer.telephony import LinkDoubtful, LinkUp
from tests.support.ami_fake import Action, Headers
from tests.support.house import House
from tests.support.little_asterisk import LittleAsterisk


def cuts_at_the_redirect(asterisk: LittleAsterisk, *, done: bool) -> None:
    """The next Redirect is heard, and `done` or not; the line is gone before the answer. Later ones are answered."""
    answer = asterisk.answers["Redirect"]

    def cut(action: Action) -> Iterable[Headers]:
        asterisk.answers["Redirect"] = answer
        if done:
            by_id = {channel.uniqueid: channel for channel in asterisk.channels}
            leg, person = by_id[action["Channel"]], by_id[action["Exten"]]
            leg.bridge_id = person.bridge_id = "bridge"
            leg.exten = person.uniqueid
        asterisk.cut()
        return []

    asterisk.answers["Redirect"] = cut


async def test_an_agent_who_could_not_be_joined_because_the_link_broke_is_not_blamed(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    cuts_at_the_redirect(house.asterisk, done=False)
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: house.asterisk.joins().count((leg, attempt)) == 2, "ana is joined over the next session")
    assert house.asterisk.named("Hangup") == [], "her leg was hung up"
    await house.asterisk.joined(leg, attempt)
    await house.is_in("ana", AgentState.BUSY)


async def test_an_agent_who_was_joined_while_the_link_broke_is_found_in_the_talk(house: House) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.call()
    cuts_at_the_redirect(house.asterisk, done=True)
    await house.asterisk.answers_call(attempt)
    await house.is_in("ana", AgentState.BUSY)
    assert len(house.asterisk.joins()) == 1
    assert house.state("luis") is AgentState.READY
    await house.asterisk.ends(attempt)
    await house.is_in("ana", AgentState.WRAP_UP)
    house.engine.desk.make_ready(AgentId("ana"))
    record = await house.until_closed(attempt)
    assert (record.result, record.agent_id) == (CallResult.CONNECTED, "ana")


async def test_why_the_link_is_down_is_told(house: House) -> None:
    floor = house.engine.floor
    assert (floor.link_trouble, floor.alarm) == ("", "")
    await house.asterisk.stop()
    await house.until(lambda: bool(floor.link_trouble), "the trouble is told")
    assert floor.alarm == "link_down"
    await house.asterisk.start_again()
    await house.until(lambda: floor.reconciled, "the link is back")
    assert floor.link_trouble == ""


async def test_over_a_link_in_doubt_nothing_is_committed_but_people_who_wait_are_joined(house: House) -> None:
    await house.sign_in("ana")
    attempt = await house.call()
    floor = house.engine.floor
    house.engine.dispatch.take(LinkDoubtful("a ping was missed"))
    assert not floor.reconciled
    await house.engine.settling.settle_once()
    assert floor.alarm == "link_down"
    await house.asterisk.answers_call(attempt)
    leg = house.asterisk.legs["ana"]
    await house.until(lambda: (leg, attempt) in house.asterisk.joins(), "ana is joined")
    house.engine.dispatch.take(LinkUp(floor.clock.now() - timedelta(hours=1)))
    await house.until(lambda: floor.alarm == "", "the doubt is over")


async def test_a_session_that_came_up_while_the_last_one_was_asked_is_asked_itself(house: House) -> None:
    floor = house.engine.floor
    list_contacts = house.asterisk.answers["DBGetTree"]

    def comes_up_meanwhile(action: Action) -> Iterable[Headers]:
        house.asterisk.answers["DBGetTree"] = list_contacts
        house.asterisk.reading.clear()
        house.engine.settling.link_came_up()
        return list_contacts(action)

    house.asterisk.answers["DBGetTree"] = comes_up_meanwhile
    house.asterisk.phones.clear()  # whose addresses would be asked one by one
    await house.engine.settling.settle_once()
    assert not floor.reconciled
    house.asterisk.reading.set()
    await house.until(lambda: floor.reconciled, "it is asked")


async def test_a_trunk_that_does_not_answer_the_keep_alive_gets_no_more_calls(house: House) -> None:
    await house.sign_in("ana", "luis")
    attempt = await house.call()
    await house.until(lambda: len(house.asterisk.calls) == 2, "each agent has a call on its way")
    down = [("AOR", "operador-a"), ("URI", "sip:10.0.0.1"), ("ContactStatus", "Unreachable")]
    await house.asterisk.say([("Event", "ContactStatus"), *down])
    floor = house.engine.floor
    await house.until(lambda: "open" in floor.trunks.states().values(), "the trunk is given up")
    await house.asterisk.ends(attempt, 19)
    run = next(iter(house.engine.campaigns.runs.values()))
    await house.until(lambda: run.alarm == "no_trunks", "the campaign says so")
    assert len(house.asterisk.calls) == 2
