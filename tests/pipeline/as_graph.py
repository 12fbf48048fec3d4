"""An alert of Defender's list as Graph tells the same version: other names, other evidence, fewer digits."""

from collections.abc import Mapping
from typing import Any

_PREFIX = "#microsoft.graph.security."
_SAME = (
    "id", "title", "description", "category", "classification", "determination", "assignedTo",
    "mitreTechniques",
)  # fmt: skip


def as_graph(
    raw: Mapping[str, Any], *, created: str | None = None, alert_id: str | None = None
) -> dict[str, Any]:
    """The alert; `created` and `alert_id` where Graph reads them otherwise."""
    told = {name: raw[name] for name in _SAME if raw.get(name) is not None}
    return told | {
        "id": alert_id or raw["id"],
        "providerAlertId": raw["id"],
        "incidentId": str(raw.get("incidentId", "")),
        "severity": str(raw["severity"]).lower(),
        "status": {"New": "new", "InProgress": "inProgress", "Resolved": "resolved"}[str(raw["status"])],
        "serviceSource": "microsoftDefenderForEndpoint",
        "detectionSource": "microsoftDefenderForEndpoint",
        "recommendedActions": "Look at it.",
        "createdDateTime": created or raw["alertCreationTime"],
        "firstActivityDateTime": raw["firstEventTime"],
        "lastActivityDateTime": raw["lastEventTime"],
        "lastUpdateDateTime": f"{str(raw['lastUpdateTime'])[:23].rstrip('Z')}Z",
        "evidence": [_device(raw), *filter(None, map(_evidence, raw["evidence"]))],
    }


def _device(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@odata.type": f"{_PREFIX}deviceEvidence",
        "mdeDeviceId": raw["machineId"],
        "deviceDnsName": raw.get("computerDnsName"),
        "verdict": "suspicious",
    }


def _evidence(item: Mapping[str, Any]) -> dict[str, Any] | None:
    file = {
        "fileName": item.get("fileName"),
        "filePath": item.get("filePath"),
        "sha1": item.get("sha1"),
        "sha256": item.get("sha256"),
    }
    match item["entityType"]:
        case "Process":
            return {
                "@odata.type": f"{_PREFIX}processEvidence",
                "processId": item.get("processId"),
                "processCommandLine": item.get("processCommandLine"),
                "processCreationDateTime": item.get("processCreationTime"),
                "parentProcessId": item.get("parentProcessId"),
                "parentProcessCreationDateTime": item.get("parentProcessCreationTime"),
                "imageFile": file,
                "userAccount": {"accountName": item.get("accountName"), "userSid": item.get("userSid")},
            }
        case "File":
            return {"@odata.type": f"{_PREFIX}fileEvidence", "fileDetails": file}
        case "Ip":
            return {"@odata.type": f"{_PREFIX}ipEvidence", "ipAddress": item.get("ipAddress")}
        case "Url":
            return {"@odata.type": f"{_PREFIX}urlEvidence", "url": item.get("url")}
        case "User":
            account = {"accountName": item.get("accountName"), "userSid": item.get("userSid")}
            return {"@odata.type": f"{_PREFIX}userEvidence", "userAccount": account}
    return None
