"""One Sigma file as compiled rules, or why each is refused."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import re2  # type: ignore[import-untyped]
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine
from sigma.rule import SigmaRule

from local.detections.log_sources import LogSource, log_source_of
from local.detections.text import BadText, documents
from local.detections.translate import FALSE, TRUE, CannotJudge, Translator, disjoined
from shared.core.detections.condition import FLAGS, Expression, function_of
from shared.core.detections.fields import FIELDS
from shared.core.detections.value import Value

POSIX = "posix"  # the folder of rules for Linux and macOS alike
LEVELS = ("informational", "low", "medium", "high", "critical")
SCHEMA = Path(__file__).resolve().parents[1] / "simulator" / "schema" / "hunting.json"
_NAMES = uuid.UUID("0c5d5a35-6f0c-4d4e-9d3b-6c2e6f1f7f55")  # of ids made for rules that come without one


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule that can be judged. `document` is the file as it was read."""

    path: Path
    id: str
    title: str
    level: str
    techniques: tuple[str, ...]
    room: str
    product: str
    tables: Mapping[str, tuple[str, ...] | None]
    condition: Expression
    document: Mapping[str, Any]

    @property
    def fields(self) -> frozenset[str]:
        """The fields that its condition reads."""
        return frozenset(fields_of(self.condition))

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


class _Quietly(RegexEngine):
    """RE2, which logs nothing of what it refuses: the refusal says it."""

    def compile(self, pattern: str, flags: int = 0) -> Any:
        options = re2.Options()
        options.log_errors = False
        letters = "".join(letter for letter, flag in FLAGS.items() if flags & flag)
        return re2.compile(f"(?{letters}){pattern}" if letters else pattern, options)

    @property
    def error(self) -> type[Exception]:
        return re2.error  # type: ignore[no-any-return]


_POLICY = SigmaPolicy(regex_engine=_Quietly())


@cache
def columns() -> dict[str, frozenset[str]]:
    """The columns of each hunting table that a rule may judge."""
    tables = json.loads(SCHEMA.read_text("utf-8"))["tables"]
    return {table: frozenset(named) for table, named in tables.items() if table in FIELDS}


def compiled(path: Path, platform: str, known: Mapping[str, frozenset[str]]) -> list[Compiled | Refused]:
    """Every rule of the file. `platform` is the folder it stands in, "posix" for Linux and macOS alike."""
    try:
        found = documents(path)
    except BadText as err:
        return [Refused(path, path.name, f"it cannot be read: {err}")]
    return [compiled_document(path, platform, document, known) for document in found]


def compiled_document(
    path: Path, platform: str, document: Any, known: Mapping[str, frozenset[str]]
) -> Compiled | Refused:
    """One rule as it was read from `path`, which is not opened."""
    if not isinstance(document, dict):
        return Refused(path, path.name, "no rule: a mapping is wanted")
    title = str(document.get("title") or path.name)
    try:
        return _rule(path, platform, document, known)
    except CannotJudge as err:
        return Refused(path, title, str(err))
    except SigmaError as err:
        return Refused(path, title, f"no valid Sigma: {' '.join(str(err).split())}")
    except (RecursionError, TypeError, AttributeError, KeyError, ValueError, re.error) as err:
        return Refused(path, title, f"no valid Sigma: {type(err).__name__}: {err}")


def _rule(
    path: Path, platform: str, document: dict[str, Any], known: Mapping[str, frozenset[str]]
) -> Compiled:
    if "correlation" in document:
        raise CannotJudge("a correlation of several events")
    if "filter" in document and "detection" not in document:
        raise CannotJudge("a filter for other rules, not a rule")
    if document.get("status") in ("deprecated", "unsupported"):
        raise CannotJudge(f"its status is {document['status']}")
    rule = SigmaRule.from_dict(document, policy=_POLICY)
    source = log_source_of(rule.logsource.category, rule.logsource.product, rule.logsource.service)
    if source is None:
        raise CannotJudge(f"no hunting table for the log source {_said(document['logsource'])}")
    translator = Translator(_knows(source, known), source.constants)
    condition = disjoined([translator.expression(each.parsed) for each in rule.detection.parsed_condition])
    _judgeable(condition, translator)
    product = rule.logsource.product or (POSIX if platform == POSIX else "")
    level = rule.level.name.lower() if rule.level else "medium"
    made = uuid.uuid5(_NAMES, json.dumps(document["detection"], default=str, sort_keys=True))
    return Compiled(
        path, str(rule.id or made), rule.title, level, techniques(document), path.parent.name, product,
        source.tables, condition, document,
    )  # fmt: skip


def _knows(source: LogSource, known: Mapping[str, frozenset[str]]) -> Callable[[str], bool]:
    return lambda name: any(_is_told(name, table, known[table]) for table in source.tables)


def _is_told(name: str, table: str, named: frozenset[str]) -> bool:
    """Whether the table has a column that the field is read from."""
    field = FIELDS[table].get(name)
    if field is None:
        return name in named
    return not field.columns or not named.isdisjoint(field.columns)


def _judgeable(condition: Expression, translator: Translator) -> None:
    """Raises CannotJudge for a condition that no row meets, or that every row does."""
    if condition == FALSE:
        missing = ", ".join(translator.unknown)
        raise CannotJudge(f"Defender has no column for {missing}" if missing else "no row can meet it")
    if condition == TRUE or function_of(condition)(_Anything()):  # type: ignore[arg-type]  # stands for a view
        raise CannotJudge("every row meets it")


class _Anything:
    """A row whose every field holds a text that no rule names, and each another."""

    def field(self, name: str) -> Value:
        """That text."""
        return Value((f"\ue0f0{name}\ue0f1",))


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
