"""Seconds from listed to final, and how they are summed up."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.bench import steady
from local.bench.flow import Seen

_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return _NOON + timedelta(seconds=seconds)


def test_latency_counts_from_listed_and_from_the_first_fetch_after_it() -> None:
    seen = [Seen({"AlertUpdated": _at(10)}, _at(75))]

    measured = steady.latencies(seen, [_at(0), _at(60), _at(70), _at(120)])

    assert measured["listed_to_final_s"]["p50"] == 65
    assert measured["fetch_to_final_s"]["most"] == 15


def test_the_spread_is_median_nearest_rank_and_most() -> None:
    assert steady.spread([float(number) for number in range(1, 101)]) == {
        "p50": 50.5,
        "p95": 95.0,
        "most": 100.0,
    }
    assert steady.spread([3.0]) == {"p50": 3.0, "p95": 3.0, "most": 3.0}
    assert steady.spread([]) == {}


def test_every_alert_is_listed_at_its_first_update(tmp_path: Path) -> None:
    folder = steady.record(tmp_path, alerts=5, minutes=1, seed=7)

    alerts = json.loads((folder / "alerts.json").read_text("utf-8"))["value"]
    for alert in alerts:
        created, updated = (
            datetime.fromisoformat(alert[name][:26].rstrip("Z") + "+00:00")
            for name in ("alertCreationTime", "lastUpdateTime")
        )
        assert abs((updated - created).total_seconds() - alert["_listed_after_s"]) < 0.001
    assert len(alerts) == 5
