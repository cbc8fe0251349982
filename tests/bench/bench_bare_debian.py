"""Set-up, demo and second start in a Debian 12 made for it, as ``make bare`` does.

Takes some ten minutes, fetches all there is to fetch, and needs root and debootstrap: only where VOCERO_BARE is set.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.bench.figure import Figure

SCRIPT = Path(__file__).parents[1] / "bare_debian.sh"
JUDGED = re.compile(r"^(\S.*?) +(\d+) s +\(at most (\d+) s", re.MULTILINE)
"""A line of the script: what, how long it took, how long it may take."""


def figures() -> list[Figure]:
    """Everything measured here. Raises `CalledProcessError` when the script did not come to its figures."""
    if not os.environ.get("VOCERO_BARE"):
        return []
    ended = subprocess.run([SCRIPT], stdout=subprocess.PIPE, text=True, check=False)
    judged = JUDGED.findall(ended.stdout)
    if not judged:
        ended.check_returncode()
    return [Figure(f"bare Debian 12, {what}", float(took), "s", f"≤ {limit}") for what, took, limit in judged]
