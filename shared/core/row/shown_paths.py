"""Where the row shows a value of the alert's JSON: name -> column, or name -> field of its entity.

What stands here is looked for there, and goes into `OtherFacts` where it is not found. So a name that lacks
here costs room and loses nothing, and a mistake here loses nothing either.
Names: https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts and
https://learn.microsoft.com/en-us/graph/api/resources/security-alert (read 2026-11).
"""

from collections.abc import Mapping

COLUMNS: Mapping[str, str] = {
    "id": "AlertId",
    "providerAlertId": "AlertId",
    "title": "AlertName",
    "description": "AlertDescription",
    "severity": "DefenderSeverity",
    "status": "DefenderStatus",
    "classification": "Classification",
    "determination": "Determination",
    "assignedTo": "AssignedTo",
    "incidentId": "IncidentId",
    "incidentWebUrl": "IncidentUrl",
    "alertWebUrl": "EventReportUrl",
    "investigationId": "InvestigationId",
    "investigationState": "InvestigationState",
    "aadTenantId": "TenantId",
    "tenantId": "TenantId",
    "threatName": "ThreatName",
    "threatDisplayName": "ThreatName",
    "threatFamilyName": "ThreatFamily",
    "category": "ThreatCategory",
    "detectionSource": "DetectionSource",
    "serviceSource": "ServiceSource",
    "detectorId": "DetectorId",
    "recommendedActions": "RecommendedActions",
    "machineId": "DvcId",
    "computerDnsName": "DvcHostname",
    "rbacGroupName": "DvcGroup",
    "alertCreationTime": "CreatedTime",
    "createdDateTime": "CreatedTime",
    "lastUpdateTime": "AlertUpdated",
    "lastUpdateDateTime": "AlertUpdated",
    "firstEventTime": "FirstEventTime",
    "firstActivityDateTime": "FirstEventTime",
    "lastEventTime": "LastEventTime",
    "lastActivityDateTime": "LastEventTime",
    "resolvedTime": "ResolvedTime",
    "resolvedDateTime": "ResolvedTime",
}
"""Of the alert itself."""

LISTS: Mapping[str, str] = {
    "mitreTechniques": "AttackTechniquesJson",
    "categories": "ThreatCategory",
    "domains": "Domains",
    "loggedOnUsers": "LoggedOnUsersJson",
    "comments": "CommentsJson",
    "relatedUser": "Username",
}
"""Lists and objects of the alert, each of whose values stands in the column."""

DEVICE: Mapping[str, str] = {
    "deviceDnsName": "DvcHostname",
    "computerDnsName": "DvcHostname",
    "rbacGroupName": "DvcGroup",
    "osPlatform": "DvcOs",
    "version": "DvcOsVersion",
    "osBuild": "DvcOsBuild",
    "riskScore": "DvcRiskScore",
    "healthStatus": "DvcHealth",
    "lastIpAddress": "DvcIpAddr",
    "lastExternalIpAddress": "DvcExternalIpAddr",
    "entityType": "EntitiesJson",
    "@odata.type": "EntitiesJson",
}
"""Of the item that is the alert's own device."""

USERS_SEEN = "loggedOnUsers"
"""Of any device's item: `LoggedOnUsersJson` names all of them."""

OWN_KINDS = ("device", "machine")
"""What the APIs call a device."""

USER: Mapping[str, str] = {
    "userSid": "UserSid",
    "aadUserId": "UserObjectId",
    "azureAdUserId": "UserObjectId",
    "userPrincipalName": "UserUpn",
}
"""Of an item, or of its `userAccount`, whose user is the one that the row shows."""

_FILE = {"fileName": "name", "filePath": "folder", "sha1": "sha1", "sha256": "sha256"}
_SIGNED = {**_FILE, "signer": "signer", "filePublisher": "publisher"}
_USER = {"accountName": "user", "domainName": "user"}
ENTITY: Mapping[str, str] = {
    **_FILE,
    **_USER,
    "mdeDeviceId": "value",
    "machineId": "value",
    "deviceDnsName": "name",
    "computerDnsName": "name",
    "rbacGroupName": "group",
    "osPlatform": "os",
    "version": "osVersion",
    "osBuild": "osBuild",
    "riskScore": "risk",
    "healthStatus": "health",
    "lastIpAddress": "ip",
    "lastExternalIpAddress": "externalIp",
    "tags": "tags",
    "processId": "value",
    "processCommandLine": "command",
    "processCreationTime": "created",
    "processCreationDateTime": "created",
    "parentProcessId": "parentPid",
    "parentProcessFileName": "parent",
    "ipAddress": "value",
    "url": "value",
    "registryHive": "value",
    "registryKey": "value",
    "registryValueName": "valueName",
    "registryValue": "data",
    "detectionStatus": "detection",
    "remediationStatus": "remediation",
    "verdict": "verdict",
    "roles": "roles",
    "entityType": "kind",
    "@odata.type": "kind",
}
"""Of an item of evidence."""

INSIDE: Mapping[str, Mapping[str, str]] = {
    "imageFile": _SIGNED,
    "fileDetails": _SIGNED,
    "parentProcessImageFile": {"fileName": "parent"},
    "userAccount": _USER,
}
"""Of the objects in an item of evidence."""

FIELDS_OF_PARTS = frozenset({"user", "value"})
"""Fields in which more than one value stands, with backslashes between: domain and name, hive and key."""
