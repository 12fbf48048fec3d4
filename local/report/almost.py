"""Which detections almost hit what an alert's own processes did, and what was missing, as far as rows tell.

`AlertEvents` keeps fewer columns than hunting has, so a rule may be farther away here than it was in the app;
`ops show` asks the stored finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from local.detections.exported import of_alert
from local.detections.nearest import Near, nearest
from local.report.rows import Row, Rows
from shared.adapters.detections import DetectionFiles

MOST = 5  # rules of one alert
_MOST_ROWS = 10  # of one alert: about 10 ms each
_MOST_IN_ALL = 300
_ABOUT = ("Likely", "Unproven")  # where the question is why it is no more


def almost(rows: Rows) -> dict[str, list[Row]]:
    """By an alert's RowKey: level, title and what was not met of the rules that were nearest to a hit.

    Asked for alerts that telemetry does not confirm, the most severe first, until so many rows were tried.
    """
    detections = DetectionFiles(frozenset()).rules().detections
    found: dict[str, list[Row]] = {}
    left = _MOST_IN_ALL
    asked = [row for row in rows.alerts if row.get("Validation") in _ABOUT]
    for row in sorted(asked, key=lambda row: (row["Validation"] != "Likely", -_severity(row))):
        key = str(row["RowKey"])
        own = list(_own(rows.events.get(key, [])))[: min(_MOST_ROWS, left)]
        left -= len(own)
        asked_of = ((one.table, one.action, one.cells, one.system) for one in of_alert(row, own))
        best = sorted(nearest(detections, asked_of), key=lambda near: (-near.nearness, near.rule.title))
        if best:
            found[key] = [_told(near) for near in best[:MOST]]
    return found


def _severity(row: Row) -> int:
    """0 where the row says no number: a consumer may have written into it."""
    number = row.get("SeverityId")
    return number if isinstance(number, int) else 0


def _told(near: Near) -> Row:
    return {"level": near.rule.level, "title": near.rule.title, "missing": near.missing[:300]}


def _own(events: list[Row]) -> Iterator[Row]:
    """What the alert's own processes did, creations first: what a rule asks for most often."""
    own = [each for each in events if each.get("InTree") and _depth(each) >= 0]
    return iter(sorted(own, key=lambda each: each.get("SourceTable") != "DeviceProcessEvents"))


def _depth(event: Row) -> int:
    depth = event.get("Depth", 0)
    return depth if isinstance(depth, int) and depth < 9_999 else -1
