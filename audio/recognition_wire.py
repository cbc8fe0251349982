"""What is said between the server and a recogniser's process: frames of a kind, an utterance's number, and a payload.

Pure: bytes in, messages out.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Literal

from audio.recognise import Grammar, Recognised, Scored
from cti_api.errors import ProtocolError

_HEADER: Final = struct.Struct("!BII")
LONGEST: Final = 1024 * 1024
"""Bytes of a payload: a grammar of 500 long phrases with all their scores is a fifth of it."""


class Kind(IntEnum):
    """Those of the server, then those of the recogniser."""

    CHECK = 1
    """A grammar: which of its words are not known?"""
    OPEN = 2
    """A grammar: an utterance begins."""
    FEED = 3
    """Sound of it."""
    FINISH = 4
    """It has ended: what was it?"""
    DROP = 5
    """Nobody wants to know any more."""
    READY = 16
    """The model is loaded."""
    REFUSED = 17
    """It cannot be: why, as text."""
    MISSING = 18
    """The answer to CHECK: words, as JSON."""
    PARTIAL = 19
    """What was heard so far, as text."""
    RESULT = 20
    """The answer to FINISH, as JSON."""
    FAILED = 21
    """No answer to FINISH: why, as text."""


@dataclass(frozen=True, slots=True)
class Message:
    kind: Kind
    number: int
    """Of the utterance; 0 for what is about none."""
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        return _HEADER.pack(self.kind, self.number, len(self.payload)) + self.payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Which recogniser is loaded, from where, and how."""

    recogniser: Literal["vosk", "whisper"]
    folder: Path
    rate: int = 8000
    """Vosk: 8000 or 16000, `audio.recognise_vosk.load`."""
    dither: float = 0.0
    """Vosk: as there."""
    language: str = "es"
    """Whisper."""
    threads: int = 2
    """Vosk: utterances that are listened to at the same instant; Whisper: cores one of them may take."""

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"folder": str(self.folder)})

    @classmethod
    def from_json(cls, text: str) -> Model:
        told = json.loads(text)
        return cls(**{**told, "folder": Path(told["folder"])})


class Messages:
    """Bytes as they come, put together."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, received: bytes) -> Iterator[Message]:
        """Each whole message. Raises `ProtocolError` for what is none."""
        self._bytes += received
        while len(self._bytes) >= _HEADER.size:
            kind, number, length = _HEADER.unpack_from(self._bytes)
            if length > LONGEST:
                raise ProtocolError(f"A message of {length} bytes is none of a recogniser's.")
            if len(self._bytes) < _HEADER.size + length:
                return
            payload = bytes(self._bytes[_HEADER.size : _HEADER.size + length])
            del self._bytes[: _HEADER.size + length]
            try:
                yield Message(Kind(kind), number, payload)
            except ValueError:
                raise ProtocolError(f"{kind} is no kind of message of a recogniser's.") from None


def grammar_bytes(grammar: Grammar) -> bytes:
    return json.dumps([grammar.phrases, grammar.hint, grammar.loose]).encode()


def grammar_of(payload: bytes) -> Grammar:
    phrases, hint, loose = json.loads(payload)
    return Grammar(phrases=tuple(phrases), hint=hint, loose=loose)


def recognised_bytes(heard: Recognised) -> bytes:
    phrases = [[each.phrase, each.fit, each.share] for each in heard.phrases]
    return json.dumps([heard.text, heard.confidence, phrases]).encode()


def recognised_of(payload: bytes) -> Recognised:
    """Raises `ProtocolError`."""
    try:
        text, confidence, phrases = json.loads(payload)
        return Recognised(
            text=str(text), confidence=float(confidence), phrases=tuple([_scored(*each) for each in phrases])
        )
    except (ValueError, TypeError) as error:
        raise ProtocolError(f"A recogniser's answer cannot be read: {error}") from None


def _scored(phrase: Any, fit: Any, share: Any) -> Scored:
    return Scored(phrase=str(phrase), fit=float(fit), share=float(share))
