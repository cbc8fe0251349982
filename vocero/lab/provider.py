"""A provider of WhatsApp on this machine, as far as a campaign of the lab needs one: it takes each message, and counts.

It speaks ``POST /{version}/{phone-number-id}/messages`` of the WhatsApp Business Cloud API, and sends nothing on.
"""

from __future__ import annotations

import json
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from vocero.lab.ports import LOOPBACK

TOKEN = "lab"  # noqa: S105 - it opens nothing


class WhatsAppProvider:
    """``with`` serves it on a free port, in a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[str] = Counter()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, name="whatsapp-provider", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, Any]:
        """The section ``messages:`` of whoever sends by it."""
        address = f"http://{LOOPBACK}:{self._server.server_port}"
        ours = {"phone_number_id": "1", "token": TOKEN, "app_secret": TOKEN, "verify_token": TOKEN, "api": address}
        return {"whatsapp": ours}

    @property
    def taken(self) -> Counter[str]:
        """How many messages it took for each recipient (digits)."""
        with self._lock:
            return self._taken.copy()

    def take(self, body: bytes) -> dict[str, Any]:
        """Count a message; the answer to it. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
        message = json.loads(body)
        to, ours = str(message["to"]), str(message["biz_opaque_callback_data"])
        with self._lock:
            self._taken[to] += 1
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": f"wamid.{ours}", "message_status": "accepted"}],
        }


def _handler(provider: WhatsAppProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            try:
                status, answer = HTTPStatus.OK, provider.take(body)
            except (ValueError, KeyError, TypeError):
                status, answer = HTTPStatus.BAD_REQUEST, {"error": {"code": 100, "message": "Invalid parameter"}}
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """It counts, it tells nothing."""

    return Handler
