"""When speech begins and when it is over: from probabilities of a voice, in samples, to events.

A detector (`audio.voice`) says of each window how likely it holds a voice. Speech begins when enough of it did in a
row, a window without counting against one with; it is over when a pause has been long enough. What the caller hears of
us comes back as an echo: while a prompt plays, and for a moment after it, a voice must be louder than an echo can be.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, TypeAlias

from audio.pcm import RATE, SAMPLE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as speech for one answer. Probabilities 0 … 1, times in seconds."""

    pause_seconds: float = 0.5
    """Silence that ends the answer."""
    longest_seconds: float = 15.0
    """Of one answer; then it is over, whoever still speaks."""
    no_input_seconds: float | None = 5.0
    """From the end of our prompt on without any speech; None: for ever."""
    pre_roll_seconds: float = 0.3
    """Handed on from before the first sure window, so that no soft first syllable is lost."""
    threshold: float = 0.5
    """From here on a window holds a voice; Silero's own default."""
    release: float = 0.35
    """Below, a voice that was there pauses; Silero's own default is 0.15 below the threshold."""
    onset_seconds: float = 0.06
    """Two windows of Silero's: a click has one."""
    echo_loss_db: float = 18.0
    """Over a prompt only what is louder than the prompt less this is no echo of it. ITU-T G.131 and G.168 suppose that
    a hybrid without a canceller takes away at least 6 dB, 11 on average; telephones and carriers cancel far more."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a detector found in a piece of the caller's sound."""

    samples: int
    probability: float
    """Of a voice, 0 … 1."""
    level_dbfs: float
    prompt_dbfs: float = -math.inf
    """How loud our own sound was for the caller at that time, or just before it; minus infinity: silent."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller speaks."""

    at: int
    """The first sample of the first window with a voice."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The caller has spoken."""

    began: int
    ended: int
    """The last sample with a voice; the pause after it is in the sound as well."""
    too_long: bool
    """It was cut off at the limit."""


@dataclass(frozen=True, slots=True)
class NoSpeech:
    """The caller had the time to speak and did not."""

    at: int


Speech: TypeAlias = SpeechBegan | SpeechEnded | NoSpeech


class Endpointer:
    """Finds one answer; after `SpeechEnded` or `NoSpeech` it finds nothing more."""

    def __init__(self, rules: Rules, *, at: int = 0) -> None:
        """`at`: the number of the first sample it will be given."""
        self._rules = rules
        self._at = at
        self._run = 0
        self._run_began = at
        self._quiet = 0
        self._began: int | None = None
        self._ended = at
        self._over = False

    def feed(self, window: Window) -> Speech | None:
        """What this window brings."""
        start, self._at = self._at, self._at + window.samples
        if self._over:
            return None
        return self._before_speech(window, start) if self._began is None else self._in_speech(window, self._began)

    def _before_speech(self, window: Window, start: int) -> Speech | None:
        rules = self._rules
        over_prompt = window.prompt_dbfs > -math.inf
        no_echo = window.level_dbfs > window.prompt_dbfs - rules.echo_loss_db
        if no_echo and window.probability >= rules.threshold:
            if not self._run:
                self._run_began = start
            self._run += window.samples
        else:
            self._run = max(0, self._run - window.samples)
        if self._run >= _samples(rules.onset_seconds):
            self._began, self._ended = self._run_began, self._at
            return SpeechBegan(self._run_began)
        self._quiet = 0 if over_prompt else self._quiet + window.samples
        if rules.no_input_seconds is not None and not self._run and self._quiet >= _samples(rules.no_input_seconds):
            self._over = True
            return NoSpeech(self._at)
        return None

    def _in_speech(self, window: Window, began: int) -> Speech | None:
        rules = self._rules
        if window.probability >= rules.release:
            self._ended = self._at
        too_long = self._at - began >= _samples(rules.longest_seconds)
        if too_long or self._at - self._ended >= _samples(rules.pause_seconds):
            self._over = True
            return SpeechEnded(began, self._ended, too_long)
        return None


KEPT_SECONDS: Final = 1.0
"""A detector needs some 0.2 s to be sure, and so much may have to wait for its turn."""


class Backlog:
    """The caller's latest sound, for whoever needs it from before they knew that they would."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS) -> None:
        self._most = _samples(kept_seconds)
        self._pieces: deque[bytes] = deque()
        self._kept = 0

    def keep(self, pcm: bytes) -> None:
        self._pieces.append(pcm)
        self._kept += len(pcm) // SAMPLE_BYTES
        while self._kept - len(self._pieces[0]) // SAMPLE_BYTES >= self._most:
            self._kept -= len(self._pieces.popleft()) // SAMPLE_BYTES

    def last(self, samples: int) -> bytes:
        """The latest so many samples, or as many as there are."""
        whole = b"".join(self._pieces)
        return whole[max(0, len(whole) - max(0, samples) * SAMPLE_BYTES) :]


def _samples(seconds: float) -> int:
    return round(seconds * RATE)
