"""Does the telemetry bear the alert out? One rule, in this order:

1. Not tied to telemetry: NoTelemetry, with the reason why not.
2. Something prevented or remediated it (the alert's evidence says so, or an antivirus event of the tree):
   Confirmed if what the alert is about acted later, Contained if it had run before, else Blocked.
3. Nothing stopped it: Confirmed where the telemetry shows harm, or what the alert is about went on acting
   after the alert; else Unproven. A tie by device, account or address alone bears an alert out only by harm.

What the alert is about: the process it names with all it started; where it names a file, the processes that
run that file, and not the one that merely wrote it.
"""

from shared.core.conclude.conclusion import Validation
from shared.core.conclude.scene import Scene, Sign, cell
from shared.core.correlate import Method, ProcessKey, Reason, Status, TiedEvent
from shared.core.tables import TABLES
from shared.core.values import Instant

_STOPPED = {"prevented", "blocked", "remediated"}
_ANTIVIRUS = (
    "AntivirusDetection",
    "AntivirusDetectionActionType",
    "AntivirusReport",
    "AntivirusMalwareActionTaken",
)
_ACTS = {table.name: table.counted for table in TABLES if table.counted}
_WEAK = (Method.DEVICE_ONLY, Method.ACCOUNT, Method.ADDRESS)
_GRACE = 1.0  # seconds within which an event still belongs to the moment of the block

_REASONS = {
    Reason.NOT_IN_YET: "no matching telemetry has come in yet",
    Reason.NOT_SEEN: "no telemetry matches",
    Reason.TOO_OLD: "the alert is older than the 30 days that hunting keeps",
    Reason.DEVICE_UNKNOWN: "hunting does not know the device",
    Reason.NO_EVIDENCE: "the alert names nothing that could be hunted",
    Reason.THROTTLED: "the hunting quota is spent",
    Reason.ROLE_MISSING: "the app lacks the role for hunting",
    Reason.QUERY_REJECTED: "hunting refused the query",
    Reason.UNAVAILABLE: "hunting did not answer",
    Reason.GAVE_UP: "handling the alert failed each time",
    Reason.WAITING: "it was not hunted yet",
}


def validate(scene: Scene, signs: tuple[Sign, ...]) -> tuple[Validation, str]:
    """The validation and its reason in one sentence's words."""
    finding = scene.finding
    if finding.status is not Status.CORRELATED:
        return Validation.NO_TELEMETRY, _REASONS.get(finding.reason, "it could not be tied to telemetry")
    culprits = _culprits(scene)
    acts = [tied for tied in scene.events if _is_act(tied, culprits)]
    stop, stopped_by = _stop(scene)
    if stop is not None:
        later = [tied for tied in acts if tied.event.time.seconds_since(stop) > _GRACE]
        if later:
            return Validation.CONFIRMED, f"{stopped_by}, yet {_count(later)} followed"
        ran = [tied for tied in acts if tied.event.time < stop]
        if ran:
            return Validation.CONTAINED, f"it ran ({_count(ran)}), then {stopped_by}; nothing followed"
        return Validation.BLOCKED, f"{stopped_by}, and nothing followed"
    harmful = [sign for sign in signs if sign.harmful]
    if harmful:
        return Validation.CONFIRMED, scene.told(harmful[0])
    if finding.method in _WEAK:
        return Validation.UNPROVEN, "the tie is weak and nothing in the telemetry shows harm"
    later = [tied for tied in acts if tied.event.time > scene.alert.created]
    if later:
        return Validation.CONFIRMED, f"it went on acting after the alert: {_count(later)}"
    seen = f" ({_count(acts)})" if acts else ""
    return Validation.UNPROVEN, f"tied to telemetry{seen}, but nothing in it shows harm"


def _culprits(scene: Scene) -> set[ProcessKey]:
    """The processes the alert is about."""
    about = [node for node in scene.nodes.values() if node.depth >= 0]
    if scene.finding.method in (Method.FILE_HASH, Method.FILE_NAME):
        hashes = {item.sha1.lower() for item in scene.alert.evidence if item.sha1}
        names = {item.file_name.lower() for item in scene.alert.evidence if item.file_name}
        about = [
            node
            for node in about
            if (node.sha1 or "").lower() in hashes or (node.file_name or "").lower() in names
        ]
    keys = {node.key for node in about}
    for node in sorted(scene.nodes.values(), key=lambda node: node.depth):
        if node.parent in keys:
            keys.add(node.key)
    return keys


def _is_act(tied: TiedEvent, culprits: set[ProcessKey]) -> bool:
    """True for what these processes did: not what their ancestors did or the antivirus reported."""
    return tied.event.table in _ACTS and tied.owner in culprits


def _stop(scene: Scene) -> tuple[Instant | None, str]:
    """When the threat was stopped and by what; None where nothing stopped it."""
    for tied in scene.of_table("DeviceEvents"):
        if tied.event.action in _ANTIVIRUS and _was_remediated(tied):
            return tied.event.time, "the antivirus stopped it"
    words = {
        (word or "").lower()
        for item in scene.alert.evidence
        for word in (item.detection_status, item.remediation_status)
    }
    if words & _STOPPED:
        moment = scene.alert.last_event or scene.alert.first_event or scene.alert.created
        return moment, f"Defender {sorted(words & _STOPPED)[0]} it"
    return None, ""


def _was_remediated(tied: TiedEvent) -> bool:
    fields = cell(tied, "AdditionalFields").lower().replace(" ", "")
    return not ('"wasremediated":false' in fields or '"wasexecutingwhiledetected":true' in fields) and (
        "remediated" in fields or "quarantine" in fields or "blocked" in fields or "removed" in fields
    )


def _count(events: list[TiedEvent]) -> str:
    counts = {table: sum(tied.event.table == table for tied in events) for table in _ACTS}
    return ", ".join(
        f"{count} {_ACTS[table][0] if count == 1 else _ACTS[table][1]}"
        for table, count in counts.items()
        if count
    )
