"""From the settings' URL to an open store: what cannot be is one sentence, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cti_api.clock import SystemClock
from cti_api.errors import SettingsError, StoreUnavailable
from cti_api.store.opening import open_database

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


BY_ANOTHER = """
import asyncio, os, sys
from pathlib import Path
from cti_api.errors import SettingsError
from cti_api.store.sqlite import dialer_lock
os.seteuid(4711)
try:
    asyncio.run(dialer_lock(Path(sys.argv[1])).take())
except SettingsError as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_a_lock_that_is_root_s_says_whom_to_give_it() -> None:
    with TemporaryDirectory() as folder:  # unlike a test's own folder, one that everybody may look into
        Path(folder).chmod(0o755)
        lock_file = Path(folder, "vocero.db.dialer-lock")
        lock_file.touch(mode=0o600)
        command = [sys.executable, "-c", BY_ANOTHER, str(Path(folder, "vocero.db"))]
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
        assert f"it belongs to root; run chown 4711 {lock_file}" in said
