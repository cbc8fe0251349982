"""The link to Asterisk: sessions one after another, as one stream of events.

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run(), name="ami.link")
        async for event in link.events():
            ...

`AmiLink.run` keeps a session up for as long as it runs; cancelling it is how the link ends. What its one reader sees:

    LinkUp … calls and legs … LinkDoubtful … LinkUp … LinkLost … LinkUp …

- `LinkUp`: logged in, fully booted, a version and rights that serve. It comes again when a doubt is over. What was
  missed in between is not in the stream: ask `AmiLink.truth` before the next new call.
- `LinkDoubtful`: a ping was missed, events were dropped, Asterisk says that it is stopping, or its dialplan is another
  than the one we were made with. New calls are refused (`PlaceCall` raises `LinkDown`); hanging up and joining go on.
- `LinkLost`: once for each loss, and again whenever the reason changes; so a link that never came up says why, too.

A lost session is tried again after 0.5 s; each try that does not come up doubles that, to 5 s, with jitter. A refusal
(wrong password, not version 22, a missing right) does not mend itself: it is state `LinkState.REFUSED` with a sentence
that says what to change, and is tried again every 30 s, for the person who is changing it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random

from cti_api.clock import Clock
from cti_api.errors import ActionRefused, Conflict, InputError, LinkDown, ResultUnknown, SettingsError
from dialer.ami.actions import (
    Action,
    core_settings,
    core_show_channels,
    core_status,
    dial_contacts,
    list_commands,
    registered_contacts,
    to_action,
)
from dialer.ami.callers import callers_seen
from dialer.ami.dialplan import Dialplan, is_same
from dialer.ami.inspection import show_dialplan, steps
from dialer.ami.session import AmiAddress, AmiSession, Proof, SessionTiming
from dialer.ami.translate import (
    STOPPING,
    asterisk_started_at,
    asterisk_version,
    channels_seen,
    is_reachable,
    is_stopping,
    missing_actions,
    registered_agents,
)
from dialer.telephony import LinkDoubtful, LinkLost, LinkUp, PlaceCall, Request, TelephonyEvent
from dialer.truth import Truth

log = logging.getLogger(__name__)

ASTERISK_MAJOR = "22."
"""The long-term release that everything here was tried on."""

REMEMBERED_IDS = 20_000
"""Originates remembered so that none goes out twice: half an hour at 10 calls/s, 2 MB."""

_WAITING_EVENTS = 100
"""Between `AmiLink.run` and its reader; what is more waits in the session's own queue, which has the limit."""


class LinkState(StrEnum):
    DOWN = "down"
    """No session; the next try comes within seconds."""
    UP = "up"
    DOUBTFUL = "doubtful"
    """A session that may have missed something: no new calls."""
    REFUSED = "refused"
    """Asterisk is there and cannot be used: a person must change something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The link as it stands."""

    state: LinkState
    reason: str
    """One sentence; empty while up."""
    asterisk_started_at: datetime | None
    """Of the present session; None without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTiming:
    """Every wait of the link, in seconds. The defaults are the product's; tests shorten them."""

    action_seconds: float = 5.0
    """For the answer to one action; measured: some milliseconds."""
    list_seconds: float = 5.0
    """For a whole list; measured: 51 ms for 200 channels."""
    boot_seconds: float = 60.0
    """From the login to FullyBooted, for an Asterisk that is still loading."""
    first_retry_seconds: float = 0.5
    longest_retry_seconds: float = 5.0
    """Between two tries: failure catalogue F1."""
    refused_retry_seconds: float = 30.0


class AmiLink:
    """A standing link to one Asterisk; see the module."""

    def __init__(
        self,
        address: AmiAddress,
        *,
        clock: Clock,
        random: Random,
        dialplan: Dialplan | None = None,
        timing: LinkTiming | None = None,
        session_timing: SessionTiming | None = None,
    ) -> None:
        """`dialplan`: what Asterisk has to run, looked at with every `truth`; None: whatever it runs is fine."""
        self._address = address
        self._dialplan = dialplan or {}
        self._changed_dialplan = ""
        self._clock = clock
        self._random = random
        self._timing = timing or LinkTiming()
        self._session_timing = session_timing or SessionTiming()
        self._session: AmiSession | None = None
        self._status = LinkStatus(state=LinkState.DOWN, reason="not tried yet", asterisk_started_at=None)
        self._events: asyncio.Queue[TelephonyEvent] = asyncio.Queue(_WAITING_EVENTS)
        self._sent: OrderedDict[str, None] = OrderedDict()

    @property
    def status(self) -> LinkStatus:
        """How the link stands now; may be ahead of the events that are still to be read."""
        return self._status

    # -------------------------------------------------------------- asking

    async def perform(self, request: Request) -> None:
        """Have Asterisk do something; returns when it has said yes. A placed call is then queued, not dialled yet.

        Raises `LinkDown` (no link, or a doubtful one and a new call asked for: nothing was sent), `ActionRefused`
        (such as: no such channel), `ResultUnknown` (sent, no answer: ask for the truth), `Conflict` (this very call
        was sent before), `InputError` (a value that may not reach Asterisk).
        """
        action = to_action(request)
        session = self._live_session()
        if isinstance(request, PlaceCall) and self._status.state is not LinkState.UP:
            raise LinkDown(f"no new calls over a doubtful link: {self._status.reason}")
        self._remember(action)
        try:
            await session.perform(action, self._timing.action_seconds)
        except LinkDown:
            self._sent.pop(action.action_id, None)  # it never left: the same call may be placed on the next session
            raise
        except ActionRefused as refused:
            started_at = self._status.asterisk_started_at
            if is_stopping(refused) and started_at is not None and self._status.state is LinkState.UP:
                await self._pass_on(STOPPING, started_at)
            raise

    async def truth(self) -> Truth:
        """Every channel of ours that Asterisk has now, and the softphones it can reach.

        Raises `LinkDown`, `ResultUnknown` and `ActionRefused` as `perform` does.
        """
        session, started_at = self._live_session(), self._status.asterisk_started_at
        if started_at is None:
            raise LinkDown(self._status.reason)
        timing = self._timing
        channels = await session.collect(core_show_channels(), timing.list_seconds)
        registered = registered_agents(await session.collect(registered_contacts(), timing.list_seconds))
        answers = [await session.perform(dial_contacts(agent), timing.action_seconds) for agent in registered]
        await self._look_at_dialplan(session, started_at)
        return Truth(
            asterisk_started_at=started_at,
            channels=channels_seen(channels),
            callers=callers_seen(channels),
            reachable_agents=frozenset(
                agent for agent, answer in zip(registered, answers, strict=True) if is_reachable(answer)
            ),
        )

    async def _look_at_dialplan(self, session: AmiSession, started_at: datetime) -> None:
        """A reload may have brought another one: then no new calls until it is ours again (failure catalogue F11)."""
        changed = ""
        for context, written in self._dialplan.items():
            try:
                running = steps(await session.collect(show_dialplan(context), self._timing.list_seconds))
            except ActionRefused:
                running = ()
            if not is_same(running, written):
                changed = (
                    f"the dialplan context {context} is {'another than this version has' if running else 'not there'}: "
                    "use asterisk/extensions.conf of this version, then: asterisk -rx 'dialplan reload'"
                )
                break
        before, self._changed_dialplan = self._changed_dialplan, changed
        if changed and changed != before:
            await self._pass_on(LinkDoubtful(changed), started_at)
        elif before and not changed and self._status.reason == before:
            await self._up(started_at)

    def _live_session(self) -> AmiSession:
        if self._session is None:
            raise LinkDown(self._status.reason)
        return self._session

    def _remember(self, action: Action) -> None:
        """At most once for an action that may not be repeated and whose id is ours, over all sessions."""
        if action.repeatable or not action.action_id:
            return
        if action.action_id in self._sent:
            raise Conflict(f"{action.name} {action.action_id} was sent before")
        self._sent[action.action_id] = None
        if len(self._sent) > REMEMBERED_IDS:
            self._sent.popitem(last=False)

    # -------------------------------------------------------------- hearing

    async def events(self) -> AsyncIterator[TelephonyEvent]:
        """Everything that happens, for one reader; never ends by itself."""
        while True:
            yield await self._events.get()

    # -------------------------------------------------------------- keeping it up

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        failures = 0
        while True:
            state, reason = await self._live_through_one_session()
            came_up = self._status.state in (LinkState.UP, LinkState.DOUBTFUL)
            await self._down(state, reason)
            if state is LinkState.REFUSED:
                failures = 0
                await asyncio.sleep(self._timing.refused_retry_seconds)
                continue
            # However short it was: people on the line wait two seconds for an agent, and none is joined without a link.
            failures = 0 if came_up else failures
            await asyncio.sleep(self._retry_seconds(failures))
            failures += 1

    async def _live_through_one_session(self) -> tuple[LinkState, str]:
        """From the connection to its loss; how it ended is the answer, since a link only ever goes on."""
        try:
            async with AmiSession(self._address, self._session_timing) as session:
                started_at = await self._introduce(session)
                self._session = session
                await self._up(started_at)
                async for event in session:
                    await self._pass_on(event, started_at)
        except (ActionRefused, SettingsError, InputError) as refused:
            return LinkState.REFUSED, str(refused)
        except (LinkDown, ResultUnknown) as lost:
            return LinkState.DOWN, str(lost)
        finally:
            self._session = None
        raise AssertionError("a session ends by raising")

    async def _introduce(self, session: AmiSession) -> datetime:
        """Find out whether this Asterisk serves; returns when it was started.

        Raises `SettingsError` with what to change where it does not.
        """
        timing, user = self._timing, self._address.username
        try:
            booted = await session.fully_booted(timing.boot_seconds)
        except TimeoutError:
            raise SettingsError(
                f"Asterisk did not say FullyBooted within {timing.boot_seconds:g} s: "
                f"give the manager user {user!r} read = system in manager.conf"
            ) from None
        now = self._clock.now()
        if missing := missing_actions(await session.perform(list_commands(), timing.action_seconds)):
            raise SettingsError(
                f"the manager user {user!r} may not use {', '.join(missing)}: give it write = originate,call,reporting "
                "in manager.conf"
            )
        version = asterisk_version(await session.perform(core_settings(), timing.action_seconds))
        if not version.startswith(ASTERISK_MAJOR):
            raise SettingsError(f"this Asterisk is version {version or 'unknown'}: Vocero works with version 22 only")
        return asterisk_started_at(await session.perform(core_status(), timing.action_seconds), booted, now)

    async def _pass_on(self, event: TelephonyEvent | Proof, started_at: datetime) -> None:
        if isinstance(event, Proof):
            if not self._changed_dialplan:
                await self._up(started_at)
            return
        if isinstance(event, LinkDoubtful):
            self._status = LinkStatus(state=LinkState.DOUBTFUL, reason=event.reason, asterisk_started_at=started_at)
            log.warning("AMI link in doubt", extra={"reason": event.reason})
        await self._events.put(event)

    async def _up(self, started_at: datetime) -> None:
        self._status = LinkStatus(state=LinkState.UP, reason="", asterisk_started_at=started_at)
        log.info("AMI link up", extra={"asterisk_started_at": started_at.isoformat()})
        await self._events.put(LinkUp(started_at))

    async def _down(self, state: LinkState, reason: str) -> None:
        self._changed_dialplan = ""
        before, self._status = self._status, LinkStatus(state=state, reason=reason, asterisk_started_at=None)
        if before != self._status:
            log.warning("AMI link down", extra={"reason": reason, "state": state.value})
            await self._events.put(LinkLost(reason))

    def _retry_seconds(self, failures: int) -> float:
        """Doubling, at most the longest, and by chance down to half of it so that two clients do not march in step."""
        timing = self._timing
        whole = min(timing.longest_retry_seconds, timing.first_retry_seconds * 2.0 ** min(failures, 16))
        return whole * self._random.uniform(0.5, 1.0)
