"""Which recognisers there are, and where their models lie (docs/speech.md). Without any, callers answer by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from cti_api.setting_values import Section, none_when_empty


def _one_of_both(rate: int) -> int:
    if rate not in (8000, 16_000):
        raise ValueError("must be 8000 or 16000")
    return rate


class VoskSettings(Section):
    """Listens while the caller speaks, by grammar: menus, yes and no, scores, names."""

    folder: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Of its unpacked model; empty: not used."""
    rate: Annotated[int, AfterValidator(_one_of_both)] = 8000
    """Samples a second that it is handed: 8000 as they come. Which is better with a model is to be measured."""
    dither: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    """White noise put under the sound, as a share of full scale; 0.001 helped a model made for 16 kHz."""
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    """Utterances listened to at the same instant: one core follows about 40 callers."""


class WhisperSettings(Section):
    """Hears whole utterances: open comments, and a second opinion where Vosk is unsure; all, where there is no Vosk."""

    folder: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Of its model in CTranslate2's format; empty: not used."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "es"
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    """Cores that one utterance may take."""


class SpeechSettings(Section):
    vosk: VoskSettings = VoskSettings()
    whisper: WhisperSettings = WhisperSettings()
    pause_seconds: Annotated[float, Field(ge=0.2, le=3.0)] = 0.5
    """Silence that ends an answer in words: longer waits for who thinks, shorter answers sooner."""
