"""A row that is written anew although its alert cannot be read: what stands of the alert stays."""

from collections.abc import Mapping

from shared.core.row.definition import CONTENT, CORRELATION_NAMES
from shared.core.row.ocsf import with_correlation_of
from shared.core.values import Column

_OURS = CORRELATION_NAMES | {"DetectionFinding", "UnreadableFields"}


def with_alert_of(before: Mapping[str, Column], content: Mapping[str, Column]) -> dict[str, Column]:
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
