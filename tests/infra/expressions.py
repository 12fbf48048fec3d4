"""Bicep's expressions as values: those that our templates use, each as Microsoft's documentation says.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions (read 2026-11).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tree_sitter

type Scope = Mapping[str, Any]
_ESCAPES = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r", "\\$": "$"}
_OF_AZURE = ("environment", "resourceGroup", "subscription", "deployment")


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "*": lambda a, b: a * b,
}


class NotUnderstood(Exception):
    """The template uses what this reader does not know."""


class Refused(Exception):
    """The template refuses its parameters: fail(), or a parameter file that lacks what it reads."""


def text_of(node: tree_sitter.Node) -> str:
    """A node's text."""
    return (node.text or b"").decode()


@dataclass(frozen=True, slots=True)
class Expressions:
    """Evaluates nodes; names and resources are looked up by whoever made it."""

    named: Callable[[str], Any]
    of_resource: Callable[[str, list[str]], Any]
    known: Mapping[str, str]
    files: Mapping[str, str]

    def value(self, node: tree_sitter.Node, scope: Scope | None = None) -> Any:
        """What an expression comes to. Raises Refused for fail(), NotUnderstood for what is new here."""
        scope = scope or {}
        parts = [one for one in node.named_children if one.type not in ("comment", "diagnostic_comment")]
        match node.type:
            case "string":
                return self._string(node, parts, scope)
            case "number":
                return int(text_of(node))
            case "boolean":
                return text_of(node) == "true"
            case "null":
                return None
            case "array":
                return [self.value(one, scope) for one in parts]
            case "object":
                return {self._key(one, scope): self.value(one.named_children[-1], scope) for one in parts}
            case "parenthesized_expression":
                return self.value(parts[0], scope)
            case "identifier":
                return self._name(text_of(node), scope)
            case "member_expression" | "subscript_expression":
                return self._member(node, scope)
            case "ternary_expression":
                condition, yes, no = parts
                return self.value(yes if self.value(condition, scope) else no, scope)
            case "unary_expression" if node.children[0].type == "!":
                return not self.value(parts[0], scope)
            case "binary_expression":
                left, right = parts
                return self._operation(node.children[1].type, left, right, scope)
            case "call_expression":
                return self._call(text_of(parts[0]), parts[1].named_children, scope)
        raise NotUnderstood(f"{node.type}: {text_of(node)[:60]}")

    def _string(self, node: tree_sitter.Node, parts: list[tree_sitter.Node], scope: Scope) -> str:
        if node.children[0].type == "'''":
            return text_of(node)[3:-3].removeprefix("\n")
        # By the bytes between the parts: the grammar drops a text's outer spaces.
        raw, found, start = node.text or b"", [], 1
        for part in parts:
            if part.type == "string_content":
                continue
            found.append(raw[start : part.start_byte - node.start_byte].decode())
            found.append(text_of(part).partition("${")[0] if part.type == "interpolation" else "")
            escaped = part.type == "escape_sequence"
            found.append(
                _ESCAPES[text_of(part)] if escaped else str(self.value(part.named_children[0], scope))
            )
            start = part.end_byte - node.start_byte
        return "".join([*found, raw[start:-1].decode()])

    def _key(self, item: tree_sitter.Node, scope: Scope) -> str:
        if item.type != "object_property":
            raise NotUnderstood(text_of(item)[:60])
        key = item.named_children[0]
        return text_of(key) if key.type == "identifier" else str(self.value(key, scope))

    def _name(self, name: str, scope: Scope) -> Any:
        if name in scope:
            return scope[name]
        return self.named(name)

    def _member(self, node: tree_sitter.Node, scope: Scope) -> Any:
        base, path = node, []
        while base.type in ("member_expression", "subscript_expression"):
            base, end = base.named_children
            path.append(text_of(end) if end.type == "property_identifier" else self.value(end, scope))
        return self._at(base, path[::-1], scope)

    def _at(self, base: tree_sitter.Node, path: list[Any], scope: Scope) -> Any:
        """The value at a path; of a choice, the path is its last part's, unlike in the grammar."""
        if base.type == "ternary_expression":
            condition, yes, no = base.named_children
            return self.value(yes, scope) if self.value(condition, scope) else self._at(no, path, scope)
        if base.type == "binary_expression":
            raise NotUnderstood(f"the grammar misreads this, use parentheses: {text_of(base)[:60]}")
        name = text_of(base.named_children[0]) if base.type == "call_expression" else text_of(base)
        if base.type == "call_expression" and name in _OF_AZURE:
            dotted = ".".join([name, *map(str, path)])
            return self.known.get(dotted, f"<{dotted}>")
        if base.type == "identifier" and name not in scope:
            found = self.of_resource(name, [str(one) for one in path])
            if found is not None:
                return found
        value = self.value(base, scope)
        for step in path:
            value = value[step]
        return value

    def _operation(self, operator: str, left: tree_sitter.Node, right: tree_sitter.Node, scope: Scope) -> Any:
        for side in (left, right):
            if side.type in ("member_expression", "ternary_expression") and "?" in text_of(side):
                raise NotUnderstood(f"the grammar misreads this, use parentheses: {text_of(side)[:60]}")
        first = self.value(left, scope)
        if operator == "&&":
            return bool(first and self.value(right, scope))
        if operator == "||":
            return bool(first or self.value(right, scope))
        if operator not in _COMPARE:
            raise NotUnderstood(f"operator {operator}")
        return _COMPARE[operator](first, self.value(right, scope))

    def _call(self, name: str, arguments: list[tree_sitter.Node], scope: Scope) -> Any:
        values = [self.value(one, scope) for one in arguments if one.type != "comment"]
        if name == "readEnvironmentVariable":
            return self._environment(values)
        if name in ("loadTextContent", "loadJsonContent"):
            text = self.files[values[0]]
            return text if name == "loadTextContent" else json.loads(text)
        if name not in _FUNCTIONS:
            raise NotUnderstood(f"function {name}")
        return _FUNCTIONS[name](*values)

    def _environment(self, values: list[Any]) -> str:
        found = self.known.get(f"env.{values[0]}", values[1] if len(values) > 1 else None)
        if found is None:
            raise Refused(f"environment variable {values[0]} does not exist")
        return str(found)


def _fail(reason: str) -> None:
    raise Refused(reason)


def _split(text: str, by: str | list[str]) -> list[str]:
    """By one delimiter or by any of several."""
    return re.split("|".join(map(re.escape, [by] if isinstance(by, str) else by)), text)


def _union(*parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _unique(*parts: Any) -> str:
    """Thirteen characters that are others for other arguments; not those that Azure would make."""
    digest = hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "bool": lambda text: str(text).lower() == "true",
    "concat": lambda *parts: [item for part in parts for item in part],
    "contains": lambda where, what: what in where,
    "empty": lambda value: not value,
    "endsWith": lambda text, end: text.lower().endswith(end.lower()),
    "fail": _fail,
    "guid": lambda *parts: "guid(" + ", ".join(map(str, parts)) + ")",
    "intersection": lambda first, second: [item for item in first if item in second],
    "int": int,
    "items": lambda value: [{"key": name, "value": item} for name, item in sorted(value.items())],
    "join": lambda items, by: by.join(map(str, items)),
    "length": len,
    "objectKeys": lambda value: sorted(value),
    "split": _split,
    "startsWith": lambda text, start: text.lower().startswith(start.lower()),
    "string": str,
    "subscriptionResourceId": lambda *parts: "/".join(map(str, parts)),
    "toLower": lambda text: text.lower(),
    "union": _union,
    "uniqueString": _unique,
}
