"""How much memory this process has, and how much of it is left (failure catalogue F31)."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Final

ALARM_SHARE: Final = 0.8
"""Of the limit: somebody should look."""

SPENT_SHARE: Final = 0.95
"""Of the limit: better to be started anew, with every call adopted, than to be killed whenever the kernel likes."""

CGROUPS: Final = Path("/sys/fs/cgroup")
PROC: Final = Path("/proc")


class Memory(Enum):
    FINE = "fine"
    SHORT = "short"
    SPENT = "spent"


def judge(used_bytes: int, limit_bytes: int) -> Memory:
    """What is to be made of that use."""
    if used_bytes >= SPENT_SHARE * limit_bytes:
        return Memory.SPENT
    return Memory.SHORT if used_bytes >= ALARM_SHARE * limit_bytes else Memory.FINE


def used_bytes(proc: Path = PROC) -> int:
    """Resident set of this process (proc(5), ``statm``)."""
    return int((proc / "self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def limit_bytes(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """The least of the machine's memory and the limits of this process's control groups (cgroups(7), version 2)."""
    machine = int((proc / "meminfo").read_text().split()[1]) * 1024
    limits = [machine]
    for line in (proc / "self/cgroup").read_text().splitlines():
        hierarchy, _, path = line.partition("::")
        if hierarchy != "0":
            continue
        group = cgroups / path.lstrip("/")
        for folder in (group, *group.parents):
            if folder == cgroups.parent:
                break
            limit = folder / "memory.max"
            if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
                limits.append(int(text))
    return min(limits)
