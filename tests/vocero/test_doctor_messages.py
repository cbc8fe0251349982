"""What the doctor says of what messages go by."""

from __future__ import annotations

from typing import Any

from cti_api.clock import SystemClock
from cti_api.message_settings import MessageSettings, PublicSettings, WebhookSettings
from cti_api.settings import AmiSettings, AsteriskSettings, Settings
from tests.support.whatsapp_provider import Provider
from tests.support.wire_http import wire_http
from vocero.doctor.findings import Finding, Verdict
from vocero.doctor.providers import messages


async def told(found: MessageSettings, **otherwise: Any) -> list[Finding]:
    asterisk = AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef"))
    settings = Settings(asterisk=asterisk, messages=found, **otherwise)
    return [finding async for finding in messages(settings, SystemClock())]


async def test_a_provider_that_takes_our_token_is_well() -> None:
    provider = Provider()
    async with wire_http(provider.answer) as port:
        settings = MessageSettings(whatsapp=provider.settings(port))
        [found] = await told(settings, public=PublicSettings(port=8080))
    assert (found.verdict, "+57 601 742 0000" in found.what) == (Verdict.OK, True)
    assert provider.count == 0


async def test_a_token_that_is_not_taken_and_a_system_that_is_away_are_faults_and_no_secret_is_told() -> None:
    provider = Provider()
    async with wire_http(provider.answer) as port:
        whatsapp = provider.settings(port, token="wrong-token")
        webhooks = {"crm": WebhookSettings(url="http://127.0.0.1:1", secret="clave")}
        found = await told(MessageSettings(whatsapp=whatsapp, webhooks=webhooks))
    assert [each.verdict for each in found] == [Verdict.FAULT, Verdict.FAULT, Verdict.WARNING]
    assert "401" in found[0].what
    assert "webhook crm" in found[1].what
    assert "public.port is not set" in found[2].what
    assert "wrong-token" not in str(found)


async def test_who_sets_nothing_up_is_told_nothing() -> None:
    assert await told(MessageSettings()) == []
