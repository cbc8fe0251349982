"""A user's folder of recordings, as it comes."""

from __future__ import annotations

import json
import wave
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audio.g711 import alaw_of, ulaw_of
from audio.pcm import pcm_of
from cti_api.errors import InputError
from ivr.measuring.recordings import CHOICES, LABELS, read_folder, sound
from ivr.understanding.question import Kind, Question
from tests.support.sounds import tone

TODAY = date(2026, 11, 26)
PCM = pcm_of(tone(440, 0.1))


def wav(path: Path, rate: int = 8000, channels: int = 1, width: int = 2, content: bytes = PCM) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(content)
    return path


def folder(tmp_path: Path, *rows: Any, choices: Any = None) -> Path:
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("file"), str) and row["file"].endswith(".wav"):
            wav(tmp_path / Path(row["file"]).name)
    (tmp_path / LABELS).write_text(json.dumps(rows), encoding="utf-8")
    if choices is not None:
        (tmp_path / CHOICES).write_text(json.dumps(choices), encoding="utf-8")
    return tmp_path


def row(kind: str, text: str, expected: Any = None, file: str = "a.wav") -> dict[str, Any]:
    return {"file": file, "kind": kind, "text": text} | ({} if expected is None else {"expected": expected})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (row("yes_no", "de una", "yes"), True),
        (row("yes_no", "no", "no"), False),
        (row("yes_no", "sí", "sí"), True),
        (row("yes_no", "para nada", False), False),
        (row("yes_no", "claro que no"), False),
        (row("score", "ocho y medio", "8.5"), 8.5),
        (row("score", "nueve", 9), 9.0),
        (row("date", "el quince de marzo", "2027-03-15"), date(2027, 3, 15)),
        (row("menu", "quiero ventas", "ventas"), "ventas"),
        (row("name", "Ana", "Ana Díaz"), "Ana Díaz"),
        (row("digits", "dos doce", "212"), "212"),
        (row("digits", "dos doce", 212), "212"),
        (row("number", "mil doscientos", 1200), 1200),
        (row("number", "mil doscientos"), 1200),
        (row("open", "Todo bien."), "Todo bien."),
    ],
)
def test_what_is_expected_has_the_type_of_an_answer(tmp_path: Path, told: dict[str, Any], expected: Any) -> None:
    (found,) = read_folder(folder(tmp_path, told), TODAY).rows
    assert (found.expected, type(found.expected)) == (expected, type(expected))


def test_menus_and_names_come_from_their_file_or_from_what_is_expected(tmp_path: Path) -> None:
    rows = (row("menu", "quiero comprar", "v"), row("name", "Ana", "1"))
    lists = {"menu": {"v": ["ventas", "quiero comprar"], "s": ["soporte"]}, "name": {"1": ["Ana Díaz"]}}
    questions = read_folder(folder(tmp_path, *rows, choices=lists), TODAY).questions
    assert questions[Kind.MENU].choices == {"ventas": "v", "quiero comprar": "v", "soporte": "s"}
    assert questions[Kind.NAME].directory == {"1": ("Ana Díaz",)}
    (tmp_path / CHOICES).unlink()
    assert read_folder(tmp_path, TODAY).questions[Kind.MENU].choices == {"v": "v"}


NODES = {
    "principal": Question(kind=Kind.MENU, choices={"comprar": "ventas"}, instead={"un asesor": "asesor"}),
    "folleto": Question(kind=Kind.MENU, choices={"por mensaje": "sms"}, instead={"un asesor": "asesor"}),
    "algo_mas": Question(kind=Kind.YES_NO, instead={"un asesor": "asesor"}),
    "persona": Question(kind=Kind.NAME, directory={"Ana Díaz": ("Ana",)}),
}


@pytest.mark.parametrize(
    ("told", "node", "expected"),
    [
        (row("menu", "comprar", "ventas"), "principal", "ventas"),
        (row("menu", "por mensaje", "sms"), "folleto", "sms"),
        (row("menu", "un asesor", "asesor") | {"node": "folleto"}, "folleto", "asesor"),
        (row("yes_no", "claro", "yes"), "algo_mas", True),
        (row("yes_no", "un asesor", "asesor"), "algo_mas", "asesor"),
        (row("name", "Ana", "Ana Díaz"), "persona", "Ana Díaz"),
        (row("score", "ocho"), "", 8.0),
    ],
)
def test_a_recording_answers_the_question_of_the_tree_that_it_names_or_that_fits(
    tmp_path: Path, told: dict[str, Any], node: str, expected: Any
) -> None:
    recordings = read_folder(folder(tmp_path, told), TODAY, NODES)
    (found,) = recordings.rows
    assert (found.node, found.expected) == (node, expected)
    assert recordings.question(found) is NODES.get(node, recordings.questions.get(found.kind))


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (row("menu", "comprar", "ventas") | {"node": "nadie"}, "[0].node"),
        (row("menu", "comprar", "ventas") | {"node": "algo_mas"}, "[0].node"),
        (row("menu", "comprar", "ventas") | {"node": ["principal"]}, "[0].node"),
        (row("menu", "comprar", "ventas") | {"node": "folleto"}, "[0].expected"),
        (row("menu", "reclamo", "reclamo"), "[0].expected"),
        (row("yes_no", "sms", "sms"), "[0].expected"),
    ],
)
def test_a_recording_that_no_question_of_the_tree_expects_is_a_fault(
    tmp_path: Path, told: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_folder(folder(tmp_path, told), TODAY, NODES)
    assert [each.path for each in refused.value.faults] == [fault]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    rows = (
        "x",
        row("song", "la la"),
        row("score", "once", "11"),
        row("date", "ayer", "yesterday"),
        row("yes_no", "quizás"),
        row("menu", "a", "a", file="../a.wav"),
        row("menu", "a", "a", file="gone.raw"),
        row("menu", "b", "b"),
    )
    with pytest.raises(InputError) as refused:
        read_folder(folder(tmp_path, *rows, choices={"menu": {"a": ["a"]}}), TODAY)
    faults = [fault.path for fault in refused.value.faults]
    assert faults == [
        "[0]", "[1].kind", "[2].expected", "[3].expected", "[4].expected", "[5].file", "[6].file", "choices.json menu",
    ]  # fmt: skip


@pytest.mark.parametrize("choices", [[], {"menu": []}, {"menu": {}}, {"menu": {"a": "a"}}, {"menu": {"a": [1]}}])
def test_choices_that_are_none_are_refused(tmp_path: Path, choices: Any) -> None:
    if choices == []:  # no list of menus at all: what is expected is what is said
        assert read_folder(folder(tmp_path, row("menu", "a", "a"), choices=choices), TODAY).rows
        return
    with pytest.raises(InputError, match=r"must be \{"):
        read_folder(folder(tmp_path, row("menu", "a", "a"), choices=choices), TODAY)


@pytest.mark.parametrize("labels", ["", "{}", "[]", "[" * 100_000, "null", "\x00"])
def test_labels_that_are_no_list_are_refused(tmp_path: Path, labels: str) -> None:
    (tmp_path / LABELS).write_text(labels, encoding="utf-8")
    with pytest.raises(InputError, match=LABELS):
        read_folder(tmp_path, TODAY)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels.json cannot be read"):
        read_folder(tmp_path, TODAY)


def test_wav_and_both_laws_are_read(tmp_path: Path) -> None:
    assert sound(wav(tmp_path / "a.wav")) == PCM
    for suffix, law in ((".alaw", alaw_of), (".ulaw", ulaw_of)):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(law(PCM))
        assert len(sound(path)) == len(PCM)


def test_another_sound_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for options in ({"rate": 16_000}, {"channels": 2}, {"width": 1}):
        with pytest.raises(InputError, match="sox"):
            sound(wav(tmp_path / "a.wav", **options))
    for content in (b"", b"RIFF", b"x" * 100):
        (tmp_path / "b.wav").write_bytes(content)
        with pytest.raises(InputError, match="no WAV"):
            sound(tmp_path / "b.wav")
    (tmp_path / "c.alaw").write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        sound(tmp_path / "c.alaw")
    (tmp_path / "c.alaw").write_bytes(bytes(8000 * 181))
    with pytest.raises(InputError, match="longer"):
        sound(tmp_path / "c.alaw")
    with pytest.raises(InputError, match="cannot be read"):
        sound(tmp_path / "gone.wav")
