"""The committed recording: what is in it, that the generator makes it, and that its truth is a truth."""

import filecmp
import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local.incidents.clock import at
from local.incidents.make import CONTOSO, main
from tests.local.incidents.reading import Tables, chain_by_key, key_of, read_tables

SCHEMA = json.loads((CONTOSO.parents[1] / "simulator" / "schema" / "hunting.json").read_text("utf-8"))[
    "tables"
]
DEVICE_TABLES = tuple(name for name in SCHEMA if name.startswith("Device"))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read_tables(CONTOSO)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTOSO / "truth.json").read_text("utf-8"))["alerts"]
    return found


@pytest.fixture(scope="module")
def alerts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CONTOSO / "alerts.json").read_text("utf-8"))["value"]
    return found


def test_the_committed_recording_is_what_the_generator_makes(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*json"))
    assert names == sorted(path.relative_to(CONTOSO) for path in CONTOSO.rglob("*.*json"))
    differing = [name for name in names if not filecmp.cmp(tmp_path / name, CONTOSO / name, shallow=False)]
    assert differing == []


def test_another_seed_makes_another_recording(tmp_path: Path) -> None:
    main(["--seed", "8", "--out", str(tmp_path)])
    assert not filecmp.cmp(tmp_path / "truth.json", CONTOSO / "truth.json", shallow=False)
    found = json.loads((tmp_path / "truth.json").read_text("utf-8"))["alerts"]
    assert _misses(read_tables(tmp_path), found, seconds=2.0) == {}


def test_it_is_large_enough_and_small_enough(tables: Tables, alerts: list[dict[str, Any]]) -> None:
    telemetry = [row for name in DEVICE_TABLES for row in tables.get(name, [])]
    assert len(alerts) >= 50
    assert len({row["DeviceId"] for row in telemetry}) >= 8
    assert len(telemetry) >= 5_000
    assert sum(path.stat().st_size for path in CONTOSO.rglob("*.*json")) <= 9_500_000
    assert {row["OSPlatform"] for row in tables["DeviceInfo"]} >= {"Windows11", "Linux", "macOS"}


def test_pids_are_reused_as_on_a_real_machine(tables: Tables) -> None:
    lives: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in tables["DeviceProcessEvents"]:
        if row["ProcessId"] != row["InitiatingProcessId"]:
            lives[row["DeviceId"], row["ProcessId"]].add(row["ProcessCreationTime"])
    assert sum(len(times) > 1 for times in lives.values()) / len(lives) >= 0.19


def test_no_two_processes_of_one_pid_come_within_the_tolerance(tables: Tables) -> None:
    lives: dict[tuple[str, int], set[int]] = defaultdict(set)
    for row in tables["DeviceProcessEvents"]:
        if row["ProcessId"] != row["InitiatingProcessId"]:
            lives[row["DeviceId"], row["ProcessId"]].add(at(row["ProcessCreationTime"]))
    for times in lives.values():
        ordered = sorted(times)
        gaps = [later - sooner for sooner, later in pairwise(ordered)]
        assert all(gap >= 50_000_000 for gap in gaps)


def test_every_table_and_column_is_one_the_schema_knows(tables: Tables) -> None:
    assert set(tables) <= set(SCHEMA)
    for table, rows in tables.items():
        for row in rows:
            assert row.keys() - {"_arrives_after_s"} <= SCHEMA[table].keys()


def test_json_inside_columns_can_be_read(tables: Tables) -> None:
    for rows in tables.values():
        for row in rows:
            for column in ("AdditionalFields", "LoggedOnUsers", "IPAddresses"):
                if row.get(column):
                    json.loads(row[column])


def test_an_event_is_unique_by_table_device_time_and_report(tables: Tables) -> None:
    for table in DEVICE_TABLES:
        keys = [key_of(table, row) for row in tables.get(table, [])]
        assert len(keys) == len(set(keys))
    ids = [row["ReportId"] for row in tables["DeviceProcessEvents"]]
    assert len(set(ids)) < len(ids)


def test_creation_times_have_seven_digits_in_alerts_and_telemetry(
    tables: Tables, alerts: list[dict[str, Any]]
) -> None:
    exact = [row for row in tables["DeviceProcessEvents"] if len(row["ProcessCreationTime"]) == 28]
    assert len(exact) > 0.8 * len(tables["DeviceProcessEvents"])
    known = {row["ProcessCreationTime"] for row in exact}
    evidence = [one["processCreationTime"] for alert in alerts for one in alert["evidence"]]
    assert sum(time in known for time in evidence) >= 8


def test_every_row_of_the_truth_exists(tables: Tables, truth: dict[str, Any]) -> None:
    known = {key_of(table, row) for table in DEVICE_TABLES for row in tables.get(table, [])}
    for alert in truth.values():
        for group in (*alert["rows"].values(), *alert["neutral"].values()):
            assert {tuple(key) for key in group} <= known


def test_the_truth_speaks_of_every_alert_and_of_every_method_and_verdict(
    truth: dict[str, Any], alerts: list[dict[str, Any]]
) -> None:
    assert truth.keys() == {alert["id"] for alert in alerts}
    assert {one["method"] for one in truth.values()} == {
        "ExactProcess", "ProcessWithinTolerance", "FileHash", "FileName", "Address", "Url", "Registry",
        "Account", "DeviceOnly", "None",
    }  # fmt: skip
    verdicts = {one["validation"] for one in truth.values()}
    assert verdicts == {"Confirmed", "Blocked", "Contained", "Unproven", "NoTelemetry"}
    assert all(one["rows"]["chain"] for one in truth.values() if one["scored_by"] == "rows")


def test_ordinary_work_sets_off_alerts_on_every_system(
    truth: dict[str, Any], alerts: list[dict[str, Any]]
) -> None:
    devices = {
        alert["id"]: alert["computerDnsName"].partition("-")[0] for alert in alerts if alert["machineId"]
    }
    benign = [name for name, one in truth.items() if one["kind"] == "benign" and one["scored_by"] == "rows"]
    counts = Counter(devices[name] for name in benign)
    windows = counts["wks"] + counts["srv"]
    assert len(benign) >= 15 and windows > len(benign) / 2
    assert counts["web"] + counts["db"] >= 3 and counts["mac"] >= 3
    assert all(len(truth[name]["rows"]["chain"]) >= 3 for name in benign), "with what lies around it"


def test_no_benign_alert_may_be_confirmed_and_every_attack_has_its_word(truth: dict[str, Any]) -> None:
    for one in truth.values():
        words = {one["validation"], *one["also"]}
        if one["kind"] == "benign":
            assert words <= {"Unproven", "NoTelemetry", "Likely"}, one["title"]
        else:
            assert one["kind"] == "attack"
            assert words <= {"Confirmed", "Blocked", "Contained", "Unproven", "Likely"}, one["title"]


def test_actors_carry_what_their_files_call_themselves_and_who_signed_them(tables: Tables) -> None:
    original, signer = "VersionInfoOriginalFileName", "InitiatingProcessSignerType"
    seen: dict[str, Any] = {}
    for row in tables["DeviceProcessEvents"]:
        posix = row["FolderPath"].startswith("/")
        assert (signer in row) == (row["FolderPath"][1:2] == ":" or row["DeviceName"].startswith("mac-"))
        assert not posix or f"Process{original}" not in row
        seen[row["FileName"]] = row.get(f"Process{original}")
        if row["InitiatingProcessFileName"] == "powershell.exe":
            assert row[f"InitiatingProcess{original}"] == "PowerShell.EXE"
            assert (row["InitiatingProcessSignatureStatus"], row[signer]) == ("Valid", "OsVendor")
        if row["InitiatingProcessFileName"] == "svc_update.exe":
            assert f"InitiatingProcess{original}" not in row
            assert (row["InitiatingProcessSignatureStatus"], row[signer]) == ("Unknown", "Unknown")
    assert (seen["cmd.exe"], seen["jusched.exe"], seen["svc_update.exe"]) == ("Cmd.Exe", "CertUtil.exe", None)
    others = [table for table in DEVICE_TABLES if table != "DeviceProcessEvents"]
    assert not any(signer in row for table in others for row in tables.get(table, []))


def test_a_renamed_copy_has_the_hash_of_what_it_is_a_copy_of(tables: Tables) -> None:
    hashes = {row["FileName"]: row["SHA1"] for row in tables["DeviceProcessEvents"]}
    assert hashes["jusched.exe"] == hashes["certutil.exe"]


def test_command_lines_are_disguised(truth: dict[str, Any], tables: Tables) -> None:
    told = {one["anchors"][0]["ProcessId"] for one in truth.values() if one["story"].startswith("disguised")}
    lines = [row["ProcessCommandLine"] for row in tables["DeviceProcessEvents"] if row["ProcessId"] in told]
    for disguise in ("p^o^w", "Do`wn", 'sch""tasks', "\u2013e ", "${IFS}", "ec''ho", "base64 -D"):
        assert any(disguise in line for line in lines), disguise


def test_matching_by_device_pid_and_time_finds_the_chain_and_nothing_else(
    tables: Tables, truth: dict[str, Any]
) -> None:
    assert _misses(tables, truth, seconds=2.0) == {}


def test_matching_by_pid_alone_goes_wrong_for_every_alert(tables: Tables, truth: dict[str, Any]) -> None:
    scored = [name for name, one in truth.items() if one["scored_by"] == "rows"]
    assert sorted(_misses(tables, truth, seconds=1e9)) == sorted(scored)


def test_more_noise_and_reuse_change_no_alert_and_no_row_of_an_attack(
    tmp_path: Path, truth: dict[str, Any]
) -> None:
    main(["--noise", "2", "--pid-reuse", "3", "--out", str(tmp_path)])
    assert filecmp.cmp(tmp_path / "alerts.json", CONTOSO / "alerts.json", shallow=False)
    noisier = json.loads((tmp_path / "truth.json").read_text("utf-8"))["alerts"]
    for name, one in truth.items():
        before = [key[:3] for key in one["rows"]["chain"]]
        assert [key[:3] for key in noisier[name]["rows"]["chain"]] == before
    assert _misses(read_tables(tmp_path), noisier, seconds=2.0) == {}


def _misses(tables: Tables, truth: dict[str, Any], *, seconds: float) -> dict[str, tuple[int, int]]:
    """Rows missed and rows too many of each alert for which matching by key does not find the chain."""
    wrong = {}
    for name, one in truth.items():
        if one["scored_by"] != "rows":
            continue
        wanted = {tuple(key) for key in one["rows"]["chain"]}
        found = {key for anchor in one["anchors"] for key in chain_by_key(tables, anchor, seconds)}
        if found != wanted:
            wrong[name] = (len(wanted - found), len(found - wanted))
    return wrong
