"""Agents' telephones in the browser: whether their SIP finds its way to Asterisk."""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from cti_api.settings import Settings
from vocero.doctor.findings import Finding, ok, warning

ANSWER_SECONDS: Final = 3.0
HOST: Final = "127.0.0.1"


async def browsers(settings: Settings) -> list[Finding]:
    """What is to be said of the way from the console to Asterisk's WebSocket, and of the sound's."""
    port, sip = settings.asterisk.browsers.port, settings.asterisk.sip
    where = f"Asterisk's WebSocket at {HOST}:{port}"
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            connect(f"ws://{HOST}:{port}/ws", subprotocols=[Subprotocol("sip")], proxy=None),
        ):
            findings = [ok(f"{where} takes the SIP of browsers")]
    except (OSError, TimeoutError, WebSocketException) as error:
        what = f"{where} does not take the SIP of browsers ({type(error).__name__}): agents cannot talk there"
        return [
            warning(what, "use asterisk/http.conf of this project and rendered.conf of `vocero init`, start it again")
        ]
    told = settings.asterisk.browsers
    if sip.public_address is not None and sip.address == "0.0.0.0" and told.inner_address is None and told.stun is None:
        findings.append(
            warning(
                "browsers outside are not told by which address they reach Asterisk",
                "set asterisk.browsers.inner_address to this machine's own address, then `vocero init` again",
            )
        )
    return findings
