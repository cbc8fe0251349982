"""A folder of recordings with what was said in each: ``labels.json``, ``choices.json``, and the sound."""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from audio.g711 import pcm_of_alaw, pcm_of_ulaw
from audio.pcm import RATE, SAMPLE_BYTES
from cti_api.errors import Fault, InputError
from ivr.understanding.numbers import number
from ivr.understanding.question import Kind, Question
from ivr.understanding.scores import score
from ivr.understanding.yes_no import yes_no

LABELS: Final = "labels.json"
CHOICES: Final = "choices.json"
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of each of the two."""
MOST_ROWS: Final = 20_000
LONGEST_SECONDS: Final = 180
MOST_FAULTS: Final = 20
"""Named; the others are counted."""
LAWS: Final = {
    ".alaw": pcm_of_alaw,
    ".al": pcm_of_alaw,
    ".ulaw": pcm_of_ulaw,
    ".ul": pcm_of_ulaw,
    ".mulaw": pcm_of_ulaw,
}
KINDS: Final = tuple(Kind)
CHOSEN: Final = (Kind.MENU, Kind.NAME)
"""Kinds that have a list of what may be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One utterance."""

    file: str
    kind: Kind
    text: str
    """What was said, word by word."""
    expected: Any
    """What is to be understood, as `ivr.understanding.question` gives it."""
    node: str = ""
    """The tree's question that it answers; empty: none of a tree's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    folder: Path
    rows: tuple[Recording, ...]
    questions: Mapping[Kind, Question] = field(default_factory=dict)
    nodes: Mapping[str, Question] = field(default_factory=dict)

    def question(self, row: Recording) -> Question:
        """What was asked."""
        return self.nodes[row.node] if row.node else self.questions[row.kind]


def read_folder(folder: Path, today: date, nodes: Mapping[str, Question] = MappingProxyType({})) -> Recordings:
    """Everything in `folder` but the sound itself. `today`: from which its dates are seen. `nodes`: the questions of a
    tree, one of which each recording answers: that of its label's "node", else the first of its kind that knows what is
    expected.

    Raises `InputError` that names every fault.
    """
    told = _json(folder / LABELS)
    if not isinstance(told, list) or not told or len(told) > MOST_ROWS:
        raise InputError(f"{folder / LABELS} must be a list of 1 to {MOST_ROWS} recordings")
    faults: list[Fault] = []
    rows = [row for n, each in enumerate(told) if (row := _row(folder, f"[{n}]", each, nodes, faults)) is not None]
    lists = _json(folder / CHOICES) if (folder / CHOICES).exists() else {}
    alone = [row for row in rows if not row.node]
    questions = {
        kind: _question(kind, alone, lists, today, faults) for kind in dict.fromkeys(row.kind for row in alone)
    }
    if faults:
        more = f", {len(faults) - MOST_FAULTS} more not shown" if len(faults) > MOST_FAULTS else ""
        raise InputError(f"{folder} cannot be measured{more}:", faults[:MOST_FAULTS])
    return Recordings(folder=folder, rows=tuple(rows), questions=questions, nodes=nodes)


def sound(path: Path) -> bytes:
    """8 kHz, 16 bits, one channel. Raises `InputError` for another WAV, and for one that is too long or empty."""
    try:
        if path.suffix.lower() in LAWS:
            if path.stat().st_size > LONGEST_SECONDS * RATE:
                raise InputError(f"{path} is longer than {LONGEST_SECONDS} s")
            pcm = LAWS[path.suffix.lower()](path.read_bytes())
        else:
            pcm = _wav(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not pcm:
        raise InputError(f"{path} is empty")
    return pcm


def _wav(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            kind = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if kind != (RATE, 1, SAMPLE_BYTES):
                raise InputError(
                    f"{path} has {kind[0]} Hz, {kind[1]} channels and {8 * kind[2]} bits: make it 8000 Hz, one "
                    "channel, 16 bits (sox in.wav -r 8000 -c 1 -b 16 out.wav)"
                )
            if file.getnframes() > LONGEST_SECONDS * RATE:
                raise InputError(f"{path} is longer than {LONGEST_SECONDS} s")
            pcm = file.readframes(file.getnframes())
            return pcm[: len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES]
    except (wave.Error, EOFError) as error:
        raise InputError(f"{path} is no WAV that can be read ({error or 'it ends too soon'})") from None


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is larger than {MOST_BYTES // 1024**2} MiB")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from None


def _row(folder: Path, where: str, told: Any, nodes: Mapping[str, Question], faults: list[Fault]) -> Recording | None:
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in ("file", "kind", "text")):
        faults.append(Fault(where, 'must have "file", "kind" and "text"'))
        return None
    name, kind, text = told["file"], told["kind"], told["text"]
    if kind not in KINDS:
        faults.append(Fault(f"{where}.kind", f"{kind[:40]!r} is none of {', '.join(KINDS)}"))
        return None
    if Path(name).name != name or not (folder / name).is_file():
        faults.append(Fault(f"{where}.file", f"there is no file {name[:100]!r} in the folder itself"))
        return None
    kind, wanted, node = Kind(kind), told.get("expected", text), told.get("node", "") if nodes else ""
    if node and (not isinstance(node, str) or node not in nodes or nodes[node].kind is not kind):
        faults.append(Fault(f"{where}.node", f"{str(node)[:60]!r} is no question of the kind {kind} in the tree"))
        return None
    node = node or next((name for name, question in nodes.items() if _knows(question, kind, wanted)), "")
    instead = isinstance(wanted, str) and node and wanted in nodes[node].instead.values()
    expected = wanted if instead else _expected(kind, wanted)
    if expected is None or (node and not _knows(nodes[node], kind, wanted)):
        faults.append(Fault(f"{where}.expected", f"{str(told.get('expected'))[:40]!r} is no answer of the kind {kind}"))
        return None
    if nodes and not node and kind in CHOSEN:
        faults.append(Fault(f"{where}.expected", f"{expected[:60]!r} can be chosen nowhere in the tree"))
        return None
    return Recording(file=name, kind=kind, text=text, expected=expected, node=node)


def _knows(question: Question, kind: Kind, wanted: Any) -> bool:
    """Whether that can be an answer of the question, or something said instead of one."""
    if question.kind is not kind:
        return False
    own = {*question.choices.values(), *question.directory}
    return kind not in CHOSEN or wanted in {*own, *question.instead.values()}


def _expected(kind: Kind, told: Any) -> Any:
    """In the type that an answer has; None for what cannot be one."""
    match kind, told:
        case Kind.YES_NO, bool():
            return told
        case Kind.YES_NO, "yes" | "no":
            return told == "yes"
        case Kind.YES_NO, str():
            return yes_no(told).value
        case Kind.SCORE, int() | float() if not isinstance(told, bool):
            return float(told) if 0 <= told <= 10 and told % 0.5 == 0 else None
        case Kind.SCORE, str():
            return score(told).value
        case Kind.DATE, str():
            try:
                return date.fromisoformat(told)
            except ValueError:
                return None
        case Kind.DIGITS, str() | int() if not isinstance(told, bool):
            return str(told) if str(told).isascii() and str(told).isdecimal() else None
        case Kind.NUMBER, int() if not isinstance(told, bool):
            return told
        case Kind.NUMBER, str():
            return number(told).value
        case _, str() if told.strip():
            return told.strip()
        case _:
            return None


def _question(kind: Kind, rows: list[Recording], lists: Any, today: date, faults: list[Fault]) -> Question:
    """What the recordings answer: menus and names from ``choices.json``; without it, what is expected is said."""
    if kind not in CHOSEN:
        return Question(kind=kind, today=today)
    expected = dict.fromkeys(str(row.expected) for row in rows if row.kind is kind)
    told = lists.get(kind.value) if isinstance(lists, dict) else None
    if told is None:
        told = {value: [value] for value in expected}
    if not _is_list_of_phrases(told):
        faults.append(Fault(f"{CHOICES} {kind}", 'must be {"value": ["what is said", …], …}'))
        return Question(kind=kind)
    absent = [value for value in expected if value not in told]
    faults += [Fault(f"{CHOICES} {kind}", f"has no {value[:60]!r}, which {LABELS} expects") for value in absent]
    if kind is Kind.NAME:
        return Question(kind=kind, directory={value: tuple(names) for value, names in told.items()})
    return Question(kind=kind, choices={phrase: value for value, phrases in told.items() for phrase in phrases})


def _is_list_of_phrases(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and bool(told)
        and all(
            isinstance(phrases, list) and phrases and all(isinstance(each, str) and each.strip() for each in phrases)
            for phrases in told.values()
        )
    )
