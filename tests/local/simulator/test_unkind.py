"""Hunting as some tenants have it: what the documentation does not say."""

from __future__ import annotations

import json
import random
import statistics
from typing import Any

import pytest

from local.simulator import ticks
from local.simulator.clock import Clock
from local.simulator.unkind import as_some_answers_are, lag_s
from tests.local.simulator.running import NOW, Start

ROWS = [{"Timestamp": "2026-11-24T10:00:00Z", "DeviceId": "d", "ProcessId": 2**40}]
QUERY = (
    "DeviceProcessEvents | project Timestamp, ProcessCreationTime, ProcessId, FileSize, Bag = dynamic(['a'])"
)


def test_every_second_answer_is_written_as_some_are(start: Start) -> None:
    client = start(hunting={"DeviceProcessEvents": ROWS})
    [kind] = client.hunt(QUERY).json()["results"]
    [other] = client.hunt(QUERY).json()["results"]
    assert kind == {
        "Timestamp": "2026-11-24T10:00:00Z",
        "ProcessCreationTime": None,
        "ProcessId": 2**40,
        "FileSize": None,
        "Bag": '["a"]',
    }
    plain = {name: value for name, value in other.items() if "@" not in name}
    assert plain == {
        "Timestamp": "2026-11-24T10:00:00Z",
        "ProcessCreationTime": {},
        "ProcessId": str(2**40),
        "FileSize": {},
        "Bag": ["a"],
    }
    assert other["ProcessId@odata.type"] == "#Int64"
    friendly = start(hunting={"DeviceProcessEvents": ROWS}, hunting_unkind=False)
    assert [friendly.hunt(QUERY).json()["results"] for _ in range(2)] == [[kind]] * 2


@pytest.mark.parametrize("status", [500, 504])
def test_a_heavy_query_ends_without_a_word(start: Start, status: int) -> None:
    rows = [{**ROWS[0], "ReportId": number} for number in range(5)]
    client = start(
        hunting={"DeviceProcessEvents": rows}, hunting_heaviest_rows=4, hunting_heavy_status=status
    )
    answer = client.hunt("DeviceProcessEvents")
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, "")
    assert client.hunt("DeviceProcessEvents | take 4").status_code == 200


@pytest.mark.parametrize(
    ("lacks", "query", "words"),
    [
        ("DeviceEvents", "DeviceEvents | take 1", "table or column expression named 'DeviceEvents'"),
        ("DeviceEvents.LogonId", "DeviceEvents | project LogonId", "scalar expression named 'LogonId'"),
    ],
)
def test_a_tenant_may_lack_a_table_or_a_column(start: Start, lacks: str, query: str, words: str) -> None:
    rows = {"DeviceEvents": [{"Timestamp": "2026-11-24T10:00:00Z", "DeviceId": "d", "LogonId": 7}]}
    client = start(hunting=rows, hunting_lacks=[lacks])
    answer = client.hunt(query)
    assert answer.status_code == 400
    assert f"Failed to resolve {words}" in answer.json()["error"]["message"]
    schema = client.hunt("DeviceProcessEvents | getschema | where ColumnName == 'SHA1'").json()["results"]
    assert len(schema) == 1


def test_telemetry_is_found_as_late_as_was_measured(start: Start) -> None:
    chance = random.Random(1)  # noqa: S311 - repeatable, no secret
    lags = sorted(lag_s(chance) for _ in range(20_000))
    assert statistics.median(lags) == pytest.approx(90, rel=0.1)
    assert sum(lag > 1_800 for lag in lags) / len(lags) == pytest.approx(0.03, abs=0.01)
    of_the_usual = [lag for lag in lags if lag < 1_800]
    assert of_the_usual[int(len(of_the_usual) * 0.95)] == pytest.approx(167, rel=0.1)


def test_a_row_that_lags_is_found_later(start: Start) -> None:
    clock = Clock(NOW)
    stamp = ticks.text(NOW - ticks.from_seconds(1))
    rows = [{**ROWS[0], "Timestamp": stamp, "ReportId": number} for number in range(200)]
    client = start(hunting={"DeviceProcessEvents": rows}, clock=clock, telemetry_lags=True)

    def found() -> int:
        return int(client.hunt("DeviceProcessEvents | count").json()["results"][0]["Count"])

    at_once = found()
    clock.advance(120)
    soon = found()
    clock.advance(7_200)
    assert at_once == 0 < soon < found() == 200


def test_a_row_says_when_it_came(start: Start) -> None:
    rows = [{**ROWS[0], "ReportId": number} for number in range(300)]
    client = start(hunting={"DeviceProcessEvents": rows}, clock=Clock(NOW), telemetry_lags=True)
    answer = client.hunt(
        "DeviceProcessEvents | extend Late = (ingestion_time() - Timestamp) / 1s | project Late, ReportId"
    )
    late = sorted(row["Late"] for row in answer.json()["results"])
    assert statistics.median(late) == pytest.approx(90, rel=0.2)
    assert len(set(late)) > 250
    kind = start(hunting={"DeviceProcessEvents": rows}, clock=Clock(NOW))
    at_once = kind.hunt("DeviceProcessEvents | where ingestion_time() - Timestamp < 1s | count").json()
    assert [int(row["Count"]) for row in at_once["results"]] == [300]


def test_what_is_no_json_in_a_dynamic_column_stays_text() -> None:
    rows: list[dict[str, Any]] = [{"Bag": "{"}, {"Bag": None}, {"Bag": json.dumps({"a": 1})}]
    assert [one["Bag"] for one in as_some_answers_are([("Bag", "dynamic")], rows)] == ["{", None, {"a": 1}]
