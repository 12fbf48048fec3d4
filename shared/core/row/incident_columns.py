"""Where an alert's incident lies, and which incidents it was in before."""

from shared.core.row.definition import BY_NAME
from shared.core.row.text import json_list
from shared.core.values import Column, Columns, text_of, words_of

_MOST_BEFORE = 10


def incident_columns(before: Columns, shown: Columns, incident_day: str) -> dict[str, Column]:
    """IncidentDay and IncidentMovedFrom of a row that stands as `before` and is to show `shown`.

    The incident that the alert leaves is named in the same write that names the new one, so that whoever
    comes after a crash knows both.
    """
    was, now = text_of(before, "IncidentId"), shown["IncidentId"]
    earlier = incidents_before(before)
    if was and was != now:
        earlier = [was, *(each for each in earlier if each != was)]
    kept = [each for each in earlier if each != now][:_MOST_BEFORE]
    stood = text_of(before, "IncidentDay") if was == now else ""
    return {
        "IncidentDay": incident_day or stood,
        "IncidentMovedFrom": json_list(kept, BY_NAME["IncidentMovedFrom"].limit)[0],
    }


def incidents_before(columns: Columns) -> list[str]:
    """Ids of the incidents that the alert was in before, the last one first; what cannot be read counts as
    none."""
    return words_of(columns, "IncidentMovedFrom")
