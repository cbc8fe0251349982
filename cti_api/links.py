"""Links in messages by which a person books: signed by us, for one lead, and over after a while.

Who has the link is taken for the person it was sent to, and may do with it what the page offers: see free hours, and
book, move or cancel one appointment. So it names nobody, cannot be guessed, and expires.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from cti_api.errors import SettingsError
from cti_api.kept_secret import kept_secret
from cti_api.model.ids import LeadId

LONGEST_TOKEN: Final = 200
"""Characters; one of ours has about 70."""
KEY_FILE: Final = "vocero-links.key"
_SQLITE: Final = "sqlite:///"


class BookingLinks:
    """Makes tokens, and knows its own."""

    def __init__(self, secret: str, base_url: str = "", days: int = 30) -> None:
        self._tokens = URLSafeSerializer(
            secret, salt="vocero.booking", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )
        self._base_url = base_url.rstrip("/")
        self._valid = timedelta(days=days)

    def token(self, lead_id: LeadId, now: datetime) -> str:
        """For this lead, from now on until it expires."""
        made = self._tokens.dumps([lead_id, int((now + self._valid).timestamp())])
        return made if isinstance(made, str) else made.decode("ascii")

    def link(self, lead_id: LeadId, now: datetime) -> str:
        """What goes into a message as ``{booking_link}``; empty where nobody could reach it from outside."""
        return f"{self._base_url}/c/{self.token(lead_id, now)}" if self._base_url else ""

    def lead_of(self, token: str, now: datetime) -> LeadId | None:
        """Whose it is; None for one that is not ours, was changed, or is over."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            lead_id, until = self._tokens.loads(token)
        except (BadData, ValueError, TypeError):
            return None
        return LeadId(lead_id) if now.timestamp() < until else None


def links_secret(configured: str, store_url: str) -> str:
    """The secret of the settings, or one made at the first start and kept beside the store, for its owner alone.

    Raises `SettingsError` for a store on a server, beside which nothing can be kept, and for a file that others may
    read.
    """
    if configured:
        return configured
    if not store_url.startswith(_SQLITE):
        raise SettingsError(
            "public.link_secret is not set, and beside a store on a server none can be kept: make one with "
            "`openssl rand -hex 32`"
        )
    path = Path(store_url.removeprefix(_SQLITE)).parent / KEY_FILE
    try:
        return kept_secret(path, "links sent end then")
    except OSError as error:
        raise SettingsError(f"The secret of the links cannot be kept in {path}: {error.strerror or error}") from None
