"""This app against an older state of it, side by side: the same storm, host, simulator and machine.

CPU is that of the functions' own processes, as the kernel counts it, so other work on the machine only adds
to it; the ways take turns, and the median of the rounds is told. Answers of the simulated services are plain,
so that an app from before it could read odd ones can read them too.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bench import cold, storm
from local.bench.progress import Say
from local.stack import ROOT, StackFailed

_APP = ("FetchAlerts", "EnrichAlert", "HuntCorrelate", "shared", "host.json")
_COMPILED = Path("shared", "core", "detections")
_IMPORTED = ("FetchAlerts", "EnrichAlert", "HuntCorrelate")
# The older state's own measure of its core, in a process of its own.
_CORE = """
import json, sys
from pathlib import Path
from local.bench import core
print(json.dumps(core.measure(Path(sys.argv[1]), say=lambda _: None)["ms_an_alert_total"]))
"""
_PATIENCE_S = 900


@dataclass(frozen=True, slots=True)
class Old:
    """A checkout of the older state; raises StackFailed where it is none that can be measured."""

    root: Path

    def __post_init__(self) -> None:
        lacking = [name for name in (*_APP, "local/bench") if not (self.root / name).exists()]
        if lacking:
            raise StackFailed(f"{self.root} is no checkout of this project: it has no {lacking[0]}")
        if not (self.root / "local" / "node_modules").exists():
            raise StackFailed(f"{self.root / 'local'} has no node_modules: run `npm ci` there")

    @property
    def commit(self) -> str:
        """Its short name."""
        asked = ["git", "-C", str(self.root), "rev-parse", "--short", "HEAD"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 - our own words
        return found.stdout.strip() or self.root.name


def measure(
    folder: Path, old: Path, *, alerts: int, rounds: int, seed: int, median_s: float, say: Say
) -> dict[str, Any]:
    """Medians of CPU an alert, seconds and calls of the old app, of this one without its detections and of
    this one as it is; their CPU in proportion; CPU seconds of imports; CPU of the core."""
    before = Old(old.resolve())
    storm.record(folder / "storm", alerts=alerts, seed=seed)
    apps = {"old": before.root, "bare": _without_detections(folder / "bare"), "full": ROOT}
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in apps}
    for number in range(rounds):
        for way, app in apps.items():
            runs[way].append(
                storm.measure(
                    folder / "storm",
                    seed=seed + number,
                    median_s=median_s,
                    say=_said(say, f"round {number + 1} of {rounds}, {way}"),
                    app_dir=app,
                    simulator={"hunting_unkind": False},
                )
            )
    ways = {way: _medians(measured) for way, measured in runs.items()}
    least = ways["old"]["cpu_ms_an_alert"]
    return {
        "commit": before.commit,
        "alerts": alerts,
        "rounds": rounds,
        **ways,
        "ratio": {way: round(ways[way]["cpu_ms_an_alert"] / least, 2) for way in ("bare", "full")},
        "import_rounds": 2 * rounds + 1,
        "imports": _imports(before.root, 2 * rounds + 1, say),
        "core_rounds": rounds,
        "core": _cores(folder / "storm", before.root, apps["bare"], rounds, say),
    }


def _said(say: Say, where: str) -> Callable[[str], None]:
    return lambda text: say(f"{where}: {text}")


def _without_detections(target: Path) -> Path:
    """A copy of the app that no detection was compiled into."""
    target.mkdir(parents=True)
    for name in _APP:
        copy = shutil.copy2 if (ROOT / name).is_file() else shutil.copytree
        copy(ROOT / name, target / name)
    for file in (target / _COMPILED).glob("*.json"):
        file.unlink()
    return target


def _medians(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def median(name: str) -> float:
        return round(statistics.median(float(run[name]) for run in runs), 2)

    spent = {name: [run["cpu_s"][name] for run in runs] for name in runs[0]["cpu_s"]}
    return {
        "cpu_ms_an_alert": median("cpu_ms_an_alert"),
        "each_ms": [run["cpu_ms_an_alert"] for run in runs],
        "cpu_s": {name: round(statistics.median(seconds), 2) for name, seconds in spent.items()},
        "seconds": median("seconds"),
        "calls_total": round(median("calls_total")),
        "storage_an_alert": round(statistics.median(run["storage"]["an_alert"] for run in runs), 2),
        "never_final": sum(run["alerts"] - run["final"] for run in runs),
    }


def _imports(old: Path, rounds: int, say: Say) -> dict[str, dict[str, float]]:
    say("imports")
    seconds: dict[str, dict[str, list[float]]] = {"old": {}, "now": {}}
    for _ in range(rounds):
        for name in _IMPORTED:
            for way, root in (("old", old), ("now", ROOT)):
                _, cpu = cold.import_seconds(name, root)
                seconds[way].setdefault(name, []).append(cpu)
    return {
        way: {name: round(statistics.median(each), 3) for name, each in by_name.items()}
        for way, by_name in seconds.items()
    }


def _cores(folder: Path, old: Path, bare: Path, rounds: int, say: Say) -> dict[str, float]:
    """Medians of milliseconds an alert, in turn; of this app without detections, as the old one had none."""
    ways = {"old": [old], "now": [bare, ROOT]}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: the core of the old app, then of this one")
        for way, path in ways.items():
            spent[way].append(_core(folder, path))
    return {way: round(statistics.median(each), 3) for way, each in spent.items()}


def _core(folder: Path, path: Sequence[Path]) -> float:
    """What the program in `path` says; of a package that two of them have, the first one's is taken."""
    command = [sys.executable, "-P", "-s", "-c", _path_of(path) + _CORE, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)  # noqa: S603 - our own program
    if ended.returncode:
        raise StackFailed(f"the core of {path[0]} was not measured: {ended.stderr.strip()[-300:]}")
    return float(json.loads(ended.stdout.splitlines()[-1]))


def _path_of(path: Sequence[Path]) -> str:
    return f"import sys; sys.path[:0] = {[str(one) for one in path]!r}\n"
