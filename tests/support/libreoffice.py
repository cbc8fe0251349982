"""LibreOffice without a screen: opens workbooks as a reader does, and saves them in a form of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PROGRAM: Final = "/usr/bin/soffice"
DEADLINE_SECONDS: Final = 100.0


def converted(files: Sequence[Path], kind: str, folder: Path) -> dict[str, Path]:
    """All files opened and saved as `kind` (``ods``, ``pdf``) by one start of the program, with a profile of its own in
    `folder`; by the stem of their names. Raises `AssertionError` with what it said where one is missing."""
    to = folder / kind
    command = [
        PROGRAM, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
        "--convert-to", kind, "--outdir", str(to), *map(str, files),
    ]  # fmt: skip
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        env=os.environ | {"HOME": str(folder), "SAL_USE_VCLPLUGIN": "svp"},
    )  # fmt: skip
    try:
        said, _ = program.communicate(timeout=DEADLINE_SECONDS)
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)  # the shell script that it is, and the program behind it
            program.wait()
    made = {file.stem: to / f"{file.stem}.{kind}" for file in files}
    missing = [path.name for path in made.values() if not path.exists()]
    assert not missing, (missing, said.decode(errors="replace"))
    return made
