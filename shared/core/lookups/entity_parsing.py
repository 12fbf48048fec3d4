"""Devices, users, files and prevalence from Defender's JSON.

Shapes: https://learn.microsoft.com/en-us/defender-endpoint/api/machine, .../api/files,
.../api/get-machine-log-on-users, .../api/get-file-statistics, .../api/get-ip-statistics and
.../api/get-domain-statistics (read 2026-11). A field that cannot be read is None.
Prevalence has been seen as text in some tenants; it is read either way.
"""

from collections.abc import Mapping

from shared.core.alert import MD5, SHA1, SHA256, Notes, Reader, account, device_id
from shared.core.lookups.entities import Device, File, LoggedOnUser, Prevalence
from shared.errors import UnexpectedResponse


def device(raw: object) -> Device:
    """One device of /api/machines. Raises UnexpectedResponse where it has no id."""
    reader = _object(raw, "device")
    identity = device_id(reader, "id")
    if identity is None:
        raise UnexpectedResponse("a device without an id", service="defender")
    return Device(
        id=identity,
        name=reader.text("computerDnsName"),
        os=reader.text("osPlatform"),
        os_version=reader.text("version") or reader.text("osVersion"),
        os_build=reader.identifier("osBuild"),
        group=reader.text("rbacGroupName"),
        tags=reader.strings("machineTags"),
        risk_score=reader.text("riskScore"),
        exposure=reader.text("exposureLevel"),
        value=reader.text("deviceValue"),
        health=reader.text("healthStatus"),
        onboarding=reader.text("onboardingStatus"),
        last_ip=reader.text("lastIpAddress"),
        last_external_ip=reader.text("lastExternalIpAddress"),
        first_seen=reader.instant("firstSeen"),
        last_seen=reader.instant("lastSeen"),
        aad_device_id=reader.text("aadDeviceId"),
    )


def merged_into(raw: object) -> str | None:
    """The id of the device that this one was merged into, as one is that was onboarded again; None without.

    `mergedIntoMachineId` is in the API's answers and on no page of it (seen in answers that others published,
    read 2026-11-30).
    """
    reader = _object(raw, "device")
    into = device_id(reader, "mergedIntoMachineId")
    return None if into == device_id(reader, "id") else into


def logged_on_users(raw: object) -> tuple[LoggedOnUser, ...]:
    """The users of /api/machines/{id}/logonusers: a list, or the body whose `value` it is.

    An entry that names nobody is left out. Raises UnexpectedResponse where there is no list.
    """
    items = raw.get("value") if isinstance(raw, Mapping) else raw
    if not isinstance(items, (list, tuple)):
        raise UnexpectedResponse("logged-on users are not a list", service="defender")
    found = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        reader = Reader(item, Notes())
        who = account(reader)
        if who is None:
            continue
        found.append(
            LoggedOnUser(
                account=who,
                logon_types=reader.text("logonTypes"),
                first_seen=reader.instant("firstSeen"),
                last_seen=reader.instant("lastSeen"),
                is_domain_admin=reader.flag("isDomainAdmin"),
            )
        )
    return tuple(found)


def file(key: str, raw_file: object, raw_stats: object = None) -> File:
    """One file, from /api/files/{hash} and, where asked for, its /stats (whose prevalence is the newer).

    Either may be None. Raises UnexpectedResponse where one is there and is not an object.
    """
    about = _object({} if raw_file is None else raw_file, "file")
    stats = _object({} if raw_stats is None else raw_stats, "file statistics")
    # The statistics spell it "globallyPrevalence"; the other spelling in case that is ever mended.
    known = stats.integer("globallyPrevalence")
    known = stats.integer("globalPrevalence") if known is None else known
    prevalence_of_file = about.integer("globalPrevalence")
    return File(
        key=key,
        sha1=about.digest("sha1", SHA1) or stats.digest("sha1", SHA1),
        sha256=about.digest("sha256", SHA256),
        md5=about.digest("md5", MD5),
        size=about.integer("size"),
        signer=about.text("signer"),
        issuer=about.text("issuer"),
        publisher=about.text("filePublisher"),
        is_valid_certificate=about.flag("isValidCertificate"),
        determination=about.text("determinationType"),
        determination_value=about.text("determinationValue"),
        global_prevalence=prevalence_of_file if known is None else known,
        global_first_seen=stats.instant("globalFirstObserved") or about.instant("globalFirstObserved"),
        org_prevalence=_org_prevalence(stats),
        org_first_seen=stats.instant("orgFirstSeen"),
        org_last_seen=stats.instant("orgLastSeen"),
    )


def prevalence(key: str, raw: object) -> Prevalence:
    """The statistics of an address or a domain. Raises UnexpectedResponse where they are not an object."""
    reader = _object(raw, "statistics")
    return Prevalence(
        key=key,
        org_prevalence=_org_prevalence(reader),
        org_first_seen=reader.instant("orgFirstSeen"),
        org_last_seen=reader.instant("orgLastSeen"),
    )


def _org_prevalence(reader: Reader) -> int | None:
    newer = reader.integer("organizationPrevalence")
    return reader.integer("orgPrevalence") if newer is None else newer


def _object(raw: object, what: str) -> Reader:
    if not isinstance(raw, Mapping):
        raise UnexpectedResponse(f"{what}: not an object", service="defender")
    return Reader(raw, Notes())
