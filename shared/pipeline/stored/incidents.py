"""What is known of incidents beside their rows, and these rows, whose owner this is.

An alert's publishing goes: the day of its incident; new events; the alert's row, which names the incident and
those it came from; old events; `joined`; the ledger. So whoever comes after a crash finds, in the alert's own
row, every incident that must be built again. That an alert is remembered under an incident says only that it
may be in it: building reads the alert's row, and drops one that names another incident.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.core import incidents, row
from shared.core.incidents import Mark, mark
from shared.core.values import Columns, RowWrite, StoredRow, table_keys
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored.change import settle
from shared.pipeline.stored.lease import HeldLease

MOST_ALERTS = 1_000  # of one incident that are read; the newest, where there are more
_ALERTS_AT_ONCE = 500  # rows of some 10 KB each

type Key = tuple[str, str]  # day, row key
type Rows = Mapping[Key, Columns]
# What to write of an incident: from its id, its row as it stands, its alerts' rows, how many more there are.
type Decide = Callable[[str, StoredRow | None, Rows, int], Columns | None]


def days(ports: Ports, first: Mapping[str, str]) -> dict[str, str]:
    """The day under which each incident's row lies: as it was first kept, else as `first` says."""
    known = ports.memberships.days(first)
    new = {each: day for each, day in first.items() if each not in known}
    if not new:
        return known
    made = ports.memberships.keep_days(new)
    others = new.keys() - set(made)
    return known | new | (ports.memberships.days(sorted(others)) if others else {})


def joined(ports: Ports, alerts: Rows) -> None:
    """Has the incidents built that these alerts' rows name, those that the alerts came from included."""
    found: dict[str, set[Key]] = {}
    for key, columns in alerts.items():
        named = [str(columns.get("IncidentId") or ""), *row.incidents_before(columns)]
        for incident_id in filter(None, named):
            found.setdefault(incident_id, set()).add(key)
    if found:
        ports.memberships.add(found)


def is_due(ports: Ports, policy: Policy) -> bool:
    """True where an incident is to be built now."""
    now = ports.clock.now()
    return any(mark.is_due(each, now, policy.incident_every) for each in ports.memberships.marks())


def begin(ports: Ports, policy: Policy, most: int) -> list[Mark]:
    """The marks of at most so many incidents that are to be built now, those that wait longest first; each
    try is counted. What nobody needs to remember any more is forgotten."""
    now, every = ports.clock.now(), policy.incident_every
    marks = ports.memberships.marks()
    if over := [each for each in marks if mark.is_over(each, now, every)]:
        ports.memberships.remove_marks(over)
    due = [each for each in marks if mark.is_due(each, now, every)]
    due.sort(key=lambda each: (each.built is not None, each.built or now, each.incident_id))
    return ports.memberships.write_marks([mark.begun(each, now) for each in due[:most]]) if due else []


def end(ports: Ports, built: Sequence[Mark], pending: Collection[str], now: datetime) -> None:
    """Clears the marks of incidents that were built; one that was marked again meanwhile stays marked.

    Of incidents in `pending`, of which nobody is to be told yet, nothing is remembered, so that they are
    built at once when there is something to tell.
    """
    store = ports.memberships
    store.remove_marks([each for each in built if each.incident_id in pending])
    clear = [mark.ended(each, now) for each in built if each.incident_id not in pending]
    done = {each.incident_id for each in (store.write_marks(clear) if clear else [])}
    if again := {each.incident_id for each in clear} - done:
        # Another builder may have been first, and what was written here be older than what that one read.
        current = [each for each in store.marks() if each.incident_id in again]
        store.write_marks([replace(mark.ended(each, now), is_marked=True) for each in current])


def change(held: HeldLease, incident_ids: Sequence[str], decide: Decide) -> None:
    """Writes what `decide` makes of each incident as it stands; None is nothing. Safe to repeat.

    Each incident's own row is read before its alerts' rows: so what is written on condition that nobody wrote
    it meanwhile is never older than what stands. Raises LeaseLost.
    """
    ports = held.ports

    def attempt(left: Sequence[str]) -> list[str]:
        known_days = ports.memberships.days(left)
        keys = {
            each: table_keys.incident_key(known_days[each], each, held.policy.row_tenant)
            for each in left
            if each in known_days
        }
        stored = ports.incident_rows.read(keys.values())
        alerts = ports.memberships.alerts(keys)
        lost = []
        for group in _groups(alerts):
            rows = _read(ports, [key for each in group for key in alerts[each][-MOST_ALERTS:]])
            wanted: dict[str, RowWrite] = {}
            for each in group:
                theirs = {key: rows[key] for key in alerts[each] if key in rows}
                standing = stored.get(keys[each])
                columns = decide(each, standing, theirs, max(0, len(alerts[each]) - MOST_ALERTS))
                if columns is not None:
                    wanted[each] = RowWrite(*keys[each], columns, standing.etag if standing else "")
            lost += _write(held, wanted)
        return lost

    settle(incident_ids, attempt)


def _read(ports: Ports, keys: Iterable[Key]) -> dict[Key, Columns]:
    found = ports.alert_rows.read(dict.fromkeys(keys), incidents.NEEDED)
    return {key: stored.columns for key, stored in found.items()}


def _write(held: HeldLease, wanted: Mapping[str, RowWrite]) -> list[str]:
    """The incidents whose write lost a race."""
    if not wanted:
        return []
    held.renew()
    done = {(write.day, write.row_key) for write in held.ports.incident_rows.write(list(wanted.values()))}
    return [each for each, write in wanted.items() if (write.day, write.row_key) not in done]


def _groups(alerts: Mapping[str, Sequence[Key]]) -> Iterator[list[str]]:
    """Incidents whose alerts are read together, so that memory is bounded."""
    group: list[str] = []
    size = 0
    for each, keys in alerts.items():
        count = min(len(keys), MOST_ALERTS)
        if group and size + count > _ALERTS_AT_ONCE:
            yield group
            group, size = [], 0
        group.append(each)
        size += count
    if group:
        yield group
