"""A provider that speaks the WhatsApp Business Cloud API, and fails in every way a provider can.

It keeps its own count of what it took, whatever it answered: that is the count the tests believe.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx

from cti_api.message_settings import WhatsAppSettings
from tests.support.wire_http import CUT, HALF, SILENT, Heard, Say

NUMBER_ID = "106540352242922"
TOKEN, APP_SECRET, VERIFY = "EAAG-token", "app-secret", "verify-token"


class Does(StrEnum):
    """What becomes of one request for a message."""

    TAKES = "takes it and says so"
    TAKES_SILENTLY = "takes it and never answers"
    TAKES_AND_CUTS = "takes it and hangs up"
    TAKES_HALF = "takes it and answers half"
    TAKES_AND_FAILS = "takes it and answers with an error of the server"
    CUTS = "hangs up"
    SILENT = "never answers"
    BUSY = "says that it is too much now"
    AWAY = "says that it is away, and when to come again"
    REFUSES = "says no"


TAKING = frozenset({Does.TAKES, Does.TAKES_SILENTLY, Does.TAKES_AND_CUTS, Does.TAKES_HALF, Does.TAKES_AND_FAILS})


@dataclass(slots=True)
class Provider:
    does: Callable[[str, int], Does] = lambda _to, _time: Does.TAKES
    """By recipient, and how often it has been asked to send to them before."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By recipient: our id of each message that it took."""
    at: dict[str, datetime] = field(default_factory=dict)
    """When it took each, by our id."""
    sent_as: dict[str, str] = field(default_factory=dict)
    """Its own id of each, by ours."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    async def answer(self, heard: Heard) -> Say:
        self.heard.append(heard)
        if heard.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 190, "Error validating access token")
        if heard.method == "GET":
            return Say(200, {"display_phone_number": "+57 601 742 0000", "id": NUMBER_ID})
        if heard.target.endswith("/media"):
            self.uploads.append(heard.body)
            return Say(200, {"id": f"media-{len(self.uploads)}"})
        body = heard.json
        to, ours = body["to"], body["biz_opaque_callback_data"]
        does = self.hears(to, ours)
        if does in TAKING:
            self.bodies.append(body)
        match does:
            case Does.TAKES:
                said = [{"id": self.sent_as[ours], "message_status": "accepted"}]
                contacts = [{"input": to, "wa_id": to}]
                return Say(200, {"messaging_product": "whatsapp", "contacts": contacts, "messages": said})
            case Does.TAKES_SILENTLY | Does.SILENT:
                return Say(SILENT)
            case Does.TAKES_AND_CUTS | Does.CUTS:
                return Say(CUT)
            case Does.TAKES_HALF:
                return Say(HALF)
            case Does.TAKES_AND_FAILS:
                return Say(502)
            case Does.BUSY:
                return _error(400, 130429, "Rate limit hit")
            case Does.AWAY:
                return Say(503, None, {"Retry-After": "30"})
            case Does.REFUSES:
                return _error(400, 132001, "Template name does not exist in the translation")

    def hears(self, to: str, ours: str) -> Does:
        """It is asked to send this, and counts what it takes."""
        does = self.does(to, self.asked[to])
        self.asked[to] += 1
        if does in TAKING:
            self.taken[to].append(ours)
            self.sent_as[ours] = f"wamid.{ours}.{len(self.taken[to])}"
            self.at[ours] = self.now()
        return does

    @property
    def count(self) -> int:
        return sum(map(len, self.taken.values()))

    def settings(self, port: int, **otherwise: Any) -> WhatsAppSettings:
        return WhatsAppSettings(
            **{
                "phone_number_id": NUMBER_ID,
                "token": TOKEN,
                "app_secret": APP_SECRET,
                "verify_token": VERIFY,
                "api": f"http://127.0.0.1:{port}",
                "per_second": 500,
                **otherwise,
            }
        )


def _error(status: int, code: int, message: str) -> Say:
    return Say(status, {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}})


def webhook(*, statuses: list[dict[str, Any]] | None = None, messages: list[dict[str, Any]] | None = None) -> bytes:
    """A document as Meta sends it."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "576017420000", "phone_number_id": NUMBER_ID},
    }
    if statuses is not None:
        value["statuses"] = statuses
    if messages is not None:
        value["messages"] = messages
    changes = [{"value": value, "field": "messages"}]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()


def status(word: str, *, ours: str = "", theirs: str = "wamid.1", **more: Any) -> dict[str, Any]:
    found = {"id": theirs, "status": word, "timestamp": "1764100000", "recipient_id": "573001234567", **more}
    return found | ({"biz_opaque_callback_data": ours} if ours else {})


def reply(text: str, *, sender: str = "573001234567", key: str = "wamid.r1", answers: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": sender,
        "id": key,
        "timestamp": "1764100000",
        "type": "text",
        "text": {"body": text},
    }
    return found | ({"context": {"from": "576017420000", "id": answers}} if answers else {})


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


async def tell(url: str, body: bytes, *, times: int = 100, pause: float = 0.1) -> bool:
    """Tell a webhook until it says that it has it, as a provider does."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(times):
            try:
                if (await client.post(url, content=body, headers=signed(body), timeout=5)).status_code == 200:
                    return True
            except httpx.TransportError:
                pass
            await asyncio.sleep(pause)
    return False
