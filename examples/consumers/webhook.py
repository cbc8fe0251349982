"""Receives events as webhooks, behind a proxy that ends TLS:

    python examples/consumers/webhook.py --secret-file hook.secret --port 8090

It takes what bears Vocero's signature, each event once (by its Idempotency-Key), and answers 204 only when it is dealt
with: what it does not answer comes again. With --since it asks the API at the start for what it missed.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from in_order import Api, Event, show

MOST_BYTES = 1024 * 1024


class Receiver(BaseHTTPRequestHandler):
    secret: bytes
    seen_file: Path
    seen: set[str]
    lock = Lock()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, MOST_BYTES))
        expected = "sha256=" + hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.headers.get("X-Vocero-Signature-256", "")):
            self._answer(401)
            return
        key = self.headers.get("Idempotency-Key", "")
        self.deal(key, json.loads(body))
        self._answer(204)

    @classmethod
    def deal(cls, key: str, event: Event) -> None:
        """Once for each key."""
        with cls.lock:  # events about several leads come at the same time
            if key not in cls.seen:
                show(event)
                cls.seen.add(key)
                with cls.seen_file.open("a") as kept:
                    kept.write(f"{key}\n")

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the events are shown."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--secret-file", type=Path, required=True, help="the webhook's secret in Vocero's settings")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--seen", type=Path, default=Path("webhook.seen"), help="where the keys are kept")
    parser.add_argument("--since", type=int, help="ask Vocero first for the events after this number")
    parser.add_argument("--socket", default="", help="of Vocero, on the same machine")
    parser.add_argument("--url", default="", help="… or its address")
    parser.add_argument("--key", default="", help="… and a key of it")
    asked = parser.parse_args()
    Receiver.secret = asked.secret_file.read_text().strip().encode()
    Receiver.seen_file = asked.seen
    Receiver.seen = set(asked.seen.read_text().split()) if asked.seen.exists() else set()
    server = ThreadingHTTPServer(("127.0.0.1", asked.port), Receiver)  # what comes from here on waits in its queue
    if asked.since is not None:
        for event in Api(asked.socket, asked.url, asked.key).since(asked.since):
            Receiver.deal(event["event_id"], event)
    server.serve_forever()


if __name__ == "__main__":
    main()
