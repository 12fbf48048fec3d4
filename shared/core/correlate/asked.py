"""Of all rows received, those that an alert's own questions bring.

One hunt answers for many alerts, and what others asked for must not show in an alert's finding: whoever is
hunted alone would be told something else. Where there are more rows than a question brings, these are the
same that it would choose: `nearest` orders rows as the queries do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.core.correlate.finding import ProcessKey
from shared.core.correlate.rows import Observation
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.values import TICKS_PER_SECOND, Instant

_TICKS_PER_MS = TICKS_PER_SECOND // 1_000


def nearest(observations: Iterable[Observation], moment: Instant, most: int) -> list[Observation]:
    """Those that a query for the `most` nearest to the moment would return."""
    found = list(observations)
    if len(found) <= most:
        return found

    def order(one: Observation) -> tuple[int, int, int, str]:
        event = one.event
        away = abs(event.time.ticks // _TICKS_PER_MS - moment.ticks // _TICKS_PER_MS)
        return away, event.time.ticks, len(event.report_id), event.report_id

    return sorted(found, key=order)[:most]


@dataclass(frozen=True, slots=True)
class Acts:
    """What a process did in one table, in the order of time; `count` is how often in truth."""

    rows: tuple[Observation, ...]
    count: int


def acts(view: View, subject: Subject, key: ProcessKey) -> dict[str, Acts]:
    """By table, what the process did in the alert's time, without what it started."""
    tables: dict[str, list[Observation]] = {}
    for one in view.acts.get(key, ()):
        if one.event.time in subject.span:
            tables.setdefault(one.event.table, []).append(one)
    found: dict[str, Acts] = {}
    for table, inside in tables.items():
        kept = nearest(inside, subject.near, view.policy.process_rows)
        true_count = count(view, subject, key, table) or len(inside)
        kept.sort(key=lambda one: one.event.order)
        found[table] = Acts(tuple(kept), max(true_count, len(kept)))
    return found


def own(view: View, key: ProcessKey, depth: int) -> list[Observation]:
    """The process's creation rows. Those of the alert's own processes and above are asked for by themselves,
    and so only as long after the creation as `late_row_s` says."""
    rows = view.own.get(key, [])
    if depth > 0:
        return rows
    latest = key.created.plus(view.policy.late_row_s)
    return [one for one in rows if one.event.time <= latest]


def started(view: View, key: ProcessKey, depths: Mapping[ProcessKey, int]) -> list[Observation]:
    """Creation rows of what the process started, as far as it is among the alert's own, whose depths are
    given."""
    return [
        one
        for child in view.children.get(key, ())
        if child in depths
        for one in own(view, child, depths[child])
        if one.actor is not None and view.key(one.actor) == key
    ]


def count(view: View, subject: Subject, key: ProcessKey, table: str) -> int:
    """How many rows the process has in that table within the alert's time, where they are too many to be
    sent all at once; else 0."""
    if counts := view.counts.get(key, {}).get(table):
        exact = counts.get(subject.activity_span(key.created, view.policy.tolerance_s))
        if exact is not None:
            return exact if exact > view.policy.process_rows else 0
    overflow = view.overflows.get(key, {}).get(table)
    return overflow.rows if overflow is not None else 0
