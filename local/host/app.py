"""A function app as it lies in its folder: `host.json`, and a `function.json` per function.

Defaults as documented at https://learn.microsoft.com/azure/azure-functions/functions-host-json and
functions-bindings-storage-queue (read 2026-11-24).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.host.app_settings import AppSettings, UnresolvedSetting
from local.host.logging_options import LoggingOptions, read_logging
from local.host.records import why

_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(\.\d+)?")
_QUEUE_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*")
_FLEX_TIMEOUT_SECONDS = 30 * 60.0
_CORES = 1  # a Flex instance of 2 GB has one; `newBatchThreshold` defaults to half a batch for each


class IndexingFailed(Exception):
    """The app cannot be indexed or loaded; `problems` has one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding, its `%SETTING%`s resolved."""

    name: str
    type: str
    direction: str
    properties: Mapping[str, Any]

    @property
    def connection(self) -> str:
        return str(self.properties.get("connection") or "AzureWebJobsStorage")

    @property
    def queue(self) -> str:
        return str(self.properties["queueName"]).lower()


@dataclass(frozen=True, slots=True)
class Function:
    """One function: where its code is, what starts it, and where its outputs go."""

    name: str
    script_file: Path
    entry_point: str
    trigger: Binding
    outputs: tuple[Binding, ...]
    disabled: bool

    @property
    def directory(self) -> Path:
        return self.script_file.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """`extensions.queues` of host.json."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int
    visibility_timeout_seconds: float
    max_polling_seconds: float
    base64: bool


@dataclass(frozen=True, slots=True)
class App:
    """A function app, read and found well-formed."""

    directory: Path
    functions: tuple[Function, ...]
    queues: QueueOptions
    timeout_seconds: float | None  # None: no limit
    logging: LoggingOptions


def read_app(directory: Path, settings: AppSettings) -> App:
    """The app in `directory`; raises IndexingFailed with every problem found."""
    problems: list[str] = []
    host = _read_json(directory / "host.json", problems)
    for path, value in settings.below("AzureFunctionsJobHost"):
        _override(host, path, value)
    functions = []
    for file in sorted(directory.glob("*/function.json")):
        found: list[str] = []
        function = _read_function(file, settings, found)
        problems += [f"{file.parent.name}: {problem}" for problem in found]
        if function is not None and not found:
            functions.append(function)
    if not functions and not problems:
        problems.append(f"{directory} has no function: no folder in it holds a function.json")
    queues, timeout = _queue_options(host, problems), _timeout(host, problems)
    if problems:
        raise IndexingFailed(problems)
    return App(directory, tuple(functions), queues, timeout, read_logging(host))


def time_span(text: str) -> float:
    """The seconds of a .NET time span such as `00:10:00` or `1.00:00:00`; ValueError for other text."""
    match = _TIME_SPAN.fullmatch(text)
    if match is None or int(match[2]) > 23 or int(match[3]) > 59 or int(match[4]) > 59:
        raise ValueError(f"{text!r} is not a time span like 00:10:00")
    days, hours, minutes, seconds = (int(match[group] or 0) for group in range(1, 5))
    return days * 86400 + hours * 3600 + minutes * 60 + seconds + float(match[5] or 0)


def _read_json(file: Path, problems: list[str]) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{file.name} cannot be read: {why(error)}")
        return {}
    if not isinstance(content, dict):
        problems.append(f"{file.name} is not a JSON object")
        return {}
    return content


def _override(host: dict[str, Any], path: list[str], value: str) -> None:
    """Sets one value of host.json from an app setting, whose name has lost its case."""
    *sections, last = path
    for name in sections:
        host = host.setdefault(_spelling(host, name), {})
    host[_spelling(host, last)] = value


def _spelling(section: Mapping[str, Any], name: str) -> str:
    """`name` as `section` spells it, or as the documentation does."""
    documented = (
        "batchSize",
        "newBatchThreshold",
        "maxDequeueCount",
        "visibilityTimeout",
        "maxPollingInterval",
    )
    known = (*section, *documented, "messageEncoding", "functionTimeout")
    return next((spelling for spelling in known if spelling.lower() == name), name)


def _read_function(file: Path, settings: AppSettings, problems: list[str]) -> Function | None:
    content = _read_json(file, problems)
    if "retry" in content:
        problems.append("retry policies are not simulated by this host")
    bindings = [_binding(raw, settings, problems) for raw in content.get("bindings", [])]
    triggers = [binding for binding in bindings if binding.type.endswith("Trigger")]
    if len(triggers) != 1:
        problems.append(f"needs exactly one trigger, and has {len(triggers)}")
        return None
    script = (file.parent / content.get("scriptFile", "__init__.py")).resolve()
    if not script.is_file():
        problems.append(f"its script file {script.name} is missing")
    name = file.parent.name
    return Function(
        name=name,
        script_file=script,
        entry_point=content.get("entryPoint", ""),
        trigger=triggers[0],
        outputs=tuple(binding for binding in bindings if binding is not triggers[0]),
        disabled=bool(content.get("disabled")) or settings.is_true(f"AzureWebJobs.{name}.Disabled"),
    )


def _binding(raw: Mapping[str, Any], settings: AppSettings, problems: list[str]) -> Binding:
    resolved: dict[str, Any] = {}
    for key, value in raw.items():
        try:
            resolved[key] = settings.resolve(value) if isinstance(value, str) else value
        except UnresolvedSetting as error:
            problems.append(why(error))
            resolved[key] = value
    kind, direction = str(resolved.get("type", "")), str(resolved.get("direction", ""))
    binding = Binding(str(resolved.get("name", "")), kind, direction, resolved)
    expected = {
        "timerTrigger": ("in", "schedule"),
        "queueTrigger": ("in", "queueName"),
        "queue": ("out", "queueName"),
    }
    if kind not in expected:
        problems.append(f"bindings of type {kind!r} are not simulated by this host")
        return binding
    needed_direction, needed = expected[kind]
    if direction != needed_direction or not binding.name or not resolved.get(needed):
        problems.append(f"the {kind} binding needs a name, the direction {needed_direction!r} and a {needed}")
    elif needed == "queueName" and "%" not in binding.queue and not _QUEUE_NAME.fullmatch(binding.queue):
        problems.append(
            f"{binding.queue!r} is no queue name: 3 to 63 small letters, digits and single hyphens"
        )
    return binding


def _queue_options(host: Mapping[str, Any], problems: list[str]) -> QueueOptions:
    if host and host.get("version") != "2.0":
        problems.append("host.json: version must be 2.0")
    raw = host.get("extensions", {}).get("queues", {})
    encoding = str(raw.get("messageEncoding", "base64")).lower()
    try:
        batch = int(raw.get("batchSize", 16))
        options = QueueOptions(
            batch_size=batch,
            new_batch_threshold=int(raw.get("newBatchThreshold", batch // 2 * _CORES)),
            max_dequeue_count=int(raw.get("maxDequeueCount", 5)),
            visibility_timeout_seconds=time_span(raw.get("visibilityTimeout", "00:00:00")),
            max_polling_seconds=time_span(raw.get("maxPollingInterval", "00:01:00")),
            base64=encoding == "base64",
        )
    except ValueError as error:
        problems.append(f"host.json: extensions.queues: {why(error)}")
        return QueueOptions(
            batch_size=1,
            new_batch_threshold=0,
            max_dequeue_count=1,
            visibility_timeout_seconds=0,
            max_polling_seconds=1,
            base64=True,
        )
    if not 1 <= options.batch_size <= 32 or options.new_batch_threshold < 0 or options.max_dequeue_count < 1:
        problems.append(
            "host.json: batchSize is 1 to 32, newBatchThreshold at least 0, maxDequeueCount at least 1"
        )
    if encoding not in ("base64", "none"):
        problems.append("host.json: messageEncoding is base64 or none")
    return options


def _timeout(host: Mapping[str, Any], problems: list[str]) -> float | None:
    text = host.get("functionTimeout")
    if text is None:
        return _FLEX_TIMEOUT_SECONDS
    if text == "-1":
        return None
    try:
        return time_span(str(text))
    except ValueError as error:
        problems.append(f"host.json: functionTimeout: {why(error)}")
        return None
