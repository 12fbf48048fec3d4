"""The same alert in both APIs' shapes: what a test says once, as each of them would send it."""

from collections.abc import Mapping

from tests.core.samples import Json

DEVICE = "5d" * 20
OTHER_DEVICE = "6e" * 20
SOURCES = ("defender", "graph")
_PREFIX = "#microsoft.graph.security."
_ACCOUNT = {
    "accountName": "accountName",
    "domainName": "domainName",
    "userSid": "userSid",
    "aadUserId": "azureAdUserId",
    "userPrincipalName": "userPrincipalName",
}
_FILE = ("fileName", "filePath", "sha1", "sha256", "md5", "sha256Ac")
_TIMES = {
    "alertCreationTime": "createdDateTime",
    "lastUpdateTime": "lastUpdateDateTime",
    "firstEventTime": "firstActivityDateTime",
    "lastEventTime": "lastActivityDateTime",
    "resolvedTime": "resolvedDateTime",
    "aadTenantId": "tenantId",
    "threatName": "threatDisplayName",
}


def alert_body(source: str, *items: Json, **fields: Json) -> Json:
    """An alert with these items, each of `item`; further fields by Defender's names."""
    whole: dict[str, Json] = {
        "id": "da639311000000000000_17",
        "incidentId": 4_242,
        "severity": "High",
        "status": "New",
        "title": "A baker at work",
        "category": "Execution",
        "alertCreationTime": "2026-11-24T09:10:00.1Z",
        "lastUpdateTime": "2026-11-24T09:12:00.5Z",
        "firstEventTime": "2026-11-24T09:00:00.1234567Z",
        "lastEventTime": "2026-11-24T09:05:00Z",
        **fields,
    }
    if source == "defender":
        own = {"machineId": DEVICE, "computerDnsName": "oven-4.bakery.example", "rbacGroupName": "Ovens"}
        return {**own, **whole, "evidence": [each for each in items if each]}
    renamed = {_TIMES.get(name, name): value for name, value in whole.items()}
    return {**renamed, "serviceSource": "microsoftDefenderForEndpoint", "evidence": list(items)}


def item(source: str, kind: str, **fields: Json) -> Json:
    """One piece of evidence: kinds and fields by Defender's names; what only Graph has by Graph's."""
    if source == "defender":
        return {"entityType": kind, **fields}
    return {"@odata.type": f"{_PREFIX}{_TYPES[kind]}", **_READY[kind](fields)}


def device(
    device_id: str | None = DEVICE, name: str | None = "oven-4.bakery.example", **fields: Json
) -> Json:
    """Graph's evidence of a device."""
    return {
        "@odata.type": f"{_PREFIX}deviceEvidence",
        "mdeDeviceId": device_id,
        "deviceDnsName": name,
        "rbacGroupName": "Ovens",
        **fields,
    }


def _user(fields: Mapping[str, Json]) -> Json:
    said, rest = _apart(fields, tuple(_ACCOUNT))
    return {"userAccount": {_ACCOUNT[name]: value for name, value in said.items()}, **rest}


def _file(fields: Mapping[str, Json]) -> Json:
    details, rest = _apart(fields, _FILE)
    return {"fileDetails": details, "mdeDeviceId": DEVICE, **rest}


def _process(fields: Mapping[str, Json]) -> Json:
    image, rest = _apart(fields, _FILE)
    who, rest = _apart(rest, tuple(_ACCOUNT))
    parent, rest = _apart(rest, ("parentProcessFileName", "parentProcessFilePath"))
    times = {
        "processCreationTime": "processCreationDateTime",
        "parentProcessCreationTime": "parentProcessCreationDateTime",
    }
    return {
        "imageFile": image,
        "userAccount": {_ACCOUNT[name]: value for name, value in who.items()} or None,
        "parentProcessImageFile": {
            "fileName": parent.get("parentProcessFileName"),
            "filePath": parent.get("parentProcessFilePath"),
        },
        "mdeDeviceId": DEVICE,
        **{times.get(name, name): value for name, value in rest.items()},
    }


def _same(fields: Mapping[str, Json]) -> Json:
    return dict(fields)


def _apart(fields: Mapping[str, Json], names: tuple[str, ...]) -> tuple[dict[str, Json], dict[str, Json]]:
    inside = {name: value for name, value in fields.items() if name in names}
    return inside, {name: value for name, value in fields.items() if name not in names}


_TYPES = {
    "User": "userEvidence",
    "File": "fileEvidence",
    "Process": "processEvidence",
    "Ip": "ipEvidence",
    "Url": "urlEvidence",
    "RegistryKey": "registryKeyEvidence",
    "RegistryValue": "registryValueEvidence",
}
_READY = {
    "User": _user,
    "File": _file,
    "Process": _process,
    "Ip": _same,
    "Url": _same,
    "RegistryKey": _same,
    "RegistryValue": _same,
}
