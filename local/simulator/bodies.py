"""Recorded bodies `{"value": [ … ]}` read as far as they can be, each item with the line it begins in."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.simulator.remarks import Remarks
from local.simulator.typed import time_text

MOST_SECONDS = 1e9  # of a length of time in an instruction: some thirty years
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(parse_constant=str)


class RecordingError(ValueError):
    """The recording cannot be used; the message names the file, the line, and why."""


@dataclass(frozen=True, slots=True)
class AlertApi:
    """Where an API's alerts are recorded, and the names of their times: the two that its list goes by, and
    those that can stand in for them."""

    file: str
    created: str
    updated: str
    others: tuple[str, ...]


APIS = {
    "defender": AlertApi(
        "alerts.json", "alertCreationTime", "lastUpdateTime", ("lastEventTime", "firstEventTime")
    ),
    "graph": AlertApi(
        "graph_alerts.json",
        "createdDateTime",
        "lastUpdateDateTime",
        ("lastActivityDateTime", "firstActivityDateTime"),
    ),
}


def items(file: Path, remarks: Remarks) -> list[tuple[int, dict[str, Any]]]:
    """(line, item) for each item of the body; none where the file is missing.

    A bare list, and one object with an id, are taken for the body; an item that is no object is left out.
    Raises RecordingError for what is not JSON, or another object.
    """
    if not file.is_file():
        return []
    content = file.read_bytes()
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
        body = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RecordingError(f"{file}, line {error.lineno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise RecordingError(f"{file}, byte {error.start}: not {error.encoding}") from None
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{file}, line 1: not JSON that can be read: {error}") from None
    if isinstance(body, dict) and not isinstance(body.get("value"), list) and isinstance(body.get("id"), str):
        remarks.add(file, 1, 'one object, not {"value": [ … ]}; taken for a list of one')
        return [(1, body)]
    if isinstance(body, list):
        remarks.add(file, 1, 'a bare list, not {"value": [ … ]}; taken for its value')
    elif not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise RecordingError(f'{file}, line 1: not an object with a list "value"')
    found = []
    for line, item in _with_lines(text):
        if isinstance(item, dict):
            found.append((line, item))
        else:
            remarks.add(file, line, "not an object; left out")
    return found


def alerts(folder: Path, source: str, remarks: Remarks) -> list[tuple[int, dict[str, Any]]]:
    """(line, alert) for each alert that the API of this source can list, which it does by their times.

    A time that is missing is that of the other one, or of what the alert tells of; an alert without any is
    left out. Instructions that cannot be followed are left out. Raises RecordingError.
    """
    api = APIS[source]
    file = folder / api.file
    found = []
    for line, alert in items(file, remarks):
        timed = _timed(alert, api, file, line, remarks)
        if timed is not None:
            found.append((line, _instructed(timed, file, line, remarks)))
    return found


def seconds(value: object) -> float | None:
    """A length of time in an instruction; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if abs(value) <= MOST_SECONDS else None


def _with_lines(text: str) -> Iterator[tuple[int, Any]]:
    """The items of the list in a text that was decoded whole before; the last "value" counts, as it does for
    the decoder."""
    at = _skipped(text, 0)
    if text[at] == "{":
        at = _place_of_value(text, at)
    at, line, counted = _skipped(text, at + 1), 1, 0
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        item, at = _DECODER.raw_decode(text, at)
        yield line, item
        at = _skipped(text, at)
        if text[at] == ",":
            at = _skipped(text, at + 1)


def _place_of_value(text: str, at: int) -> int:
    found = at
    at = _skipped(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skipped(text, _skipped(text, at) + 1)  # the colon
        if name == "value":
            found = at
        _, at = _DECODER.raw_decode(text, at)
        at = _skipped(text, at)
        if text[at] == ",":
            at = _skipped(text, at + 1)
    return found


def _skipped(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _timed(
    alert: Mapping[str, Any], api: AlertApi, file: Path, line: int, remarks: Remarks
) -> dict[str, Any] | None:
    known = {}
    for name in (api.created, api.updated, *api.others):
        value = alert.get(name)
        try:
            known[name] = time_text(value)
        except ValueError:
            if value is not None:
                remarks.add(file, line, f"{name} of an alert is no time; left out")
    timed = {name: value for name, value in alert.items() if name not in api.others or name in known}
    for name, other in ((api.created, api.updated), (api.updated, api.created)):
        instead = next((one for one in (name, other, *api.others) if one in known), None)
        if instead is None:
            remarks.add(file, line, "an alert without any time, which no list would ever show; left out")
            return None
        if instead != name:
            remarks.add(file, line, f"{name} of an alert is missing; {instead} is taken for it")
        timed[name] = known[instead]
    return timed | {name: known[name] for name in api.others if name in known}


def _instructed(alert: dict[str, Any], file: Path, line: int, remarks: Remarks) -> dict[str, Any]:
    if "_listed_after_s" in alert and seconds(alert["_listed_after_s"]) is None:
        remarks.add(file, line, "_listed_after_s is no number of seconds; left out")
        del alert["_listed_after_s"]
    if "_updates" in alert:
        given = alert["_updates"] if isinstance(alert["_updates"], list) else [None]
        alert["_updates"] = [one for one in given if _is_update(one)]
        if len(alert["_updates"]) < len(given):
            remarks.add(file, line, '_updates is no list of {"after_s": …, "changes": {…}}; the rest is left')
    return alert


def _is_update(one: object) -> bool:
    return (
        isinstance(one, dict)
        and seconds(one.get("after_s")) is not None
        and isinstance(one.get("changes"), dict)
    )
