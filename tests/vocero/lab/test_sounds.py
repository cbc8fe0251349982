"""The lab's sounds: made as a telephone carries them, and measured."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from vocero.asterisk_site import SHIPPED
from vocero.lab.sounds import (
    LOUDER_THAN_MUSIC,
    RATE,
    alaw,
    answering_machine,
    audible_seconds,
    linear,
    loudness,
    music,
    person,
    pip,
    quiet,
    read_wav,
    tone,
    tone_seconds,
    voice,
    write_wav,
)


def test_every_code_of_a_law_comes_back_as_itself() -> None:
    codes = bytes(range(256))
    assert alaw(linear(codes)) == codes


def test_a_law_loses_less_than_a_thirtieth() -> None:
    samples = [int(sample) for sample in tone(100, 440)]
    assert max(abs(a - b) for a, b in zip(samples, linear(alaw(samples)), strict=True)) <= max(samples) / 30


@pytest.mark.parametrize(
    ("sample", "code"), [(0, 0xD5), (-1, 0x55), (32767, 0xAA), (-32768, 0x2A), (8, 0xD5), (16, 0xD4)]
)
def test_a_law_agrees_with_the_standards_table(sample: int, code: int) -> None:
    assert alaw([sample]) == bytes([code])


def test_a_tone_is_found_and_its_neighbours_are_not() -> None:
    samples = linear(alaw(tone(1000, 450)))
    assert tone_seconds(samples, 450) == 1
    assert tone_seconds(samples, 400) == tone_seconds(samples, 500) == 0


def test_a_tone_is_found_in_a_recording_that_begins_with_silence() -> None:
    assert tone_seconds(linear(alaw(quiet(500, Random(1)) + tone(1000, 600))), 600) == pytest.approx(1, abs=0.1)


def test_silence_has_no_tone_and_is_not_audible() -> None:
    samples = linear(alaw(quiet(1000, Random(1))))
    assert tone_seconds(samples, 440) == audible_seconds(samples) == 0
    assert loudness([]) == 0


def test_a_person_begins_to_speak_at_once_and_a_machine_after_a_moment() -> None:
    assert audible_seconds(linear(person(Random(1)))[:1600]) > 0.15
    assert audible_seconds(linear(answering_machine(Random(1)))[:1600]) == 0


def test_a_voice_is_told_from_the_music_that_agents_wait_with() -> None:
    assert audible_seconds(linear(music())) > 10
    assert audible_seconds(linear(music()), above=LOUDER_THAN_MUSIC) == 0
    assert audible_seconds(linear(person(Random(1)))[: 10 * RATE], above=LOUDER_THAN_MUSIC) > 3
    assert audible_seconds(linear(alaw(tone(1000, 450))), above=LOUDER_THAN_MUSIC) == 1


def test_a_wav_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    write_wav(path, [int(v) for v in voice(200, Random(1))], times=2)
    assert len(read_wav(path)) == 3200
    path.write_bytes(path.read_bytes()[: 44 + 1001])
    assert len(read_wav(path)) == 500


def test_the_shipped_pip_and_music_are_those_made_here() -> None:
    shipped = {"pip.alaw": pip(), "music/calma.alaw": music()}
    for name, made in shipped.items():
        differences = sum(a != b for a, b in zip((SHIPPED / "sounds" / name).read_bytes(), made, strict=True))
        assert differences <= len(made) / 1000, name  # the last bit of a sine is the machine's own
