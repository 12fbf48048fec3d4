"""The alert rules' queries: Microsoft's parser takes them, and each fires on the lines that the app logs when
there is something to say, and on no others."""

from __future__ import annotations

import json
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

_MOVED = "Message has reached MaxDequeueCount of 5. Moving message to queue 'hunt-requests-poison'."
_FETCHED = line("fetched", {"source": "defender", "new": 2, "pointers": 2})
_AUDIT = {
    "total": 412,
    "recovered": 0,
    "result": "0 missing of 412",
    "sources": ("the alert list", "AlertInfo"),
}
_OFF_QUOTA = line("hunted", {"alerts": 9, "calls": 4, "out_of_quota": True, "seconds": 3.1})
_HUNTED = line("hunted", {"alerts": 9, "calls": 4, "out_of_quota": False, "seconds": 3.1})
_DENIED = line(
    "fetch failed", {"source": "defender", "kind": "AccessDenied", "reason": "no roles", "status": 403}
)
_FAILED = line("fetch failed", {"source": "defender", "kind": "Unavailable", "reason": "503", "status": 503})
_WAITED = [line("counters", {"backlog": 4, "oldest_waiting_s": seconds}) for seconds in (1_500.0, 901.5)]
_FAILURE = {"name": "HuntCorrelate", "success": False}
_USED = {"IsBillable": True, "DataType": "AppTraces"}

# Rule → (table, rows it must fire on, rows it must not fire on); a text is a line of the log, one a minute.
_CASES: dict[str, tuple[str, list[list[Any]], list[list[Any]]]] = {
    "no-successful-fetch": (
        "traces",
        [[], [_FAILED], ["fetched by somebody else"]],
        [[_FETCHED], [_FAILED, _FETCHED]],
    ),
    "backlog-growing": (
        "traces",
        [_WAITED],
        [[], [*_WAITED, line("counters", {"backlog": 1, "oldest_waiting_s": 12})], ["counters"]],
    ),
    "set-aside": (
        "traces",
        [
            [line("alert set aside", {"alert_id": "da1_1", "reason": "its body is gone"})],
            [line("message set aside", {"reason": "no JSON", "message": "?"})],
            [line("message of another tenant set aside", {"tenant": "b"})],
            [line("alert without a usable id", {"field": "id"})],
        ],
        [[_FETCHED], [line("enriched", {"alert_id": "alert set aside"})]],
    ),
    "poison-message": ("traces", [[_MOVED]], [[_FETCHED]]),
    "hunting-quota-exhausted": (
        "traces",
        [[_OFF_QUOTA] * 5, [line("hunt throttled", {"query": "q", "quota": "calls", "retry_after": 60})] * 5],
        [[_OFF_QUOTA] * 4 + [_HUNTED] * 20, []],
    ),
    "audit-found-missing": (
        "traces",
        [[line("audit", {**_AUDIT, "missing": 1})]],
        [[line("audit", {**_AUDIT, "missing": 0})], []],
    ),
    "audit-silent": (
        "traces",
        [[], [line("audit", {**_AUDIT, "missing": 0, "sources": ()})]],
        [[line("audit", {**_AUDIT, "missing": 0})]],
    ),
    "access-denied": (
        "traces",
        [[_DENIED], [line("hunting denied", {"roles": ("Alert.Read.All",), "audience": "x", "status": 403})]],
        [[_FAILED], [_FETCHED]],
    ),
    "function-failing": (
        "requests",
        [[_FAILURE] * 5],
        [[_FAILURE] * 4 + [{**_FAILURE, "success": True}] * 9, []],
    ),
    "daily-cap-near": (
        "Usage",
        [[{**_USED, "Quantity": 500.0}, {**_USED, "Quantity": 300.5}]],
        [[{**_USED, "Quantity": 700.0}, {"IsBillable": False, "Quantity": 9_000.0}], []],
    ),
    "daily-cap-reached": (
        "_LogOperation",
        [[{"Category": "Ingestion", "Detail": "The data collection stopped. OverQuota"}]],
        [[{"Category": "Ingestion", "Detail": "The data collection started again"}], []],
    ),
}


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


def _rows(table: str, given: list[Any]) -> list[Mapping[str, Any]]:
    """The rows, one a minute; a text becomes a line of the log."""
    clock = "TimeGenerated" if "TimeGenerated" in _SCHEMA[table] else "timestamp"
    return [
        {clock: f"2026-11-24T12:{minute:02}:00Z", **({"message": one} if isinstance(one, str) else one)}
        for minute, one in enumerate(given)
    ]


def _fires(engine: Engine, rule: str, table: str, given: list[Any]) -> bool:
    """Whether the rule fires over these rows: the query run, its outcome compared as the rule says."""
    engine.clear()
    if given:
        engine.load(table, _rows(table, given))
    criterion = _criterion(rule)
    found = engine.run(criterion["query"]).rows
    if criterion["timeAggregation"] == "Count":
        measured: float | None = len(found)
    else:
        values = [row[criterion["metricMeasureColumn"]] for row in found]
        measured = max((value for value in values if value is not None), default=None)
    if measured is None:
        return False
    compare = {
        "GreaterThan": measured > criterion["threshold"],
        "LessThan": measured < criterion["threshold"],
    }
    fires: bool = compare[criterion["operator"]]
    return fires


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
    for rows in firing:
        assert _fires(engine, rule, table, rows), rows
    for rows in quiet:
        assert not _fires(engine, rule, table, rows), rows


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_says_where_its_runbook_section_is_and_its_query_what_to_do(rule: str) -> None:
    properties = _RULES[rule]["properties"]
    assert properties["description"].endswith(f"section {rule}.")
    for heading in ("// Means: ", "// Look at: ", "// Do: "):
        assert heading in _criterion(rule)["query"]


@pytest.mark.parametrize("rule", _RULES)
def test_a_rule_looks_at_no_less_than_the_time_between_two_looks(rule: str) -> None:
    minutes = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60, "PT6H": 360, "P1D": 1440}
    properties = _RULES[rule]["properties"]
    assert minutes[properties["windowSize"]] >= minutes[properties["evaluationFrequency"]]
