"""Where the row shows a value of the alert's JSON: name -> column, or name -> field of its entity.

What stands here is looked for there, and goes into `OtherFacts` where it is not found. So a name that lacks
here costs room and loses nothing, and a mistake here loses nothing either.
Names: https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts and
https://learn.microsoft.com/en-us/graph/api/resources/security-alert (read 2026-11).
"""

from collections.abc import Mapping


def _shown(**places: str) -> dict[str, str]:
    """Name -> the column or field that shows it, of the names that each place shows."""
    return {name: place for place, names in places.items() for name in names.split()}


COLUMNS: Mapping[str, str] = _shown(
    AlertId="id providerAlertId",
    AlertName="title",
    AlertDescription="description",
    DefenderSeverity="severity",
    DefenderStatus="status",
    Classification="classification",
    Determination="determination",
    AssignedTo="assignedTo",
    IncidentId="incidentId",
    IncidentUrl="incidentWebUrl",
    EventReportUrl="alertWebUrl",
    InvestigationId="investigationId",
    InvestigationState="investigationState",
    TenantId="aadTenantId tenantId",
    ThreatName="threatName threatDisplayName",
    ThreatFamily="threatFamilyName",
    ThreatCategory="category",
    DetectionSource="detectionSource",
    ServiceSource="serviceSource",
    DetectorId="detectorId",
    RecommendedActions="recommendedActions",
    DvcId="machineId",
    DvcHostname="computerDnsName",
    DvcGroup="rbacGroupName",
    CreatedTime="alertCreationTime createdDateTime",
    AlertUpdated="lastUpdateTime lastUpdateDateTime",
    FirstEventTime="firstEventTime firstActivityDateTime",
    LastEventTime="lastEventTime lastActivityDateTime",
    ResolvedTime="resolvedTime resolvedDateTime",
)
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

DEVICE: Mapping[str, str] = _shown(
    DvcHostname="deviceDnsName computerDnsName",
    DvcGroup="rbacGroupName",
    DvcOs="osPlatform",
    DvcOsVersion="version",
    DvcOsBuild="osBuild",
    DvcRiskScore="riskScore",
    DvcHealth="healthStatus",
    DvcIpAddr="lastIpAddress",
    DvcExternalIpAddr="lastExternalIpAddress",
    EntitiesJson="entityType @odata.type",
)
"""Of the item that is the alert's own device."""

USERS_SEEN = "loggedOnUsers"
"""Of any device's item: `LoggedOnUsersJson` names all of them."""

OWN_KINDS = ("device", "machine")
"""What the APIs call a device."""

USER: Mapping[str, str] = _shown(
    UserSid="userSid", UserObjectId="aadUserId azureAdUserId", UserUpn="userPrincipalName"
)
"""Of an item, or of its `userAccount`, whose user is the one that the row shows."""

_FILE = {"fileName": "name", "filePath": "folder", "sha1": "sha1", "sha256": "sha256"}
_SIGNED = {**_FILE, "signer": "signer", "filePublisher": "publisher"}
_USER = {"accountName": "user", "domainName": "user"}
ENTITY: Mapping[str, str] = (
    _FILE
    | _USER
    | _shown(
        value="mdeDeviceId machineId processId ipAddress url registryHive registryKey",
        name="deviceDnsName computerDnsName",
        group="rbacGroupName",
        os="osPlatform",
        osVersion="version",
        osBuild="osBuild",
        risk="riskScore",
        health="healthStatus",
        ip="lastIpAddress",
        externalIp="lastExternalIpAddress",
        tags="tags",
        command="processCommandLine",
        created="processCreationTime processCreationDateTime",
        parentPid="parentProcessId",
        parent="parentProcessFileName",
        valueName="registryValueName",
        data="registryValue",
        detection="detectionStatus",
        remediation="remediationStatus",
        verdict="verdict",
        roles="roles",
        kind="entityType @odata.type",
    )
)
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
