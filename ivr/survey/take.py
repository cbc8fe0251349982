"""The heart: where somebody is in a survey and what just happened, to where they are then and what is done next.

Each question is asked, asked again in other words after silence or what was not understood, and given up after so many
tries; two given up in a row end the survey, since nobody is listening. What was understood half is asked back. An
answer is a step of its own at once, so that nothing is lost whatever comes: a hang-up, the end of the time, a crash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from cti_api.model.surveys import (
    Action,
    Answer,
    AnsweredBy,
    Outcome,
    Question,
    QuestionKind,
    Survey,
    Trigger,
)
from ivr.survey.conditions import holds
from ivr.survey.follow import follow_up_of
from ivr.survey.inputs import HungUp, Input, Keys, NoInput, NoMatch, Recorded, Started, TimedOut
from ivr.survey.keypad import ENTER, REPEAT, YES_OR_NO, keypad_of
from ivr.survey.sitting import Sitting, Stage, Taken
from ivr.survey.steps import Answered, Ended, Followed, HangUp, Listen, Record, Say, Step, Transfer
from ivr.survey.understood import (
    COMMANDS,
    YES_NO_PHRASES,
    Command,
    Doubtful,
    Given,
    phrases_of,
    spoken,
    understood,
    yes_or_no,
)

GIVEN_UP_IN_A_ROW: Final = 2
"""Questions after which nobody is taken to be listening."""
SHORTEST_COMMENT_SECONDS: Final = 0.5
"""Less than a word."""
SILENCE_ENDS_COMMENT_SECONDS: Final = 3.0
"""People think while they tell; a menu's half a second would cut them off."""


def take(survey: Survey, sitting: Sitting, happened: Input, now: datetime) -> Taken:
    """The next place, and the steps that lead to it.

    What makes no sense where the person is counts as not understood; after the end nothing does, but a recording that
    was complete only then. The same arguments always give the same.
    """
    turn = _Turn(survey, sitting, now)
    turn.take(happened)
    return Taken(turn.sitting, tuple(turn.steps))


def most_inputs(survey: Survey) -> int:
    """A sitting is over after so many, whatever they are."""
    tries = survey.limits.tries
    # each question: every try may be an answer that is asked back and denied; repeats come on top
    return 1 + (len(survey.questions) + len(survey.triggers)) * (3 * tries + 1)


class _Turn:
    """One input's work: the sitting as it changes, and the steps as they come."""

    def __init__(self, survey: Survey, sitting: Sitting, now: datetime) -> None:
        self.survey = survey
        self.sitting = sitting
        self.now = now
        self.steps: list[Step] = []

    def take(self, happened: Input) -> None:
        if self.sitting.stage is Stage.ENDED:
            if isinstance(happened, Recorded):
                self._late(happened)
        elif isinstance(happened, HungUp):
            self._end(self._outcome(), say="", hang_up=False)
        elif isinstance(happened, TimedOut):
            self._stop()
        elif self.sitting.stage is Stage.NEW:
            self.steps.append(Say(self.survey.wording.greeting))
            self._next()
        elif self.sitting.stage is Stage.ASKING:
            self._asked(happened)
        elif self.sitting.stage is Stage.CONFIRMING:
            self._confirmed(happened)
        elif self.sitting.stage is Stage.RECORDING:
            self._recorded(happened)
        else:
            self._offered(happened)

    # -------------------------------------------------------------- the stages

    def _asked(self, happened: Input) -> None:
        if isinstance(happened, NoInput):
            self._missed(silence=True)
            return
        if isinstance(happened, NoMatch | Started | Recorded | HungUp | TimedOut):
            self._missed()
            return
        meaning = understood(self._question, happened, self.survey.confidence)
        if isinstance(meaning, Given):
            self._accept(meaning.answer)
        elif isinstance(meaning, Doubtful):
            self._ask_back(meaning.answer)
        elif meaning is Command.SKIP and self._question.may_skip:
            self.steps.append(Say(self.survey.wording.skipped))
            self._next()
        elif meaning is Command.REPEAT:
            self._repeat()
        else:
            self._missed()

    def _confirmed(self, happened: Input) -> None:
        pending = self.sitting.pending
        assert pending is not None  # the stage has one
        if isinstance(happened, Started | Recorded | NoInput | NoMatch | HungUp | TimedOut):
            right, silence = None, isinstance(happened, NoInput)
        else:
            right, silence = yes_or_no(happened, self.survey.confidence), False
        if right is True:
            self._accept(pending)
        elif right is False:
            self._change(pending=None, stage=Stage.ASKING)
            self._missed()
        elif right is Command.REPEAT and self._may_repeat():
            self._change(repeats=self.sitting.repeats + 1)
            self._ask_back(pending)
        elif self._count(silence=silence) >= self.survey.limits.tries:
            self._give_up()
        else:
            self._ask_back(pending)

    def _recorded(self, happened: Input) -> None:
        if isinstance(happened, Recorded) and happened.file and happened.seconds >= SHORTEST_COMMENT_SECONDS:
            self._accept(self._comment(happened))
        elif isinstance(happened, Keys) and happened.digits == ENTER and self._question.may_skip:
            self.steps.append(Say(self.survey.wording.skipped))
            self._next()
        elif isinstance(happened, Keys) and happened.digits == REPEAT:
            self._repeat()
        else:
            self._missed(silence=True)

    def _offered(self, happened: Input) -> None:
        trigger = self.survey.triggers[self.sitting.at]
        if isinstance(happened, Started | Recorded | NoInput | NoMatch | HungUp | TimedOut):
            wanted = None
        else:
            wanted = yes_or_no(happened, self.survey.confidence)
        if wanted is True:
            self._follow(trigger)
            if trigger.action is Action.TRANSFER:
                self.steps.append(Ended(self._outcome()))
                self._say(trigger.say)
                self.steps.append(Transfer(trigger.queue))
                self._change(stage=Stage.ENDED, outcome=self._outcome())
                return
            self._say(trigger.say)
            self._offer()
        elif wanted is False:
            self._offer()
        elif wanted is Command.REPEAT and self._may_repeat():
            self._change(repeats=self.sitting.repeats + 1)
            self._ask_offer(trigger)
        elif self._count(silence=isinstance(happened, NoInput)) >= self.survey.limits.tries:
            self._offer()  # no answer is no yes
        else:
            self._ask_offer(trigger)

    def _late(self, recorded: Recorded) -> None:
        """A comment that was being recorded when the person hung up."""
        if not self.sitting.recording or not recorded.file or recorded.seconds < SHORTEST_COMMENT_SECONDS:
            return
        self._keep(self._comment(recorded))
        outcome = Outcome.PARTIAL if self.sitting.outcome is Outcome.SILENT else self.sitting.outcome
        self._change(recording=False, outcome=outcome)
        self.steps.append(Ended(outcome or Outcome.PARTIAL))

    # -------------------------------------------------------------- answers

    def _accept(self, answer: Answer) -> None:
        self._keep(answer)
        self._change(given_up=0, recording=False)
        ended = False
        for trigger in self._due_triggers(answer):
            self._follow(trigger)
            self._say(trigger.say)
            ended = ended or trigger.ends
        if answer.value and answer.value == self._question.refuses:
            self._end(Outcome.REFUSED, say=self.survey.wording.refused)
        elif ended:
            self._end(self._outcome(), say=self.survey.wording.thanks)
        else:
            self._next()

    def _keep(self, answer: Answer) -> None:
        self._change(answers=(*self.sitting.answers, answer))
        # before anything that is said, and the triggers with it: they are one transaction
        self.steps.append(Answered(answer))

    def _comment(self, recorded: Recorded) -> Answer:
        return Answer(
            question=self._question.id, by=AnsweredBy.RECORDING, recording=recorded.file, seconds=recorded.seconds
        )

    def _due_triggers(self, answer: Answer) -> list[Trigger]:
        answers = self.sitting.by_question
        return [
            trigger
            for trigger in self.survey.triggers
            if not trigger.ask
            and trigger.name not in self.sitting.followed
            and any(compared.question == answer.question for compared in trigger.when)
            and holds(trigger.when, answers)
        ]

    def _follow(self, trigger: Trigger) -> None:
        self._change(followed=self.sitting.followed | {trigger.name})
        self.steps.append(Followed(follow_up_of(self.survey, trigger, self.now)))

    # -------------------------------------------------------------- asking

    def _next(self) -> None:
        """The next question that is to be asked; after the last one what is offered."""
        answered = self.sitting.by_question
        for place in range(self.sitting.at + 1, len(self.survey.questions)):
            question = self.survey.questions[place]
            if question.id not in answered and holds(question.only_if, answered):
                if self._overdue():
                    self._stop()
                    return
                self._change(at=place, silences=0, misunderstandings=0, repeats=0, pending=None, recording=False)
                self._ask(question.ask)
                return
        self._change(at=-1, recording=False)
        self._offer()

    def _ask(self, text: str) -> None:
        self.steps.append(Say(text))
        question = self._question
        if question.kind is QuestionKind.OPEN:
            self._change(stage=Stage.RECORDING, recording=True)
            self.steps.append(
                Record(
                    question=question.id,
                    most_seconds=question.comment_seconds,
                    silence_seconds=SILENCE_ENDS_COMMENT_SECONDS,
                )
            )
            return
        self._change(stage=Stage.ASKING)
        self.steps.append(
            Listen(
                kind=question.kind,
                phrases=phrases_of(question),
                keypad=keypad_of(question),
                seconds=self.survey.limits.answer_seconds,
            )
        )

    def _ask_back(self, answer: Answer) -> None:
        if self._overdue():
            self._stop()
            return
        self._change(stage=Stage.CONFIRMING, pending=answer)
        self.steps.append(Say(self.survey.wording.confirm.replace("{answer}", spoken(self._question, answer.value))))
        self._listen_yes_no()

    def _repeat(self) -> None:
        if not self._may_repeat():
            self._missed()
        elif self._overdue():
            self._stop()
        else:
            self._change(repeats=self.sitting.repeats + 1)
            self._ask(self._question.ask)

    def _may_repeat(self) -> bool:
        return self.sitting.repeats < self.survey.limits.tries

    def _missed(self, *, silence: bool = False) -> None:
        """Ask again in other words, the further the longer; give up after so many tries."""
        if self._count(silence=silence) >= self.survey.limits.tries:
            self._give_up()
        elif self._overdue():
            self._stop()
        else:
            said = self._question.no_input if silence else self._question.no_match
            times = self.sitting.silences if silence else self.sitting.misunderstandings
            self._ask(said[min(times, len(said)) - 1])

    def _count(self, *, silence: bool) -> int:
        """How often this question was asked in vain, this time included."""
        if silence:
            self._change(silences=self.sitting.silences + 1)
        else:
            self._change(misunderstandings=self.sitting.misunderstandings + 1)
        return self.sitting.silences + self.sitting.misunderstandings

    def _give_up(self) -> None:
        self._change(given_up=self.sitting.given_up + 1, pending=None, recording=False)
        if self.sitting.given_up >= GIVEN_UP_IN_A_ROW or self._question.refuses:
            self._stop()  # nobody is there, or nobody said that they want to
        else:
            self._next()

    # -------------------------------------------------------------- what is offered, and the end

    def _offer(self) -> None:
        answers = self.sitting.by_question
        began = self.sitting.at + 1 if self.sitting.stage is Stage.OFFERING else 0
        for place in range(began, len(self.survey.triggers)):
            trigger = self.survey.triggers[place]
            if trigger.ask and trigger.name not in self.sitting.followed and holds(trigger.when, answers):
                if self._overdue():
                    break
                self._change(stage=Stage.OFFERING, at=place, silences=0, misunderstandings=0, repeats=0)
                self._ask_offer(trigger)
                return
        self._end(self._outcome(all_asked=True), say=self.survey.wording.thanks)

    def _ask_offer(self, trigger: Trigger) -> None:
        self.steps.append(Say(trigger.ask))
        self._listen_yes_no()

    def _listen_yes_no(self) -> None:
        self.steps.append(
            Listen(
                kind=QuestionKind.YES_NO,
                phrases=YES_NO_PHRASES + COMMANDS,
                keypad=YES_OR_NO,
                seconds=self.survey.limits.answer_seconds,
            )
        )

    def _stop(self) -> None:
        self._end(self._outcome(), say=self.survey.wording.given_up)

    def _end(self, outcome: Outcome, *, say: str, hang_up: bool = True) -> None:
        self._change(stage=Stage.ENDED, outcome=outcome, pending=None)
        self.steps.append(Ended(outcome))
        self._say(say)
        if hang_up:
            self.steps.append(HangUp())

    def _outcome(self, *, all_asked: bool = False) -> Outcome:
        willing = {question.id for question in self.survey.questions if question.refuses}
        if all(answer.question in willing for answer in self.sitting.answers):
            return Outcome.SILENT  # whether they want to be asked tells nothing of the service
        return Outcome.FINISHED if all_asked or self.sitting.stage is Stage.OFFERING else Outcome.PARTIAL

    def _overdue(self) -> bool:
        return (self.now - self.sitting.began_at).total_seconds() >= self.survey.limits.whole_seconds

    # -------------------------------------------------------------- small things

    @property
    def _question(self) -> Question:
        return self.survey.questions[self.sitting.at]

    def _say(self, text: str) -> None:
        if text:
            self.steps.append(Say(text))

    def _change(self, **changes: Any) -> None:
        self.sitting = replace(self.sitting, **changes)
