"""The customers' handsets: what each of them says into a call, and what it hears.

SIPp takes and ends the calls; its log tells when, and at which port Asterisk takes each call's sound. All handsets of a
trunk share one UDP port, as the telephones behind one carrier do. (SIPp could play a file, but begins 100 ms after the
answer, and never listens.)
"""

from __future__ import annotations

import itertools
import selectors
import socket
import struct
import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from cti_api.clock import SystemClock
from cti_api.model.phone import PhoneNumber
from vocero.lab.ports import LOOPBACK
from vocero.lab.sounds import RATE, linear
from vocero.lab.steps import Step, read_steps

RTP = struct.Struct("!BBHII")
"""RFC 3550, section 5.1: version, marker and payload type, sequence number, timestamp, source."""
PCMA = 8
"""Payload type of A-law (RFC 3551, table 4)."""
TELEPHONE_EVENT = 101
"""Payload type that the scenario's SDP gives to keys."""
KEYS = "0123456789*#"
"""By the number of each in an event (RFC 4733, section 3.2)."""
FRAME_SECONDS = 0.02
FRAME_SAMPLES = int(RATE * FRAME_SECONDS)

SO_RCVBUFFORCE = 33
"""asm-generic/socket.h: a receive buffer beyond the machine's usual limit, for root."""
BUFFER_BYTES = 8 * 1024 * 1024
"""Two seconds of a hundred calls: on a busy machine this thread waits for its turn, and nothing heard may be lost."""

STILL = b"\xd5" * FRAME_SAMPLES
"""A silent frame, A-law."""
BETWEEN_KEYS_SECONDS = 0.2

LOOK_SECONDS = 0.003
"""How often the log is read: a person begins to speak this soon after the answer."""
LATE_SECONDS = 0.2
"""A voice that is later than this (the machine was busy) goes on from now, instead of hurrying after."""
TALK_SECONDS = 600
"""A call whose end nobody told us (Asterisk was killed) falls silent after this."""
KEPT_BYTES = 120 * RATE
"""Of each stream heard, its first two minutes."""


LOUD: Final = 300
"""Of 16-bit samples: A-law silence is 8."""

TURN_SECONDS: Final = 0.7
"""So long it is quiet when whoever spoke has said it all."""


class Wait(Enum):
    """In a script: wait for the other side."""

    HEARS = auto()
    """Until something was heard in this call."""
    TURN = auto()
    """Until something was heard since the last act, and then it was quiet for `TURN_SECONDS`."""


Act: TypeAlias = float | str | bytes | Wait
"""Seconds of a silent line, keys, or A-law sound; or a `Wait`."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one telephone does with its sound while it is in a call."""

    says: bytes = b""
    """A-law, repeated for as long as the call lasts."""
    presses: str = ""
    """Keys, half a second apart, once."""
    waits: float = 0.0
    """Seconds before that."""
    echoes: bool = False
    """Sends back what it hears."""
    script: tuple[Act, ...] = ()
    """Instead of all that: one after the other, then the silence of a living line."""


@dataclass(slots=True)
class _Ear:
    """What one handset has heard."""

    ever: bool = False
    lately: bool = False
    """Since the last act of its script."""
    quiet_frames: int = 0
    """Since something could be heard, by the frames sent meanwhile."""

    def hear(self) -> None:
        self.ever = self.lately = True
        self.quiet_frames = 0


@dataclass(slots=True)
class _Call:
    """One handset off the hook."""

    voice: Voice
    packets: Iterator[bytes]
    """One each 20 ms; an empty one where nothing is sent."""
    next_at: float
    until: float
    ear: _Ear


@dataclass(slots=True)
class _Stream:
    begun_at: float
    sound: bytearray = field(default_factory=bytearray)


class Handsets:
    """The handsets behind one trunk, and the thread that serves them."""

    def __init__(self, port: int, log: Path, voice_of: Callable[[PhoneNumber], Voice]) -> None:
        """`log` is SIPp's; `voice_of` says what the telephone with this number does."""
        self.port = port
        self._log = log
        self._voice_of = voice_of
        self._read_bytes = 0
        self._clock = SystemClock()
        self._random = Random(port)
        self._calls: dict[int, _Call] = {}
        self._streams: dict[tuple[int, int], _Stream] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    def open(self) -> None:
        """Begin, all on the hook. Raises `OSError` when the port is taken."""
        self._ending.clear()
        self._calls.clear()
        self._failure = None
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        _widen(line)
        line.bind((LOOPBACK, self.port))
        line.setblocking(False)
        self._thread = threading.Thread(target=self._serve, args=[line], name="handsets", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Fall silent; what was heard stays. Raises what ended the thread before its time."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        self._complain()

    def heard(self, sound_port: int, since: float, until: float) -> array[int]:
        """Samples of all that came from Asterisk's `sound_port` in streams begun in this time (seconds since 1970).

        One call can be several streams: Asterisk begins a new one when somebody else starts to talk. Raises what ended
        the thread before its time.
        """
        self._complain()
        streams = [
            s for (port, _), s in list(self._streams.items()) if port == sound_port and since <= s.begun_at < until
        ]
        return linear(b"".join(bytes(stream.sound) for stream in sorted(streams, key=lambda s: s.begun_at)))

    def _complain(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _serve(self, line: socket.socket) -> None:
        try:
            self._listen_and_speak(line)
        except Exception as error:  # noqa: BLE001 - kept for whoever asks: nobody would see it here
            self._failure = error

    def _listen_and_speak(self, line: socket.socket) -> None:
        with line, selectors.DefaultSelector() as selector:
            selector.register(line, selectors.EVENT_READ)
            while not self._ending.is_set():
                if selector.select(LOOK_SECONDS):
                    self._listen(line)
                self._follow()
                self._speak(line)

    def _listen(self, line: socket.socket) -> None:
        while True:
            try:
                packet, (_, sound_port) = line.recvfrom(2048)
            except BlockingIOError:
                return
            self._keep(packet, sound_port)
            call = self._calls.get(sound_port)
            if call is not None and call.voice.echoes:
                line.sendto(packet, (LOOPBACK, sound_port))
            if call is not None and call.voice.script and _is_heard(packet):
                call.ear.hear()

    def _follow(self) -> None:
        """Lift and lay down handsets as the log says."""
        if not self._log.exists() or self._log.stat().st_size <= self._read_bytes:
            return
        with self._log.open("rb") as log:
            log.seek(self._read_bytes)
            text = log.read().rpartition(b"\n")[0]
        self._read_bytes += len(text) + 1 if text else 0
        for step in read_steps(text.decode(errors="replace")):
            self._take(step)

    def _take(self, step: Step) -> None:
        if step.what in ("early", "answered"):
            voice = self._voice_of(step.number)
            source = self._random.getrandbits(32)
            ear = _Ear()
            packets = _packets(voice, source, ear)
            now = self._clock.monotonic()
            self._calls.setdefault(step.sound_port, _Call(voice, packets, now, now + TALK_SECONDS, ear))
        elif step.what != "invited":
            self._calls.pop(step.sound_port, None)

    def _speak(self, line: socket.socket) -> None:
        now = self._clock.monotonic()
        for sound_port, call in list(self._calls.items()):
            if now - call.next_at > LATE_SECONDS:
                call.next_at = now
            while call.next_at <= now < call.until:
                if packet := next(call.packets, b""):
                    line.sendto(packet, (LOOPBACK, sound_port))
                call.next_at += FRAME_SECONDS

    def _keep(self, packet: bytes, sound_port: int) -> None:
        if len(packet) <= RTP.size:
            return
        _, kind, _, _, source = RTP.unpack_from(packet)
        if kind & 0x7F == PCMA:
            stream = self._streams.get((sound_port, source))
            if stream is None:
                stream = self._streams[sound_port, source] = _Stream(self._clock.now().timestamp())
            if len(stream.sound) < KEPT_BYTES:
                stream.sound += packet[RTP.size :]


def _is_heard(packet: bytes) -> bool:
    sound = packet[RTP.size :] if len(packet) > RTP.size and packet[1] & 0x7F == PCMA else b""
    return bool(sound) and max(map(abs, linear(sound))) > LOUD


def _widen(line: socket.socket) -> None:
    """Room for what comes while the thread waits for its turn."""
    try:
        line.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    except PermissionError:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)


def _packets(voice: Voice, source: int, ear: _Ear) -> Iterator[bytes]:
    if voice.script:
        return _acts(voice.script, source, ear)
    return _keys(voice, source) if voice.presses else _speech(voice.says, source)


def _speech(sound: bytes, source: int) -> Iterator[bytes]:
    """The sound over and over, in packets of 20 ms."""
    frames = [sound[i : i + FRAME_SAMPLES] for i in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]
    for n, frame in enumerate(itertools.cycle(frames)):
        yield RTP.pack(0x80, PCMA, n & 0xFFFF, n * FRAME_SAMPLES & 0xFFFFFFFF, source) + frame


def _acts(script: Sequence[Act], source: int, ear: _Ear) -> Iterator[bytes]:
    """A packet each 20 ms, of one stream. Sound all the time, but for the keys, which take its place."""
    sequence, stamp = itertools.count(), 0

    def sound(frame: bytes) -> bytes:
        nonlocal stamp
        packet = RTP.pack(0x80, PCMA, next(sequence) & 0xFFFF, stamp & 0xFFFFFFFF, source) + frame
        stamp += FRAME_SAMPLES
        return packet

    for act in (*script, TALK_SECONDS):
        match act:
            case Wait.HEARS:
                while not ear.ever:
                    yield sound(STILL)
            case Wait.TURN:
                while not ear.lately or ear.quiet_frames * FRAME_SECONDS < TURN_SECONDS:
                    ear.quiet_frames += 1
                    yield sound(STILL)
            case bytes():
                for at in range(0, len(act), FRAME_SAMPLES):
                    frame = act[at : at + FRAME_SAMPLES]
                    yield sound(frame + STILL[len(frame) :])
            case str():
                for key in act:
                    for marker, event in _events(key):
                        kind = marker | TELEPHONE_EVENT
                        yield RTP.pack(0x80, kind, next(sequence) & 0xFFFF, stamp & 0xFFFFFFFF, source) + event
                    stamp += 2 * RATE // 10
                    for _ in range(int(BETWEEN_KEYS_SECONDS / FRAME_SECONDS)):
                        yield sound(STILL)
            case float() | int():
                for _ in range(int(act / FRAME_SECONDS)):
                    yield sound(STILL)
        ear.lately = False


def _keys(voice: Voice, source: int) -> Iterator[bytes]:
    """Each key half a second after the one before."""
    sequence = itertools.count()
    yield from itertools.repeat(b"", int(voice.waits / FRAME_SECONDS))
    for place, key in enumerate(voice.presses, start=1):
        yield from itertools.repeat(b"", int(0.5 / FRAME_SECONDS))
        for marker, event in _events(key):
            yield RTP.pack(0x80, marker | TELEPHONE_EVENT, next(sequence), place * RATE, source) + event


def _events(key: str) -> Iterator[tuple[int, bytes]]:
    """A key of 100 ms, in packets of 20 ms, its end three times; the first has RTP's marker (RFC 4733, section 2.5)."""
    for n in range(1, 8):
        end = 0x80 if n > 5 else 0
        event = struct.pack("!BBH", "0123456789*#".index(key), end | 10, min(n, 5) * FRAME_SAMPLES)
        yield 0x80 if n == 1 else 0, event
