"""The overlap of a storm, asked for without evidence: thousands of alerts that are known already are not
downloaded again for the few that were listed late.
"""

from collections.abc import Sequence

from shared import telemetry
from shared.core.progress import Window, auditing
from shared.errors import NotFound
from shared.pipeline.fetch.audit_lists import known_rows, listed
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports

_MOST_BY_ID = 20  # beyond, the list with evidence is no dearer


def listed_late(ports: Ports, policy: Policy, window: Window) -> Sequence[object] | None:
    """The alerts of the window, with evidence, that the ledger lacks or knows in an older version; None where
    they are too many to be asked for one by one, or the list was not to be had."""
    found = listed(ports, ports.source.touched_in, window)
    if found is None or found[1]:
        return None
    alerts, _ = found
    rows = known_rows(ports, alerts)
    source = ports.source.name
    wanted = [
        alert_id
        for alert_id, one in alerts.items()
        if alert_id not in rows or auditing.is_behind(rows[alert_id], one, source, window.end)
    ]
    telemetry.info("overlap compared", listed=len(alerts), late=len(wanted))
    if len(wanted) > min(_MOST_BY_ID, policy.max_pointers):
        return None
    return [one for alert_id in wanted if (one := _one(ports, alert_id)) is not None]


def _one(ports: Ports, alert_id: str) -> object | None:
    try:
        return ports.source.one(alert_id)
    except NotFound:
        return None  # gone from the source since it was listed
