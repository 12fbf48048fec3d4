"""The alerts as Defender's GET /api/alerts?$expand=evidence answers them.

Shapes: learn.microsoft.com/en-us/defender-endpoint/api/alerts and .../get-alerts, read 2026-11-24.
"""

from local.incidents.case import EVIDENCE_KEYS, Case, Evidence
from local.incidents.chance import guid_of
from local.incidents.clock import net_ticks, seconds, show
from local.incidents.estate import TENANT
from local.incidents.truth import Json


def alert_id(case: Case) -> str:
    """The id, the same in Defender, Graph and hunting; the tail may be negative."""
    sign = "-" if case.number % 3 == 0 else ""
    return f"da{net_ticks(case.created)}_{sign}{case.number}"


def defender_body(cases: list[Case]) -> dict[str, Json]:
    """The whole answer."""
    return {
        "@odata.context": "https://api.securitycenter.microsoft.com/api/$metadata#Alerts",
        "value": [defender_alert(case) for case in cases],
    }


def defender_alert(case: Case) -> dict[str, Json]:
    """One alert with every documented property, and the two that only real answers have."""
    device, user = case.device, case.user
    users = device.users if device else ()
    body: dict[str, Json] = {
        "id": alert_id(case),
        "incidentId": case.incident,
        "investigationId": case.incident * 3 if case.investigation != "UnsupportedAlertType" else None,
        "assignedTo": "soc@contoso.example" if case.status in ("InProgress", "Resolved") else None,
        "severity": case.severity,
        "status": case.status,
        "classification": case.classification,
        "determination": case.determination,
        "investigationState": case.investigation,
        "detectionSource": case.source,
        "detectorId": guid_of("detector", case.title),
        "category": case.category,
        "threatFamilyName": case.threat[0] if case.threat else None,
        "title": case.title,
        "description": case.description,
        "alertCreationTime": show(case.created),
        "firstEventTime": show(case.first),
        "lastEventTime": show(case.last),
        "lastUpdateTime": show(case.updated),
        "resolvedTime": show(case.updated) if case.status == "Resolved" else None,
        "machineId": device.id if device else None,
        "computerDnsName": device.dns if device else None,
        "rbacGroupName": device.group if device else None,
        "aadTenantId": TENANT,
        "threatName": case.threat[1] if case.threat else None,
        "mitreTechniques": list(case.techniques),
        "relatedUser": {"userName": user.name, "domainName": user.domain} if user else None,
        "loggedOnUsers": [{"accountName": one.name, "domainName": one.domain} for one in users],
        "comments": _comments(case),
        "evidence": [_evidence(case, one) for one in case.evidence if not one.hunting_only],
        "domains": [],
    }
    if case.listed_after is not None:
        body["_listed_after_s"] = case.listed_after
    return body


def _comments(case: Case) -> Json:
    return [
        {"comment": text, "createdBy": who, "createdTime": show(case.updated)} for who, text in case.comments
    ]


def _evidence(case: Case, evidence: Evidence) -> Json:
    """One flat object: every key is always there, null where it means nothing."""
    return {
        "entityType": evidence.kind,
        "evidenceCreationTime": show(case.created + seconds(0.7)),
        **{key: evidence.fields.get(key) for key in EVIDENCE_KEYS},
    }
