"""Graph's types of evidence with their properties, and bodies with a value of its own in each property.

Names and types: https://github.com/microsoftgraph/msgraph-metadata, schemas/v1.0-Prod.csdl (read 2026-11);
streams, which no answer holds, are left out.
"""

from collections.abc import Iterator
from itertools import count

from tests.core.samples import Json

_TYPES = """
activeDirectoryDomainEvidence = activeDirectoryDomainName trustedDomains:activeDirectoryDomainEvidence*
aiAgentEvidence = agentId agentName hostingPlatformType instructions
amazonResourceEvidence = amazonAccountId amazonResourceId resourceName resourceType
analyzedMessageEvidence = antiSpamDirection attachmentsCount:number deliveryAction deliveryLocation
    internetMessageId language networkMessageId p1Sender:emailSender p2Sender:emailSender
    receivedDateTime:time recipientEmailAddress senderIp subject threatDetectionMethods:text*
    threats:text* urlCount:number urls:text* urn
azureResourceEvidence = resourceId resourceName resourceType
blobContainerEvidence = name storageResource:azureResourceEvidence url
blobEvidence = blobContainer:blobContainerEvidence etag fileHashes:fileHash* name url
cloudApplicationEvidence = appId:number displayName instanceId:number instanceName saasAppId:number
cloudLogonRequestEvidence = requestId
cloudLogonSessionEvidence = account:userEvidence browser deviceName operatingSystem
    previousLogonDateTime:time protocol sessionId startUtcDateTime:time userAgent
containerEvidence = args:text* command:text* containerId image:containerImageEvidence isPrivileged:flag
    name pod:kubernetesPodEvidence
containerImageEvidence = digestImage:containerImageEvidence imageId registry:containerRegistryEvidence
containerRegistryEvidence = registry
deviceEvidence = azureAdDeviceId defenderAvStatus deviceDnsName dnsDomain firstSeenDateTime:time
    healthStatus hostName ipInterfaces:text* lastExternalIpAddress lastIpAddress
    loggedOnUsers:loggedOnUser* mdeDeviceId ntDomain onboardingStatus osBuild:number osPlatform
    rbacGroupId:number rbacGroupName resourceAccessEvents:resourceAccessEvent* riskScore version
    vmMetadata:vmMetadata
dnsEvidence = dnsServerIp:ipEvidence domainName hostIpAddress:ipEvidence ipAddresses:ipEvidence*
emailSender = displayName domainName emailAddress
fileDetails = fileName filePath filePublisher fileSize:number issuer md5 sha1 sha256 sha256Ac signer
fileEvidence = detectionStatus fileDetails:fileDetails mdeDeviceId
fileHash = algorithm value
fileHashEvidence = algorithm value
geoLocation = city countryName latitude:double longitude:double state
gitHubOrganizationEvidence = company displayName email login orgId webUrl
gitHubRepoEvidence = baseUrl login owner ownerType repoId
gitHubUserEvidence = email login name userId webUrl
googleCloudResourceEvidence = fullResourceName location locationType projectId projectNumber:number
    resourceName resourceType
hostLogonSessionEvidence = account:userEvidence endUtcDateTime:time host:deviceEvidence sessionId
    startUtcDateTime:time
ioTDeviceEvidence = deviceId deviceName devicePageLink deviceSubType deviceType importance
    ioTHub:azureResourceEvidence ioTSecurityAgentId ipAddress:ipEvidence isAuthorized:flag
    isProgramming:flag isScanner:flag macAddress manufacturer model nics:nicEvidence* operatingSystem
    owners:text* protocols:text* purdueLayer sensor serialNumber site source sourceRef:urlEvidence zone
ipEvidence = countryLetterCode ipAddress location:geoLocation
kubernetesClusterEvidence = cloudResource:azureResourceEvidence distribution name platform version
kubernetesControllerEvidence = labels:any name namespace:kubernetesNamespaceEvidence type
kubernetesNamespaceEvidence = cluster:kubernetesClusterEvidence labels:any name
kubernetesPodEvidence = containers:containerEvidence* controller:kubernetesControllerEvidence
    ephemeralContainers:containerEvidence* initContainers:containerEvidence* labels:any name
    namespace:kubernetesNamespaceEvidence podIp:ipEvidence
    serviceAccount:kubernetesServiceAccountEvidence
kubernetesSecretEvidence = name namespace:kubernetesNamespaceEvidence secretType
kubernetesServiceAccountEvidence = name namespace:kubernetesNamespaceEvidence
kubernetesServiceEvidence = clusterIP:ipEvidence externalIPs:ipEvidence* labels:any name
    namespace:kubernetesNamespaceEvidence selector:any servicePorts:any* serviceType
loggedOnUser = accountName domainName
mailClusterEvidence = clusterBy clusterByValue emailCount:number networkMessageIds:text* query urn
mailboxConfigurationEvidence = configurationId configurationType displayName externalDirectoryObjectId
    mailboxPrimaryAddress upn
mailboxEvidence = displayName primaryAddress upn userAccount:userAccount
malwareEvidence = category files:fileEvidence* name processes:processEvidence*
networkConnectionEvidence = destinationAddress:ipEvidence destinationPort:number protocol
    sourceAddress:ipEvidence sourcePort:number
nicEvidence = ipAddress:ipEvidence macAddress vlans:text*
oauthApplicationEvidence = appId displayName objectId publisher
processEvidence = detectionStatus imageFile:fileDetails mdeDeviceId parentProcessCreationDateTime:time
    parentProcessId:number parentProcessImageFile:fileDetails processCommandLine
    processCreationDateTime:time processId:number userAccount:userAccount
registryKeyEvidence = registryHive registryKey
registryValueEvidence = mdeDeviceId registryHive registryKey registryValue registryValueName
    registryValueType
resourceAccessEvent = accessDateTime:time accountId ipAddress resourceIdentifier
sasTokenEvidence = allowedIpAddresses allowedResourceTypes:text* allowedServices:text*
    expiryDateTime:time permissions:text* protocol signatureHash signedWith startDateTime:time
    storageResource:azureResourceEvidence
securityGroupEvidence = activeDirectoryObjectGuid displayName distinguishedName friendlyName
    securityGroupId sid
servicePrincipalEvidence = appId appOwnerTenantId servicePrincipalName servicePrincipalObjectId
    servicePrincipalType tenantId
submissionMailEvidence = networkMessageId recipient reportType sender senderIp subject
    submissionDateTime:time submissionId submitter
teamsMessageEvidence = campaignId channelId deliveryAction deliveryLocation files:fileEvidence* groupId
    isExternal:flag isOwned:flag lastModifiedDateTime:time messageDirection messageId owningTenantId
    parentMessageId receivedDateTime:time recipients:text* senderFromAddress senderIP sourceAppName
    sourceId subject suspiciousRecipients:text* threadId threadType urls:urlEvidence*
urlEvidence = url
userAccount = accountName activeDirectoryObjectGuid azureAdUserId displayName domainName
    resourceAccessEvents:resourceAccessEvent* tenantId userPrincipalName userSid
userEvidence = userAccount:userAccount
vmMetadata = cloudProvider resourceId subscriptionId vmId
"""
_DEEPEST = 3  # types hold each other without end
_HEX = {"sha1": 40, "sha256": 64, "sha256Ac": 64, "md5": 32, "mdeDeviceId": 40}
_PREFIX = "#microsoft.graph.security."
BASE = "verdict remediationStatus remediationStatusDetails roles:text* detailedRoles:text* tags:text*"


def _table() -> dict[str, dict[str, str]]:
    """Type -> property -> `text`, `number`, `double`, `flag`, `time`, `any` or a type; a list ends in `*`."""
    table: dict[str, dict[str, str]] = {}
    for line in _TYPES.strip().replace("\n    ", " ").splitlines():
        name, _, listed = line.partition(" = ")
        table[name] = dict(_property(text) for text in listed.split())
    return table


def _property(text: str) -> tuple[str, str]:
    name, _, kind = text.partition(":")
    return name, kind or "text"


TABLE = _table()
EVIDENCE = tuple(name for name in TABLE if name.endswith("Evidence"))


def item_of(name: str, numbers: Iterator[int] | None = None) -> Json:
    """An item of evidence of that type as Graph sends it; no two of its values but flags are alike."""
    fresh = numbers or count(1)
    item: Json = {"@odata.type": _PREFIX + name, "createdDateTime": _time(next(fresh))}
    for listed in BASE.split():
        key, kind = _property(listed)
        item[key] = _value(key, kind, fresh, 0)
    return item | _object(name, fresh, 0)


def _object(name: str, numbers: Iterator[int], depth: int) -> Json:
    return {key: _value(key, kind, numbers, depth) for key, kind in TABLE[name].items()}


def _value(name: str, kind: str, numbers: Iterator[int], depth: int) -> Json:
    if kind.endswith("*"):
        return [_value(name, kind[:-1], numbers, depth) for _ in range(2)]
    number = next(numbers)
    if kind in TABLE:
        return _object(kind, numbers, depth + 1) if depth < _DEEPEST else None
    match kind:
        case "number":
            return 100_000 + number
        case "double":
            return number + 0.25
        case "flag":
            return number % 2 == 0
        case "time":
            return _time(number)
        case "any":
            return {"k/" + str(number): [f"any {number}", {"deeper": number + 500_000}]}
    return _text(name, number)


def _text(name: str, number: int) -> str:
    if name in _HEX:
        return f"{number:0{_HEX[name]}x}"
    if "ip" in name.lower() and "ddress" in name:
        return f"2001:db8::{number:x}"
    if name == "url":
        return f"https://host-{number}.example/x"
    return f"{name} {number}"


def _time(number: int) -> str:
    return f"2026-11-24T10:{number // 60 % 60:02d}:{number % 60:02d}.{number:07d}Z"
