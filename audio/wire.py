"""AudioSocket on the wire: bytes ↔ frames.

A frame is a kind (1 byte), a length (2 bytes, big-endian) and so many bytes; the kinds are those of
``include/asterisk/res_audiosocket.h`` of Asterisk 22. Asterisk begins with the call's UUID, sends the caller's sound
every 20 ms and a frame for each key, and closes the connection when the caller hangs up; a terminate from our side
gives the call back to the dialplan.

Nothing here waits or logs. Every length has a limit: a peer that passes one is not Asterisk.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from audio.pcm import SAMPLE_BYTES
from cti_api.errors import ProtocolError

TERMINATE_KIND, ID_KIND, DTMF_KIND, AUDIO_KIND, ERROR_KIND = 0x00, 0x01, 0x03, 0x10, 0xFF
KEYS: Final = frozenset("0123456789*#ABCD")
ID_BYTES: Final = 16
MAX_AUDIO_BYTES: Final = 8_000
"""Of one frame: half a second. Asterisk sends 320 bytes for each 20 ms; its longest packets have 150 ms."""
MAX_ERROR_BYTES: Final = 16
"""Of an error's code; Asterisk's has one byte."""
TERMINATE: Final = struct.pack(">BH", TERMINATE_KIND, 0)
"""Ours: the call goes back to the dialplan."""

_HEADER: Final = struct.Struct(">BH")
_LENGTHS: Final = {
    TERMINATE_KIND: range(1),
    ID_KIND: range(ID_BYTES, ID_BYTES + 1),
    DTMF_KIND: range(1, 2),
    AUDIO_KIND: range(0, MAX_AUDIO_BYTES + 1, SAMPLE_BYTES),
    ERROR_KIND: range(MAX_ERROR_BYTES + 1),
}
"""How many bytes a frame of each kind may have."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Which call this is: the first frame."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key of the telephone."""

    key: str
    """One of `KEYS`."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What the caller said meanwhile."""

    pcm: bytes
    """Whole samples; may be empty, where Asterisk's jitter buffer had nothing."""


@dataclass(frozen=True, slots=True)
class Terminated:
    """Asterisk ends the stream."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Asterisk ends the stream with an error."""

    code: str
    """In hexadecimal; ``01``: hung up, ``02``: a frame could not be passed on, ``04``: out of memory."""


Frame: TypeAlias = Identified | KeyPressed | Sound | Terminated | Failed


def identified(call_id: UUID) -> bytes:
    """What a connection of this call begins with."""
    return _HEADER.pack(ID_KIND, ID_BYTES) + call_id.bytes


def sound(pcm: bytes) -> bytes:
    """A frame of ours for the caller's ear."""
    return _HEADER.pack(AUDIO_KIND, len(pcm)) + pcm


class Decoder:
    """Cuts the bytes of one connection into frames, in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> list[Frame]:
        """The frames that `piece` completes, in order.

        Raises `ProtocolError` for what Asterisk never sends; the connection is then of no more use. The header is
        judged as soon as it is there: nobody makes us wait for 64 KiB of nonsense.
        """
        self._buffer += piece
        buffer = bytes(self._buffer)
        found: list[Frame] = []
        start = 0
        while len(buffer) - start >= _HEADER.size:
            kind, length = _HEADER.unpack_from(buffer, start)
            _judge(kind, length)
            end = start + _HEADER.size + length
            if end > len(buffer):
                break
            found.append(_frame(kind, buffer[start + _HEADER.size : end]))
            start = end
        del self._buffer[:start]
        return found


def _judge(kind: int, length: int) -> None:
    if kind not in _LENGTHS:
        raise ProtocolError(f"AudioSocket has no frames of kind 0x{kind:02x}: what speaks here is not Asterisk")
    if length not in _LENGTHS[kind]:
        raise ProtocolError(f"an AudioSocket frame of kind 0x{kind:02x} cannot have {length} bytes")


def _frame(kind: int, payload: bytes) -> Frame:
    if kind == AUDIO_KIND:
        return Sound(payload)
    if kind == DTMF_KIND:
        key = payload.decode("latin-1")
        if key not in KEYS:
            raise ProtocolError(f"no telephone has a key 0x{payload.hex()}")
        return KeyPressed(key)
    if kind == ID_KIND:
        return Identified(UUID(bytes=payload))
    return Terminated() if kind == TERMINATE_KIND else Failed(payload.hex())
