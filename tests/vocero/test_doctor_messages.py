"""What the doctor says of what messages go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cti_api.clock import SystemClock
from cti_api.message_settings import MessageSettings, PublicSettings, SmsSettings, WebhookSettings
from cti_api.model.ids import CampaignId
from cti_api.settings import AmiSettings, AsteriskSettings, Settings, StoreSettings
from cti_api.store.store import Store
from tests.support.campaigns import CAMPAIGN_FILE
from tests.support.store import CAMPAIGN
from tests.support.whatsapp_provider import Provider
from tests.support.wire_http import wire_http
from vocero.doctor.findings import Finding, Verdict
from vocero.doctor.follow_ups import follow_ups
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


async def test_what_a_campaign_wants_sent_and_cannot_go_out_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    clock = SystemClock()
    file = CAMPAIGN_FILE + (
        "follow_ups:\n"
        "  - {name: uno, on: exhausted, message: {channel: sms, text: Hola}}\n"
        "  - {name: dos, on: exhausted, message: {channel: whatsapp, template: t, language: es, pictures: [no.jpg]}}\n"
        "  - {name: tres, on: exhausted, webhook: {name: crm}}\n"
        "  - {name: cuatro, on: exhausted, task: {text: Llamar}}\n"
    )
    async with Store.open(url, clock=clock, upgrade=True) as store:
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", file, clock.now())
    asterisk = AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef"))
    sms = SmsSettings(url="https://sms.example.com")
    bare = Settings(asterisk=asterisk, store=StoreSettings(url=url))
    found = [finding.what for finding in await follow_ups(bare, clock)]
    assert [what.split(": ", 1)[1] for what in found] == [
        "messages by sms are not set up",
        "messages by whatsapp are not set up",
        "the settings have no webhook crm",
    ]
    set_up = MessageSettings(sms=sms, whatsapp=Provider().settings(1), pictures=tmp_path)
    [missing] = [
        finding.what
        for finding in await follow_ups(bare.model_copy(update={"messages": set_up}), clock)
        if "picture" in finding.what
    ]
    assert str(tmp_path / "no.jpg") in missing


async def test_a_link_that_nobody_could_follow_is_told_also_beside_a_campaign_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/vocero.db"
    clock = SystemClock()
    file = CAMPAIGN_FILE + (
        'follow_ups:\n  - {name: uno, on: exhausted, message: {channel: sms, text: "Reserve: {booking_link}"}}\n'
    )
    async with Store.open(url, clock=clock, upgrade=True) as store:
        await store.campaigns.create(
            CampaignId("antigua"), "Antigua", "id: antigua\nwords: of an older version\n", clock.now()
        )
        await store.campaigns.create(CAMPAIGN, "Mantenimiento", file, clock.now())
    settings = Settings(
        asterisk=AsteriskSettings(ami=AmiSettings(secret="0123456789abcdef")),
        store=StoreSettings(url=url),
        messages=MessageSettings(sms=SmsSettings(url="https://sms.example.com")),
        public=PublicSettings(port=8080),
    )
    [found] = await follow_ups(settings, clock)
    assert "there is no {booking_link}" in found.what
    whole = PublicSettings(port=8080, base_url="https://citas.example.com")
    assert await follow_ups(settings.model_copy(update={"public": whole}), clock) == []
