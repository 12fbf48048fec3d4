"""Wants of many alerts as few queries, each within the size that the service takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.core.correlate import HuntPolicy
from shared.core.hunting import alert_evidence_query, chain_query, mention_query
from shared.core.hunting.case import Query
from shared.core.hunting.wants import IndicatorMentions, ProcessActivity, ProcessCreation, Want
from shared.core.values import by_key

TIMESPAN = "P30D"
_MOST_OVERFLOWS = 12  # branches of their own in one query

type _Asking = Mapping[Want, Sequence[str]]
"""What to ask, each with the ids of the alerts that it serves."""
type _Write = Callable[[Sequence[Any], HuntPolicy], str]
"""Writes KQL for wants, which are all of the query's kind."""


def pack(asking: _Asking, policy: HuntPolicy) -> tuple[Query, ...]:
    """Queries for all wants, given with the alerts that each serves."""
    return tuple(
        query
        for name, wants in by_key((_name(want), want) for want in asking).items()
        for group in _groups(name, wants, asking, policy)
        for query in _fitting(name, group, asking, policy)
    )


def smaller(query: Query, asking: _Asking, policy: HuntPolicy) -> tuple[Query, ...]:
    """Queries whose answers are smaller: halves, or the one process without those around it; nothing where
    the query asks for one thing alone."""
    parts = _halves(query, asking, policy)
    if not parts:
        alone = tuple(_without_around(want) for want in query.wants)
        if alone == query.wants:
            return ()
        parts = (_query(query.name, alone, dict.fromkeys(alone, query.alert_ids), policy),)
    return tuple(replace(part, halvings=query.halvings + 1) for part in parts)


def _halves(query: Query, asking: _Asking, policy: HuntPolicy) -> tuple[Query, ...]:
    """The query as two that ask for half each; nothing where it asks for one thing."""
    middle = len(query.wants) // 2
    if not middle:
        return ()
    return tuple(
        _query(query.name, part, asking, policy) for part in (query.wants[:middle], query.wants[middle:])
    )


def _without_around(want: Want) -> Want:
    """The same of the one process alone, without those above or below it."""
    if isinstance(want, ProcessCreation):
        return replace(want, up=False)
    return replace(want, down=False) if isinstance(want, ProcessActivity) else want


def _name(want: Want) -> str:
    return "evidence-anywhere" if isinstance(want, IndicatorMentions) and not want.device_id else want.query


def _groups(name: str, wants: Sequence[Want], asking: _Asking, policy: HuntPolicy) -> Iterable[list[Want]]:
    most = _MOST_OVERFLOWS if name.endswith("-overflow") else policy.max_processes
    group: list[Want] = []
    alerts: set[str] = set()
    for want in wants:
        joined = alerts.union(asking[want])
        if group and (len(joined) > max(policy.batch_size, len(asking[want])) or len(group) >= most):
            yield group
            group, joined = [], set(asking[want])
        group.append(want)
        alerts = joined
    yield group


def _fitting(name: str, wants: Sequence[Want], asking: _Asking, policy: HuntPolicy) -> Iterable[Query]:
    query = _query(name, wants, asking, policy)
    parts = _halves(query, asking, policy) if len(query.kql) > policy.max_query_chars else ()
    if not parts:
        return [query]
    return [fit for part in parts for fit in _fitting(name, part.wants, asking, policy)]


def _query(name: str, wants: Sequence[Want], asking: _Asking, policy: HuntPolicy) -> Query:
    alerts = dict.fromkeys(alert for want in wants for alert in asking[want])
    text = f"// {_TITLES[name]}\n{_WRITERS[name](wants, policy)}"
    return Query(name, text, TIMESPAN, tuple(alerts), tuple(wants))


def _chain(wants: Sequence[Want], policy: HuntPolicy) -> str:
    creations = [want for want in wants if isinstance(want, ProcessCreation)]
    activities = [want for want in wants if isinstance(want, ProcessActivity)]
    return chain_query.chain_query(creations, activities, policy)


_TITLES = {
    "chain": "Processes: their creation, what they did, what they and their children started",
    "chain-overflow": "What one process did very often: the rows nearest to the alert",
    "evidence": "Rows that name what the alerts' evidence names",
    "evidence-anywhere": "Rows of any device that name what the alerts' evidence names",
    "evidence-overflow": "What very many rows name: those nearest to the alert",
    "device-activity": "The most telling things that happened on the devices",
    "moment-activity": "What happened on the devices at the alerts' own moments",
    "alert-evidence": "What hunting itself knows of the alerts' evidence",
    "device-known": "Whether hunting knows the devices",
}
_WRITERS: Mapping[str, _Write] = {
    "chain": _chain,
    "chain-overflow": chain_query.overflow_query,
    "evidence": mention_query.mention_query,
    "evidence-anywhere": mention_query.mention_query,
    "evidence-overflow": mention_query.mention_overflow_query,
    "device-activity": mention_query.device_activity_query,
    "moment-activity": mention_query.moment_query,
    "alert-evidence": lambda wants, _: alert_evidence_query.alert_evidence_query(wants),
    "device-known": lambda wants, _: alert_evidence_query.device_query(wants),
}
