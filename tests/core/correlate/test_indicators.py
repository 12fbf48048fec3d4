"""What the evidence gives to look for, what rows name, and how one narrows the other."""

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.finding import Cell, Method
from shared.core.correlate.indicators import Indicator, Mention, acts_for, indicators_of, mentions, narrows
from shared.core.correlate.rows import Observation, read
from tests.core.hunting.builders import (
    DEVICE,
    OTHER_DEVICE,
    SHA1,
    START,
    Row,
    alert,
    by,
    process,
    row,
    started,
)

SHA256, MD5 = "c" * 64, "d" * 32


def _found(*items: Evidence, **fields: object) -> list[Indicator]:
    return indicators_of(alert(*items, **fields), items)


def _of(kind: EvidenceKind, **fields: object) -> Evidence:
    return Evidence(kind=kind, **fields)  # type: ignore[arg-type]


def _user(**parts: str) -> Evidence:
    return _of(EvidenceKind.USER, account=Account(**parts))


FILE = _of(
    EvidenceKind.FILE,
    sha1=SHA1.upper(),
    sha256=SHA256.upper(),
    md5=MD5.upper(),
    file_name="A.DLL",
    folder_path="C:\\Temp",
)


def test_a_file_is_looked_for_by_each_hash_and_by_name_in_its_folder() -> None:
    assert _found(FILE) == [
        Indicator(Method.FILE_HASH, SHA1, device_id=DEVICE),
        Indicator(Method.FILE_HASH, SHA256, device_id=DEVICE),
        Indicator(Method.FILE_HASH, MD5, device_id=DEVICE),
        Indicator(Method.FILE_NAME, "a.dll", scope="\\temp", sha1=SHA1, device_id=DEVICE),
    ]


def test_the_image_of_a_process_without_creation_time_is_looked_for_with_its_pid() -> None:
    item = _of(EvidenceKind.PROCESS, sha1=SHA1, file_name="a.exe", process_id=7)
    assert _found(item) == [
        Indicator(Method.FILE_HASH, SHA1, pid=7, device_id=DEVICE),
        Indicator(Method.FILE_NAME, "a.exe", sha1=SHA1, pid=7, device_id=DEVICE),
    ]
    assert _found(process(sha1=SHA1)) == [], "every other run of the program would be taken for it"


def test_evidence_is_looked_for_on_its_own_device_before_the_alerts() -> None:
    elsewhere = _of(EvidenceKind.IP, ip_address="203.0.113.9", device_id=OTHER_DEVICE.upper())
    assert [each.device_id for each in _found(elsewhere)] == [OTHER_DEVICE]
    assert [each.device_id for each in _found(_of(EvidenceKind.IP, ip_address="203.0.113.9"))] == [DEVICE]
    nowhere = _found(_of(EvidenceKind.IP, ip_address="203.0.113.9"), device_id=None)
    assert [each.device_id for each in nowhere] == [""]
    upper = _found(_of(EvidenceKind.IP, ip_address="203.0.113.9"), device_id=DEVICE.upper())
    assert [each.device_id for each in upper] == [DEVICE]


@pytest.mark.parametrize(
    ("item", "method", "value", "scope"),
    [
        (_of(EvidenceKind.IP, ip_address="::ffff:203.0.113.9"), Method.ADDRESS, "203.0.113.9", ""),
        (_of(EvidenceKind.URL, url="http://EVIL.example/x"), Method.URL, "evil.example", ""),
        (_of(EvidenceKind.URL, url="http://203.0.113.9/x"), Method.ADDRESS, "203.0.113.9", ""),
        (
            _of(
                EvidenceKind.REGISTRY,
                registry_key="Software\\Run",
                registry_hive="HKLM",
                registry_value_name="Upd",
            ),
            Method.REGISTRY,
            "machine\\software\\run",
            "upd",
        ),
        (
            _of(EvidenceKind.REGISTRY, registry_key="HKLM\\Software\\Run"),
            Method.REGISTRY,
            "machine\\software\\run",
            "",
        ),
        (_user(sid="S-1-5-21-9", name="alice"), Method.ACCOUNT, "s-1-5-21-9", ""),
        (_user(name="Alice", domain="CONTOSO.example"), Method.ACCOUNT, "alice", "contoso"),
        (_user(name="Alice"), Method.ACCOUNT, "alice", ""),
        (_user(upn="Alice@contoso.example"), Method.ACCOUNT, "alice", ""),
        (_user(name="bob", upn="alice@contoso.example"), Method.ACCOUNT, "bob", ""),
    ],
)
def test_each_kind_of_evidence_has_one_spelling(
    item: Evidence, method: Method, value: str, scope: str
) -> None:
    assert _found(item) == [Indicator(method, value, scope=scope, device_id=DEVICE)]


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "0.0.0.0", "::", "255.255.255.255"])  # noqa: S104
def test_an_address_that_every_machine_has_is_not_looked_for(text: str) -> None:
    assert _found(_of(EvidenceKind.IP, ip_address=text)) == []
    url = f"http://[{text}]/" if ":" in text else f"http://{text}/"
    assert _found(_of(EvidenceKind.URL, url=url)) == []


@pytest.mark.parametrize(
    "item", [_of(EvidenceKind.IP, ip_address="no address"), _of(EvidenceKind.URL, url="intranet")]
)
def test_what_is_no_address_and_no_full_host_is_not_looked_for(item: Evidence) -> None:
    assert _found(item) == []


@pytest.mark.parametrize(
    "parts",
    [
        *({"sid": sid, "name": "x"} for sid in ("S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-7", "S-1-0-0")),
        *({"name": name, "sid": "S-1-5-21-1"} for name in ("SYSTEM", "local service", "network service")),
        *({"name": name} for name in ("anonymous logon", "DWM-1", "umfd-0", "root", "host$")),
        *({"name": name} for name in ("Netzwerkdienst", "SERVICE RÉSEAU", "DWM-2", "СИСТЕМА")),
        {"name": "x", "domain": "AUTORITE NT"},
        {"name": "x", "domain": "NT-AUTORITÄT", "sid": "S-1-5-21-1"},
        {"domain": "contoso"},
    ],
)
def test_an_account_that_every_machine_has_is_not_looked_for(parts: dict[str, str]) -> None:
    assert _found(_user(**parts)) == []


def test_the_strongest_come_first_and_each_once() -> None:
    address = _of(EvidenceKind.IP, ip_address="203.0.113.9")
    items = (_user(name="alice"), address, FILE, address)
    assert [each.method for each in _found(*items)] == [
        *[Method.FILE_HASH] * 3, Method.FILE_NAME, Method.ADDRESS, Method.ACCOUNT,
    ]  # fmt: skip


def test_the_alerts_own_domains_are_looked_for_on_its_device() -> None:
    found = _found(domains=("evil.example", "203.0.113.9"), device_id=DEVICE.upper())
    assert found == [
        Indicator(Method.ADDRESS, "203.0.113.9", device_id=DEVICE),
        Indicator(Method.URL, "evil.example", device_id=DEVICE),
    ]
    assert _found(domains=("evil.example",), device_id=None)[0].device_id == ""


def _seen(one: Row) -> Observation:
    (found,) = read([one])
    assert isinstance(found, Observation)
    return found


ACTOR = (21, START.plus(-60), "updater.exe")


def _named(table: str, **cells: Cell) -> list[Mention]:
    return list(mentions(_seen(row(table, START, **cells, **by(ACTOR)))))


def test_a_row_names_what_its_columns_hold_and_who_did_it() -> None:
    who = _seen(row("DeviceFileEvents", START, **by(ACTOR))).actor
    assert who is not None
    assert _named("DeviceNetworkEvents", RemoteIP="::ffff:203.0.113.9") == [
        Mention(Method.ADDRESS, "203.0.113.9", who)
    ]
    assert _named("DeviceNetworkEvents", RemoteUrl="http://EVIL.example/x") == [
        Mention(Method.URL, "evil.example", who)
    ]
    assert _named("DeviceNetworkEvents", RemoteUrl="http://203.0.113.9/x") == [
        Mention(Method.ADDRESS, "203.0.113.9", who)
    ]
    assert _named("DeviceNetworkEvents", RemoteIP="none", RemoteUrl="") == []
    assert _named("DeviceRegistryEvents", RegistryKey="HKLM\\Software\\Run") == [
        Mention(Method.REGISTRY, "machine\\software\\run", who)
    ]
    assert _named("DeviceLogonEvents", AccountName="Alice") == [Mention(Method.ACCOUNT, "alice", who)]
    assert set(_named("DeviceFileEvents", FileName="A.DLL", SHA1=SHA1.upper())) == {
        Mention(Method.FILE_NAME, "a.dll", who),
        Mention(Method.FILE_HASH, SHA1, who),
    }


def test_a_process_runs_under_an_account_by_its_sid_or_its_name_and_domain() -> None:
    sid, name = Indicator(Method.ACCOUNT, "s-1-5-21-9"), Indicator(Method.ACCOUNT, "al", scope="contoso")
    born = (9, START, "born.exe")
    for prefix, pid in (("", 9), ("InitiatingProcess", 21)):
        for indicator, cells, is_theirs in (
            (sid, {"Sid": "S-1-5-21-9"}, True),
            (sid, {"Sid": "S-1-5-21-90"}, False),
            (name, {"Name": "AL", "Domain": "CONTOSO.example"}, True),
            (name, {"Name": "AL"}, True),
            (name, {"Name": "AL", "Domain": "fabrikam"}, False),
        ):
            told: Row = {f"{prefix}Account{column}": text for column, text in cells.items()}
            ref = acts_for(indicator, _seen(started(*born, ACTOR) | told))
            assert (ref.pid if ref is not None else None) == (pid if is_theirs else None)


def test_the_actors_own_image_is_named_as_itself() -> None:
    who = _seen(row("DeviceFileEvents", START, **by(ACTOR))).actor
    assert _named("DeviceFileEvents", InitiatingProcessSHA1=SHA1.upper()) == [
        Mention(Method.FILE_HASH, SHA1, who, is_itself=True)
    ]


def test_a_creation_row_names_the_new_process_as_itself() -> None:
    one = _seen(started(7, START, "A.exe", ACTOR, SHA1=SHA1, InitiatingProcessSHA1="e" * 40))
    assert set(mentions(one)) == {
        Mention(Method.FILE_NAME, "a.exe", one.created, is_itself=True),
        Mention(Method.FILE_HASH, SHA1, one.created, is_itself=True),
        Mention(Method.FILE_HASH, "e" * 40, one.actor, is_itself=True),
    }


NAME = Indicator(Method.FILE_NAME, "a.dll", scope="\\temp", sha1=SHA1)
VALUE = Indicator(Method.REGISTRY, "machine\\software\\run", scope="upd")
ACCOUNT = Indicator(Method.ACCOUNT, "alice", scope="contoso")


@pytest.mark.parametrize(
    ("indicator", "cells", "fits"),
    [
        (NAME, {"FolderPath": "C:\\Temp\\a.dll", "SHA1": SHA1.upper()}, True),
        (NAME, {"FolderPath": "C:\\Temp\\a.dll"}, True),
        (NAME, {"SHA1": SHA1}, True),
        (NAME, {}, True),
        (NAME, {"FolderPath": "C:\\Temp\\a.dll", "SHA1": "f" * 40}, False),
        (NAME, {"FolderPath": "C:\\Windows\\a.dll", "SHA1": SHA1}, False),
        (Indicator(Method.FILE_NAME, "a.dll"), {"FolderPath": "C:\\Windows\\a.dll", "SHA1": SHA1}, True),
        (VALUE, {"RegistryValueName": "UPD"}, True),
        (VALUE, {"RegistryValueName": "Other"}, False),
        (VALUE, {}, False),
        (Indicator(Method.REGISTRY, "machine\\software\\run"), {"RegistryValueName": "Other"}, True),
        (ACCOUNT, {"AccountDomain": "CONTOSO.example"}, True),
        (ACCOUNT, {}, True),
        (ACCOUNT, {"AccountDomain": "fabrikam"}, False),
        (Indicator(Method.ACCOUNT, "alice"), {"AccountDomain": "fabrikam"}, True),
        (Indicator(Method.ADDRESS, "203.0.113.9", scope="x"), {"AccountDomain": "fabrikam"}, True),
        (Indicator(Method.FILE_HASH, SHA1, pid=21), {}, True),
        (Indicator(Method.FILE_HASH, SHA1, pid=22), {}, False),
        (Indicator(Method.FILE_NAME, "a.dll", scope="\\temp", pid=21), {"FolderPath": "C:\\Windows"}, False),
    ],
)
def test_a_row_is_excluded_by_what_is_known_besides(
    indicator: Indicator, cells: dict[str, Cell], fits: bool
) -> None:
    one = _seen(row("DeviceFileEvents", START, **{"FileName": "a.dll"} | cells, **by(ACTOR)))
    assert narrows(indicator, one) is fits


def test_a_pid_is_that_of_the_actor_or_of_the_new_process() -> None:
    one = _seen(started(7, START, "a.exe", ACTOR))
    assert [narrows(Indicator(Method.FILE_HASH, SHA1, pid=pid), one) for pid in (7, 21, 8)] == [
        True,
        True,
        False,
    ]
