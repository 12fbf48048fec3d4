"""What real tenants do to whoever hunts, and a documentation does not say: each with where it was seen.

- Some answers write null of a time or a long as `{}`, put `Column@odata.type` beside a value, give long
  numbers as text and dynamic columns as JSON instead of text: a capture of July 2026 (no public source).
- A query that is too heavy ends with 504, or with 500:
  https://github.com/microsoftgraph/microsoft-graph-docs/issues/19084 (read 2026-11).
- Telemetry can be found 90 s after it was recorded in the median, after 167 s for 95 of 100 rows, and for 3
  of 100 after more than half an hour: the export `mde_proc_cs1.csv` of one machine that msticpy publishes,
  https://github.com/microsoft/msticpy (read 2026-11).
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from typing import Any

_EDM = {"datetime": "#DateTimeOffset", "long": "#Int64", "int": "#Int32"}
_MEDIAN_S, _P95_S = 90.0, 167.0
_VERY_LATE, _VERY_LATE_S = 0.03, (1_800.0, 7_200.0)
_SPREAD = math.log(_P95_S / _MEDIAN_S) / 1.645  # of a log-normal, whose 95th percentile lies 1.645 of it up


def as_some_answers_are(
    schema: Sequence[tuple[str, str]], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows as some answers write them."""
    return [_row(schema, row) for row in rows]


def _row(schema: Sequence[tuple[str, str]], row: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, kind in schema:
        value = row[name]
        if kind in _EDM:
            out[f"{name}@odata.type"] = _EDM[kind]
            out[name] = {} if value is None else str(value) if kind == "long" else value
        elif kind == "dynamic" and isinstance(value, str):
            out[name] = _parsed(value)
        else:
            out[name] = value
    return out


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def lag_s(chance: random.Random) -> float:
    """After how many seconds one row can be found."""
    if chance.random() < _VERY_LATE:
        return chance.uniform(*_VERY_LATE_S)
    return _MEDIAN_S * math.exp(chance.gauss(0, _SPREAD))
