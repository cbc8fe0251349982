"""People who call back: whom a campaign has on its list, and who call the number that it shows, go to its agents.

Asterisk waits a second and a half for us (`CallerCallsBack`); whom nobody knows, and everybody where no dialer runs,
goes where that number leads otherwise.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from cti_api.errors import VoceroError
from cti_api.model.calls import CallResult
from cti_api.model.campaigns import CampaignSpec, CampaignState, RetryAction
from cti_api.model.ids import CampaignId, InboundId, QueueId
from cti_api.model.leads import LeadMove
from cti_api.model.queues import InboundCall, QueueSpec
from cti_api.numbers.phones import RefusedPhone, parse_phone
from dialer.engine.callers import Known
from dialer.engine.campaigns import Campaigns
from dialer.engine.floor import Floor
from dialer.leads.retry import decide_retry
from dialer.telephony import CallerCallsBack, WelcomeLead

LEAST_DIGITS: Final = 7
"""Of a number as a trunk writes it, which may lack the country: a campaign's number that ends so is the same."""
MOST_EXPECTED: Final = 1_000
"""Callers on their way into a queue; they are there within milliseconds."""
MOVED_BY: Final = frozenset({RetryAction.COMPLETE, RetryAction.CLOSE, RetryAction.SUPPRESS, RetryAction.CALLBACK})
"""What an agent's word does with a lead whose own call it was. A rule that only says when to try again changes nothing:
nobody tried."""

log = logging.getLogger(__name__)


def shows(spec: CampaignSpec, called: str) -> bool:
    """Whether the campaign shows the number that was called."""
    digits = called.removeprefix("+")
    return len(digits) >= LEAST_DIGITS and spec.caller_id.digits.endswith(digits)


def queue_of(campaign: CampaignId, queues: Iterable[QueueSpec]) -> QueueId | None:
    """Where the campaign's agents are waited for: the queue whose callers it calls back, else the first it serves, by
    priority and name."""
    serving = [spec for spec in queues if campaign in spec.campaigns or spec.call_back_in == campaign]
    best = min(serving, key=lambda spec: (spec.call_back_in != campaign, -spec.priority, spec.id), default=None)
    return best.id if best is not None else None


def what_becomes_of(known: Known, call: InboundCall) -> LeadMove | None:
    """Of the lead, by what the agent said of its call; None: it stays as it is."""
    rules = known.spec.retry.rules
    if not call.disposition or rules.get(call.disposition, rules["default"]).action not in MOVED_BY:
        return None
    fields, at = call.disposition_fields or {}, call.closed_at or call.arrived_at
    return decide_retry(known.spec, known.lead, CallResult.CONNECTED, call.disposition, fields, at, agent=call.agent_id)


class CallingBack:
    """Looks callers up, and knows them again when they come into the queue."""

    def __init__(self, floor: Floor, campaigns: Campaigns) -> None:
        self._floor = floor
        self._campaigns = campaigns
        self._expected: OrderedDict[InboundId, tuple[QueueId, Known]] = OrderedDict()

    def called(self, event: CallerCallsBack) -> None:
        """Never awaits."""
        self._floor.spawn(self._look(event), name=f"caller[{event.caller_id}].look_up")

    def expected(self, caller_id: InboundId) -> tuple[QueueId, Known] | None:
        """Where to, and as whom, a caller comes who was let in as a lead; once."""
        return self._expected.pop(caller_id, None)

    async def _look(self, event: CallerCallsBack) -> None:
        try:
            found = await self._who(event.called, event.number)
            if found is None:
                return
            self._expected[event.caller_id] = found
            while len(self._expected) > MOST_EXPECTED:
                self._expected.popitem(last=False)
            await self._floor.telephony.perform(WelcomeLead(caller_id=event.caller_id))
        except VoceroError as error:
            log.info("a caller goes where the number leads", extra={"caller": event.caller_id, "reason": str(error)})

    async def _who(self, called: str, number: str) -> tuple[QueueId, Known] | None:
        for campaign_id, run in sorted(self._campaigns.runs.items()):
            queue = queue_of(campaign_id, self._floor.queues.values())
            if run.state is not CampaignState.RUNNING or queue is None or not shows(run.spec, called):
                continue
            phone = parse_phone(number, run.spec.region) if number else None
            if phone is None or isinstance(phone, RefusedPhone):
                continue
            lead = await self._floor.store.leads.with_number(campaign_id, phone)
            if lead is not None:
                return queue, Known(lead=lead, spec=run.spec)
        return None


async def known_of(floor: Floor, calls: Iterable[InboundCall]) -> dict[InboundId, Known]:
    """Whose calls those are that an earlier process let in as a lead's."""
    found = {}
    for call in calls:
        if call.lead_id is not None:
            lead = await floor.store.leads.get(call.lead_id)
            found[call.id] = Known(lead=lead, spec=await floor.spec(lead.campaign_id))
    return found


def move_lead(floor: Floor, known: Known, call: InboundCall) -> None:
    """Of a call that is closed: its lead moves as the agent said. One that is dialled, or was final before, stays."""
    move, at = what_becomes_of(known, call), call.closed_at or call.arrived_at
    if move is None:
        return
    lead, source = known.lead, f"{known.spec.id}:{call.disposition}"

    async def write() -> None:
        if move.suppress_number:  # takes the lead along
            await floor.store.suppression.add(lead.contact.phones, source, at)
        else:
            await floor.store.leads.move(lead.id, move, at)

    floor.recorder.put("lead of a caller", write, (lead.id, move))
