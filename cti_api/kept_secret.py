"""A secret that is made once, and kept in a file for its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cti_api.errors import SettingsError

SECRET_BYTES: Final = 32


def kept_secret(path: Path, lost: str) -> str:
    """The secret in this file, 64 hexadecimal digits or more; one that is not there is made.

    `lost`: what is over where another takes its place, such as ``links sent end then``. Raises `SettingsError` for a
    file that others may read or that holds none, `OSError` for one that cannot be read or made.
    """
    try:
        # Another start at the same moment makes it once: whoever comes second reads what the first has written.
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as made:
            made.write(secrets.token_hex(SECRET_BYTES))
            made.flush()
            os.fsync(made.fileno())
        try:
            os.link(fresh, path)
        finally:
            fresh.unlink()
    except FileExistsError:
        pass
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others: run chmod 600 {path}, or delete it ({lost})")
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < 2 * SECRET_BYTES:
        raise SettingsError(f"{path} holds no secret: delete it, and another is made ({lost})")
    return secret
