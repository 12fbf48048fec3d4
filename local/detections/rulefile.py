"""One Sigma file as a compiled rule, or why it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from local.detections.sources import Source, source_of
from local.detections.translate import FALSE, TRUE, CannotJudge, Translator, disjoined
from shared.core.detections.condition import Expression, test_of
from shared.core.detections.fields import FIELDS
from shared.core.detections.value import Value

LEVELS = ("informational", "low", "medium", "high", "critical")
SCHEMA = Path(__file__).resolve().parents[1] / "simulator" / "schema" / "hunting.json"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule that can be judged. `fields` are the fields its condition reads."""

    path: Path
    id: str
    title: str
    level: str
    techniques: tuple[str, ...]
    room: str
    product: str
    tables: Mapping[str, tuple[str, ...] | None]
    condition: Expression
    fields: frozenset[str]
    licence: str = ""

    def kept(self) -> list[Any]:
        """The rule as it stands in the compiled file."""
        tables = {name: None if only is None else sorted(only) for name, only in sorted(self.tables.items())}
        return [self.id, self.title, self.level, list(self.techniques), self.room, self.product, tables,
                self.condition]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule that cannot be judged, by name, and why."""

    path: Path
    title: str
    reason: str


def columns() -> dict[str, frozenset[str]]:
    """The columns of each hunting table."""
    tables = json.loads(SCHEMA.read_text("utf-8"))["tables"]
    return {table: frozenset(named) for table, named in tables.items() if table in FIELDS}


def compiled(path: Path, room: str, known: Mapping[str, frozenset[str]]) -> list[Compiled | Refused]:
    """Every rule of the file."""
    try:
        documents = [each for each in yaml.safe_load_all(path.read_text("utf-8")) if each is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        return [Refused(path, path.name, f"no YAML: {' '.join(str(err).split())}")]
    return [_compiled(path, room, document, known) for document in documents]


def _compiled(
    path: Path, room: str, document: Any, known: Mapping[str, frozenset[str]]
) -> Compiled | Refused:
    if not isinstance(document, dict):
        return Refused(path, path.name, "no rule: a mapping is wanted")
    title = str(document.get("title") or path.name)
    try:
        return _rule(path, room, document, known)
    except CannotJudge as err:
        return Refused(path, title, str(err))
    except SigmaError as err:
        return Refused(path, title, f"no valid Sigma: {err}")
    except (RecursionError, TypeError, AttributeError, KeyError, ValueError) as err:
        return Refused(path, title, f"no valid Sigma: {type(err).__name__}: {err}")


def _rule(path: Path, room: str, document: dict[str, Any], known: Mapping[str, frozenset[str]]) -> Compiled:
    if "correlation" in document:
        raise CannotJudge("a correlation of several events")
    if "filter" in document and "detection" not in document:
        raise CannotJudge("a filter for other rules, not a rule")
    rule = SigmaRule.from_dict(document)
    source = source_of(rule.logsource.category, rule.logsource.product, rule.logsource.service)
    if source is None:
        raise CannotJudge(f"no hunting table for the log source {_said(document['logsource'])}")
    translator = Translator(_knows(source, known), source.constants)
    condition = disjoined([translator.expression(each.parsed) for each in rule.detection.parsed_condition])
    _judgeable(condition, translator)
    return Compiled(
        path, str(rule.id or ""), rule.title, (rule.level.name if rule.level else "medium").lower(),
        techniques(document), room, rule.logsource.product or "", source.tables, condition,
        frozenset(fields_of(condition)), str(document.get("license") or ""),
    )  # fmt: skip


def _knows(source: Source, known: Mapping[str, frozenset[str]]) -> Callable[[str], bool]:
    return lambda name: any(name in FIELDS[table] or name in known[table] for table in source.tables)


def _judgeable(condition: Expression, translator: Translator) -> None:
    """Raises CannotJudge for a condition that no row meets, or that every row does."""
    if condition == FALSE:
        missing = ", ".join(translator.unknown)
        raise CannotJudge(f"Defender has no column for {missing}" if missing else "no row can meet it")
    if condition == TRUE or test_of(condition)(_Anything()):  # type: ignore[arg-type]  # stands for a view
        raise CannotJudge("every row meets it")


class _Anything:
    """A row whose every field holds a text that no rule names."""

    def __init__(self) -> None:
        self._value = Value(("\ue0f0\ue0f1\ue0f0",))

    def field(self, name: str) -> Value:
        return self._value


def fields_of(expression: Expression) -> set[str]:
    """The fields that an expression reads."""
    if expression[0] in ("and", "or", "not"):
        return {name for part in expression[1:] for name in fields_of(part)}
    return {expression[1], expression[2]} if expression[0] == "ref" else {expression[1]}


def techniques(document: Mapping[str, Any]) -> tuple[str, ...]:
    """ATT&CK ids of the tags, as `T1059.001`."""
    tags = [str(tag).lower() for tag in document.get("tags") or ()]
    found = [tag.removeprefix("attack.").upper() for tag in tags if tag.startswith("attack.t")]
    return tuple(dict.fromkeys(each for each in found if each[1:2].isdigit()))


def _said(logsource: Mapping[str, Any]) -> str:
    return "/".join(str(logsource[key]) for key in ("product", "category", "service") if logsource.get(key))
