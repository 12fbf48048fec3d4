"""What stands in a row and stays.

Of an alert that cannot be read any more, and of one that now comes from the other API, which does not tell
all that the first one did.
"""

from shared.core.row.definition import CONTENT, CORRELATION_NAMES
from shared.core.row.ocsf import with_correlation_of
from shared.core.values import Column, Columns

# https://learn.microsoft.com/en-us/defender-endpoint/api/alerts and
# https://learn.microsoft.com/en-us/graph/api/resources/security-alert (read 2026-11)
_TOLD_BY_ONE = {"InvestigationId": "defender", "ServiceSource": "graph", "RecommendedActions": "graph"}
_OURS = CORRELATION_NAMES | {"DetectionFinding", "UnreadableFields"}


def with_alert_of(before: Columns, content: Columns) -> dict[str, Column]:
    """`content` with what the row `before` says of the alert; of the correlation it says what `content` does.

    The OCSF finding says the same as the columns; one that stands and cannot be read is replaced.
    """
    shown = dict(content)
    shown |= {
        column.name: before[column.name]
        for column in CONTENT
        if column.name in before and column.name not in _OURS
    }
    try:
        finding = with_correlation_of(str(before["DetectionFinding"]), str(content["DetectionFinding"]))
    except (ValueError, KeyError, TypeError):
        finding = str(content["DetectionFinding"])
    return shown | {"DetectionFinding": finding}


def with_other_source(before: Columns, content: Columns) -> dict[str, Column]:
    """`content`, with what only the other API tells as it stands in the row `before`."""
    source = content["AlertSource"]
    kept = {
        name: before[name]
        for name, told_by in _TOLD_BY_ONE.items()
        if told_by != source and not content[name] and before.get(name)
    }
    return {**content, **kept}
