"""A carrier of our own making: one UDP socket that reads what Asterisk dials and says what a test wants said.

SIPp's customers (`vocero.lab.customers`) behave; this one need not.
"""

from __future__ import annotations

import asyncio
import re
import socket
from types import TracebackType
from typing import Self

from vocero.lab.ports import LOOPBACK

WAIT_SECONDS = 30.0
OURS = "tag=carrier"
SDP = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"


class Carrier:
    """Speaks on `port` of 127.0.0.1; ``with`` opens and closes it. One call at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.invites: list[str] = []
        """Every INVITE that came, whole."""
        self._requests = 0

    def __enter__(self) -> Self:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind((LOOPBACK, self._port))
        self._line.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()

    async def invited(self) -> str:
        """The user part of the next INVITE's address."""
        invite = await self._heard(r"INVITE sip:[^@]*@")
        return invite.partition("sip:")[2].partition("@")[0]

    async def answers(self) -> None:
        """Takes the call that came last, with sound to nowhere."""
        invite = self.invites[-1]
        body = SDP.format(LOOPBACK, self._port + 1)
        kept = "".join(
            line + "\r\n" for line in invite.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq):", line, re.IGNORECASE)
        )
        head = f"SIP/2.0 200 OK\r\n{kept}To: {_header(invite, 'To')};{OURS}\r\n{self._contact()}"
        await self._say(f"{head}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        await self._heard("ACK ")

    async def refers(self, to: str) -> int:
        """Asks, within that call, to send us to `to`; the final status it is answered with."""
        invite = self.invites[-1]
        self._requests += 1
        there = re.search(r"<(sip:[^>]+)>", _header(invite, "Contact"))
        assert there is not None
        await self._say(
            f"REFER {there[1]} SIP/2.0\r\nVia: SIP/2.0/UDP {LOOPBACK}:{self._port};branch=z9hG4bK{self._requests}\r\n"
            f"From: {_header(invite, 'To')};{OURS}\r\nTo: {_header(invite, 'From')}\r\n"
            f"Call-ID: {_header(invite, 'Call-ID')}\r\nCSeq: {self._requests} REFER\r\n"
            f"{self._contact()}Max-Forwards: 70\r\nRefer-To: <{to}>\r\nContent-Length: 0\r\n\r\n"
        )
        answer = await self._heard(rf"SIP/2\.0 [2-6]\d\d .*?CSeq: {self._requests} REFER")
        return int(answer.split()[1])

    def _contact(self) -> str:
        return f"Contact: <sip:carrier@{LOOPBACK}:{self._port}>\r\n"

    async def _say(self, message: str) -> None:
        await asyncio.get_running_loop().sock_sendto(self._line, message.encode(), self._peer)

    async def _heard(self, what: str) -> str:
        """The next message that begins like this pattern."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                data, self._peer = await asyncio.get_running_loop().sock_recvfrom(self._line, 8192)
                message = data.decode()
                if message.startswith("INVITE "):
                    self.invites.append(message)
                if re.match(what, message, re.DOTALL):
                    return message


def _header(message: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r$", message, re.MULTILINE | re.IGNORECASE)
    assert found is not None, name
    return found[1]
