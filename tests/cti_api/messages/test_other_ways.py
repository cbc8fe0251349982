"""SMS, e-mail and webhooks over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from cti_api.clock import SystemClock
from cti_api.errors import Unreachable
from cti_api.message_settings import SmsFields, SmsSettings, WebhookSettings
from cti_api.messages.answer import Answer
from cti_api.messages.machine import Step
from cti_api.messages.mail import Mail
from cti_api.messages.sms import SmsGateway
from cti_api.messages.webhook import KEY, SIGNATURE, Webhook, signature
from cti_api.model.follow_ups import Via
from cti_api.model.messages import Message
from tests.support.messages import message_for
from tests.support.thoughts import lead
from tests.support.wire_http import CUT, Heard, Say, wire_http
from tests.support.wire_smtp import smtp_settings, wire_smtp

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def message(via: Via, recipient: str = "", **content: Any) -> Message:
    found = message_for(lead(), via=via)
    return replace(found, recipient=recipient or found.recipient, content=content)


# ------------------------------------------------------------------ SMS


async def test_a_text_goes_out_as_the_gateway_spells_it() -> None:
    heard: list[Heard] = []

    async def answering(each: Heard) -> Say:
        heard.append(each)
        return Say(202, {"messageId": 77})

    wanted = message(Via.SMS, text="Hola Ana")
    async with wire_http(answering) as port:
        settings = SmsSettings(
            url=f"http://127.0.0.1:{port}/send",
            token="secreto",
            header="X-Api-Key",
            scheme="",
            fields=SmsFields(to="msisdn", text="body", reference="clientRef", id="messageId"),
            extra={"from": "85000"},
        )
        async with SmsGateway(settings) as gateway:
            answer = await gateway.send(wanted)
    assert (answer.step, answer.provider_id) == (Step.TAKEN, "77")
    [each] = heard
    assert each.headers["x-api-key"] == "secreto"
    assert each.json == {
        "from": "85000", "msisdn": wanted.recipient, "body": "Hola Ana", "clientRef": wanted.id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("says", "step"),
    [
        (Say(429, None), Step.NOT_TAKEN),
        (Say(400, {"error": "no such number"}), Step.REFUSED),
        (Say(500, None), Step.NO_ANSWER),
        (Say(CUT), Step.NO_ANSWER),
        (Say(204, None), Step.TAKEN),
        (Say(200, {"id": "77", "status": "queued"}), Step.TAKEN),
        (Say(200, {"status": "REJECTED", "detail": "no credit"}), Step.REFUSED),
    ],
)
async def test_a_gateways_answer_is_understood_by_its_status(says: Say, step: Step) -> None:
    async def answering(_each: Heard) -> Say:
        return says

    async with wire_http(answering) as port, SmsGateway(SmsSettings(url=f"http://127.0.0.1:{port}")) as gateway:
        assert (await gateway.send(message(Via.SMS, text="Hola"))).step is step


# ------------------------------------------------------------------ webhooks


async def test_another_system_gets_signed_json_and_a_key() -> None:
    heard: list[Heard] = []

    async def answering(each: Heard) -> Say:
        heard.append(each)
        return Say(200)

    wanted = message(Via.WEBHOOK, "crm", on="exhausted", lead={"name": "Ana Díaz"})
    async with (
        wire_http(answering) as port,
        Webhook("crm", WebhookSettings(url=f"http://127.0.0.1:{port}/in", secret="clave")) as webhook,
    ):
        assert (await webhook.send(wanted)).step is Step.TAKEN
        assert await webhook.check() == "the webhook crm answers"
    each = heard[0]
    assert each.json == {"id": wanted.id, "on": "exhausted", "lead": {"name": "Ana Díaz"}}
    assert each.headers[KEY.lower()] == wanted.id
    assert each.headers[SIGNATURE.lower()] == signature(each.body, "clave")


async def test_a_webhook_without_an_answer_is_told_again_as_its_key_says_what_it_is() -> None:
    async def answering(_each: Heard) -> Say:
        return Say(CUT)

    async with (
        wire_http(answering) as port,
        Webhook("crm", WebhookSettings(url=f"http://127.0.0.1:{port}", secret="clave")) as webhook,
    ):
        assert (await webhook.send(message(Via.WEBHOOK, "crm"))).step is Step.NOT_TAKEN


# ------------------------------------------------------------------ e-mail


class Mailbox:
    """What a mail server does with letters, and those that it has."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.letters: list[Envelope] = []
        self.cut = False
        self.raw = b""
        """Written instead of an answer to the letter."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(envelope)
        if self.cut:
            assert server.transport is not None
            server.transport.abort()
        if self.raw:
            assert server.transport is not None
            server.transport.write(self.raw)
            await asyncio.Event().wait()  # until the other side hangs up
        return self.answers.get("data", "250 OK")


@asynccontextmanager
async def mail(box: Mailbox, pictures: Path | None = None) -> AsyncIterator[Mail]:
    async with wire_smtp(box) as port:
        yield Mail(smtp_settings(port), pictures, SystemClock())


LETTER: dict[str, Any] = {"subject": "Su mantenimiento", "text": "Hola Ana,\nlo esperamos <hoy>.", "pictures": []}


async def send(box: Mailbox, **content: Any) -> Answer:
    async with mail(box) as found:
        return await found.send(message(Via.EMAIL, "ana@example.com", **(LETTER | content)))


async def test_a_letter_has_its_pictures_in_it_and_an_id_that_we_know_it_by(tmp_path: Path) -> None:
    (tmp_path / "taller.png").write_bytes(PNG)
    box, wanted = Mailbox(), message(Via.EMAIL, "ana@example.com", **(LETTER | {"pictures": ["taller.png"]}))
    async with mail(box, tmp_path) as found:
        assert (await found.send(wanted)).step is Step.TAKEN
        assert "lets us in" in await found.check()
    [envelope] = box.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("citas@example.com", ["ana@example.com"])
    assert isinstance(envelope.content, bytes)
    letter = message_from_bytes(envelope.content, policy=policy.default)
    assert letter["Message-ID"] == f"<{wanted.id}@example.com>"
    assert letter["From"] == "Citas Motor <citas@example.com>"
    assert letter["Subject"] == "Su mantenimiento"
    parts = {part.get_content_type(): part for part in letter.walk()}
    assert parts["text/plain"].get_content().replace("\r\n", "\n") == "Hola Ana,\nlo esperamos <hoy>.\n"
    page = parts["text/html"].get_content()
    assert "&lt;hoy&gt;" in page
    assert f'src="cid:{parts["image/png"]["Content-ID"].strip("<>")}"' in page
    assert parts["image/png"].get_content() == PNG


@pytest.mark.parametrize(
    ("answers", "step"),
    [
        ({"rcpt": "550 No such user"}, Step.REFUSED),
        ({"rcpt": "450 Greylisted"}, Step.NOT_TAKEN),
        ({"data": "554 Spam"}, Step.REFUSED),
        ({"data": "451 Later"}, Step.NOT_TAKEN),
    ],
)
async def test_what_a_mail_server_says_is_believed(answers: dict[str, str], step: Step) -> None:
    answer = await send(Mailbox(**answers))
    assert answer.step is step
    assert answer.words == next(iter(answers.values()))


async def test_a_mail_server_that_hangs_up_once_it_has_the_letter_may_have_it() -> None:
    box = Mailbox()
    box.cut = True
    assert (await send(box)).step is Step.NO_ANSWER
    assert len(box.letters) == 1


@pytest.mark.parametrize("raw", [b"OK\r\n", b"250-OK\r\nqueued\r\n", b"200 OK\r\n", b"x" * 70_000 + b"\r\n"])
async def test_an_answer_to_the_letter_that_says_neither_yes_nor_no_may_be_a_yes(raw: bytes) -> None:
    box = Mailbox()
    box.raw = raw
    assert (await send(box)).step is Step.NO_ANSWER
    assert len(box.letters) == 1


async def test_the_words_of_a_mail_server_that_writes_latin_1_can_be_kept() -> None:
    box = Mailbox()
    box.raw = "550 No existe ese buzón\r\n".encode("latin-1")
    answer = await send(box)
    assert (answer.step, answer.words) == (Step.REFUSED, "550 No existe ese buz?n")


async def test_a_letter_is_made_of_seven_bits_whatever_it_says() -> None:
    box = Mailbox()
    assert (await send(box, subject="Revisión de mañana", text="¡Hola, señora Peña!")).step is Step.TAKEN
    content = box.letters[0].content
    assert isinstance(content, bytes)
    assert content.isascii()
    letter = message_from_bytes(content, policy=policy.default)
    assert (letter["Subject"], letter.get_content().strip()) == ("Revisión de mañana", "¡Hola, señora Peña!")


async def test_a_mail_server_that_is_away_has_nothing() -> None:
    async with mail(Mailbox()) as found:
        pass
    assert (await found.send(message(Via.EMAIL, "ana@example.com", **LETTER))).step is Step.NOT_TAKEN
    with pytest.raises(Unreachable):
        await found.check()
