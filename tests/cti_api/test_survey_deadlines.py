"""What time does to surveys, whether or not anybody looks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from cti_api.clock import SystemClock
from cti_api.model.surveys import InvitationState, NewInvitation, NewSitting, Outcome, SurveyId
from cti_api.store.store import Store
from cti_api.survey_deadlines import SurveyDeadlines
from tests.support.shift import until
from tests.support.store import number

SURVEY = SurveyId("satisfaccion")


async def test_a_start_ends_what_was_left_open_and_deadlines_pass(store: Store) -> None:
    clock = SystemClock()
    now = clock.now()
    await store.surveys.publish(SURVEY, "Satisfacción", "id: satisfaccion\n", now)
    left_open = await store.sittings.begin(NewSitting(survey_id=SURVEY), now - timedelta(minutes=1))
    new = NewInvitation(key="OT-1", name="Ana", phone=number(1), service_at=now - timedelta(hours=1))
    invited, _ = await store.surveys.invite(SURVEY, new, 3600.3, now)
    loop = asyncio.create_task(SurveyDeadlines(store, clock, look_seconds=0.02).run())

    async def over() -> bool:
        return (await store.surveys.invitation(invited.id)).state is InvitationState.EXPIRED

    try:
        await until(over, 30, "the deadline is over")
    finally:
        loop.cancel()
    assert (await store.sittings.get(left_open.id)).outcome is Outcome.SILENT
