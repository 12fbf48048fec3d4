"""What the alert's JSON says and no other column shows: path and value, nothing left out in silence.

Each value of the JSON is looked for where `shown_paths` says that it stands. One that is not there (new, of a
kind that nobody reads, in other words than the row's, of an item beyond the first hundred) is a fact of its
own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.core.alert import CUT_MARK, Alert, EvidenceKind, Leaf, moment_of
from shared.core.row import shown_paths
from shared.core.row.text import LEFT_OUT
from shared.core.values import Instant

MOST = 1_000  # facts; the column has room for some 400
_KIND_WORDS = ("#microsoft.graph.security.", "evidence")  # before and after a kind's word
_WRITTEN_BY_CUSTOMERS = ("additionalData", "customDetails")


@dataclass(frozen=True, slots=True)
class Facts:
    """`listed` is for the column; `unread` are the times that nobody can read, path -> text."""

    listed: list[object]
    unread: dict[str, str]


def facts_of(alert: Alert, columns: Mapping[str, object]) -> Facts:
    """The facts of `alert` that `columns` (before they are cut) do not show, the alert's own first.

    When each piece of evidence was made comes last: it says least.
    """
    shown = _Shown(alert, columns)
    first: list[object] = []
    last: list[object] = []
    unread: dict[str, str] = {}
    for leaf in alert.leaves:
        path, name, value = leaf
        if shown.has(leaf):
            continue
        if "Time" in name and isinstance(value, str):
            try:
                moment = moment_of(value)
                if moment is None:
                    continue  # unset
                value = value if value.endswith("Z") else moment.text()
            except ValueError:
                if name.endswith("DateTime") and not path.startswith(_WRITTEN_BY_CUSTOMERS):
                    unread[path] = value
        is_late = name in ("createdDateTime", "evidenceCreationTime")
        (last if is_late else first).append({"path": path, "value": value})
    listed = first + last
    if len(listed) > MOST:
        listed = [*listed[:MOST], {LEFT_OUT: len(listed) - MOST}]
    return Facts(listed, unread)


class _Shown:
    """What the row shows already, asked value by value."""

    __slots__ = ("_by_item", "_columns", "_entries", "_lists", "_own_devices", "_place")

    def __init__(self, alert: Alert, columns: Mapping[str, object]) -> None:
        self._columns = columns
        self._by_item: dict[str, list[Mapping[str, object]]] = {}
        for entry in _objects(columns["EntitiesJson"]):
            self._by_item.setdefault(f"evidence[{entry.get('item')}]", []).append(entry)
        own = columns["DvcId"]
        self._own_devices = {
            place
            for item, place in zip(alert.evidence, alert.places, strict=False)
            if item.kind is EvidenceKind.DEVICE and item.device_id == own
        }
        self._lists: dict[str, frozenset[object]] = {}
        self._place = ""
        self._entries: Sequence[Mapping[str, object]] = ()

    def has(self, leaf: Leaf) -> bool:
        """True where the row says it in the very place."""
        path, name, value = leaf
        if path.startswith("evidence["):
            end = path.find("].") + 1
            return end > 0 and self._in_item(path[:end], path[end + 1 :], name, value)
        column = shown_paths.COLUMNS.get(path)
        if column is not None:
            return _is_said(self._columns[column], value, column in ("Username",))
        listed = shown_paths.LISTS.get(path.partition("[")[0])
        return listed is not None and self._in_list(listed, value)

    def _in_item(self, place: str, rest: str, name: str, value: str | float | bool) -> bool:
        if place != self._place:
            self._place, self._entries = place, self._by_item.get(place, ())
        field = shown_paths.ENTITY.get(rest)
        if field is None and rest.startswith("roles["):
            field = "roles"
        if field is not None:
            if field == "kind":
                value = _kind(str(value))
            parts = field in shown_paths.TEXT_OF_PARTS
            if any(_is_said(entry.get(field), value, parts) for entry in self._entries):
                return True
        elif name in shown_paths.USER:
            who, shown = self._columns["Username"], self._columns[shown_paths.USER[name]]
            return bool(who) and any(entry.get("user") == who for entry in self._entries) and shown == value
        if rest == "mdeDeviceId":
            return _is_said(self._columns["DvcId"], value, False)
        return place in self._own_devices and self._in_device(rest, value)

    def _in_device(self, rest: str, value: str | float | bool) -> bool:
        column = shown_paths.DEVICE.get(rest)
        if column is not None:
            return _is_said(self._columns[column], value, False)
        return rest.startswith("loggedOnUsers[") and self._in_list("LoggedOnUsersJson", value)

    def _in_list(self, column: str, value: str | float | bool) -> bool:
        if column not in self._lists:
            self._lists[column] = frozenset(_told(self._columns[column]))
        told = self._lists[column]
        if value in told or not isinstance(value, str):
            return value in told
        return value.lower() in told or _utc(value) in told


def _is_said(shown: object, value: str | float | bool, in_parts: bool) -> bool:
    """True where `shown` says `value`, in whatever case; with `in_parts` as the beginning or the end of it."""
    if shown == value:
        return not isinstance(value, bool) or shown is value
    if isinstance(shown, Instant):
        # A column of the type DateTime ends at microseconds.
        return isinstance(value, str) and shown.text() == _utc(value) and shown.ticks % 10 == 0
    if isinstance(shown, (list, tuple)):
        return value in shown
    if not isinstance(value, str):
        return isinstance(shown, str) and not isinstance(value, bool) and shown == str(value)
    if not isinstance(shown, str) or not shown:
        return isinstance(shown, int) and not isinstance(shown, bool) and str(shown) == value
    if value.endswith(CUT_MARK) or shown.endswith(CUT_MARK):
        # One of the two was cut, and that is said where it was: what is left must agree.
        head = min(len(value), len(shown)) - len(CUT_MARK)
        return shown[:head] == value[:head]
    low, sought = shown.lower(), value.lower()
    if low == sought or (in_parts and (low.startswith(f"{sought}\\") or low.endswith(f"\\{sought}"))):
        return True
    return len(value) > 18 and value[10:11] in "Tt " and shown == _utc(value)


def _utc(text: str) -> str:
    """A moment in the row's own spelling; "" where the text is none."""
    try:
        moment = moment_of(text) if text[:4].isdigit() else None
    except ValueError:
        return ""
    return moment.text() if moment else ""


def _kind(word: str) -> str:
    return word.removeprefix(_KIND_WORDS[0]).lower().removesuffix(_KIND_WORDS[1])


def _objects(listed: object) -> Iterator[Mapping[str, object]]:
    return (entry for entry in _listed(listed) if isinstance(entry, Mapping))


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _told(shown: object) -> Iterator[object]:
    """All that a list column says; names also in lower case and apart from their domain."""
    if isinstance(shown, str):
        yield from shown.split(", ")
    for entry in _objects(shown):
        for name, value in entry.items():
            yield value
            if name == "name" and isinstance(value, str):
                yield from value.lower().split("\\")


def unread_text(path: str, leaves: Sequence[Leaf], unread: Mapping[str, str]) -> str:
    """A path that could not be read, with what stands there: `evidence[1].sha1: none yet`."""
    if path in unread:
        return f"{path}: {unread[path]}"
    inside = (f"{path}.", f"{path}[")
    found = [leaf for leaf in leaves if leaf[0] == path or leaf[0].startswith(inside)][:_MOST_INSIDE]
    said = "; ".join(f"{leaf[0][len(path) :]}{'=' if leaf[0] != path else ''}{leaf[2]}" for leaf in found)
    return f"{path}: {said[:_LONGEST_SAID]}" if said else path


_MOST_INSIDE = 3
_LONGEST_SAID = 120
