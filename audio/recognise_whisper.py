"""Whisper, by faster-whisper: words freely, and each phrase of a grammar weighed against the same sound.

Its `transcribe` fills every utterance up to 30 s and takes a second for a word. Here the encoder sees a window as long
as the utterance, in steps, and both questions are asked of that one encoding: *what was said?* (greedy decoding, led by
the grammar's hint) and *how well does it fit this phrase?* (`align` gives the probability of each of its words). The
second is what makes short answers hold on a telephone line; see docs/speech.md.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.alike import plain
from audio.recognise import LONGEST_PHRASE, MOST_PHRASES, NOTHING, RATE, Grammar, Recognised, Scored
from cti_api.errors import SettingsError

WHISPER_RATE: Final = 16_000
FRAMES_PER_SECOND: Final = 100
"""Of the mel spectrogram; the encoder keeps every second one."""
WINDOWS: Final = (3.0, 5.0, 8.0, 15.0)
"""Lengths, in seconds, that the encoder is given: each costs what it lasts; below 3 s it hears no better."""
LONGEST_SECONDS: Final = WINDOWS[-1]
"""Of an answer, and of one piece of a comment, which is cut where it is quietest: callers wait for no more of it."""
_CUT_FROM: Final = 9.0
_LEAD_SECONDS: Final = 0.2
"""Of quiet before the speech: Whisper drops words that begin at once."""
_TOKENS_A_SECOND: Final = 8.0
_FIRST_TOKENS: Final = 8
"""More than anybody can say in the time; a word that Whisper repeats without end is cut short by it."""
_PENALTY: Final = 1.1
_NO_REPEATED: Final = 8
"""Tokens in a row that are not written twice."""
_LOUDEST: Final = 0.6
MOST_WEIGHED: Final = 60
"""Phrases of a grammar that are weighed; of more (a directory) the words alone must do."""
_AT_ONCE: Final = 24
"""Phrases in one pass of the decoder; more takes memory and no less time."""
_QUIETEST: Final = 0.001
"""Loudest sample below which nothing was said at all."""
WHERE: Final = (
    "a folder in CTranslate2's format, such as Hugging Face's Systran/faster-whisper-base (docs/speech.md says how)"
)
FILES: Final = ("model.bin", "config.json", "tokenizer.json")

Mel = NDArray[np.float32]


def load(folder: Path, *, language: str = "es", threads: int = 1) -> Whisper:
    """Raises `SettingsError` where there is no model in `folder`, or faster-whisper is not installed."""
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise SettingsError(f"{folder} holds no Whisper model ({', '.join(absent)} missing): put there {WHERE}")
    try:
        from faster_whisper import WhisperModel
    except ImportError:
        raise SettingsError('Whisper needs the package faster-whisper: pip install "vocero[whisper]"') from None
    try:
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except (RuntimeError, ValueError) as error:
        raise SettingsError(f"{folder} holds no Whisper model that can be read: {error}") from None
    return Whisper(model, language)


class Whisper:
    """A loaded model. Utterances take turns; a comment gives way to a caller who is waiting."""

    def __init__(self, model: Any, language: str) -> None:
        from faster_whisper.tokenizer import Tokenizer

        self._model = model
        self._tokenizer = Tokenizer(model.hf_tokenizer, True, task="transcribe", language=language)
        self._turns = _Turns()
        self.forms = lru_cache(maxsize=4096)(self._forms)

    def grammar(self, phrases: tuple[str, ...], hint: str = "", *, loose: bool = False) -> Grammar:
        """Whisper knows every word."""
        kept = tuple(phrase[:LONGEST_PHRASE] for phrase in phrases[:MOST_PHRASES])
        return Grammar(phrases=kept, hint=hint, loose=loose)

    def open(self, grammar: Grammar) -> _Utterance:
        return _Utterance(self, grammar)

    def listen(self, pcm: bytes, grammar: Grammar) -> Recognised:
        """One whole utterance."""
        sound = _sound(pcm)
        if not len(sound) or np.abs(sound).max() < _QUIETEST:
            return NOTHING
        if grammar.is_open:
            return self._comment(sound)
        with self._turns.first():
            return self._answer(sound[: int(LONGEST_SECONDS * WHISPER_RATE)], grammar)

    def _comment(self, sound: Mel) -> Recognised:
        texts, sure, tokens = [], 0.0, 0
        for piece in _pieces(sound):
            with self._turns.behind():
                encoded, _ = self._encoded(piece)
                text, probability, count = self._words(encoded, (), len(piece))
            texts.append(text)
            sure, tokens = sure + math.log(max(probability, 1e-6)) * count, tokens + count
        return Recognised(text=" ".join(filter(None, texts)), confidence=math.exp(sure / tokens) if tokens else 0.0)

    def _answer(self, sound: Mel, grammar: Grammar) -> Recognised:
        encoded, frames = self._encoded(sound)
        text, confidence, _ = self._words(encoded, self._hint(grammar.hint), len(sound))
        weighed = () if grammar.loose or len(grammar.phrases) > MOST_WEIGHED else grammar.phrases
        return Recognised(text=text, confidence=confidence, phrases=self._scored(encoded, frames, weighed))

    def _encoded(self, sound: Mel) -> tuple[Any, int]:
        """The encoder's view, and how many of its frames there are."""
        from ctranslate2 import StorageView

        seconds = len(sound) / WHISPER_RATE
        window = next((each for each in WINDOWS if seconds <= each), WINDOWS[-1])
        whole = np.zeros(int(window * WHISPER_RATE), np.float32)
        whole[: len(sound)] = sound[: len(whole)]
        mel = self._model.feature_extractor(whole)[:, : int(window * FRAMES_PER_SECOND)]
        view = StorageView.from_array(np.ascontiguousarray(mel[None], np.float32))
        return self._model.model.encode(view, to_cpu=True), int(window * FRAMES_PER_SECOND) // 2

    def _hint(self, hint: str) -> tuple[int, ...]:
        return (self._tokenizer.sot_prev, *self._tokenizer.encode(" " + hint.strip())) if hint else ()

    def _words(self, encoded: Any, hint: Sequence[int], samples: int) -> tuple[str, float, int]:
        """(text, mean probability of its tokens, how many there are)."""
        prompt = [*hint, *self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        most = _FIRST_TOKENS + int(_TOKENS_A_SECOND * samples / WHISPER_RATE)
        # CTranslate2 lets it write so many less the prompt's, and no more than half of them.
        longest = most + max(most, len(prompt))
        (result,) = self._model.model.generate(
            encoded, [prompt], beam_size=1, max_length=longest, return_scores=True,
            suppress_blank=True, suppress_tokens=[-1], repetition_penalty=_PENALTY, no_repeat_ngram_size=_NO_REPEATED,
        )  # fmt: skip
        tokens = [token for token in result.sequences_ids[0] if token < self._tokenizer.eot]
        # CTranslate2 divides the sum of logarithms by the number of tokens, the closing one included.
        probability = math.exp(min(0.0, result.scores[0]))
        return without_echo(self._tokenizer.decode(tokens).strip()), probability, len(tokens)

    def _scored(self, encoded: Any, frames: int, phrases: Sequence[str]) -> tuple[Scored, ...]:
        from ctranslate2 import StorageView

        start = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        forms = [(phrase, form) for phrase in phrases for form in self.forms(phrase)]
        view = np.array(encoded)
        fits: dict[str, float] = dict.fromkeys(phrases, 0.0)
        for first in range(0, len(forms), _AT_ONCE):
            some = forms[first : first + _AT_ONCE]
            many = StorageView.from_array(np.repeat(view, len(some), 0))
            aligned = self._model.model.align(many, start, [list(form) for _, form in some], [frames] * len(some))
            for (phrase, _), each in zip(some, aligned, strict=True):
                fits[phrase] = max(fits[phrase], _mean_probability(each.text_token_probs))
        # Each fit is a mean over tokens; as odds they are told apart more sharply than as shares of a sum.
        total = sum(fit**2 for fit in fits.values()) or 1.0
        best_first = sorted(fits.items(), key=lambda each: -each[1])
        return tuple(Scored(phrase=phrase, fit=fit, share=fit**2 / total) for phrase, fit in best_first)

    def _forms(self, phrase: str) -> tuple[tuple[int, ...], ...]:
        """A phrase as Whisper writes it: a sentence."""
        written = phrase.strip()
        return (tuple(self._tokenizer.encode(f" {written[:1].upper()}{written[1:]}.")),)


class _Utterance:
    def __init__(self, whisper: Whisper, grammar: Grammar) -> None:
        self._whisper, self._grammar = whisper, grammar
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    def partial(self) -> str:
        return ""

    def finish(self) -> Recognised:
        return self._whisper.listen(bytes(self._pcm), self._grammar)


class _Turns:
    """One at a time: CTranslate2 gains nothing from two on one core. Who is waiting on the line goes first."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy, self._waiting = False, 0

    @contextmanager
    def first(self) -> Iterator[None]:
        with self._free:
            self._waiting += 1
            self._free.wait_for(lambda: not self._busy)
            self._waiting -= 1
            self._busy = True
        yield from self._held()

    @contextmanager
    def behind(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: not self._busy and not self._waiting)
            self._busy = True
        yield from self._held()

    def _held(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()


def _sound(pcm: bytes) -> Mel:
    """As Whisper wants it: 16 kHz, not too quiet, a little quiet in front."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
    if not len(samples):
        return samples
    loudest = float(np.abs(samples).max())
    if loudest >= _QUIETEST:
        samples = samples * np.float32(_LOUDEST / loudest)
    lead = np.zeros(int(_LEAD_SECONDS * WHISPER_RATE), np.float32)
    return np.concatenate([lead, soxr.resample(samples, RATE, WHISPER_RATE).astype(np.float32)])


def _pieces(sound: Mel) -> Iterator[Mel]:
    """Cut into at most 15 s each, where it is quietest after 9 s."""
    longest, begin = int(LONGEST_SECONDS * WHISPER_RATE), int(_CUT_FROM * WHISPER_RATE)
    step = WHISPER_RATE // 10
    while len(sound) > longest:
        steps = sound[begin : longest - (longest - begin) % step].reshape(-1, step)
        cut = begin + int(np.argmin((steps**2).mean(axis=1))) * step + step // 2
        yield sound[:cut]
        sound = sound[cut:]
    yield sound


def without_echo(text: str) -> str:
    """Up to where it begins to say again what it has said: after a short answer Whisper likes to ("Sí. Sí. Sí.")."""
    seen: set[str] = set()
    for piece in re.finditer(r"[^.?!…,;]+", text):
        said = plain(piece[0])
        if said in seen or any(said.startswith(f"{each} ") for each in seen if " " in each):
            return text[: piece.start()].strip()
        if said:
            seen.add(said)
    return text


def _mean_probability(probabilities: Sequence[float]) -> float:
    if not probabilities:
        return 0.0
    return math.exp(sum(math.log(max(each, 1e-12)) for each in probabilities) / len(probabilities))
