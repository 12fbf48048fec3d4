"""A small recording with its truth: an attack that reads LSASS, an installer, and one alert without truth."""

import json
from pathlib import Path
from typing import Any

DEVICE = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"
ATTACK, BENIGN, CLOCK = "da1_1", "da2_2", "da3_3"

type Json = dict[str, Any]


def at(minute: int, second: int = 0, *, day: str = "2026-11-01") -> str:
    """A moment of the recording."""
    return f"{day}T10:{minute:02d}:{second:02d}.1234567Z"


def process(pid: int, name: str, created: str, *, parent: tuple[int, str, str], report: int) -> Json:
    """The row of a process creation; `parent` is a pid, a name and a creation time."""
    return {
        "Timestamp": created,
        "ReportId": report,
        "DeviceId": DEVICE,
        "DeviceName": "pc1",
        "ActionType": "ProcessCreated",
        "ProcessId": pid,
        "ProcessCreationTime": created,
        "FileName": name,
        "FolderPath": f"C:\\tools\\{name}",
        "ProcessCommandLine": name,
        **_actor(*parent),
    }


def opened_lsass(pid: int, name: str, created: str, moment: str, report: int) -> Json:
    """The row of a process that opened LSASS with every right."""
    return {
        "Timestamp": moment,
        "ReportId": report,
        "DeviceId": DEVICE,
        "DeviceName": "pc1",
        "ActionType": "OpenProcessApiCall",
        "FileName": "lsass.exe",
        "AdditionalFields": '{"DesiredAccess":2097151}',
        **_actor(pid, name, created),
    }


def _actor(pid: int, name: str, created: str) -> Json:
    return {
        "InitiatingProcessId": pid,
        "InitiatingProcessCreationTime": created,
        "InitiatingProcessFileName": name,
        "InitiatingProcessFolderPath": f"C:\\tools\\{name}",
        "InitiatingProcessCommandLine": name,
    }


def alert(alert_id: str, created: str, *evidence: Json) -> Json:
    """An alert whose words say nothing."""
    return {
        "id": alert_id,
        "severity": "Medium",
        "status": "New",
        "title": "Suspicious activity",
        "category": "SuspiciousActivity",
        "alertCreationTime": created,
        "firstEventTime": created,
        "lastEventTime": created,
        "lastUpdateTime": created,
        "machineId": DEVICE,
        "computerDnsName": "pc1",
        "mitreTechniques": [],
        "evidence": list(evidence),
    }


def by_process(pid: int, name: str, created: str) -> Json:
    """Evidence that names a process."""
    return {
        "entityType": "Process",
        "fileName": name,
        "processId": pid,
        "processCreationTime": created,
        "detectionStatus": "Detected",
    }


EXPLORER = (700, "explorer.exe", at(0))
ROWS = {
    "DeviceProcessEvents": [
        process(701, "shell.exe", at(5), parent=EXPLORER, report=1),
        process(702, "dumper.exe", at(5, 10), parent=(701, "shell.exe", at(5)), report=2),
        process(703, "child.exe", at(5, 20), parent=(702, "dumper.exe", at(5, 10)), report=3),
        process(710, "setup.exe", at(6), parent=EXPLORER, report=5),
        process(711, "helper.exe", at(6, 1), parent=(710, "setup.exe", at(6)), report=6),
    ],
    "DeviceEvents": [opened_lsass(702, "dumper.exe", at(5, 10), at(5, 15), 4)],
    "DeviceInfo": [{"Timestamp": at(0), "ReportId": 99, "DeviceId": DEVICE, "DeviceName": "pc1"}],
}
ALERTS = [
    alert(ATTACK, at(5, 30), by_process(702, "dumper.exe", at(5, 10))),
    alert(BENIGN, at(6, 30), by_process(710, "setup.exe", at(6))),
    alert(CLOCK, at(30)),
]
TRUTH: dict[str, Json] = {
    ATTACK: {
        "dataset": "first",
        "kind": "attack",
        "variant": "process",
        "technique": "T1003",
        "rows": [2, 3, 4],
        "ancestor_rows": [1],
        "cmd": "dumper.exe",
    },
    BENIGN: {
        "dataset": "second",
        "kind": "benign",
        "variant": "process",
        "technique": "",
        "rows": [5, 7],  # 7 is nowhere to be found, and 6, which is shown, is said not to belong
        "ancestor_rows": [],
        "cmd": "setup.exe",
    },
}


def write(
    folder: Path,
    *,
    alerts: list[Json] | None = None,
    rows: dict[str, list[Json]] | None = None,
    **entities: list[Json],
) -> Path:
    """The recording as a folder."""
    (folder / "hunting").mkdir(parents=True)
    bodies = {"alerts": ALERTS if alerts is None else alerts, **entities}
    for name, items in bodies.items():
        (folder / f"{name}.json").write_text(json.dumps({"value": items}), "utf-8")
    for table, content in (ROWS if rows is None else rows).items():
        lines = "".join(json.dumps(row) + "\n" for row in content)
        (folder / "hunting" / f"{table}.ndjson").write_text(lines, "utf-8")
    return folder


def write_truth(folder: Path, truth: object = TRUTH) -> Path:
    """The truth as a file beside the recording."""
    file = folder / "truth.json"
    file.write_text(json.dumps(truth), "utf-8")
    return file
