"""What the demo prints when it is done: the rows, one alert's story and tree, and where to look next."""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

Row = dict[str, Any]
_STYLES = {"High": "bold red", "Medium": "yellow", "Low": "cyan", "Informational": "dim"}


def clean(text: object) -> str:
    """Text from an alert, safe on a terminal: control and invisible characters are shown as escapes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in str(text))


def rows_table(rows: list[Row]) -> Table:
    """The rows as a table: severity, title, device, validation, tie, events."""
    table = Table(title="Table Alerts", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading, options in (
        ("severity", {"no_wrap": True}),
        ("alert", {"max_width": 34, "overflow": "ellipsis", "no_wrap": True}),
        ("device", {"max_width": 14, "overflow": "ellipsis", "no_wrap": True}),
        ("validation", {"no_wrap": True}),
        ("tied by, confidence", {"no_wrap": True, "overflow": "ellipsis"}),
        ("events", {"justify": "right"}),
    ):
        table.add_column(heading, **options)
    for row in rows:
        style = _STYLES.get(str(row.get("EventSeverity")), "")
        tie = row["CorrelationMethod"] if row["CorrelationMethod"] != "None" else row["CorrelationReason"]
        count = f"{row['EventCount']}{'+' if row['EventsTruncated'] else ''}"
        table.add_row(
            f"[{style}]{escape(clean(row['EventSeverity']))}[/]"
            if style
            else escape(clean(row["EventSeverity"])),
            escape(clean(row["AlertName"])),
            escape(clean(row["DvcHostname"]).split(".")[0]),
            escape(clean(row["Validation"])),
            f"{escape(clean(tie))} {row['CorrelationConfidence'] or ''}".strip(),
            count,
        )
    return table


def story(console: Console, row: Row) -> None:
    """One alert's story and its process tree."""
    console.print(f"\n[bold]{escape(clean(row['AlertName']))}[/]  ({escape(clean(row['AlertId']))})")
    for line in str(row["Story"]).split("\n"):
        console.print("  " + escape(clean(line)), overflow="ellipsis", no_wrap=True, highlight=False)
    tree = process_tree(str(row["ProcessTree"]))
    if tree is not None:
        console.print(tree)


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


def _label(entry: dict[str, Any]) -> str:
    name = escape(clean(entry["name"] or "?"))
    mark = "[bold red]" if entry.get("alert") else ""
    command = escape(clean(entry["command"])[:70])
    return f"{mark}{name}{'[/]' if mark else ''} [dim]{entry['pid']}[/] {command}"


def most_telling(rows: list[Row]) -> Row | None:
    """The row whose story shows most: borne out, severe, with a tree."""
    told = [row for row in rows if row.get("Story") and row.get("ProcessTree", "[]") != "[]"]
    return max(told, key=_tells, default=None)


def _tells(row: Row) -> tuple[bool, int, int]:
    lines = len(str(row["Story"]).split("\n"))
    return (row["Validation"] == "Confirmed", int(row["SeverityId"]), -abs(lines - 14))
