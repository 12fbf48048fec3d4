"""Sigma rules by the thousand, of the shapes that public rules have: for measuring, never for judging."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_SYLLABLES = (
    "ad", "ber", "cor", "dex", "en", "fil", "gra", "hol", "in", "jet", "ker", "lo", "mar", "net",
    "or", "pro", "qua", "res", "sys", "tor", "un", "ver", "win", "xen", "yor", "zip",
)  # fmt: skip
_PROGRAMS = (
    "powershell.exe", "pwsh.exe", "cmd.exe", "rundll32.exe", "regsvr32.exe", "mshta.exe",
    "wscript.exe", "cscript.exe", "net.exe", "net1.exe", "reg.exe", "schtasks.exe", "certutil.exe",
    "wmic.exe", "bitsadmin.exe", "msbuild.exe", "curl.exe", "sc.exe", "whoami.exe", "nltest.exe",
    "explorer.exe", "winword.exe", "excel.exe", "outlook.exe", "svchost.exe", "services.exe",
    "wmiprvse.exe",
)  # fmt: skip
_FOLDERS = (
    "\\Users\\Public\\", "\\AppData\\Local\\Temp\\", "\\Windows\\Temp\\", "\\ProgramData\\",
    "C:\\Windows\\System32\\", "C:\\Program Files\\", "\\AppData\\Roaming\\", "\\Downloads\\",
)  # fmt: skip
_SWITCHES = (
    " -enc ", " /c ", " -w hidden", " /create", " add ", " /add", " -nop ", " delete ", " -decode ",
    " -urlcache ", " /i:http", "http://", "https://", "Invoke-", "New-Object ", ".DownloadString(",
    "FromBase64String(", " /s /n ", "javascript:", "process call create", "lsass", "shadowcopy",
)  # fmt: skip
_LEVELS = ("low", "medium", "medium", "high", "high", "critical")


def rules(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """So many rules, each time the same."""
    chance = random.Random(seed)  # noqa: S311 - shapes, not secrets
    makers = (_process,) * 12 + (_file, _registry, _registry, _network, _load, _dns, _pipe, _access)
    for at in range(count):
        logsource, detection = chance.choice(makers)(chance)
        yield {
            "title": f"Generated rule {at} {_word(chance)}",
            "id": f"00000000-0000-4000-8000-{at:012d}",
            "level": chance.choice(_LEVELS),
            "tags": ["attack.execution", f"attack.t{1000 + at % 600}"],
            "logsource": {"product": "windows", "category": logsource},
            "detection": detection,
        }


def write(folder: Path, count: int, seed: int = 7) -> None:
    """The rules as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for rule in rules(count, seed):
        text = yaml.safe_dump(rule, sort_keys=False)
        (folder / f"{rule['id']}.yml").write_text(text, "utf-8")


def _word(chance: random.Random, least: int = 2, most: int = 4) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(least, most)))


def _literal(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(_SWITCHES) + (_word(chance) if chance.random() < 0.5 else "")
    if kind < 0.6:
        return " -" + _word(chance, 1, 3) + " "
    return chance.choice(_FOLDERS) + _word(chance) if kind < 0.75 else _word(chance, 2, 5)


def _process(chance: random.Random) -> tuple[str, dict[str, Any]]:
    program = chance.choice(_PROGRAMS) if chance.random() < 0.6 else _word(chance) + ".exe"
    selection: dict[str, Any] = {}
    kind = chance.random()
    if kind < 0.5:
        selection = {"img": [{"Image|endswith": "\\" + program}, {"OriginalFileName": program}]}
    elif kind < 0.7:
        parents = ["\\" + chance.choice(_PROGRAMS) for _ in range(3)]
        selection = {"img": {"ParentImage|endswith": parents, "Image|endswith": "\\" + program}}
    literals = [_literal(chance) for _ in range(chance.randint(1, 6))]
    modifier = chance.choice(("contains", "contains", "contains|all", "contains|windash", "endswith"))
    if chance.random() < 0.05:
        selection["cli"] = {"CommandLine|re": f"{_word(chance)}[a-z]{{1,20}}\\s-{_word(chance)}"}
    else:
        selection["cli"] = {f"CommandLine|{modifier}": literals}
    condition = " and ".join(selection)
    if chance.random() < 0.35:
        selection["filter_main_a"] = {"ParentImage|startswith": "C:\\Program Files\\" + _word(chance)}
        selection["filter_main_b"] = {"CommandLine|contains": _word(chance)}
        condition += " and not 1 of filter_main_*"
    return "process_creation", {**selection, "condition": condition}


def _file(chance: random.Random) -> tuple[str, dict[str, Any]]:
    names = [chance.choice(_FOLDERS) + _word(chance) for _ in range(2)]
    endings = [".exe", ".dll", "." + _word(chance, 1, 1)]
    return "file_event", {
        "a": {"TargetFilename|contains": names, "TargetFilename|endswith": endings},
        "condition": "a",
    }  # fmt: skip


def _registry(chance: random.Random) -> tuple[str, dict[str, Any]]:
    key = f"\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\{_word(chance)}\\{_word(chance)}"
    details = chance.choice(("DWORD (0x00000001)", "DWORD (0x00000000)", _word(chance)))
    return "registry_set", {
        "a": {"TargetObject|endswith": key, "Details": details},
        "condition": "a",
    }


def _network(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "network_connection", {
        "a": {"Initiated": "true", "Image|endswith": "\\" + _word(chance) + ".exe",
              "DestinationPort": [chance.randint(1, 65_000), chance.randint(1, 65_000)]},
        "f": {"DestinationIp|cidr": ["10.0.0.0/8", "192.168.0.0/16", "fe80::/10"]},
        "condition": "a and not f",
    }  # fmt: skip


def _load(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "image_load", {
        "a": {"ImageLoaded|endswith": ["\\" + _word(chance) + ".dll", "\\" + _word(chance) + ".dll"]},
        "f": {"ImageLoaded|startswith": ["C:\\Windows\\System32\\", "C:\\Windows\\SysWOW64\\"]},
        "condition": "a and not f",
    }


def _dns(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "dns_query", {"a": {"QueryName|endswith": f".{_word(chance)}.com"}, "condition": "a"}


def _pipe(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "pipe_created", {"a": {"PipeName|startswith": "\\" + _word(chance)}, "condition": "a"}


def _access(chance: random.Random) -> tuple[str, dict[str, Any]]:
    return "process_access", {
        "a": {"TargetImage|endswith": "\\lsass.exe", "GrantedAccess": ["0x1410", "0x1fffff"],
              "SourceImage|contains": _word(chance)},
        "condition": "a",
    }  # fmt: skip
