"""What is worth looking for elsewhere, and the STIX bundle that tells others of it."""

import datetime as dt
import json
from typing import Any

import pytest
import stix2  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from local.report.indicators import MOST, Indicator, of_alerts
from local.report.stix import bundle
from tests.report.samples import alert_row, event_row, process, tree

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
_DEVICE = {"kind": "device", "name": "ws-1.corp.example", "ip": "203.0.113.1", "externalIp": "198.51.100.7"}


def _found(
    *entities: dict[str, Any], events: list[dict[str, Any]] | None = None, **columns: Any
) -> list[str]:
    plain = {"IpAddrs": "", "ProcessTree": "[]", **columns}
    row = alert_row(0, EntitiesJson=json.dumps([_DEVICE, *entities]), **plain)
    return [one.value for one in of_alerts([(row, events or [])])]


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.16.0.9", "192.168.7.7", "127.0.0.1", "169.254.1.1", "fe80::1", "fd00::2", "::1",
     "203.0.113.1", "198.51.100.7", "224.0.0.1", "::", "not one", ""],
)  # fmt: skip
def test_addresses_of_the_own_network_and_devices_are_no_indicators(address: str) -> None:
    assert _found({"kind": "ip", "value": address}, IpAddrs=address) == []


def test_addresses_hosts_urls_and_rare_files_are_each_told_once() -> None:
    file = {"kind": "file", "name": "a.exe", "sha1": "AB" * 20, "sha256": "CD" * 32, "globalPrevalence": 3}
    told = _found(
        {"kind": "ip", "value": "203.0.113.9"},
        {"kind": "url", "value": "http://203.0.113.9/x"},
        {"kind": "domain", "value": "Evil.Example"},
        file,
        {**file, "kind": "process"},
        IpAddrs="203.0.113.9, 2001:db8::5",
    )
    assert told == ["203.0.113.9", "http://203.0.113.9/x", "evil.example", "cd" * 32, "2001:db8::5"]


def test_a_common_file_and_a_hash_that_is_none_are_left_out() -> None:
    common = {"kind": "process", "sha256": "ab" * 32, "globalPrevalence": 4_000_000}
    assert _found(common, {"kind": "file", "sha1": "xyz", "sha256": "12"}) == []


@pytest.mark.parametrize("name", ["srv-2.corp.example", "corp.example", "fileserver", "WS-1.Corp.Example"])
def test_hosts_of_the_own_domain_are_no_indicators(name: str) -> None:
    event = event_row("da0000_-1", RemoteUrl=name, RemoteIP="", Detections="A rule")
    assert _found({"kind": "domain", "value": name}, events=[event]) == []


def test_telemetry_counts_where_a_rule_saw_something_and_nowhere_else() -> None:
    made = "2026-11-24T11:56:00.0000000Z"
    seen = tree(process("bad.exe", 7, behaviours=["A rule"]), process("good.exe", 8))
    events = [
        event_row("da0000_-1", pid, RemoteIP=f"192.0.2.{pid}", RemoteUrl="", ProcessId=str(pid),
                  ProcessCreationTime=made, Detections="", ProcessName="x.exe")
        for pid in (7, 8)
    ]  # fmt: skip
    assert _found(events=events, ProcessTree=seen) == ["192.0.2.7"]


def test_very_many_are_bounded() -> None:
    urls = [{"kind": "url", "value": f"http://a.example/{number}"} for number in range(MOST + 50)]
    assert len(_found(*urls)) == MOST


@given(
    kind=st.sampled_from(["url", "domain"]),
    value=st.text(min_size=1, max_size=40)
    | st.sampled_from(["a' OR [x:y='", "\\", "\\'", "\ud800", "'] --"]),
    title=st.text(max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_no_value_changes_the_shape_of_a_pattern(kind: str, value: str, title: str) -> None:
    text = bundle(title or "x", [Indicator(kind, value)], is_proven=False, seen=NOW, made=NOW)
    if not text:
        return  # the library took it for no pattern at all
    objects = stix2.parse(text)["objects"]
    assert [one["type"] for one in objects] == ["grouping", "indicator"]
    pattern = objects[1]["pattern"]
    inner = pattern.removeprefix("[url:value = '").removeprefix("[domain-name:value = '").removesuffix("']")
    assert len(inner) < len(pattern)
    assert "'" not in inner.replace("\\\\", "").replace("\\'", "")


def test_plain_values_are_all_told_and_the_same_value_has_the_same_id() -> None:
    listed = [Indicator("ipv4", "203.0.113.9"), Indicator("file", "ab" * 32, "a.exe", "cd" * 20)]
    first, later = (
        stix2.parse(
            bundle("An incident", listed, is_proven=True, seen=NOW - dt.timedelta(days=day), made=NOW)
        )
        for day in (1, 2)
    )
    assert [one["pattern"] for one in first["objects"][1:]] == [
        "[ipv4-addr:value = '203.0.113.9']",
        f"[file:hashes.'SHA-256' = '{'ab' * 32}' OR file:hashes.'SHA-1' = '{'cd' * 20}']",
    ]
    assert [one["id"] for one in first["objects"]] == [one["id"] for one in later["objects"]]
    assert {tuple(one["indicator_types"]) for one in first["objects"][1:]} == {("malicious-activity",)}
    assert bundle("An incident", [], is_proven=True, seen=NOW, made=NOW) == ""
