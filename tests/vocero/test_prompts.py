"""`vocero prompts`: from a list to what callers hear."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from cti_api.errors import InputError
from cti_api.survey_file.parse import parse_survey
from ivr.prompts import name_of
from tests.support.shell import Shell
from tests.support.trees import SMALL
from vocero.prompt_list import read_prompts

LIST = """
prompts:
  bienvenida: Bienvenido a la cooperativa.
  menu:
    text: Diga en pocas palabras qué necesita.
  ley: {file: ley.wav, text: Esta llamada será grabada.}
"""


@pytest.fixture
def shell(alone: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Where no system runs."""
    monkeypatch.setenv("COLUMNS", "150")
    Path("prompts.yaml").write_text(LIST, encoding="utf-8")
    return alone


def recorded(path: str) -> None:
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes([0, 0x20, 0, 0xE0] * 4000))


def test_a_list_becomes_files_and_the_second_time_nothing_is_made(shell: Shell) -> None:
    recorded("ley.wav")
    said = shell("prompts", "build", "prompts.yaml", "out")
    assert "3 made, 0 as before" in said.err
    assert "espeak-ng es-419 150" in said.out and "recording" in said.out
    assert sorted(path.name for path in Path("out").glob("*.alaw")) == ["bienvenida.alaw", "ley.alaw", "menu.alaw"]
    assert "0 made, 3 as before" in shell("prompts", "build", "prompts.yaml", "out").err


def test_a_program_reads_what_was_made(shell: Shell) -> None:
    Path("p.csv").write_text("name,text,file\nuno,Marque uno.,\n", encoding="utf-8")
    (row,) = shell("prompts", "build", "p.csv", "out", "--json", "--voice", "es").json
    assert (row["name"], row["source"], row["anew"]) == ("uno", "espeak-ng es 150", True)
    assert row["seconds"] > 0.4


def test_a_recording_that_is_missing_is_told_and_nothing_is_made(shell: Shell) -> None:
    said = shell("prompts", "build", "prompts.yaml", "out", expect=2)
    assert "prompts.ley.file: there is no recording ley.wav" in said.err
    assert not Path("out").exists()


def test_kokoro_without_its_model_says_what_is_missing(shell: Shell) -> None:
    recorded("ley.wav")
    assert (
        "holds no kokoro-v1.0.int8.onnx"
        in shell("prompts", "build", "prompts.yaml", "out", "--kokoro", ".", expect=2).err
    )


@pytest.mark.parametrize("voice", ["nadie", "-f"])
def test_a_voice_that_there_is_not_is_wrong_input(shell: Shell, voice: str) -> None:
    recorded("ley.wav")
    said = shell("prompts", "build", "prompts.yaml", "out", f"--voice={voice}", expect=2)
    assert f"'{voice}' is no voice of espeak-ng: choose one of espeak-ng --voices=es" in said.err


SMALL_SURVEY = """
id: breve
title: Breve
timezone: America/La_Paz
within: 5 d
greeting: Buen día.
thanks: Gracias.
refused: De acuerdo.
questions:
  - {id: nota, kind: scale, title: Nota, ask: ¿Del uno al tres?, from: 1, to: 3}
"""


def test_a_tree_s_lines_are_made_with_the_recordings_beside_it(shell: Shell) -> None:
    Path("arbol").mkdir()
    Path("arbol/tree.yaml").write_text(
        SMALL.replace("Le paso con un asesor.", "{text: Le paso con un asesor., file: paso.wav}"), encoding="utf-8"
    )
    assert "there is no recording paso.wav" in shell("prompts", "build", "arbol/tree.yaml", "out", expect=2).err
    recorded("arbol/paso.wav")
    made = shell("prompts", "build", "arbol/tree.yaml", "out", "--json").json
    by_name = {each["name"]: each["source"] for each in made}
    assert by_name[name_of("Le paso con un asesor.", "paso.wav")] == "recording"
    assert by_name[name_of("¿Qué necesita?")] == "espeak-ng es-419 150"
    assert Path("out", name_of("¿Qué necesita?") + ".wav").stat().st_size > 4000
    assert "¿Qué necesita?" in shell("prompts", "build", "arbol/tree.yaml", "out").out


def test_a_survey_s_lines_are_made_with_what_is_read_back_for_every_answer(shell: Shell) -> None:
    Path("encuesta.yaml").write_text(SMALL_SURVEY, encoding="utf-8")
    made = {each["name"] for each in shell("prompts", "build", "encuesta.yaml", "out", "--json").json}
    survey = parse_survey(SMALL_SURVEY)
    read_back = [survey.wording.confirm.replace("{answer}", each) for each in ("uno", "dos", "tres")]
    for text in ("Buen día.", "¿Del uno al tres?", *read_back):
        assert name_of(text) in made


@pytest.mark.parametrize("file", ["tree.yaml", "survey.yaml"])
def test_a_tree_or_survey_with_faults_is_refused_as_what_it_is(shell: Shell, file: str) -> None:
    text = SMALL.replace("fallback: asesor", "fallback: nadie") if file == "tree.yaml" else SMALL_SURVEY + "whole: x"
    Path(file).write_text(text, encoding="utf-8")
    said = shell("prompts", "build", file, "out", expect=2).err
    assert ("there is no node nadie" if file == "tree.yaml" else "whole: there is no such entry") in said
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("name", "written", "fault"),
    [
        ("p.yaml", "prompts: {a: [x]}", "prompts.a: is a text, or has text and file"),
        ("p.yaml", "prompts: {a: {txt: x}}", "prompts.a.txt: a prompt has text and file"),
        ("p.yaml", "prompts: x", "write each prompt under its name"),
        ("p.yaml", "prompt: {a: x}", "prompt: is not known"),
        ("p.yaml", "prompts: {}", "there is none"),
        ("p.yaml", "prompts:\n  a: x\n  a: y\n", "line 3"),
        ("p.csv", "name,texto,file\na,b,\n", "the columns are name, text, file; not so: text, texto"),
        ("p.csv", "name,text,file\na,b\n", "line 2: has not as many cells"),
        ("p.csv", 'name,text,file\n"a"b,c,\n', "is no CSV"),
        ("p.csv", "name,text,file\n", "there is none"),
        ("p.csv", "", "the columns are"),
    ],
)
def test_a_list_with_faults_is_refused_with_each_of_them(name: str, written: str, fault: str) -> None:
    with pytest.raises(InputError) as refused:
        read_prompts(written.encode(), Path(name))
    assert fault in str(refused.value)


def test_recordings_are_looked_for_beside_the_list() -> None:
    (prompt,) = read_prompts(b"prompts: {ley: {file: grabaciones/ley.mp3}}", Path("/srv/ivr/prompts.yaml"))
    assert prompt.file == Path("/srv/ivr/grabaciones/ley.mp3")


def test_what_is_not_utf_8_or_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="not UTF-8 at byte 9"):
        read_prompts(b"prompts: \xe9", Path("p.yaml"))
    with pytest.raises(InputError, match="larger than 1024 KiB"):
        read_prompts(b" " * (1024 * 1024 + 1), Path("p.yaml"))
