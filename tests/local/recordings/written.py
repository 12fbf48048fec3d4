"""Events as their collectors write them down. All names, addresses and GUIDs are made up."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.recordings.events import Event, events

HOST = "PC1.corp.example"
SYSMON = "Microsoft-Windows-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"
BORN = 0x6601_5DDF  # the second 2024-03-25T11:19:59 that GUIDs hold: their third and second part

type Json = dict[str, Any]


def guid(number: int, second: int = BORN) -> str:
    """The ProcessGuid of a process that began in that second."""
    return f"{{1A2B3C4D-{second & 0xFFFF:04X}-{second >> 16:04X}-0000-{number:012X}}}"


def utc(second: float) -> str:
    """Sysmon's time, so many seconds after the recording's beginning (2024-03-25T11:20:00)."""
    whole, milli = divmod(round(second * 1000), 1000)
    return f"2024-03-25 11:{20 + whole // 60:02d}:{whole % 60:02d}.{milli:03d}"


def sysmon(number: int, second: float, **fields: str) -> Json:
    """An event of Sysmon as NXLog writes it: flat, with its own time in local time, four hours behind."""
    local = utc(second).replace(" 11:", " 07:")
    return {
        "EventTime": local[:19],
        "Hostname": HOST,
        "EventID": number,
        "SourceName": SYSMON,
        "Channel": f"{SYSMON}/Operational",
        "ExecutionProcessID": 4321,
        "@timestamp": utc(second + 3).replace(" ", "T") + "Z",
        "UtcTime": utc(second),
        **fields,
    }


def security(number: int, second: float, **fields: str) -> Json:
    """An event of the Security log as NXLog writes it."""
    flat = sysmon(number, second, **fields)
    del flat["UtcTime"]
    return flat | {"SourceName": SECURITY, "Channel": "Security"}


def system(number: int, second: float, **fields: str) -> Json:
    """An event of the System log as NXLog writes it."""
    return security(number, second, **fields) | {"SourceName": "Service Control Manager", "Channel": "System"}


def born(
    number: int,
    pid: int,
    image: str,
    second: float,
    *,
    parent: tuple[int, int, str] | None = None,
    **more: str,
) -> Json:
    """Sysmon's event 1; `parent` is its number, pid and image."""
    fields = {
        "ProcessGuid": guid(number),
        "ProcessId": str(pid),
        "Image": image,
        "CommandLine": f'"{image}" -x',
        "User": "CORP\\Bob",
        "IntegrityLevel": "High",
        "OriginalFileName": "original.exe",
        "Company": "?",
        "Hashes": f"SHA1={number:040X},MD5={number:032X},SHA256={number:064X},IMPHASH={0:032X}",
    }
    if parent is not None:
        above, above_pid, above_image = parent
        fields |= {
            "ParentProcessGuid": guid(above),
            "ParentProcessId": str(above_pid),
            "ParentImage": above_image,
            "ParentCommandLine": f"{above_image} -p",
        }
    return sysmon(1, second, **(fields | more))


def did(event_id: int, number: int, pid: int, image: str, second: float, **fields: str) -> Json:
    """What a process did."""
    own = {"ProcessGuid": guid(number), "ProcessId": str(pid), "Image": image}
    return sysmon(event_id, second, **(own | fields))


def read(*records: Json) -> list[Event]:
    """The records as events."""
    return events(records)


def write_lines(file: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """One event a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file


EXPLORER = (9, 900, "C:\\Windows\\explorer.exe")
CMD = (1, 100, "C:\\Windows\\System32\\cmd.exe")


def session() -> list[Json]:
    """An attack below cmd.exe, an ordinary tree, and a pid that three processes had one after the other."""
    tool, helper = "C:\\Temp\\tool.exe", "C:\\Temp\\helper.exe"
    editor, plugin = "C:\\Apps\\editor.exe", "C:\\Apps\\plugin.exe"
    lsass = {
        "TargetProcessGUID": guid(8),
        "TargetProcessId": "500",
        "TargetImage": "C:\\Windows\\system32\\lsass.exe",
    }
    by_tool = {"SourceProcessGUID": guid(2), "SourceProcessId": "200", "SourceImage": tool}
    return [
        born(*CMD, 1, parent=EXPLORER),
        born(2, 200, tool, 2, parent=CMD),
        did(11, 2, 200, tool, 2.001, TargetFilename="C:\\Temp\\out.bin"),
        sysmon(10, 2.002, GrantedAccess="0x1fffff", **by_tool, **lsass),
        born(3, 300, helper, 2.003, parent=(2, 200, tool)),
        did(3, 3, 300, helper, 2.5, Initiated="true", DestinationIp="203.0.113.7", DestinationPort="443"),
        did(5, 2, 200, tool, 3),
        born(4, 200, editor, 4, parent=EXPLORER),
        did(13, 4, 200, editor, 4.1, TargetObject="HKLM\\SOFTWARE\\Corp\\Size", Details="DWORD (0x0000000a)"),
        born(5, 201, plugin, 4.2, parent=(4, 200, editor)),
        did(5, 4, 200, editor, 5),
        born(6, 200, plugin, 6, parent=(5, 201, plugin)),
        did(11, 6, 200, plugin, 6.1, TargetFilename="C:\\Apps\\cache.bin"),
        security(4624, 7, TargetUserName="Bob", TargetDomainName="CORP", LogonType="3", IpAddress="10.0.0.9"),
    ]
