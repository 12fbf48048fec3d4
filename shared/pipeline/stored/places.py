"""Where an alert is kept: under the day and id by which it was first known, whatever a later version tells.

An alert's key is its id and its day of creation. Should the source tell another day or, after a switch of
source, another id, the alert is found by what was remembered of it when it was new. Nothing needs to be
remembered of an ordinary alert, whose id has its time of creation in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.core.alert import Alert, time_in_id
from shared.core.progress import LedgerRow
from shared.pipeline.ports import Ledger


@dataclass(frozen=True, slots=True)
class Place:
    """The day and id under which an alert is kept, or will be; `finished` is its row in history, if any."""

    day: str
    alert_id: str
    finished: LedgerRow | None = None


def find(ledger: Ledger, alerts: Sequence[Alert]) -> tuple[dict[str, Place], dict[str, LedgerRow]]:
    """(the place of each alert, by its id as fetched; those of their rows that are open, by the id under
    which they are kept)."""
    open_rows = ledger.open_many([name for alert in alerts for name in names_of(alert)])
    places: dict[str, Place] = {}
    for alert in alerts:
        if (known := _first(open_rows, alert)) is not None:
            places[alert.id] = Place(known.day, known.alert_id)
    left = [alert for alert in alerts if alert.id not in places]
    finished = ledger.finished(
        {(day, name) for alert in left for name in names_of(alert) for day in _days(alert, name)}
    )
    for alert in left:
        if (row := _first(finished, alert)) is not None:
            places[alert.id] = Place(row.day, row.alert_id, row)
    left = [alert for alert in left if alert.id not in places]
    kept = ledger.places([name for alert in left for name in names_of(alert)])
    open_rows |= ledger.open_many({alert_id for _, alert_id in kept.values()} - open_rows.keys())
    are_open = {(row.day, row.alert_id) for row in open_rows.values()}
    finished = ledger.finished(set(kept.values()) - are_open)
    for alert in left:
        day, alert_id = _first(kept, alert) or (alert.day, alert.id)
        places[alert.id] = Place(day, alert_id, finished.get(alert_id))
    return places, open_rows


def _first[T](found: Mapping[str, T], alert: Alert) -> T | None:
    """What was found of the alert, by any of its ids."""
    return next((found[name] for name in names_of(alert) if name in found), None)


def names_of(alert: Alert) -> tuple[str, ...]:
    """The ids of the alert: its own, and its product's where that is another one."""
    if alert.provider_id is None or alert.provider_id == alert.id:
        return (alert.id,)
    return alert.id, alert.provider_id


def _days(alert: Alert, name: str) -> set[str]:
    """The days under which an ordinary alert with this id would lie."""
    moment = time_in_id(name)
    return {alert.day} if moment is None else {alert.day, moment.day()}


def to_remember(alert: Alert) -> dict[str, tuple[str, str]]:
    """What must be kept of a new alert, so that it is found whatever a later version tells."""
    names = names_of(alert)
    moment = time_in_id(alert.id)
    if len(names) == 1 and moment is not None and moment.day() == alert.day:
        return {}  # `_days` finds it
    return dict.fromkeys(names, (alert.day, alert.id))
