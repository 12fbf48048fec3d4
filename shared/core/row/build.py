"""The content of an alert's row: everything but how the row came about."""

from collections.abc import Mapping, Sequence

from shared.core.alert import Account, Alert, Comment, Evidence, EvidenceKind, mappings, ranking
from shared.core.conclude import Conclusion
from shared.core.correlate import Finding, ProcessNode
from shared.core.hunting import kql
from shared.core.lookups import Device, Enrichment, File, Outcome
from shared.core.row.all_values import all_values
from shared.core.row.definition import CONTENT
from shared.core.row.entities_json import entities_of, evidence_ids, huntable
from shared.core.row.facts import Facts
from shared.core.row.links import link, of_tenant, path
from shared.core.row.names import account_name, registry_path
from shared.core.row.next_steps import next_steps_text
from shared.core.row.ocsf import finding_json
from shared.core.row.other_facts import facts_of, with_value
from shared.core.row.priority import priority_columns
from shared.core.row.subjects import Subjects, device_count, group_of, subjects_of, threat_of
from shared.core.row.text import cut, filled, first_of, joined
from shared.core.row.users import users_of
from shared.core.values import Column, Portal

_PORTAL = Portal()
_MOST_IN_LIST = 200
_LONGEST_COMMENT = 2_000
# What nothing names says nothing.
_NO_DEVICE, _NO_FILE, _NOBODY, _NOTHING = Device(""), File(""), Account(), Evidence(EvidenceKind.OTHER)
_CERTIFICATE = {True: "Valid", False: "NotValid", None: ""}


def content(
    alert: Alert,
    enrichment: Enrichment | None,
    finding: Finding,
    conclusion: Conclusion,
    seen_before: str,
    *,
    portal: Portal = _PORTAL,
    tenant: str = "home",
) -> dict[str, Column]:
    """The columns, all of them and none null; what had to be cut is named in ValuesTruncated.

    `portal` is the cloud's Defender portal, of a further tenant with the id that the list of tenants has; its
    alerts are that tenant's, whatever they say themselves. The columns' own limits add up to less than an
    entity may hold, so no row can be too large; a test says so.
    """
    alert = of_tenant(alert, portal)
    looked_up = enrichment or Enrichment()
    facts = Facts(looked_up)
    about = subjects_of(alert, facts, finding)
    ocsf_text, ocsf_was_cut = finding_json(alert, enrichment, finding, conclusion, about)
    values: dict[str, object] = {
        "Tenant": tenant,
        **_alert(alert, portal),
        **_detection(alert),
        **_device(alert, about),
        **_user(alert, looked_up, about),
        **_evidence(alert, about),
        **_entities(alert, enrichment, facts, portal),
        **_correlation(alert, finding, portal),
        **_conclusion(conclusion),
        "NextSteps": next_steps_text(conclusion.next_steps, portal),
        "SeenBefore": seen_before,
        "DetectionFinding": ocsf_text,
        "ValuesTruncated": "",
    }
    values |= _whole(alert, values) | priority_columns(values)
    return filled(CONTENT, values, ["DetectionFinding"] if ocsf_was_cut else [])


def _whole(alert: Alert, values: Mapping[str, object]) -> dict[str, object]:
    """What no other column shows, what could not be read, and all values of a kind together."""
    facts = facts_of(alert, values)
    logged_on = str(values["LoggedOnUsers"]).split(", ")
    unread = dict.fromkeys((*alert.unreadable, *facts.unread))
    return {
        "OtherFacts": facts.listed,
        "UnreadableFields": joined(with_value(path, alert.raw) for path in unread),
        **all_values(alert, values, logged_on, facts.found),
    }


def _alert(alert: Alert, portal: Portal) -> dict[str, object]:
    incident = alert.incident_id or ""
    return {
        "AlertId": alert.id,
        "AlertName": alert.title,
        "AlertDescription": alert.description,
        "EventSeverity": mappings.asim_severity(alert.severity, alert.severity_text),
        "SeverityId": mappings.ocsf_severity(alert.severity, alert.severity_text).id,
        "DefenderSeverity": alert.severity_text,
        "AlertStatus": mappings.asim_status(alert.status),
        "DefenderStatus": alert.status_text or alert.status,
        "AlertVerdict": mappings.asim_verdict(alert.classification),
        "Classification": alert.classification_text or alert.classification,
        "Determination": alert.determination_text or alert.determination,
        "AlertDetermination": alert.determination,
        "AssignedTo": alert.assigned_to,
        "IncidentId": incident,
        "IncidentUrl": link(alert.incident_url, f"/incidents/{path(incident)}" if incident else "", portal),
        "EventReportUrl": link(alert.alert_url, f"/alerts/{path(alert.id)}", portal),
        "InvestigationId": alert.investigation_id,
        "InvestigationState": alert.investigation_state,
        "AlertSource": alert.source,
        "TenantId": alert.tenant_id,
        "CreatedTime": alert.created,
        "AlertUpdated": alert.last_update,
        "FirstEventTime": alert.first_event,
        "LastEventTime": alert.last_event,
        "ResolvedTime": alert.resolved,
        "RecommendedActions": alert.recommended_actions,
        "CommentCount": len(alert.comments),
        "CommentsJson": first_of([_comment(comment) for comment in alert.comments[::-1]], _MOST_IN_LIST),
    }


def _detection(alert: Alert) -> dict[str, object]:
    tactic = mappings.tactic(alert.category)
    return {
        "ThreatName": threat_of(alert),
        "ThreatFamily": alert.threat_family,
        "ThreatCategory": alert.category,
        "AttackTactics": tactic.name if tactic else "",
        "AttackTechniques": _techniques(alert.techniques),
        "AttackTechniquesJson": first_of(_techniques_listed(alert.techniques), _MOST_IN_LIST),
        "DetectionSource": alert.detection_source,
        "ServiceSource": alert.service_source,
        "DetectorId": alert.detector_id,
    }


def _device(alert: Alert, about: Subjects) -> dict[str, object]:
    device = about.device or _NO_DEVICE
    return {
        "DvcHostname": about.device_name or device.name,
        "DvcId": about.device_id,
        "DvcGroup": group_of(alert, about.device_id) or device.group,
        "DeviceFrom": about.device_from,
        "DvcCount": device_count(alert),
        "DvcIpAddr": device.last_ip,
        "DvcExternalIpAddr": device.last_external_ip,
        "DvcOs": device.os,
        "DvcOsVersion": device.os_version,
        "DvcOsBuild": device.os_build,
        "DvcTags": joined(device.tags),
        "DvcTagsJson": first_of(device.tags, _MOST_IN_LIST),
        "DvcRiskScore": device.risk_score,
        "DvcExposure": device.exposure,
        "DvcValue": device.value,
        "DvcHealth": device.health,
        "DvcLastSeen": device.last_seen,
    }


def _user(alert: Alert, enrichment: Enrichment, about: Subjects) -> dict[str, object]:
    users, user = users_of(alert, enrichment, about.device_id), about.user or _NOBODY
    return {
        "Username": account_name(user),
        "UserUpn": user.upn,
        "UserSid": user.sid,
        "UserObjectId": user.object_id,
        "UserFrom": about.user_from.value,
        "LoggedOnUsers": joined(str(user["name"]) for user in users),
        "LoggedOnUsersJson": first_of(users, _MOST_IN_LIST),
    }


def _evidence(alert: Alert, about: Subjects) -> dict[str, object]:
    process, file, registry = (one or _NOTHING for one in (about.process, about.file, about.registry))
    known, pid, parent_pid = about.known_file or _NO_FILE, process.process_id, process.parent_process_id
    return {
        "ProcessFrom": about.process_from.value,
        "ProcessName": process.file_name,
        "ProcessId": None if pid is None else str(pid),
        "ProcessCreationTime": process.process_created.text() if process.process_created else None,
        "ProcessCommandLine": process.command_line,
        "ParentProcessName": process.parent_file_name,
        "ParentProcessId": None if parent_pid is None else str(parent_pid),
        "FileFrom": about.file_from.value,
        "FileName": file.file_name,
        "FilePath": file.folder_path,
        "FileSHA1": file.sha1 or known.sha1,
        "FileSHA256": file.sha256 or known.sha256,
        "FileMD5": file.md5 or known.md5,
        "FileSigner": known.signer,
        "FileCertificate": _CERTIFICATE[known.is_valid_certificate],
        "FilePublisher": known.publisher,
        "FileGlobalPrevalence": known.global_prevalence,
        "FileOrgPrevalence": known.org_prevalence,
        "IpAddr": about.address.ip_address if about.address else None,
        "IpAddrs": joined(item.ip_address or "" for item in alert.evidence),
        "Url": about.url,
        "Domains": joined(alert.domains),
        "RegistryKey": registry_path(registry),
        "RegistryValue": registry.registry_value_name,
        "RegistryValueData": registry.registry_value,
        "DetectionStatus": ranking.worst_detection(alert.evidence),
        "RemediationStatus": ranking.worst_remediation(alert.evidence),
        "EvidenceVerdict": ranking.gravest_verdict(alert.evidence),
        "EvidenceCount": len(alert.evidence),
        "EvidenceIds": evidence_ids(alert),
    }


def _entities(alert: Alert, enrichment: Enrichment | None, facts: Facts, portal: Portal) -> dict[str, object]:
    ends = enrichment.outcomes() if enrichment else []
    failed = [
        f"{kind} {key}: {outcome}{f' ({detail})' if detail else ''}"
        for kind, key, outcome, detail in ends
        if outcome not in (Outcome.FOUND, Outcome.NOT_FOUND)
    ]
    return {
        "EntitiesJson": entities_of(alert, facts, portal),
        "EnrichmentStatus": enrichment.status if enrichment else "NotLookedUp",
        "EnrichmentDetail": "; ".join(failed),
    }


def _correlation(alert: Alert, finding: Finding, portal: Portal) -> dict[str, object]:
    anchor = next((node for node in finding.nodes if node.is_anchor), None)
    query_link = _query_link(alert, finding, anchor, portal)
    return {
        "CorrelationStatus": finding.status.value,
        "CorrelationMethod": finding.method.value,
        "CorrelationConfidence": finding.confidence,
        "CorrelationReason": finding.reason.value,
        "CorrelationDetail": finding.detail,
        "AnchorProcess": f"{anchor.file_name or 'a process'} (pid {anchor.key.pid})" if anchor else None,
        "AnchorCommandLine": anchor.command_line if anchor else None,
        "EventCount": finding.event_count,
        "EventsShown": len(finding.events),
        "EventsTruncated": finding.truncated,
        "EventsLeftOut": joined(finding.left_out),
        "HuntingQuery": finding.query,
        "HuntingUrl": query_link.url,
        "QueryLinkShortened": query_link.is_shortened,
    }


def _query_link(alert: Alert, finding: Finding, anchor: ProcessNode | None, portal: Portal) -> kql.Link:
    """The link to the alert's own query; a shorter one is made only where that is too long."""
    if not finding.query:
        return kql.Link("")
    own = kql.portal_link(finding.query, portal=portal)
    if own.url:
        return own
    return kql.Link(kql.portal_link(*_shorter(alert, anchor), portal=portal).url, is_shortened=True)


def _shorter(alert: Alert, anchor: ProcessNode | None) -> list[str]:
    """Queries for a link where the alert's own is too long: its process, then its device."""
    queries = []
    if anchor is not None:
        key, created = anchor.key, huntable(anchor.key.created)
        queries.append(
            kql.go_hunt("process", str(key.pid), created, device_id=key.device_id, created=created)
        )
    device_id = alert.device_id or (anchor.key.device_id if anchor else "")
    if device_id:
        queries.append(kql.go_hunt("device", device_id, huntable(alert.first_event or alert.created)))
    return queries


def _conclusion(conclusion: Conclusion) -> dict[str, object]:
    return {
        "Validation": conclusion.validation.value,
        "ValidationReason": conclusion.validation_reason,
        "Story": conclusion.story,
        "StorySteps": conclusion.steps_json,
        "ProcessTree": conclusion.process_tree,
        "TechniquesShown": _techniques(conclusion.techniques),
        "Behaviours": conclusion.behaviours_json,
        "DetectionIds": joined(one.rule for one in conclusion.behaviours),
        "DetectionsVersion": conclusion.detections_version,
    }


def _techniques(texts: Sequence[str]) -> str:
    return joined(mappings.technique_label(text) for text in texts)


def _techniques_listed(texts: Sequence[str]) -> list[dict[str, str]]:
    """Each technique once, in whatever case it came."""
    listed: dict[str, str] = {}
    for text in texts:
        known = mappings.technique(text)
        name = (known.sub_name if known.sub_id else known.name) if known else None
        listed.setdefault((known.sub_id or known.id) if known else text, name or "")
    return [{"id": text, "name": name} for text, name in listed.items()]


def _comment(comment: Comment) -> dict[str, str]:
    return {
        "author": comment.author or "",
        "created": comment.created.text() if comment.created else "",
        "text": cut(comment.text, _LONGEST_COMMENT),
    }
