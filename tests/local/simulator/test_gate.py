from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.simulator.gate import Gate, GateFailed


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
