"""The public door: what providers report and people answer, and nothing for anybody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cti_api.message_settings import MessageSettings, SmsSettings
from cti_api.messages.hooks import SmsNames, of_sms, of_whatsapp
from cti_api.messages.machine import Step
from cti_api.model.follow_ups import Via
from cti_api.model.messages import Message, MessageState
from cti_api.store.store import Store
from cti_api.web.app import create_public_app
from cti_api.web.handed import Handed
from cti_api.web.hooks import hooks
from tests.support.messages import allowed, one_message
from tests.support.store import CAMPAIGN, T0, at
from tests.support.whatsapp_provider import NUMBER_ID, VERIFY, Provider, reply, signed, status, webhook

S = MessageState
SMS = SmsSettings(url="https://sms.example.com", report_token="fichero")


@pytest.fixture
async def door(handed: Handed) -> AsyncIterator[httpx.AsyncClient]:
    settings = MessageSettings(whatsapp=Provider().settings(1), sms=SMS)
    app = create_public_app(handed, hooks(settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://public") as client:
        yield client


@pytest.fixture
async def store(handed: Handed) -> Store:
    await handed.store.campaigns.create(CAMPAIGN, "Mantenimiento", "id: mantenimiento\n", T0)
    return handed.store


@pytest.fixture
async def sent(store: Store) -> Message:
    """A message of which nobody knows yet."""
    message = await one_message(store)
    await store.messages.begin(message.id, at(1), allowed)
    await store.messages.step(message.id, Step.NO_ANSWER, at(2), "no answer")
    return message


async def told(door: httpx.AsyncClient, **what: Any) -> httpx.Response:
    body = webhook(**what)
    return await door.post("/hooks/whatsapp", content=body, headers=signed(body))


async def test_meta_is_shown_its_challenge_and_nobody_else_anything(door: httpx.AsyncClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "<b>1158201444</b>"}
    found = await door.get("/hooks/whatsapp", params=asked)
    assert (found.status_code, found.text) == (200, "<b>1158201444</b>")
    assert found.headers["Content-Type"].startswith("text/plain")
    assert (await door.get("/hooks/whatsapp", params=asked | {"hub.verify_token": "x"})).status_code == 403
    assert (await door.get("/hooks/whatsapp")).status_code == 403


async def test_a_report_that_is_signed_decides_about_the_message_it_names(
    door: httpx.AsyncClient, store: Store, sent: Message
) -> None:
    assert (await told(door, statuses=[status("sent", ours=sent.id)])).json() == {"taken": 1}
    assert (await told(door, statuses=[status("read"), status("delivered")])).json() == {"taken": 1}
    found = await store.messages.get(sent.id)
    assert (found.state, found.provider_id) == (S.READ, "wamid.1")


async def test_a_report_of_failure_has_the_providers_words(
    door: httpx.AsyncClient, store: Store, sent: Message
) -> None:
    errors = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}]
    await told(door, statuses=[status("failed", ours=sent.id, errors=errors)])
    found = await store.messages.get(sent.id)
    assert (found.state, found.reason) == (S.DEAD, "131026 Message undeliverable Not on WhatsApp")


@pytest.mark.parametrize("header", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=ñ"])
async def test_what_is_not_signed_changes_nothing(
    door: httpx.AsyncClient, store: Store, sent: Message, header: str
) -> None:
    body = webhook(statuses=[status("delivered", ours=sent.id)])
    headers = {"X-Hub-Signature-256": header.encode("latin-1")}
    assert (await door.post("/hooks/whatsapp", content=body, headers=headers)).status_code == 403
    stolen = signed(webhook(statuses=[status("delivered")]))
    assert (await door.post("/hooks/whatsapp", content=body, headers=stolen)).status_code == 403
    assert (await store.messages.get(sent.id)).state is S.UNKNOWN


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b"{}", 200),
        (b'{"entry": {"changes": 1}}', 200),
        (b'{"entry": [1, {"changes": ["x", {"value": 7}]}]}', 200),
        (b'{"x": "' + b"y" * (3 * 1024 * 1024) + b'"}', 413),
    ],
)
async def test_nonsense_is_answered_and_does_no_harm(door: httpx.AsyncClient, body: bytes, code: int) -> None:
    assert (await door.post("/hooks/whatsapp", content=body, headers=signed(body))).status_code == code


async def test_an_answer_is_kept_and_a_no_holds_everywhere_at_once(
    door: httpx.AsyncClient, store: Store, sent: Message
) -> None:
    sender = sent.recipient[1:]
    assert (await told(door, messages=[reply("¿Cuánto cuesta?", sender=sender)])).json() == {"taken": 1}
    assert not await store.suppression.contains(sent.number)
    for _ in range(2):
        await told(door, messages=[reply("No me llamen más", sender=sender, key="wamid.r2")])
    assert await store.suppression.contains(sent.number)
    kept = await store.replies.of_lead(sent.lead_id)
    assert [(each.text, each.says_no) for each in kept] == [("¿Cuánto cuesta?", False), ("No me llamen más", True)]


async def test_what_is_about_another_of_our_numbers_is_passed_over(
    door: httpx.AsyncClient, store: Store, sent: Message
) -> None:
    body = webhook(statuses=[status("read", ours=sent.id)]).replace(NUMBER_ID.encode(), b"999")
    assert (await door.post("/hooks/whatsapp", content=body, headers=signed(body))).json() == {"taken": 0}


def test_buttons_and_pictures_are_understood_as_what_the_person_did() -> None:
    button = {"from": "573001234567", "id": "1", "type": "button", "button": {"text": "Baja", "payload": "x"}}
    chosen = {"type": "interactive", "button": None, "interactive": {"button_reply": {"id": "a", "title": "Sí"}}}
    messages = [button, button | {"id": "2", **chosen}, button | {"id": "3", "type": "image", "button": None}]
    found = json.loads(webhook(messages=[*messages, {"from": "x", "id": "4"}, {"from": "573001234567"}]))
    assert [each.text for each in of_whatsapp(found, NUMBER_ID)] == ["Baja", "Sí", "[image]"]


async def test_a_gateway_reports_by_its_token_and_its_own_words(door: httpx.AsyncClient, store: Store) -> None:
    message = await one_message(store, via=Via.SMS)
    await store.messages.begin(message.id, at(1), allowed)
    report = {"reference": message.id, "id": 77, "status": "DELIVERED"}
    assert (await door.post("/hooks/sms", json=report)).status_code == 403
    rights = {"Authorization": "Bearer fichero"}
    assert (await door.post("/hooks/sms", json=report, headers=rights)).json() == {"taken": 1}
    assert (await store.messages.get(message.id)).state is S.DELIVERED
    answer = {"id": "mo1", "from": message.recipient, "text": "BAJA"}
    assert (await door.post("/hooks/sms", json=answer, headers=rights)).json() == {"taken": 1}
    assert await store.suppression.contains(message.number)


def test_what_a_gateway_sends_that_is_neither_report_nor_answer_is_passed_over() -> None:
    names = SmsNames(reference="reference", id="id", status="status", sender="from", text="text", words={})
    for found in ({}, {"status": "sent"}, {"from": "abc", "id": "1"}, {"from": "573001234567"}, {"id": True}):
        assert list(of_sms(found, names)) == []


async def test_the_public_door_has_nothing_else(door: httpx.AsyncClient) -> None:
    for path in ("/", "/metrics", "/healthz", "/api/v1/leads", "/api/v1/messages", "/docs", "/openapi.json"):
        assert (await door.get(path)).status_code == 404


async def test_a_provider_that_is_not_set_up_has_no_hook(handed: Handed) -> None:
    app = create_public_app(handed, hooks(MessageSettings(sms=SmsSettings(url="https://sms.example.com"))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://public") as client:
        assert (await client.post("/hooks/whatsapp")).status_code == 404
        assert (await client.post("/hooks/sms")).status_code == 404
