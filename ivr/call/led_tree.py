"""Leads a call through a tree: what `ivr.tree.walk` says is to be done, done."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audio.pcm import seconds_of
from cti_api.clock import Clock
from cti_api.errors import VoceroError
from cti_api.model.front_desk import LedEnding, NodeLeft, SaidRecording
from ivr.call.asking import Answer, Flooded, Pressed, Recorded, Silent, Spoken, asked_by_tree
from ivr.call.desk import Desk, LooksUp, OnTheLine
from ivr.call.leaving import Conversation, Leaving, ToQueue, ToTheEnd, ToTransfer
from ivr.call.on_record import OnRecord
from ivr.call.talk import UNHURRIED, Talk
from ivr.call.wav import write_wav
from ivr.tree import inputs, steps
from ivr.tree.inputs import Input, Why
from ivr.tree.nodes import Tree
from ivr.tree.place import Place, entrance
from ivr.tree.question import heard, question_of
from ivr.tree.walk import walk

SILENCE_ENDS_RECORDING_SECONDS: Final = 3.0
"""People think while they tell; as in a survey's comment."""

log = logging.getLogger(__name__)


class LedTree:
    """One call's walk. `recordings`: the folder in which callers' own words are kept."""

    def __init__(
        self,
        tree: Tree,
        who: OnTheLine,
        desk: Desk,
        look_ups: LooksUp,
        record: OnRecord,
        recordings: Path,
        clock: Clock,
    ) -> None:
        self._tree, self._who = tree, who
        self._desk, self._look_ups, self._record = desk, look_ups, record
        self._recordings, self._clock = recordings, clock
        now = clock.now()
        self.place: Place = entrance(tree, now, {"caller": who.number, "called": who.called})
        self._steps: deque[steps.Step] = deque()
        self._said: list[steps.Step] = []
        """Since the last input: said again over the next `Talk`, should this one be lost."""
        self._survey: Conversation | None = None
        self._ending: LedEnding | None = None
        """How it ends, once we are saying goodbye."""
        self._began = False

    # -------------------------------------------------------------- the conversation

    async def go_on(self, talk: Talk) -> Leaving:
        if not self._began:
            self._began = True
            await self._happened(inputs.Started())
        self._steps.extendleft(reversed(self._said))
        self._said.clear()
        while self._steps:
            leaving = await self._do(self._steps[0], talk)
            if leaving is not None:
                return leaving
        await talk.said()
        return ToTheEnd()

    async def came_back(self, returned: str) -> None:
        if self._survey is not None:
            self._survey = None  # the survey put them through, and is over
        failed = next((why for why in Why if why == returned), None)
        await self._happened(inputs.Done() if failed is None else inputs.Failed(failed))

    async def gone(self) -> None:
        if self._survey is not None:
            await self._survey.gone()
        if not self.place.is_over:
            self.place = walk(self._tree, self.place, inputs.HungUp(), self._clock.now()).place
        await self._end(self._ending or LedEnding.HUNG_UP)

    async def handed_over(self) -> None:
        """They go on to people: on record as over, unless they come back."""
        await self._end(LedEnding.HANDED_OVER)

    async def broken(self) -> None:
        if self._survey is not None:
            await self._survey.broken()
        await self._end(LedEnding.CUT)

    # -------------------------------------------------------------- one step

    async def _do(self, step: steps.Step, talk: Talk) -> Leaving | None:
        match step:
            case steps.Say():
                self._said.append(self._steps.popleft())
                await talk.say(step.pieces, step.barge_in)
            case steps.Send():
                self._steps.popleft()
                await self._send(step)
            case steps.HangUp():
                self._ending = LedEnding.FINISHED if step.ending is steps.Ending.FINISHED else LedEnding.CUT
                await talk.say(step.pieces, UNHURRIED)
                await talk.said()
                self._steps.clear()
                await self._end(self._ending)
                return ToTheEnd()
            case steps.Queue():
                await talk.said()
                self._who = replace(self._who, queue=step.name)
                return ToQueue(
                    queue=step.name,
                    most_wait_seconds=step.most_wait_seconds,
                    offers_call_back=step.offers_call_back,
                )
            case steps.Transfer():
                await talk.said()
                return ToTransfer(to=step.to, ring_seconds=step.ring_seconds)
            case steps.Survey():
                return await self._hold(step, talk)
            case steps.Listen():
                await talk.say(step.prompt, step.barge_in)
                await self._answered(step, talk)
            case steps.LookUp():
                await self._happened(await self._look_up(step, talk))
            case steps.Record():
                await self._happened(await self._record_step(step, talk))
            case steps.Ticket():
                await self._happened(await self._ticket(step))
            case steps.BookCallBack():
                await self._happened(await self._book(step))
        return None

    async def _answered(self, listen: steps.Listen, talk: Talk) -> None:
        asked_at = self.place.tree, self.place.node
        if listen.kind is steps.Kind.OPEN:
            happened = await self._in_own_words(listen, talk)
        else:
            question = question_of(listen, self._today)
            happened = _given(listen, await talk.ask(asked_by_tree(listen, question)))
        await self._happened(happened)
        if (self.place.tree, self.place.node) == asked_at:
            talk.forget_keys()  # what was pressed ahead was for another question

    async def _in_own_words(self, listen: steps.Listen, talk: Talk) -> Input:
        """Kept as sound, taken at once, and written out behind the call: its value is the recording's name."""
        match await self._keep(self.place.node, listen.longest_seconds, talk):
            case str(file):
                return inputs.Heard(file, file, 1.0)
            case answer:
                return _given(listen, answer)

    async def _hold(self, step: steps.Survey, talk: Talk) -> Leaving | None:
        if self._survey is None:
            try:
                self._survey = await self._desk.survey(self._who, step.name, step.values)
            except VoceroError as error:
                log.error("a survey cannot be held", extra={"survey": step.name, "why": str(error)})
                await self._happened(inputs.Failed())
                return None
        leaving = await self._survey.go_on(talk)
        if not isinstance(leaving, ToTheEnd):
            return leaving
        self._survey = None
        await self._happened(inputs.Done())
        return None

    async def _look_up(self, step: steps.LookUp, talk: Talk) -> Input:
        lost: VoceroError | None = None
        async with asyncio.TaskGroup() as both:
            asking = both.create_task(self._look_ups.look_up(step), name="ivr.look_up")
            done, _ = await asyncio.wait((asking,), timeout=step.holding_after_seconds)
            if not done:
                try:
                    await talk.say(step.holding, UNHURRIED)
                except VoceroError as error:
                    lost = error
        if lost is not None:
            raise lost
        return asking.result()

    async def _record_step(self, step: steps.Record, talk: Talk) -> Input:
        match await self._keep(step.name, step.longest_seconds, talk):
            case str(file):
                return inputs.Done(file)
            case _:
                return inputs.Failed()

    async def _keep(self, name: str, longest_seconds: float, talk: Talk) -> str | Answer:
        """The file's name; what else the caller did; `Silent` where it could not be kept."""
        said = await talk.record(longest_seconds=longest_seconds, silence_seconds=SILENCE_ENDS_RECORDING_SECONDS)
        if not isinstance(said, Recorded):
            return said
        file = f"{self._who.call_id}-{name}.wav"
        kept = SaidRecording(
            call_id=self._who.call_id,
            name=name,
            number=self._who.number,
            recording=file,
            seconds=seconds_of(said.pcm),
        )
        try:
            await asyncio.to_thread(write_wav, self._recordings / file, said.pcm)
            await self._record.said(kept, self._clock.now())
        except (OSError, VoceroError) as error:
            log.error("what a caller said cannot be kept", extra={"recording": file, "why": str(error)})
            return Silent()
        return file

    async def _ticket(self, step: steps.Ticket) -> Input:
        try:
            return inputs.Done(await self._desk.ticket(self._who, step.kind, step.values, self._clock.now()))
        except VoceroError as error:
            log.error("a ticket was not written", extra={"kind": step.kind, "why": str(error)})
            return inputs.Failed()

    async def _book(self, step: steps.BookCallBack) -> Input:
        try:
            await self._desk.call_back(self._who, step, self._clock.now())
        except VoceroError as error:
            log.error("a call back was not booked", extra={"queue": step.queue, "why": str(error)})
            return inputs.Failed()
        return inputs.Done()

    async def _send(self, step: steps.Send) -> None:
        try:
            await self._desk.send(self._who, step, self._clock.now())
        except VoceroError as error:
            log.error("nothing was sent to a caller", extra={"send": step.name, "why": str(error)})

    # -------------------------------------------------------------- the walk

    async def _happened(self, happened: Input) -> None:
        now = self._clock.now()
        walked = walk(self._tree, self.place, happened, now)
        if walked.place.awaits is not None and not walked.steps:
            return  # it answered nothing: the step that is being carried out goes on
        self._steps = deque(walked.steps)
        self._said.clear()
        self.place = walked.place
        left = [NodeLeft(tree=one.tree, node=one.node, way=one.way) for one in walked.passed]
        await self._record.passed(left, walked.place.node, now)

    async def _end(self, ending: LedEnding) -> None:
        await self._record.end(ending, self._clock.now())

    @property
    def _today(self) -> date:
        return self._clock.now().astimezone(ZoneInfo(self._tree.timezone)).date()


def _given(listen: steps.Listen, answer: Answer) -> Input:
    match answer:
        case Pressed(keys):
            return inputs.Keys(keys)
        case Spoken(understood):
            return heard(listen, understood)
        case Silent():
            return inputs.NoInput()
        case Flooded(count):
            return inputs.TooManyKeys(count)
