"""Runs a workflow definition: follows runAfter, loops and conditions, and makes its requests for real.

It is stricter than the engine where the documentation leaves room: an iteration of an Until must not fail,
and what an expression asks for must be there.
https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers and
https://learn.microsoft.com/azure/logic-apps/error-exception-handling (read 2026-11).
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.consumers.expressions import template
from tests.consumers.functions import FUNCTIONS, WrongExpression, as_text, evaluate, moment
from tests.consumers.web import Sent, Web

type Actions = Mapping[str, dict[str, Any]]
SUCCEEDED, FAILED, SKIPPED = "Succeeded", "Failed", "Skipped"


class NotSupported(Exception):
    """The definition uses something that this engine does not know or does not allow."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `errors` are the actions that failed, with the reason."""

    status: str
    message: str
    errors: tuple[str, ...]
    sent: tuple[Sent, ...]


class _Terminated(Exception):
    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Engine:
    """One run of one definition, with the values of its parameters."""

    definition: Mapping[str, Any]
    parameters: Mapping[str, Any]
    web: Web
    now: Callable[[], datetime]
    _variables: dict[str, Any] = field(default_factory=dict)
    _statuses: dict[str, str] = field(default_factory=dict)
    _outputs: dict[str, Any] = field(default_factory=dict)
    _items: dict[str, Any] = field(default_factory=dict)
    _rows: list[Any] = field(default_factory=list)
    _errors: list[str] = field(default_factory=list)

    def run(self) -> Outcome:
        """Runs it from its first action to its end."""
        began = len(self.web.sent)
        try:
            status, message = self._scope(self.definition["actions"]), ""
        except _Terminated as end:
            status, message = end.status, str(end)
        return Outcome(status, message, tuple(self._errors), tuple(self.web.sent[began:]))

    def _scope(self, actions: Actions) -> str:
        """Runs the actions in an order that runAfter allows; the status of the scope that they make up."""
        for name in nested(actions):
            self._statuses.pop(name, None)
            self._outputs.pop(name, None)
        waiting = dict(actions)
        while waiting:
            ready = [
                name
                for name, action in waiting.items()
                if all(before in self._statuses for before in action["runAfter"])
            ]
            if not ready:
                raise NotSupported(f"these wait for each other: {sorted(waiting)}")
            for name in ready:
                self._statuses[name] = self._action(name, waiting.pop(name))
        followed = {before for action in actions.values() for before in action["runAfter"]}
        ends = [self._end(name, actions) for name in actions if name not in followed]
        return FAILED if FAILED in ends else SUCCEEDED

    def _end(self, name: str, actions: Actions) -> str:
        """A last action's status; that of those before it where it was skipped."""
        if self._statuses[name] != SKIPPED:
            return self._statuses[name]
        before = [self._end(each, actions) for each in actions[name]["runAfter"]]
        return FAILED if FAILED in before else SKIPPED

    def _action(self, name: str, action: dict[str, Any]) -> str:
        if any(self._statuses[before] not in allowed for before, allowed in action["runAfter"].items()):
            return self._skip(name, action)
        kind = getattr(self, f"_{action['type'].lower()}", None)
        if kind is None:
            raise NotSupported(f"action type {action['type']}")
        try:
            status = kind(name, action)
        except WrongExpression as err:
            self._errors.append(f"{name}: {err}")
            self._skip(name, action)
            return FAILED
        if status == FAILED:
            self._errors.append(f"{name}: {self._outputs.get(name)}")
        return str(status)

    def _skip(self, name: str, action: dict[str, Any]) -> str:
        for inner in nested({name: action}):
            self._statuses[inner] = SKIPPED
        return SKIPPED

    def _compose(self, name: str, action: dict[str, Any]) -> str:
        self._outputs[name] = self._value(action["inputs"])
        return SUCCEEDED

    def _initializevariable(self, name: str, action: dict[str, Any]) -> str:
        for variable in action["inputs"]["variables"]:
            self._variables[variable["name"]] = self._value(variable["value"])
        return SUCCEEDED

    def _setvariable(self, name: str, action: dict[str, Any]) -> str:
        self._variables[action["inputs"]["name"]] = self._value(action["inputs"]["value"])
        return SUCCEEDED

    def _incrementvariable(self, name: str, action: dict[str, Any]) -> str:
        self._variables[action["inputs"]["name"]] += self._value(action["inputs"]["value"])
        return SUCCEEDED

    def _query(self, name: str, action: dict[str, Any]) -> str:
        kept = [
            row
            for row in self._list(action["inputs"]["from"])
            if self._of_row(row, action["inputs"]["where"]) is True
        ]
        self._outputs[name] = {"body": kept}
        return SUCCEEDED

    def _select(self, name: str, action: dict[str, Any]) -> str:
        rows = self._list(action["inputs"]["from"])
        self._outputs[name] = {"body": [self._of_row(row, action["inputs"]["select"]) for row in rows]}
        return SUCCEEDED

    def _table(self, name: str, action: dict[str, Any]) -> str:
        """Create CSV table: a line of headers, then a line a row, quoted where it must be."""
        if action["inputs"]["format"] != "CSV":
            raise NotSupported("a table that is not CSV")
        columns = action["inputs"]["columns"]
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow([column["header"] for column in columns])
        for row in self._list(action["inputs"]["from"]):
            lines.writerow([as_text(self._of_row(row, column["value"])) for column in columns])
        self._outputs[name] = {"body": text.getvalue()}
        return SUCCEEDED

    def _http(self, name: str, action: dict[str, Any]) -> str:
        answer = self.web.send(name, self._value(action["inputs"]))
        self._outputs[name] = answer
        return SUCCEEDED if answer is not None and answer["statusCode"] < 400 else FAILED

    def _if(self, name: str, action: dict[str, Any]) -> str:
        branches = (action["actions"], action.get("else", {"actions": {}})["actions"])
        taken, left = branches if self._holds(action["expression"]) else branches[::-1]
        for inner in nested(left):
            self._statuses[inner] = SKIPPED
        return self._scope(taken)

    def _foreach(self, name: str, action: dict[str, Any]) -> str:
        ends = []
        for item in self._list(action["foreach"]):
            self._items[name] = item
            ends.append(self._scope(action["actions"]))
        self._items.pop(name, None)
        return FAILED if FAILED in ends else SUCCEEDED

    def _until(self, name: str, action: dict[str, Any]) -> str:
        for _ in range(action["limit"]["count"]):
            if self._scope(action["actions"]) == FAILED:
                raise NotSupported(f"an iteration of {name} failed: {self._errors}")
            if self._value(action["expression"]) is True:
                return SUCCEEDED
        return FAILED  # the engine calls it succeeded; a test shall see it

    def _terminate(self, name: str, action: dict[str, Any]) -> str:
        end = self._value(action["inputs"])
        raise _Terminated(end["runStatus"], end["runError"]["message"])

    def _holds(self, condition: dict[str, Any]) -> bool:
        [(operator, operands)] = condition.items()
        if operator == "not":
            return not self._holds(operands)
        if operator in ("and", "or"):
            held = [self._holds(each) for each in operands]
            return all(held) if operator == "and" else any(held)
        return bool(FUNCTIONS[operator].of(*self._value(operands)))

    def _list(self, text: Any) -> list[Any]:
        found = self._value(text)
        if not isinstance(found, list):
            raise WrongExpression(f"{text} is no list")
        return found

    def _of_row(self, row: Any, text: Any) -> Any:
        self._rows.append(row)
        try:
            return self._value(text)
        finally:
            self._rows.pop()

    def _value(self, raw: Any) -> Any:
        """A part of a definition with its expressions evaluated."""
        if isinstance(raw, dict):
            return {key: self._value(each) for key, each in raw.items()}
        if isinstance(raw, list):
            return [self._value(each) for each in raw]
        if not isinstance(raw, str):
            return raw
        read = template(raw)
        values = [part if isinstance(part, str) else evaluate(part, self._reference) for part in read.parts]
        return values[0] if read.whole else "".join(as_text(value) for value in values)

    def _reference(self, function: str, arguments: list[Any]) -> Any:
        if function == "utcNow":
            return moment(self.now(), *arguments)
        if function == "item":
            return self._rows[-1]
        [name] = arguments
        if function == "parameters":
            declared = self.definition["parameters"][name]
            return self.parameters[name] if name in self.parameters else declared["defaultValue"]
        if function == "variables":
            return self._variables[name]
        if function == "items":
            return self._items[name]
        if name not in self._statuses:
            raise WrongExpression(f"{name} has not run yet")
        if function == "actions":
            return {"status": self._statuses[name]}
        outputs = self._outputs.get(name)
        return outputs if function == "outputs" or outputs is None else outputs.get("body")


def nested(actions: Actions) -> Iterator[str]:
    """The names of the actions and of all those inside them."""
    for name, action in actions.items():
        yield name
        yield from nested(action.get("actions", {}))
        yield from nested(action.get("else", {}).get("actions", {}))
