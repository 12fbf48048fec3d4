"""How the host reads an app: host.json, function.json, app settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.host.app import App, IndexingFailed, read_app, time_span
from local.host.app_settings import AppSettings
from tests.local.host.conftest import TIMER, AppMaker, queue_output, queue_trigger

CODE = "def main(**_): pass\n"


def _read(root: Path, **settings: str) -> App:
    return read_app(
        root, AppSettings({name.replace("__DOT__", "."): value for name, value in settings.items()})
    )


def _problems(root: Path, **settings: str) -> str:
    with pytest.raises(IndexingFailed) as caught:
        _read(root, **settings)
    return "\n".join(caught.value.problems)


def test_a_setting_in_a_binding_is_resolved_and_an_unset_one_fails_indexing(make_app: AppMaker) -> None:
    app = make_app({"A": ([queue_trigger("%Work_Queue%"), queue_output("%OTHER%-%WORK_QUEUE%")], CODE)})
    read = _read(app, work_queue="Jobs", Other="x")
    assert (read.functions[0].trigger.queue, read.functions[0].outputs[0].queue) == ("jobs", "x-jobs")
    assert _problems(app, WORK_QUEUE="jobs") == "A: '%OTHER%' does not resolve to a value"


def test_defaults_are_the_documented_ones(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "__init__.py").touch()
    (tmp_path / "A" / "function.json").write_text(json.dumps({"bindings": [queue_trigger("jobs")]}))
    app = _read(tmp_path)
    queues = app.queues
    assert (queues.batch_size, queues.new_batch_threshold, queues.max_dequeue_count) == (16, 8, 5)
    assert (queues.visibility_timeout_seconds, queues.max_polling_seconds, queues.base64) == (0, 60, True)
    assert app.timeout_seconds == 1800


def test_app_settings_override_host_json(make_app: AppMaker) -> None:
    app = make_app({"A": ([TIMER], CODE)}, host={"functionTimeout": "00:10:00"})
    read = _read(
        app,
        AzureFunctionsJobHost__extensions__queues__batchSize="7",
        AzureFunctionsJobHost__extensions__queues__messageEncoding="none",
        AzureFunctionsJobHost__functionTimeout="-1",
    )
    assert (read.queues.batch_size, read.queues.base64, read.timeout_seconds) == (7, False, None)
    assert _read(app).timeout_seconds == 600


def test_every_problem_is_reported_at_once_with_its_function(make_app: AppMaker) -> None:
    app = make_app(
        {
            "A": ([TIMER, queue_trigger("jobs")], CODE),
            "B": ([{**queue_trigger("x"), "direction": "out"}], CODE),
            "C": ([{"name": "req", "type": "httpTrigger", "direction": "in"}], CODE),
            "D": ([queue_trigger("no_such_name")], CODE),
        },
        queues={"batchSize": 33},
    )
    problems = _problems(app).splitlines()
    assert [problem.partition(":")[0] for problem in problems] == ["A", "B", "C", "D", "host.json"]
    assert "exactly one trigger" in problems[0]
    assert "direction 'in'" in problems[1]
    assert "httpTrigger" in problems[2]
    assert "no_such_name" in problems[3]


def test_a_folder_without_functions_is_no_app(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert "no function" in _problems(tmp_path)


def test_a_function_is_disabled_by_the_documented_setting(make_app: AppMaker) -> None:
    app = make_app({"A": ([TIMER], CODE), "B": ([TIMER], CODE)})
    read = _read(app, AzureWebJobs__DOT__A__DOT__Disabled="True")
    assert [(function.name, function.disabled) for function in read.functions] == [("A", True), ("B", False)]


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:05", 5), ("00:10:00", 600), ("1.02:00:00", 93600), ("00:00:00.5", 0.5)]
)
def test_time_spans_are_read_as_net_writes_them(text: str, seconds: float) -> None:
    assert time_span(text) == seconds


@pytest.mark.parametrize("text", ["5", "00:60:00", "24:00:00", "00:00", "", "-00:00:01"])
def test_other_text_is_no_time_span(text: str) -> None:
    with pytest.raises(ValueError, match="time span"):
        time_span(text)
