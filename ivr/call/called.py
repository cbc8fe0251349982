"""People whom we called: the call's id, which is the attempt's, says what they are asked, and where they were in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cti_api.campaign_file.parse import parse_campaign
from cti_api.clock import Clock
from cti_api.errors import NotFound
from cti_api.model.ids import AttemptId
from cti_api.model.surveys import NewSitting
from cti_api.store.store import Store
from cti_api.survey_file.parse import parse_survey
from ivr.agi import verbs
from ivr.agi.verbs import InboundCall
from ivr.call.leaving import Conversation
from ivr.call.led_survey import LedSurvey


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledPeople:
    """`ivr.call.handler.Begins`, for whom campaigns call. `recordings`: where comments are kept."""

    store: Store
    recordings: Path
    clock: Clock

    async def begin(self, call: InboundCall) -> Conversation:
        """A new sitting, or the one that the person left in an earlier call, in the version that it began with.

        Raises `NotFound` and `Conflict` where nobody is to be asked, or not any more.
        """
        store, attempt = self.store, AttemptId(call.id)
        new = await (self._after(attempt) if call.entry == verbs.AFTER else self._invited(attempt))
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

    async def _invited(self, attempt: AttemptId) -> NewSitting:
        asked = await self.store.surveys.asked_in(attempt)
        return NewSitting(
            survey_id=asked.survey_id, invitation_id=asked.invitation_id, attempt_id=attempt, lead_id=asked.lead_id
        )

    async def _after(self, attempt_id: AttemptId) -> NewSitting:
        """About the talk that was just ended."""
        attempt = await self.store.attempts.get(attempt_id)
        spec = parse_campaign((await self.store.campaigns.get(attempt.campaign_id)).spec_text)
        if spec.survey_after is None:
            raise NotFound(f"The campaign {spec.id} asks nothing after its calls.")
        return NewSitting(
            survey_id=spec.survey_after, attempt_id=attempt_id, lead_id=attempt.lead_id, agent_id=attempt.agent_id
        )
