"""`vocero speech measure`, with a recogniser that says what it is told to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audio import recognition
from audio.g711 import alaw_of
from audio.pcm import pcm_of
from tests.support.shell import Shell
from tests.support.sounds import tone
from tests.support.trees import SMALL

ROWS = [("yes_no", "sí", "yes"), ("yes_no", "no", "no"), ("score", "ocho", "8"), ("open", "ventas y más", "")]


@pytest.fixture
def shell(alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr(recognition, "CHILD", ("-m", "tests.support.fake_recogniser"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    folder = Path("recordings")
    folder.mkdir()
    labels = [
        {"file": f"{n}.alaw", "kind": kind, "text": text} | ({"expected": expected} if expected else {})
        for n, (kind, text, expected) in enumerate(ROWS)
    ]
    for n in range(len(ROWS)):
        (folder / f"{n}.alaw").write_bytes(alaw_of(pcm_of(tone(440, 0.1))))
    (folder / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
    Path("says/sí").mkdir(parents=True)
    Path("says/refused").mkdir(parents=True)
    return alone


def test_a_program_reads_shares_confusions_latency_and_each_answer(shell: Shell) -> None:
    found = shell("speech", "measure", "recordings", "--whisper", "says/sí", "--json").json
    assert found["models"][0]["recogniser"] == "whisper"
    by_kind = {kind["kind"]: kind for kind in found["kinds"]}
    assert (by_kind["yes_no"]["right"], by_kind["yes_no"]["wrong_without_confirmation"]) == (0.5, 0.5)
    assert by_kind["yes_no"]["confused"] == [{"expected": "no", "got": "yes", "count": 1}]
    assert by_kind["score"]["asked_again"] == 1.0
    assert by_kind["open"]["word_errors"] == 1.0
    assert 0 < by_kind["yes_no"]["seconds_p95"] < 3
    assert [answer["heard"] for answer in found["answers"]] == ["sí"] * 4
    assert [answer["right"] for answer in found["answers"][:3]] == [True, False, False]


def test_a_person_reads_tables(shell: Shell) -> None:
    said = shell("speech", "measure", "recordings", "--vosk", "says/sí").out
    assert "Understood by vosk (sí)" in said
    assert "open: 100.0% of words wrong" in said
    assert "yes_no: taken for something else" in said


def test_a_tree_s_own_questions_are_measured(shell: Shell) -> None:
    labels = [{"file": "0.alaw", "kind": "menu", "text": "sí", "expected": "ventas", "node": "principal"}]
    Path("recordings/labels.json").write_text(json.dumps(labels), encoding="utf-8")
    Path("tree.yaml").write_text(SMALL.replace("comprar", "sí"), encoding="utf-8")
    options = ("--tree", "tree.yaml", "--whisper", "says/sí")
    found = shell("speech", "measure", "recordings", *options, "--json").json
    assert [(each["node"], each["value"], each["right"]) for each in found["answers"]] == [
        ("principal", "ventas", True)
    ]
    assert "principal (menu)" in shell("speech", "measure", "recordings", *options).out
    labels[0]["node"] = "saludo"
    Path("recordings/labels.json").write_text(json.dumps(labels), encoding="utf-8")
    assert (
        "'saludo' is no question of the kind menu" in shell("speech", "measure", "recordings", *options, expect=2).err
    )


def test_without_a_model_it_says_where_to_get_one(shell: Shell) -> None:
    said = shell("speech", "measure", "recordings", expect=2)
    assert "docs/speech.md says where to get one" in said.err
    assert "keys" in said.err


def test_a_model_that_is_refused_and_a_folder_that_is_none_say_why(shell: Shell) -> None:
    assert "no model here" in shell("speech", "measure", "recordings", "--vosk", "says/refused", expect=2).err
    assert "labels.json cannot be read" in shell("speech", "measure", "says", "--vosk", "says/sí", expect=2).err
