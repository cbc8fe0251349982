"""Vosk: streaming recognition by grammar, while the caller speaks.

A grammar is made of words that the model knows; others it drops with no more than a line in a log, so they are looked
up first. What it hears may mix words of different phrases: it is compared by sound with every phrase, never for
equality.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr

from audio.alike import nearest
from audio.recognise import LONGEST_PHRASE, MOST_PHRASES, RATE, Grammar, Recognised, Scored
from cti_api.errors import SettingsError

RATES: Final = (8000, 16_000)
UNKNOWN: Final = "[unk]"
"""The word for every other word, in models that have it."""
WHERE: Final = "a Spanish one is vosk-model-small-es-0.42 of alphacephei.com/vosk/models, unpacked"
FILES: Final = ("am/final.mdl", "conf/mfcc.conf")
BY_GRAMMAR: Final = "graph/HCLr.fst"
"""Models without it have one fixed graph: they cannot be told what to listen for."""
_QUIET: Final = -1
"""Vosk's log level: errors alone."""


def load(folder: Path, *, rate: int = RATE, dither: float = 0.0) -> Vosk:
    """`rate`: at which samples are handed to Vosk, 8000 as they come or 16000; `dither`: white noise put under the
    sound, as a share of full scale (0.001 helped a model made for 16 kHz). Which is better is measured with the model
    in use: ``vocero speech measure``.

    Raises `SettingsError` where there is no model in `folder`.
    """
    import vosk

    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise SettingsError(f"{folder} holds no Vosk model ({', '.join(absent)} missing): {WHERE}")
    if not (folder / BY_GRAMMAR).is_file():
        raise SettingsError(f"{folder} is a Vosk model that takes no grammar ({BY_GRAMMAR} missing): {WHERE}")
    if rate not in RATES or not 0.0 <= dither <= 0.1:
        raise SettingsError("Vosk's rate is 8000 or 16000, and its dither 0 to 0.1")
    vosk.SetLogLevel(_QUIET)
    try:
        model = vosk.Model(str(folder))
    except Exception as error:  # noqa: BLE001 - Vosk raises nothing more particular
        raise SettingsError(f"{folder} holds no Vosk model that can be read: {error}") from None
    return Vosk(model, rate, dither)


class Vosk:
    """A loaded model; its utterances may be fed in several threads, Vosk lets Python's lock go while it computes."""

    def __init__(self, model: Any, rate: int, dither: float) -> None:
        self.model, self.rate, self.dither = model, rate, dither
        self._knows = lru_cache(maxsize=65536)(lambda word: bool(model.vosk_model_find_word(word) >= 0))

    def grammar(self, phrases: tuple[str, ...], hint: str = "", *, loose: bool = False) -> Grammar:
        """The `hint` is of no use to Vosk."""
        kept = tuple(" ".join(phrase[:LONGEST_PHRASE].casefold().split()) for phrase in phrases[:MOST_PHRASES])
        words = dict.fromkeys(word for phrase in kept for word in _words(phrase).split())
        missing = tuple(word for word in words if not self._knows(word))
        return Grammar(phrases=kept, hint=hint, loose=loose, missing=missing)

    def open(self, grammar: Grammar) -> _Utterance:
        if grammar.is_open:
            return _Utterance(self, grammar, None)
        # An empty list of phrases ends the process inside Vosk; one of an empty phrase hears nothing, as it should.
        phrases = [spoken for phrase in grammar.phrases if (spoken := _words(phrase))] or [""]
        written = json.dumps([*phrases, *([UNKNOWN] if self._knows(UNKNOWN) else [])], ensure_ascii=False)
        return _Utterance(self, grammar, written)


class _Utterance:
    def __init__(self, vosk: Vosk, grammar: Grammar, written: str | None) -> None:
        import vosk as package

        arguments = (vosk.model, vosk.rate) if written is None else (vosk.model, vosk.rate, written)
        self._recogniser = package.KaldiRecognizer(*arguments)
        self._recogniser.SetWords(True)
        self._grammar, self._dither = grammar, vosk.dither
        self._up = soxr.ResampleStream(RATE, vosk.rate, 1, dtype="int16") if vosk.rate != RATE else None
        self._noise = np.random.default_rng(0)
        self._said: list[dict[str, Any]] = []

    def feed(self, pcm: bytes) -> None:
        self._accept(pcm, last=False)

    def partial(self) -> str:
        now = json.loads(self._recogniser.PartialResult()).get("partial", "")
        return _clean(" ".join([*(each["text"] for each in self._said), now]))

    def finish(self) -> Recognised:
        self._accept(b"", last=True)
        self._said.append(json.loads(self._recogniser.FinalResult()))
        text = _clean(" ".join(each.get("text", "") for each in self._said))
        words = [word for each in self._said for word in each.get("result", ()) if word["word"] != UNKNOWN]
        confidence = sum(float(word["conf"]) for word in words) / len(words) if words else 0.0
        phrases = () if self._grammar.loose else _nearest(text, self._grammar.phrases)
        return Recognised(text=text, confidence=min(1.0, confidence), phrases=phrases)

    def _accept(self, pcm: bytes, *, last: bool) -> None:
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
        if self._up is not None:
            samples = self._up.resample_chunk(samples, last=last)
        if self._dither:
            under = self._noise.standard_normal(len(samples)) * self._dither * 32768
            samples = np.clip(samples + under, -32768, 32767).astype("<i2")
        # True: Vosk took a pause for the end of a sentence; what it heard so far is handed over and begun anew.
        if len(samples) and self._recogniser.AcceptWaveform(samples.astype("<i2").tobytes()):
            self._said.append(json.loads(self._recogniser.Result()))


def _words(phrase: str) -> str:
    """A phrase as a grammar has it: words alone."""
    return " ".join(phrase.translate(_SIGNS).casefold().split())


_SIGNS: Final = str.maketrans(dict.fromkeys('.,;:!?¡¿"()[]{}', " "))


def _clean(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)


def _nearest(text: str, phrases: tuple[str, ...]) -> tuple[Scored, ...]:
    if not text:
        return ()
    found = nearest(text, phrases)
    total = sum(near.likeness**4 for near in found) or 1.0
    return tuple(Scored(phrase=near.phrase, fit=near.likeness, share=near.likeness**4 / total) for near in found)
