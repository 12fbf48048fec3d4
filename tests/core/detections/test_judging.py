"""Rows judged: hits, systems, rules switched off, what is remembered, and what is said to have been cut."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from typing import Any

import pytest

from local.detections.compile import document
from shared.core.detections import load
from shared.core.detections.judging import Detections
from shared.core.detections.view import MAX_MORE
from shared.errors import ConfigError
from tests.core.detections.rules import compiled_rules, detections, judged, process, rule

WHOAMI = r"a: {Image|endswith: ['\whoami.exe', '/whoami']}"


def test_a_hit_names_the_rule_its_level_its_techniques_and_the_row() -> None:
    found = detections(
        rule(WHOAMI, tags=["attack.discovery", "attack.t1033", "attack.T1087.001"], level="medium")
    )
    rows = [
        ("DeviceProcessEvents", "ProcessCreated", process("x")),
        ("DeviceProcessEvents", "ProcessCreated", process("whoami", "C:\\Windows\\System32\\whoami.exe")),
    ]
    result = found.judge(rows)
    [hit] = result.hits
    assert (hit.row, hit.rule.title, hit.rule.level, hit.rule.strong) == (1, "Rule 1", "medium", False)
    assert hit.rule.techniques == ("T1033", "T1087.001")
    assert hit.rule.room == "execution"
    assert (result.rows, result.capped, result.excused) == (2, (), ())


@pytest.mark.parametrize(
    ("level", "strong"), [("low", False), ("medium", False), ("high", True), ("critical", True)]
)
def test_a_strong_rule_is_high_or_critical(level: str, strong: bool) -> None:
    [found] = detections(rule(WHOAMI, level=level)).rules
    assert found.strong is strong


@pytest.mark.parametrize(
    ("product", "path", "system", "wanted"),
    [
        ("windows", "C:\\x\\whoami.exe", None, True),
        ("windows", "C:\\x\\whoami.exe", "windows", True),
        ("windows", "/usr/bin/whoami", None, False),
        ("linux", "/usr/bin/whoami", None, True),
        ("linux", "/usr/bin/whoami", "linux", True),
        ("linux", "/usr/bin/whoami", "macos", False),
        ("macos", "/usr/bin/whoami", None, True),
        ("macos", "/usr/bin/whoami", "linux", False),
        ("linux", "C:\\x\\whoami.exe", None, False),
        (None, "/usr/bin/whoami", None, True),
        (None, "C:\\x\\whoami.exe", "windows", True),
    ],
)
def test_a_rule_judges_the_rows_of_its_system(
    product: str | None, path: str, system: str | None, wanted: bool
) -> None:
    logsource = {"category": "process_creation"} | ({"product": product} if product else {})
    found = detections(rule(WHOAMI, logsource), platform=product or "windows")
    assert bool(judged(found, process("x", path), system=system).hits) is wanted


def test_a_rule_of_the_folder_for_both_posix_systems_judges_no_windows_row() -> None:
    found = detections(rule(WHOAMI, {"category": "process_creation"}), platform="posix")
    assert judged(found, process("x", "/usr/bin/whoami"), system="macos").hits
    assert not judged(found, process("x", "C:\\x\\whoami.exe")).hits


def test_the_system_is_part_of_what_is_remembered() -> None:
    found = detections(rule(WHOAMI, {"category": "process_creation", "product": "linux"}), platform="linux")
    row = process("x", "/usr/bin/whoami")
    assert [bool(judged(found, row, system=system).hits) for system in ("macos", "linux", "macos")] == [
        False, True, False,
    ]  # fmt: skip


def test_a_rule_judges_its_own_table_and_actions_alone() -> None:
    found = detections(rule("a: {Details: x}", {"category": "registry_set", "product": "windows"}))
    row = {"RegistryKey": "HKLM\\X", "RegistryValueData": "x"}
    rows = [(table, action, row) for table in ("DeviceRegistryEvents", "DeviceProcessEvents", "NoSuchTable")
            for action in ("RegistryValueSet", "RegistryKeyCreated", "")]  # fmt: skip
    assert [hit.row for hit in found.judge(rows).hits] == [0]


def test_a_rule_that_is_switched_off_is_passed_over_also_when_its_hit_is_remembered() -> None:
    found = detections(rule(WHOAMI))
    row = process("x", "C:\\x\\whoami.exe")
    [hit] = judged(found, row).hits
    assert not judged(found, row, off=frozenset({hit.rule.id})).hits
    assert judged(found, row).hits


def test_the_same_content_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = detections(rule(WHOAMI))
    looked: list[str] = []
    look = Detections.view

    def view(self: Detections, table: str, *rest: Any) -> Any:
        looked.append(table)
        return look(self, table, *rest)

    monkeypatch.setattr(Detections, "view", view)
    for report_id in range(50):
        row = process(
            "x", "C:\\x\\whoami.exe", ReportId=report_id, Timestamp=f"2026-11-01T00:00:{report_id:02}Z"
        )
        assert judged(found, row).hits
    assert len(looked) == 1


def test_a_column_that_a_rule_reads_is_part_of_the_content() -> None:
    found = detections(rule("a: {IntegrityLevel: System, CommandLine: x}"))
    assert not judged(found, process("x", ProcessIntegrityLevel="High")).hits
    assert judged(found, process("x", ProcessIntegrityLevel="System")).hits


def test_what_is_remembered_stays_small() -> None:
    found = detections(rule("a: {CommandLine|contains: [nothing, evil]}"))
    for at in range(600):
        judged(found, process(f"{at} " + "x y " * 8_000))
        judged(found, process(f"{at} " + "x y " * 3_000))
    values = sum(len(text) for value in found._values._known.values() for text in value.raw + value.low)
    assert values <= 4_000_000
    assert len(found._results) <= 2_000_000 // 12_000


def test_the_columns_are_those_of_the_rules_and_of_a_rows_system() -> None:
    found = detections(
        rule("a: {IntegrityLevel: System, CommandLine|contains: x}"),
        rule("a: {DestinationIp: '203.0.113.9'}", {"category": "network_connection"}, number=2),
    )
    assert set(found.columns) == {"DeviceProcessEvents", "DeviceNetworkEvents"}
    assert {"ProcessIntegrityLevel", "ProcessCommandLine", "FolderPath"} <= set(
        found.columns["DeviceProcessEvents"]
    )
    assert {"RemoteIP", "LocalIP"} <= set(found.columns["DeviceNetworkEvents"])
    assert "SHA1" not in found.columns["DeviceProcessEvents"]


def test_what_an_agent_names_is_among_the_columns() -> None:
    entry = {"agent": "x", "why": "y", "actor": "C:\\a.exe", "parent": "b.exe", "rules": [], "signer": []}
    plain = detections(rule(WHOAMI), agents=[entry]).columns["DeviceProcessEvents"]
    signed = detections(rule(WHOAMI), agents=[entry | {"signer": ["OsVendor"]}]).columns[
        "DeviceProcessEvents"
    ]
    assert "InitiatingProcessParentFileName" in plain
    assert set(signed) - set(plain) == {"InitiatingProcessSignerType", "InitiatingProcessSignatureStatus"}


def test_text_that_was_cut_is_said_once_with_its_field() -> None:
    found = detections(rule("a: {CommandLine|contains: evil}"))
    long = process("evil " + "a b " * 4_000)
    result = found.judge(
        [("DeviceProcessEvents", "", long), ("DeviceProcessEvents", "", long | {"FileName": "y"})]
    )
    assert len(result.hits) == 2
    assert result.capped == ("DeviceProcessEvents.CommandLine",)


def test_blanks_are_squeezed_before_anything_is_cut() -> None:
    result = judged(
        detections(rule("a: {CommandLine|contains: 'so evil'}")), process("so" + " " * 20_000 + "evil")
    )
    assert result.hits
    assert result.capped == ()


def test_additional_fields_that_are_not_read_are_said() -> None:
    found = detections(
        rule("a: {ScriptBlockText|contains: evil}", {"category": "ps_script", "product": "windows"})
    )
    row = {"AdditionalFields": json.dumps({"Command": "evil " * MAX_MORE}), "ActionType": "PowerShellCommand"}
    result = judged(found, row, "DeviceEvents")
    assert (result.hits, result.capped) == ((), ("DeviceEvents.AdditionalFields",))


def test_after_the_time_nothing_more_is_looked_at_and_it_is_said() -> None:
    found = detections(rule(WHOAMI))
    rows = [("DeviceProcessEvents", "", process(str(at), "C:\\x\\whoami.exe")) for at in range(20)]
    ticks = itertools.count()
    result = found.judge(rows, clock=lambda: next(ticks) / 10, limit=0.95)
    assert 0 < len(result.hits) < 20
    assert result.rows < 20
    assert any("rows: the time did not suffice" in said for said in result.capped)
    assert len(found.judge(rows).hits) == 20, "what was not looked at whole is not remembered"


def test_a_row_whose_rules_were_not_all_tried_says_so() -> None:
    found = detections(*(rule(WHOAMI, number=number) for number in range(1, 6)))
    ticks = itertools.count()
    row = ("DeviceProcessEvents", "", process("x", "C:\\x\\whoami.exe"))
    result = found.judge([row], clock=lambda: next(ticks) / 10, limit=0.35)
    assert 0 < len(result.hits) < 5
    assert result.capped == ("DeviceProcessEvents.rules: the time did not suffice",)
    assert len(found.judge([row]).hits) == 5, "what was not looked at whole is not remembered"


def test_several_files_are_judged_together_and_their_versions_stand_side_by_side() -> None:
    one, two = (document(compiled_rules(rule(WHOAMI, number=number))) for number in (1, 2))
    found = load(one, two)
    assert len(judged(found, process("x", "C:\\x\\whoami.exe")).hits) == 2
    assert found.version == f"{load(one).version}+{load(two).version}"


def test_the_version_follows_what_the_rules_say_and_not_who_reads_them() -> None:
    assert detections(rule(WHOAMI)).version == detections(rule(WHOAMI)).version
    assert detections(rule(WHOAMI)).version != detections(rule(WHOAMI, level="low")).version
    assert detections(rule(WHOAMI)).version != detections(rule("a: {Image: x}")).version


@pytest.mark.parametrize("broken", [b"", b"{}", b"[]", b"not json", b'{"format":1}', b"\xff\xfe"])
def test_a_broken_file_is_a_clear_error(broken: bytes) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(broken)


def test_a_file_of_another_format_is_a_clear_error() -> None:
    made = json.loads(document(compiled_rules(rule(WHOAMI))))
    with pytest.raises(ConfigError, match="another format"):
        load(json.dumps(made | {"format": 999}).encode())


def test_importing_reads_nothing() -> None:
    code = (
        "import builtins, pathlib, sys; "
        "pathlib.Path.read_bytes = pathlib.Path.open = None; "
        "import shared.core.detections; "
        "print(sorted(name for name in sys.modules if name.startswith('sigma') or name == 'yaml'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


@pytest.mark.parametrize("cell", [5, 1.5, True, None, "", "x" * 10, "\ud800", "\x00"])
def test_any_cell_can_be_judged(cell: Any) -> None:
    found = detections(rule("a: {CommandLine|contains: [evil, 'é'], Image|endswith: '\\x.exe'}"))
    judged(found, dict.fromkeys(found.columns["DeviceProcessEvents"], cell))
