"""The way of browsers' SIP to Asterisk's WebSocket, for those who were let in.

What either side says goes through as it comes: who registers as whom is for Asterisk to decide.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from fastapi import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from cti_api.errors import StoreUnavailable, Unreachable
from cti_api.model.ids import AgentId
from cti_api.side_by_side import until_one_ends

SIP: Final = Subprotocol("sip")
"""RFC 7118, section 4."""
LONGEST_MESSAGE_BYTES: Final = 64 * 1024
"""Of either side. An INVITE with the addresses of a machine with ten of them has 6 KiB."""
CONNECT_SECONDS: Final = 3.0
SEND_SECONDS: Final = 10.0
"""How long a side may take nothing of what it is sent."""
CLOSE_SECONDS: Final = 0.1
"""For Asterisk's farewell, which takes it a second; until then the telephone that is gone passes for registered."""
LOOK_AGAIN_SECONDS: Final = 2.0
"""How often it is asked whether the session still holds."""
NORMAL: Final = 1000
NOT_TEXT: Final = 1003
GONE_AWAY: Final = 1001
"""RFC 6455, section 7.4.1."""
SIGNED_OUT: Final = 4401
ANOTHER_PAGE: Final = 4409
"""Ours; `console/static/phone.js` does not come back after one of these."""

StillKnown = Callable[[], Awaitable[bool]]
"""Whether whoever opened the connection may still have it. Raises `StoreUnavailable` where nobody can say."""

log = logging.getLogger(__name__)


class SipWay:
    """The way of browsers' SIP to Asterisk: one connection for each agent, the newest."""

    def __init__(self, port: int, stun: str | None = None) -> None:
        """`port`: of Asterisk's WebSocket on this machine."""
        self.url = f"ws://127.0.0.1:{port}/ws"
        self.stun = stun
        self._replaced: dict[AgentId, asyncio.Event] = {}

    async def lead(self, agent_id: AgentId, browser: WebSocket, still_known: StillKnown) -> None:
        """Pass on what either side says until one of them ends it, or the session ends.

        Raises `Unreachable` where Asterisk is not there; the browser was not answered then.
        """
        asterisk = await self._connected()
        replaced = self._replaces(agent_id)
        try:
            await browser.accept(subprotocol=SIP)
            code = await _until_over(browser, asterisk, replaced, still_known)
            log.info("a browser's telephone is gone", extra={"agent": agent_id, "code": code})
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):  # it is closed already, or takes nothing
                async with asyncio.timeout(CLOSE_SECONDS):
                    await browser.close(code)
        finally:
            if self._replaced.get(agent_id) is replaced:
                del self._replaced[agent_id]
            await asterisk.close()

    async def _connected(self) -> ClientConnection:
        try:
            return await connect(
                self.url,
                subprotocols=[SIP],
                max_size=LONGEST_MESSAGE_BYTES,
                open_timeout=CONNECT_SECONDS,
                close_timeout=CLOSE_SECONDS,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Unreachable("Asterisk takes no telephone by WebSocket now: `vocero doctor` says why.") from error

    def _replaces(self, agent_id: AgentId) -> asyncio.Event:
        if (earlier := self._replaced.get(agent_id)) is not None:
            earlier.set()
        replaced = self._replaced[agent_id] = asyncio.Event()
        return replaced


async def _until_over(
    browser: WebSocket, asterisk: ClientConnection, replaced: asyncio.Event, still_known: StillKnown
) -> int:
    """The code to close the browser's side with: what one of these found, the first where several did."""
    return await until_one_ends(
        _until_replaced(replaced),
        _while_known(still_known),
        _from_browser(browser, asterisk),
        _from_asterisk(asterisk, browser),
    )


async def _from_browser(browser: WebSocket, asterisk: ClientConnection) -> int:
    with suppress(ConnectionClosed, TimeoutError):
        while True:
            message = await browser.receive()
            if message["type"] == "websocket.disconnect":
                return NORMAL
            if message.get("text") is None:
                return NOT_TEXT
            async with asyncio.timeout(SEND_SECONDS):
                await asterisk.send(message["text"])
    return GONE_AWAY


async def _from_asterisk(asterisk: ClientConnection, browser: WebSocket) -> int:
    with suppress(ConnectionClosed, WebSocketDisconnect, TimeoutError, RuntimeError, UnicodeDecodeError):
        async for message in asterisk:
            async with asyncio.timeout(SEND_SECONDS):
                await browser.send_text(message if isinstance(message, str) else message.decode())
    return GONE_AWAY


async def _until_replaced(replaced: asyncio.Event) -> int:
    await replaced.wait()
    return ANOTHER_PAGE


async def _while_known(still_known: StillKnown) -> int:
    while True:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        with suppress(StoreUnavailable):
            if not await still_known():
                return SIGNED_OUT
