"""Surveys in the store: a service is asked about once, answers stay, what follows is told once, people are erased."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import Conflict, NotFound
from cti_api.model.events import Event, EventKind
from cti_api.model.ids import CampaignId
from cti_api.model.leads import LeadState, NewLead
from cti_api.model.surveys import (
    Action,
    Answer,
    AnsweredBy,
    FollowedUp,
    Invitation,
    InvitationState,
    NewInvitation,
    NewSitting,
    Outcome,
    SittingId,
    StoredSitting,
    SurveyId,
)
from cti_api.store.erasures import StepKind
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.lived import everything, found_in
from tests.support.store import CAMPAIGN, T0, at, number

SURVEY = SurveyId("satisfaccion")
DAY = 86_400.0
SCORE = Answer(question="nota", value="2", score=2.0, by=AnsweredBy.VOICE, heard="dos, Zoraida", confidence=0.9)
COMMENT = Answer(question="algo", by=AnsweredBy.RECORDING, recording="c1.wav", seconds=4.0)
COMPLAINT = FollowedUp(trigger="reclamo", action=Action.AREA, question="nota", owner="calidad", due_at=at(DAY))


@pytest.fixture
async def store(url: str, tmp_path: Path) -> Any:
    async with Store.open(url, clock=SystemClock(), erasure_key=tmp_path / "erasure.key") as opened:
        await opened.campaigns.create(CAMPAIGN, "Mantenimiento", CAMPAIGN_FILE, T0)
        await opened.surveys.publish(SURVEY, "Satisfacción", "id: satisfaccion\n", T0)
        yield opened


def service(n: int = 0, **facts: Any) -> NewInvitation:
    return NewInvitation(
        **{"key": f"OT-{n}", "name": f"Zoraida {n}", "phone": number(n), "service_at": T0, "service": "reparación",
           "agent": "ana", **facts}
    )  # fmt: skip


async def invited(store: Store, n: int = 0, **facts: Any) -> Invitation:
    made, new = await store.surveys.invite(SURVEY, service(n, **facts), 5 * DAY, at(1))
    assert new
    return made


async def asked(store: Store, invitation: Invitation, seconds: float = 10) -> StoredSitting:
    return await store.sittings.begin(NewSitting(survey_id=SURVEY, invitation_id=invitation.id), at(seconds))


async def told(store: Store, *kinds: EventKind) -> list[Event]:
    await store.outbox.number()
    return [each for each in await store.outbox.since(0) if each.kind in kinds]


# ------------------------------------------------------------------ files


async def test_each_version_of_a_file_is_kept_and_the_same_text_is_no_version(store: Store) -> None:
    again = await store.surveys.publish(SURVEY, "Satisfacción", "id: satisfaccion\n", at(1))
    changed = await store.surveys.publish(SURVEY, "Otra", "id: satisfaccion\ntitle: Otra\n", at(2))
    assert (again.version, changed.version) == (1, 2)
    assert (await store.surveys.get(SURVEY, 1)).text == "id: satisfaccion\n"
    assert [(each.id, each.title, each.version) for each in await store.surveys.all()] == [(SURVEY, "Otra", 2)]
    with pytest.raises(NotFound):
        await store.surveys.get(SurveyId("otra"))


# ------------------------------------------------------------------ invitations


async def test_a_service_told_twice_is_one_invitation(store: Store) -> None:
    first = await invited(store)
    again, new = await store.surveys.invite(SURVEY, service(name="Otro nombre"), 5 * DAY, at(2))
    assert (again, new) == (first, False)
    assert (first.state, first.deadline, first.phone) == (InvitationState.WAITING, at(5 * DAY), number(0))
    (happened,) = await told(store, EventKind.SURVEY_INVITED)
    assert happened.payload["invitation_id"] == first.id


async def test_services_told_at_once_are_invitations_once_each(store: Store) -> None:
    calls = [store.surveys.invite(SURVEY, service(n % 3), 5 * DAY, at(1)) for n in range(12)]
    answers = await asyncio.gather(*calls)
    assert sum(new for _, new in answers) == 3
    assert len(await store.surveys.invitations(SURVEY)) == 3


async def test_who_is_known_from_a_list_is_the_same_person(store: Store) -> None:
    await store.leads.add(CAMPAIGN, [NewLead(name="Zoraida 0", phones=(number(0), number(9)))], T0)
    [lead] = await store.leads.find(number(0).e164, CAMPAIGN)
    assert (await invited(store)).contact_id == lead.contact.id


async def test_a_service_that_is_too_long_ago_is_refused(store: Store) -> None:
    with pytest.raises(Conflict, match="was over on 2026-02-26"):
        await store.surveys.invite(SURVEY, service(service_at=at(-9 * DAY)), 5 * DAY, at(1))
    with pytest.raises(NotFound):
        await store.surveys.invite(SurveyId("otra"), service(), 5 * DAY, at(1))


async def test_who_was_not_reached_by_the_deadline_is_asked_no_more(store: Store) -> None:
    waits, partly = await invited(store, 0), await invited(store, 1)
    sitting = await asked(store, partly)
    await store.sittings.keep(sitting.id, at(11), [SCORE], outcome=Outcome.PARTIAL)
    assert await store.surveys.expire(at(5 * DAY - 1)) == 0
    assert await store.surveys.expire(at(5 * DAY)) == 1
    states = [each.state for each in await store.surveys.invitations(SURVEY)]
    assert states == [InvitationState.EXPIRED, InvitationState.PARTIAL]
    for invitation in (waits, partly):
        with pytest.raises(Conflict, match="is over"):
            await asked(store, invitation, 5 * DAY)


async def test_an_invitation_becomes_a_lead_that_is_called_until_its_deadline(store: Store) -> None:
    invitation = await invited(store, person_key="CC-1")
    assert [each.id for each in await store.surveys.to_call(SURVEY, at(2))] == [invitation.id]
    lead_id = await store.surveys.hand_over(invitation.id, CAMPAIGN, at(2))
    assert lead_id is not None
    assert await store.surveys.hand_over(invitation.id, CAMPAIGN, at(3)) == lead_id
    lead = await store.leads.get(lead_id)
    assert (lead.state, lead.valid_until, lead.phone) == (LeadState.NEW, at(5 * DAY), number(0))
    assert lead.contact.id == invitation.contact_id
    assert lead.fields == {"encuesta": SURVEY, "servicio": "reparación"}
    assert await store.surveys.to_call(SURVEY, at(2)) == []
    again = await invited(store, 7, phone=number(0), name="Zoraida 0", person_key="CC-1")
    assert await store.surveys.hand_over(again.id, CAMPAIGN, at(4)) is None, "the campaign has the person"
    with pytest.raises(NotFound):
        await store.surveys.hand_over(again.id, CampaignId("otra"), at(4))


# ------------------------------------------------------------------ answers


async def test_every_answer_is_there_at_once_and_what_follows_with_it(store: Store) -> None:
    sitting = await asked(store, await invited(store))
    assert await store.sittings.keep(sitting.id, at(11), [SCORE], [COMPLAINT]) == [COMPLAINT]
    found = await store.sittings.get(sitting.id)
    assert (found.answers, found.outcome, found.agent, found.service) == ((SCORE,), None, "ana", "reparación")
    assert await store.sittings.followed(sitting.id) == [COMPLAINT]
    (event,) = await told(store, EventKind.SURVEY_FOLLOWED)
    assert event.payload == {
        "survey": SURVEY, "sitting_id": sitting.id, "trigger": "reclamo", "action": "area", "question": "nota",
        "owner": "calidad", "due_at": at(DAY).isoformat(), "queue": "",
    }  # fmt: skip
    assert event.agent_id == "ana"


async def test_what_is_told_again_is_kept_and_followed_once(store: Store) -> None:
    sitting = await asked(store, await invited(store))
    for _ in range(3):
        await store.sittings.keep(sitting.id, at(11), [SCORE, COMMENT], [COMPLAINT], Outcome.FINISHED)
    at_once = [store.sittings.keep(sitting.id, at(12), [SCORE], [COMPLAINT], Outcome.FINISHED) for _ in range(5)]
    assert await asyncio.gather(*at_once) == [[]] * 5
    assert len(await told(store, EventKind.SURVEY_FOLLOWED)) == 1
    assert len(await told(store, EventKind.SURVEY_ENDED)) == 1
    assert (await store.sittings.get(sitting.id)).answers == (COMMENT, SCORE)


async def test_an_answer_and_what_follows_are_both_kept_or_neither(store: Store) -> None:
    sitting = await asked(store, await invited(store))
    unstorable = replace(COMPLAINT, due_at=T0.replace(tzinfo=None))
    with pytest.raises(Exception, match="without time zone"):
        await store.sittings.keep(sitting.id, at(11), [SCORE], [unstorable])
    assert (await store.sittings.get(sitting.id)).answers == ()
    assert await told(store, EventKind.SURVEY_FOLLOWED) == []


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.FINISHED, InvitationState.FINISHED),
        (Outcome.PARTIAL, InvitationState.PARTIAL),
        (Outcome.REFUSED, InvitationState.REFUSED),
        (Outcome.SILENT, InvitationState.WAITING),
    ],
)
async def test_the_end_of_a_sitting_is_the_state_of_its_invitation(
    store: Store, outcome: Outcome, state: InvitationState
) -> None:
    invitation = await invited(store)
    await store.sittings.keep((await asked(store, invitation)).id, at(20), outcome=outcome)
    found = await store.surveys.invitation(invitation.id)
    assert (found.state, found.tries) == (state, 1)


async def test_who_is_called_again_goes_on_in_the_same_sitting(store: Store) -> None:
    invitation = await invited(store)
    first = await asked(store, invitation)
    await store.sittings.keep(first.id, at(11), [SCORE], outcome=Outcome.PARTIAL)
    again = await asked(store, invitation, 3600)
    assert (again.id, again.answers, again.outcome) == (first.id, (SCORE,), None)
    await store.sittings.keep(again.id, at(3610), [COMMENT], outcome=Outcome.FINISHED)
    found = await store.surveys.invitation(invitation.id)
    assert (found.state, found.tries) == (InvitationState.FINISHED, 2)
    with pytest.raises(Conflict):
        await asked(store, invitation, 7200)


async def test_what_a_crash_left_open_is_ended_with_what_there_is(store: Store) -> None:
    answered = await store.sittings.begin(NewSitting(survey_id=SURVEY, number=number(3)), at(1))
    silent = await store.sittings.begin(NewSitting(survey_id=SURVEY), at(2))
    later = await store.sittings.begin(NewSitting(survey_id=SURVEY), at(500))
    await store.sittings.keep(answered.id, at(3), [SCORE])
    assert await store.sittings.settle(at(100), at(600)) == 2
    outcomes = [(await store.sittings.get(each.id)).outcome for each in (answered, silent, later)]
    assert outcomes == [Outcome.PARTIAL, Outcome.SILENT, None]


async def test_nobody_sits_where_there_is_nothing(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.sittings.begin(NewSitting(survey_id=SurveyId("otra")), at(1))
    with pytest.raises(NotFound):
        await store.sittings.begin(NewSitting(survey_id=SURVEY, invitation_id=99), at(1))
    with pytest.raises(NotFound):
        await store.sittings.keep(SittingId("0" * 32), at(1), [SCORE])


# ------------------------------------------------------------------ comments


async def test_a_comment_is_written_out_once(store: Store) -> None:
    sitting = await asked(store, await invited(store))
    await store.sittings.keep(sitting.id, at(11), [COMMENT])
    (waits,) = await store.survey_comments.to_transcribe()
    assert (waits.sitting_id, waits.question, waits.recording, waits.seconds) == (sitting.id, "algo", "c1.wav", 4.0)
    legal = replace(COMPLAINT, trigger="legal", question="algo")
    for expected in (True, False):
        done = await store.survey_comments.transcribed(sitting.id, "algo", "una demanda\0", at(60), [legal])
        assert done is expected
    (answer,) = (await store.sittings.get(sitting.id)).answers
    assert (answer.heard, answer.recording) == ("una demanda\ufffd", "c1.wav")
    assert await store.survey_comments.to_transcribe() == []
    assert len(await told(store, EventKind.SURVEY_FOLLOWED)) == 1


async def test_a_comment_that_cannot_be_written_out_is_not_tried_for_ever(store: Store) -> None:
    sitting = await asked(store, await invited(store))
    await store.sittings.keep(sitting.id, at(11), [COMMENT])
    assert await store.survey_comments.transcribed(sitting.id, "algo", None, at(60))
    assert await store.survey_comments.to_transcribe() == []
    assert await store.survey_comments.recording(sitting.id, "algo") == "c1.wav"


# ------------------------------------------------------------------ erasure


async def test_an_erased_person_leaves_their_answers_and_nothing_of_themselves(store: Store) -> None:
    invitation, other = await invited(store, 0, key="OT-Zoraida"), await invited(store, 1, name="Otra")
    for each in (invitation, other):
        sitting = await asked(store, each)
        comment = replace(COMMENT, recording=f"c{each.id}.wav")
        await store.sittings.keep(sitting.id, at(11), [SCORE, comment], [COMPLAINT])
        await store.survey_comments.transcribed(sitting.id, "algo", "soy Zoraida", at(12))
    done = await store.erasures.erase(number(0).e164, [number(0).e164], "mesa", "pedido", at(100))
    assert done.files == (f"c{invitation.id}.wav",)
    assert [step.name for step in await store.erasures.steps() if step.kind is StepKind.RECORDING] == list(done.files)
    found = await store.sittings.followed((await _sitting_of(store, invitation)).id)
    assert found == [COMPLAINT]
    mine, theirs = await _sitting_of(store, invitation), await _sitting_of(store, other)
    assert [(each.value, each.heard, each.recording) for each in mine.answers] == [("", "", ""), ("2", "", "")]
    assert [each.heard for each in theirs.answers] == ["soy Zoraida", "dos, Zoraida"]
    assert mine.outcome is Outcome.PARTIAL
    erased = await store.surveys.invitation(invitation.id)
    assert (erased.key, erased.state, erased.name) == ("", InvitationState.EXPIRED, "")
    with pytest.raises(Conflict, match="erased"):
        await store.sittings.keep(mine.id, at(101), [SCORE])
    assert not await store.survey_comments.transcribed(mine.id, "algo", "Zoraida", at(101))
    with pytest.raises(Conflict, match="erased"):
        await store.surveys.invite(SURVEY, service(0, key="OT-2"), 5 * DAY, at(102))
    again = await store.erasures.erase(number(0).e164, [number(0).e164], "mesa", "pedido", at(103))
    assert again.id == "", "nothing is left"


async def test_who_only_called_in_is_known_by_their_number(store: Store) -> None:
    new = NewSitting(survey_id=SURVEY, number=number(5))
    sitting = await store.sittings.begin(new, at(1))
    await store.sittings.keep(sitting.id, at(2), [SCORE, COMMENT], outcome=Outcome.FINISHED)
    evidence = await store.evidence.of(number(5).e164, [number(5).e164])
    rows = {held.table.name: len(rows) for held, rows in evidence.rows if rows}
    assert rows == {"survey_sittings": 1, "survey_answers": 2, "survey_comments": 1}
    done = await store.erasures.erase(number(5).e164, [number(5).e164], "mesa", "pedido", at(100))
    assert done.files == ("c1.wav",)
    assert found_in(await everything(store)) == set()
    assert number(5).e164 not in str(await everything(store))


async def _sitting_of(store: Store, invitation: Invitation) -> StoredSitting:
    page = await store.evidence.of(f"contact:{invitation.contact_id}", [])
    (row,) = next(rows for held, rows in page.rows if held.table.name == "survey_sittings")
    return await store.sittings.get(SittingId(row["id"]))


# ------------------------------------------------------------------ what areas see to


async def test_a_case_is_the_area_s_until_it_is_done_and_done_once(store: Store) -> None:
    later = replace(COMPLAINT, trigger="tecnico", owner="soporte", due_at=at(2 * DAY))
    put_through = replace(COMPLAINT, trigger="hablar", action=Action.TRANSFER, owner="", due_at=None)
    for n in range(2):
        sitting = await asked(store, await invited(store, n))
        await store.sittings.keep(sitting.id, at(11 + n), [SCORE], [later, put_through, COMPLAINT])
    cases = await store.survey_cases.all(SURVEY)
    assert [each.trigger for each in cases] == ["reclamo", "reclamo", "tecnico", "tecnico"]
    assert {each.name for each in await store.survey_cases.all(owner="soporte")} == {"Zoraida 0", "Zoraida 1"}
    case = next(each for each in cases if each.name == "Zoraida 0")
    dones = [store.survey_cases.finish(case.sitting_id, "reclamo", by, at(3611)) for by in ("Eva", "Luis")]
    first, second = await asyncio.gather(*dones)
    assert first == second
    assert len(await store.survey_cases.all(SURVEY)) == 3
    assert len(await store.survey_cases.all(done=True)) == 4
    with pytest.raises(NotFound):
        await store.survey_cases.finish(case.sitting_id, "hablar", "Eva", at(1))
    found = await store.survey_cases.figures(SURVEY, T0, at(3600), at(DAY + 1))
    assert (found.opened, found.done, found.late, found.mean_resolution_seconds) == (4, 1, 1, 3600.0)
