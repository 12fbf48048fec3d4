from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.azurite import node_executable
from local.simulator import gate_start
from local.simulator.gate import SCHEMA_FILE, Gate, GateFailed, node_modules

_links = pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right of its own there")


def test_a_query_of_the_schema_passes_with_its_columns(gate: Gate) -> None:
    verdict = gate.judge("DeviceProcessEvents | project Timestamp, ProcessId, Named = isnotempty(FileName)")
    assert verdict.ok
    assert verdict.columns == (("Timestamp", "datetime"), ("ProcessId", "long"), ("Named", "bool"))


@pytest.mark.parametrize(
    ("kql", "word"),
    [
        (".drop table DeviceInfo", "Only a query"),
        (".show tables", "Only a query"),
        ("DeviceInfo; DeviceInfo", "Exactly one statement"),
        ("set notruncation; DeviceInfo", "Exactly one statement"),
        ("let a = 5;", "Exactly one statement"),
        ("", "Exactly one statement"),
        ("print 1", "'print'"),
        ("externaldata(a:string)['https://host.example/x']", "'externaldata'"),
        (
            "DeviceInfo | join (externaldata(DeviceId:string)['https://h.example/x']) on DeviceId",
            "externaldata",
        ),
        ("cluster('x').database('y').T", "'cluster()'"),
        ("DeviceInfo | where NoSuchColumn == 1", "KS142"),
        ("NoSuchTable | take 1", "KS204"),
        ("DeviceInfo | where DeviceName == 'a\nb'", "KS"),
        ("1 + 1", "must return a table"),
        ("DeviceFileEvents | invoke FileProfile('FileName')", "file ID column"),
        ("DeviceFileEvents | invoke FileProfile('SHA1', 1001)", "1 to 1000"),
    ],
)
def test_what_the_service_refuses_is_refused_with_a_word_why(gate: Gate, kql: str, word: str) -> None:
    verdict = gate.judge(kql)
    assert not verdict.ok
    assert word in " ".join(verdict.messages)
    assert verdict.runnable is None


@pytest.mark.parametrize(
    "kql",
    [
        "let t = datetime(2026-11-24); DeviceInfo | where Timestamp > t",
        "search in (DeviceInfo) 'x'",
        "DeviceFileEvents | project SHA1 | invoke FileProfile() | where GlobalPrevalence < 15",
        "DeviceNetworkEvents | project IP = LocalIP | invoke DeviceFromIP()",
    ],
)
def test_what_advanced_hunting_knows_passes(gate: Gate, kql: str) -> None:
    assert gate.judge(kql).ok


def test_file_profile_keeps_the_columns_of_its_input_and_adds_its_own(gate: Gate) -> None:
    names = [
        name
        for name, _ in gate.judge("DeviceFileEvents | project FileName, SHA1 | invoke FileProfile()").columns
    ]
    assert names[:2] == ["FileName", "SHA1"]
    assert names.count("SHA1") == 1
    assert "GlobalPrevalence" in names


def test_many_queries_are_judged_in_their_order(gate: Gate) -> None:
    verdicts = gate.judge_all(["DeviceInfo | take 1", "nonsense |", "DeviceInfo | count"])
    assert [verdict.ok for verdict in verdicts] == [True, False, True]


def test_tokens_tell_kind_and_text_and_leave_out_comments(gate: Gate) -> None:
    assert gate.tokens('T // c\n| where A == "x\\u0041"') == [
        ("IdentifierToken", "T"),
        ("BarToken", "|"),
        ("WhereKeyword", "where"),
        ("IdentifierToken", "A"),
        ("EqualEqualToken", "=="),
        ("StringLiteralToken", '"x\\u0041"'),
        ("EndOfTextToken", ""),
    ]


def test_an_unescaped_quote_changes_the_token_stream(gate: Gate) -> None:
    plain, injected = gate.tokens_all(['T | where A == "x"', 'T | where A == "x" or true //"'])
    assert [kind for kind, _ in plain] != [kind for kind, _ in injected]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gets_an_answer(gate: Gate, text: str) -> None:
    verdict = gate.judge(text)
    assert verdict.ok == (not verdict.messages)
    assert gate.tokens(json.dumps(text))[-1][0] == "EndOfTextToken"


def test_the_gate_works_again_after_its_process_was_lost() -> None:
    with Gate() as own:
        assert own._child is not None
        own._child.kill()
        own._child.wait()
        with pytest.raises(GateFailed):
            own.judge("DeviceInfo")
        assert own.judge("DeviceInfo").ok


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parser's packages for gates that are started now, with nothing kept beside them yet."""
    monkeypatch.setattr("local.simulator.gate.node_modules", lambda _given: tmp_path)
    (tmp_path / "@kusto").symlink_to(node_modules() / "@kusto", target_is_directory=True)
    return tmp_path


@_links
def test_the_loaded_parser_is_kept_beside_its_packages_and_knows_another_schema(
    gate: Gate, tmp_path: Path, packages: Path
) -> None:
    functions = json.loads(SCHEMA_FILE.read_text("utf-8"))["functions"]
    schema = tmp_path / "own.json"
    schema.write_text(json.dumps({"tables": {"Own": {"A": "string"}}, "functions": functions}), "utf-8")
    asked = [
        "DeviceInfo | summarize arg_max(Timestamp, *) by DeviceId",
        "DeviceFileEvents | invoke FileProfile(SHA1) | where GlobalPrevalence < 5",
        "Own",
    ]
    with Gate() as hunting:
        assert hunting.judge_all(asked) == gate.judge_all(asked)
    kept = gate_start.snapshot(node_executable(), packages)
    assert kept.is_file() and kept in gate_start.command(node_executable(), packages, schema)
    with Gate(schema=schema) as own:
        assert own.judge("Own | project A").columns == (("A", "string"),)
        assert not own.judge("DeviceInfo").ok


@_links
@pytest.mark.parametrize("how", ["cannot be made", "cannot be read", "is being made"])
def test_a_snapshot_that_is_not_to_be_had_is_done_without(packages: Path, how: str) -> None:
    """One that does not start is taken away, and made anew the next time."""
    kept = gate_start.snapshot(node_executable(), packages)
    if how == "cannot be made":
        (packages / ".cache").write_text("no folder", "utf-8")
    else:
        kept.parent.mkdir(parents=True)
    if how == "cannot be read":
        kept.write_bytes(b"no snapshot")
    elif how == "is being made":
        kept.with_suffix(".making").touch()
    with Gate() as gate:
        assert gate.judge("DeviceInfo").ok
    assert not kept.is_file()
