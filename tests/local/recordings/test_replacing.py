"""What is replaced, by what, and what stays, text by text."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import time

import pytest

from local.recordings.people import names_in, system_hashes_in
from local.recordings.pseudonyms import Pseudonyms
from local.recordings.replacing import Replacer
from local.recordings.vocabulary import literals, words

SHA1 = "1234567890abcdef1234567890abcdef12345678"


def replacer(*learned: object, key: bytes = b"key") -> Replacer:
    made = Replacer(Pseudonyms(key))
    made.learn(*learned)
    made.ready({})
    return made


@pytest.mark.parametrize(
    "text",
    [
        "powershell.exe -NoProfile -ExecutionPolicy Bypass -enc",
        "C:\\Windows\\System32\\rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 20568",
        "schtasks /create",
        "p^ower^shell -e^nc",
        "\uff50\uff4f\uff57\uff45\uff52shell",  # wide letters
        "2026-11-24T10:00:00.1234567Z",
        "S-1-5-18",
        "127.0.0.1 169.254.169.254 168.63.129.16 8.8.8.8 ::1 ff02::1",
        "0x1fffff",
        "pid 123456",
    ],
)
def test_what_everybody_has_stays(text: str) -> None:
    assert replacer(text).text(text) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Marquevo", r"[A-Z][a-z]{7}"),
        ("MARQUEVO-WS-0042", r"[A-Z]{8}-[A-Z]{2}-0042"),
        ("C:\\Users\\marquevo\\AppData\\Local\\x.exe", r"C:\\Users\\[a-z]{8}\\AppData\\Local\\x\.exe"),
        ("https://files.marquevo.com/download.php?u=7", r"https://\w+\.[a-z]{8}\.com/download\.php\?u=7"),
        ("m^arq^uevo", r"[a-z]\^[a-z]{3}\^[a-z]{4}"),
        ("j^o^h^v", r"[a-z]\^[a-z]\^[a-z]\^[a-z]"),
        ("Kvöltaßen", r"\w+"),
        ("財務部門", r"[a-z]{4}"),
        ("10.20.30.40", r"10\.\d+\.\d+\.\d+"),
        ("192.168.7.8", r"192\.168\.\d+\.\d+"),
        ("91.2.3.4", r"(203\.0\.113|198\.51\.100|192\.0\.2)\.\d+"),
        ("[2a02:1::5]:443", r"\[2001:db8::[0-9a-f:]+\]:443"),
        ("::ffff:91.2.3.4", r"::ffff:203\.0\.113\.\d+"),
        ("00-15-5D-0A-1B-2C", r"([0-9A-F]{2}-){5}[0-9A-F]{2}"),
        ("S-1-5-21-1004336348-1177238915-682003330-1741", r"S-1-5-21-\d{10}-\d{10}-\d{9}-\d{4}"),
        ("S-1-5-21-1004336348-1177238915-682003330-500", r"S-1-5-21-\d{10}-\d{10}-\d{9}-500"),
        ("d48d6466-848c-1d1d-2f65-73f6a6d961f9", r"[0-9a-f-]{36}"),
        (SHA1, r"[0-9a-f]{40}"),
        ("call +49301492577", r"\w+ \+\d{11}"),
    ],
)
def test_what_may_be_somebody_s_becomes_another_of_its_form(text: str, form: str) -> None:
    made = replacer(text).text(text)
    assert made != text
    assert re.fullmatch(form, made), made


def test_the_same_name_becomes_the_same_in_any_case_and_place() -> None:
    texts = ["MARQUEVO\\kelvast", "kelvast@marquevo.example", "C:\\Users\\Kelvast\\x", "\\\\marquevo\\c$"]
    made = [one.lower() for one in map(replacer(texts).text, texts)]
    domain, user = made[0].split("\\")
    assert made[1] == f"{user}@{domain}.example"
    assert made[2:] == [f"c:\\users\\{user}\\x", f"\\\\{domain}\\c$"]


def test_a_name_made_of_ordinary_words_goes_where_a_field_says_that_it_is_one() -> None:
    rows = [{"AccountName": "backup.service", "ProcessCommandLine": "run /as backup.service backup service"}]
    [made] = replacer(rows).replaced(rows)
    assert made["AccountName"] != "backup.service"
    assert made["ProcessCommandLine"] == f"run /as {made['AccountName']} backup service"


@pytest.mark.parametrize("name", ["system", "NT AUTHORITY", "root", "DWM-1", "administrator"])
def test_accounts_that_every_device_has_stay(name: str) -> None:
    row = {"AccountName": name}
    assert replacer(row).replaced(row) == row


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8"])
def test_names_within_base64_go_and_the_command_stays(encoding: str) -> None:
    script = "Copy-Item C:\\Users\\marquevo\\secret.txt C:\\Windows\\Temp"
    text = "powershell -enc " + base64.b64encode(script.encode(encoding)).decode()
    made = replacer(text).text(text)
    decoded = base64.b64decode(made.split()[-1]).decode(encoding)
    assert re.fullmatch(r"Copy-Item C:\\Users\\[a-z]{8}\\secret\.txt C:\\Windows\\Temp", decoded)
    assert "marquevo" not in decoded


def test_json_within_a_text_is_looked_into_and_its_keys_too() -> None:
    inner = json.dumps({"DesiredAccess": 4096, "Marquevo Host": {"Owner": "kelvast"}})
    row = {"AdditionalFields": json.dumps({"Nested": inner})}
    made = json.loads(json.loads(replacer(row).replaced(row)["AdditionalFields"])["Nested"])
    assert made["DesiredAccess"] == 4096
    assert not re.search("marquevo|kelvast", json.dumps(made).lower())


def test_names_in_json_s_own_spelling_of_letters_go_and_it_stays_json() -> None:
    row = {"AdditionalFields": json.dumps({"Owner": "M\u00f6rqvast", "Path": "C:\\M\u00f6rqvast"})}
    assert "\\u00f6" in row["AdditionalFields"]
    made = json.loads(replacer(row).replaced(row)["AdditionalFields"])
    assert re.fullmatch("[A-Z][a-z]{7}", made["Owner"])
    assert made["Path"] == f"C:\\{made['Owner']}"


def test_a_name_of_an_ordinary_word_goes_where_a_shell_s_marks_hide_it() -> None:
    rows = [{"AccountName": "backup", "ProcessCommandLine": "run /as b^ackup"}]
    [made] = replacer(rows).replaced(rows)
    assert made["ProcessCommandLine"] != rows[0]["ProcessCommandLine"]


def test_keys_of_the_apis_and_their_enumerations_stay() -> None:
    alert = {"@odata.type": "#microsoft.graph.security.alert", "severity": "high", "isExcluded": False}
    assert replacer(alert).replaced(alert) == alert


def test_hashes_of_the_system_s_files_stay_and_others_go() -> None:
    rows = [
        {"FolderPath": "C:\\Windows\\System32\\cmd.exe", "SHA1": "a" * 39 + "1"},
        {"FolderPath": "C:\\Windows\\Temp\\cmd.exe", "SHA1": "a" * 39 + "2"},
        {"filePath": "C:\\Windows\\System32", "fileName": "cmd.exe", "sha1": "a" * 39 + "3"},
        {"sha1": "a" * 39 + "4", "globalPrevalence": 4_000_000},
        {"sha1": "a" * 39 + "5", "globalPrevalence": 7},
    ]
    assert {one[-1] for one in system_hashes_in(rows)} == {"1", "3", "4"}
    made = replacer(rows).replaced(rows)
    stayed = [(one.get("SHA1") or one["sha1"])[:39] == "a" * 39 for one in made]
    assert stayed == [True, False, True, True, False]


def test_names_are_known_by_field_by_owner_of_a_folder_and_by_server() -> None:
    rows = [
        {"AccountUpn": "kel.vast@marquevo.example", "DeviceName": "ws-7.corp.example"},
        {"FolderPath": "/home/dorvan/x", "ProcessCommandLine": "type \\\\filer9\\plans\\a.txt"},
    ]
    assert names_in(rows) >= {"kel.vast", "marquevo.example", "ws-7", "dorvan", "filer9"}


def test_stand_ins_are_told_apart_and_never_an_original() -> None:
    texts = [f"{a}{b}q" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]
    unknown = [one for one in texts if one not in words()]
    several = replacer(texts)
    made = {several.text(one) for one in unknown}
    assert len(made) == len(unknown)
    assert not made & set(texts)


def test_own_networks_stay_own_and_the_internet_stays_outside() -> None:
    several = replacer([f"91.7.{n}.9" for n in range(200)])
    made = {several.text(f"91.7.{n}.9") for n in range(200)}
    assert len(made) == 200
    assert all(not ipaddress.ip_address(one).is_loopback for one in made)


def test_hostile_text_is_replaced_in_time() -> None:
    text = (
        ("a^" * 20_000) + (":" * 20_000) + ("1." * 20_000) + ("A" * 50_000) + ("-1" * 20_000) + '""' * 20_000
    )
    began = time.process_time()
    replacer(text).text(text)
    assert time.process_time() - began < 5


def test_the_vocabulary_holds_what_rules_match_and_no_example_s_name() -> None:
    assert {"powershell", "comsvcs", "minidump", "vssadmin", "bypass"} <= words()
    assert not {"alice", "bob", "contoso", "fabrikam"} & words()
    assert "99999999-8888-7777-6666-555555555555" not in literals()
