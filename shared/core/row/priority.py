"""An alert's priority by what its row shows, so that row and number never differ."""

from collections.abc import Mapping

from shared.core.conclude import Priority, Weighed, priority_of
from shared.core.values import json_from_outside


def priority_columns(columns: Mapping[str, object]) -> dict[str, object]:
    """Priority and PriorityReason of a row that shows `columns`."""
    priority = priority_of_row(columns)
    return {"Priority": priority.number, "PriorityReason": priority.reason}


def priority_of_row(columns: Mapping[str, object]) -> Priority:
    """The priority of the row of an alert, published or about to be."""
    severity, devices = columns.get("SeverityId"), columns.get("DvcCount")
    return priority_of(
        Weighed(
            validation=str(columns.get("Validation") or ""),
            severity_id=severity if isinstance(severity, int) else 0,
            device_value=str(columns.get("DvcValue") or ""),
            has_domain_admin=_has_domain_admin(columns.get("LoggedOnUsersJson")),
            devices=devices if isinstance(devices, int) else 1,
        )
    )


def _has_domain_admin(users: object) -> bool:
    listed = users
    if isinstance(users, str):
        try:
            listed = json_from_outside(users)
        except ValueError:  # not as we wrote it
            return False
    return isinstance(listed, list) and any(
        isinstance(user, dict) and user.get("isDomainAdmin") is True for user in listed
    )
