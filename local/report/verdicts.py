"""How often what we called Confirmed, Likely or Unproven was true, as analysts said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.precision import FEWEST_FOR_SHARE, Line, precision
from local.report.indicators import objects
from local.report.rows import Row

MOST = 100  # lines of one page, those with the most verdicts first; the rest is counted
_LONGEST = 200  # characters of a name or a title


def verdicts(alerts: Sequence[Row]) -> dict[str, Any]:
    """The lines of the table, how many more there are, and from how many verdicts on a share is told.

    No line where no analyst has classified an alert. A detector goes by the title of its newest alert, a
    detection rule by the title that the rows give it, "" where they give none.
    """
    oldest_first = sorted(alerts, key=lambda row: str(row.get("CreatedTime", "")))
    found = precision(oldest_first)
    titles = _rule_titles(oldest_first)
    return {
        "lines": [_told(line, titles) for line in found[:MOST]],
        "more": max(0, len(found) - MOST),
        "fewest": FEWEST_FOR_SHARE,
    }


def _told(line: Line, titles: dict[str, str]) -> Row:
    title = line.title if line.kind == "detector" else titles.get(line.name, "")
    return {
        "kind": line.kind,
        "name": line.name[:_LONGEST],
        "title": title[:_LONGEST],
        "validation": line.validation,
        "true": line.tally.true,
        "benign": line.tally.benign,
        "false": line.tally.false,
        "share": line.share,
    }


def _rule_titles(alerts: Sequence[Row]) -> dict[str, str]:
    seen = (one for row in alerts for one in objects(row, "Behaviours"))
    return {str(one["rule"]): str(one["title"]) for one in seen if one.get("rule") and one.get("title")}
