"""WhatsApp over a real connection: what is sent, and what each answer is understood as."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import ActionRefused, Unreachable
from cti_api.messages.answer import Answer
from cti_api.messages.machine import Step
from cti_api.messages.whatsapp import WhatsApp
from cti_api.model.messages import Message
from tests.support.messages import message_for
from tests.support.thoughts import lead
from tests.support.whatsapp_provider import NUMBER_ID, Does, Provider
from tests.support.wire_http import Heard, Say, wire_http

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def message(**content: Any) -> Message:
    found = message_for(lead())
    return replace(found, content=found.content | content)


@asynccontextmanager
async def whatsapp(provider: Provider, pictures: Path | None = None, **settings: Any) -> AsyncIterator[WhatsApp]:
    async with (
        wire_http(provider.answer) as port,
        WhatsApp(provider.settings(port, **settings), pictures, SystemClock()) as found,
    ):
        yield found


async def answer_to(says: Say) -> Answer:
    async def answering(_heard: Heard) -> Say:
        return says

    async with wire_http(answering) as port, WhatsApp(Provider().settings(port), None, SystemClock()) as found:
        return await found.send(message())


async def test_a_template_goes_out_with_our_id_and_is_taken() -> None:
    provider, wanted = Provider(), message(parameters=["Ana", "ABC123"])
    async with whatsapp(provider) as found:
        answer = await found.send(wanted)
    assert (answer.step, answer.provider_id) == (Step.TAKEN, provider.sent_as[wanted.id])
    [heard] = provider.heard
    assert heard.target == f"/v23.0/{NUMBER_ID}/messages"
    assert heard.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": wanted.recipient[1:],
        "type": "template",
        "template": {
            "name": "hola",
            "language": {"code": "es"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "ABC123"}]}
            ],
        },
        "biz_opaque_callback_data": wanted.id,
    }


async def test_a_picture_of_ours_is_handed_over_once_and_then_named(tmp_path: Path) -> None:
    (tmp_path / "taller.png").write_bytes(PNG)
    provider = Provider()
    async with whatsapp(provider, tmp_path) as found:
        for _ in range(2):
            await found.send(message(pictures=["taller.png"]))
    assert len(provider.uploads) == 1
    assert PNG in provider.uploads[0]
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in provider.uploads[0]
    header = {"type": "header", "parameters": [{"type": "image", "image": {"id": "media-1"}}]}
    assert [body["template"]["components"][0] for body in provider.bodies] == [header, header]


async def test_a_picture_that_was_replaced_is_handed_over_anew(tmp_path: Path) -> None:
    picture = tmp_path / "taller.png"
    provider = Provider()
    async with whatsapp(provider, tmp_path) as found:
        for hour, content in enumerate((PNG, PNG + b"new prices")):
            picture.write_bytes(content)
            os.utime(picture, (3600 * hour, 3600 * hour))
            await found.send(message(pictures=["taller.png"]))
    assert len(provider.uploads) == 2
    assert b"new prices" in provider.uploads[1]


async def test_several_pictures_are_the_cards_of_a_carousel() -> None:
    provider = Provider()
    async with whatsapp(provider) as found:
        await found.send(message(pictures=["https://x.co/1.jpg", "https://x.co/2.jpg"]))
    [body] = provider.bodies
    carousel = body["template"]["components"][-1]
    assert carousel["type"] == "carousel"
    links = [card["components"][0]["parameters"][0]["image"]["link"] for card in carousel["cards"]]
    assert links == ["https://x.co/1.jpg", "https://x.co/2.jpg"]
    assert [card["card_index"] for card in carousel["cards"]] == [0, 1]


@pytest.mark.parametrize("name", ["missing.png", "text.png", "../secret.png"])
async def test_a_picture_that_is_none_makes_a_dead_letter_and_nothing_goes(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "text.png").write_text("no picture")
    (tmp_path / "secret.png").write_bytes(PNG)
    provider = Provider()
    async with whatsapp(provider, folder) as found:
        answer = await found.send(message(pictures=[name]))
    assert answer.step is Step.REFUSED
    assert provider.heard == []


@pytest.mark.parametrize(
    ("does", "step"),
    [
        (Does.BUSY, Step.NOT_TAKEN),
        (Does.AWAY, Step.NOT_TAKEN),
        (Does.REFUSES, Step.REFUSED),
        (Does.CUTS, Step.NO_ANSWER),
        (Does.TAKES_AND_CUTS, Step.NO_ANSWER),
        (Does.TAKES_HALF, Step.NO_ANSWER),
        (Does.TAKES_AND_FAILS, Step.NO_ANSWER),
    ],
)
async def test_what_a_failing_provider_does_is_understood_by_whether_it_may_have_the_message(
    does: Does, step: Step
) -> None:
    async with whatsapp(Provider(does=lambda _to, _time: does)) as found:
        answer = await found.send(message())
    assert answer.step is step, answer
    assert answer.words


@pytest.mark.parametrize(
    ("says", "step"),
    [
        (Say(200, {"messages": []}), Step.NO_ANSWER),
        (Say(200, ["nonsense"]), Step.NO_ANSWER),
        (Say(429, None), Step.NOT_TAKEN),
        (Say(503, None), Step.NO_ANSWER),
        (Say(302, None, {"Location": "https://elsewhere"}), Step.REFUSED),
        (Say(500, {"error": {"code": 131000, "message": "Something went wrong"}}), Step.NO_ANSWER),
        (Say(500, {"error": {"code": 135000, "message": "Generic user error"}}), Step.NO_ANSWER),
        (Say(500, {"error": {"code": 131016, "message": "Service unavailable"}}), Step.NOT_TAKEN),
        (Say(401, {"error": {"code": 190, "message": "Token expired"}}), Step.NOT_TAKEN),
        (Say(400, {"error": {"code": 131026, "message": "Message undeliverable"}}), Step.REFUSED),
        (Say(400, {"error": "text"}), Step.REFUSED),
    ],
)
async def test_each_answer_is_understood_in_doubt_as_taken_perhaps(says: Say, step: Step) -> None:
    assert (await answer_to(says)).step is step


async def test_the_providers_own_words_and_its_wish_to_wait_are_kept() -> None:
    error = {"code": 130429, "message": "Rate limit hit", "error_data": {"details": "Too many messages"}}
    answer = await answer_to(Say(429, {"error": error}, {"Retry-After": "90"}))
    assert answer.words == "130429 Rate limit hit Too many messages"
    assert answer.wait is not None
    assert answer.wait.total_seconds() == 90


async def test_where_nobody_listens_nothing_was_taken() -> None:
    async with wire_http(Provider().answer) as port:
        pass
    async with WhatsApp(Provider().settings(port), None, SystemClock()) as found:
        assert (await found.send(message())).step is Step.NOT_TAKEN
        with pytest.raises(Unreachable):
            await found.check()


async def test_the_doctors_question_sends_nothing_and_tells_whether_the_token_is_taken() -> None:
    provider = Provider()
    async with whatsapp(provider) as found:
        assert "+57 601 742 0000" in await found.check()
    async with whatsapp(provider, token="another") as found:
        with pytest.raises(ActionRefused, match="401"):
            await found.check()
    assert provider.count == 0


async def test_what_is_prepared_comes_before_the_message_is_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "taller.png").write_bytes(PNG)
    provider, heard_before = Provider(), []
    async with whatsapp(provider, tmp_path) as found:
        await found.send(message(pictures=["taller.png"]), lambda: heard_before.append(len(provider.heard)))
    assert heard_before == [1], "the picture was handed over, and the message was not yet"
