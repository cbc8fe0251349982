"""A recogniser's own process: its messages come on standard input and go on standard output.

Vosk ends the process it runs in for a grammar it cannot read, and hangs on a sample rate of nought; both recognisers
are large pieces of native code. Here nothing else ends with them.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from audio.recognise import Grammar, Recogniser, Utterance
from audio.recognition_wire import Kind, Message, Messages, Model, grammar_of, recognised_bytes
from cti_api.errors import SettingsError

NICE: Final = 2
"""The sound of the calls comes first; understanding it, right after."""
_PIECE: Final = 65536
PARTIAL_EVERY: Final = 5
"""Feeds between two looks at what was heard so far."""


def main() -> None:
    os.nice(NICE)
    # Whatever a library prints must not be taken for a message.
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    tell = _Teller(out)
    model = Model.from_json(sys.argv[1])
    try:
        recogniser = load(model)
    except SettingsError as error:
        tell(Kind.REFUSED, 0, str(error).encode())
        return
    tell(Kind.READY, 0)
    _serve(recogniser, model, tell)
    os._exit(0)  # threads inside native code are not waited for


def load(model: Model) -> Recogniser:
    """Raises `SettingsError`."""
    if model.recogniser == "vosk":
        from audio import recognise_vosk

        return recognise_vosk.load(model.folder, rate=model.rate, dither=model.dither)
    from audio import recognise_whisper

    return recognise_whisper.load(model.folder, language=model.language, threads=model.threads)


class _Teller:
    """Whole messages, from any thread."""

    def __init__(self, file: int) -> None:
        self._file, self._lock = file, threading.Lock()

    def __call__(self, kind: Kind, number: int, payload: bytes = b"") -> None:
        left = memoryview(Message(kind, number, payload).to_bytes())
        with self._lock:
            while left:
                try:
                    left = left[os.write(self._file, left) :]
                except BrokenPipeError:
                    os._exit(0)


def _serve(recogniser: Recogniser, model: Model, tell: _Teller) -> None:
    # Whisper's answers take turns anyway, and its comments must not keep the answers' threads.
    answers = ThreadPoolExecutor(max(1, model.threads))
    comments = ThreadPoolExecutor(1)
    lines: dict[int, _Line] = {}
    messages = Messages()
    while received := os.read(sys.stdin.fileno(), _PIECE):
        for message in messages.feed(received):
            if message.kind is Kind.CHECK:
                answers.submit(_check, recogniser, message, tell)
                continue
            line = lines.get(message.number)
            if line is None:
                if message.kind is not Kind.OPEN:
                    continue
                is_open = grammar_of(message.payload).is_open
                line = _Line(recogniser, comments if is_open and model.recogniser == "whisper" else answers, tell)
                lines[message.number] = line
            line.put(message)
            if message.kind in (Kind.FINISH, Kind.DROP):
                del lines[message.number]


def _check(recogniser: Recogniser, message: Message, tell: _Teller) -> None:
    try:
        missing = _known(recogniser, message).missing
    except Exception as error:  # noqa: BLE001 - told to whoever asked, whatever it is
        tell(Kind.FAILED, message.number, f"{type(error).__name__}: {error}"[:500].encode())
    else:
        tell(Kind.MISSING, message.number, json.dumps(missing).encode())


def _known(recogniser: Recogniser, message: Message) -> Grammar:
    asked = grammar_of(message.payload)
    return recogniser.grammar(asked.phrases, asked.hint, loose=asked.loose)


class _Line:
    """The messages about one utterance, in their order, each in a thread of the pool, one after the other."""

    def __init__(self, recogniser: Recogniser, pool: ThreadPoolExecutor, tell: _Teller) -> None:
        self._recogniser, self._pool, self._tell = recogniser, pool, tell
        self._waiting: deque[Message] = deque()
        self._lock = threading.Lock()
        self._running = False
        self._utterance: Utterance | None = None
        self._feeds, self._partial = 0, ""

    def put(self, message: Message) -> None:
        with self._lock:
            if message.kind is Kind.DROP:
                self._waiting.clear()
            self._waiting.append(message)
            if self._running:
                return
            self._running = True
        self._pool.submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                message = self._waiting.popleft()
            try:
                self._do(message)
            except Exception as error:  # noqa: BLE001 - told to whoever waits for the answer, whatever it is
                self._utterance = None
                self._tell(Kind.FAILED, message.number, f"{type(error).__name__}: {error}"[:500].encode())

    def _do(self, message: Message) -> None:
        if message.kind is Kind.OPEN:
            self._utterance = self._recogniser.open(_known(self._recogniser, message))
        elif message.kind is Kind.DROP:
            self._utterance = None
        elif self._utterance is not None and message.kind is Kind.FEED:
            self._utterance.feed(message.payload)
            self._feeds += 1
            if self._feeds % PARTIAL_EVERY == 0:
                self._tell_partial(message.number)
        elif self._utterance is not None and message.kind is Kind.FINISH:
            heard = self._utterance.finish()
            self._utterance = None
            self._tell(Kind.RESULT, message.number, recognised_bytes(heard))

    def _tell_partial(self, number: int) -> None:
        assert self._utterance is not None
        partial = self._utterance.partial()
        if partial != self._partial:
            self._partial = partial
            self._tell(Kind.PARTIAL, number, partial.encode())


if __name__ == "__main__":
    main()
