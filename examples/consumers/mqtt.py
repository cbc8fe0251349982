"""Follows the events by MQTT:

    python examples/consumers/mqtt.py --socket /run/vocero/vocero.sock --user crm --password-file crm.secret

It has everything, in order, though broker, Vocero or itself were away: what is missing it asks the API for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import aiomqtt
from in_order import Api, InOrder, show

AGAIN_SECONDS = 1.0


async def follow(asked: argparse.Namespace, events: InOrder) -> None:
    """Until interrupted. The session outlives the connection: the broker keeps what comes meanwhile, within limits."""
    root = f"{asked.prefix}/{asked.site}"
    client = aiomqtt.Client(
        asked.host, asked.port, username=asked.user, password=asked.password_file.read_text().strip(),
        identifier=f"{asked.user}-events", clean_session=False,
    )  # fmt: skip
    while True:
        try:
            async with client:
                await client.subscribe([(f"{root}/events/#", 1), (f"{root}/head", 1)])
                async for message in client.messages:
                    told = json.loads(bytes(message.payload))
                    if message.topic.value.endswith("/head"):
                        events.catch_up(told["seq"])  # by which the loss of the very newest is seen, too
                    else:
                        events.heard(told)
        except aiomqtt.MqttError:
            await asyncio.sleep(AGAIN_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", default="", help="of Vocero, on the same machine")
    parser.add_argument("--url", default="", help="… or its address")
    parser.add_argument("--key", default="", help="… and a key of it")
    parser.add_argument("--host", default="127.0.0.1", help="of the broker")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--prefix", default="vocero")
    parser.add_argument("--site", default="principal")
    parser.add_argument("--place", type=Path, default=Path("mqtt.place"), help="where the last number is kept")
    asked = parser.parse_args()
    api = Api(asked.socket, asked.url, asked.key)
    asyncio.run(follow(asked, InOrder(asked.place, api.since, show)))


if __name__ == "__main__":
    main()
