"""Settings of where events go: a broker, and systems that are called. docs/events.md says how they are used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from cti_api.border import Slug
from cti_api.model.events import EventKind
from cti_api.setting_values import LOOPBACK, Host, Port, Secret, Section, Url, none_when_empty

_TOPIC: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}(/[A-Za-z0-9_.-]{1,40}){0,4}\Z")


def _a_topic(written: str) -> str:
    if not _TOPIC.match(written):
        raise ValueError("write a topic such as vocero or empresa/vocero: letters, digits, - _ . and single slashes")
    return written


Topic = Annotated[str, AfterValidator(_a_topic)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class MqttSettings(Section):
    """The broker that every event is published to; without a `host` none is."""

    host: Annotated[Host | None, BeforeValidator(none_when_empty)] = None
    port: Port = 1883
    user: Annotated[str, StringConstraints(max_length=100)] = ""
    password: Annotated[Secret | None, BeforeValidator(none_when_empty)] = None
    tls: bool = False
    """Encrypted, and the broker's certificate checked; the port is 8883 as a rule."""
    ca_file: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Certificate of the authority that signed the broker's; empty: those that this machine trusts."""
    client_id: ClientId = "vocero"
    """One broker has one client of a name: a second one takes its place."""
    prefix: Topic = "vocero"
    """What every topic begins with."""
    site: Slug = "principal"
    """The second part of every topic: which of several systems this one is."""

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.host is not None and not self.tls and self.host not in LOOPBACK:
            raise ValueError("needs tls: true where the broker is on another machine: what goes there is personal")
        if self.user and self.password is None:
            raise ValueError("has a user and no password")
        return self


class HookSettings(Section):
    """One system that is told of events."""

    url: Url
    secret: Secret
    """Signs what is sent: ``X-Vocero-Signature-256: sha256=`` and the HMAC of the body."""
    kinds: tuple[EventKind, ...] = ()
    """Which kinds of events it is told of; empty: all."""
    at_once: Annotated[int, Field(ge=1, le=32)] = 8
    """Requests on their way at the same time; those about one lead or call always one after the other."""


class StreamSettings(Section):
    """Where events are sent over HTTP, and a file they are written to."""

    queue_log: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """In the form of Asterisk's ``queue_log``, for programs that make statistics of one; empty: not written."""
    webhooks: dict[Slug, HookSettings] = Field(default_factory=dict)
    inside_hosts: tuple[Host, ...] = ()
    """Hosts of these URLs that may be on this machine or in its networks; all others have to be on the internet."""
    tries: Annotated[int, Field(ge=1, le=20)] = 8
    """How often one event is sent to one system before it is a dead letter."""
