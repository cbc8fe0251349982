"""From settings to the models that are loaded."""

from __future__ import annotations

from audio.recognition_wire import Model
from cti_api.speech_settings import SpeechSettings


def models_of(speech: SpeechSettings) -> list[Model]:
    """Those that have a folder; none: callers answer by keys."""
    found = []
    if speech.vosk.folder is not None:
        found.append(
            Model(
                recogniser="vosk",
                folder=speech.vosk.folder,
                rate=speech.vosk.rate,
                dither=speech.vosk.dither,
                threads=speech.vosk.threads,
            )
        )
    if speech.whisper.folder is not None:
        found.append(
            Model(
                recogniser="whisper",
                folder=speech.whisper.folder,
                language=speech.whisper.language,
                threads=speech.whisper.threads,
            )
        )
    return found
