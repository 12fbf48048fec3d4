"""Where the row shows a value of the alert's JSON: path -> column, or path -> field of its entity.

What stands here is looked for there, and belongs into `OtherFacts` where it is not found. So a path that lacks
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
    "categories[0]": "ThreatCategory",
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
    "relatedUser.userName": "Username",
    "relatedUser.domainName": "Username",
}
"""Paths of the alert itself."""

LISTS: Mapping[str, str] = {
    "mitreTechniques": "AttackTechniquesJson",
    "domains": "Domains",
    "loggedOnUsers": "LoggedOnUsersJson",
    "comments": "CommentsJson",
}
"""Lists of the alert, by the name they begin with."""

DEVICE: Mapping[str, str] = {
    "mdeDeviceId": "DvcId",
    "machineId": "DvcId",
    "deviceDnsName": "DvcHostname",
    "computerDnsName": "DvcHostname",
    "rbacGroupName": "DvcGroup",
    "osPlatform": "DvcOs",
    "version": "DvcOsVersion",
    "riskScore": "DvcRiskScore",
    "healthStatus": "DvcHealth",
    "lastIpAddress": "DvcIpAddr",
    "lastExternalIpAddress": "DvcExternalIpAddr",
}
"""Paths of the item that is the alert's own device."""

USER: Mapping[str, str] = {
    "userSid": "UserSid",
    "aadUserId": "UserObjectId",
    "azureAdUserId": "UserObjectId",
    "userPrincipalName": "UserUpn",
}
"""Names within an item whose user is the one that the row shows."""

_FILE = {"fileName": "name", "filePath": "folder", "sha1": "sha1", "sha256": "sha256"}
ENTITY: Mapping[str, str] = {
    **_FILE,
    **{f"imageFile.{name}": field for name, field in _FILE.items()},
    **{f"fileDetails.{name}": field for name, field in _FILE.items()},
    "processId": "value",
    "processCommandLine": "command",
    "processCreationTime": "created",
    "processCreationDateTime": "created",
    "parentProcessId": "parentPid",
    "parentProcessFileName": "parent",
    "parentProcessImageFile.fileName": "parent",
    "ipAddress": "value",
    "url": "value",
    "domainName": "value",
    "registryHive": "value",
    "registryKey": "value",
    "registryValueName": "valueName",
    "registryValue": "data",
    "accountName": "user",
    "userAccount.accountName": "user",
    "userAccount.domainName": "user",
    "detectionStatus": "detection",
    "remediationStatus": "remediation",
    "verdict": "verdict",
    "entityType": "kind",
    "@odata.type": "kind",
}
"""Paths within an item of evidence."""
TEXT_OF_PARTS = frozenset({"user", "value"})
"""Fields in which more than one value stands, with backslashes between: domain and name, hive and key."""
