"""What the alert's JSON says and no other column shows: path and value, nothing left out in silence.

Each value of the JSON is looked for where `shown_paths` says that it stands. One that is not there (new, of a
kind that nobody reads, in other words than the row's, of an item beyond the first hundred) is a fact of its
own. Objects and lists are those that `json` makes, of no other class.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.alert import Alert, EvidenceKind, clean_text, cleaning
from shared.core.row import same_value, search_fields, shown_paths
from shared.core.row.definition import BY_NAME
from shared.core.row.text import LEFT_OUT, dumps
from shared.core.values import by_key

MOST_CHARACTERS = BY_NAME["OtherFacts"].limit  # of all facts together
_AROUND = len('{"path":"","value":},')
MOST_DEPTH = 16
_LONGEST_KEY = 200
_LONGEST_PATH = 500
_LONGEST_SAID = 120
_ANNOTATION, _TYPE = "@odata.", "@odata.type"
_WRITTEN_BY_CUSTOMERS = ("additionalData", "customDetails")
_NUMBERS = frozenset({int, float, bool})  # of which 0 and false say something
_CREATED = frozenset({"createdDateTime", "evidenceCreationTime"})

type _Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OtherFacts:
    """`listed` is for the column; `unread` are the times that nobody can read, path -> text; `found` are
    values to find the alert by, column -> values."""

    listed: list[object]
    unread: dict[str, str]
    found: dict[str, list[str]]


def facts_of(alert: Alert, columns: _Object) -> OtherFacts:
    """The facts of `alert` that `columns` (before they are cut) do not show, the alert's own first.

    When each piece of evidence was made comes last: it says least.
    """
    walk = _Walk(columns, frozenset(alert.unreadable))
    for key, value in alert.raw.items():
        if not value and type(value) not in _NUMBERS:
            continue  # null, or empty
        if (column := shown_paths.COLUMNS.get(key)) is not None and same_value.is_said(
            columns[column], value
        ):
            continue
        if key == "evidence":
            continue
        if key == "mitreTechniques" and value == [*alert.techniques]:
            continue
        shown = shown_paths.LISTS.get(key)
        walk.add(value, key, key, walk.told(shown) if shown else None)
    _items(alert, walk)
    late = walk.late if walk.room >= 0 else []
    listed = walk.listed + late
    if left_out := walk.beyond + len(walk.late) - len(late):
        listed.append({LEFT_OUT: left_out})
    return OtherFacts(listed, walk.unread, walk.found)


def _items(alert: Alert, walk: "_Walk") -> None:
    """Adds the evidence, item by item."""
    evidence = alert.raw.get("evidence")
    by_item = by_key((entry.get("item"), entry) for entry in _objects(walk.columns["EntitiesJson"]))
    own = walk.columns["DvcId"]
    own_devices = {
        place
        for item, place in zip(alert.evidence, alert.places, strict=False)
        if item.kind is EvidenceKind.DEVICE and item.device_id == own
    }
    if isinstance(evidence, dict):
        walk.item(evidence, "evidence", by_item.get(None, ()), -1 in own_devices)
    elif isinstance(evidence, list):
        for at, item in enumerate(evidence):
            if isinstance(item, dict):
                walk.item(item, f"evidence[{at}]", by_item.get(at, ()), at in own_devices)
            else:
                walk.add(item, f"evidence[{at}]", "evidence", None)
    else:
        walk.add(evidence, "evidence", "evidence", None)


@dataclass(slots=True)
class _Walk:
    """Goes through the JSON and keeps what the row does not show."""

    columns: _Object
    unreadable: Collection[str] = ()  # paths that are named with what stands there
    listed: list[object] = field(default_factory=list)
    late: list[object] = field(default_factory=list)
    room: int = MOST_CHARACTERS
    beyond: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    _told: dict[str, same_value.Said] = field(default_factory=dict)

    def told(self, column: str) -> same_value.Said:
        """All that a column of several values says."""
        if column not in self._told:
            self._told[column] = same_value.Said(self.columns[column])
        return self._told[column]

    def item(self, item: _Object, path: str, entries: Sequence[_Object], is_own_device: bool) -> None:
        """Adds what neither the item's entities nor the columns of the alert's device and user show."""
        created = self.columns["CreatedTime"]
        for key, value in item.items():
            if not value and type(value) not in _NUMBERS:
                continue
            if key in _CREATED and same_value.is_same_moment(created, value):
                continue  # made with the alert, as most are
            column = shown_paths.DEVICE.get(key) if is_own_device else None
            if column is not None and self._in_column(column, value):
                continue
            if key == shown_paths.USERS_SEEN:
                self.add(value, f"{path}.{key}", key, self.told("LoggedOnUsersJson"), 1)
                continue
            if (fields := shown_paths.INSIDE.get(key)) is not None and type(value) is dict:
                self._object(value, f"{path}.{key}", fields, entries)
            elif self._in_entity(shown_paths.ENTITY.get(key), key, value, entries):
                continue
            elif key in shown_paths.ENTITY and cleaning.is_nothing(value, cleaning.NOTHING):
                if cleaning.trimmed(str(value)):
                    self.unread[f"{path}.{key}"] = str(value)
            else:
                self.add(value, f"{path}.{key}"[:_LONGEST_PATH], key[:_LONGEST_KEY], None, 1)

    def _object(
        self, inner: _Object, path: str, fields: Mapping[str, str], entries: Sequence[_Object]
    ) -> None:
        for key, value in inner.items():
            if not value and type(value) not in _NUMBERS:
                continue
            if not self._in_entity(fields.get(key), key, value, entries):
                self.add(value, f"{path}.{key}", key, None, 2)

    def _in_column(self, column: str, value: object) -> bool:
        """True where the column shows it."""
        if column == "EntitiesJson":
            return same_value.kind_word(value) in shown_paths.OWN_KINDS
        return same_value.is_said(self.columns[column], value)

    def _in_entity(self, name: str | None, key: str, value: object, entries: Sequence[_Object]) -> bool:
        """True where an entity of the item says it in the very field."""
        if name is not None:
            if name == "kind":
                value = same_value.kind_word(value)
            in_parts = name in shown_paths.FIELDS_OF_PARTS
            for entry in entries:
                shown = entry.get(name)
                if shown is not None and (
                    (shown == value and type(shown) is type(value))
                    or same_value.is_said(shown, value, in_parts)
                ):
                    return True
        if (column := shown_paths.USER.get(key)) is not None:
            who = self.columns["Username"]
            return bool(who) and self.columns[column] == value and any(e.get("user") == who for e in entries)
        return key == "mdeDeviceId" and same_value.is_said(self.columns["DvcId"], value)

    def add(self, value: object, path: str, name: str, shown: same_value.Said | None, depth: int = 0) -> None:
        """Adds each value inside that `shown`, if given, does not say."""
        if "@" in name and _ANNOTATION in name and name != _TYPE:
            return
        if type(value) is str:
            self._text(value, path, name, shown)
        elif isinstance(value, dict) and depth < MOST_DEPTH:
            for key, inner in value.items():
                if inner or type(inner) in _NUMBERS:
                    key = key[:_LONGEST_KEY]
                    self.add(inner, f"{path}.{key}"[:_LONGEST_PATH], key, shown, depth + 1)
        elif isinstance(value, list) and depth < MOST_DEPTH:
            for at, inner in enumerate(value):
                if inner or type(inner) in _NUMBERS:
                    self.add(inner, f"{path}[{at}]", name, shown, depth + 1)
        elif value is not None and (shown is None or not shown.has(value)):
            self._list(same_value.plain_leaf(value), path)

    def _text(self, text: str, path: str, name: str, shown: same_value.Said | None) -> None:
        search_fields.keep(self.found, name, text)
        if shown is not None and shown.has(text):
            return
        if text[4:5] == "-" or name.endswith("Time"):
            moment = self._moment(text, path, name)
            if moment is None:
                return
            if name in _CREATED and "." in path:
                self.late.append({"path": path, "value": moment})
                return
            text = moment
        self._list(same_value.plain_leaf(text), path)

    def _list(self, value: str | float | bool, path: str) -> None:
        """Lists a fact while there may be room for it, and counts it where there is none; a word for nothing
        that is named already is none."""
        if self.unreadable and path in self.unreadable and cleaning.is_nothing(value):
            return
        if self.room < 0:
            self.beyond += 1
            return
        self.room -= len(path) + _AROUND + (len(value) if type(value) is str else 1)
        if not path.isascii() or "\x00" in path:
            path = clean_text(path)
        self.listed.append({"path": path, "value": value})

    def _moment(self, text: str, path: str, name: str) -> str | None:
        """A time in UTC, None where it says that there is none; anything else as it is."""
        if not same_value.may_be_moment(text) and not name.endswith("Time"):
            return text
        try:
            return same_value.moment_text(text)
        except ValueError:
            if name.endswith("DateTime") and not path.startswith(_WRITTEN_BY_CUSTOMERS):
                self.unread[path] = text
            return text


def with_value(path: str, raw: _Object) -> str:
    """A path that could not be read, with what stands there: `evidence[1].sha1: none yet`."""
    walk = _Walk({})
    walk.add(_at(path, raw), "", "", None, MOST_DEPTH - 2)
    said = "; ".join(_in_words(fact) for fact in walk.listed[:3] if isinstance(fact, dict))
    return f"{path}: {said[:_LONGEST_SAID]}" if said else path


def _in_words(fact: _Object) -> str:
    value = fact["value"]
    return f"{fact['path']}{'=' if fact['path'] else ''}{value if isinstance(value, str) else dumps(value)}"


def _at(path: str, raw: object) -> object:
    """What stands at `path` (`evidence[2].sha1`); None where there is nothing, or the path is not plain."""
    value = raw
    for step in path.replace("[", ".[").split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step[1:-1].isdigit() and len(step) < 9:
            value = value[int(step[1:-1])] if int(step[1:-1]) < len(value) else None
        else:
            return None
    return value


def _objects(listed: object) -> Iterator[_Object]:
    return (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else iter(())
