"""A conversation with a tree in the terminal."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from ivr.tree import inputs, steps
from ivr.tree.case_file import FAILED, NOT_FOUND, Answer, Does
from ivr.tree.inputs import Input, Why
from ivr.tree.nodes import Tree
from ivr.tree.place import Walked, entrance
from ivr.tree.prompts import in_words, spoken
from ivr.tree.run_cases import HANGS_UP, MUMBLES, SILENCE, TALKED, TICKET, TURN, ending, heard, looked_up
from ivr.tree.walk import walk

MOST_SHOWN = 12
"""Choices that are listed."""


def converse(out: Console, tree: Tree, begins: datetime, caller: str, answers: Mapping[str, Answer]) -> None:
    """Walk the tree with whoever types, until the call is over or the input ends."""
    out.print(f"[dim]{len(tree.nodes)} nodes. Type keys or words; Enter: silence; ?: something nobody understands; "
              f"{HANGS_UP}: the caller is gone.[/]")  # fmt: skip
    now, zone = begins, ZoneInfo(tree.timezone)
    walked = walk(tree, entrance(tree, now, {"caller": caller, "called": ""}), inputs.Started(), now)
    while True:
        _show(out, walked)
        if walked.place.is_over:
            break
        assert walked.place.awaits is not None  # the walk's promise
        happened = _happens(out, walked.place.awaits, answers, now.astimezone(zone).date())
        now += TURN
        walked = walk(tree, walked.place, happened, now)
    out.print(f"[dim]The call is over: {ending(walked)}, {walked.place.nodes} nodes, last at {walked.place.node}.[/]")


def _show(out: Console, walked: Walked) -> None:
    for step in walked.steps:
        match step:
            case steps.Say():
                _say(out, spoken(step.pieces))
            case steps.Listen():
                _say(out, spoken(step.prompt))
            case steps.Send():
                _note(out, f"sends {step.name} by {step.via} to {step.to or 'the number that calls'}")
            case steps.HangUp() if step.pieces:
                _say(out, spoken(step.pieces))
            case _:
                pass


def _say(out: Console, text: str) -> None:
    out.print(Text.assemble(("▶ ", "bold cyan"), text), soft_wrap=True)


def _note(out: Console, text: str) -> None:
    out.print(Text.assemble(("  ", ""), (text, "yellow")), soft_wrap=True)


def _happens(out: Console, awaits: steps.Awaited, answers: Mapping[str, Answer], today: date) -> Input:
    """What the person at the keyboard lets happen."""
    match awaits:
        case steps.Listen():
            out.print(Text(f"  {listened_for(awaits)}", "dim"), soft_wrap=True)
            typed = _typed(out)
            if typed is None:
                return inputs.HungUp()
            words = {"": SILENCE, "?": MUMBLES}.get(typed, typed)
            return inputs.HungUp() if words == HANGS_UP else _shown(out, heard(awaits, Does(what=words), today))
        case steps.LookUp(name=name):
            known = ", ".join(f"{key} = {in_words(value)}" for key, value in awaits.values.items())
            _note(out, f"looks up {name} ({known})")
            return looked_up(answers[name]) if name in answers else _asked_look_up(out, awaits)
        case steps.Queue():
            _note(out, f"waits in the queue {awaits.name}, {awaits.most_wait_seconds:g} s at most")
            return _chosen(out, (TALKED, *_queue_words(awaits)))
        case steps.Transfer():
            _note(out, f"is transferred to {awaits.to}")
            return _chosen(out, (TALKED, FAILED))
        case steps.Ticket():
            _note(out, f"writes a ticket {awaits.kind}: {TICKET}")
            return inputs.Done(TICKET)
        case steps.Record():
            _note(out, f"records {awaits.name}, {awaits.longest_seconds:g} s at most")
        case steps.Survey():
            _note(out, f"holds the survey {awaits.name}")
        case steps.BookCallBack():
            _note(out, f"{awaits.queue} will call back {awaits.to or 'the number that calls'}")
        case _:
            pass
    return inputs.Done()


def listened_for(listen: steps.Listen) -> str:
    """What can be answered now, in one line."""
    named = [
        f"{choice.key or '·'} {choice.phrases[0] if choice.phrases else choice.value}" for choice in listen.choices
    ]
    more = len(named) - MOST_SHOWN
    shown = "  ".join(named[:MOST_SHOWN]) + (f"  … {more} more" if more > 0 else "")
    kinds = {
        steps.Kind.DIGITS: f"{listen.least_keys} to {listen.most_keys} digits",
        steps.Kind.NUMBER: "a number",
        steps.Kind.DATE: "a day: DDMMYYYY, or 3 de marzo de 2027",
        steps.Kind.YES_NO: "1 sí  2 no",
        steps.Kind.OPEN: "anything",
    }
    return "  ".join(part for part in (kinds.get(listen.kind, ""), shown) if part)


def _shown(out: Console, happened: Input) -> Input:
    if isinstance(happened, inputs.Heard):
        value = "nothing that fits" if happened.value is None else in_words(happened.value)
        out.print(Text(f"  understood: {value} ({happened.confidence:.0%})", "dim"))
    return happened


def _queue_words(queue: steps.Queue) -> tuple[str, ...]:
    return tuple(
        why for why in Why if why is not Why.UNREACHABLE and (why is not Why.WANTS_CALL_BACK or queue.offers_call_back)
    )


def _chosen(out: Console, words: tuple[str, ...]) -> Input:
    out.print(Text(f"  {'  '.join((*words, HANGS_UP))}  (Enter: {words[0]})", "dim"))
    while True:
        typed = _typed(out)
        if typed is None or typed == HANGS_UP:
            return inputs.HungUp()
        if typed in ("", words[0]):
            return inputs.Done()
        if typed in words:
            return inputs.Failed(Why.UNREACHABLE if typed == FAILED else Why(typed))
        out.print(Text(f"  one of {', '.join((*words, HANGS_UP))}", "dim"))


def _asked_look_up(out: Console, look_up: steps.LookUp) -> Input:
    gives = " ".join(f"{name}=…" for name in look_up.gives)
    out.print(Text(f"  answer {gives}, or {FAILED}, {NOT_FOUND}, {HANGS_UP}", "dim"))
    typed = _typed(out)
    if typed is None or typed == HANGS_UP:
        return inputs.HungUp()
    if typed in (FAILED, NOT_FOUND):
        return looked_up(typed)
    try:
        words = shlex.split(typed)
    except ValueError:  # a quote without its other
        words = typed.split()
    return looked_up({name: value for name, equals, value in (word.partition("=") for word in words) if equals})


def _typed(out: Console) -> str | None:
    """One line; None when the input has ended."""
    out.print("[bold]>[/] ", end="")
    out.file.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        out.print(Text(line.strip()))
    return line.strip() if line else None
