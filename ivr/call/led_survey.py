"""Holds a survey in a call: what `ivr.survey.take` says is to be done, done."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime
from pathlib import Path

from audio.pcm import seconds_of
from cti_api.clock import Clock
from cti_api.errors import StoreUnavailable, VoceroError
from cti_api.model.surveys import Answer as Kept
from cti_api.model.surveys import FollowedUp, Outcome, StoredSitting, Survey
from cti_api.store.sittings import Sittings
from ivr.call.asking import Answer, Flooded, Pressed, Recorded, Silent, Spoken, asked_by_survey
from ivr.call.leaving import Leaving, ToQueue, ToTheEnd
from ivr.call.talk import Talk
from ivr.call.wav import write_wav
from ivr.survey import steps
from ivr.survey.inputs import HungUp, Input, Keys, NoInput, NoMatch, Started, TimedOut
from ivr.survey.inputs import Recorded as CommentKept
from ivr.survey.question import heard, question_of
from ivr.survey.sitting import Sitting, Stage, seated
from ivr.survey.take import take
from ivr.tree.prompts import Piece
from ivr.tree.steps import BargeIn

log = logging.getLogger(__name__)

AT_EASE = BargeIn(keys=True, speech=True)


class LedSurvey:
    """One sitting. `recordings`: the folder in which comments are kept."""

    def __init__(
        self,
        survey: Survey,
        stored: StoredSitting,
        sittings: Sittings,
        recordings: Path,
        clock: Clock,
        followed: frozenset[str] = frozenset(),
    ) -> None:
        """`followed`: triggers that earlier calls of the sitting set off."""
        self._survey, self._sittings, self._clock = survey, sittings, clock
        self._id, self._recordings = stored.id, recordings
        self.sitting: Sitting = seated(survey, clock.now(), stored.answers, followed)
        self._steps: deque[steps.Step] = deque()
        self._said: list[steps.Step] = []
        """Since the last answer: said again over the next `Talk`, should this one be lost."""
        self._began = False

    async def go_on(self, talk: Talk) -> Leaving:
        if not self._began:
            self._began = True
            await self._happened(Started())
        self._steps.extendleft(reversed(self._said))
        self._said.clear()
        while self._steps:
            match self._steps[0]:
                case steps.Say(text):
                    self._said.append(self._steps.popleft())
                    await talk.say([Piece(text)], AT_EASE)
                case steps.Listen() as listen:
                    answer = await talk.ask(asked_by_survey(listen, question_of(listen)))
                    await self._took(_given(listen, answer), talk)
                case steps.Record() as record:
                    await self._took(await self._comment(record, talk), talk)
                case steps.Transfer(queue):
                    await talk.said()
                    self._steps.clear()
                    return ToQueue(queue=queue)
                case _:  # what is stored is stored by now; after HangUp there is nothing
                    self._steps.popleft()
        await talk.said()
        return ToTheEnd()

    async def came_back(self, returned: str) -> None:
        """From the queue they were put through to: there is no more to ask."""

    async def handed_over(self) -> None:
        """The sitting is over: that was stored before."""

    async def gone(self) -> None:
        await self._happened(HungUp())

    async def broken(self) -> None:
        await self._happened(TimedOut())

    async def _took(self, happened: Input, talk: Talk) -> None:
        before = self._asked
        self._steps.popleft()
        self._said.clear()
        await self._happened(happened)
        if self._asked == before:
            talk.forget_keys()  # what was pressed ahead was for another question

    @property
    def _asked(self) -> tuple[bool, int]:
        """Which question, or which offer."""
        return self.sitting.stage is Stage.OFFERING, self.sitting.at

    async def _happened(self, happened: Input) -> None:
        """The next place, with what is to be stored of it on disk; only then more is said. Where it cannot be stored,
        there is no more to ask."""
        now = self._clock.now()
        taken = take(self._survey, self.sitting, happened, now)
        answers = [step.answer for step in taken.steps if isinstance(step, steps.Answered)]
        followed = [step.follow_up for step in taken.steps if isinstance(step, steps.Followed)]
        ended = [step.outcome for step in taken.steps if isinstance(step, steps.Ended)]
        if answers or followed or ended:
            try:
                await self._keep(now, answers, followed, ended[-1] if ended else None)
            except VoceroError as error:
                log.error("a survey ends: it cannot be kept", extra={"sitting": self._id, "why": str(error)})
                self._steps = deque([steps.Say(self._survey.wording.given_up)])
                return
        self.sitting = taken.sitting
        self._steps.extend(taken.steps)

    async def _keep(
        self, now: datetime, answers: list[Kept], followed: list[FollowedUp], outcome: Outcome | None
    ) -> None:
        """A store that was away, or stood still for its five seconds, is asked once more: the same twice changes
        nothing."""
        try:
            await self._sittings.keep(self._id, now, answers, followed, outcome)
        except StoreUnavailable:
            await self._sittings.keep(self._id, now, answers, followed, outcome)

    async def _comment(self, record: steps.Record, talk: Talk) -> Input:
        said = await talk.record(longest_seconds=record.most_seconds, silence_seconds=record.silence_seconds)
        match said:
            case Recorded(pcm):
                name = f"{self._id}-{record.question}.wav"
                try:
                    await asyncio.to_thread(write_wav, self._recordings / name, pcm)
                except OSError as error:
                    log.error("a comment cannot be kept", extra={"recording": name, "reason": error.strerror})
                    return NoInput()
                return CommentKept(name, seconds_of(pcm))
            case Pressed(keys):
                return Keys(keys)
            case _:
                return NoInput()


def _given(listen: steps.Listen, answer: Answer) -> Input:
    match answer:
        case Pressed(keys):
            return Keys(keys)
        case Spoken(understood):
            return heard(listen, understood)
        case Silent():
            return NoInput()
        case Flooded():
            return NoMatch()
