"""Satisfaction surveys: what is asked, what was answered, and what follows from an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, NewType

from cti_api.model.ids import AgentId, AttemptId, LeadId
from cti_api.model.phone import PhoneNumber

SurveyId = NewType("SurveyId", str)
"""A survey's name from its file: a slug such as ``satisfaccion-servicio``."""

SittingId = NewType("SittingId", str)
"""One person answering one survey: 32 hex digits, made by us."""

YES: Final = "si"
NO: Final = "no"
"""What the answer to a yes-or-no question is kept as."""


class QuestionKind(StrEnum):
    SCALE = "scale"
    YES_NO = "yes_no"
    CHOICE = "choice"
    OPEN = "open"
    """A comment in the person's own words, recorded."""


class Figure(StrEnum):
    """What a scale is counted as; `cti_api.kpi.surveys` has the formulas."""

    CSAT = "csat"
    NPS = "nps"
    CES = "ces"


class Operator(StrEnum):
    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"
    IS = "="
    IS_NOT = "!="
    SAYS = "says"
    """One of these words, or phrases, is in what was said."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question's answer compared; never true of a question that was not answered."""

    question: str
    operator: Operator
    values: tuple[str, ...]
    """Any of which will do; for `Operator.IS_NOT`, none of which it is."""


Condition = tuple[Comparison, ...]
"""All of them hold; an empty one always does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a choice."""

    value: str
    """As it is kept and reported."""
    label: str
    """As it is said back and shown."""
    phrases: tuple[str, ...]
    """What a person may say for it."""
    key: str
    """The digit that chooses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question."""

    id: str
    kind: QuestionKind
    title: str
    """As reports name it."""
    ask: str
    no_input: tuple[str, ...]
    """What is said after silence: the first time, the second …; the last one from then on."""
    no_match: tuple[str, ...]
    """The same for what was not understood."""
    only_if: Condition = ()
    may_skip: bool = True
    refuses: str = ""
    """The answer with which a person does not want to be asked at all; empty: there is none."""
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    """Of a scale: 1, or 0.5 where half points count."""
    figure: Figure | None = None
    satisfied_from: float | None = None
    """CSAT: the least that counts as satisfied."""
    choices: tuple[Choice, ...] = ()
    comment_seconds: float = 0.0
    """Of a comment, how long it may be."""


class Action(StrEnum):
    """What follows from an answer."""

    AREA = "area"
    """The area in charge is told, with an owner and a time by which it has to act."""
    TRANSFER = "transfer"
    """The person is put through, if they want that."""
    CALL_BACK = "call_back"
    """The person is to be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What follows where its condition holds; at most once in a sitting."""

    name: str
    when: Condition
    action: Action
    owner: str = ""
    """Who acts; `Action.TRANSFER`: nobody."""
    due_seconds: float | None = None
    """By when: so long after the answer."""
    in_office_hours: bool = False
    """Only office hours are counted in `due_seconds`."""
    queue: str = ""
    """`Action.TRANSFER`: where to."""
    ask: str = ""
    """Asked after the last question; what follows, follows only for who says yes. Empty: it follows at once."""
    say: str = ""
    """Said when it follows."""
    ends: bool = False
    """No more is asked then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLimits:
    tries: int
    """How often a question is asked before it is given up."""
    answer_seconds: float
    """Silence after a question that counts as no answer."""
    whole_seconds: float
    """From the first word; then it ends, and what was answered stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """From which confidence of the recogniser, 0..1, an answer is taken, or asked back about; less is no answer."""

    accept: float
    confirm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyWording:
    """What is said besides the questions."""

    greeting: str
    thanks: str
    refused: str
    """To who does not want to be asked."""
    given_up: str
    """Where it ends before its last question."""
    confirm: str
    """Asks back; ``{answer}`` is what was understood."""
    skipped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When an area works."""

    days: tuple[tuple[int, time, time], ...]
    """Weekday (0 Monday), start, end; on the survey's clock, 00:00 as an end is midnight."""
    holidays: str = ""
    """ISO 3166 country whose public holidays are days off; empty: none are."""
    days_off: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey as its file says."""

    id: SurveyId
    title: str
    timezone: str
    """IANA name."""
    within_seconds: float
    """How long after the service people are asked."""
    wording: SurveyWording
    questions: tuple[Question, ...]
    triggers: tuple[Trigger, ...]
    limits: SurveyLimits
    confidence: Confidence
    office_hours: OfficeHours

    def question(self, question_id: str) -> Question | None:
        return next((each for each in self.questions if each.id == question_id), None)


class AnsweredBy(StrEnum):
    KEY = "key"
    VOICE = "voice"
    RECORDING = "recording"
    """Of a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answered."""

    question: str
    value: str = ""
    """A score as ``7`` or ``7.5``, `YES` or `NO`, a choice's value; empty for a comment."""
    score: float | None = None
    """Of a scale."""
    by: AnsweredBy
    heard: str = ""
    """As the recogniser understood it; of a comment, its transcript once there is one."""
    confidence: float | None = None
    """The recogniser's, 0..1; None by key."""
    recording: str = ""
    """Of a comment: the file's name in the folder of recordings."""
    seconds: float = 0.0
    """Of a comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedUp:
    """A trigger that was set off."""

    trigger: str
    action: Action
    question: str
    """The one whose answer did it."""
    owner: str = ""
    due_at: datetime | None = None
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyCase:
    """Something that an area has to see to because of an answer."""

    sitting_id: SittingId
    survey_id: SurveyId
    trigger: str
    action: Action
    question: str
    owner: str
    name: str
    """Of the person; empty for somebody who is not known, or was erased."""
    opened_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    done_by: str


class Outcome(StrEnum):
    """How a sitting ended."""

    FINISHED = "finished"
    PARTIAL = "partial"
    """Some questions were answered."""
    REFUSED = "refused"
    SILENT = "silent"
    """None was, but for whether the person wants to be asked."""


class InvitationState(StrEnum):
    """Where an invitation stands."""

    WAITING = "waiting"
    """To be asked until `Invitation.deadline`."""
    FINISHED = "finished"
    PARTIAL = "partial"
    """Some questions were answered; the others are asked until the deadline."""
    REFUSED = "refused"
    EXPIRED = "expired"
    """Nobody was reached in time, or the person was erased."""


STILL_TO_ASK: Final = frozenset({InvitationState.WAITING, InvitationState.PARTIAL})


class TranscriptState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """A service was completed: somebody is to be asked about it."""

    key: str
    """The other system's own for the service (an order's number): the same one twice is one invitation."""
    name: str
    phone: PhoneNumber
    service_at: datetime
    service: str = ""
    """Kind of service, by which results are told apart."""
    agent: str = ""
    """Who served."""
    queue: str = ""
    person_key: str = ""
    """The other system's own for the person."""
    source: str = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who is to be asked."""

    id: int
    survey_id: SurveyId
    key: str
    """Empty once the person was erased."""
    contact_id: int
    name: str
    phone: PhoneNumber | None
    service_at: datetime
    service: str
    agent: str
    queue: str
    deadline: datetime
    state: InvitationState
    state_since: datetime
    tries: int
    """Calls in which the survey was begun."""
    lead_id: LeadId | None
    """The lead by which the person is called, once there is one."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSitting:
    """Somebody begins to be asked."""

    survey_id: SurveyId
    invitation_id: int | None = None
    """None: after an agent's call, or of somebody who called in."""
    attempt_id: AttemptId | None = None
    lead_id: LeadId | None = None
    number: PhoneNumber | None = None
    """Of who called in."""
    agent_id: AgentId | None = None
    queue: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSitting:
    """A sitting as the store keeps it."""

    id: SittingId
    survey_id: SurveyId
    version: int
    """Of the survey's file: a sitting ends by the one it began with."""
    invitation_id: int | None
    attempt_id: AttemptId | None
    lead_id: LeadId | None
    agent: str
    queue: str
    service: str
    began_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None
    """None while it goes on."""
    answers: tuple[Answer, ...]
    """In the order in which they were given."""
