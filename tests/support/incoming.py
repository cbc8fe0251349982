"""People who call in: a carrier's side of inbound calls, one UDP socket for their SIP and one for each one's sound.

SIPp's customers (`vocero.lab.customers`) are called; these call. What each heard is kept, and when it began.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar
from uuid import uuid4

from audio.g711 import alaw_of
from tests.support.shift import until
from vocero.lab.handsets import FRAME_SAMPLES, FRAME_SECONDS, PCMA, RTP, TELEPHONE_EVENT
from vocero.lab.ports import LOOPBACK
from vocero.lab.sounds import audible_seconds, linear

WAIT_SECONDS = 30.0
"""Against hanging: nothing here takes long."""
SAID_AGAIN_SECONDS = 0.5
"""T1 of SIP."""
SOUND_LOUDER_THAN = 300
"""Of 16-bit samples: A-law silence is 8."""
KEYS = "0123456789*#ABCD"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
)


@dataclass(eq=False)
class Caller(asyncio.DatagramProtocol):
    """One call, and the telephone it is made from."""

    line: Callers
    call_id: str
    called: str
    user: str
    """How the caller calls himself: the user part of From."""
    dialled_at: float = 0.0
    status: int = 0
    """The last SIP status that came."""
    sound: bytearray = field(default_factory=bytearray)
    """All that was heard, A-law."""
    first_sound_at: float | None = None
    """When something could first be heard."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    to_say: bytearray = field(default_factory=bytearray)
    """A-law that goes out, a frame at a time, on a lively line."""
    _to: str = ""
    _contact: str = ""
    _peer: tuple[str, int] | None = None
    _leaving: bool = False
    _pressing: bool = False
    _cseq: int = 1
    _sequence: int = 0
    _stamp: int = 0

    # ------------------------------------------------------------------ what a person does

    async def press(self, keys: str, *, gap_seconds: float = 0.06) -> None:
        """Press keys one after the other (RFC 4733), each for 80 ms; in vain once the call is over."""
        for key in keys:
            self._pressing = True
            self._stamp += FRAME_SAMPLES * 10
            for n in range(1, 7):
                event = struct.pack("!BBH", KEYS.index(key), (0x80 if n > 3 else 0) | 10, min(n, 4) * FRAME_SAMPLES)
                self._send(event, TELEPHONE_EVENT | (0x80 if n == 1 else 0), self._stamp)
                await asyncio.sleep(0.02 if n <= 4 else 0)
            self._pressing = False
            await asyncio.sleep(gap_seconds)

    async def talk(self, seconds: float) -> None:
        """Send the sound of a living line: frames of silence."""
        for _ in range(int(seconds / FRAME_SECONDS)):
            self._stamp += FRAME_SAMPLES
            self._send(b"\xd5" * FRAME_SAMPLES, PCMA, self._stamp)
            await asyncio.sleep(FRAME_SECONDS)

    def say(self, pcm: bytes) -> None:
        """Speak, on a lively line: 8 kHz, 16 bits."""
        self.to_say += alaw_of(pcm)

    def frame(self) -> None:
        """The next 20 ms of a lively line: what is to be said, or silence; nothing while a key is pressed."""
        if self._pressing:
            return
        self._stamp += FRAME_SAMPLES
        said = bytes(self.to_say[:FRAME_SAMPLES])
        del self.to_say[:FRAME_SAMPLES]
        self._send(said.ljust(FRAME_SAMPLES, b"\xd5"), PCMA, self._stamp)

    def hang_up(self) -> None:
        """Leave: CANCEL while it rings, BYE afterwards."""
        if self._leaving or self.over.is_set():
            return
        self._leaving = True
        if self.answered.is_set():
            self._cseq += 1
        self._leave()

    def _leave(self) -> None:
        if self.answered.is_set():
            self.line.say(self._request("BYE", self._cseq))
        elif self.status >= 100:
            self.line.say(self._request("CANCEL", self._cseq))

    async def gone(self) -> None:
        """Leave, and wait until it is over; what is lost on the way (UDP) is said again (RFC 3261, 17.1.2.2)."""
        self.hang_up()
        async with asyncio.timeout(WAIT_SECONDS):
            while not self.over.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SAID_AGAIN_SECONDS):
                        await self.over.wait()
                self._leave()

    async def hears(self, seconds: float, within: float = WAIT_SECONDS) -> None:
        """Wait until something was audible for so long."""
        await until(lambda: self.audible_seconds >= seconds, within, f"{self.user} hears {seconds:g} s of sound")

    @property
    def audible_seconds(self) -> float:
        return audible_seconds(linear(bytes(self.sound)), above=SOUND_LOUDER_THAN)

    @property
    def seconds_to_sound(self) -> float:
        """From dialling to the first thing heard."""
        assert self.first_sound_at is not None, f"{self.user} heard nothing; status {self.status}"
        return self.first_sound_at - self.dialled_at

    # ------------------------------------------------------------------ the wire

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > RTP.size and RTP.unpack_from(data)[1] & 0x7F == PCMA:
            frame = data[RTP.size :]
            self.sound += frame
            if self.first_sound_at is None and max(map(abs, linear(frame))) > SOUND_LOUDER_THAN:
                self.first_sound_at = asyncio.get_running_loop().time()

    def invite(self) -> None:
        self.dialled_at = asyncio.get_running_loop().time()
        self.line.say(self._request("INVITE", self._cseq, SDP.format(LOOPBACK, self._port)))

    def take(self, message: str) -> None:
        """One SIP message of this call."""
        if not message.startswith("SIP/2.0"):
            self.line.say(_reply(message))
            if message.startswith("BYE "):
                self.over.set()
            return
        status, method = int(message.split()[1]), _header(message, "CSeq").split()[1]
        if method == "BYE" or (method == "CANCEL" and status >= 300):
            self.over.set()
        if method != "INVITE":
            return
        first, self.status = self.status == 0, status
        if status < 200:
            if first and self._leaving:
                self.line.say(self._request("CANCEL", self._cseq))
            return
        self._to = _header(message, "To")
        if status >= 300:
            self.line.say(self._request("ACK", self._cseq))
            self.over.set()
            return
        found = re.search(r"<(sip:[^>]+)>", _header(message, "Contact"))
        media = re.search(r"^m=audio (\d+)", message, re.MULTILINE)
        assert found is not None
        assert media is not None
        self._contact, self._peer = found[1], (LOOPBACK, int(media[1]))
        self.line.say(self._request("ACK", self._cseq))
        if not self.answered.is_set():
            self.answered.set()
            if self._leaving:
                self._cseq += 1
                self._leave()

    @property
    def _port(self) -> int:
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def _send(self, payload: bytes, kind: int, stamp: int) -> None:
        if self._peer is not None and not self.over.is_set():
            self._sequence += 1
            self._transport.sendto(RTP.pack(0x80, kind, self._sequence & 0xFFFF, stamp, 7) + payload, self._peer)

    def _request(self, method: str, cseq: int, body: str = "") -> str:
        there = self._contact or f"sip:{self.called}@{LOOPBACK}:{self.line.asterisk_port}"
        # CANCEL, and the ACK of a refusal, belong to the INVITE's own transaction (RFC 3261, 9.1 and 17.1.1.3)
        own = method == "BYE" or (method == "ACK" and self._contact)
        branch = f"z9hG4bK{self.call_id}{method if own else ''}"
        to = self._to or f"<sip:{self.called}@{LOOPBACK}>"
        return (
            f"{method} {there} SIP/2.0\r\nVia: SIP/2.0/UDP {LOOPBACK}:{self.line.port};branch={branch}\r\n"
            f"From: <sip:{self.user}@{LOOPBACK}>;tag={self.call_id}\r\nTo: {to}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:caller@{LOOPBACK}:{self.line.port}>\r\nMax-Forwards: 70\r\n"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )


C = TypeVar("C", bound=Caller)


class Callers(asyncio.DatagramProtocol):
    """Everybody who calls in over one trunk. ``async with`` plugs them in; at the end nobody's call is left."""

    def __init__(self, port: int, asterisk_port: int, *, lively: bool = False) -> None:
        """`port`: the trunk's, by which Asterisk knows it. `lively`: everybody's telephone sends sound all the time, as
        real ones do."""
        self._lively = lively
        self.port = port
        self.asterisk_port = asterisk_port
        self.calls: list[Caller] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._line, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, self.port))
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._sounding = self._tasks.create_task(self._sound()) if self._lively else None
        return self

    async def _sound(self) -> None:
        due = asyncio.get_running_loop().time()
        while True:
            for call in self.calls:
                if call.answered.is_set() and not call.over.is_set():
                    call.frame()
            due += FRAME_SECONDS
            await asyncio.sleep(due - asyncio.get_running_loop().time())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for call in self.calls:
            if call.status and kind is None:
                await call.gone()
            else:
                call.hang_up()
            call._transport.close()
        if self._sounding is not None:
            self._sounding.cancel()
        await self._tasks.__aexit__(None, None, None)
        self._line.close()

    async def dial(self, called: str, user: str = "573001112233", kind: type[C] = Caller) -> C:  # type: ignore[assignment]
        """Dial a number; what comes of it is the caller's to say."""
        call = kind(self, uuid4().hex, called, user)
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: call, local_addr=(LOOPBACK, 0))
        self.calls.append(call)
        call.invite()
        return call

    def say(self, message: str) -> None:
        self._line.sendto(message.encode(), (LOOPBACK, self.asterisk_port))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = data.decode(errors="replace")
        call_id = _header(message, "Call-ID")
        for call in self.calls:
            if call.call_id == call_id:
                call.take(message)
                return
        if message.startswith("OPTIONS "):
            self.say(_reply(message))


def _reply(request: str) -> str:
    kept = "".join(
        line + "\r\n" for line in request.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.IGNORECASE)
    )
    return f"SIP/2.0 200 OK\r\n{kept}Content-Length: 0\r\n\r\n"


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)
    return found[1] if found is not None else ""
