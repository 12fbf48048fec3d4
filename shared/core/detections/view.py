"""One hunting row as Sigma sees it: its fields are read when a rule first asks for them."""

import json
from collections.abc import Callable, Mapping

from shared.core.correlate import Cell
from shared.core.detections import plain
from shared.core.detections.value import Value, Values

MAX_MORE = 131_072  # characters of AdditionalFields; longer ones are not read
Field = Callable[["View"], Value | None]


class View:
    """A row's fields by Sigma's names; None for one the row does not tell. `capped` names what was cut."""

    __slots__ = ("_fields", "_known", "_more", "action", "capped", "cells", "posix", "values")

    def __init__(
        self,
        fields: Mapping[str, Field],
        action: str,
        cells: Mapping[str, Cell],
        values: Values,
        system: str | None = None,
    ) -> None:
        self._fields = fields
        self._known: dict[str, Value | None] = {}
        self._more: Mapping[str, object] | None = None
        self.action = action
        self.cells = cells
        self.values = values
        self.posix = is_posix(cells, system)
        self.capped: set[str] = set()

    def field(self, name: str) -> Value | None:
        """The field's value, read once."""
        try:
            return self._known[name]
        except KeyError:
            pass
        field = self._fields.get(name)
        value = field(self) if field is not None else self.plain(self.text(name))
        if value is not None and value.capped:
            self.capped.add(name)
        self._known[name] = value
        return value

    def text(self, column: str) -> str:
        """A cell as text, "" where it is absent."""
        cell = self.cells.get(column)
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return "true" if cell else "false"
        return cell if isinstance(cell, str) else str(cell)

    def more(self, *keys: str) -> str:
        """The first of these that AdditionalFields tells, as text; "" where it tells none."""
        if self._more is None:
            self._more = self._parsed()
        for key in keys:
            found = self._more.get(key)
            if found is not None and found != "":
                return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        return ""

    def _parsed(self) -> Mapping[str, object]:
        text = self.text("AdditionalFields")
        if len(text) > MAX_MORE:
            self.capped.add("AdditionalFields")
            return {}
        try:
            parsed = json.loads(text) if text[:1] == "{" else {}
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def plain(self, text: str) -> Value | None:
        """The text as it stands."""
        return self.values.of(plain.as_it_stands, text) if text else None

    def command(self, text: str) -> Value | None:
        """The text with what its disguise hides."""
        if not text:
            return None
        return self.values.of(plain.posix_command if self.posix else plain.windows_command, text)

    def program(self, folder: str, name: str, original: str = "") -> Value | None:
        """A program by its path, and by the name that its file tells as a second one."""
        key = (self.posix, folder, name, original)
        kept = self.values.kept(key)
        if kept is not None or not (folder or name):
            return kept
        separator = "/" if self.posix else "\\"
        path, partial = _composed(folder, name, separator)
        clean = (plain.posix_path if self.posix else plain.windows_path)(path)
        second = clean[: clean.rfind(separator) + 1] + original
        value = Value(
            (path,) if clean == path else (path, clean),
            second=(second,) if original and original.lower() != leaf(clean).lower() else (),
            partial=partial,
            capped=len(path) > plain.MAX_TEXT,
        )
        return self.values.keep(key, value)


def _composed(folder: str, name: str, separator: str) -> tuple[str, bool]:
    """(path, whether only its last part is known)."""
    if not folder:
        return (name, False) if "\\" in name or "/" in name else (separator + name, True)
    if not name or leaf(folder).lower() == leaf(name).lower():
        return folder, False
    return folder.rstrip("\\/") + separator + name, False


def leaf(path: str) -> str:
    """The last part of a path of either kind."""
    return path[max(path.rfind("\\"), path.rfind("/")) + 1 :]


def is_posix(cells: Mapping[str, Cell], system: str | None) -> bool:
    """True for a row whose paths begin with `/`; where it has none, by the device's system."""
    for column in ("FolderPath", "InitiatingProcessFolderPath"):
        path = cells.get(column)
        if isinstance(path, str) and path:
            return path[0] == "/"
    return system in ("linux", "macos")
