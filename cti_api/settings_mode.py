"""A settings file that holds a secret is its owner's alone."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cti_api.errors import SettingsError
from cti_api.setting_values import FROM_FILE

_SECRETS = frozenset({"token", "app_secret", "verify_token", "report_token", "password", "secret", "link_secret"})


def refuse_readable_secrets(path: Path, document: dict[str, Any]) -> None:
    """Raises `SettingsError` where `document`, the file at `path`, holds a secret and others may read it."""
    if not (
        entry_at(document, "asterisk", "ami", "secret")
        or _has_password(str(entry_at(document, "store", "url")))
        or _holds_secret(entry_at(document, "messages"))
        or _holds_secret(entry_at(document, "public"))
        or _holds_secret(entry_at(document, "mqtt"))
        or _holds_secret(entry_at(document, "streams"))
        or _holds_secret(entry_at(document, "look_ups"))
    ):
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o177:
        raise SettingsError(f"{path} holds a secret and its mode is {mode:04o}: run chmod 600 {path}")


def _holds_secret(section: Any) -> bool:
    """Whether a secret stands in the file itself; a header of a look-up is taken for one."""
    if not isinstance(section, dict):
        return False
    headers = section.get("headers")
    named = [value for name, value in section.items() if name in _SECRETS]
    named += headers.values() if isinstance(headers, dict) else []
    return any(value and not str(value).startswith(FROM_FILE) for value in named) or any(
        _holds_secret(value) for value in section.values()
    )


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:  # no URL; what it holds may be a password all the same
        return True


def entry_at(document: Any, *keys: str) -> Any:
    """What stands in the file under these keys; None where nothing does."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document
