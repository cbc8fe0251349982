"""Settings of what goes out after the calls, and of the door that providers and customers come to.

docs/messages.md says how they are used.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from cti_api.border import Slug
from cti_api.setting_values import LOOPBACK, Host, Port, Secret, Section, Url, none_when_empty

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""Of a field or header, as the other side spells it."""
PerSecond = Annotated[float, Field(gt=0, le=500)]
Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,190}$")]
"""Of a mailbox."""


class PublicSettings(Section):
    """A second address, for the internet: only what providers and customers need, behind a proxy that ends TLS."""

    host: Host = "127.0.0.1"
    port: Annotated[Port | None, BeforeValidator(none_when_empty)] = None
    """null: not served."""
    base_url: Annotated[Url | None, BeforeValidator(none_when_empty)] = None
    """How it is reached from outside, such as ``https://citas.example.com``: what links in messages begin with."""
    link_secret: Annotated[Secret | None, BeforeValidator(none_when_empty)] = None
    """Signs those links; empty: one is made at the first start and kept beside the store."""
    link_days: Annotated[int, Field(ge=1, le=366)] = 30
    """How long a link opens its page."""


class WhatsAppSettings(Section):
    """WhatsApp Business Cloud API."""

    phone_number_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]
    token: Secret
    app_secret: Secret
    """Signs what comes to ``/hooks/whatsapp``."""
    verify_token: Secret
    """Chosen by you and typed at Meta's, who shows it once when the webhook is set up."""
    api: Url = "https://graph.facebook.com"
    version: Annotated[str, StringConstraints(pattern=r"^v[0-9]{1,3}\.[0-9]$")] = "v23.0"
    per_second: PerSecond = 20.0
    """The provider's own limit is 80."""


class SmsFields(Section):
    """How the gateway spells what is sent to it, and what it sends to us."""

    to: Name = "to"
    text: Name = "text"
    reference: Name = "reference"
    """Our id of the message; the gateway gives it back in its reports."""
    id: Name = "id"
    """In its answer: its own id of the message."""
    status: Name = "status"
    """In a report, and in its answer where it has one there."""
    sender: Name = "from"
    """In a reply: the person's number."""


class SmsSettings(Section):
    """A gateway that takes one JSON object for each message."""

    url: Url
    token: Secret | None = None
    header: Name = "Authorization"
    scheme: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{0,20}$")] = "Bearer"
    """Stands before the token in the header; empty: the token alone."""
    fields: SmsFields = SmsFields()
    extra: dict[Name, str] = Field(default_factory=dict)
    """Sent with every message as it is, such as ``{from: "85000"}``."""
    busy: tuple[Annotated[int, Field(ge=400, le=599)], ...] = (429,)
    """Answers that say that the message was not taken and may be sent again later."""
    sent: tuple[str, ...] = ("sent", "accepted", "queued")
    delivered: tuple[str, ...] = ("delivered",)
    failed: tuple[str, ...] = ("failed", "undelivered", "rejected", "expired")
    """The gateway's words for these states; an answer that says `failed` is a refusal, whatever its HTTP status."""
    report_token: Secret | None = None
    """What its reports to ``/hooks/sms`` bring as ``Authorization: Bearer``; without it they are not taken."""
    per_second: PerSecond = 5.0


class MailSecurity(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"
    """Only to this machine."""


class EmailSettings(Section):
    host: Host
    port: Port = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    password: Secret | None = None
    sender: Address
    sender_name: Annotated[str, StringConstraints(max_length=100)] = ""
    per_second: PerSecond = 5.0

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security is MailSecurity.NONE and self.host not in LOOPBACK:
            raise ValueError("security: none is for a mail server on this machine: what goes there is personal")
        return self


class WebhookSettings(Section):
    url: Url
    secret: Secret
    """Signs what is sent: ``X-Vocero-Signature-256: sha256=`` and the HMAC of the body."""


class MessageSettings(Section):
    """By which channels messages go; one that is not here is not used."""

    pictures: Annotated[Path | None, BeforeValidator(none_when_empty)] = None
    """Folder of the pictures that campaigns name; null: none."""
    whatsapp: WhatsAppSettings | None = None
    sms: SmsSettings | None = None
    email: EmailSettings | None = None
    webhooks: dict[Slug, WebhookSettings] = Field(default_factory=dict)
    tries: Annotated[int, Field(ge=1, le=20)] = 5
    """How often a message is sent that is known not to have been taken."""
    decided_hours: Annotated[float, Field(gt=0, le=720)] = 24.0
    """How long a report is waited for that says what became of a message without an answer; then a person decides."""
