"""A hostile page: says SIP of its own into the console's WebSocket, with whatever password it has."""

from __future__ import annotations

import hashlib
import re

from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

REGISTER = (
    "REGISTER sip:vocero.invalid SIP/2.0\r\n"
    "Via: SIP/2.0/WS malo.invalid;branch=z9hG4bK{number}\r\n"
    "Max-Forwards: 69\r\n"
    "To: <sip:{account}@vocero.invalid>\r\n"
    "From: <sip:{account}@vocero.invalid>;tag=x\r\n"
    "Call-ID: hostil\r\n"
    "CSeq: {number} REGISTER\r\n"
    "Contact: <sip:malo@malo.invalid;transport=ws>\r\n"
    "Expires: 120\r\n"
    "{more}Content-Length: 0\r\n\r\n"
)


async def register(console_url: str, cookie: str, *, account: str, user: str, password: str) -> list[int]:
    """The statuses that Asterisk gives: to a bare registration as `account`, and to one with `user`'s proof."""
    given = []
    async with connect(
        console_url.replace("http", "ws", 1) + "/ws/sip",
        origin=Origin(console_url),
        additional_headers={"Cookie": cookie},
        subprotocols=[Subprotocol("sip")],
        proxy=None,
    ) as wire:
        await wire.send(REGISTER.format(number=1, account=account, more=""))
        answer = str(await wire.recv())
        given.append(int(answer.split()[1]))
        proof = _proof(answer, user, password)
        await wire.send(REGISTER.format(number=2, account=account, more=f"Authorization: {proof}\r\n"))
        given.append(int(str(await wire.recv()).split()[1]))
    return given


def _proof(challenge: str, user: str, password: str) -> str:
    """RFC 2617, section 3.2.2."""
    told = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    uri, count, own = "sip:vocero.invalid", "00000001", "abc"
    known = _md5(f"{user}:{told['realm']}:{password}")
    asked = _md5(f"REGISTER:{uri}")
    response = _md5(f"{known}:{told['nonce']}:{count}:{own}:auth:{asked}")
    return (
        f'Digest username="{user}", realm="{told["realm"]}", nonce="{told["nonce"]}", uri="{uri}", '
        f'response="{response}", opaque="{told["opaque"]}", qop=auth, cnonce="{own}", nc={count}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
