"""People whom we called: which survey they are asked, and where they were in it, by the id of the call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import NotFound
from cti_api.model.agents import Agent
from cti_api.model.calls import CallResult
from cti_api.model.events import EventKind
from cti_api.model.ids import AgentId, AttemptId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.surveys import Outcome
from cti_api.store.store import Store
from ivr.agi.verbs import AFTER, InboundCall
from ivr.agi.verbs import SURVEY as CALLED
from ivr.call.asking import Answer as Asked
from ivr.call.asking import Ask, Pressed, Recorded
from ivr.call.called import CalledPeople
from ivr.call.talk import Lost
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn
from tests.support.agentless import SURVEY, SURVEY_FILE, agentless_file, invite
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.ids import new_attempt_id
from tests.support.store import CAMPAIGN, attempt_for, closed, move, number

CLOCK = SystemClock()
TWO = (
    SURVEY_FILE
    + """\
  - {id: facilidad, kind: scale, ask: "¿Qué tan fácil?", from: 1, to: 7}
follow:
  - {name: reclamo, when: nota <= 2, action: area, owner: calidad, due: 8 h}
"""
)


class Presses:
    """A `Talk` with somebody who presses these keys, one for each question, and then is lost."""

    def __init__(self, keys: str) -> None:
        self._keys = iter(keys)

    async def say(self, pieces: Sequence[Piece], barge_in: BargeIn) -> None: ...

    async def play(self, pcm: bytes, barge_in: BargeIn) -> None: ...

    async def said(self) -> None: ...

    async def ask(self, ask: Ask) -> Asked:
        for key in self._keys:
            return Pressed(key)
        raise Lost("the person is gone")

    async def record(self, *, longest_seconds: float, silence_seconds: float) -> Recorded | Asked:
        raise Lost("the person is gone")

    def forget_keys(self) -> int:
        return 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(f"sqlite:///{tmp_path}/vocero.db", clock=CLOCK, upgrade=True) as opened:
        await opened.surveys.publish(SURVEY, "Satisfacción", TWO, CLOCK.now())
        yield opened


@pytest.fixture
def people(store: Store, tmp_path: Path) -> CalledPeople:
    return CalledPeople(store=store, recordings=tmp_path, clock=CLOCK)


def brought(entry: str, attempt: AttemptId) -> InboundCall:
    return InboundCall(
        id=attempt, entry=entry, number="576015550100", caller="", channel="Local/1@vocero-out-1;1", channel_id=attempt
    )


async def called(store: Store, agent: AgentId | None = None) -> AttemptId:
    """The campaign's next call."""
    now = CLOCK.now()
    (lead,) = await store.leads.reserve(CAMPAIGN, 1, now, now.replace(year=now.year + 1))
    attempt = attempt_for(lead, now, agent_id=agent)
    await store.attempts.open(attempt)
    return attempt.id


async def test_who_is_called_again_goes_on_where_they_were_by_the_version_they_began_with(
    store: Store, people: CalledPeople
) -> None:
    await store.campaigns.create(CAMPAIGN, "Encuesta", agentless_file(CAMPAIGN, ["principal"]).decode(), CLOCK.now())
    invitation = await invite(store, number(0), "OT-1", CLOCK.now())
    await store.surveys.hand_over(invitation.id, CAMPAIGN, CLOCK.now())
    first = await called(store)
    conversation = await people.begin(brought(CALLED, first))
    with pytest.raises(Lost):
        await conversation.go_on(Presses("2"))
    await conversation.gone()
    assert await store.sittings.outcomes([first]) == {first: Outcome.PARTIAL}
    over = closed(await store.attempts.get(first), CallResult.CONNECTED, CLOCK.now())
    await store.attempts.close(over, move(LeadState.WAITING, "retry:partial"))
    await store.surveys.publish(
        SURVEY, "Otra", TWO.replace("id: nota", "id: otra").replace("nota <=", "otra <="), CLOCK.now()
    )

    second = await called(store)
    again = await people.begin(brought(CALLED, second))
    await again.go_on(Presses("7"))
    assert await store.sittings.outcomes([first, second]) == {second: Outcome.FINISHED}
    assert (await store.surveys.invitation(invitation.id)).tries == 2
    assert len(await store.survey_cases.all()) == 1, "the complaint is told once"


async def test_after_a_talk_it_is_asked_about_the_agent_of_that_talk(store: Store, people: CalledPeople) -> None:
    text = CAMPAIGN_FILE + f"survey_after: {SURVEY}\n"
    await store.campaigns.create(CAMPAIGN, "Ventas", text, CLOCK.now())
    await store.agents.add(Agent(id=AgentId("ana"), name="Ana", campaigns=(CAMPAIGN,)), CLOCK.now())
    await store.leads.add(CAMPAIGN, [NewLead(name="Rosa", phones=(number(0),))], CLOCK.now())
    attempt = await called(store, AgentId("ana"))
    conversation = await people.begin(brought(AFTER, attempt))
    await conversation.go_on(Presses("16"))
    await store.outbox.number()
    (ended,) = [each for each in await store.outbox.since(0) if each.kind is EventKind.SURVEY_ENDED]
    assert (ended.agent_id, ended.attempt_id, ended.campaign_id) == ("ana", attempt, CAMPAIGN)
    assert ended.payload["outcome"] == Outcome.FINISHED


async def test_who_is_to_be_asked_nothing_is_not_led(store: Store, people: CalledPeople) -> None:
    await store.campaigns.create(CAMPAIGN, "Ventas", CAMPAIGN_FILE, CLOCK.now())
    await store.leads.add(CAMPAIGN, [NewLead(name="Rosa", phones=(number(0),))], CLOCK.now())
    attempt = await called(store)
    for entry, call in ((CALLED, attempt), (CALLED, new_attempt_id()), (AFTER, attempt), (AFTER, new_attempt_id())):
        with pytest.raises(NotFound):
            await people.begin(brought(entry, call))
