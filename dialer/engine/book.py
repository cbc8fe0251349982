"""The call book: every call in flight, and those whose agent still wraps up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cti_api.model.abandonment import NONE, Answers
from cti_api.model.calls import Attempt, AttemptState, CallResult
from cti_api.model.campaigns import CampaignSpec, PacingMode
from cti_api.model.ids import AgentId, AttemptId, CampaignId, TrunkId
from cti_api.model.leads import Lead
from cti_api.model.once import Once
from dialer.calls.machine import Call
from dialer.engine.coming_back import Awaited


@dataclass(slots=True)
class Flight:
    """One attempt from intent to disposition, with everything the engine needs at hand."""

    attempt: Attempt
    """As committed; `record` gives it with the call's facts."""
    lead: Lead
    spec: CampaignSpec
    call: Call
    placed_monotonic: float
    """When it was placed, on the clock that does not jump."""
    booked_for: AgentId | None = None
    """The agent who waits for this call from the start: in preview and manual, and for a personal callback."""
    awaits: Awaited | None = None
    """The agent whose page went away under the person, as long as nobody else is to be joined."""
    asked_for: bool = True
    """Asterisk was asked to dial; False while the intent is still being written."""
    result: CallResult | None = None
    """Set when the call is over."""
    answers: Answers = NONE
    """What it counts as in the abandonment promise, once it is over."""
    wrap_up_until: datetime | None = None
    disposition: str = ""
    """Chosen by the agent during the call; closes it without wrap-up."""
    disposition_fields: dict[str, str] | None = None
    once: Once | None = None
    """The request that the disposition came with."""
    handed_by: AgentId | None = None
    """Who has handed the person on; whom nobody takes they get back."""
    counted_seconds: float = 0.0
    """Of the talk, so much is counted for agents who have handed it on."""
    held_seconds: float = 0.0
    """On hold, as far as that is over."""
    ended_by_agent: bool = False
    """Who has the person, or was to, asked for the end of the call."""
    booking: bool = False
    """An agent waits for the answer whether the hour they enter is free: it is not closed before that."""

    @property
    def id(self) -> AttemptId:
        return self.attempt.id

    @property
    def led(self) -> bool:
        """Whoever answers is led by the IVR: no agent has a part in it."""
        return self.spec.mode is PacingMode.AGENTLESS

    @property
    def live(self) -> bool:
        """A channel may exist."""
        return self.result is None

    @property
    def record(self) -> Attempt:
        """The attempt with every fact the call has gathered."""
        call = self.call
        state = call.state if self.result is None else AttemptState.WRAP_UP
        return replace(
            self.attempt,
            state=state,
            agent_id=call.agent_id or self.attempt.agent_id,
            result=self.result,
            cause=call.cause if call.dialed is None else call.dialed.cause,
            sip_code=call.dialed.sip_code if call.dialed else None,
            amd=call.verdict,
            ringing_at=call.ringing_at,
            answered_at=call.answered_at,
            live_at=call.live_at,
            offered_at=call.offered_at,
            connected_at=call.connected_at,
            ended_at=call.ended_at,
            joined_seconds=call.joined_seconds if call.ended_at is None else call.talk_seconds(call.ended_at),
        )


class Book:
    """Flights by attempt id. Never awaits."""

    def __init__(self) -> None:
        self._flights: dict[AttemptId, Flight] = {}
        self.closing: set[AttemptId] = set()
        """Closed here, the record of it still on its way to the store."""
        self._held: dict[str, float] = {}
        """Numbers whose call is over here and may still live on its trunk, and until when (monotonic seconds)."""

    def __iter__(self) -> Iterator[Flight]:
        return iter(list(self._flights.values()))

    def __contains__(self, attempt_id: str) -> bool:
        return attempt_id in self._flights

    def add(self, flight: Flight) -> None:
        self._flights[flight.id] = flight

    def get(self, attempt_id: str) -> Flight | None:
        return self._flights.get(AttemptId(attempt_id))

    def remove(self, attempt_id: AttemptId) -> None:
        self._flights.pop(attempt_id, None)

    def live(self, campaign_id: CampaignId | None = None) -> list[Flight]:
        """Calls with a channel, of one campaign or of all."""
        return [f for f in self if f.live and campaign_id in (None, f.attempt.campaign_id)]

    def waiting(self) -> list[Flight]:
        """People who hear silence until an agent comes, the longest wait first."""
        people = [f for f in self._flights.values() if f.live and f.call.needs_agent and not f.led]
        return sorted(people, key=lambda f: (f.call.live_at or f.attempt.created_at, f.id))

    def wrapping(self) -> list[Flight]:
        """Calls that are over and whose disposition is awaited."""
        return [f for f in self if not f.live]

    def channels_on(self, trunk: TrunkId) -> int:
        """Lines of that trunk in use by our own calls."""
        return sum(1 for f in self._flights.values() if f.live and f.attempt.trunk == trunk)

    def hold(self, number: str, until: float) -> None:
        """Keep `number` (E.164) from being dialled before `until` (monotonic seconds), by whatever campaign."""
        self._held[number] = max(until, self._held.get(number, until))

    def numbers(self, now: float) -> set[str]:
        """E.164 numbers with a call that lives, or may still live at `now` (monotonic seconds)."""
        self._held = {number: until for number, until in self._held.items() if until > now}
        return {f.attempt.number.e164 for f in self._flights.values() if f.live} | self._held.keys()
