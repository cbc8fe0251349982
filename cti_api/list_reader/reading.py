"""A list being read by a process of its own, as whoever wants its rows sees it."""

from __future__ import annotations

import fcntl
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

from cti_api.errors import InputError
from cti_api.lead_file.read import FoundList
from cti_api.lead_file.rows import RejectedRow
from cti_api.list_reader.wire import Job, found_of, rows_of
from cti_api.model.leads import NewLead

READER = ("-m", "cti_api.list_reader.child")
"""What Python is told to run."""

DIED: Final = "The list is too large or too damaged to be read: import it in parts, or as CSV UTF-8."

_PIPE_BYTES: Final = 1024 * 1024
"""How far the reader may be ahead: some batches, so that neither side waits for the other."""

_END_SECONDS: Final = 10.0
"""A reader that has said its last word ends at once."""

log = logging.getLogger(__name__)


class Reading:
    """Rows as they come. Its methods wait for the reader: on an event loop they belong into a thread."""

    def __init__(self, process: subprocess.Popen[bytes], found: FoundList) -> None:
        self._process = process
        self._reading = threading.Lock()
        self._stopped = False
        self.found = found
        self.share = 0.0
        """How much of the file is read, 0 to 1."""

    def next_rows(self) -> list[NewLead | RejectedRow]:
        """Some more rows, in the order of the file; none at its end, and none once it is stopped.

        Raises `InputError` where the reader died of the file.
        """
        with self._reading:
            if self._stopped:
                return []
            line = _line_of(self._process)
        if self._stopped:
            return []
        if line is None:
            raise InputError(DIED)
        if not line:
            return []
        if line.startswith(b"{"):
            found_of(line)  # raises: memory ran out on the way
        self.share, rows = rows_of(line)
        return rows

    def stop(self) -> None:
        """End the reader, whatever it is doing."""
        self._stopped = True
        self._process.kill()  # whoever waits for it in another thread comes back
        with self._reading:
            _end(self._process)


@contextmanager
def reading(file: BinaryIO, job: Job) -> Iterator[Reading]:
    """Read `file`, which has a file descriptor and can be sought in. Its end, early or not, ends the reader.

    Raises `InputError` for a file that is no list, or whose columns cannot serve.
    """
    opened = start(file, job)
    try:
        yield opened
    finally:
        opened.stop()


def start(file: BinaryIO, job: Job) -> Reading:
    """`reading`, for whoever calls `Reading.stop` themselves. Waits until it is known what the file is."""
    file.seek(0)
    process = subprocess.Popen(
        [sys.executable, *READER, job.to_json()],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    # Past the system's limit for all pipes of a user it stays at 64 KiB, and reading is a little slower.
    with suppress(PermissionError):
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        line = _line_of(process)
        if not line:
            raise InputError(DIED)
        return Reading(process, found_of(line))
    except BaseException:
        _end(process)
        raise


def _line_of(process: subprocess.Popen[bytes]) -> bytes | None:
    """The next line; empty where the reader has ended well, None where it died."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if line.endswith(b"\n"):
        return line
    code = process.wait(_END_SECONDS)
    if code:
        log.info("a list's reader died", extra={"code": code})
    return None if code else b""


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    process.kill()
    process.stdout.close()
    process.wait()
