"""`vocero messages` and `vocero tasks`: what a person sees of them and decides."""

from __future__ import annotations

import pytest

from cti_api.clock import SystemClock
from cti_api.messages.machine import Step
from cti_api.model.follow_ups import Via
from cti_api.model.ids import CampaignId
from cti_api.model.leads import Lead, NewLead
from cti_api.model.messages import Message, Reply
from cti_api.store.follow_ups import NewTask
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.control_server import ControlServer
from tests.support.messages import allowed, message_for, planned
from tests.support.shell import Shell
from tests.support.store import number

CAMPAIGN = CampaignId("mantenimiento")
CLOCK = SystemClock()


@pytest.fixture
def shell(server: ControlServer, alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return alone


@pytest.fixture
def dead(server: ControlServer) -> Message:
    """A lead with a dead letter, a task and an answer."""

    async def make() -> Message:
        store, now = server.store, CLOCK.now()
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, now)
        await store.leads.add(CAMPAIGN, [NewLead(name="Ana Díaz", phones=(number(1),))], now)
        lead = await store.leads.with_number(CAMPAIGN, number(1))
        assert isinstance(lead, Lead)
        message = message_for(lead, now)
        await store.follow_ups.plan([planned(lead, message)], now)
        await store.follow_ups.plan([planned(lead, NewTask("Llamar al taller", "ana"), action="llamar")], now)
        await store.messages.begin(message.id, now, allowed)
        await store.messages.step(message.id, Step.REFUSED, now, "132001 Template does not exist")
        reply = Reply(via=Via.WHATSAPP, provider_id="r1", sender=number(1), text="¿Cuánto?", at=now)
        await store.replies.take(reply)
        return message

    return server.do(make)


def test_dead_letters_are_listed_with_the_providers_words(shell: Shell, dead: Message) -> None:
    found = shell("messages", "list", "--state", "dead", "--json").json
    assert [(each["id"], each["state"], each["reason"]) for each in found] == [
        (dead.id, "dead", "132001 Template does not exist")
    ]
    assert dead.id[:8] in shell("messages", "list", "--channel", "whatsapp").out
    assert "There are none" in shell("messages", "list", "--channel", "sms").err
    assert shell("messages", "list", "--state", "planned", "--campaign", "mantenimiento", "--json").json == []
    assert "Cliente" not in shell("messages", "show", dead.id[:8]).err
    assert "Template does not exist" in shell("messages", "show", dead.id[:8]).out


def test_a_person_sends_a_dead_letter_again_or_gives_it_up(shell: Shell, dead: Message) -> None:
    assert "as soon as the law allows" in shell("messages", "retry", dead.id[:8]).out
    assert shell("messages", "show", dead.id, "--json").json["state"] == "planned"
    refused = shell("messages", "retry", dead.id, expect=1)
    assert "is planned: there is nothing to decide" in refused.err
    assert "given up" in shell("messages", "drop", dead.id).out
    assert shell("messages", "show", dead.id, "--json").json["state"] == "dropped"
    assert "no message's id" in shell("messages", "drop", "xyz", expect=2).err
    assert "There is no message" in shell("messages", "drop", "0" * 32, expect=1).err


def test_tasks_are_listed_until_they_are_done(shell: Shell, dead: Message) -> None:
    [task] = shell("tasks", "list", "--json").json
    assert (task["text"], task["owner"]) == ("Llamar al taller", "ana")
    assert "Llamar al taller" in shell("tasks", "list").out
    assert "Done: Llamar al taller" in shell("tasks", "done", str(task["id"]), "--by", "ana").out
    assert "There is nothing to do" in shell("tasks", "list").err
    assert shell("tasks", "list", "--all", "--json").json[0]["done_by"] == "ana"


def test_why_tells_what_followed_the_calls_and_what_was_answered(shell: Shell, dead: Message) -> None:
    said = shell("leads", "why", "Ana").out
    assert dead.id[:8] in said
    assert "Task 1 (llamar): Llamar al taller: open since" in said
    assert "by whatsapp: “¿Cuánto?”" in said
    [story] = shell("leads", "why", "Ana", "--json").json
    assert [message["state"] for message in story["messages"]] == ["dead"]
