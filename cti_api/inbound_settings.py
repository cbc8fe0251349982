"""What the settings say of calls that come in: what answers them, and where they may be led."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cti_api.border import Line, Slug
from cti_api.setting_values import Port, Section


class IvrSettings(Section):
    """Where Asterisk finds what answers callers (FastAGI)."""

    host: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$")] = "127.0.0.1"
    port: Port = 4573
    """That of FastAGI in every Asterisk: AGI_PORT in ``res/res_agi.c``."""
    sound_port: Port = 9092
    """Where Asterisk brings the calls' sound (AudioSocket)."""
    prompts: Path = Path("/var/lib/vocero/prompts")
    """Folder of the prompts that were made beforehand, and of recordings."""
    leaflets: Slug | None = None
    """The campaign whose follow-ups `on: ivr.send` send what trees want sent; null: it is only told in the events."""
    voice: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+_-]{1,40}$")] = "es-419"
    """Who says what no prompt was made for: a voice of espeak-ng."""


OF_CALLED: Final = frozenset({"survey", "after"})
"""Entries of people whom we call (`ivr.agi.verbs`)."""


def _of_callers(entry: str) -> str:
    if entry in OF_CALLED:
        raise ValueError(f"{entry} is for the people whom campaigns call: give the tree another name")
    return entry


class InboundSettings(Section):
    """A number of the company's that is answered. What is not named here is refused (404)."""

    number: Annotated[str, StringConstraints(pattern=r"^[+0-9][0-9]{1,19}$")]
    """As the trunk writes it when somebody calls it, such as ``+576015550100`` or ``6015550100``."""
    entry: Annotated[Slug, AfterValidator(_of_callers)] | None = None
    """What answers: the name of an IVR tree …"""
    queue: Slug | None = None
    """… or a queue, without a tree."""
    campaigns: bool = False
    """Campaigns show this number: whom one of them has on its list goes to its agents first."""

    @model_validator(mode="after")
    def _one_thing_answers(self) -> Self:
        if (self.entry is None) == (self.queue is None):
            raise ValueError("name what answers: either an `entry` (a tree) or a `queue`")
        return self


class OutsideLine(Section):
    """How callers are transferred to numbers outside."""

    trunk: Slug
    """One of the settings' trunks, within whose limits it happens."""
    caller_id: Annotated[str, StringConstraints(pattern=r"^\+?[1-9][0-9]{6,14}$")]
    """What the person outside sees: a number of yours."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 2
    """Transfers outside at the same time."""


class TransferTarget(Section):
    """One telephone or number that callers can be transferred to."""

    to: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$|^[a-z][a-z0-9-]{1,39}$")] = ""
    """What a tree writes: an extension, or a name. Empty: the agent's name, or the number's digits."""
    agent: Slug | None = None
    """Whose softphone rings."""
    number: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    """Outside, in E.164."""
    title: Line = ""
    """What agents read who hand somebody on; empty: the name."""

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.agent is None) == (self.number is None):
            raise ValueError("name either an agent or a number")
        return self

    @property
    def name(self) -> str:
        """What reaches it."""
        return self.to or self.agent or (self.number or "").removeprefix("+")


class TransferSettings(Section):
    """Where a caller may be transferred. Asterisk's dialplan knows these and reaches nothing else."""

    outside: OutsideLine | None = None
    """None: no number outside is called."""
    targets: tuple[TransferTarget, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        names = [target.name for target in self.targets]
        for target in self.targets:
            if names.count(target.name) > 1:
                raise ValueError(f"{target.name} is there twice in targets: it leads to one place")
            if target.number is not None and self.outside is None:
                raise ValueError(f"{target.number} is outside: say under `outside` by which trunk it is called")
        return self


def each_number_once(inbound: tuple[InboundSettings, ...]) -> tuple[InboundSettings, ...]:
    """Raises `ValueError` for a number that is named twice."""
    numbers = [each.number for each in inbound]
    for number in numbers:
        if numbers.count(number) > 1:
            raise ValueError(f"{number} is there twice: one thing answers a number")
    return inbound
