"""The simulated floor: agents and calls in continuous time, moved from event to event.

A call rings, is answered by a person or a machine, fails or rings out; AMD, where there is one, listens first and errs
at times. A person gets the agent who has been free longest, or waits, first come first served, and is abandoned when
the hold limit is over. After a talk comes wrap-up; an agent whose break began meanwhile goes after that.

The floor tells every event to whoever listens as it happens, and gives a picture of itself at any instant. It places
and hangs up calls as it is told, within its lines.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any, Final

from dialer.pacing.interface import BusyAgent, Event, EventKind, LiveCall, Snapshot
from dialer.simulate.agenda import Agenda
from dialer.simulate.book import Book, Endless
from dialer.simulate.calls import At, Call, Fate
from dialer.simulate.measures import Tally
from dialer.simulate.streams import SLOT, Streams
from dialer.simulate.worlds import FEWEST_LINES, MACHINE_TALK, MACHINE_WRAP, MIN_RING, World

NOBODY: Final = -1


class Floor:
    """One shift's floor; `tell` hears each event, `book` says whom the calls go to."""

    def __init__(self, world: World, streams: Streams, tell: Callable[[Event], None], book: Book | None = None) -> None:
        agents = len(streams.starts)
        self.now = 0.0
        self.tally = Tally.of(world.seconds)
        self._world, self._streams, self._tell = world, streams, tell
        self._book = Endless() if book is None else book
        self._most_lines = int(max(FEWEST_LINES, world.lines_per_agent * agents))
        self._last_slot = len(streams.answer_rate) - 1
        self._agenda: Agenda[tuple[Callable[[float, Any], None], Call | int]] = Agenda()

        self._agent_at = [At.AWAY] * agents
        self._agent_since = [0.0] * agents
        self._leaving = [False] * agents
        self._wrap_of = [0.0] * agents
        self._talks_with: list[Call | None] = [None] * agents
        self._free: dict[int, None] = {}
        """In the order in which they became free."""
        self._talking: list[int] = []
        self._wrapping: list[int] = []

        self._ringing: dict[int, Call] = {}
        self._screened: dict[int, Call] = {}
        self._waiting: dict[int, Call] = {}
        """In the order in which they came."""
        self._channels: list[int] = []
        """Given back; the last is taken first."""
        self._uses: list[int] = []
        """Of each channel, so far."""
        self._connections = 0
        for agent in range(agents):
            self._agenda.add(streams.starts[agent], (self._comes, agent))
            for absence in streams.absences[agent]:
                self._agenda.add(absence.begins, (self._goes, agent))
                self._agenda.add(absence.ends, (self._comes, agent))

    # ------------------------------------------------------------------ from outside

    def advance(self, until: float) -> None:
        """Let everything happen that is due by then."""
        agenda = self._agenda
        while agenda.next_at <= until:
            at, (happens, whose) = agenda.pop()
            happens(at, whose)
        self.now = until

    def picture(self) -> Snapshot:
        """The floor at this instant; calls in the order of dialling, agents in that of their numbers."""
        now, since, leaving, tally = self.now, self._agent_since, self._leaving, self.tally
        return Snapshot(
            now,
            len(self._free),
            [BusyAgent(agent, now - since[agent], leaving[agent]) for agent in self._talking],
            [BusyAgent(agent, now - since[agent], leaving[agent]) for agent in self._wrapping],
            [LiveCall(call.number, now - call.dialed) for call in self._ringing.values()],
            [LiveCall(call.number, now - call.since) for _, call in sorted(self._screened.items())],
            [LiveCall(call.number, now - call.since) for _, call in sorted(self._waiting.items())],
            self._most_lines - self._lines(),
            self._book.due(now),
            tally.told_answered,
            tally.told_abandoned,
        )

    def dial(self, calls: int) -> int:
        """Place so many calls, fewer where lines or people are lacking; how many it were."""
        now, tally = self.now, self.tally
        placed = max(min(calls, self._most_lines - self._lines(), self._book.due(now)), 0)
        for _ in range(placed):
            number = tally.dialed
            tally.dialed += 1
            fate, ends_after = self._fate(number, now)
            channel = self._channels.pop() if self._channels else self._new_channel()
            call = Call(number, fate, now, channel, self._uses[channel])
            self._ringing[number] = call
            self._book.dialed(number, now)
            self._tell(Event(EventKind.DIALED, now, number, None, 0.0))
            answers = fate is Fate.PERSON or fate is Fate.MACHINE
            self._agenda.add(now + ends_after, (self._answered if answers else self._rang_out, call))
        tally.most_lines = max(tally.most_lines, self._lines())
        return placed

    def cancel(self, number: Any) -> bool:
        """Hang up a call that rings; False, and nothing happens, where it does not, or not long enough."""
        call = self._ringing.get(number)
        if call is None or self.now - call.dialed < MIN_RING:
            return False
        del self._ringing[call.number]
        self.tally.canceled += 1
        self._tell(Event(EventKind.CANCELLED, self.now, call.number, None, self.now - call.dialed))
        self._book.canceled(call.number, self.now)
        self._over(call)
        return True

    def finish(self) -> None:
        """The shift is over: count the states the agents are in."""
        for agent, state in enumerate(self._agent_at):
            self._enters(agent, state, self.now)

    # ------------------------------------------------------------------ calls

    def _lines(self) -> int:
        return len(self._ringing) + len(self._screened) + len(self._waiting) + len(self._talking)

    def _new_channel(self) -> int:
        self._uses.append(0)
        return len(self._uses) - 1

    def _over(self, call: Call) -> None:
        """Its channel is free again."""
        call.over = True
        self._uses[call.channel] += 1
        self._channels.append(call.channel)

    def _fate(self, number: int, now: float) -> tuple[Fate, float]:
        """What becomes of the call of that number, and after how many seconds."""
        world, streams = self._world, self._streams
        nth = number % streams.length
        chance = streams.fate.item(nth)
        people = streams.answer_rate.item(min(int(now / SLOT), self._last_slot))
        if chance < people:
            if (ring := streams.ring.item(nth)) < world.ring_timeout:
                return Fate.PERSON, ring
        elif chance < people + world.machine_rate:
            if (ring := streams.machine_ring.item(nth)) < world.ring_timeout:
                return Fate.MACHINE, ring
        elif chance < people + world.machine_rate + world.failure_rate:
            return Fate.FAILURE, streams.failure.item(nth)
        return Fate.NOBODY, world.ring_timeout

    def _rang_out(self, now: float, call: Call) -> None:
        if call.over:
            return
        del self._ringing[call.number]
        if call.fate is Fate.FAILURE:
            self.tally.failed += 1
            self._tell(Event(EventKind.FAILED, now, call.number, None, now - call.dialed))
        else:
            self.tally.unanswered += 1
            self._tell(Event(EventKind.NO_ANSWER, now, call.number, None, now - call.dialed))
        self._book.ended(call.number, call.fate, now)
        self._over(call)

    def _answered(self, now: float, call: Call) -> None:
        if call.over:
            return
        del self._ringing[call.number]
        self._tell(Event(EventKind.ANSWERED, now, call.number, None, now - call.dialed))
        self._book.answered(call.number, now)
        call.since = now
        if self._world.amd > 0.0:
            self._screened[call.number] = call
            self._agenda.add(now + self._world.amd, (self._screening_over, call))
        else:
            self._live(now, call)

    def _screening_over(self, now: float, call: Call) -> None:
        del self._screened[call.number]
        streams = self._streams
        chance = streams.amd.item((call.channel * 7919 + call.use * 104729) % streams.length)
        person = call.fate is Fate.PERSON
        taken_for_machine = chance < self._world.amd_loses if person else chance >= self._world.amd_passes
        self._book.screened(call.number, machine=taken_for_machine, now=now)
        if not taken_for_machine:
            self._live(now, call)
            return
        if person:
            self.tally.taken_for_machine += 1
        else:
            self.tally.machines += 1
        self._tell(Event(EventKind.MACHINE, now, call.number, None, now - call.dialed))
        self._book.ended(call.number, call.fate, now)
        self._over(call)

    def _live(self, now: float, call: Call) -> None:
        """Somebody, as far as the dialer knows, needs an agent."""
        tally = self.tally
        if call.fate is Fate.PERSON:
            tally.answered += 1
            tally.answered_by_minute[tally.minute(now)] += 1
        tally.told_answered += 1
        self._tell(Event(EventKind.HUMAN, now, call.number, None, now - call.dialed))
        self._book.live(call.number, now)
        call.since = now
        agent = next(iter(self._free), NOBODY)
        if agent != NOBODY:
            self._join(now, call, agent)
        else:
            self._waiting[call.number] = call
            self._agenda.add(now + self._world.hold, (self._hold_over, call))

    def _hold_over(self, now: float, call: Call) -> None:
        if call.over:
            return
        del self._waiting[call.number]
        tally = self.tally
        if call.fate is Fate.PERSON:
            tally.abandoned += 1
            tally.abandoned_by_minute[tally.minute(now)] += 1
        tally.told_abandoned += 1
        self._tell(Event(EventKind.ABANDONED, now, call.number, None, now - call.since))
        self._book.abandoned(call.number, now)
        self._over(call)

    # ------------------------------------------------------------------ agents

    def _join(self, now: float, call: Call, agent: int) -> None:
        streams, tally = self._streams, self.tally
        if self._agent_at[agent] is At.FREE:
            tally.waited += now - self._agent_since[agent]
        self._enters(agent, At.TALKING, now)
        nth = self._connections % streams.length
        self._connections += 1
        if call.fate is Fate.MACHINE:
            lasts, self._wrap_of[agent] = MACHINE_TALK, MACHINE_WRAP
            tally.connected_to_machine += 1
        else:
            level = streams.talk_level.item(min(int(now / SLOT), self._last_slot))
            lasts = streams.talk.item(nth) * streams.talk_factor[agent] * level
            self._wrap_of[agent] = streams.wrap.item(nth)
            tally.connected += 1
        self._talks_with[agent] = call
        self._tell(Event(EventKind.CONNECTED, now, None, agent, now - call.since))
        self._book.joined(call.number, agent, now)
        self._agenda.add(now + lasts, (self._talk_over, agent))
        self._over(call)

    def _talk_over(self, now: float, agent: int) -> None:
        call = self._talks_with[agent]
        if call is not None:
            self._book.ended(call.number, call.fate, now)
        self._tell(Event(EventKind.TALK_END, now, None, agent, now - self._agent_since[agent]))
        self._enters(agent, At.WRAPPING, now)
        self._agenda.add(now + self._wrap_of[agent], (self._wrap_over, agent))

    def _wrap_over(self, now: float, agent: int) -> None:
        self._tell(Event(EventKind.WRAP_END, now, None, agent, now - self._agent_since[agent]))
        if self._leaving[agent]:
            self._leaving[agent] = False
            self._enters(agent, At.AWAY, now)
            self._tell(Event(EventKind.AGENT_OFF, now, None, agent, 0.0))
        else:
            self._becomes_free(now, agent)

    def _comes(self, now: float, agent: int) -> None:
        if self._agent_at[agent] is At.AWAY:
            self._tell(Event(EventKind.AGENT_ON, now, None, agent, 0.0))
            self._becomes_free(now, agent)
        else:
            self._leaving[agent] = False

    def _goes(self, now: float, agent: int) -> None:
        state = self._agent_at[agent]
        if state is At.FREE:
            self._enters(agent, At.AWAY, now)
            self._tell(Event(EventKind.AGENT_OFF, now, None, agent, 0.0))
        elif state is not At.AWAY:
            self._leaving[agent] = True

    def _becomes_free(self, now: float, agent: int) -> None:
        self._enters(agent, At.FREE, now)
        for number, call in self._waiting.items():
            del self._waiting[number]
            self._join(now, call, agent)
            return

    def _enters(self, agent: int, state: At, now: float) -> None:
        """Count the state the agent leaves, and remember the one entered."""
        tally, lasted, left = self.tally, now - self._agent_since[agent], self._agent_at[agent]
        match left:
            case At.FREE:
                tally.idle += lasted
                del self._free[agent]
            case At.TALKING:
                tally.talking += lasted
                self._talking.remove(agent)
            case At.WRAPPING:
                tally.wrapping += lasted
                self._wrapping.remove(agent)
        if left is not At.AWAY:
            tally.staffed += lasted
        match state:
            case At.FREE:
                self._free[agent] = None
            case At.TALKING:
                insort(self._talking, agent)
            case At.WRAPPING:
                insort(self._wrapping, agent)
        self._agent_at[agent], self._agent_since[agent] = state, now
