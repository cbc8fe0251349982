"""The dialplan that runs, held against the one this version was made with.

What the dialer promises stands half in ``asterisk/extensions.conf``: the guard, the hold, the message, the journal's
rows. An Asterisk that runs another dialplan is not dialled with (failure catalogue F11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from dialer.ami.inspection import Step

Dialplan = Mapping[str, Sequence[Step]]
"""Context → its steps."""

PHONES: Final = "vocero-phones"
"""Calls that agents place themselves: a company may let them reach colleagues."""

_COMMENT: Final = re.compile(r"(^|\s);.*$", re.MULTILINE)
_SECTION: Final = re.compile(r"\[([a-z-]+)\]")
_INCLUDE: Final = re.compile(r"include => [a-z-]+\s*$")
_STEP: Final = re.compile(r"(?:exten => (?P<exten>[^,]+),1| same => n(?:\([a-z]+\))?),(?P<what>.+?)\s*$")


def written_dialplan(text: str) -> Dialplan:
    """The steps of each context of an ``extensions.conf``; a context without steps of its own is left out."""
    contexts: dict[str, list[Step]] = {}
    here: list[Step] = []
    exten = ""
    for line in _COMMENT.sub("", text).splitlines():
        if section := _SECTION.match(line):
            here = contexts.setdefault(section[1], [])
        elif step := _STEP.match(line):
            exten = step["exten"] or exten
            here.append(Step(exten, step["what"]))
        elif _INCLUDE.match(line):
            here.append(Step("", line.rstrip()))
    return {name: found for name, found in contexts.items() if found}


def is_same(running: Iterable[Step], written: Iterable[Step]) -> bool:
    """Whether each extension has the same steps in the same order."""
    return _by_extension(running) == _by_extension(written)


def _by_extension(of: Iterable[Step]) -> dict[str, list[str]]:
    """Asterisk lists extensions in an order of its own; the steps of each are in theirs."""
    return {exten: [step.what for step in found] for exten, found in groupby(sorted(of, key=_exten), key=_exten)}


def _exten(step: Step) -> str:
    return step.exten
