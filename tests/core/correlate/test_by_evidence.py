import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Alert, Evidence
from shared.core.correlate.finding import Finding, Method, Status
from shared.core.hunting import Answer, Case
from tests.core.hunting.builders import (
    DEVICE,
    OTHER_DEVICE,
    SHA1,
    START,
    Row,
    alert,
    begun,
    by,
    finished,
    hunted,
    row,
    started,
)

DROPPER = (21, START.plus(-60), "updater.exe")
SHELL = (20, START.plus(-600), "explorer.exe")


def dropper() -> list[Row]:
    return [
        started(*DROPPER[:2], DROPPER[2], SHELL),
        row("DeviceFileEvents", START, FileName="a.dll", FolderPath="C:\\Temp\\a.dll", SHA1=SHA1)
        | by(DROPPER, SHELL),
        row("DeviceNetworkEvents", START.plus(2), RemoteIP="::ffff:203.0.113.9") | by(DROPPER, SHELL),
        row("DeviceNetworkEvents", START.plus(3), RemoteUrl="https://evil.example/x") | by(DROPPER, SHELL),
        row(
            "DeviceRegistryEvents",
            START.plus(4),
            RegistryKey="HKEY_USERS\\S-1-5-21-9-1001\\Software\\Run",
            RegistryValueName="Upd",
        )
        | by(DROPPER, SHELL),
    ]


ANOTHER_MOMENT = {"first_event": START.plus(-40), "last_event": START.plus(-40)}  # at which nothing happened


def found(item: Evidence, rows: list[Row], **fields: object) -> Finding:
    return hunted([Case(alert(item, **fields))], rows)["da1_1"]


def file(**more: object) -> Evidence:
    return Evidence(kind=EvidenceKind.FILE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "method", "tie"),
    [
        (file(sha1=SHA1.upper(), file_name="renamed.dll"), Method.FILE_HASH, "evidence-hash"),
        (file(file_name="A.DLL", folder_path="c:\\temp\\"), Method.FILE_NAME, "evidence-name"),
        (Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"), Method.ADDRESS, "evidence-address"),
        (Evidence(kind=EvidenceKind.URL, url="http://EVIL.example/other"), Method.URL, "evidence-url"),
        (
            Evidence(
                kind=EvidenceKind.REGISTRY,
                registry_hive="HKEY_CURRENT_USER",
                registry_key="SOFTWARE\\RUN",
                registry_value_name="UPD",
            ),
            Method.REGISTRY,
            "evidence-registry",
        ),
    ],
)
def test_evidence_leads_to_the_process_that_touched_it(item: Evidence, method: Method, tie: str) -> None:
    finding = found(item, dropper())
    assert (finding.status, finding.method) == (Status.CORRELATED, method)
    assert [key.pid for key in finding.anchors] == [DROPPER[0]]
    assert {node.key.pid: node.depth for node in finding.nodes} == {21: 0, 20: -1}
    assert len(finding.events) == 5  # all that the process did, not only the row that names the evidence


@pytest.mark.parametrize(
    "item",
    [
        file(sha1="f" * 40, file_name="a.dll"),  # another file of the same name
        file(file_name="a.dll", folder_path="C:\\Windows"),
        Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.90"),
        Evidence(kind=EvidenceKind.IP, ip_address="127.0.0.1"),
        Evidence(kind=EvidenceKind.URL, url="http://evil.example.org/"),
        Evidence(
            kind=EvidenceKind.REGISTRY,
            registry_hive="HKLM",
            registry_key="Software\\Run",
            registry_value_name="Upd",
        ),
        Evidence(
            kind=EvidenceKind.REGISTRY,
            registry_hive="HKCU",
            registry_key="Software\\Run",
            registry_value_name="Other",
        ),
        Evidence(kind=EvidenceKind.USER, account=Account(name="somebody", domain="contoso")),
    ],
)
def test_what_is_only_similar_ties_nothing(item: Evidence) -> None:
    finding = found(item, dropper(), **ANOTHER_MOMENT)
    assert finding.status is Status.NO_MATCH
    assert not finding.events


def test_rows_of_other_devices_and_other_times_are_not_the_alerts() -> None:
    rows = [
        row("DeviceNetworkEvents", START, RemoteIP="203.0.113.9", DeviceId=OTHER_DEVICE) | by(DROPPER),
        row("DeviceNetworkEvents", START.plus(-3_700), RemoteIP="203.0.113.9") | by(DROPPER),
    ]
    assert not found(Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"), rows).events


def test_an_address_is_looked_for_everywhere_where_the_alert_names_no_device() -> None:
    item = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
    rows = [row("DeviceNetworkEvents", START, RemoteIP="203.0.113.9", DeviceId=OTHER_DEVICE) | by(DROPPER)]
    finding = found(item, rows, device_id=None)
    assert finding.method is Method.ADDRESS
    assert finding.anchors[0].device_id == OTHER_DEVICE


def test_a_file_that_ran_is_an_anchor_itself() -> None:
    rows = [started(30, START, "a.exe", DROPPER, SHA1=SHA1), *dropper()]
    finding = found(file(sha1=SHA1), rows)
    assert [key.pid for key in finding.anchors] == [30]
    assert finding.left_out == ("the trees of 1 further processes that touched the evidence",)


def test_the_process_is_meant_that_was_at_it_at_the_alerts_moment() -> None:
    """Whoever else touched the file is shown with the row that tells it, and nothing that it did beside."""
    writer, runner = (30, START.plus(-50), "zsh"), (31, START.plus(2), "unzip")
    rows = [
        started(*writer, SHELL),
        started(*runner, SHELL),
        row("DeviceFileEvents", START.plus(-1), SHA1=SHA1) | by(writer),
        row("DeviceFileEvents", START.plus(-1), FileName="another", SHA1="f" * 40) | by(writer),
        row("DeviceFileEvents", START.plus(2.5), SHA1=SHA1) | by(runner),
    ]
    for moment, meant in ((START.plus(-1), writer), (START.plus(2), runner), (START.plus(2.5), runner)):
        finding = found(file(sha1=SHA1), rows, first_event=moment, last_event=moment)
        assert [key.pid for key in finding.anchors] == [meant[0]]
        is_shown = any(tied.event.row.get("FileName") == "another" for tied in finding.events)
        assert is_shown is (meant == writer)
        assert finding.confidence == 95


def test_the_process_of_the_alerts_user_or_parent_is_meant() -> None:
    bobs, alices = (30, START.plus(-9), "python"), (31, START.plus(-8), "python")
    rows = [
        started(*bobs, SHELL, SHA1=SHA1, AccountName="bob"),
        started(*alices, DROPPER, SHA1=SHA1, AccountName="alice"),
    ]
    user = Evidence(kind=EvidenceKind.USER, account=Account(name="bob"))
    named = alert(file(sha1=SHA1), user)
    assert [key.pid for key in hunted([Case(named)], rows)["da1_1"].anchors] == [30]
    assert [key.pid for key in found(file(sha1=SHA1), rows).anchors] == [31]
    assert [key.pid for key in found(file(sha1=SHA1, parent_process_id=20), rows).anchors] == [30]


def test_of_what_very_many_share_none_is_taken_where_none_was_near() -> None:
    runs = [started(100 + n, START.plus(-3_000 + n), "python", SHELL, SHA1=SHA1) for n in range(40)]
    far = found(file(sha1=SHA1), runs)
    assert (far.status, far.events) == (Status.NO_MATCH, ())
    assert far.left_out == ("what many processes share (FileHash): which of them is meant cannot be told",)
    near = found(file(sha1=SHA1), [*runs, started(99, START.plus(-50), "python", SHELL, SHA1=SHA1)])
    assert [key.pid for key in near.anchors] == [99]
    assert [tied.event.row["ProcessId"] for tied in near.events] == [99]


def test_an_account_is_tied_by_what_it_did_at_the_alerts_moment() -> None:
    user = Evidence(kind=EvidenceKind.USER, account=Account(name="al", domain="contoso"))
    who = {"InitiatingProcessAccountName": "AL", "InitiatingProcessAccountDomain": "contoso.example"}
    rows = [
        row("DeviceEvents", START.plus(1.5), ActionType="OpenProcessApiCall")
        | by((7, START.plus(-90), "x"))
        | who,
        row("DeviceEvents", START.plus(1), ActionType="OpenProcessApiCall") | by((8, START.plus(-90), "y")),
        started(9, START.plus(40), "z", AccountName="al"),
    ]
    finding = found(user, rows)
    assert (finding.method, finding.confidence) == (Method.ACCOUNT, 90)
    assert [(key.pid, len(finding.events)) for key in finding.anchors] == [(7, 1)]
    late = found(user, rows[1:])
    assert (late.method, late.confidence, late.anchors) == (Method.ACCOUNT, 30, ())


def test_a_device_alone_is_tied_by_who_acted_at_the_very_moment() -> None:
    acts = [
        row("DeviceFileEvents", START.plus(n), FileName=str(n)) | by((7, START.plus(-90), "x"))
        for n in (0, 9)
    ]
    other = row("DeviceFileEvents", START.plus(0.01)) | by((8, START.plus(-90), "y"))
    finding = hunted([Case(alert())], [*acts, other])["da1_1"]
    assert (finding.method, finding.confidence) == (Method.MOMENT, 90)
    assert [tied.event.row["FileName"] for tied in finding.events] == ["0", "9"]
    both = row("DeviceFileEvents", START) | by((9, START.plus(-90), "z"))
    assert hunted([Case(alert())], [*acts, both])["da1_1"].method is Method.NONE  # it cannot be told


def test_who_was_at_work_at_the_moment_is_shown_where_it_serves_the_machine() -> None:
    service = (7, START.plus(-90), "svchost.exe")
    acts = [row("DeviceFileEvents", START.plus(n), FileName=str(n)) | by(service) for n in (0, 9)]
    finding = hunted([Case(alert())], acts)["da1_1"]
    assert [(tied.event.row["FileName"], tied.tie) for tied in finding.events] == [("0", "moment")]
    acts = [one | by((7, START, "svchost.exe")) for one in acts]
    born = hunted([Case(alert())], [started(7, START, "svchost.exe"), *acts])["da1_1"]
    assert len(born.events) == 3  # a process that began then is what the alert is about


def test_a_process_of_the_whole_machine_is_shown_without_its_other_doings() -> None:
    service = (2, START.plus(-90_000), "svchost.exe")
    rows = [
        row("DeviceNetworkEvents", START, RemoteIP="203.0.113.9") | by(service),
        row("DeviceNetworkEvents", START, RemoteIP="198.51.100.1") | by(service),
        started(31, START.plus(1), "unrelated.exe", service),
    ]
    finding = found(Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"), rows)
    assert [tied.event.row.get("RemoteIP") for tied in finding.events] == ["203.0.113.9"]
    assert [node.file_name for node in finding.nodes] == ["svchost.exe"]


def test_a_session_of_a_daemon_is_followed_and_the_daemon_is_not() -> None:
    daemon, session = (12, START.plus(-90_000), "sshd"), (400, START.plus(-1), "sshd")
    rows = [
        started(*session[:2], session[2], daemon),
        row("DeviceLogonEvents", START, RemoteIP="203.0.113.9") | by(session, daemon),
        started(401, START.plus(1), "bash", session),
        started(402, START.plus(1), "sshd", daemon),
    ]
    finding = found(Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"), rows)
    assert {node.key.pid: node.depth for node in finding.nodes} == {12: -1, 400: 0, 401: 1}


def test_an_account_ties_where_it_came_in() -> None:
    shell, sudo = (51, START, "bash"), (50, START.plus(-1), "sudo")
    names = {"AccountName": "svc", "InitiatingProcessAccountName": "admin"}
    rows = [
        started(*shell[:2], shell[2], sudo) | names,
        started(52, START.plus(5), "ls", shell)
        | {"AccountName": "svc", "InitiatingProcessAccountName": "svc"},
        row("DeviceFileEvents", START.plus(6), FileName="x") | by(shell, sudo),
    ]
    finding = found(Evidence(kind=EvidenceKind.USER, account=Account(name="SVC", domain="web-01")), rows)
    assert finding.method is Method.ACCOUNT
    assert [key.pid for key in finding.anchors] == [51]
    assert len(finding.events) == 3


@pytest.mark.parametrize("name", ["SYSTEM", "root", "Network Service", "machine$"])
def test_accounts_that_every_machine_has_say_nothing(name: str) -> None:
    rows = [row("DeviceLogonEvents", START, AccountName=name) | by(DROPPER)]
    user = Evidence(kind=EvidenceKind.USER, account=Account(name=name))
    assert not found(user, rows, **ANOTHER_MOMENT).events


def test_the_related_user_is_no_evidence() -> None:
    rows = [row("DeviceLogonEvents", START, AccountName="someone") | by(DROPPER)]
    named: Alert = alert(related_user=Account(name="someone"), **ANOTHER_MOMENT)
    assert not hunted([Case(named)], rows)["da1_1"].events


def test_the_strongest_kind_of_evidence_gives_the_method() -> None:
    both = alert(Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"), file(sha1=SHA1))
    assert hunted([Case(both)], dropper())["da1_1"].method is Method.FILE_HASH


def test_many_processes_that_touched_a_thing_make_it_less_sure() -> None:
    item = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
    alone = found(item, dropper(), **ANOTHER_MOMENT)
    others = [
        row("DeviceNetworkEvents", START.plus(9), RemoteIP="203.0.113.9") | by((60 + n, START, "x.exe"))
        for n in range(3)
    ]
    assert found(item, [*dropper(), *others], **ANOTHER_MOMENT).confidence == alone.confidence - 15


def test_an_alert_with_only_a_device_gets_what_is_most_telling() -> None:
    rows = [
        row("DeviceFileEvents", START, FileName="a.txt") | by(DROPPER),
        started(70, START.plus(60), "cmd.exe", SHELL),
        started(71, START.plus(1), "notepad.exe", SHELL),
        row("DeviceEvents", START.plus(900), ActionType="AntivirusDetection"),
        row("DeviceEvents", START.plus(9_000), ActionType="AntivirusDetection"),
    ]
    finding = hunted([Case(alert(**ANOTHER_MOMENT))], rows)["da1_1"]
    assert finding.method is Method.DEVICE_ONLY
    assert finding.confidence == 10
    assert [tied.event.row.get("FileName") or tied.event.action for tied in finding.events] == [
        "cmd.exe",
        "AntivirusDetection",
    ]
    assert {tied.tie for tied in finding.events} == {"device-activity"}
    assert all(tied.event.device_id == DEVICE for tied in finding.events)


def test_an_overflow_of_what_another_alert_names_is_not_asked_about() -> None:
    item = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
    overflows: list[Row] = [
        {"Table": "DeviceNetworkEvents", "DeviceId": DEVICE, "Match": match, "Rows": 900}
        for match in ("::ffff:203.0.113.9", "198.51.100.1")
    ]
    hunt = begun([Case(alert(item))])
    hunt = hunt.answered([Answer(query, rows=tuple(overflows)) for query in hunt.queries])
    (query,) = (query for query in hunt.queries if query.name == "evidence-overflow")
    assert "::ffff:203.0.113.9" in query.kql
    assert "198.51.100.1" not in query.kql
    near = [
        row("DeviceNetworkEvents", START.plus(n), RemoteIP="203.0.113.9") | by(DROPPER) for n in range(200)
    ]
    finding = finished(hunt, tuple(near)).findings()["da1_1"]
    assert (finding.event_count, len(finding.events), finding.truncated) == (900, 200, True)
