"""The lab's provider of WhatsApp takes what our sender sends, and counts it."""

from __future__ import annotations

import httpx

from cti_api.clock import SystemClock
from cti_api.message_settings import MessageSettings
from cti_api.messages.machine import Step
from cti_api.messages.whatsapp import WhatsApp
from tests.support.messages import message_for
from tests.support.thoughts import lead
from vocero.lab.provider import WhatsAppProvider


async def test_a_message_is_taken_and_counted_for_whom_it_is() -> None:
    message = message_for(lead())
    with WhatsAppProvider() as provider:
        settings = MessageSettings(**provider.settings).whatsapp
        assert settings is not None
        async with WhatsApp(settings, None, SystemClock()) as sender:
            answer = await sender.send(message)
        assert (answer.step, answer.provider_id) == (Step.TAKEN, f"wamid.{message.id}")
        assert provider.taken == {message.recipient.removeprefix("+"): 1}


async def test_what_is_no_message_is_refused_and_counted_for_nobody() -> None:
    with WhatsAppProvider() as provider:
        async with httpx.AsyncClient(trust_env=False) as client:
            for body in (b"", b"[]", b"{}", b'{"to": "573001234567"}', b"\xff"):
                answer = await client.post(f"{provider.settings['whatsapp']['api']}/v23.0/1/messages", content=body)
                assert answer.status_code == 400
        assert provider.taken == {}
