"""Looking that a published app runs, against a stand-in for Azure whose logs answer the real query."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jmespath
import pytest

from infra import look_running
from infra.azure_cli import Azure, Failed
from infra.look_running import FUNCTIONS, QUERY, main
from local.simulator.engine import Engine
from local.simulator.gate import SCHEMA_FILE, Gate
from shared.telemetry import line
from shared.version import version

_SCHEMA = {"AppTraces": {"TimeGenerated": "datetime", "Message": "string"}}
_SITE = "/subscriptions/s/resourceGroups/rg-alerts/providers/Microsoft.Web/sites/func-alerts"
_SPACE = "/subscriptions/s/resourceGroups/rg-alerts/providers/Microsoft.OperationalInsights/workspaces/log"
_STARTED = line("started", {"version": version(), "source": "defender", "cloud": "public", "tenant": "home"})
_OLD = line("started", {"version": "0123456789ab"})
_FETCHED = line("fetched", {"source": "defender", "new": 2, "pointers": 2})
_DENIED = line("fetch failed", {"source": "defender", "kind": "AccessDenied", "reason": "no roles"})
_NO_VALUE = {"--all"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    running = Engine(_SCHEMA)
    yield running
    running.close()


class StandIn:
    """Azure behind `az`: functions that are listed after some syncs, and lines that come in with time."""

    def __init__(self, engine: Engine, lines: list[list[str]], listed_after: int = 0) -> None:
        """`lines` is what the logs hold at each look, oldest first; the last one stays."""
        self._engine, self._lines, self._listed_after = engine, lines, listed_after
        self.apps = [_SITE]
        self.workspaces = [_SPACE]
        self.syncs = self.looks = self.slept = 0
        self._answered: dict[tuple[str, ...], Any] = {}  # by query and lines: most looks find the same ones

    def sleep(self, seconds: float) -> None:
        self.slept += int(seconds)

    def __call__(self, *arguments: str) -> Any:
        words = [word for word in arguments[:2] if not word.startswith("--")]
        rest = arguments[len(words) :]
        assert len(rest) % 2 == 0, rest
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        answer = self._answer(" ".join(words), options)
        return jmespath.search(options["--query"], answer) if "--query" in options else answer

    def _answer(self, command: str, options: dict[str, str]) -> Any:
        match command:
            case "account show":
                return {"id": "s"}
            case "cloud show":
                return {"endpoints": {"logAnalyticsResourceId": "https://api.loganalytics.io"}}
            case "resource list" if options["--resource-type"] == "Microsoft.Web/sites":
                return [{"id": app} for app in self.apps if app.endswith(f"/{options['--name']}")]
            case "resource list":
                assert options["--resource-group"] == "rg-alerts"
                return [{"id": space} for space in self.workspaces]
            case "rest":
                return self._rest(options["--method"], options["--url"], options)
        raise AssertionError(command)

    def _rest(self, method: str, url: str, options: dict[str, str]) -> Any:
        if (method, url.split("?")[0]) == ("get", f"{_SITE}/functions"):
            names = FUNCTIONS if self.syncs >= self._listed_after else ("WarmUp",)
            return {"value": [{"name": f"func-alerts/{name}"} for name in names]}
        if (method, url.split("?")[0]) == ("post", f"{_SITE}/host/default/sync"):
            self.syncs += 1
            return None
        if (method, url.split("?")[0]) == ("get", _SPACE):
            return {"properties": {"customerId": "w-1"}}
        assert (method, url) == ("post", "https://api.loganalytics.io/v1/workspaces/w-1/query")
        assert options["--resource"] == "https://api.loganalytics.io"
        return self._query(json.loads(options["--body"])["query"])

    def _query(self, query: str) -> Any:
        held = self._lines[min(self.looks, len(self._lines) - 1)]
        self.looks += 1
        asked = (query, *held)
        if asked not in self._answered:
            self._answered[asked] = self._found(query, held)
        return self._answered[asked]

    def _found(self, query: str, held: list[str]) -> Any:
        self._engine.clear()
        rows = [
            {"TimeGenerated": f"2026-11-24T12:{minute:02}:00Z", "Message": text}
            for minute, text in enumerate(held)
        ]
        if rows:
            self._engine.load("AppTraces", rows)
        found = self._engine.run(query).rows
        names = ["TimeGenerated", "event", "version", "fault", "reason"]
        return {"tables": [{"columns": [{"name": name} for name in names],
                            "rows": [[row[name] for name in names] for row in found]}]}  # fmt: skip


def _looked(stand_in: StandIn, *arguments: str) -> int:
    return main(["--app", "func-alerts", *arguments], stand_in, stand_in.sleep)


def test_an_app_that_runs_is_said_to(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in = StandIn(engine, [["other", _STARTED, _FETCHED]])
    assert _looked(stand_in) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("It runs.\n") and version() in printed and "FetchAlerts" in printed
    assert (stand_in.syncs, stand_in.slept) == (0, 0)


def test_functions_that_are_not_listed_are_synced_until_they_are(engine: Engine) -> None:
    stand_in = StandIn(engine, [[_STARTED, _FETCHED]], listed_after=3)
    assert _looked(stand_in, "--workspace", "w-1") == 0
    assert (stand_in.syncs, stand_in.slept) == (3, 45)


def test_it_waits_for_the_first_start_and_the_first_fetch(engine: Engine) -> None:
    stand_in = StandIn(
        engine, [[], [_OLD, _FETCHED], [_OLD, _FETCHED, _STARTED], [_STARTED, _DENIED, _FETCHED]]
    )
    assert _looked(stand_in) == 0
    assert (stand_in.looks, stand_in.slept) == (4, 60)


@pytest.mark.parametrize(
    ("lines", "listed_after", "said"),
    [
        (
            [],
            99,
            ["EnrichAlert, FetchAlerts, HuntCorrelate", "--build local", "a-second-app-beside-the-first"],
        ),
        ([], 0, ["no start of the app", "az functionapp restart"]),
        ([_OLD, _FETCHED], 0, ["version 0123456789ab runs", version(), "publish again"]),
        ([_FETCHED, _STARTED], 0, ["has fetched nothing (failure: none yet)", "#no-successful-fetch"]),
        ([_STARTED, _DENIED], 0, ["AccessDenied: no roles", "infra/grant-roles.sh"]),
        ([_STARTED.replace("started", "starting"), _FETCHED], 0, ["no start of the app"]),
    ],
)
def test_what_does_not_run_fails_with_the_way_out(
    engine: Engine, capsys: pytest.CaptureFixture[str],
    lines: list[str], listed_after: int, said: list[str],
) -> None:  # fmt: skip
    stand_in = StandIn(engine, [lines], listed_after)
    assert _looked(stand_in) == 1
    printed = capsys.readouterr()
    assert [part for part in said if part not in printed.err] == []
    assert "It runs" not in printed.out
    assert stand_in.slept <= 900


def test_any_version_will_do_where_that_is_asked(engine: Engine) -> None:
    assert _looked(StandIn(engine, [[_OLD, _FETCHED]]), "--any-version") == 0


@pytest.mark.parametrize(
    ("apps", "workspaces", "said"), [([], [_SPACE], "no app"), ([_SITE], [], "--workspace")]
)
def test_what_cannot_be_found_is_said(
    engine: Engine, capsys: pytest.CaptureFixture[str],
    apps: list[str], workspaces: list[str], said: str,
) -> None:  # fmt: skip
    stand_in = StandIn(engine, [[_STARTED, _FETCHED]])
    stand_in.apps, stand_in.workspaces = apps, workspaces
    assert _looked(stand_in) == 1
    assert said in capsys.readouterr().err


def test_without_the_azure_cli_it_says_where_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--app", "func-alerts"]) == 1
    assert "install-azure-cli" in capsys.readouterr().err


def test_what_the_azure_cli_says_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "az"
    program.write_text("#!/bin/sh\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(Failed, match="az login"):
        Azure().call("account", "show")


def test_the_ways_out_lead_to_sections_that_there_are() -> None:
    runbook = (Path(look_running.__file__).parents[1] / "docs" / "runbook.md").read_text("utf-8")
    headings = {
        text.lstrip("# ").lower().replace(" ", "-") for text in runbook.splitlines() if text.startswith("#")
    }
    texts = (look_running.NOT_LISTED, look_running.NOT_STARTED, look_running.NOT_FETCHED)
    named = [
        part.split("#")[1].split(".")[0].split()[0] for part in " ".join(texts).split("docs/runbook.md")[1:]
    ]
    assert len(named) == 3 and set(named) <= headings


def test_microsofts_parser_takes_the_query(tmp_path: Path) -> None:
    functions = json.loads(SCHEMA_FILE.read_text("utf-8"))["functions"]
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"tables": _SCHEMA, "functions": functions}), "utf-8")
    with Gate(schema=schema) as gate:
        verdict = gate.judge(QUERY)
    assert verdict.ok, verdict.messages
