"""People whom we called: the call's id, which is the attempt's, says what they are asked, and where they were in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cti_api.clock import Clock
from cti_api.model.ids import AttemptId
from cti_api.model.surveys import NewSitting
from cti_api.store.store import Store
from cti_api.survey_file.parse import parse_survey
from ivr.agi.verbs import InboundCall
from ivr.call.leaving import Conversation
from ivr.call.led_survey import LedSurvey


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledPeople:
    """`ivr.call.handler.Begins`, for calls of campaigns without agents. `recordings`: where comments are kept."""

    store: Store
    recordings: Path
    clock: Clock

    async def begin(self, call: InboundCall) -> Conversation:
        """A new sitting, or the one that the person left in an earlier call, in the version that it began with.

        Raises `NotFound` and `Conflict` where nobody is to be asked, or not any more.
        """
        store, attempt = self.store, AttemptId(call.id)
        asked = await store.surveys.asked_in(attempt)
        new = NewSitting(
            survey_id=asked.survey_id, invitation_id=asked.invitation_id, attempt_id=attempt, lead_id=asked.lead_id
        )
        sitting = await store.sittings.begin(new, self.clock.now())
        followed = await store.sittings.followed(sitting.id) if sitting.answers else []
        file = await store.surveys.get(sitting.survey_id, sitting.version)
        return LedSurvey(
            parse_survey(file.text),
            sitting,
            store.sittings,
            self.recordings,
            self.clock,
            frozenset(each.trigger for each in followed),
        )
