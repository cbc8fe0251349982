"""The AsyncAPI file tells of every kind of event, in the topics in which it is really published."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cti_api.model.events import EventKind
from cti_api.streams.asyncapi import asyncapi
from cti_api.streams.schema import event_schema
from cti_api.streams.topics import Topics
from tests.support.store import event


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi()


def pattern(address: str) -> re.Pattern[str]:
    """What a topic of this channel looks like, for the site bogota."""
    there = re.escape(address).replace(r"\{prefix\}", "vocero").replace(r"\{site\}", "bogota")
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", there))


@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_is_told_where_it_is_published(document: dict[str, Any], kind: EventKind) -> None:
    topics = Topics("vocero", "bogota")
    happened = event(kind, agent_id="ana", campaign_id="marzo")
    for channel, topic in (("events", topics.of(happened)), ("states", topics.state_of(happened))):
        told = document["channels"][channel]
        assert (kind.value in told["messages"]) is (topic is not None)
        if topic is not None:
            assert pattern(told["address"]).fullmatch(topic), topic
    message = document["components"]["messages"][kind.value]
    assert message["payload"] == event_schema()["$defs"][kind.value]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    topics = Topics("vocero", "bogota")
    assert pattern(document["channels"]["head"]["address"]).fullmatch(topics.head)
    assert pattern(document["channels"]["status"]["address"]).fullmatch(topics.status)
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].removeprefix("#/components/messages/") in document["components"]["messages"]
        assert set(channel["parameters"]) == set(re.findall(r"{(\w+)}", channel["address"]))
