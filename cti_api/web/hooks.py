"""Where providers report, on the public door: ``/hooks/whatsapp`` and ``/hooks/sms``.

Nobody is believed who does not prove to be the provider. What is understood is on the disk before the answer goes;
where it cannot be, the answer is an error and the provider tells it again.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from cti_api.message_settings import MessageSettings, SmsSettings, WhatsAppSettings
from cti_api.messages.hooks import STATUSES, Report, SmsNames, Written, document, is_signed, of_sms, of_whatsapp
from cti_api.messages.machine import Step
from cti_api.messages.no_words import says_no
from cti_api.model.follow_ups import Via
from cti_api.model.messages import Reply
from cti_api.web.handed import Everything, Handed

LONGEST_CHALLENGE = 200

log = logging.getLogger(__name__)


def hooks(settings: MessageSettings) -> APIRouter:
    """The routes of the providers that are set up."""
    router = APIRouter(prefix="/hooks")
    if settings.whatsapp is not None:
        _whatsapp(router, settings.whatsapp)
    if settings.sms is not None and settings.sms.report_token is not None:
        _sms(router, settings.sms, settings.sms.report_token.get_secret_value())
    return router


def _whatsapp(router: APIRouter, settings: WhatsAppSettings) -> None:
    @router.get("/whatsapp")
    async def verify(
        mode: Annotated[str, Query(alias="hub.mode")] = "",
        token: Annotated[str, Query(alias="hub.verify_token", max_length=1000)] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=LONGEST_CHALLENGE)] = "",
    ) -> Response:
        """Meta asks once, when the webhook is set up, whether it is ours."""
        if mode != "subscribe" or not _same(token, settings.verify_token.get_secret_value()):
            raise HTTPException(HTTPStatus.FORBIDDEN, "The token is another one.")
        return PlainTextResponse(challenge)

    @router.post("/whatsapp")
    async def told(request: Request, handed: Everything) -> dict[str, int]:
        body = await request.body()
        header = request.headers.get("X-Hub-Signature-256", "")
        if not is_signed(body, header, settings.app_secret.get_secret_value()):
            raise HTTPException(HTTPStatus.FORBIDDEN, "The signature is not that of these bytes.")
        found = document(body)
        if found is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "This is no JSON object.")
        return {"taken": await _take(handed, Via.WHATSAPP, of_whatsapp(found, settings.phone_number_id))}


def _sms(router: APIRouter, settings: SmsSettings, token: str) -> None:
    fields = settings.fields
    words = {word.lower(): STATUSES["sent"] for word in settings.sent}
    words |= {word.lower(): Step.DELIVERED for word in settings.delivered}
    words |= {word.lower(): Step.UNDELIVERED for word in settings.failed}
    names = SmsNames(
        reference=fields.reference,
        id=fields.id,
        status=fields.status,
        sender=fields.sender,
        text=fields.text,
        words=words,
    )

    @router.post("/sms")
    async def told(request: Request, handed: Everything) -> dict[str, int]:
        if not _same(request.headers.get("Authorization", ""), f"Bearer {token}"):
            raise HTTPException(HTTPStatus.FORBIDDEN, "The token is another one.")
        found = document(await request.body())
        if found is None:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "This is no JSON object.")
        return {"taken": await _take(handed, Via.SMS, of_sms(found, names))}


async def _take(handed: Handed, via: Via, told: Iterable[Report | Written]) -> int:
    """Write it all down; returns how much of it was new."""
    new = 0
    for each in told:
        now = handed.clock.now()
        if isinstance(each, Report):
            state = await handed.store.messages.report(each.ours, each.theirs, each.step, now, each.words)
            new += state is not None
            continue
        reply = Reply(
            via=via,
            provider_id=each.provider_id,
            sender=each.sender,
            text=each.text,
            at=now,
            says_no=says_no(each.text),
        )
        kept = await handed.store.replies.take(reply, each.answers)
        if kept is not None:
            new += 1
            log.info("a person answered", extra={"channel": via.value, "lead": kept.lead_id, "no": kept.says_no})
    return new


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
