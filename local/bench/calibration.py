"""How fast this machine is, so that figures of two machines can be compared."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import zlib
from collections.abc import Mapping
from typing import Any

from local.bench.simulated import thread_seconds

_REPEATS = 5


def machine() -> dict[str, Any]:
    """Cores, Python, system, and the milliseconds of CPU that a fixed piece of work takes here."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_at_start": None if load is None else round(load, 2),
        "calibration_ms": round(min(_one() for _ in range(_REPEATS)), 1),
    }


def _one() -> float:
    began = thread_seconds()
    work()
    return 1000 * (thread_seconds() - began)


def work(rounds: int = 12) -> str:
    """A fixed piece of what the app mostly does: JSON both ways, compression, hashing, dictionaries. The same
    digest every time."""
    rows = [
        {"DeviceId": f"{number:040x}", "ProcessId": number, "FileName": f"tool{number % 40}.exe"}
        for number in range(2_000)
    ]
    digest = hashlib.sha256()
    for _ in range(rounds):
        text = json.dumps(rows, sort_keys=True)
        digest.update(zlib.compress(text.encode(), 6))
        by_name: dict[str, list[Mapping[str, Any]]] = {}
        for row in json.loads(text):
            by_name.setdefault(row["FileName"], []).append(row)
        digest.update(str(sorted(map(len, by_name.values()))).encode())
    return digest.hexdigest()
