"""Asterisk's own journal: whether what happens to a call arrives in the file that settles calls after a crash."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Final

from cti_api.errors import VoceroError
from cti_api.settings import Settings
from dialer.ami.inspection import call_nobody
from dialer.ami.session import AmiSession
from dialer.calls.journal import Trace, read_traces
from vocero.doctor.findings import Finding, fault, ok
from vocero.doctor.manager import ANSWER_SECONDS

ROW_SECONDS: Final = 3.0
"""A row is on disk 1 to 2 ms after its event (asterisk/README.md); the rest is for a busy machine."""

LOOK_SECONDS: Final = 0.05
CONF: Final = "use asterisk/cel.conf and cel_custom.conf of this project, and modules.conf for cel_custom.so"


async def journal(session: AmiSession, settings: Settings) -> Finding:
    """Calls nobody, and waits for the journal to tell of it."""
    path, call_id = settings.asterisk.cel_journal, f"doctor-{uuid.uuid4().hex}"
    before = path.stat().st_size if path.exists() else 0
    try:
        await session.perform(call_nobody(call_id), ANSWER_SECONDS)
    except VoceroError as error:
        return fault(f"a call to nobody could not be placed: {error}", "mend what is named above first")
    try:
        trace = await _trace(path, before, call_id)
    except OSError as error:
        return fault(
            f"Asterisk's journal {path} cannot be read ({error.strerror})", "give this user the right to read it"
        )
    if trace is not None and trace.cause is not None:
        return ok(f"Asterisk's journal: {path}, told of a call to nobody at once")
    if trace is not None or call_id in await asyncio.to_thread(_added, path, before):
        return fault(f"Asterisk's journal {path} has rows of another form", CONF)
    return fault(f"Asterisk's journal {path} does not tell of a call that was just made", CONF)


async def _trace(path: Path, before: int, call_id: str) -> Trace | None:
    """What the journal says of the call once it is over, or at the end of our patience."""
    trace = None
    for _ in range(round(ROW_SECONDS / LOOK_SECONDS)):
        text = await asyncio.to_thread(_added, path, before)
        trace = read_traces(text.splitlines()).get(call_id)
        if trace is not None and trace.ended_at is not None:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return trace


def _added(path: Path, before: int) -> str:
    """What was written after the first `before` bytes; all of it where the file was rotated since."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(before if path.stat().st_size >= before else 0)
        return file.read().decode("utf-8", "replace")
