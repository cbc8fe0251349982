"""A port for a server that has to be told its own.

Below 32768, where Linux begins to hand out ports by itself (ip(7)), and above the labs' (`vocero.lab.ports`). One that
the kernel had picked might be given to somebody's connection before the server takes it, and whoever knocks there in
vain may even be connected with themselves.
"""

from __future__ import annotations

import os
import socket
from itertools import cycle
from typing import Final

WORKERS: Final = 8
WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS: Final = cycle(range(32000 + WORKER % WORKERS, 32768, WORKERS))


def free_port() -> int:
    """One that nobody listens at, and that no other worker of this run is given; not the same for some time."""
    for port in _PORTS:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("ports do not come to an end")
