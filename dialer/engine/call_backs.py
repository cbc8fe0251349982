"""Calls the callers who kept their place, when it is their turn: by the agent whom the discipline gives them.

It is a call by hand in the queue's campaign: gate and law, the limits of trunk and campaign, the intent on disk first,
the agent booked from the start. What cannot be placed now is tried again; the place is kept meanwhile.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from cti_api.errors import Conflict, NotFound, VoceroError
from cti_api.model.calls import CallResult
from cti_api.model.ids import AgentId, AttemptId, CampaignId
from cti_api.model.phone import PhoneNumber
from dialer.engine.by_hand import ByHand
from dialer.engine.caller_closing import CallerClosing
from dialer.engine.callers import Caller, CallerState
from dialer.engine.campaigns import Campaigns
from dialer.engine.floor import Floor
from dialer.engine.reception import Reception

AGAIN_AFTER: Final = timedelta(seconds=30)
"""As for a lead whose number is busy with another call of ours (`dialer.engine.placing.NUMBER_BUSY`)."""

KEPT_FOR: Final = timedelta(hours=24)
"""Nobody wants to be called about yesterday's question; then they are among those whom nobody spoke with."""

log = logging.getLogger(__name__)


class CallBacks:
    """One loop over the kept places whose turn it is."""

    def __init__(
        self, floor: Floor, campaigns: Campaigns, reception: Reception, closing: CallerClosing, by_hand: ByHand
    ) -> None:
        self._floor = floor
        self._campaigns = campaigns
        self._reception = reception
        self._closing = closing
        self._by_hand = by_hand

    async def run(self) -> None:
        while True:
            caller, agent_id = await self._reception.to_call.get()
            try:
                await self._call(caller, agent_id)
            finally:
                self._reception.about_to_call.discard(agent_id)

    async def _call(self, caller: Caller, agent_id: AgentId) -> None:
        now = self._floor.clock.now()
        try:
            attempt_id = await self._dial(caller, agent_id)
        except VoceroError as error:
            log.info("a caller could not be called back yet", extra={"caller": caller.id, "reason": str(error)})
            asked_at = caller.call.call_back_at or now
            if now - asked_at >= KEPT_FOR:
                self._closing.gives_up(caller)
            else:
                caller.state, caller.call_at = CallerState.KEPT, now + AGAIN_AFTER
        else:
            self._closing.called_back(caller, agent_id, attempt_id)

    async def _dial(self, caller: Caller, agent_id: AgentId) -> AttemptId:
        spec = self._floor.queues.get(caller.call.queue)
        if spec is None or spec.call_back_in is None:
            raise Conflict(f"The queue {caller.call.queue} calls nobody back any more.")
        number = PhoneNumber(caller.call.number)
        if (made := await self._called_since(spec.call_back_in, number, caller)) is not None:
            return made
        run = self._campaigns.runs.get(spec.call_back_in)
        if run is None:
            raise NotFound(f"The campaign {spec.call_back_in} is not at work: start it first.")
        return await self._by_hand.dial(agent_id, run, number)

    async def _called_since(self, campaign_id: CampaignId, number: PhoneNumber, caller: Caller) -> AttemptId | None:
        """A call to them since they asked for one: nobody is called twice for it.

        We may have ended, or not been answered, between placing it and writing down here that it was; or the campaign
        came to them by itself.
        """
        store, asked_at = self._floor.store, caller.call.call_back_at
        lead = await store.leads.with_number(campaign_id, number)
        if lead is None or asked_at is None:
            return None
        made = [record.attempt for record in await store.attempts.history(lead.id)]
        return next((a.id for a in made if a.created_at >= asked_at and a.result is not CallResult.NEVER_DIALED), None)
