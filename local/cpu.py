"""CPU and peak memory of other processes, as the kernel counts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def cpu_seconds(pids: Iterable[int]) -> float | None:
    """Seconds of CPU, user and system, that the processes have spent so far; None where there is no /proc."""
    if not (_PROC / "self" / "stat").is_file():
        return None
    ticks = 0
    for pid in pids:
        # The name in brackets may hold anything; behind it, utime and stime are fields 14 and 15 of the line.
        fields = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float | None:
    """The most memory that the process has had resident, in MB; None where there is no /proc."""
    file = _PROC / str(pid) / "status"
    if not file.is_file():
        return None
    for line in file.read_text("utf-8", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None
