"""Follows the events by server-sent events, over HTTP alone:

    python examples/consumers/sse.py --socket /run/vocero/vocero.sock

Cut off, it comes back with the number it had last (Last-Event-ID), and misses nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import httpx
from in_order import Api, InOrder, show

AGAIN_SECONDS = 2.0


def follow(api: Api, events: InOrder) -> None:
    """Until interrupted."""
    while True:
        try:
            headers = {"Last-Event-ID": str(events.last)}
            with api.http.stream("GET", "/events/stream", headers=headers) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        events.heard(json.loads(line.removeprefix("data:")))
        except httpx.HTTPError:
            pass
        time.sleep(AGAIN_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", default="", help="of Vocero, on the same machine")
    parser.add_argument("--url", default="", help="… or its address")
    parser.add_argument("--key", default="", help="… and a key of it")
    parser.add_argument("--place", type=Path, default=Path("sse.place"), help="where the last number is kept")
    asked = parser.parse_args()
    api = Api(asked.socket, asked.url, asked.key)
    follow(api, InOrder(asked.place, api.since, show))


if __name__ == "__main__":
    main()
