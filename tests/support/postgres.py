"""A PostgreSQL server of the tests' own: one for the whole run, on a Unix socket in a temporary folder.

Nothing of it outlives the run, and nothing of it listens on the network. Debian's ``postgresql`` package is enough;
a server that the package itself runs is not touched.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cti_api.clock import SystemClock
from cti_api.store.access_tables import audit_head
from cti_api.store.migrate import upgrade
from cti_api.store.schema import metadata, outbox_head

START_SECONDS = 30.0
MISSING = "PostgreSQL is not installed: the store's tests run on it too. Install it with: apt-get install postgresql"

# Speed, not safety: the machine that loses power loses the test run anyway.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


# As a fresh database is, in a fiftieth of the time that CREATE DATABASE takes.
EMPTY = [
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid != pg_backend_pid()",
    *(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables) if table not in (outbox_head, audit_head)),
    "UPDATE outbox_head SET seq = 0",
    "UPDATE audit_head SET seq = 0, digest = ''",
    "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'",
]


class PostgresServer:
    """A running server; `new_database` makes a database in it, `borrow` lends one with the store's tables, empty."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self._numbers = itertools.count(1)
        self._free: list[str] = []

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make a database without tables; returns its name."""
        name = f"store{next(self._numbers)}"
        asyncio.run(self.execute(f"CREATE DATABASE {name} TEMPLATE template0"))
        return name

    @contextmanager
    def borrow(self) -> Iterator[str]:
        """A store with its tables and nothing in them; do not change the tables."""
        if self._free:
            name = self._free.pop()
        else:
            name = self.new_database()
            asyncio.run(upgrade(self.url(name), SystemClock()))
        yield name
        asyncio.run(self.execute(*EMPTY, database=name))
        self._free.append(name)

    @contextmanager
    def out_of_reach(self) -> Iterator[None]:
        """Nobody can connect; who is connected stays so."""
        door = self.folder / ".s.PGSQL.5432"
        hidden = door.rename(self.folder / "hidden")
        try:
            yield
        finally:
            hidden.rename(door)

    async def execute(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run statements as a client that is not the store; returns the rows of the last one."""
        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database=database)
        try:
            for statement in statements:
                rows = await connection.fetch(statement)
        finally:
            await connection.close()
        return list(rows)


def find_programs() -> Path:
    """The folder of ``initdb`` and ``postgres``, newest version first."""
    found = shutil.which("postgres")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if not versions:
        pytest.fail(MISSING, pytrace=False)
    return versions[-1].parent


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the run."""
    with running_server() as server:
        yield server


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server that ends with the block."""
    programs = find_programs()
    # PostgreSQL refuses to run as root.
    user: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="vocero-pg-", dir="/tmp"))  # short: a socket's path has 107 characters
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **user}
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, check=True, **quiet)
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            # SIGQUIT, should this process end without a word: stop at once, without writing anything more
            [
                *("setpriv", "--pdeathsig", "QUIT", "--"),
                programs / "postgres",
                "-D",
                data,
                "-k",
                folder,
                "-h",
                "",
                *options,
            ],
            stderr=log,
            **quiet,
        )
    server = PostgresServer(folder, process)
    try:
        asyncio.run(_answers(server))
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # at once, without writing anything more
        process.wait(START_SECONDS)
        shutil.rmtree(folder)


async def _answers(server: PostgresServer) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            await server.execute("SELECT 1")
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > end or server.process.poll() is not None:
                pytest.fail(f"PostgreSQL did not start:\n{(server.folder / 'log').read_text()}", pytrace=False)
            await asyncio.sleep(0.02)
        else:
            return
