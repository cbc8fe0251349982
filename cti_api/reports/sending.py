"""Sends the reports that are due, one letter after the other: each to each of its readers once, also what was missed
while nothing ran."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cti_api.clock import Clock
from cti_api.errors import Conflict, StoreUnavailable, Unreachable, VoceroError
from cti_api.message_settings import EmailSettings
from cti_api.messages.answer import Answer, no_answer, not_taken, refused
from cti_api.messages.machine import Step, pause
from cti_api.messages.smtp import hand_over
from cti_api.model.ids import CampaignId
from cti_api.report_settings import ReportSettings
from cti_api.reports.build import BuiltReport
from cti_api.reports.letter import MEGABYTE, Letter, letter_of
from cti_api.reports.making import Making
from cti_api.reports.planning import due_of
from cti_api.reports.run import Occasion, Run, RunStep
from cti_api.reports.schedule import next_due
from cti_api.store.store import Store

LOOK_SECONDS: Final = 20.0
"""How often it is looked what is due."""
STORE_SECONDS: Final = 1.0
"""After the store could not be read or written."""
SEND_SECONDS: Final = 80.0
"""The longest that a letter may take. Whoever stops the process waits for it: less than the 90 s after which systemd
kills (systemd-system.conf(5))."""
DATA_SECONDS: Final = 60.0
"""Of it, the longest wait for the server's word once it has the letter. (RFC 5321, 4.5.3.2.6, asks for ten minutes of
clients that send again; ours does not, so a wait that is cut short costs a person's look.)"""
AT_ONCE: Final = 100
FORGET_EVERY: Final = timedelta(days=1)

FAULT_OF_OURS: Final = "A fault of ours; the log has the details."
NO_MAIL: Final = "The settings have no mail server any more: set messages.email, then send it again."

_AFTER: Final = {
    Step.TAKEN: RunStep.TAKEN,
    Step.REFUSED: RunStep.REFUSED,
    Step.NOT_TAKEN: RunStep.NOT_TAKEN,
    Step.NO_ANSWER: RunStep.NO_ANSWER,
}

Ready = Callable[[], Awaitable[None]]
"""Returns once the figures know all that happened until now. Raises `Unreachable` where they do not come to it."""

Stand = Callable[[Mapping[tuple[str, str], int], Mapping[str, datetime], datetime], None]
"""Told how many sendings of each report are in which state, and when the next of each is due, or the oldest was that is
still on its way (`cti_api.metrics.observe.Observer.reports_stand`)."""

log = logging.getLogger(__name__)


class Sending:
    """One loop, in the one process that runs on the store."""

    def __init__(
        self,
        store: Store,
        making: Making,
        settings: ReportSettings,
        email: EmailSettings | None,
        zone: ZoneInfo,
        clock: Clock,
        ready: Ready,
        wake: asyncio.Event,
        stand: Stand,
        *,
        look_seconds: float = LOOK_SECONDS,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        """`zone`: the company's. `wake` is set by whoever planned something: it is looked at once."""
        self._runs = store.report_runs
        self._making, self._settings, self._email = making, settings, email
        self._zone, self._clock, self._ready, self._wake = zone, clock, ready, wake
        self._stand = stand
        self._look_seconds, self._send_seconds = look_seconds, send_seconds
        self._said = {each.name: each for each in settings.scheduled}
        self._stopping = False
        self._has_gone = False
        """A letter is with the mail server, whose word is waited for."""

    async def run(self) -> None:
        """Until cancelled; a letter that the mail server may have by then is waited for, as it has its deadline."""
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._work(), name="reports.work")
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self._stopping = True
                self._wake.set()
                if not self._has_gone:
                    working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working
                raise

    async def _work(self) -> None:
        since: Mapping[str, datetime] = {}
        taken_up: datetime | None = None
        while not self._stopping:
            self._wake.clear()
            wait = self._look_seconds
            try:
                now = self._clock.now()
                if taken_up is None:
                    since, taken_up = await self._take_up(), now
                elif now - taken_up > FORGET_EVERY:
                    taken_up = now
                    await self._forget()
                await self._plan(since)
                await self._tell()
                while not self._stopping and (found := await self._runs.due(self._clock.now(), AT_ONCE)):
                    await self._occasion([run for run in found if run.occasion == found[0].occasion])
                    await self._tell()
            except StoreUnavailable as error:
                log.warning("reports wait for the store", extra={"reason": str(error)})
                taken_up, wait = None, STORE_SECONDS  # nobody else takes up what was begun and not written
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _take_up(self) -> Mapping[str, datetime]:
        """What the last process left, or this one when the store went away; since when each report is in the
        settings."""
        now = self._clock.now()
        for run in await self._runs.interrupt(now):
            log.warning("a report was left on its way", extra=_named(run))
        await self._forget()
        return await self._runs.names(self._said.keys(), now)

    async def _forget(self) -> None:
        await self._runs.forget(self._clock.now() - timedelta(days=self._settings.keep_days))

    async def _plan(self, since: Mapping[str, datetime]) -> None:
        now = self._clock.now()
        ended: list[tuple[CampaignId, datetime]] = []
        if any(each.at_end for each in self._settings.scheduled):
            ended = await self._runs.ended_campaigns(now - timedelta(days=self._settings.catch_up_days))
        if due := due_of(self._settings, since, ended, self._zone, now):
            await self._runs.plan(due, now, now)

    async def _tell(self) -> None:
        now, counts = self._clock.now(), await self._runs.counts()
        following = {
            each.name: next_due(each.rule, self._zone, now).at
            for each in self._settings.scheduled
            if each.rule is not None
        }
        self._stand(counts.by_state, following | counts.oldest_due, now)

    async def _occasion(self, runs: list[Run]) -> None:
        """Make the report, and send it to each of these readers."""
        begun = [run for run in runs if await self._runs.step(run.id, RunStep.BUILD, self._clock.now())]
        made = await self._make(runs[0].occasion)
        for run in begun:
            if self._stopping:
                await self._runs.step(run.id, RunStep.NOT_TAKEN, self._clock.now(), run.reason)
            elif isinstance(made, Answer):
                await self._settle(run, made)
            else:
                await self._send(run, made)

    async def _make(self, occasion: Occasion) -> BuiltReport | Answer:
        """The report, or why there is none."""
        if self._email is None:
            return refused(NO_MAIL)
        try:
            await self._ready()
            return await self._making.make(occasion.kind, occasion.period, occasion.of)
        except Unreachable as error:
            return not_taken(str(error))
        except VoceroError as error:
            return refused(str(error))
        except Exception:
            # One report must not take calls and all other reports with it.
            log.exception("a report failed in our own code", extra={"report": occasion.report, "kind": occasion.kind})
            return refused(FAULT_OF_OURS)

    async def _send(self, run: Run, built: BuiltReport) -> None:
        assert self._email is not None
        note = ""

        async def going() -> None:
            self._has_gone = True
            if not await self._runs.step(run.id, RunStep.GO, self._clock.now(), message_id=letter.message_id):
                raise Conflict(f"The report {run.id} is somebody else's by now.")
            gone.set()

        gone = asyncio.Event()
        try:
            async with asyncio.timeout(self._send_seconds):
                letter = await self._letter(run, built, self._email)
                note = letter.note
                answer = await hand_over(self._email, run.recipient, letter.bytes, going, DATA_SECONDS)
        except TimeoutError:
            words = f"There was no answer within {self._send_seconds:g} s."
            answer = no_answer(words) if gone.is_set() else not_taken(words)
        except StoreUnavailable as error:
            answer = not_taken(str(error))  # nothing goes before it is written down
        except Exception:
            log.exception("a report failed in our own code", extra=_named(run))
            answer = no_answer(FAULT_OF_OURS) if gone.is_set() else refused(FAULT_OF_OURS)
        try:
            await self._settle(run, answer, note)
        finally:
            self._has_gone = False

    async def _letter(self, run: Run, built: BuiltReport, email: EmailSettings) -> Letter:
        """Off the loop: some megabytes are turned into text."""
        most = int(self._settings.largest_megabytes * MEGABYTE)
        said = self._said.get(run.occasion.report)
        return await asyncio.to_thread(letter_of, run, built, said, email, self._clock.now(), most)

    async def _settle(self, run: Run, answer: Answer, note: str = "") -> None:
        """Write down what became of it. A store that is away is waited for: else this is in doubt at the next start."""
        while True:
            try:
                await self._written(run, answer, note)
                return
            except StoreUnavailable as error:
                log.warning("a report's outcome waits for the store", extra={"reason": str(error)})
                if self._stopping:
                    return
                await asyncio.sleep(STORE_SECONDS)

    async def _written(self, run: Run, answer: Answer, note: str) -> None:
        now, step, words = self._clock.now(), _AFTER[answer.step], answer.words or note
        facts: dict[str, object] = {}
        if step is RunStep.NOT_TAKEN:
            tries = run.tries + 1
            facts = {"tries": tries, "next_at": now + pause(tries, answer.wait)}
            if tries >= self._settings.tries:
                step, words = RunStep.REFUSED, f"Tried {tries} times: {words}"
        await self._runs.step(run.id, step, now, words, **facts)
        if step is not RunStep.TAKEN:
            log.warning("a report was not sent", extra={**_named(run), "step": step.value, "reason": words})


def _named(run: Run) -> dict[str, object]:
    of = run.occasion
    return {"run_id": run.id, "report": of.report, "kind": of.kind, "of": of.of, "occasion": of.key}
