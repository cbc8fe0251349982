"""Kinds of values that sections of the settings are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints

LARGEST_SECRET_BYTES = 16 * 1024
"""A token or key is a line; what is larger is another file."""
FROM_FILE = "file:"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name is that of a folder, such as America
        raise ValueError("not an IANA time zone; write one like America/Bogota") from None
    return name


def none_when_empty(written: object) -> object:
    return None if written == "" else written


def _from_file(written: object) -> object:
    """A secret, or what the file holds that is named in its place (as container platforms mount them)."""
    if not isinstance(written, str) or not written.startswith(FROM_FILE):
        return written
    path = Path(written.removeprefix(FROM_FILE))
    if not path.is_absolute():
        raise ValueError("name the file from the root on: file:/run/secrets/token")
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SECRET_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({getattr(error, 'strerror', None) or 'it is not text'})") from None


def _not_empty(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("is empty or has signs in it that no secret has")
    return secret


def _safe_url(written: str) -> str:
    try:
        parts = urlsplit(written)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ValueError("is no address; write one like https://example.com/path") from None
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.fragment:
        raise ValueError("is no address; write one like https://example.com/path, without a name or password in it")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("must begin with https: what goes there is personal")
    return written.rstrip("/")


Timezone = Annotated[str, AfterValidator(_known_timezone)]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_safe_url)]
"""Of a system that messages or events go to: encrypted, or on this machine."""
Secret = Annotated[SecretStr, BeforeValidator(_from_file), AfterValidator(_not_empty)]
"""A token or password, or ``file:`` and the path of the file that holds it."""
