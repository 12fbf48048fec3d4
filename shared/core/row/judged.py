"""What a row says of what people know and said: derived from the row as it stands and as it will be."""

from shared.core.correlate import Status
from shared.core.row.columns_judged import JUDGED
from shared.core.values import Column, Columns, text_of

ANALYST, WRITE_BACK = "analyst", "write-back"
_NO_VERDICT = ("", "Unknown")
_WRITTEN = ("WriteBackState", "WriteBackMarks", "WriteBackFields")


def judged(
    before: Columns, shown: Columns, known_benign: Columns, record: str, write_back: Columns
) -> dict[str, Column]:
    """The judged columns of a row that said `before` (empty for a new one) and will show `shown`.

    `known_benign` are the columns of a matching entry, `record` is the detector's, `write_back` says where
    the comment stands, as far as that is not as before.
    """
    columns: dict[str, Column] = {column.name: column.empty for column in JUDGED}
    stood = {name: before[name] for name in _WRITTEN if name in before}
    return columns | {
        **known_benign,
        **stood,
        **write_back,
        "ClassifiedBy": _classified_by(before, shown),
        "ValidationAtVerdict": _validation_at_verdict(before, shown),
        "DetectorRecord": record,
    }


def _classified_by(before: Columns, shown: Columns) -> str:
    if text_of(shown, "AlertVerdict") in _NO_VERDICT:
        return ""
    ours = f"classification {text_of(shown, 'Classification')}".casefold()
    fields = text_of(before, "WriteBackFields").casefold().split(", ")
    return WRITE_BACK if ours in fields else ANALYST


def _validation_at_verdict(before: Columns, shown: Columns) -> str:
    verdict = text_of(shown, "AlertVerdict")
    if verdict in _NO_VERDICT:
        return ""
    is_known = text_of(before, "AlertVerdict") == verdict
    kept = text_of(before, "ValidationAtVerdict")
    if is_known and kept:
        return kept
    # A new verdict is one on what the row said until now, where it said anything.
    said = shown if is_known or not _is_hunted(before) else before
    return text_of(said, "Validation") if _is_hunted(said) else ""


def _is_hunted(columns: Columns) -> bool:
    return text_of(columns, "CorrelationStatus") not in ("", Status.PENDING)
