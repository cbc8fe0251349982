"""What the settings say of calls that come in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from cti_api.border import Slug
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


class InboundSettings(Section):
    """A number of the company's that is answered. What is not named here is refused (404)."""

    number: Annotated[str, StringConstraints(pattern=r"^[+0-9][0-9]{1,19}$")]
    """As the trunk writes it when somebody calls it, such as ``+576015550100`` or ``6015550100``."""
    entry: Slug
    """What answers: the name of an IVR tree."""


def each_number_once(inbound: tuple[InboundSettings, ...]) -> tuple[InboundSettings, ...]:
    """Raises `ValueError` for a number that is named twice."""
    numbers = [each.number for each in inbound]
    for number in numbers:
        if numbers.count(number) > 1:
            raise ValueError(f"{number} is there twice: one thing answers a number")
    return inbound
