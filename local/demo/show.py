"""What the demo prints when it is done: the rows, one alert's story and tree, and where to look next."""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from local.plain_text import clean

Row = dict[str, Any]
_COLUMNS = (
    ("severity", 13),
    ("alert", 26),
    ("device", 11),
    ("validation", 11),
    ("tied by", 14),
    ("sure", 4),
    ("events", 6),
)
_STYLES = {"High": "bold red", "Medium": "yellow", "Low": "cyan", "Informational": "dim"}


def labelled(label: str, style: str, text: object) -> Text:
    """A styled word, then a text that may be an alert's: shown as it is, brackets and all."""
    return Text.assemble((label, style), " ", clean(text))


def rows_table(rows: list[Row]) -> Table:
    """The rows as a table within 100 columns: severity, title, device, validation, tie, events."""
    table = Table(title="Table Alerts", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading, width in _COLUMNS:
        table.add_column(heading, min_width=width, max_width=width, no_wrap=True, overflow="ellipsis")
    for row in rows:
        tie = row["CorrelationMethod"] if row["CorrelationMethod"] != "None" else row["CorrelationReason"]
        table.add_row(
            Text(clean(row["EventSeverity"]), style=_STYLES.get(str(row["EventSeverity"]), "")),
            Text(clean(row["AlertName"])),
            Text(clean(row["DvcHostname"]).split(".")[0]),
            Text(clean(row["Validation"])),
            Text(clean(tie)),
            Text(str(row["CorrelationConfidence"] or ""), justify="right"),
            Text(f"{row['EventCount']}{'+' if row['EventsTruncated'] else ''}", justify="right"),
        )
    return table


def story(console: Console, row: Row) -> None:
    """One alert's story and its process tree, each step on one line."""
    console.print(Text(f"\n{clean(row['AlertName'])}", style="bold"), Text(f"({clean(row['AlertId'])})"))
    for line in str(row["Story"]).split("\n"):
        console.print(Text("  " + clean(line)), overflow="ellipsis", no_wrap=True)
    tree = process_tree(str(row["ProcessTree"]))
    if tree is not None:
        console.print(tree, overflow="ellipsis", no_wrap=True)


def process_tree(text: str) -> Tree | None:
    """The tree of a row's ProcessTree column; None where it is empty."""
    entries = [entry for entry in json.loads(text or "[]") if "id" in entry]
    if not entries:
        return None
    root = Tree("process tree", hide_root=False)
    branches: dict[str, Tree] = {}
    for entry in entries:
        above = branches.get(entry.get("parent", ""), root)
        branches[entry["id"]] = above.add(_label(entry))
    return root


def _label(entry: dict[str, Any]) -> Text:
    name = Text(clean(entry["name"] or "?"), style="bold red" if entry.get("alert") else "")
    return name + Text(f" {entry['pid']}", style="dim") + Text(f" {clean(entry['command'])}")


def most_telling(rows: list[Row]) -> Row | None:
    """The row whose story shows most: borne out, severe, with a tree."""
    told = [row for row in rows if row.get("Story") and row.get("ProcessTree", "[]") != "[]"]
    return max(told, key=_tells, default=None)


def _tells(row: Row) -> tuple[bool, int, int]:
    lines = len(str(row["Story"]).split("\n"))
    return (row["Validation"] == "Confirmed", int(row["SeverityId"]), -abs(lines - 14))
