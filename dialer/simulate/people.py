"""A list that ends: people with their attempts, moved by the call machine and the retry rules that dial for real.

Each call goes through `dialer.calls.machine`, its result is that of `dialer.calls.outcome`, and what becomes of the
person is asked of `dialer.leads.retry`, on the wall clock of a `Calendar`. Supposed is only what the telephone and the
people do: it is drawn by the floor, and here what a call that fails at once fails with, and what the agent says of a
talk. An agent who hears a machine says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from random import Random
from typing import Final

from cti_api.model.calls import AmdVerdict, CallResult
from cti_api.model.campaigns import CampaignSpec
from cti_api.model.ids import AgentId, AttemptId, ContactId, LeadId
from cti_api.model.leads import DIALABLE_LEAD_STATES, Lead, LeadState
from dialer.calls import machine
from dialer.calls.outcome import result_of
from dialer.leads.order import HopperKey, hopper_key
from dialer.leads.plan import Outcome, counted
from dialer.leads.retry import decide_retry
from dialer.simulate.calendar import Calendar
from dialer.simulate.calls import Fate
from dialer.telephony import (
    CallAnswered,
    CallDialed,
    CallEnded,
    CallEvent,
    CallHoldExpired,
    CallJoined,
    CallLive,
    CallRinging,
    CallScreened,
)

NORMAL_CLEARING, NO_ANSWER = 16, 19
"""Q.850."""

FAILURES: Final[Mapping[CallResult, float]] = {
    CallResult.BUSY: 0.55,
    CallResult.UNAVAILABLE: 0.30,
    CallResult.INVALID_NUMBER: 0.10,
    CallResult.CONGESTION: 0.05,
}
"""What the calls that fail at once fail with, where no history says. Supposed, not measured."""

SIP_OF: Final[Mapping[CallResult, tuple[int, int]]] = {
    CallResult.BUSY: (17, 486),
    CallResult.UNAVAILABLE: (18, 480),
    CallResult.INVALID_NUMBER: (1, 404),
    CallResult.CONGESTION: (42, 503),
}
"""Cause and SIP code by which a trunk says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who is on the list, and how their calls end."""

    spec: CampaignSpec
    """Whose retry rules hold."""
    like: Lead
    """All are like this one; what is on record of it is on record of each."""
    count: int
    failures: Mapping[CallResult, float]
    """Weights of `SIP_OF`."""
    dispositions: Mapping[str, float]
    """Weights of what the agents say of a talk with a person; empty: nothing, the rule of ``connected`` answers."""


class People:
    """The list of one simulation, as the floor's book."""

    def __init__(self, crowd: Crowd, calendar: Calendar, seed: int) -> None:
        self._crowd, self._calendar, self._random = crowd, calendar, Random(seed)
        self._trunk = crowd.spec.trunks[0]
        self._ready: list[tuple[HopperKey, Lead]] = []
        self._waiting: list[tuple[float, LeadId, Lead]] = []
        self._calls: dict[int, tuple[machine.Call, Lead]] = {}
        self._never_dialed = crowd.count
        self.results: Counter[CallResult] = Counter()
        self.final: Counter[LeadState] = Counter()
        """Leads in a final state."""
        self.round_at: float | None = None
        """When everybody had been called once."""
        self.exhausted_at: float | None = None
        """When nobody was left to be called, now or later in this simulation."""
        self._new = self._made(1)
        """The first of those whom nobody has called yet; a long list is not made before it is needed."""

    def left(self) -> int:
        """Leads in no final state."""
        return self._crowd.count - self.final.total()

    def due(self, now: float) -> int:
        """Those whose time has come."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, lead = heappop(self._waiting)
            heappush(self._ready, (hopper_key(lead, self._calendar.at(now)), lead))
        return len(self._ready) + self._never_dialed

    def is_over(self) -> bool:
        return self.exhausted_at is not None

    def dialed(self, call: int, now: float) -> None:
        """The first in the order of the hopper."""
        new = self._new
        if new is not None and (not self._ready or hopper_key(new, self._calendar.at(now)) < self._ready[0][0]):
            lead = new
            self._new = self._made(lead.id + 1)
            self._never_dialed -= 1
            self.round_at = None if self._never_dialed else now
        else:
            _, lead = heappop(self._ready)
        self._calls[call] = (machine.Call(attempt_id=_id(call), placed_at=self._calendar.at(now)), lead)

    def answered(self, call: int, now: float) -> None:
        self._step(call, CallAnswered(_id(call)), now)

    def screened(self, call: int, *, machine: bool, now: float) -> None:
        self._step(call, CallScreened(_id(call), AmdVerdict.MACHINE if machine else AmdVerdict.HUMAN), now)

    def live(self, call: int, now: float) -> None:
        self._step(call, CallLive(_id(call)), now)

    def joined(self, call: int, agent: int, now: float) -> None:
        known, lead = self._calls[call]
        self._calls[call] = (machine.offer(known, AgentId(f"agent-{agent}"), self._calendar.at(now)), lead)
        self._step(call, CallJoined(_id(call)), now)

    def abandoned(self, call: int, now: float) -> None:
        self._step(call, CallHoldExpired(_id(call)), now)
        self._over(call, NORMAL_CLEARING, now)

    def canceled(self, call: int, now: float) -> None:
        self._step(call, CallRinging(_id(call)), now)
        known, lead = self._calls[call]
        self._calls[call] = (machine.cancel(known), lead)
        self._over(call, NORMAL_CLEARING, now)

    def ended(self, call: int, fate: Fate, now: float) -> None:
        cause = NORMAL_CLEARING
        if fate is Fate.FAILURE:
            kinds = self._crowd.failures
            (kind,) = self._random.choices(list(kinds), list(kinds.values()))
            cause, sip_code = SIP_OF[kind]
            self._step(call, CallDialed(_id(call), cause, sip_code), now)
        elif fate is Fate.NOBODY:
            cause = NO_ANSWER
            self._step(call, CallRinging(_id(call)), now)
        self._over(call, cause, now, found_machine=fate is Fate.MACHINE)

    # ------------------------------------------------------------------

    def _step(self, call: int, event: CallEvent, now: float) -> None:
        known, lead = self._calls[call]
        self._calls[call] = (machine.step(known, event, self._calendar.at(now))[0], lead)

    def _over(self, call: int, cause: int, now: float, *, found_machine: bool = False) -> None:
        """The channel is gone: the lead goes where its rules say."""
        self._step(call, CallEnded(_id(call), cause), now)
        known, lead = self._calls.pop(call)
        result, disposition = result_of(known), ""
        if result is CallResult.CONNECTED and found_machine:
            result = CallResult.MACHINE
        elif result is CallResult.CONNECTED and self._crowd.dispositions:
            said = self._crowd.dispositions
            (disposition,) = self._random.choices(list(said), list(said.values()))
        self.results[result] += 1
        move = decide_retry(
            self._crowd.spec,
            lead,
            result,
            disposition or None,
            {},
            self._calendar.at(now),
            dialed=known.placed_at,
            trunk=self._trunk,
        )
        lead = counted(lead, move, Outcome(result=result, disposition=disposition))
        if lead.state in DIALABLE_LEAD_STATES:
            at = now if lead.not_before is None else self._calendar.second(lead.not_before)
            if at is not None:
                heappush(self._waiting, (max(at, now), lead.id, lead))
        else:
            self.final[lead.state] += 1
        some_left = self._new or self._ready or self._waiting or self._calls
        if not some_left and self.exhausted_at is None:
            self.exhausted_at = now

    def _made(self, number: int) -> Lead | None:
        """The lead of that number; None after the last."""
        if number > self._crowd.count:
            return None
        like = self._crowd.like
        return replace(like, id=LeadId(number), contact=replace(like.contact, id=ContactId(number)))


def _id(call: int) -> AttemptId:
    return AttemptId(f"{call:032x}")
