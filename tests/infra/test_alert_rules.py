"""The alert rules' queries: Microsoft's parser takes them, and each fires on the lines that the app logs when
there is something to say, and on no others."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.simulator.engine import Engine
from local.simulator.gate import SCHEMA_FILE, Gate
from shared.telemetry import line
from tests.infra.agreement import rules
from tests.infra.facts import read_texts, workbook_queries

# The columns that the rules may use, of
# https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete and
# https://learn.microsoft.com/azure/azure-monitor/reference/tables/operation (read 2026-11).
_SCHEMA = {
    "traces": {
        "timestamp": "datetime",
        "message": "string",
        "severityLevel": "int",
        "operation_Name": "string",
    },
    "requests": {"timestamp": "datetime", "name": "string", "success": "bool", "duration": "real"},
    "Usage": {"TimeGenerated": "datetime", "DataType": "string", "IsBillable": "bool", "Quantity": "real"},
    "_LogOperation": {
        "TimeGenerated": "datetime",
        "Category": "string",
        "Operation": "string",
        "Detail": "string",
    },
}
_WORKBOOK = workbook_queries(read_texts())
_RULES = {rule.config["name"].removeprefix("defender-alerts-"): rule.config for rule in rules(read_texts())}

# As the host writes it, at Warning (azure-sdk-for-net, QueueProcessor; seen in the host 4.1037 in 2026-11).
_MOVED = "Message has reached MaxDequeueCount of 5. Moving message to queue 'hunt-requests-poison'."
_FETCHED = line("fetched", {"source": "defender", "new": 2, "pointers": 2})
_AUDIT = {
    "total": 412,
    "recovered": 0,
    "result": "0 missing of 412",
    "sources": ("the alert list", "AlertInfo"),
}
_AUDITED = line("audit", {**_AUDIT, "missing": 0})
_UNANSWERED = line("audit", {**_AUDIT, "missing": 0, "sources": ()})
_OFF_QUOTA = line("hunted", {"alerts": 9, "calls": 4, "out_of_quota": True, "seconds": 3.1})
_HUNTED = line("hunted", {"alerts": 9, "calls": 4, "out_of_quota": False, "seconds": 3.1})
_DENIED = line(
    "fetch failed", {"source": "defender", "kind": "AccessDenied", "reason": "no roles", "status": 403}
)
_REFUSED = line("hunting denied", {"roles": ("Alert.Read.All",), "audience": "x", "status": 403})
_FAILED = line("fetch failed", {"source": "defender", "kind": "Unavailable", "reason": "503", "status": 503})
_THROTTLED = line("hunt throttled", {"query": "q", "quota": "calls", "retry_after": 60})
_FAILURE = {"name": "HuntCorrelate", "success": False}
_USED = {"IsBillable": True, "DataType": "AppTraces"}
_STARTED = line("started", {"version": "0123456789ab", "source": "defender"})

type Row = str | dict[str, Any]
type Log = list[tuple[float, Row]]  # (minutes ago, a line of the log or a row)


def _waited(seconds: float) -> str:
    return line("counters", {"backlog": 4, "oldest_waiting_s": seconds})


def _each_minute(first: int, last: int, *rows: Row) -> Log:
    """The rows once a minute, from `first` minutes ago to `last`."""
    return [(minute, row) for minute in range(first, last - 1, -1) for row in rows]


def _well(first: int, last: int = 1) -> Log:
    """What an app logs that has nothing to say."""
    audits = [(minute, _AUDITED) for minute in range(first - 60, last - 1, -60)]
    return [*_each_minute(first, last, _FETCHED, _waited(3), _HUNTED), *audits]


# Rule → (table, logs it must fire on, logs it must not fire on).
_CASES: dict[str, tuple[str, list[Log], list[Log]]] = {
    "no-successful-fetch": (
        "traces",
        [
            _well(90, 17),
            [*_well(90, 17), *_each_minute(16, 1, _FAILED)],
            [(2_800, _FETCHED)],
        ],
        [
            [],
            _each_minute(400, 1, _DENIED),  # the roles are not granted yet
            [*_each_minute(90, 12, _FETCHED), *_each_minute(11, 1, _FAILED)],
            _each_minute(600, 1, "fetched by somebody else"),
        ],
    ),
    "backlog-growing": (
        "traces",
        [_each_minute(29, 1, _waited(1_500.0)), [(29, _waited(901.5)), (1, _waited(901.5))]],
        [
            [],
            [*_each_minute(29, 1, _waited(1_500.0)), (15, _waited(12))],
            [(1, _waited(1_500.0))],  # the first run after an outage
            _each_minute(29, 1, "counters"),
        ],
    ),
    "set-aside": (
        "traces",
        [
            [(1, line("alert set aside", {"alert_id": "da1_1", "reason": "its body is gone"}))],
            [(1, line("message set aside", {"reason": "no JSON", "message": "?"}))],
            [(1, line("message of another tenant set aside", {"tenant": "b"}))],
            [(1, line("alert without a usable id", {"field": "id"}))],
            [(1, line("row cannot be read", {"table": "AlertWork", "kept_as": "open%7Chome%7Ca"}))],
            [(1, line("document cannot be read", {"alert_id": "da1_1", "kind": "alert"}))],
            [(1, line("pointer not sent", {"alert_id": "da1_1", "reason": "not a generation"}))],
            [(1, line("alert not read", {"alert_id": "da1_1", "reason": "KeyError"}))],
        ],
        [[(1, _FETCHED)], [(1, line("enriched", {"alert_id": "alert set aside"}))]],
    ),
    "poison-message": ("traces", [[(1, _MOVED)]], [[(1, _FETCHED)]]),
    "hunting-quota-exhausted": (
        "traces",
        [_each_minute(5, 1, _OFF_QUOTA), _each_minute(9, 1, _THROTTLED)],
        [[*_each_minute(3, 1, _OFF_QUOTA), *_each_minute(25, 1, _HUNTED)], [(1, _OFF_QUOTA)] * 9],
    ),
    "audit-found-missing": (
        "traces",
        [[(1, line("audit", {**_AUDIT, "missing": 1}))]],
        [[(1, _AUDITED)], []],
    ),
    "audit-silent": (
        "traces",
        [
            _each_minute(200, 1, _FETCHED),
            [*_each_minute(350, 1, _FETCHED), (180, _UNANSWERED), (60, _UNANSWERED)],
        ],
        [
            [],
            _each_minute(170, 1, _FETCHED),  # the first hours
            [*_each_minute(350, 1, _FETCHED), (340, _AUDITED)],
            _each_minute(350, 1, _DENIED),  # no-successful-fetch says it
        ],
    ),
    "access-denied": ("traces", [[(1, _DENIED)], [(1, _REFUSED)]], [[(1, _FAILED)], [(1, _FETCHED)]]),
    "function-failing": (
        "requests",
        [_each_minute(5, 1, _FAILURE)],
        [
            [*_each_minute(4, 1, _FAILURE), *_each_minute(9, 1, {**_FAILURE, "success": True})],
            [(1, _FAILURE), (2, _FAILURE)] * 8,  # two bad minutes, of a function that runs every 15 s
            [],
        ],
    ),
    "daily-cap-near": (
        "Usage",
        [[(600, {**_USED, "Quantity": 500.0}), (60, {**_USED, "Quantity": 300.5})]],
        [[(60, {**_USED, "Quantity": 700.0}), (60, {"IsBillable": False, "Quantity": 9_000.0})], []],
    ),
    "daily-cap-reached": (
        "_LogOperation",
        [[(1, {"Category": "Ingestion", "Detail": "The data collection stopped. OverQuota"})]],
        [[(1, {"Category": "Ingestion", "Detail": "The data collection started again"})], []],
    ),
}

# (what the app has logged so far, the rules that may speak): the first day, as far as it got.
_FIRST_DAY: dict[str, tuple[Log, set[str]]] = {
    "the resources are there, nothing is published": ([], set()),
    "published before the roles were granted": (
        [(240, _STARTED), *_each_minute(240, 1, _DENIED, _waited(0))],
        {"access-denied"},
    ),
    "the roles have just been granted": (
        [(240, _STARTED), *_each_minute(240, 20, _DENIED), *_well(19)],
        set(),
    ),
    "the first minutes": ([(3, _STARTED), *_well(3)], set()),
    "the first hour, a day of alerts to work through": (
        [(40, _STARTED), *[(minute, _waited(60.0 * (40 - minute))) for minute in range(40, 0, -1)],
         *_each_minute(40, 1, _FETCHED, _HUNTED)],
        set(),
    ),
    "an hour and a half": (_well(90), set()),
    "four hours, the first audit late": ([*_each_minute(240, 1, _FETCHED), (90, _AUDITED)], set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    schema: Path = tmp_path_factory.mktemp("kql") / "schema.json"
    functions = json.loads(SCHEMA_FILE.read_text("utf-8"))["functions"]
    schema.write_text(json.dumps({"tables": _SCHEMA, "functions": functions}), "utf-8")
    with Gate(schema=schema) as running:
        yield running


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    running = Engine(_SCHEMA)
    yield running
    running.close()


def _criterion(rule: str) -> dict[str, Any]:
    (found,) = _RULES[rule]["properties"]["criteria"]["allOf"]
    criterion: dict[str, Any] = found
    return criterion


def _minutes(span: str) -> int:
    number, unit = re.fullmatch(r"PT?(\d+)([MHD])", span).groups()  # type: ignore[union-attr]  # else the test fails
    return int(number) * {"M": 1, "H": 60, "D": 1_440}[unit]


def _rows(table: str, given: Log, looks_back: int) -> list[Mapping[str, Any]]:
    """The rows of the last `looks_back` minutes; a text becomes a line of the log."""
    clock = "TimeGenerated" if "TimeGenerated" in _SCHEMA[table] else "timestamp"
    now = dt.datetime.now(dt.UTC)
    return [
        {
            clock: (now - dt.timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **({"message": one} if isinstance(one, str) else one),
        }
        for ago, one in given
        if ago <= looks_back
    ]


def _fires(engine: Engine, rule: str, table: str, given: Log) -> bool:
    """Whether the rule fires now over this log: as much of it as the rule sees, compared as the rule says."""
    properties = _RULES[rule]["properties"]
    looks_back = _minutes(properties["overrideQueryTimeRange"] or properties["windowSize"])
    engine.clear()
    if rows := _rows(table, given, looks_back):
        engine.load(table, rows)
    criterion = _criterion(rule)
    found = engine.run(criterion["query"]).rows
    if criterion["timeAggregation"] == "Count":
        measured: float | None = len(found)
    else:
        values = [row[criterion["metricMeasureColumn"]] for row in found]
        measured = max((value for value in values if value is not None), default=None)
    assert (
        criterion["operator"] == "GreaterThan"
    )  # a rule that fires on too little cannot tell it from nothing
    return measured is not None and bool(measured > criterion["threshold"])


def test_every_rule_has_cases() -> None:
    assert _CASES.keys() == _RULES.keys()


@pytest.mark.parametrize("rule", _RULES)
def test_microsofts_parser_takes_the_query_and_knows_the_measured_column(gate: Gate, rule: str) -> None:
    criterion = _criterion(rule)
    verdict = gate.judge(criterion["query"])
    assert verdict.ok, verdict.messages
    if criterion["timeAggregation"] != "Count":
        assert dict(verdict.columns)[criterion["metricMeasureColumn"]] in ("long", "real")


@pytest.mark.parametrize("name", _WORKBOOK)
def test_microsofts_parser_takes_the_workbook_s_queries(gate: Gate, name: str) -> None:
    verdict = gate.judge(_WORKBOOK[name])
    assert verdict.ok, verdict.messages


@pytest.mark.parametrize("rule", _CASES)
def test_a_rule_fires_when_it_should_and_only_then(engine: Engine, rule: str) -> None:
    table, firing, quiet = _CASES[rule]
    for log in firing:
        assert _fires(engine, rule, table, log), log[:3]
    for log in quiet:
        assert not _fires(engine, rule, table, log), log[:3]


_OVER_LINES = [rule for rule, (table, _, _) in _CASES.items() if table == "traces"]


@pytest.mark.parametrize("stage", _FIRST_DAY)
def test_on_the_first_day_no_rule_speaks_before_it_can_know(engine: Engine, stage: str) -> None:
    log, may = _FIRST_DAY[stage]
    assert {rule for rule in _OVER_LINES if _fires(engine, rule, "traces", log)} == may


def test_in_a_quiet_week_no_rule_speaks(engine: Engine) -> None:
    log = [row for row in _well(7 * 1_440) if row[0] <= 2_880]  # no rule sees further
    assert [rule for rule in _OVER_LINES if _fires(engine, rule, "traces", log)] == []


def test_what_is_over_when_it_is_told_is_told_each_time_and_a_state_once() -> None:
    """A stateful rule is silent after its first mail until it resolves: a second event would go unseen."""
    told_each_time = {name for name, rule in _RULES.items() if not rule["properties"]["autoMitigate"]}
    assert told_each_time == {"set-aside", "poison-message", "audit-found-missing"}
    for name in told_each_time:  # each row is in one look alone
        properties = _RULES[name]["properties"]
        assert properties["windowSize"] == properties["evaluationFrequency"], name


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_says_where_its_runbook_section_is_and_its_query_what_to_do(rule: str) -> None:
    properties = _RULES[rule]["properties"]
    assert properties["description"].endswith(f"section {rule}.")
    for heading in ("// Means: ", "// Look at: ", "// Do: "):
        assert heading in _criterion(rule)["query"]


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_looks_at_no_less_than_the_time_between_two_looks(rule: str) -> None:
    properties = _RULES[rule]["properties"]
    assert _minutes(properties["windowSize"]) >= _minutes(properties["evaluationFrequency"])
    # https://learn.microsoft.com/azure/templates/microsoft.insights/scheduledqueryrules (read 2026-11)
    assert _minutes(properties["overrideQueryTimeRange"] or "PT0M") <= 2_880
