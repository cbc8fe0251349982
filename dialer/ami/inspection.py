"""What `vocero doctor` asks of an Asterisk, and what its answers mean.

Everything here reads, but for one call that reaches nobody: its extension exists nowhere, Asterisk notes its beginning
and end in the journal, and that is all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cti_api.errors import InputError
from cti_api.model.ids import SLUG, TrunkId
from dialer.ami.actions import Action
from dialer.ami.wire import Message

CONTEXT_ALLOWED: Final = "vocero-allowed"
"""An extension for each beginning of a number that may be dialled."""
CONTEXT_TRUNKS: Final = "vocero-trunks"
"""An extension for each trunk, which sets its caps."""
CONTEXT_FOLDERS: Final = "vocero-folders"
"""Sets where recordings and sounds are."""
CONTEXT_IN: Final = "vocero-in"
"""Where calls from a trunk land; nothing is dialled there."""
CONTEXT_NUMBERS: Final = "vocero-numbers"
"""An extension for each number that is answered."""
CONTEXT_TRANSFERS: Final = "vocero-transfers"
"""An extension for each place that callers may be transferred to."""
CONTEXT_OUTSIDE: Final = "vocero-outside"
"""The same for those outside: number, trunk, and how many at once."""
CONTEXT_IVR: Final = "vocero-ivr"
"""Sets where the IVR is."""

TOO_MUCH: Final = {"Command": "command", "UpdateConfig": "config", "ModuleLoad": "system"}
"""An action that each right opens which nobody may have who can also place calls: every one of them ends in a shell."""

_ASSIGNMENT: Final = re.compile(r"(?P<name>[a-z_]+)=(?P<value>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the dialplan, or another context that is included."""

    exten: str
    """Empty for what is included."""
    what: str
    """``Set(channels=30)``; ``include => vocero-out``."""


def show_dialplan(context: str) -> Action:
    """Ask for the steps of one context. Answered by a list; a context that is not there is refused."""
    return Action(name="ShowDialPlan", headers=(("Context", context),), repeatable=True)


def steps(items: Iterable[Message]) -> tuple[Step, ...]:
    """The steps among the items of ShowDialPlan, in their order."""
    found = []
    for item in items:
        if application := item.get("Application"):
            found.append(Step(item.get("Extension"), f"{application}({item.get('AppData')})"))
        elif included := item.get("IncludeContext"):
            found.append(Step("", f"include => {included}"))
    return tuple(found)


def assigned(of: Iterable[Step], exten: str) -> dict[str, str]:
    """What the steps of one extension set: ``{"channels": "30"}``."""
    found = (_ASSIGNMENT.match(step.what[4:-1]) for step in of if step.exten == exten and step.what.startswith("Set("))
    return {match["name"]: match["value"] for match in found if match}


def is_module_loaded(module: str) -> Action:
    """Ask for a module by its file's name. `value` of the answer: ``1``, ``0``; empty where func_module is missing."""
    return _value_of(f"IFMODULE({module})")


def endpoint_option(trunk: TrunkId, option: str) -> Action:
    """Ask how an endpoint is set. `value` of the answer is empty where there is no such endpoint."""
    if not SLUG.match(trunk):
        raise InputError(f"{trunk!r} cannot be a trunk's name")
    return _value_of(f"PJSIP_ENDPOINT({trunk},{option})")


def contacts(trunk: TrunkId) -> Action:
    """Ask where a trunk can be called now. `value` of the answer is empty where it answers no OPTIONS."""
    return _value_of(f"PJSIP_DIAL_CONTACTS({trunk})")


def seconds_now() -> Action:
    """Ask for Asterisk's clock: `value` of the answer is whole seconds since 1970."""
    return _value_of("EPOCH")


def dangerous_function() -> Action:
    """Ask for something that ``live_dangerously = no`` forbids, and that does no harm: whether the root folder exists.

    `value` of the answer is empty where it is forbidden, as it should be; Asterisk then logs that it refused.
    """
    return _value_of("STAT(e,/)")


def _value_of(function: str) -> Action:
    return Action(name="Getvar", headers=(("Variable", function),), repeatable=True)


def value(answer: Message) -> str:
    return answer.get("Value")


def call_nobody(call_id: str) -> Action:
    """A call to an extension that is nowhere: `call_id` begins and ends in the journal, and nothing is dialled."""
    return Action(
        name="Originate",
        headers=(
            ("Channel", f"Local/nobody@{CONTEXT_IN}/n"),
            ("Application", "Hangup"),
            ("Async", "true"),
            ("ChannelId", call_id),
            ("OtherChannelId", f"{call_id}-out"),
        ),
        repeatable=False,
    )


def excessive_rights(commands: Message) -> tuple[str, ...]:
    """The rights in an answer to ListCommands that Vocero does not need and nobody should have over a network."""
    allowed = {name.lower() for name, _ in commands.headers}
    return tuple(right for action, right in TOO_MUCH.items() if action.lower() in allowed)


def serves_over_http(settings: Message) -> bool:
    """From the answer to CoreSettings: the manager's actions can be sent over HTTP as well."""
    return settings.get("CoreHTTPenabled") == "Yes"
