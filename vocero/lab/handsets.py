"""The customers' handsets: what each telephone was sent is kept, and some of them send it back.

SIPp speaks for the customers but does not listen. Its SDP therefore names two ports of ours: what comes to the first is
kept, what comes to the second is kept and sent back to where it came from. A stream is known by the port it came from,
which SIPp writes down with each call.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from array import array
from dataclasses import dataclass, field

from cti_api.clock import SystemClock
from vocero.lab.ports import LOOPBACK
from vocero.lab.sounds import RATE, linear

HEADER = struct.Struct("!BBHII")
"""RTP (RFC 3550, section 5.1): version, marker and payload type, sequence number, timestamp, source."""
PCMA = 8
"""Payload type of A-law (RFC 3551, table 4)."""
KEPT_BYTES = 120 * RATE
"""Of each stream, its first two minutes."""
LOOK_SECONDS = 0.2


@dataclass(slots=True)
class _Stream:
    begun_at: float
    sound: bytearray = field(default_factory=bytearray)


class Handsets:
    """Two UDP ports and the thread that serves them."""

    def __init__(self, ear_port: int, echo_port: int) -> None:
        self.ear_port = ear_port
        self.echo_port = echo_port
        self._clock = SystemClock()
        self._streams: dict[tuple[int, int], _Stream] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to listen. Raises `OSError` when a port is taken."""
        self._ending.clear()
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for opened, port in zip(sockets, (self.ear_port, self.echo_port), strict=True):
            opened.bind((LOOPBACK, port))
            opened.setblocking(False)
        self._thread = threading.Thread(target=self._serve, args=sockets, name="handsets", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what was heard stays."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def heard(self, sound_port: int, since: float, until: float) -> array[int]:
        """Samples of all that came from Asterisk's `sound_port` in streams begun in this time (seconds since 1970).

        One call can be several streams: Asterisk begins a new one when somebody else starts to talk.
        """
        streams = [
            s for (port, _), s in list(self._streams.items()) if port == sound_port and since <= s.begun_at < until
        ]
        return linear(b"".join(bytes(stream.sound) for stream in sorted(streams, key=lambda s: s.begun_at)))

    def _serve(self, ear: socket.socket, echo: socket.socket) -> None:
        with ear, echo, selectors.DefaultSelector() as selector:
            selector.register(ear, selectors.EVENT_READ)
            selector.register(echo, selectors.EVENT_READ)
            while not self._ending.is_set():
                for key, _ in selector.select(LOOK_SECONDS):
                    opened = ear if key.fileobj is ear else echo
                    packet, sender = opened.recvfrom(2048)
                    if opened is echo:
                        opened.sendto(packet, sender)
                    self._keep(packet, sender[1])

    def _keep(self, packet: bytes, sound_port: int) -> None:
        if len(packet) <= HEADER.size:
            return
        _, kind, _, _, source = HEADER.unpack_from(packet)
        if kind & 0x7F == PCMA:
            stream = self._streams.get((sound_port, source))
            if stream is None:
                stream = self._streams[sound_port, source] = _Stream(self._clock.now().timestamp())
            if len(stream.sound) < KEPT_BYTES:
                stream.sound += packet[HEADER.size :]
