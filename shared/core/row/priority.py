"""An alert's priority by what its row shows, so that row and number never differ."""

from collections.abc import Mapping

from shared.core.conclude import Weighed, priority_of
from shared.core.values import list_of, number_of


def priority_columns(columns: Mapping[str, object]) -> dict[str, object]:
    """Priority and PriorityReason of a row that shows `columns`."""
    devices = columns.get("DvcCount")
    weighed = Weighed(
        validation=str(columns.get("Validation") or ""),
        severity_id=number_of(columns, "SeverityId"),
        device_value=str(columns.get("DvcValue") or ""),
        has_domain_admin=_has_domain_admin(columns),
        devices=devices if isinstance(devices, int) else 1,
    )
    priority = priority_of(weighed)
    return {"Priority": priority.number, "PriorityReason": priority.reason}


def _has_domain_admin(columns: Mapping[str, object]) -> bool:
    users = list_of(columns, "LoggedOnUsersJson")
    return any(isinstance(user, dict) and user.get("isDomainAdmin") is True for user in users)
