"""The alert as an OCSF 1.8 Detection Finding.

https://schema.ocsf.io/1.8.0/classes/detection_finding (read 2026-11).
Our correlation, and what OCSF has no place for, is under `unmapped`. There is no null anywhere.
"""

import json
from collections.abc import Mapping

from shared.core.alert import Alert, mappings
from shared.core.conclude import Conclusion
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment
from shared.core.row.column import LONG
from shared.core.row.ocsf_fit import fit
from shared.core.row.ocsf_objects import MOST, device_object, evidences_of, observables_of, user_object
from shared.core.row.subjects import Subjects, group_of, threat_of
from shared.core.row.text import without_empty
from shared.core.values import Instant

VERSION = "1.8.0"
CLASS = 2004
_OTHER = 99
_MOST_LISTED = 40
_ACTIVITIES = {1: "Create", 2: "Update", 3: "Close"}
_RULES = {"CustomDetection": (1, "Rule"), "WindowsDefenderAtp": (2, "Behavioral")}


def detection_finding(
    alert: Alert, enrichment: Enrichment | None, finding: Finding, conclusion: Conclusion, about: Subjects
) -> dict[str, object]:
    """The finding, whole but for evidence beyond the first 200: nothing else is cut yet.

    Closed once the alert is resolved, an update where Defender changed it after it was raised, else created.
    """
    activity = 3 if alert.status == "Resolved" else 2 if alert.last_update > alert.created else 1
    severity, status = (
        mappings.ocsf_severity(alert.severity, alert.severity_text),
        mappings.ocsf_status(alert.status),
    )
    device = device_object(about.device_id, about.device_name, group_of(alert, about.device_id), about.device)
    verdict = _verdict(alert)
    evidences = evidences_of(alert)
    profiles = [name for name, used in (("host", device), ("incident", verdict)) if used]
    return without_empty(
        activity_id=activity,
        activity_name=_ACTIVITIES[activity],
        category_uid=2,
        category_name="Findings",
        class_uid=CLASS,
        class_name="Detection Finding",
        type_uid=CLASS * 100 + activity,
        type_name=f"Detection Finding: {_ACTIVITIES[activity]}",
        time=millis(alert.last_update),
        start_time=millis(alert.first_event),
        end_time=millis(alert.last_event),
        **_coded("severity", severity, alert.severity_text),
        **_coded("status", status, alert.status),
        message=alert.title,
        is_alert=activity != 3,
        metadata=_metadata(alert, profiles, evidences),
        finding_info=_finding_info(alert),
        device=device,
        evidences=evidences,
        observables=observables_of(alert, about.device),
        unmapped=_unmapped(alert, enrichment, finding, conclusion),
        **verdict,
    )


def _coded(name: str, coded: mappings.Coded, said: str) -> dict[str, object]:
    """An id with its caption; with 99 comes the source's own word."""
    return {f"{name}_id": coded.id, name: said or "Other" if coded.id == _OTHER else coded.caption}


def finding_json(
    alert: Alert, enrichment: Enrichment | None, finding: Finding, conclusion: Conclusion, about: Subjects
) -> tuple[str, bool]:
    """(the finding as JSON that fits a column, whether anything was cut for it)."""
    text, was_cut = fit(detection_finding(alert, enrichment, finding, conclusion, about), LONG)
    return text, was_cut or _beyond(alert) > 0


def _beyond(alert: Alert) -> int:
    """How much evidence has no place in the finding, however short it is."""
    return max(0, len(alert.evidence) - MOST)


def with_correlation_of(text: str, earlier: str, *, with_device: bool = False) -> str:
    """`text` with the correlation that `earlier` shows, and `with_device` its device: a hunt that was put off
    hides nothing."""
    made, kept = json.loads(text), json.loads(earlier)
    made["unmapped"]["correlation"] = kept["unmapped"]["correlation"]
    if with_device and "device" in kept:
        made["device"] = kept["device"]
    return fit(made, LONG)[0]


def millis(moment: Instant | None) -> int | None:
    """OCSF's timestamp: milliseconds since 1970."""
    return None if moment is None else moment.ticks // 10_000


def _verdict(alert: Alert) -> dict[str, object]:
    """The incident profile's attributes, once a person has classified the alert or taken it."""
    said: dict[str, object] = {}
    if alert.classification:
        verdict = mappings.ocsf_verdict(alert.classification, alert.determination)
        said |= {"verdict_id": verdict.id, "verdict": verdict.caption}
    if alert.assigned_to:
        said["assignee"] = {"name": alert.assigned_to}
    return said


def _metadata(alert: Alert, profiles: list[str], evidences: list[dict[str, object]]) -> dict[str, object]:
    uses_windows = any("reg_key" in item or "reg_value" in item for item in evidences)
    extension = {"name": "win", "uid": "2", "version": VERSION}
    return without_empty(
        version=VERSION,
        product={"name": "Microsoft Defender for Endpoint", "vendor_name": "Microsoft"},
        profiles=profiles,
        extensions=[extension] if uses_windows else [],
        uid=alert.id,
        correlation_uid=alert.incident_id,
        tenant_uid=alert.tenant_id,
        log_name=alert.source,
        is_truncated=True if _beyond(alert) else None,
    )


def _finding_info(alert: Alert) -> dict[str, object]:
    rule, caption = _RULES.get(alert.detection_source or "", (0, "Unknown"))
    analytic = without_empty(type_id=rule, type=caption, name=alert.detection_source, uid=alert.detector_id)
    return without_empty(
        uid=alert.id,
        title=alert.title,
        desc=alert.description,
        types=[alert.category] if alert.category else [],
        created_time=millis(alert.created),
        modified_time=millis(alert.last_update),
        first_seen_time=millis(alert.first_event),
        last_seen_time=millis(alert.last_event),
        src_url=alert.alert_url,
        analytic=analytic if "name" in analytic or "uid" in analytic else None,
        attacks=_attacks(alert),
        data_sources=[alert.service_source] if alert.service_source else [],
    )


def _attacks(alert: Alert) -> list[object]:
    """The category's tactic and each technique, apart: that they belong together is not proven."""
    tactic = mappings.tactic(alert.category)
    attacks: list[object] = [{"tactic": {"uid": tactic.id, "name": tactic.name}}] if tactic else []
    for text in alert.techniques[:_MOST_LISTED]:
        known = mappings.technique(text)
        if known is None:
            continue
        entry: dict[str, object] = {"technique": without_empty(uid=known.id, name=known.name)}
        if known.sub_id:
            entry["sub_technique"] = without_empty(uid=known.sub_id, name=known.sub_name)
        attacks.append(entry)
    return attacks


def _unmapped(
    alert: Alert, enrichment: Enrichment | None, finding: Finding, conclusion: Conclusion
) -> Mapping[str, object]:
    odd = [text for text in alert.techniques[:_MOST_LISTED] if mappings.technique(text) is None]
    return without_empty(
        correlation={
            "status": finding.status.value,
            "method": finding.method.value,
            "confidence": finding.confidence,
            "reason": finding.reason.value,
            "event_count": finding.event_count,
            "events_truncated": finding.truncated,
            "validation": conclusion.validation.value,
            "validation_reason": conclusion.validation_reason,
            "techniques_shown": list(conclusion.techniques[:_MOST_LISTED]),
        },
        enrichment_status=enrichment.status if enrichment else "NotLookedUp",
        determination=alert.determination,
        threat_name=threat_of(alert),
        threat_family=alert.threat_family,
        investigation_id=alert.investigation_id,
        investigation_state=alert.investigation_state,
        related_user=user_object(alert.related_user),
        techniques=odd,
        domains=list(alert.domains[:_MOST_LISTED]),
        unreadable_fields=list(alert.unreadable[:_MOST_LISTED]),
        left_out={"evidences": _beyond(alert)} if _beyond(alert) else None,
    )
