"""What to write of a row that may stand already, and whether there is something to tell."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.core.conclude import Validation
from shared.core.correlate import REFUSED, Method, Reason, Status
from shared.core.row.all_values import with_shown
from shared.core.row.column import FIRST_TIME
from shared.core.row.definition import BY_NAME, BY_TELEMETRY, CONTENT, CORRELATION_NAMES
from shared.core.row.incident_columns import incident_columns
from shared.core.row.judged import judged
from shared.core.row.ocsf import with_correlation_of
from shared.core.row.priority import priority_columns
from shared.core.row.text import cut, fitted
from shared.core.row.users import NO_SURER, TELEMETRY, told_of_the_same_user
from shared.core.values import Column, Columns, StoredRow, number_of, text_of


class Notify(StrEnum):
    """Our values of NotifyState; any other is a consumer's mark."""

    PENDING = "pending"
    NEW = "new"
    UPDATED = "updated"
    HISTORIC = "historic"


def _no_entry(_: Columns) -> Columns:
    return {}


def _no_write(_: Columns, __: Columns, ___: bool) -> Columns:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the alert besides its content. `notify_after` is in seconds; `hunt_ended` is true once
    any hunt for it came to an end, `looked_up` once the first round of its look-ups did; `incident_day` is
    the PartitionKey of the incident that the content names, "" where there is none; `known_benign` gives the
    columns of the entry that a row matches; `detector_record` is what analysts said of other alerts of its
    detector; `write_back` gives what the row says of the comment on the alert, by what it said, what it will
    show, and whether that is history."""

    now: datetime
    generation: int
    first_seen: datetime
    installed_at: datetime | None
    backfill: bool
    hunt_ended: bool
    notify_after: float
    incident_day: str = ""
    known_benign: Callable[[Columns], Columns] = _no_entry
    detector_record: str = ""
    write_back: Callable[[Columns, Columns, bool], Columns] = _no_write
    looked_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`columns` are those to write, None where nothing changed. `is_stale`: a newer version stands already,
    and nothing of this one may be written, its events neither. `keeps_correlation`: the row shows an earlier,
    better hunt, so the events of that hunt stay as they are.
    """

    columns: Columns | None
    revision: int
    notify_state: str
    changed_fields: tuple[str, ...] = ()
    is_stale: bool = False
    keeps_correlation: bool = False


# Columns that change with everything, or never but with an upgrade, and so say nothing.
_NO_NEWS = frozenset(
    {"AlertUpdated", "DetectionFinding", "EvidenceIds", "NextSteps", "Tenant", "ValuesTruncated"}
)
# A hunt that ended so has proven nothing, whatever the version of the alert.
_PUT_OFF = frozenset({Reason.WAITING, Reason.THROTTLED, Reason.UNAVAILABLE, *REFUSED})
_STATUS_RANK: dict[str, int] = {
    Status.CORRELATED: 4,
    Status.NO_MATCH: 3,
    Status.NOT_APPLICABLE: 3,
    Status.FAILED: 2,
    Status.PENDING: 1,
}
_METHODS: tuple[str, ...] = tuple(Method)
_VALIDATION_RANK: dict[str, int] = {
    Validation.NO_TELEMETRY: 0,
    Validation.UNPROVEN: 1,
    Validation.LIKELY: 2,
    Validation.BLOCKED: 3,
    Validation.CONTAINED: 3,
    Validation.CONFIRMED: 3,
}
_SEVERITY_RANK = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 99: 4}  # by SeverityId; an unknown word counts as High


def decide(stored: StoredRow | None, content: Columns, context: Context) -> Decision:
    """What to write over `stored` so that the row shows `content`.

    Only columns of ours whose value differs are named, so that a consumer's own columns survive a merge. The
    same arguments give the same decision, and deciding again over what was written gives nothing to write: a
    run that was killed and comes again tells nobody twice.
    """
    if stored is None:
        return _first(content, context)
    before = stored.columns
    if _is_newer(before, content, context):
        return Decision(
            columns=None, revision=number_of(before, "Revision"), notify_state=_state(before), is_stale=True
        )
    keeps = _keeps_correlation(before, content, context)
    shown = _with_earlier_correlation(before, content) if keeps else content
    changed = {name: value for name, value in shown.items() if before.get(name) != value}
    rises = bool(changed) and _is_material(before, shown) and _state(before) != Notify.PENDING
    revision = number_of(before, "Revision") + 1 if rises else max(number_of(before, "Revision"), 1)
    state = _next_state(before, content, context, rises)
    news = _news(before, changed) if rises else ()
    ours: dict[str, Column] = {
        "Generation": context.generation,
        "Revision": revision,
        "NotifyState": state,
        **incident_columns(before, shown, context.incident_day),
        **_judged(before, shown, context),
    }
    if not keeps:
        ours["CorrelationGeneration"] = context.generation
    if rises:
        ours["ChangedFields"] = cut(", ".join(news), BY_NAME["ChangedFields"].limit)
    ours |= {
        name: BY_NAME[name].empty if name == "ChangedFields" else context.now
        for name in ("ChangedFields", "FirstPublished")
        if name not in before and name not in ours
    }
    changed |= {name: value for name, value in ours.items() if before.get(name) != value}
    if changed:
        changed["LastPublished"] = context.now
    return Decision(
        columns=changed or None,
        revision=revision,
        notify_state=state,
        changed_fields=news,
        keeps_correlation=keeps,
    )


def _first(content: Columns, context: Context) -> Decision:
    state = _first_state(content, context)
    ours: dict[str, Column] = {
        "Generation": context.generation,
        "CorrelationGeneration": context.generation,
        "Revision": 1,
        "NotifyState": state,
        "ChangedFields": "",
        "IncidentDay": context.incident_day,
        "IncidentMovedFrom": "[]",
        "FirstPublished": context.now,
        "LastPublished": context.now,
        **_judged({}, content, context),
    }
    return Decision(columns={**content, **ours}, revision=1, notify_state=state)


def _judged(before: Columns, shown: Columns, context: Context) -> dict[str, Column]:
    entry = context.known_benign(shown)
    told = context.write_back(before, {**shown, **entry}, _is_history(shown, context))
    return judged(before, shown, entry, context.detector_record, told)


def _is_newer(before: Columns, content: Columns, context: Context) -> bool:
    """True where the stored row shows a later version than `content`.

    The update time decides, and among versions of one update time our own count: that count begins anew where
    the ledger's history was purged.
    """
    stood, comes = _moment(before.get("AlertUpdated")), _moment(content["AlertUpdated"])
    generation = before.get("Generation")
    counted = generation if isinstance(generation, int) else 0
    return stood > comes or (stood == comes and counted > context.generation)


def _moment(value: Column | None) -> datetime:
    return value if isinstance(value, datetime) else FIRST_TIME


def _keeps_correlation(before: Columns, content: Columns, context: Context) -> bool:
    """True where an earlier hunt proved more: in the same version of the alert a weaker tie never replaces a
    better one, and a hunt that was put off never replaces anything that was proven."""
    same_version = before.get("CorrelationGeneration") == context.generation
    put_off = content["CorrelationReason"] in _PUT_OFF
    return (same_version or put_off) and _tie(content) < _tie(before)


def _tie(columns: Columns) -> tuple[int, int]:
    """How much a row's correlation proves."""
    status, method = text_of(columns, "CorrelationStatus"), text_of(columns, "CorrelationMethod")
    if status != Status.CORRELATED:
        return _STATUS_RANK.get(status, 0), 0
    return _STATUS_RANK[status], len(_METHODS) - _METHODS.index(method) if method in _METHODS else 0


def _with_earlier_correlation(before: Columns, content: Columns) -> dict[str, Column]:
    """The content with the correlation that stands; the OCSF finding says the same as the columns."""
    shown = dict(content)
    # A column that came with a later version is not known of the earlier hunt: it says nothing then.
    shown |= {name: before.get(name, BY_NAME[name].empty) for name in CORRELATION_NAMES}
    named: list[str] = []
    for origin, names in BY_TELEMETRY.items():
        if text_of(before, origin).startswith(TELEMETRY) and content[origin] in NO_SURER:
            named += [name for name in (origin, *names) if name in before]
    named += told_of_the_same_user(before, content)
    shown |= {name: before[name] for name in named}
    found_by = {name: fitted(BY_NAME[name], text) for name, text in with_shown(shown, named).items()}
    shown |= {name: text for name, (text, _) in found_by.items()}
    earlier = before.get("DetectionFinding")
    if isinstance(earlier, str) and earlier:
        text, with_device = str(content["DetectionFinding"]), "DvcId" in named
        shown["DetectionFinding"] = with_correlation_of(text, earlier, with_device=with_device)
    cut_before, cut_now = (text_of(row, "ValuesTruncated").split(", ") for row in (before, content))
    ours = CORRELATION_NAMES.union(named)
    kept = [name for name in cut_before if name in ours]
    kept += [name for name, (_, was_cut) in found_by.items() if was_cut and name not in cut_now]
    new = [name for name in cut_now if name and name not in ours]
    shown["ValuesTruncated"] = ", ".join([*new, *kept])
    shown |= {name: fitted(BY_NAME[name], value)[0] for name, value in priority_columns(shown).items()}
    return shown


def _is_material(before: Columns, shown: Columns) -> bool:
    """True where there is something to tell: a better tie or validation, new evidence, severity raised,
    reopened.

    Counts alone, a weaker tie or a first hunt that found nothing are not.
    """
    return (
        (_tie(shown) > _tie(before) and shown["CorrelationStatus"] == Status.CORRELATED)
        or (_same_rules(before, shown) and _is_better_validation(before, shown))
        or (_same_source(before, shown) and bool(_marks(shown) - _marks(before)))
        or _severity(shown) > _severity(before)
        or (before.get("AlertStatus") == "Closed" and shown["AlertStatus"] == "Active")
    )


def _same_rules(before: Columns, shown: Columns) -> bool:
    """True where one set of detections judged both: an upgrade of the rules tells nobody anew."""
    return text_of(before, "DetectionsVersion") == text_of(shown, "DetectionsVersion")


def _same_source(before: Columns, shown: Columns) -> bool:
    """True where one API told both: each lists evidence of other kinds and in other words."""
    return text_of(before, "AlertSource") == text_of(shown, "AlertSource")


def _is_better_validation(row_before: Columns, row_now: Columns) -> bool:
    """True where more is known than before, or it proved to be otherwise (blocked, yet it ran)."""
    before, now = text_of(row_before, "Validation"), text_of(row_now, "Validation")
    rank, earlier = _VALIDATION_RANK[now], _VALIDATION_RANK.get(before, -1)
    return now != before and rank > 0 and rank >= earlier


def _marks(columns: Columns) -> set[str]:
    return set(text_of(columns, "EvidenceIds").split())


def _severity(columns: Columns) -> int:
    number = columns.get("SeverityId")
    return _SEVERITY_RANK.get(number, 4) if isinstance(number, int) else 0


def _first_state(content: Columns, context: Context) -> str:
    if _is_history(content, context):
        return Notify.HISTORIC.value
    return Notify.NEW.value if _may_tell(context) else Notify.PENDING.value


def _is_history(content: Columns, context: Context) -> bool:
    """True for an alert of before the installation, and for one that a person admitted."""
    created = content["CreatedTime"]
    is_old = context.installed_at is not None and _moment(created) < context.installed_at
    return context.backfill or is_old


def _may_tell(context: Context) -> bool:
    waited = (context.now - context.first_seen).total_seconds()
    return (context.hunt_ended and context.looked_up) or waited >= context.notify_after


def _next_state(before: Columns, content: Columns, context: Context, rises: bool) -> str:
    """The state to write; a consumer's mark stays until the revision rises."""
    state = _state(before)
    if not state:
        return _first_state(content, context)
    if state == Notify.PENDING:
        return Notify.NEW.value if _may_tell(context) else state
    if state in tuple(Notify):
        return state
    return Notify.UPDATED.value if rises else state


def _news(before: Columns, changed: Columns) -> tuple[str, ...]:
    """Names of the changed columns in the table's order, with those of revisions that nobody has marked."""
    unread = _state(before) in tuple(Notify)
    earlier = text_of(before, "ChangedFields").split(", ") if unread else []
    names = {*changed, *earlier} - _NO_NEWS
    return tuple(column.name for column in CONTENT if column.name in names)


def _state(columns: Columns) -> str:
    return text_of(columns, "NotifyState")
