"""Rows that name the evidence: which count, which processes they lead to, and in which order."""

from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.by_evidence import Mentions, Named, by_evidence, overflows_of
from shared.core.correlate.device_activity import by_device
from shared.core.correlate.finding import Cell, Method
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.subject import Subject
from tests.core.correlate.seen import counted, subject, view
from tests.core.hunting.builders import DEVICE, OTHER_DEVICE, POLICY, SHA1, START, Row, by, row, started

ADDRESS = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
FILE = Evidence(kind=EvidenceKind.FILE, sha1=SHA1)
USER = Evidence(kind=EvidenceKind.USER, account=Account(name="alice"))


def _connected(after: float, pid: int, address: str = "203.0.113.9", **cells: Cell) -> Row:
    actor = (pid, START.plus(-60), "x.exe")
    return row("DeviceNetworkEvents", START.plus(after), RemoteIP=address) | by(actor) | cells


def _named(rows: list[Row], of: Subject, policy: HuntPolicy = POLICY) -> Named:
    seen = view(rows, of, policy)
    return by_evidence(seen, Mentions(seen), of)


def _pids(found: Named) -> list[int]:
    return [key.pid for key in found.anchors]


def test_the_nearest_rows_and_their_processes_come_first_and_the_rest_is_counted() -> None:
    rows = [_connected(9, 1), _connected(-3, 2), _connected(5, 3), _connected(4, 2)]
    found = _named(rows, subject(ADDRESS), replace(POLICY, mention_rows=3, max_anchors=2))
    assert [one.event.time for one in found.events] == [START.plus(each) for each in (-3, 4, 5)]
    # All have one name and parent. One of them was at it at the moment of the alert's last event.
    assert (_pids(found), found.counted, found.anchors_left_out) == ([3, 2], 4, 1)
    assert {(one.tie, one.depth) for one in found.events} == {("evidence-address", None)}
    assert [one.owner.pid for one in found.events if one.owner] == [2, 2, 3]


def test_a_row_that_names_two_things_of_the_evidence_is_one_row() -> None:
    hashes = replace(FILE, sha256="c" * 64)
    found = _named([row("DeviceFileEvents", START, SHA1=SHA1, SHA256="c" * 64)], subject(hashes))
    assert (len(found.events), found.counted, found.anchors) == (1, 1, ())
    assert found.events[0].owner is None


def test_the_strongest_kind_alone_counts() -> None:
    both = subject(ADDRESS, FILE)
    rows = [_connected(1, 1), row("DeviceFileEvents", START, SHA1=SHA1) | by((2, START, "y.exe"))]
    found = _named(rows, both)
    assert (found.method, _pids(found), found.counted) == (Method.FILE_HASH, [2], 1)
    assert _named(rows[:1], both).method is Method.ADDRESS
    nothing = _named([], both)
    assert (nothing, nothing.method) == (Named(), Method.NONE)
    assert (nothing.events, nothing.anchors, nothing.others, nothing.left_out) == ((), (), (), ())
    assert (nothing.own, nothing.counted, nothing.is_near) == (frozenset(), 0, False)


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ({}, True),
        ({"DeviceId": OTHER_DEVICE}, False),
        ({"Timestamp": START.plus(-3_600).text()}, True),
        ({"Timestamp": START.plus(-3_600.5).text()}, False),
        ({"Timestamp": START.plus(3_605).text()}, True),
        ({"Timestamp": START.plus(3_605.5).text()}, False),
        ({"RemoteIP": "203.0.113.90"}, False),
    ],
)
def test_rows_count_on_the_alerts_device_and_near_it_in_time(cells: dict[str, Cell], counts: bool) -> None:
    assert _named([_connected(0, 1) | cells], subject(ADDRESS)).counted == counts


def test_evidence_of_another_device_is_looked_for_there() -> None:
    there = subject(replace(ADDRESS, device_id=OTHER_DEVICE))
    assert _named([_connected(0, 1)], there).counted == 0
    assert _named([_connected(0, 1, DeviceId=OTHER_DEVICE)], there).counted == 1


def test_the_image_of_an_acting_process_makes_an_anchor_and_no_event() -> None:
    acts = row("DeviceFileEvents", START, InitiatingProcessSHA1=SHA1) | by((7, START.plus(-60), "x.exe"))
    found = _named([acts], subject(FILE))
    assert (_pids(found), found.events, found.counted) == ([7], (), 0)
    uncounted = counted("DeviceFileEvents", 0, Match=SHA1)
    assert _named([acts, uncounted], subject(FILE)).counted == 0, "a count of no rows counts none"
    ran = _named([started(8, START, "x.exe", SHA1=SHA1)], subject(FILE))
    assert (_pids(ran), len(ran.events)) == ([8], 1)


@pytest.mark.parametrize(
    ("table", "who", "by_whom", "came_in"),
    [
        ("DeviceProcessEvents", "alice", "bob", True),
        ("DeviceProcessEvents", "Alice", "ALICE", False),
        ("DeviceProcessEvents", "alice", "", False),
        ("DeviceProcessEvents", "alice", None, False),
        ("DeviceLogonEvents", "alice", "bob", False),
    ],
)
def test_an_account_came_in_where_another_started_a_process_for_it(
    table: str, who: str, by_whom: str | None, came_in: bool
) -> None:
    cells: Row = {"AccountName": who, "InitiatingProcessAccountName": by_whom}
    one = started(8, START.plus(30), "x.exe", (7, START.plus(-60), "sudo")) | cells | {"Table": table}
    found = _named([one], subject(USER))
    assert (found.method, _pids(found), len(found.events)) == (Method.ACCOUNT, [8] if came_in else [], 1)


def test_rows_that_were_only_counted_count_for_their_own_kind() -> None:
    of = subject(ADDRESS, FILE)
    overflows = [
        counted("DeviceNetworkEvents", n, Match=match) for n, match in ((50, "::ffff:203.0.113.9"), (7, "x"))
    ]
    overflows += [
        counted("DeviceNetworkEvents", 30, Match="203.0.113.9"),
        counted("DeviceFileEvents", 4, Match=SHA1.upper()),
    ]
    assert _named([_connected(0, 1), *overflows], of).counted == 80
    assert _named([row("DeviceFileEvents", START, SHA1=SHA1), *overflows], of).counted == 4


def test_of_several_counts_of_the_same_rows_the_alerts_own_stands_else_the_greatest() -> None:
    """Overflows come in no order. So there are many devices: not each has its greatest last by chance."""
    anywhere = subject(ADDRESS, device_id=None)
    devices = [f"{number:040x}" for number in range(8)]

    def count(rows: int, device: str, **time: str) -> Row:
        return counted("DeviceNetworkEvents", rows, Match="203.0.113.9", **time) | {"DeviceId": device}

    joint = [count(rows, device) for device in devices for rows in range(300, 305)]
    assert _named([_connected(0, 1), *joint], anywhere).counted == 8 * 304
    asked = anywhere.asked_mentions
    time = {"First": asked.first.text(), "Last": asked.last.text()}
    for rows, true_count in ((250, 8 * 250), (201, 8 * 201), (200, 1)):  # up to 200 are sent
        own = [count(rows, device, **time) for device in devices]
        assert _named([_connected(0, 1), *joint, *own], anywhere).counted == true_count


@pytest.mark.parametrize(
    ("item", "match", "counts"),
    [
        (ADDRESS, "203.0.113.9", True),
        (ADDRESS, "", False),
        (ADDRESS, "203.0.113.10", False),
        (Evidence(kind=EvidenceKind.URL, url="evil.example"), "https://EVIL.example/x", True),
        (Evidence(kind=EvidenceKind.REGISTRY, registry_key="HKLM\\Run"), "HKEY_LOCAL_MACHINE\\RUN", True),
        (Evidence(kind=EvidenceKind.FILE, file_name="A.dll"), "a.DLL", True),
        (Evidence(kind=EvidenceKind.FILE, file_name="A@b.dll"), "a@B.DLL", True),
        (USER, "PowerShell.exe", True),
        (USER, "AntivirusDetection", True),
        (USER, "antivirusNew", True),
        (USER, "notepad.exe", False),
        (ADDRESS, "AntivirusDetection", False),
        (ADDRESS, "powershell.exe", False),
    ],
)
def test_an_overflow_is_the_alerts_where_it_names_what_the_alert_names(
    item: Evidence, match: str, counts: bool
) -> None:
    of, rows = subject(item), [counted("DeviceEvents", 9, Match=match)]
    assert len(overflows_of(view(rows), of)) == counts
    anywhere = replace(of, device_id="")
    assert len(overflows_of(view(rows), anywhere)) == counts
    assert overflows_of(view([rows[0] | {"DeviceId": OTHER_DEVICE}]), of) == []


def _activity(rows: list[Row], policy: HuntPolicy = POLICY) -> list[object]:
    events = by_device(view(rows, policy=policy), subject())
    assert {(one.tie, one.depth, one.owner) for one in events} <= {("device-activity", None, None)}
    return [one.event.row.get("Name") for one in events]


OFFICE = (9, START.plus(-90), "WINWORD.EXE")


def test_the_most_telling_come_first_then_the_nearest() -> None:
    rows = [
        started(1, START, "CMD.exe", Name="tool"),
        started(2, START.plus(30), "cmd.exe", ProcessCommandLine="x" * 201, Name="long, later"),
        started(3, START.plus(20), "cmd.exe", OFFICE, Name="from an office program"),
        started(4, START, "cmd.exe", ProcessCommandLine="x" * 200, Name="not long"),
        row("DeviceEvents", START.plus(50), ActionType="ScheduledTaskCreated", Name="decision"),
        row("DeviceEvents", START.plus(90), ActionType="AsrAnythingNew", Name="loud"),
        row("DeviceEvents", START.plus(-80), ActionType="antivirusOther", Name="louder, as nearer"),
        row("DeviceEvents", START, ActionType="SomethingElse", FileName="cmd.exe", Name="none"),
        started(5, START, "notepad.exe", OFFICE, Name="no tool"),
    ]
    order = [
        "louder, as nearer", "loud", "decision", "from an office program", "long, later", "tool", "not long",
    ]  # fmt: skip
    assert _activity(rows) == order
    assert _activity(rows, replace(POLICY, device_activity=2)) == order[:2]


def test_what_proves_harm_comes_before_what_is_loud_and_nearer() -> None:
    rows = [
        row("DeviceEvents", START, ActionType="AntivirusReport", Name="loud"),
        row("DeviceEvents", START.plus(40), ActionType="ScheduledTaskCreated", Name="decision"),
        started(1, START.plus(50), "cmd.exe", Name="proof"),
        started(2, START.plus(-60), "cmd.exe", Name="proof, further away"),
    ]
    seen = view(rows)
    seen.proves = lambda event: str(event.row.get("Name")).startswith("proof")
    told = [one.event.row["Name"] for one in by_device(seen, subject())]
    assert told == ["proof", "proof, further away", "loud", "decision"]


@pytest.mark.parametrize(
    "action",
    [
        *("AntivirusNew", "AsrNew", "ExploitGuardNew", "TamperingNew", "SecurityLogNew", "SmartScreenNew"),
        *("OpenProcessApiCall", "ServiceInstalled", "PowerShellCommand", "LdapSearch"),
    ],
)
def test_a_decision_of_the_sensor_is_telling_and_ordinary_work_is_not(action: str) -> None:
    assert _activity([row("DeviceEvents", START, ActionType=action, Name="seen")]) == ["seen"]
    assert _activity([row("DeviceEvents", START, ActionType=f"Not{action}", Name="seen")]) == []


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ({}, True),
        ({"DeviceId": OTHER_DEVICE}, False),
        ({"Timestamp": START.plus(-3_601).text()}, False),
        ({"Timestamp": START.plus(3_600).text()}, True),
    ],
)
def test_only_the_devices_own_activity_near_the_alert_counts(cells: dict[str, Cell], counts: bool) -> None:
    one = row("DeviceEvents", START, ActionType="AntivirusReport", Name="seen") | cells
    other = row("DeviceEvents", START, ActionType="TamperingAttempt", Name="other")
    assert ("seen" in _activity([one, other])) is counts
    assert "other" in _activity([one, other]), "one that does not count hides no other"
    assert DEVICE == subject().device_id
