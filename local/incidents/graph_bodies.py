"""The same alerts as Graph's GET /v1.0/security/alerts_v2 answers them.

Shapes: learn.microsoft.com/en-us/graph/api/resources/security-alert?view=graph-rest-1.0, read 2026-11-24.
"""

from collections.abc import Mapping

from local.incidents.alert_bodies import alert_id
from local.incidents.case import Case, Evidence
from local.incidents.chance import guid_of
from local.incidents.clock import seconds, show
from local.incidents.estate import TENANT
from local.incidents.machines import machine
from local.incidents.truth import Json
from local.incidents.world import Cell, Device

_TYPE = "#microsoft.graph.security."
_SOURCES = {
    "WindowsDefenderAtp": "microsoftDefenderForEndpoint",
    "WindowsDefenderAv": "antivirus",
    "CustomDetection": "customDetection",
    "CustomerTI": "customTi",
}
_RENAMED = {"UnSpecified": "unknown", "ConfirmedUserActivity": "confirmedActivity"}


def graph_body(cases: list[Case]) -> dict[str, Json]:
    """The whole answer, newest first."""
    newest = sorted(cases, key=lambda case: -case.created)
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#security/alerts_v2",
        "value": [graph_alert(case) for case in newest],
    }


def graph_alert(case: Case) -> dict[str, Json]:
    """One alert with every property of the v1.0 type; the device is a piece of evidence there."""
    evidence = [_evidence(case, one) for one in case.evidence if not one.hunting_only]
    if case.device is not None:
        evidence.insert(0, {**_base(case, "compromised", "none"), **_device(case.device)})
    name = alert_id(case)
    body: dict[str, Json] = {
        "id": name,
        "providerAlertId": name,
        "incidentId": str(case.incident),
        **_judgement(case),
        "serviceSource": "microsoftDefenderForEndpoint",
        "detectionSource": _SOURCES.get(case.source) or _camel(case.source),
        "productName": "Microsoft Defender for Endpoint",
        "detectorId": guid_of("detector", case.title),
        "tenantId": TENANT,
        "title": case.title,
        "description": case.description,
        "recommendedActions": "",
        "category": case.category,
        "categories": [case.category] if case.category else [],
        "assignedTo": "soc@contoso.example" if case.status in ("InProgress", "Resolved") else None,
        **_links(case),
        "actorDisplayName": None,
        **_threat(case),
        "mitreTechniques": list(case.techniques),
        **_times(case),
        "investigationState": _camel(case.investigation),
        "systemTags": [],
        "alertPolicyId": None,
        "additionalData": None,
        "customDetails": None,
        "comments": _comments(case),
        "evidence": list(evidence),
    }
    if case.listed_after is not None:
        body["_listed_after_s"] = case.listed_after
    return body


def _judgement(case: Case) -> dict[str, Json]:
    return {
        "status": _camel(case.status),
        "severity": _camel(case.severity),
        "classification": _camel(case.classification),
        "determination": _camel(case.determination),
    }


def _links(case: Case) -> dict[str, Json]:
    portal = "https://security.microsoft.com"
    return {
        "alertWebUrl": f"{portal}/alerts/{alert_id(case)}?tid={TENANT}",
        "incidentWebUrl": f"{portal}/incidents/{case.incident}?tid={TENANT}",
    }


def _threat(case: Case) -> dict[str, Json]:
    family, name = case.threat or (None, None)
    return {"threatDisplayName": name, "threatFamilyName": family}


def _times(case: Case) -> dict[str, Json]:
    return {
        "createdDateTime": show(case.created),
        "lastUpdateDateTime": show(case.updated),
        "resolvedDateTime": show(case.updated) if case.status == "Resolved" else None,
        "firstActivityDateTime": show(case.first),
        "lastActivityDateTime": show(case.last),
    }


def _comments(case: Case) -> Json:
    return [
        {"comment": text, "createdByDisplayName": who, "createdDateTime": show(case.updated)}
        for who, text in case.comments
    ]


def _evidence(case: Case, evidence: Evidence) -> dict[str, Json]:
    make = _KINDS.get(evidence.kind)
    if make is not None:
        return {**_base(case, evidence.role, evidence.remediation), **make(case, evidence.fields)}
    kind = f"{_TYPE}{_camel(evidence.kind)}Evidence"
    return {**_base(case, evidence.role, evidence.remediation), "@odata.type": kind, **evidence.fields}


def _base(case: Case, role: str, remediation: str) -> dict[str, Json]:
    return {
        "createdDateTime": show(case.created + seconds(0.7)),
        "verdict": "suspicious",
        "remediationStatus": remediation,
        "remediationStatusDetails": None,
        "roles": [role] if role else [],
        "detailedRoles": [],
        "tags": [],
    }


def _device(device: Device) -> dict[str, Json]:
    known = machine(device)
    return {
        "@odata.type": f"{_TYPE}deviceEvidence",
        "firstSeenDateTime": known["firstSeen"],
        "mdeDeviceId": device.id,
        "azureAdDeviceId": known["aadDeviceId"],
        "deviceDnsName": device.dns,
        "hostName": device.short,
        "ntDomain": None,
        "dnsDomain": "contoso.example",
        "osPlatform": device.platform,
        "osBuild": device.build,
        "version": device.version,
        "healthStatus": "active",
        "riskScore": "high",
        "rbacGroupId": known["rbacGroupId"],
        "rbacGroupName": device.group,
        "onboardingStatus": "onboarded",
        "defenderAvStatus": "updated",
        "lastIpAddress": device.ip,
        "lastExternalIpAddress": known["lastExternalIpAddress"],
        "ipInterfaces": [device.ip],
        "vmMetadata": None,
        "loggedOnUsers": [{"accountName": one.name, "domainName": one.domain} for one in device.users],
    }


def _process(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    return {
        "@odata.type": f"{_TYPE}processEvidence",
        "processId": fields.get("processId"),
        "parentProcessId": fields.get("parentProcessId"),
        "processCommandLine": fields.get("processCommandLine"),
        "processCreationDateTime": fields.get("processCreationTime"),
        "parentProcessCreationDateTime": fields.get("parentProcessCreationTime"),
        "detectionStatus": _camel(fields.get("detectionStatus")),
        "mdeDeviceId": case.device.id if case.device else None,
        "imageFile": _details(fields),
        "parentProcessImageFile": _details(
            {"fileName": fields.get("parentProcessFileName"), "filePath": fields.get("parentProcessFilePath")}
        ),
        "userAccount": _account(fields),
    }


def _file(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    return {
        "@odata.type": f"{_TYPE}fileEvidence",
        "detectionStatus": _camel(fields.get("detectionStatus")),
        "mdeDeviceId": case.device.id if case.device else None,
        "fileDetails": _details(fields),
    }


def _user(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    return {"@odata.type": f"{_TYPE}userEvidence", "userAccount": _account(fields)}


def _ip(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    address = fields.get("ipAddress")
    return {"@odata.type": f"{_TYPE}ipEvidence", "ipAddress": address, "countryLetterCode": None}


def _url(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    return {"@odata.type": f"{_TYPE}urlEvidence", "url": fields.get("url")}


def _registry(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    names = ("registryKey", "registryHive", "registryValue", "registryValueName", "registryValueType")
    return {
        "@odata.type": f"{_TYPE}registryValueEvidence",
        "mdeDeviceId": case.device.id if case.device else None,
        **{name: fields.get(name) for name in names},
    }


def _registry_key(case: Case, fields: Mapping[str, Cell]) -> dict[str, Json]:
    names = ("registryKey", "registryHive")
    return {"@odata.type": f"{_TYPE}registryKeyEvidence", **{name: fields.get(name) for name in names}}


_KINDS = {
    "Process": _process,
    "File": _file,
    "User": _user,
    "Ip": _ip,
    "Url": _url,
    "RegistryValue": _registry,
    "RegistryKey": _registry_key,
}


def _details(fields: Mapping[str, Cell]) -> Json:
    names = ("sha1", "sha256", "fileName", "filePath")
    unknown = ("md5", "fileSize", "filePublisher", "signer", "issuer")
    return {**{name: fields.get(name) for name in names}, **dict.fromkeys(unknown)}


def _account(fields: Mapping[str, Cell]) -> Json:
    return {
        "accountName": fields.get("accountName"),
        "domainName": fields.get("domainName"),
        "userSid": fields.get("userSid"),
        "azureAdUserId": fields.get("aadUserId"),
        "userPrincipalName": fields.get("userPrincipalName"),
        "displayName": fields.get("accountName"),
    }


def _camel(word: Cell) -> Cell:
    """Graph's spelling of a Defender word: `InProgress` is `inProgress`."""
    if not isinstance(word, str) or not word:
        return None
    return _RENAMED.get(word) or word[0].lower() + word[1:]
