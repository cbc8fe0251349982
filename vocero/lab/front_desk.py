"""The front desk of the examples (P4) with people who call it: what each of them keys or says, and what came of it."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from audio.finishing import finished
from audio.g711 import alaw_of
from audio.synthesis import EspeakNg
from cti_api.model.phone import PhoneNumber
from ivr.prompts import name_of
from ivr.tree.read import parse_tree
from ivr.tree.wordings import wordings
from vocero.lab.handsets import Act

ROOT: Final = Path(__file__).parents[2]
TREE_FILE: Final = ROOT / "examples" / "p4_front_desk" / "tree.yaml"
SURVEY_FILE: Final = TREE_FILE.with_name("survey.yaml")
WHISPER: Final = ROOT / ".cache" / "models" / "whisper-base"
NUMBER, ENTRY = "576015550100", "recepcion"
QUEUE: Final = "coordinador-tecnico"
"""The desk that the lab's agents serve."""

ALWAYS_OPEN: Final = {
    "tree: mesa-de-entrada": f"tree: {ENTRY}",
    "holidays: BO\n": "",
    "mon-fri: 08:00-18:30": "mon-sun: 00:00-24:00",
    "      sat: 09:00-13:00\n": "",
}
"""Its callers are programs: they call at any hour."""

FIVE_OF_FIVE: Final = (3.0, "5") * 4
"""When it is asked how it was. Pressed ahead it is kept."""
LEAVES_SATISFIED: Final = (1.0, "1332", *FIVE_OF_FIVE)
"""Hears when the offices are open, wants no leaflet, and nothing else."""
WANTS_A_PERSON: Final = (1.0, "31", 5.0, *FIVE_OF_FIVE * 6)
"""Is there coverage? A ticket, and the desk that the agents serve. How long they wait and talk there is the agents'
affair, and the key means nothing there."""
LACKS_A_PAPER: Final = (1.0, "441", 0.5, "2123458#", 3.0, "22", *FIVE_OF_FIVE)
"""Hears from the billing system what is missing for a certificate, and comes back another day."""
KEYED: Final = (LEAVES_SATISFIED, WANTS_A_PERSON, LACKS_A_PAPER) * 3
HURRIED: Final = ((1.0,), (1.0, "3"))
"""They hang up by themselves, one in the first menu and one in the next: where people leave is to be seen."""
LOOK_UPS: Final = KEYED.count(LACKS_A_PAPER)
SAID: Final = ("ventas", "cobertura", "cobertura")
"""By voice: to the same desk. The first after the greeting, the second once the first was understood, and once more in
case it was not."""
SAID_AFTER_SECONDS: Final = (5.0, 7.0, 7.0)
BY_VOICE: Final = 2


def always_open() -> str:
    """The tree, open at any hour and under the name `ENTRY`."""
    text = TREE_FILE.read_text(encoding="utf-8")
    for shown, here in ALWAYS_OPEN.items():
        assert shown in text
        text = text.replace(shown, here)
    return text


def queue_file(agents: Sequence[str]) -> str:
    """Of `QUEUE`, served by these agents."""
    served = ", ".join(f"{{agent: {each}}}" for each in agents)
    return f"""
id: {QUEUE}
title: Coordinación técnico-comercial
region: CO
timezone: America/Bogota
agents: [{served}]
wrap_up: 0 s
service_level: {{within: 20 s, share: 80 %}}
"""


def why_no_voice() -> str:
    """Why nobody can be understood here; empty: they can."""
    if not WHISPER.exists():
        return "no recogniser's model is here (make speech-models)"
    if importlib.util.find_spec("faster_whisper") is None:
        return "faster-whisper is not installed (pip install 'vocero[whisper]')"
    return ""


async def people(*, by_voice: bool) -> dict[PhoneNumber, tuple[Act, ...]]:
    """Who calls, in that order, by their numbers."""
    scripts: list[tuple[Act, ...]] = [*KEYED, *HURRIED]
    if by_voice:
        voice = EspeakNg("es-419+f3")
        spoken = [alaw_of(finished(await voice.say(words))) for words in SAID]
        words = [act for said in zip(SAID_AFTER_SECONDS, spoken, strict=True) for act in said]
        scripts += [(*words, 5.0, *FIVE_OF_FIVE * 6)] * BY_VOICE
    return {_number(place): script for place, script in enumerate(scripts, start=1)}


def hurried() -> frozenset[PhoneNumber]:
    """Those of them who leave by themselves."""
    return frozenset(_number(len(KEYED) + place) for place in range(1, len(HURRIED) + 1))


def _number(place: int) -> PhoneNumber:
    return PhoneNumber(f"+57310{place:07d}")


def prompts_made(folder: Path) -> bool:
    """Whether every prompt that is known beforehand has its sound."""
    pieces = wordings(parse_tree(always_open()))
    return all((folder / f"{name_of(piece.text, piece.file)}.wav").exists() for piece in pieces)


def told_of_callers(
    calls: Sequence[Mapping[str, Any]],
    tickets: Sequence[Mapping[str, Any]],
    ends: Mapping[PhoneNumber, str],
    looked_up: int,
) -> dict[str, Any]:
    """The figures of those who called: ours by how each call ended, and what SIPp and the billing system counted."""
    return {
        "calls": len(calls),
        "by_ending": dict(Counter(str(call["ending"] or "open") for call in calls)),
        "tickets": len(tickets),
        "look_ups_counted": looked_up,
        "counted": {"answered": len(ends), **Counter(end or "open" for end in ends.values())},
    }
