"""What can be said of a workflow without running it: whether a deployment would take it, and whether each
name in an expression means something where it stands.

https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-schema,
…/logic-apps-workflow-actions-triggers and …/logic-apps-limits-and-configuration (read 2026-11).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.consumers.engine import Actions, nested
from tests.consumers.expressions import Call, Literal, NotAnExpression, calls, expressions
from tests.consumers.functions import FUNCTIONS, REFERENCES
from tests.consumers.web import METHODS, is_dropped

SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"
_TOP = {"$schema", "contentVersion", "parameters", "triggers", "actions", "outputs"}
_STATUSES = {"Succeeded", "Failed", "Skipped", "TimedOut"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_KEYS: Mapping[str, set[str]] = {  # beside `type` and `runAfter`
    "Compose": {"inputs"},
    "Foreach": {"foreach", "actions", "operationOptions", "runtimeConfiguration"},
    "Http": {"inputs", "operationOptions", "runtimeConfiguration"},
    "If": {"expression", "actions", "else"},
    "IncrementVariable": {"inputs"},
    "InitializeVariable": {"inputs"},
    "Query": {"inputs"},
    "Select": {"inputs"},
    "SetVariable": {"inputs"},
    "Table": {"inputs"},
    "Terminate": {"inputs"},
    "Until": {"expression", "limit", "actions"},
}
_WITH_BODY = {"Http", "Query", "Select", "Table"}
_OPERATORS = {"equals", "greater", "lessOrEquals"}
_MOST_NESTED = 8
_MOST_ACTIONS = 500
_LONGEST_EXPRESSION = 8_192


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action stands: what has run before it, the loops around it, how deep it is."""

    before: frozenset[str] = frozenset()
    loops: tuple[str, ...] = ()
    depth: int = 1
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Checker:
    """One definition under examination."""

    definition: Mapping[str, Any]
    kinds: Mapping[str, str]
    variables: frozenset[str]

    def scope(self, actions: Actions, place: Place) -> Iterator[str]:
        """Problems of the actions of one scope and of all inside them."""
        if place.depth > _MOST_NESTED:
            yield f"nested deeper than {_MOST_NESTED}: {sorted(actions)}"
        for name, action in actions.items():
            yield from _run_after(name, action, actions)
            earlier = _ancestors(name, actions)
            if name in earlier:
                yield f"{name} waits for itself"
            within = frozenset(nested({each: actions[each] for each in earlier if each in actions}))
            yield from self._action(name, action, replace(place, before=place.before | within))

    def _action(self, name: str, action: dict[str, Any], place: Place) -> Iterator[str]:
        kind = action.get("type", "")
        if kind not in _KEYS:
            yield f"{name} has the unknown type {kind!r}"
            return
        if unknown := action.keys() - _KEYS[kind] - {"type", "runAfter"}:
            yield f"{name} has what a {kind} has not: {sorted(unknown)}"
        yield from (f"{name}: {each}" for each in _of_kind(kind, action, place))
        parallel = kind == "Foreach" and action.get("operationOptions") != "Sequential"
        inner = replace(
            place,
            loops=(*place.loops, name) if kind == "Foreach" else place.loops,
            depth=place.depth + 1,
            parallel=place.parallel or parallel,
        )
        for branch in (action.get("actions", {}), action.get("else", {}).get("actions", {})):
            yield from self.scope(branch, inner)
        own = {key: value for key, value in action.items() if key not in ("actions", "else", "runAfter")}
        after = frozenset(nested(action["actions"])) if kind == "Until" else frozenset()
        yield from self._texts(name, own, replace(place, before=place.before | after))

    def _texts(self, name: str, raw: Any, place: Place, key: str = "") -> Iterator[str]:
        if isinstance(raw, dict):
            for inner, value in raw.items():
                # A Select may make an object of each row: what stands in it is of the row, too.
                yield from self._texts(name, value, place, key if key == "select" else inner)
        elif isinstance(raw, list):
            for value in raw:
                yield from self._texts(name, value, place, key)
        elif isinstance(raw, str):
            of_row = key in ("where", "select") or (key == "value" and self.kinds[name] == "Table")
            yield from (f"{name}: {each}" for each in self._text(raw, place, of_row=of_row))

    def _text(self, raw: str, place: Place, *, of_row: bool) -> Iterator[str]:
        if len(raw) > _LONGEST_EXPRESSION:
            yield f"longer than {_LONGEST_EXPRESSION}: {raw[:40]}"
        try:
            found = [call for expression in expressions(raw) for call in calls(expression)]
        except NotAnExpression as err:
            yield f"cannot be read: {err}"
            return
        for call in found:
            yield from self._call(call, place, of_row=of_row)

    def _call(self, call: Call, place: Place, *, of_row: bool) -> Iterator[str]:
        count = len(call.arguments)
        if call.name not in REFERENCES:
            function = FUNCTIONS.get(call.name)
            if function is None or not function.takes(count):
                yield f"no function {call.name} with {count} arguments"
            return
        least, most = REFERENCES[call.name]
        if not least <= count <= most:
            yield f"{call.name} with {count} arguments"
        elif call.name == "item":
            if not of_row:
                yield "item() outside where and select"
        elif call.name != "utcNow":
            first = call.arguments[0]
            target = first.value if isinstance(first, Literal) else None
            if not self._means_something(call.name, target, place):
                yield f"{call.name}({target!r}) means nothing here"

    def _means_something(self, function: str, target: object, place: Place) -> bool:
        if function == "parameters":
            return target in self.definition["parameters"]
        if function == "variables":
            return target in self.variables
        if function == "items":
            return target in place.loops
        has_body = function != "body" or self.kinds.get(str(target)) in _WITH_BODY
        return target in place.before and has_body


def problems(definition: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the definition; nothing where a deployment would take it."""
    found = [*_top(definition)]
    actions = definition["actions"]
    names = list(nested(actions))
    found += [f"the name {name} is used twice" for name in {n for n in names if names.count(n) > 1}]
    found += [f"the name {name!r} is no name" for name in names if not _NAME.fullmatch(name)]
    if len(names) > _MOST_ACTIONS:
        found.append(f"more than {_MOST_ACTIONS} actions")
    every = dict(each_action(actions))
    initialised = [
        variable["name"]
        for action in every.values()
        if action.get("type") == "InitializeVariable"
        for variable in action["inputs"]["variables"]
    ]
    kinds = {name: action.get("type", "") for name, action in every.items()}
    checker = Checker(definition, kinds, frozenset(initialised))
    found += checker.scope(actions, Place())
    found += _secrets(definition, every)
    return found


def each_action(actions: Actions) -> Iterator[tuple[str, dict[str, Any]]]:
    """The actions and all those inside them."""
    for name, action in actions.items():
        yield name, action
        yield from each_action(action.get("actions", {}))
        yield from each_action(action.get("else", {}).get("actions", {}))


def parameters_in(raw: Any) -> set[str]:
    """The parameters that a part of a definition reads."""
    return set(_targets("parameters", raw))


def _targets(function: str, raw: Any) -> Iterator[str]:
    """What a reference function is called with, anywhere in the part."""
    if isinstance(raw, dict):
        for value in raw.values():
            yield from _targets(function, value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _targets(function, value)
    elif isinstance(raw, str):
        for call in (call for expression in expressions(raw) for call in calls(expression)):
            if call.name == function and isinstance(call.arguments[0], Literal):
                yield str(call.arguments[0].value)


def _top(definition: Mapping[str, Any]) -> Iterator[str]:
    if definition.keys() != _TOP:
        yield f"not the parts of a definition: {sorted(definition)}"
    if definition["$schema"] != SCHEMA:
        yield "not the schema of Consumption workflows"
    for name, declared in definition["parameters"].items():
        if declared["type"] not in ("String", "SecureString", "Int"):
            yield f"parameter {name} is a {declared['type']}"
        if declared["type"] == "SecureString" and "defaultValue" in declared:
            yield f"the secret {name} has a value in the file"
    [trigger] = definition["triggers"].values()
    if trigger.get("runtimeConfiguration") != {"concurrency": {"runs": 1}}:
        yield "two runs at once would tell twice"


def _run_after(name: str, action: dict[str, Any], siblings: Actions) -> Iterator[str]:
    for before, statuses in action.get("runAfter", {"": []}).items():
        if before not in siblings:
            yield f"{name} waits for {before!r}, which is not beside it"
        if not statuses or not set(statuses) <= _STATUSES:
            yield f"{name} waits for {before} to be {statuses}"


def _ancestors(name: str, siblings: Actions) -> set[str]:
    """The actions that have ended when `name` begins; itself among them where it waits in a circle."""
    found: set[str] = set()
    todo = list(siblings[name].get("runAfter", {}))
    while todo:
        before = todo.pop()
        if before not in found:
            found.add(before)
            todo += siblings.get(before, {}).get("runAfter", {})
    return found


def _of_kind(kind: str, action: dict[str, Any], place: Place) -> Iterator[str]:
    if kind == "InitializeVariable" and place.depth > 1:
        yield "a variable is initialised inside a scope"
    if kind in ("SetVariable", "IncrementVariable") and place.parallel:
        yield "a variable is set by iterations side by side"
    if kind == "SetVariable" and action["inputs"]["name"] in _targets("variables", action["inputs"]["value"]):
        yield "a variable is set from itself"
    if kind == "Terminate" and place.loops:
        yield "a loop cannot terminate the run"
    if kind == "Until" and not {"count", "timeout"} <= action["limit"].keys():
        yield "a loop without a limit"
    if kind == "If":
        yield from _condition(action["expression"])
    if kind == "Http":
        yield from _http(action["inputs"])


def _condition(condition: dict[str, Any]) -> Iterator[str]:
    [(operator, operands)] = condition.items()
    if operator == "not":
        yield from _condition(operands)
    elif operator in ("and", "or"):
        for each in operands:
            yield from _condition(each)
    elif operator not in _OPERATORS or len(operands) != 2:
        yield f"the condition {condition}"


def _http(inputs: dict[str, Any]) -> Iterator[str]:
    method = inputs["method"]
    if method not in METHODS:
        yield f"the method {method}"
    if ("body" in inputs) == (method in ("GET", "DELETE")):
        yield f"{method} and its body"
    yield from (f"the header {name} is dropped" for name in inputs["headers"] if is_dropped(name))
    identity = inputs.get("authentication", {}).get("type") == "ManagedServiceIdentity"
    if identity and inputs["authentication"].get("audience") != "https://storage.azure.com/":
        yield "the audience is not that of storage"
    if identity and "x-ms-version" not in inputs["headers"]:
        yield "storage takes a token only with a version"
    if identity and method == "PATCH" and "If-Match" not in inputs["headers"]:
        yield "without If-Match a row that is gone would be made anew"


def _secrets(definition: Mapping[str, Any], every: Actions) -> Iterator[str]:
    secrets = {name for name, each in definition["parameters"].items() if each["type"] == "SecureString"}
    used: set[str] = set()
    for name, action in every.items():
        own = {key: value for key, value in action.items() if key not in ("actions", "else")}
        try:
            read = parameters_in(own)
        except NotAnExpression:
            continue  # said already
        used |= read
        hidden = action.get("runtimeConfiguration", {}).get("secureData", {}).get("properties", [])
        if read & secrets and "inputs" not in hidden:
            yield f"{name} shows {sorted(read & secrets)} in the run history"
    yield from (f"the parameter {name} is never used" for name in definition["parameters"].keys() - used)
