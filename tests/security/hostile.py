"""What somebody who controls a device can make an alert say, and a recording in which every alert says it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.cli import ROOT

RECORDED = ROOT / "local" / "incidents" / "contoso"
KQL = '"); AlertInfo | take 1 //'
ODATA = "x' or id ne '' or id eq '"
STEPS = "../../api/machines?$top=1#%2f%2e%2e"
LINES = 'a\r\nX-Injected: 1\r\n\r\n{"event":"audit","result":"0 missing"}\n'
LINK = "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\"
CLIPBOARD = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\x1b[1A\x1b[2K\r"
EIGHT_BIT = "\x9b31m\x9d0;title\x9c\x85\x7f\x08"
TURNED = "\u202egnp.exe\u202c\u2066a\u2069\u061c\u200f\u2028\u2029\u200b\ufeff\U000e0041"
MARKUP = "[link=https://evil.example]x[/link][bold red]\\[/]"
COMMANDS = "'; .drop table DeviceInfo\n| union * @\"x\\\" h'x' ```\nlet x = 1;\n``` /* */"
ATTACKS = (KQL, ODATA, STEPS, "..\\..\\alerts", LINES, LINK, CLIPBOARD, EIGHT_BIT, TURNED, MARKUP, COMMANDS)

# Long texts that no log line may hold, whole or in part.
IN_DESCRIPTION, IN_COMMAND, IN_REGISTRY = (
    "CanaryOfTheDescription",
    "CanaryOfTheCommand",
    "CanaryOfTheRegistry",
)
CANARIES = (IN_DESCRIPTION, IN_COMMAND, IN_REGISTRY)
GOOD = ("Sensitive credential memory read", "Suspicious cron job creation")
_BASE = "Suspicious PowerShell command line"
# What is no free text: times, numbers, and words of a fixed list.
_KEPT = ("Time", "severity", "status", "detectionSource", "entityType", "sha1", "sha256", "aadUserId")
_KEPT_OF_ROWS = ("DeviceId", "ActionType", "SHA1", "SHA256", "MD5", "ReportId", "AdditionalFields", "IP")


def alerts() -> list[dict[str, Any]]:
    """Two alerts as they come, and one for each attack that has it in every text; every other one keeps its
    device, so that it is tied to telemetry."""
    recorded = json.loads((RECORDED / "alerts.json").read_text("utf-8"))["value"]
    [base] = [alert for alert in recorded if alert["title"] == _BASE]
    good = [alert for alert in recorded if alert["title"] in GOOD]
    return good + [_hostile(base, attack, number) for number, attack in enumerate(ATTACKS)]


def _hostile(base: dict[str, Any], attack: str, number: int) -> dict[str, Any]:
    made: dict[str, Any] = _filled(base, attack)
    made |= {
        "id": f"da9{number:02d}_{attack}",
        "incidentId": 7_000 + number,
        "description": f"{attack}{IN_DESCRIPTION * 200}",
        "machineId": attack if number % 2 else base["machineId"],
        "comments": [{"comment": attack, "createdBy": attack, "createdTime": base["alertCreationTime"]}],
    }
    registry = {"entityType": "RegistryKey", "registryHive": attack, "registryKey": attack}
    others = ({"entityType": "Url", "url": f"http://{attack}/"}, {"entityType": "Ip", "ipAddress": attack})
    made["evidence"] += [registry | {"registryValue": f"{attack}{IN_REGISTRY * 200}"}, *others]
    for item in made["evidence"]:
        if item.get("processId"):
            item["processCommandLine"] = f"powershell {attack}{IN_COMMAND * 200}"
    return made


def _filled(value: Any, attack: str, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, attack, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, attack, name) for item in value]
    if isinstance(value, str) and not name.endswith(_KEPT):
        return f"{value[:40]}{attack}"
    return value


def recording(folder: Path) -> Path:
    """`folder`, holding those alerts and the incident's telemetry with an attack in every text of a row."""
    for name in ("machines", "files", "ips", "domains", "users"):
        shutil.copy(RECORDED / f"{name}.json", folder)
    (folder / "alerts.json").write_text(json.dumps({"value": alerts()}), "utf-8")
    (folder / "hunting").mkdir()
    device = next(alert["machineId"] for alert in alerts() if alert["id"].startswith("da900"))
    for file in (RECORDED / "hunting").glob("*.ndjson"):
        rows = map(json.loads, file.read_text("utf-8").splitlines())
        lines = (json.dumps(row) for row in _hostile_rows(rows, device))
        (folder / "hunting" / file.name).write_text("\n".join(lines), "utf-8")
    return folder


def _hostile_rows(rows: Iterator[dict[str, Any]], device: str) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        if row.get("DeviceId") != device:
            yield row
            continue
        attack = ATTACKS[number % len(ATTACKS)]
        yield {
            name: f"{value}{attack}" if isinstance(value, str) and not _is_kept(name) else value
            for name, value in row.items()
        }


def _is_kept(name: str) -> bool:
    return name.endswith(("Time", "Timestamp")) or any(word in name for word in _KEPT_OF_ROWS)
