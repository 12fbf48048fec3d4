from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.simulator import ticks
from local.simulator.engine import Engine, EngineError, TimedOut, Unsupported
from local.simulator.gate import Gate

EXACT = "2026-11-24T08:12:32.9581596Z"
NEXT_TICK = "2026-11-24T08:12:32.9581597Z"
SAME_MICROSECOND = "2026-11-24T08:12:32.958159Z"


def processes(engine: Engine, *creations: str) -> None:
    engine.load(
        "DeviceProcessEvents",
        [
            {"Timestamp": time, "DeviceId": "d1", "ProcessId": n, "ProcessCreationTime": time}
            for n, time in enumerate(creations)
        ],
    )


def pids(engine: Engine, condition: str) -> list[int]:
    found = engine.run(f"DeviceProcessEvents | where {condition} | project ProcessId | sort by ProcessId asc")
    return [row["ProcessId"] for row in found.rows]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"ProcessCreationTime == datetime({EXACT})", [0]),
        (f"ProcessCreationTime != datetime({EXACT})", [1, 2]),
        (f"ProcessCreationTime in (datetime({EXACT}), datetime({NEXT_TICK}))", [0, 1]),
        (f"ProcessCreationTime > datetime({EXACT})", [1]),
        (f"ProcessCreationTime between (datetime({EXACT}) .. datetime({EXACT}))", [0]),
        (f"ProcessCreationTime - 1h == datetime({EXACT}) - 1h", [0]),
        (f"ProcessCreationTime between ((datetime({NEXT_TICK}) - 0s) .. (datetime({NEXT_TICK}) + 1s))", [1]),
    ],
)
def test_times_are_told_apart_to_100_ns(engine: Engine, condition: str, expected: list[int]) -> None:
    processes(engine, EXACT, NEXT_TICK, SAME_MICROSECOND)
    assert pids(engine, condition) == expected


def test_times_joined_and_listed_in_a_datatable_are_exact(engine: Engine) -> None:
    processes(engine, EXACT, NEXT_TICK, SAME_MICROSECOND)
    found = engine.run(
        f"datatable(Wanted:datetime)[datetime({NEXT_TICK})] "
        "| join kind=inner DeviceProcessEvents on $left.Wanted == $right.ProcessCreationTime "
        "| project ProcessId"
    )
    assert [row["ProcessId"] for row in found.rows] == [1]


@pytest.mark.parametrize(
    "time", [EXACT, "2026-11-24T08:12:32.9Z", "2026-11-24T08:12:32Z", "2026-11-24T08:12:30.1000001Z"]
)
def test_a_time_comes_out_as_it_went_in(engine: Engine, time: str) -> None:
    processes(engine, time)
    assert engine.run("DeviceProcessEvents | project Timestamp").rows == ({"Timestamp": time},)


def test_values_have_the_types_of_the_service(engine: Engine) -> None:
    engine.load(
        "DeviceProcessEvents",
        [
            {
                "Timestamp": EXACT,
                "ProcessId": 7,
                "IsProcessRemoteSession": False,
                "AdditionalFields": {"a": [1]},
            }
        ],
    )
    result = engine.run(
        "DeviceProcessEvents | project Timestamp, ProcessId, IsProcessRemoteSession, AdditionalFields, "
        "FileName, FileSize, Bag = parse_json(AdditionalFields), Half = 0.5, Span = 1d + 2h, "
        "Set = dynamic([1])"
    )
    assert result.rows == (
        {
            "Timestamp": EXACT,
            "ProcessId": 7,
            "IsProcessRemoteSession": False,
            "AdditionalFields": '{"a":[1]}',
            "FileName": "",
            "FileSize": None,
            "Bag": '{"a":[1]}',
            "Half": 0.5,
            "Span": "1.02:00:00",
            "Set": "[1]",
        },
    )
    kinds = [kind for _, kind in result.schema]
    assert kinds == [
        "datetime",
        "long",
        "bool",
        "string",
        "string",
        "long",
        "dynamic",
        "real",
        "timespan",
        "dynamic",
    ]


def test_numbers_that_json_cannot_say_are_texts(engine: Engine) -> None:
    engine.load("DeviceInfo", [{"DeviceId": "d"}])
    rows = engine.run("DeviceInfo | project A = real(nan), B = real(+inf), C = real(-inf), D = 1.5").rows
    assert rows == ({"A": "NaN", "B": "Infinity", "C": "-Infinity", "D": 1.5},)


@pytest.mark.parametrize(
    "kql",
    [
        "DeviceInfo | summarize count(), dcount(DeviceName), max(Timestamp) by DeviceId, bin(Timestamp, 1h)",
        "DeviceInfo | summarize arg_max(Timestamp, *) by DeviceId",
        "DeviceInfo | extend DeviceId = 'x', New = 1",
        "DeviceInfo | project DeviceId, tostring(OSBuild), strcat(DeviceId, 'x')",
        "DeviceInfo | join kind=inner DeviceNetworkInfo on DeviceId",
        "DeviceInfo | join kind=leftouter (DeviceInfo | project DeviceId, X = 1) on DeviceId | take 5",
        "DeviceInfo | lookup kind=leftouter (AlertEvidence | project DeviceId, AlertId) on DeviceId",
        "union withsource=T (DeviceInfo | project DeviceId), (AlertInfo | project AlertId, Extra = 1)",
        "union DeviceInfo, AlertInfo | project-away Timestamp",
        "DeviceInfo | distinct DeviceId, DeviceName",
        "DeviceInfo | extend U = parse_json(LoggedOnUsers) | mv-expand U | extend N = tostring(U.UserName)",
        "DeviceInfo | summarize make_set(DeviceName, 5), S = make_list(DeviceId) by OSPlatform",
        "DeviceInfo | top 3 by Timestamp desc | count",
        "let ids = dynamic(['d']); DeviceInfo | where DeviceId in (ids) | project-rename Id = DeviceId",
    ],
)
def test_the_engine_names_columns_as_the_parser_does(gate: Gate, engine: Engine, kql: str) -> None:
    engine.load("DeviceInfo", [{"DeviceId": "d", "Timestamp": EXACT, "DeviceName": "a.b"}])
    verdict = gate.judge(kql)
    assert verdict.ok, verdict.messages
    result = engine.run(kql, types=verdict.columns)
    assert result.schema == verdict.columns


def test_a_result_whose_columns_are_not_those_expected_is_refused(engine: Engine) -> None:
    with pytest.raises(Unsupported, match="Other"):
        engine.run("DeviceInfo | project DeviceId", types=[("Other", "string")])


def test_a_row_is_not_seen_before_it_arrives(engine: Engine) -> None:
    start = ticks.parse(EXACT)
    engine.load(
        "DeviceInfo",
        [{"Timestamp": EXACT, "DeviceId": "late"}, {"Timestamp": EXACT, "DeviceId": "early"}],
        visible_at=[start + 240 * ticks.PER_SECOND, start],
    )

    def seen(after_seconds: int) -> list[str]:
        now = start + after_seconds * ticks.PER_SECOND
        return [row["DeviceId"] for row in engine.run("DeviceInfo | sort by DeviceId asc", now=now).rows]

    assert seen(-1) == []
    assert seen(239) == ["early"]
    assert seen(240) == ["early", "late"]


def test_rows_outside_of_the_time_span_are_not_seen(engine: Engine) -> None:
    processes(engine, "2026-11-01T00:00:00Z", EXACT)
    span = (ticks.parse("2026-11-20T00:00:00Z"), ticks.parse(EXACT))
    assert len(engine.run("DeviceProcessEvents", between=span).rows) == 1
    assert len(engine.run("DeviceProcessEvents", between=(span[0], span[1] - 1)).rows) == 0


def test_sorted_rows_leave_in_their_order(engine: Engine) -> None:
    engine.load("DeviceProcessEvents", [{"ProcessId": (n * 7919) % 30_000} for n in range(30_000)])
    rows = engine.run("DeviceProcessEvents | project ProcessId | sort by ProcessId desc").rows
    assert [row["ProcessId"] for row in rows] == list(range(29_999, -1, -1))


def test_a_result_is_cut_at_100_000_rows(engine: Engine) -> None:
    engine.load("DeviceInfo", [{"DeviceId": "d"}] * 400)
    query = "DeviceInfo | extend k = 1 | join kind=inner (DeviceInfo | extend k = 1) on k | project DeviceId"
    result = engine.run(query)
    assert len(result.rows) == 100_000
    assert result.truncated


def test_a_query_that_takes_too_long_is_stopped(engine: Engine) -> None:
    engine.load("DeviceInfo", [{"DeviceId": str(n)} for n in range(3000)])
    joined = "DeviceInfo | extend k = 1 | join kind=inner (DeviceInfo | extend k = 1) on k"
    with pytest.raises(TimedOut):
        engine.run(
            f"{joined} | join kind=inner (DeviceInfo | extend k = 1) on k | summarize count()", seconds=0.2
        )


def test_what_the_engine_cannot_do_is_said_not_guessed(engine: Engine) -> None:
    with pytest.raises(Unsupported):
        engine.run("DeviceInfo | serialize n = row_number()")


@pytest.mark.parametrize(
    ("table", "row", "word"),
    [
        ("NoSuchTable", {}, "NoSuchTable"),
        ("DeviceInfo", {"NoSuchColumn": 1}, "NoSuchColumn"),
        ("DeviceInfo", {"Timestamp": "yesterday"}, "yesterday"),
        ("DeviceProcessEvents", {"ProcessId": "many"}, "many"),
    ],
)
def test_a_row_that_does_not_fit_the_schema_is_refused(
    engine: Engine, table: str, row: dict[str, object], word: str
) -> None:
    with pytest.raises(EngineError, match=word):
        engine.load(table, [{"DeviceId": "x"} if table == "DeviceInfo" else {}, row])
    assert engine.run("DeviceInfo | count").rows == ({"Count": 0},)


def test_tables_without_rows_are_empty_and_a_cleared_one_is_too(engine: Engine) -> None:
    assert engine.run("union Device*, Alert* | count").rows == ({"Count": 0},)
    engine.load("DeviceInfo", [{"DeviceId": "d"}])
    assert engine.run("union Device*, Alert* | count").rows == ({"Count": 1},)
    engine.clear("AlertInfo")
    engine.clear("DeviceInfo")
    assert engine.run("DeviceInfo | count").rows == ({"Count": 0},)


def test_file_profile_is_a_look_up_for_the_first_rows_only(gate: Gate) -> None:
    engine = Engine({**Engine().schema, "_FileProfile": profile_columns()})
    hashes = [f"{n:040x}" for n in range(3)]
    engine.load("DeviceFileEvents", [{"FileName": f"f{n}", "SHA1": sha1} for n, sha1 in enumerate(hashes)])
    engine.load("_FileProfile", [{"SHA1": sha1, "GlobalPrevalence": 5} for sha1 in hashes[:2]])

    def prevalences(limit: int) -> list[int | None]:
        asked = f"DeviceFileEvents | project FileName, SHA1 | invoke FileProfile('SHA1', {limit})"
        verdict = gate.judge(f"{asked} | sort by FileName asc")
        assert verdict.runnable is not None
        rows = engine.run(verdict.runnable, types=verdict.columns).rows
        assert list(rows[0]) == [name for name, _ in verdict.columns]
        return [row["GlobalPrevalence"] for row in rows]

    assert prevalences(1000) == [5, 5, None]
    assert prevalences(1) == [5, None, None]


def profile_columns() -> dict[str, str]:
    from local.simulator.gate import SCHEMA_FILE

    declared: dict[str, str] = json.loads(SCHEMA_FILE.read_text("utf-8"))["functions"]["FileProfile"]
    return declared


def test_many_threads_load_and_run_at_once(engine: Engine) -> None:
    processes(engine, EXACT)

    def work(number: int) -> int:
        engine.load("DeviceInfo", [{"DeviceId": str(number)}] * 20)
        seen = engine.run(f"DeviceInfo | where DeviceId == '{number}' | count").rows[0]["Count"]
        return int(seen) + len(engine.run(f"DeviceProcessEvents | extend N = {number}").rows)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [21] * 16
    assert engine.run("DeviceInfo | count").rows == ({"Count": 320},)
