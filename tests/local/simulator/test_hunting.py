from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.simulator import ticks
from local.simulator.hunting import Hunting
from tests.local.simulator.running import NOW, Start

EXACT = "2026-11-24T10:00:00.1234567Z"


def ago(seconds: float) -> str:
    return ticks.text(NOW - ticks.from_seconds(seconds))


def process(time: str, **more: Any) -> dict[str, Any]:
    return {"Timestamp": time, "ProcessCreationTime": time, "DeviceId": "d", "ProcessId": 7, **more}


def test_a_hunt_answers_with_schema_and_exact_rows(start: Start) -> None:
    client = start(hunting={"DeviceProcessEvents": [process(EXACT, IsProcessRemoteSession=True)]})
    answer = client.hunt(
        f"DeviceProcessEvents | where ProcessCreationTime == datetime({EXACT}) "
        "| project Timestamp, DeviceId, ProcessId, IsProcessRemoteSession, FileSize, "
        "Bag = bag_pack('a', 1), Half = 0.5"
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["schema"] == [
        {"name": "Timestamp", "type": "DateTime"},
        {"name": "DeviceId", "type": "String"},
        {"name": "ProcessId", "type": "Int64"},
        {"name": "IsProcessRemoteSession", "type": "SByte"},
        {"name": "FileSize", "type": "Int64"},
        {"name": "Bag", "type": "Object"},
        {"name": "Half", "type": "Double"},
    ]
    assert body["results"] == [
        {
            "Timestamp": EXACT,
            "DeviceId": "d",
            "ProcessId": 7,
            "IsProcessRemoteSession": True,
            "FileSize": None,
            "Bag": '{"a":1}',
            "Half": 0.5,
        }
    ]
    assert "huntingQueryResults" in body["@odata.context"]


def test_the_schema_may_be_spelled_the_other_way(start: Start) -> None:
    client = start(pascal_case_schema=True)
    assert client.hunt("DeviceInfo | count").json()["schema"] == [{"Name": "Count", "Type": "Int64"}]


def test_both_spellings_of_the_parameters_are_taken_and_no_others(start: Start) -> None:
    client = start()
    assert client.post_hunt({"query": "DeviceInfo", "timespan": "P1D"}).status_code == 200
    bodies: tuple[object, ...] = (
        {"Query": "DeviceInfo", "Extra": 1},
        {"Query": 5},
        {},
        [],
        {"Query": " "},
        {"Query": "DeviceInfo", "query": "x"},
    )
    for body in bodies:
        assert client.post_hunt(body).status_code == 400, body


@pytest.mark.parametrize(
    ("timespan", "expected"),
    [
        (None, [1, 2, 3]),
        ("P1D", [1, 2]),
        ("PT90M", [1]),
        ("P1DT12H", [1, 2]),
        (f"{ago(4 * 86400)}/{ago(7200)}", [2, 3]),
        (f"{ago(4 * 86400)}/P2D", [3]),
        (f"P1D/{ago(7200)}", [2]),
        (ago(4 * 86400), [1, 2, 3]),
        ("2026-11-24", [1, 2]),
        ("P90D", [1, 2, 3]),
    ],
)
def test_rows_are_those_of_the_time_span_and_the_last_30_days(
    start: Start, timespan: str | None, expected: list[int]
) -> None:
    ages = {1: 3600, 2: 3 * 3600, 3: 3 * 86400, 4: 31 * 86400}
    client = start(
        hunting={"DeviceProcessEvents": [process(ago(age), ProcessId=n) for n, age in ages.items()]}
    )
    query = "DeviceProcessEvents | project ProcessId | sort by ProcessId asc"
    body = client.hunt(query, timespan).json()
    assert [row["ProcessId"] for row in body["results"]] == expected


@pytest.mark.parametrize("timespan", ["P", "PT", "1D", "P1Y", "yesterday", "P1D/P1D", "a/b"])
def test_a_time_span_that_is_none_is_a_400(start: Start, timespan: str) -> None:
    assert start().hunt("DeviceInfo", timespan).status_code == 400


def test_a_row_that_arrives_late_is_not_found_before(start: Start) -> None:
    rows = [process(ago(60), _arrives_after_s=240), process(ago(60), ProcessId=8)]
    client = start(hunting={"DeviceProcessEvents": rows})
    query = "DeviceProcessEvents | project ProcessId"
    assert client.hunt(query).json()["results"] == [{"ProcessId": 8}]
    client.simulator.clock.advance(181)
    assert len(client.hunt(query).json()["results"]) == 2


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (".drop table DeviceInfo", "Only a query"),
        ("DeviceInfo; DeviceInfo", "Exactly one statement"),
        ("DeviceInfo | where NoSuchColumn == 1", "NoSuchColumn"),
        ("NoSuchTable", "NoSuchTable"),
        ("DeviceInfo | where", "A recognition error occurred."),
        ("print 1", "'print'"),
        ("DeviceInfo | serialize n = row_number()", "The engine cannot run this"),
    ],
)
def test_a_query_that_cannot_run_is_a_400_that_says_why(start: Start, query: str, says: str) -> None:
    answer = start().hunt(query)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_a_result_beyond_its_size_is_a_400_with_the_documented_words(start: Start) -> None:
    rows = [process(ago(60), ProcessCommandLine="x" * 500) for _ in range(100)]
    client = start(hunting={"DeviceProcessEvents": rows}, max_result_bytes=20_000)
    answer = client.hunt("DeviceProcessEvents")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Result size limit exceeded.")
    assert client.hunt("DeviceProcessEvents | take 5").status_code == 200


def test_a_hunt_that_takes_too_long_is_a_504_with_an_empty_message(start: Start) -> None:
    rows = [process(ago(60)) for _ in range(3000)]
    client = start(hunting={"DeviceProcessEvents": rows}, hunting_timeout_s=0.2)
    pairs = "DeviceProcessEvents | extend k = 1 | join kind=inner (DeviceProcessEvents | extend k = 1) on k"
    answer = client.hunt(f"{pairs} | join kind=inner (DeviceProcessEvents | extend k = 1) on k | count")
    assert answer.status_code == 504
    assert answer.json()["error"]["message"] == ""


def test_a_tenant_that_spent_its_cpu_waits_for_the_next_quarter_of_an_hour(start: Start) -> None:
    client = start(hunting_cpu_s=0.0001)
    assert client.hunt("DeviceInfo").status_code == 200
    answer = client.hunt("DeviceInfo")
    assert answer.status_code == 429
    assert "exceeded processing resources" in answer.json()["error"]["message"]
    client.simulator.clock.advance(float(answer.headers["Retry-After"]))
    assert client.hunt("DeviceInfo").status_code == 200


def test_file_profile_is_answered_from_the_recorded_files(start: Start) -> None:
    sha1 = "ab" * 20
    client = start(
        hunting={"DeviceFileEvents": [{"Timestamp": ago(60), "FileName": "f", "SHA1": sha1}]},
        bodies={"files": [{"sha1": sha1, "globalPrevalence": 3, "signer": "S", "isValidCertificate": True}]},
    )
    query = "DeviceFileEvents | project FileName, SHA1 | invoke FileProfile('SHA1', 1000) "
    answer = client.hunt(query + "| project FileName, GlobalPrevalence, SignatureState")
    assert answer.json()["results"] == [
        {"FileName": "f", "GlobalPrevalence": 3, "SignatureState": "SignedValid"}
    ]


def test_hunts_take_a_seeded_time_with_a_median_and_a_tail(start: Start) -> None:
    client = start()
    waits: list[float] = []
    simulator = client.simulator
    config = type(simulator.config)(
        public_key=simulator.config.public_key,
        cert=simulator.config.cert,
        key=simulator.config.key,
        hunting_latency_median_s=3,
    )
    hunting = Hunting(simulator.tenant, simulator.hunting._gate, config, sleep=waits.append)
    for _ in range(1000):
        hunting._wait()
    waits.sort()
    assert 2.7 < waits[500] < 3.3
    assert max(waits) == 15
    assert waits[980] > 10


def test_what_was_hunted_is_remembered(start: Start) -> None:
    client = start(hunting={"DeviceInfo": [{"Timestamp": ago(60)}]})
    client.hunt("DeviceInfo", "P1D")
    client.hunt("nonsense |")
    good, bad = client.simulator.hunting.hunts()
    assert (good.query, good.timespan, good.status, good.rows) == ("DeviceInfo", "P1D", 200, 1)
    assert (bad.status, bad.rows) == (400, 0)


def test_hunts_and_look_ups_side_by_side_are_all_answered(start: Start) -> None:
    client = start(
        hunting={"DeviceProcessEvents": [process(ago(60), ProcessId=n) for n in range(50)]},
        bodies={"machines": [{"id": "m1"}]},
        quotas=False,
    )

    def ask(number: int) -> bool:
        if number % 2:
            return bool(client.defender("/api/machines/m1").json()["id"] == "m1")
        rows = client.hunt(f"DeviceProcessEvents | where ProcessId == {number}").json()["results"]
        return [int(row["ProcessId"]) for row in rows] == [number]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(24)))
