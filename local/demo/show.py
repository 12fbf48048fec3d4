"""What the demo prints when it is done: incidents with their alerts, and one alert's story and tree."""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from local.plain_text import clean
from local.report.incidents import gravity, incidents_of
from local.report.rows import Rows

Row = dict[str, Any]
_WIDE = 90  # columns of a terminal that has room for how an alert is tied
_PRIORITY_STYLES = {"1": "bold red", "2": "yellow"}
_STYLES = {"High": "red", "Medium": "yellow", "Low": "cyan", "Informational": "dim"}


def labelled(label: str, style: str, text: object) -> Text:
    """A styled word, then a text that may be an alert's: shown as it is, brackets and all."""
    return Text.assemble((label, style), " ", clean(text))


def incidents_table(incidents: list[Row], alerts: list[Row], width: int, tenant: str = "") -> Table:
    """Incidents with their alerts under them, gravest first, `width` columns wide; of `tenant`, if several
    are shown. What does not fit is cut with a sign; below 90 columns it is not told how an alert is tied."""
    title = f"{clean(tenant)}: incidents" if tenant else "Incidents"
    table = Table(
        title=Text(f"{title} and their alerts, gravest first"), title_justify="left", box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0), width=width,
    )  # fmt: skip
    is_wide = width >= _WIDE
    table.add_column("P", width=1, no_wrap=True)
    table.add_column("incident, alert", ratio=1, no_wrap=True, overflow="ellipsis")
    for heading, size in (("device", 14), ("validation", 11), *((("tied by", 15),) if is_wide else ())):
        table.add_column(heading, width=size, no_wrap=True, overflow="ellipsis")
    table.add_column("events", width=6, no_wrap=True, justify="right")
    for row, of_it in _entries(incidents, alerts):
        if len(of_it) != 1:
            table.add_row(*_incident(row, is_wide))
        for alert in of_it:
            table.add_row(*_alert(alert, is_wide, "  " if len(of_it) != 1 else ""))
    return table


def _entries(incidents: list[Row], alerts: list[Row]) -> list[tuple[Row, list[Row]]]:
    """(incident, its alerts), and alone the alerts that are in none, gravest first."""
    found = incidents_of(Rows("", alerts, incidents))
    entries = [(one.row, list(one.alerts)) for one in found]
    entries += [(row, [row]) for row in alerts if not row.get("IncidentId")]
    return sorted(entries, key=lambda entry: gravity(entry[0]))


def _incident(row: Row, is_wide: bool) -> list[Text]:
    devices = [name.split(".")[0] for name in str(row.get("Devices") or "").split(", ")]
    cells = [
        _priority(row),
        Text(clean(row.get("Title") or row.get("IncidentId")), style="bold"),
        Text(clean(devices[0] + (f" +{len(devices) - 1}" if len(devices) > 1 else ""))),
        Text(clean(row.get("Validation"))),
    ]
    return [*cells, *([Text("")] if is_wide else []), Text("")]


def _alert(row: Row, is_wide: bool, indent: str) -> list[Text]:
    tie = row["CorrelationMethod"] if row["CorrelationMethod"] != "None" else row["CorrelationReason"]
    cells = [
        _priority(row),
        Text(indent + clean(row["AlertName"]), style=_STYLES.get(str(row["EventSeverity"]), "")),
        Text(clean(row["DvcHostname"]).split(".")[0]),
        Text(clean(row["Validation"])),
    ]
    events = Text(f"{row['EventCount']}{'+' if row['EventsTruncated'] else ''}")
    return [*cells, *([Text(clean(tie))] if is_wide else []), events]


def _priority(row: Row) -> Text:
    number = str(row.get("Priority") or "")
    return Text(clean(number), style=_PRIORITY_STYLES.get(number, ""))


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
