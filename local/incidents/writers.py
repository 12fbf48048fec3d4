"""Writes a recording as a folder that `--data DIR` reads: bodies, NDJSON tables, and the truth apart."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from local.incidents.clock import show
from local.incidents.world import Cell, Row

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # made once: rows are many

REPORT_IDS = 4_093  # ReportId is a repeating counter: unique only with device and time
WITHOUT_DEVICE = ("AlertInfo", "AlertEvidence", "IdentityInfo")


def count_reports(rows: Iterable[Row]) -> None:
    """Gives every row its ReportId: counted per device in time order, from an own start, and repeating."""
    by_device: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_device[row.device.id].append(row)
    for device_id, own in by_device.items():
        own.sort(key=lambda row: row.time)
        first = int(device_id[:4], 16)
        for count, row in enumerate(own):
            row.report_id = 1 + (first + count) % REPORT_IDS


def hunting_row(row: Row) -> dict[str, Cell]:
    """The row as runHuntingQuery returns it, and `_arrives_after_s` where it comes late."""
    columns: dict[str, Cell] = {"Timestamp": show(row.time)}
    if row.table not in WITHOUT_DEVICE:
        columns["DeviceId"] = row.device.id
        columns["DeviceName"] = row.device.dns
        columns["ReportId"] = row.report_id
    columns |= row.columns
    if row.arrives_after is not None:
        columns["_arrives_after_s"] = row.arrives_after
    return columns


def write_body(folder: Path, name: str, body: object) -> None:
    """`name`.json: one line for each item of the outermost list, so that a change shows as a small one."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(body, Mapping) and isinstance(body.get("value"), list):
        head = "".join(f"{_json(k)}:{_json(v)}," for k, v in body.items() if k != "value")
        text = "{" + head + '"value":[\n' + ",\n".join(_json(one) for one in body["value"]) + "\n]}\n"
    else:
        text = _json(body) + "\n"
    (folder / f"{name}.json").write_text(text, "utf-8", newline="\n")


def write_truth(folder: Path, head: Mapping[str, object], alerts: Mapping[str, object]) -> None:
    """truth.json: the generator's settings, then one alert a line."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"{_json(name)}:{_json(truth)}" for name, truth in alerts.items())
    start = "".join(f"{_json(name)}:{_json(value)}," for name, value in head.items())
    text = "{" + start + '"alerts":{\n' + lines + "\n}}\n"
    (folder / "truth.json").write_text(text, "utf-8", newline="\n")


def write_tables(folder: Path, rows: Iterable[Row]) -> None:
    """hunting/<Table>.ndjson, each in time order; a table written before and empty now is removed."""
    target = folder / "hunting"
    target.mkdir(parents=True, exist_ok=True)
    by_table: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_table[row.table].append(row)
    for old in target.glob("*.ndjson"):
        old.unlink()
    for table, own in by_table.items():
        own.sort(key=lambda row: (row.time, row.device.id, row.report_id))
        write_lines(target, table, (hunting_row(row) for row in own))


def write_lines(target: Path, table: str, rows: Iterable[Mapping[str, Cell]]) -> None:
    """Adds rows to a table, one a line."""
    with (target / f"{table}.ndjson").open("a", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(_json(row) + "\n")


def _json(value: object) -> str:
    """Plain ASCII: names hold line separators and turned text, which no reader should meet raw."""
    return _ENCODER.encode(value)
