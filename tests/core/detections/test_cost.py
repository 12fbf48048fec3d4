"""What judging costs: milliseconds of processor, in units of the machine that the limits were chosen on."""

from __future__ import annotations

import gc
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.detections import house
from local.detections.compile import COMMITTED, document, folder_of
from local.detections.hard_lines import slowness
from local.detections.recorded import tried
from shared.core.detections import Detections, load
from shared.core.detections.judging import Row
from tests.detections import own as own_rules
from tests.local.detections import generated

GENERATED = 2_000
_PADDING = " ".join(f"word{at}" for at in range(3_500))
HOSTILE = [
    "x" * 32_767, " " * 32_767, "^a" * 16_000, _PADDING, '"' * 32_767, "a/" * 16_000, "-e " + "A" * 32_000,
    "\\..\\a" * 6_000, "\uff50\uff4f" * 16_000,
    "\ufdfa" * 32_767, "\uff50\ufdfa" * 16_000, "'+'" * 10_000, "-enc " + "QQBBAEEA" * 4_000,
    "powershell -enc " * 2_000, "$a=/b " * 5_400, "powershell" + " " * 32_000 + "-enc AAAA",
    "powershell -w hidden -nop iex " * 1_000, "rundll32 a.txt,b " * 1_900, "curl http://a | sh -c " * 1_400,
    "net user add localgroup sc stop " * 1_000, "vssadmin delete shadows bcdedit " * 1_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def own() -> bytes:
    return COMMITTED.read_bytes()


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Rows of every table: those beside the rules, what they hit and what they pass."""
    found: list[Row] = []
    for path in own_rules.files():
        given, _ = house.rows_of(path)
        for entry in (*given["hits"], *given["passes"]):
            one = tried(entry["table"], entry["row"], "")
            found.append((one.table, one.action, one.cells))
    return found


@pytest.fixture
def quiet() -> Iterator[None]:
    """Without the collector of garbage, which would pass over all that the tests hold."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def took(work: Callable[[], object]) -> float:
    """Milliseconds of processor, on the machine of the limits."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / slowness()


def batches(rows: list[Row], count: int, size: int = 15) -> list[list[Row]]:
    chance = random.Random(11)  # noqa: S311 - rows, not secrets
    return [[chance.choice(rows) for _ in range(size)] for _ in range(count)]


def with_hostile(batch: list[Row], at: int) -> list[Row]:
    """The batch with a row of two hostile lines, and one of a megabyte."""
    line, other = HOSTILE[at % len(HOSTILE)], HOSTILE[(at * 7 + 3) % len(HOSTILE)]
    created: dict[str, Any] = {
        "FolderPath": "C:\\Windows\\System32\\cmd.exe", "FileName": "cmd.exe",
        "ProcessCommandLine": f"{line}{at}", "InitiatingProcessCommandLine": f"{other}{at}",
    }  # fmt: skip
    more = json.dumps({"Command": "z " * 500_000 + str(at)})
    long = ("DeviceEvents", "PowerShellCommand", {"AdditionalFields": more})
    return [*batch[2:], ("DeviceProcessEvents", "ProcessCreated", created), long]


def judging(found: Detections, all_batches: list[list[Row]]) -> list[float]:
    return [took(lambda batch=batch: found.judge(batch)) for batch in all_batches]  # type: ignore[misc]


def at_worst(
    compiled: tuple[bytes, ...], rows: list[Row], all_batches: list[list[Row]], most: float
) -> float:
    """The slowest batch, each by its best of up to three rounds with nothing remembered: noise only adds."""
    best: list[float] = []
    for _ in range(3):
        found = load(*compiled)
        judging(found, batches(rows, 40))  # patterns are compiled when first asked
        now = judging(found, all_batches)
        best = [min(pair) for pair in zip(best, now, strict=True)] if best else now
        if max(best) <= most:
            break
    return max(best)


def limits(compiled: tuple[bytes, ...], rows: list[Row], times: float) -> None:
    """Fails where loading or judging takes more than `times` the limits, and half as much for noise."""
    times *= 1.5
    assert statistics.median(took(lambda: load(*compiled)) for _ in range(5)) <= 25 * times
    found = load(*compiled)
    judging(found, batches(rows, 40))  # patterns are compiled when first asked
    usual = judging(found, batches(rows, 60))
    assert statistics.median(usual) <= 3 * times
    assert at_worst(compiled, rows, batches(rows, 60), 12 * times) <= 12 * times
    hostile = [with_hostile(batch, at) for at, batch in enumerate(batches(rows, 26))]
    assert at_worst(compiled, rows, hostile, 12 * times) <= 12 * times
    fresh = load(*compiled)
    many = batches(rows, 1, 2_000)[0]
    assert took(lambda: fresh.judge(many)) <= 500 * times


@pytest.mark.usefixtures("quiet")
def test_our_own_rules_keep_to_the_limits(own: bytes, rows: list[Row]) -> None:
    limits((own,), rows, 1.0)


@pytest.mark.slow  # two thousand rules are compiled first
@pytest.mark.usefixtures("quiet")
def test_two_thousand_added_rules_cost_at_most_three_times_that(
    own: bytes, rows: list[Row], tmp_path: Path
) -> None:
    generated.write(tmp_path / "rules", GENERATED)
    added = folder_of(tmp_path / "rules").rules
    assert len(added) > 0.95 * GENERATED
    limits((own, document(added)), rows, 3.0)
