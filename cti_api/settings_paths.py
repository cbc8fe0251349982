"""Relative paths of a settings file are relative to its folder, wherever the program was started."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Final

from cti_api.settings_mode import entry_at

SQLITE: Final = "sqlite:///"
DEFAULT_STORE: Final = "sqlite:///vocero.db"
_PATHS: Final = (
    ("asterisk", "recordings"), ("asterisk", "cel_journal"), ("asterisk", "sounds"), ("asterisk", "sip_accounts"),
    ("api", "socket"), ("law", "folder"), ("store", "erasure_key"), ("messages", "pictures"), ("log", "pacing"),
    ("speech", "vosk", "folder"), ("speech", "whisper", "folder"), ("mqtt", "ca_file"),
    ("console", "second_factor_key"), ("streams", "queue_log"),
)  # fmt: skip


def anchored(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The document with its relative paths made absolute, the store's default too; all else as it was."""
    anchored = copy.deepcopy(document)
    for *sections, key in _PATHS:
        value = entry_at(anchored, *sections, key)
        if isinstance(value, str) and value:
            entry_at(anchored, *sections)[key] = folder / value
    store = anchored.setdefault("store", {})
    url = store.setdefault("url", DEFAULT_STORE) if isinstance(store, dict) else None
    if isinstance(url, str) and url.startswith(SQLITE):
        store["url"] = SQLITE + str(folder / url.removeprefix(SQLITE))
    return anchored
