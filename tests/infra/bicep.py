"""Bicep as values: what a template deploys for given parameters, or why it refuses them.

tree-sitter parses; tests/infra/expressions.py evaluates the expressions that our templates use, and raises on
any other. What only Azure knows (a client id, an address) is taken from `known`, by its path, or stays a mark
such as `<plan.id>`. As in Azure, only what a resource, a module or an output uses is evaluated.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tree_sitter
import tree_sitter_bicep

from tests.infra.expressions import Expressions, Refused, Scope, text_of

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_KINDS = {"parameter": "parameters", "variable": "variables", "resource": "resources", "module": "modules"}
_TYPES: dict[str, Any] = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}


@functools.lru_cache(maxsize=64)
def parsed(text: str) -> tree_sitter.Node:
    """The tree of a file; its syntax errors are for symbols.problems to say."""
    return _PARSER.parse(text.encode()).root_node


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its type as written, its default's node, its decorators' arguments."""

    name: str
    type: str
    default: tree_sitter.Node | None
    decorators: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it would be deployed; a loop gives several with the same symbol."""

    symbol: str
    type: str
    existing: bool
    deployed: bool
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Module:
    """A module's file, the parameters that it is given, and whether it is deployed at all."""

    path: str
    given: Mapping[str, Any]
    deployed: bool


@dataclass(frozen=True)
class Template:
    """A parsed template with values for its parameters; those left out have their defaults."""

    text: str
    given: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The declarations by name."""
        found = {}
        decorators: dict[str, Any] = {}
        for node in parsed(self.text).named_children:
            if node.type == "decorators":
                decorators = dict(self._decorator(one.named_children[0]) for one in node.named_children)
            elif node.type == "parameter_declaration":
                name, kind, *default = node.named_children
                written = re.sub(r"\s+", "", text_of(kind))
                found[text_of(name)] = Parameter(
                    text_of(name), written, default[0] if default else None, decorators
                )
            if node.type not in ("decorators", "comment", "diagnostic_comment"):
                decorators = {}
        return found

    @property
    def variables(self) -> list[str]:
        """The names of the variables, in order."""
        return list(self._nodes["variables"])

    @functools.cached_property
    def _nodes(self) -> dict[str, dict[str, tree_sitter.Node]]:
        """Kind → symbol → declaration."""
        found: dict[str, dict[str, tree_sitter.Node]] = {kind: {} for kind in _KINDS.values()}
        for node in parsed(self.text).named_children:
            kind = _KINDS.get(node.type.removesuffix("_declaration"))
            if kind:
                found[kind][text_of(node.named_children[0])] = node
        return found

    @functools.cached_property
    def _values(self) -> dict[str, Any]:
        """The variables that were asked for."""
        return {}

    @functools.cached_property
    def _made(self) -> dict[str, list[Resource]]:
        """The resources that were asked for, by symbol."""
        return {}

    @functools.cached_property
    def _expressions(self) -> Expressions:
        return Expressions(self._named, self._of_resource, self.known, self.files)

    def allowed(self, parameter: str) -> list[Any]:
        """The values that a parameter may have; none where any will do."""
        found: list[Any] = self.parameters[parameter].decorators.get("allowed", [])
        return found

    def variable(self, name: str) -> Any:
        """A variable's value. Raises Refused where the template refuses the parameters."""
        if name not in self._values:
            node = self._nodes["variables"][name].named_children[-1]
            self._values[name] = self._expressions.value(node)
        return self._values[name]

    def resources(self) -> list[Resource]:
        """Every resource, loops unrolled; those of a condition that does not hold are not `deployed`."""
        return [one for symbol in self._nodes["resources"] for one in self._instances(symbol)]

    def of_type(self, kind: str) -> list[Resource]:
        """The resources of one type, such as `Microsoft.Web/sites`."""
        return [one for one in self.resources() if one.type == kind]

    def modules(self) -> dict[str, Module]:
        """Every module by its symbol."""
        found = {}
        for symbol, node in self._nodes["modules"].items():
            path = self._expressions.value(node.named_children[1])
            for deployed, config, scope in self._bodies(node):
                found[symbol] = Module(path, self._expressions.value(config, scope)["params"], deployed)
        return found

    def outputs(self) -> dict[str, Any]:
        """What a deployment gives back."""
        nodes = [node for node in parsed(self.text).named_children if node.type == "output_declaration"]
        return {
            text_of(node.named_children[0]): self._expressions.value(node.named_children[-1])
            for node in nodes
        }

    def refusals(self) -> list[str]:
        """Why the template cannot be deployed with these parameters; nothing where it can."""
        found = [line for one in self.parameters.values() for line in self._unfit(one)]
        found += [f"there is no parameter {name}" for name in self.given.keys() - self.parameters.keys()]
        if not found:
            for part in (self.resources, self.modules, self.outputs):
                try:
                    part()
                except Refused as err:
                    found.append(str(err))
        return sorted(set(found))

    def _unfit(self, parameter: Parameter) -> Iterator[str]:
        """As Azure holds a value against the declaration, before anything is evaluated."""
        if parameter.name not in self.given:
            if parameter.default is None:
                yield f"{parameter.name} is not given"
            return
        value: Any = self.given[parameter.name]
        rules = parameter.decorators
        of_strings = parameter.type == "{*:string}"
        expected = "object" if of_strings else parameter.type
        if type(value) is not _TYPES[expected]:
            yield f"{parameter.name} is no {expected}"
            return
        if of_strings:
            yield from (
                f"{parameter.name}: {name} is no string"
                for name, item in value.items()
                if not isinstance(item, str)
            )
        size: Any = value if isinstance(value, int) else len(value)
        low = rules.get("minValue", rules.get("minLength", size))
        high = rules.get("maxValue", rules.get("maxLength", size))
        if not low <= size <= high:
            yield f"{parameter.name} is outside {low} to {high}"
        if value not in rules.get("allowed", [value]):
            yield f"{parameter.name} is not one of {rules['allowed']}"

    def _decorator(self, call: tree_sitter.Node) -> tuple[str, Any]:
        name, arguments = call.named_children
        values = [self._expressions.value(one) for one in arguments.named_children]
        return text_of(name), values[0] if values else None

    def _instances(self, symbol: str) -> list[Resource]:
        if symbol not in self._made:
            self._made[symbol] = list(self._evaluated(symbol))
        return self._made[symbol]

    def _evaluated(self, symbol: str) -> Iterator[Resource]:
        node = self._nodes["resources"][symbol]
        kind = str(self._expressions.value(node.named_children[1])).split("@")[0]
        existing = any(child.type == "existing" for child in node.children)
        for deployed, config, scope in self._bodies(node):
            yield Resource(symbol, kind, existing, deployed, self._expressions.value(config, scope))

    def _bodies(self, node: tree_sitter.Node) -> Iterator[tuple[bool, tree_sitter.Node, Scope]]:
        """(whether it is deployed, its object, the loop's names) of each instance."""
        body = node.named_children[2]
        if body.type == "if_statement":
            condition, config = body.named_children
            yield bool(self._expressions.value(condition)), config, {}
        elif body.type == "for_statement":
            *names, over, config = body.named_children
            loop = names[0].named_children if names[0].type == "for_loop_parameters" else names
            for number, item in enumerate(self._expressions.value(over)):
                yield True, config, dict(zip(map(text_of, loop), (item, number), strict=False))
        else:
            yield True, body, {}

    def _named(self, name: str) -> Any:
        """What a name stands for, resources apart. Raises KeyError."""
        if name in self.given:
            return self.given[name]
        if name in self.parameters:
            default = self.parameters[name].default
            return f"<{name}>" if default is None else self._expressions.value(default)
        if name in self._nodes["variables"]:
            return self.variable(name)
        if name in self._nodes["resources"] or name in self._nodes["modules"]:
            return f"<{name}>"
        raise KeyError(name)

    def _of_resource(self, symbol: str, path: list[str]) -> Any:
        """A property of a resource or module: known, its own name, or a mark. None where it is neither."""
        if symbol not in self._nodes["resources"] and symbol not in self._nodes["modules"]:
            return None
        dotted = ".".join([symbol, *path])
        if dotted in self.known:
            return self.known[dotted]
        if path == ["name"]:
            names = [one.config["name"] for one in self._instances(symbol)]
            return names[0] if len(names) == 1 else f"<{dotted}>"
        return f"<{dotted}>"


def given_by(text: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """What a .bicepparam file gives in an environment. Raises Refused where that lacks a name."""
    as_variables = re.sub(r"^param (\w+) =", r"var \1 =", text, flags=re.MULTILINE)
    template = Template(as_variables, known={f"env.{name}": value for name, value in environ.items()})
    return {name: template.variable(name) for name in template.variables}
