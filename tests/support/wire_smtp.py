"""A mail server on loopback, and one that is the door of a provider: what that does with messages it does with letters.

It may do what no server should: hang up once it has the letter, answer nothing, or something that is no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from cti_api.message_settings import EmailSettings
from tests.support.whatsapp_provider import Does, Provider


@asynccontextmanager
async def wire_smtp(handler: Any) -> AsyncIterator[int]:
    """Serve until the block ends; gives the port. `handler` is one of aiosmtpd's."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, hostname="localhost"), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def smtp_settings(port: int, **otherwise: Any) -> EmailSettings:
    return EmailSettings(
        host="127.0.0.1", port=port, security="none", sender="citas@example.com", sender_name="Citas Motor", **otherwise
    )


class MailDoor:
    """Letters to ``573001234567@example.com`` are counted with the messages to that number."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        ours = message_from_bytes(envelope.content)["Message-ID"].strip("<>").partition("@")[0]
        does = self._provider.hears(envelope.rcpt_tos[0].partition("@")[0], ours)
        assert server.transport is not None
        match does:
            case Does.TAKES:
                return "250 OK"
            case Does.TAKES_SILENTLY | Does.SILENT:
                await asyncio.Event().wait()  # until the other side hangs up
            case Does.TAKES_AND_CUTS | Does.CUTS:
                server.transport.abort()
            case Does.TAKES_HALF:
                server.transport.write(b"250-OK\r\n")
                server.transport.close()
            case Does.TAKES_AND_FAILS:
                return "OK, but this is no answer"
            case Does.REFUSES:
                return "554 No"
            case Does.BUSY | Does.AWAY:
                pass
        return "451 Later"
