"""What to write of an incident's row that may stand already, and whether there is something to tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.core.incidents.columns import BY_NAME
from shared.core.incidents.member import Row, severity_rank, validation_rank
from shared.core.incidents.state import State
from shared.core.row import Notify
from shared.core.row import text as row_text
from shared.core.values import Column, Columns, StoredRow, list_of, number_of, text_of, words_of

_OURS = tuple(Notify)


@dataclass(frozen=True, slots=True)
class _Known:
    """A device or user of an incident's row."""

    sure: str
    names: frozenset[str]
    called: str

    def is_same(self, other: "_Known") -> bool:
        """True for the same one, as far as both are told."""
        if self.sure and other.sure:
            return self.sure == other.sure
        return not self.names.isdisjoint(other.names)


_FIRST = "new incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`columns` are those to write, None where nothing changed; `is_pending` while nobody is to be told."""

    columns: Columns | None
    revision: int
    is_pending: bool


def decide(stored: StoredRow | None, content: Columns, alerts: Iterable[Row], now: datetime) -> Decision:
    """What to write over `stored` so that the row shows `content`, which was made of the rows `alerts`.

    Only columns of ours whose value differs are named, so that a consumer's own columns survive a merge.
    Deciding again over what was written gives nothing to write: a run that was killed tells nobody twice.
    """
    first = _first_state(alerts)
    if stored is None:
        ours = _lifecycle(1, first, _FIRST, now) | {"FirstPublished": now}
        return Decision(columns={**content, **ours}, revision=1, is_pending=first is Notify.PENDING)
    before = stored.columns
    state = text_of(before, "NotifyState")
    reasons = _reasons(before, content) if state != Notify.PENDING else []
    if state == Notify.HISTORIC and first is Notify.NEW:
        reasons = [_FIRST, *reasons]
    revision = max(number_of(before, "Revision"), 1) + bool(reasons)
    said = _reason(before, reasons) if reasons else text_of(before, "NotifyReason")
    ours = _lifecycle(revision, _next_state(state, first, bool(reasons)), said, now)
    changed = {
        name: value
        for name, value in {**content, **ours}.items()
        if name != "LastPublished" and before.get(name) != value
    }
    if changed:
        changed["LastPublished"] = now
    return Decision(
        columns=changed or None, revision=revision, is_pending=ours["NotifyState"] == Notify.PENDING
    )


def _lifecycle(revision: int, state: str, reason: str, now: datetime) -> dict[str, Column]:
    limit = BY_NAME["NotifyReason"].limit
    return {
        "Revision": revision,
        "NotifyState": str(state),
        "NotifyReason": row_text.cut(reason, limit),
        "LastPublished": now,
    }


def _first_state(alerts: Iterable[Row]) -> Notify:
    """What an incident of these alerts is to be told as, where nobody was told yet."""
    states = {text_of(row, "NotifyState") for row in alerts}
    if states <= {Notify.HISTORIC}:
        return Notify.HISTORIC
    return Notify.PENDING if states <= {Notify.PENDING, Notify.HISTORIC} else Notify.NEW


def _next_state(state: str, first: Notify, rises: bool) -> str:
    """The state to write; a consumer's mark stays until the revision rises."""
    if state in ("", Notify.PENDING) or (state == Notify.HISTORIC and first is Notify.NEW):
        return first.value
    if state in _OURS:
        return state
    return Notify.UPDATED.value if rises else state


def _reason(before: Row, reasons: list[str]) -> str:
    """The reasons, after those of revisions that nobody has marked."""
    unread = text_of(before, "NotifyState") in _OURS
    earlier = text_of(before, "NotifyReason").split("; ") if unread else []
    return "; ".join(dict.fromkeys([*filter(None, earlier), *reasons]))


def _reasons(before: Row, now: Row) -> list[str]:
    """What there is to tell: never a count alone."""
    found = []
    if validation_rank(now) < validation_rank(before):
        found.append(f"Validation {text_of(before, 'Validation')} → {text_of(now, 'Validation')}")
    if severity_rank(now) < severity_rank(before):
        found.append(f"Severity {text_of(before, 'Severity') or 'unknown'} → {text_of(now, 'Severity')}")
    for name, thing in (("DevicesJson", "device"), ("UsersJson", "user")):
        found += [f"{thing} {each}" for each in _new_among(_entries(before, name), _entries(now, name))]
    found += [f"tactic {each}" for each in _new(_tactics(before), _tactics(now))]
    was, state = text_of(before, "State"), text_of(now, "State")
    if state == State.OPEN and was in (State.RESOLVED, State.EMPTIED):
        found.append("reopened")
    if state == State.EMPTIED and was != State.EMPTIED:
        found.append(f"emptied: its alerts are in {', '.join(words_of(now, 'MovedTo')) or 'no incident'}")
    came = [each for each in words_of(now, "MovedFrom") if each not in words_of(before, "MovedFrom")]
    return found + [f"alerts came from incident {each}" for each in came]


def _new(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for key, name in now.items() if key not in before]


def _entries(row: Row, column: str) -> list[_Known]:
    """Devices or users: each by its id or SID, its names, and what it is called."""
    found = []
    for entry in list_of(row, column):
        if isinstance(entry, dict) and row_text.LEFT_OUT not in entry:
            sure, name, upn = (str(entry.get(field) or "") for field in ("id", "name", "upn"))
            sure = (sure or str(entry.get("sid") or "")).lower()
            names = frozenset(text.lower() for text in (name, upn) if text)
            found.append(_Known(sure, names, (name or sure).replace("; ", ", ")))
    return found


def _new_among(before: Sequence[_Known], now: Sequence[_Known]) -> list[str]:
    """What each of `now` is called that is none of `before`: by id or SID where both have one, else by name.
    One whose id becomes known is no other."""
    return list(dict.fromkeys(one.called for one in now if not any(map(one.is_same, before))))


def _tactics(row: Row) -> dict[str, str]:
    return {name: name for name in text_of(row, "Tactics").split(", ") if name}
