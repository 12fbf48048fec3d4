"""Bicep as values: what a template deploys for given parameters, as far as that is known before deploying.

pycep parses; this evaluates the expressions that our templates use, and raises on any other. What only Azure
knows (a client id, an address) is taken from `known`, by its path, or stays a mark such as `<plan.id>`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pycep import BicepParser

_PARSER = BicepParser()
_PART = re.compile(r"\$\{([A-Za-z][\w.]*)\}")
_UNIQUE = "abcdefghijklm"  # as long as uniqueString's

type Scope = Mapping[str, Any]


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping[str, Any]:
    raw: Mapping[str, Any] = _PARSER.parse(text=text)
    return raw


class NotUnderstood(Exception):
    """The template uses what this reader does not know."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it would be deployed; a loop gives several with the same symbol."""

    symbol: str
    type: str
    existing: bool
    conditional: bool
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template with values for its parameters; those left out have their defaults."""

    raw: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        text: str,
        given: Mapping[str, Any] | None = None,
        known: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Template:
        """The template in `text`; `files` are what loadTextContent finds, by the path it names."""
        return cls(_parsed(text), given or {}, known or {}, files or {})

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The declarations by name, as pycep gives them."""
        found: Mapping[str, Any] = self.raw.get("parameters", {})
        return found

    def allowed(self, parameter: str) -> list[Any]:
        """The values that a parameter may have; none where any will do."""
        decorators = self.parameters[parameter]["decorators"]
        return next((list(one["argument"]) for one in decorators if one["type"] == "allowed"), [])

    def variable(self, name: str) -> Any:
        """A variable's value."""
        return self.value(self.raw["variables"][name]["value"])

    def resources(self) -> list[Resource]:
        """Every resource, loops unrolled; conditional ones too."""
        return list(self._resources())

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of one type, such as `Microsoft.Web/sites`."""
        return [one for one in self._resources() if one.type == kind]

    def modules(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Symbol → (path, parameters) of every module."""
        found = {}
        for symbol, raw in self.raw.get("modules", {}).items():
            config = raw["config"]
            inner = config["config"] if "condition" in config else config
            found[symbol] = (raw["detail"]["path"], {k: self.value(v) for k, v in inner["params"].items()})
        return found

    def _resources(self) -> Iterator[Resource]:
        for symbol, raw in self.raw["resources"].items():
            config = raw["config"]
            for scope, inner in self._instances(config):
                conditional = bool(isinstance(config, dict) and config.get("condition"))
                values = {str(name).strip("'"): self.value(value, scope) for name, value in inner.items()}
                yield Resource(symbol, raw["type"], raw["existing"], conditional, values)

    def _instances(self, config: Mapping[str, Any]) -> Iterator[tuple[Scope, Mapping[str, Any]]]:
        loop = config.get("loop_type")
        if loop:
            detail = loop["detail"]
            for item in self.value(detail["array_name"]):
                yield {detail["item_name"]: item}, config["config"]
        elif "condition" in config and "config" in config:
            yield {}, config["config"]
        else:
            yield {}, config

    def value(self, raw: Any, scope: Scope | None = None) -> Any:
        """What an expression comes to."""
        scope = scope or {}
        if isinstance(raw, list):
            return [self.value(item, scope) for item in raw]
        if isinstance(raw, str):
            return self._text(raw, scope)
        if not isinstance(raw, dict):
            return raw
        if _is_expression(raw, "operator"):
            return self._operator(raw["operator"], scope)
        if _is_expression(raw, "function"):
            return self._function(raw["function"], scope)
        return {
            self._interpolated(str(name).strip("'"), scope): self.value(item, scope)
            for name, item in raw.items()
        }

    def _text(self, text: str, scope: Scope) -> Any:
        # pycep gives a name and a text in quotes alike: no text of ours is also a name.
        if text in scope:
            return scope[text]
        if text in self.parameters:
            default = self.parameters[text].get("default")
            return self.given.get(text, f"<{text}>" if default is None else self.value(default, scope))
        if text in self.raw.get("variables", {}):
            return self.variable(text)
        if text in self.raw["resources"]:
            return f"<{text}>"
        return self._interpolated(text, scope)

    def _interpolated(self, text: str, scope: Scope) -> str:
        filled = _PART.sub(lambda part: str(self._path(part[1].split("."), scope)), text)
        if "${" in filled:
            raise NotUnderstood(text)
        return filled

    def _path(self, path: list[str], scope: Scope) -> Any:
        first, *rest = path
        if first in self.raw["resources"] and first not in scope:
            return self._of_resource(first, rest)
        value = self._text(first, scope)
        for name in rest:
            value = value[name]
        return value

    def _of_resource(self, symbol: str, path: list[str]) -> Any:
        dotted = ".".join([symbol, *path])
        if dotted in self.known:
            return self.known[dotted]
        config = self.raw["resources"][symbol]["config"]
        if path == ["name"] and "loop_type" not in config:
            return self.value(config["name"])
        return f"<{dotted}>"

    def _operator(self, raw: Mapping[str, Any], scope: Scope) -> Any:
        kind, operands = raw["type"], raw["operands"]
        if kind == "property_accessor":
            return self._accessed(operands, scope)
        if kind == "conditional":
            return self._chosen(self.value(operands["condition"], scope), operands, scope)
        left, right = operands["operand_1"], operands["operand_2"]
        compare = {"equals": lambda a, b: a == b, "not_equals": lambda a, b: a != b}
        if kind in compare:
            choice = right.get("operator", {}) if isinstance(right, dict) else {}
            if choice.get("type") == "conditional":  # pycep reads a == b ? c : d as a == (b ? c : d)
                against = self.value(choice["operands"]["condition"], scope)
                truth = compare[kind](self.value(left, scope), against)
                return self._chosen(truth, choice["operands"], scope)
            return compare[kind](self.value(left, scope), self.value(right, scope))
        if kind == "multiply":
            return self.value(left, scope) * self.value(right, scope)
        raise NotUnderstood(f"operator {kind}")

    def _chosen(self, truth: Any, operands: Mapping[str, Any], scope: Scope) -> Any:
        return self.value(operands["true_value" if truth else "false_value"], scope)

    def _accessed(self, operands: Mapping[str, Any], scope: Scope) -> Any:
        path = list(_flat({"operator": {"type": "property_accessor", "operands": operands}}))
        if isinstance(path[0], dict):
            name = path[0]["function"]["type"]
            dotted = ".".join([name, *path[1:]])
            return self.known.get(dotted, f"<{dotted}>")
        return self._path(path, scope)

    def _function(self, raw: Mapping[str, Any], scope: Scope) -> Any:
        kind = raw["type"]
        arguments = [self.value(item, scope) for item in raw["parameters"].values() if item is not None]
        match kind:
            case "union":
                return {name: value for part in arguments for name, value in part.items()}
            case "items":
                return [{"key": name, "value": value} for name, value in sorted(arguments[0].items())]
            case "empty":
                return not arguments[0]
            case "unique_string":
                return _UNIQUE
            case "guid":
                return "guid(" + ", ".join(str(item) for item in arguments) + ")"
            case "subscription_resource_id":
                return "/".join(str(item) for item in arguments)
            case "load_text_content":
                return self.files[str(raw["parameters"]["file_path"])]
        raise NotUnderstood(f"function {kind}")


def _flat(raw: Any) -> Iterator[Any]:
    """The parts of a.b.c, which pycep nests in pairs, in order."""
    if _is_expression(raw, "operator") and raw["operator"]["type"] == "property_accessor":
        operands = raw["operator"]["operands"]
        yield from _flat(operands["operand_1"])
        yield from _flat(operands["operand_2"])
    else:
        yield raw


def _is_expression(raw: Any, kind: str) -> bool:
    """Whether an object is pycep's word for an expression, and not a template's own object with that key."""
    inner = raw.get(kind) if isinstance(raw, dict) and len(raw) == 1 else None
    return isinstance(inner, dict) and "type" in inner
