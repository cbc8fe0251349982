"""From the settings' URL to an open store: what cannot be is one sentence, and never a traceback."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import SettingsError, StoreUnavailable
from cti_api.store.opening import open_database
from cti_api.store.store import Store
from tests.support.store import T0

CLOCK = SystemClock()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://vocero@127.0.0.1:many/vocero",
        "postgresql://vocero@127.0.0.1:99999/vocero",
        "postgresql://vocero@[::1/vocero",
        "postgresql://vocero@a..b/vocero",
        "postgresql://vocero@127.0.0.1:1/vocero?colour=red",
        "postgresql://vocero@127.0.0.1:1/vocero?sslmode=perhaps",
    ],
)
async def test_a_url_with_a_slip_in_it_is_a_matter_of_settings(url: str) -> None:
    with pytest.raises(SettingsError):
        await open_database(url, CLOCK)


@pytest.mark.parametrize("engine", ["postgresql"])
async def test_sslmode_is_understood_as_postgresql_s_own_programs_do(url: str, tmp_path: Path) -> None:
    for mode in ("disable", "prefer"):
        database = await open_database(f"{url}{'&' if '?' in url else '?'}sslmode={mode}", CLOCK)
        await database.close()
    with pytest.raises(StoreUnavailable):
        await open_database(f"postgresql://vocero@/vocero?host={tmp_path}&sslmode=require", CLOCK)


@pytest.fixture
def lock_file(url: str) -> Path:
    path = Path(url.removeprefix("sqlite:///") + ".dialer-lock")
    path.touch()
    return path


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_lock_that_is_root_s_says_whom_to_give_it(
    store: Store, lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def closed_to_us(*arguments: Any, **_: Any) -> int:
        raise PermissionError(13, "Permission denied", str(arguments[0]))

    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "open", closed_to_us)
    with pytest.raises(SettingsError, match=f"it belongs to root; run chown 4711 {lock_file}"):
        await store.lease.acquire("me", T0)
