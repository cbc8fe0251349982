"""A survey held in the terminal: what a person would hear is written, what they would say or key is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from cti_api.clock import Clock
from cti_api.model.surveys import Survey
from ivr.survey.follow import after_transcript
from ivr.survey.inputs import Heard, HungUp, Input, Keys, NoInput, NoMatch, Recorded, Started
from ivr.survey.question import said
from ivr.survey.sitting import Sitting, Stage, seated
from ivr.survey.steps import Answered, Ended, Followed, HangUp, Listen, Record, Say, Step, Transfer
from ivr.survey.take import take

HELP = (
    "Type what the person says, or digits for keys (* says it again, # skips); an empty line is silence, ? is "
    "something not understood, «~ words» is half understood, and Ctrl-D hangs up."
)
HALF_UNDERSTOOD = "~"
SECONDS_PER_WORD = 0.4
"""About as people speak; a typed comment lasts so long."""


def hold(survey: Survey, clock: Clock, out: Console, ask: Callable[[], str]) -> Sitting:
    """Hold it to its end; `ask` gives the next line and raises `EOFError` at the last one."""
    out.print(f"[dim]{escape(HELP)}[/]", highlight=False)
    taken = take(survey, seated(survey, clock.now()), Started(), clock.now())
    comments: dict[str, str] = {}
    zone = ZoneInfo(survey.timezone)
    while True:
        for step in taken.steps:
            out.print(_told(step, zone), highlight=False)
        sitting = taken.sitting
        if sitting.stage is Stage.ENDED:
            _tell_words(survey, sitting, comments, clock, out)
            return sitting
        try:
            line = ask().strip()
        except EOFError:
            taken = take(survey, sitting, HungUp(), clock.now())
            continue
        if sitting.stage is Stage.RECORDING and line:
            comments[survey.questions[sitting.at].id] = line
        taken = take(survey, sitting, _typed(line, taken.steps[-1]), clock.now())


def _typed(line: str, awaits: Step) -> Input:
    if not line:
        return NoInput()
    if line == "?":
        return NoMatch()
    if set(line) <= set("0123456789*#"):
        return Keys(line)
    if not isinstance(awaits, Listen):
        return Recorded("comentario.wav", SECONDS_PER_WORD * (1 + len(line.split())))
    found = said(awaits, line.removeprefix(HALF_UNDERSTOOD).strip())
    if isinstance(found, Heard) and line.startswith(HALF_UNDERSTOOD):
        return replace(found, confidence=0.6)
    return found


def _tell_words(survey: Survey, sitting: Sitting, comments: dict[str, str], clock: Clock, out: Console) -> None:
    """What follows from the words of comments, which a real call would know a while later."""
    answers = tuple(replace(each, heard=comments.get(each.question, each.heard)) for each in sitting.answers)
    for follow_up in after_transcript(survey, answers, sitting.followed, clock.now()):
        out.print(_told(Followed(follow_up), ZoneInfo(survey.timezone)), highlight=False)


def _told(step: Step, zone: ZoneInfo) -> str:
    match step:
        case Say(text):
            return f"[bold cyan]»[/] {escape(text)}"
        case Listen():
            keys = " ".join(digits for digits, _ in step.keypad.answers)
            return f"[dim]  listens for {step.kind}, keys {keys} * #[/]"
        case Record():
            return f"[dim]  records, at most {step.most_seconds:g} s[/]"
        case Answered(answer):
            kept = answer.value or f"{answer.seconds:.1f} s recorded"
            return f"[green]  ✓ {answer.question}: {escape(kept)}[/] [dim]({answer.by})[/]"
        case Followed(follow_up):
            due = f", due {follow_up.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if follow_up.due_at else ""
            to = follow_up.owner or follow_up.queue
            return f"[yellow]  → {follow_up.trigger}: {follow_up.action} {escape(to)}{due}[/]"
        case Transfer(queue):
            return f"[dim]  puts through to {queue}[/]"
        case Ended(outcome):
            return f"[dim]  is over: {outcome}[/]"
        case HangUp():
            return "[dim]  hangs up[/]"
