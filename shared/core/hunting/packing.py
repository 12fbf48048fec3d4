"""Wants of many alerts as few queries, each within the size that the service takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from shared.core.correlate import HuntPolicy
from shared.core.hunting.alert_evidence_query import alert_evidence_query, device_query
from shared.core.hunting.case import Query
from shared.core.hunting.chain_query import chain_query, overflow_query
from shared.core.hunting.mention_query import (
    device_activity_query,
    mention_overflow_query,
    mention_query,
    moment_query,
)
from shared.core.hunting.wants import (
    ActivityOverflow,
    AlertEvidence,
    DeviceActivity,
    DeviceKnown,
    IndicatorMentions,
    MentionOverflow,
    MomentActivity,
    ProcessActivity,
    ProcessCreation,
    Want,
    without_around,
)
from shared.core.values import by_key

TIMESPAN = "P30D"
_KINDS: dict[type, str] = {
    ProcessCreation: "chain",
    ProcessActivity: "chain",
    ActivityOverflow: "chain-overflow",
    IndicatorMentions: "evidence",
    MentionOverflow: "evidence-overflow",
    DeviceActivity: "device-activity",
    MomentActivity: "moment-activity",
    AlertEvidence: "alert-evidence",
    DeviceKnown: "device-known",
}
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
_MOST_OVERFLOWS = 12  # branches of their own in one query


def pack(asking: Mapping[Want, Sequence[str]], policy: HuntPolicy) -> tuple[Query, ...]:
    """Queries for all wants, given with the alerts that each serves."""
    return tuple(
        query
        for name, wants in by_key((_name(want), want) for want in asking).items()
        for group in _groups(name, wants, asking, policy)
        for query in _fitting(name, group, asking, policy)
    )


def smaller(query: Query, asking: Mapping[Want, Sequence[str]], policy: HuntPolicy) -> tuple[Query, ...]:
    """Queries whose answers are smaller: halves, or the one process without those around it; nothing where
    the query asks for one thing alone."""
    parts = _halves(query, asking, policy)
    if not parts:
        alone = tuple(without_around(want) for want in query.wants)
        if alone == query.wants:
            return ()
        parts = (_query(query.name, alone, dict.fromkeys(alone, query.alert_ids), policy),)
    return tuple(replace(part, halvings=query.halvings + 1) for part in parts)


def _halves(query: Query, asking: Mapping[Want, Sequence[str]], policy: HuntPolicy) -> tuple[Query, ...]:
    """The query as two that ask for half each; nothing where it asks for one thing."""
    middle = len(query.wants) // 2
    if not middle:
        return ()
    return tuple(
        _query(query.name, part, asking, policy) for part in (query.wants[:middle], query.wants[middle:])
    )


def _name(want: Want) -> str:
    if isinstance(want, IndicatorMentions) and not want.device_id:
        return "evidence-anywhere"
    return _KINDS[type(want)]


def _groups(
    name: str, wants: Sequence[Want], asking: Mapping[Want, Sequence[str]], policy: HuntPolicy
) -> Iterable[list[Want]]:
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


def _fitting(
    name: str, wants: Sequence[Want], asking: Mapping[Want, Sequence[str]], policy: HuntPolicy
) -> Iterable[Query]:
    query = _query(name, wants, asking, policy)
    parts = _halves(query, asking, policy) if len(query.kql) > policy.max_query_chars else ()
    if not parts:
        return [query]
    return [fit for part in parts for fit in _fitting(name, part.wants, asking, policy)]


def _query(
    name: str, wants: Sequence[Want], asking: Mapping[Want, Sequence[str]], policy: HuntPolicy
) -> Query:
    alerts = dict.fromkeys(alert for want in wants for alert in asking[want])
    text = f"// {_TITLES[name]}\n{_text(name, wants, policy)}"
    return Query(name, text, TIMESPAN, tuple(alerts), tuple(wants))


def _text(name: str, wants: Sequence[Want], policy: HuntPolicy) -> str:
    if name == "chain":
        return chain_query(_of(ProcessCreation, wants), _of(ProcessActivity, wants), policy)
    writers: dict[str, Callable[[], str]] = {
        "chain-overflow": lambda: overflow_query(_of(ActivityOverflow, wants), policy),
        "evidence": lambda: mention_query(_of(IndicatorMentions, wants), policy),
        "evidence-anywhere": lambda: mention_query(_of(IndicatorMentions, wants), policy),
        "evidence-overflow": lambda: mention_overflow_query(_of(MentionOverflow, wants), policy),
        "device-activity": lambda: device_activity_query(_of(DeviceActivity, wants), policy),
        "moment-activity": lambda: moment_query(_of(MomentActivity, wants), policy),
        "alert-evidence": lambda: alert_evidence_query(_of(AlertEvidence, wants)),
        "device-known": lambda: device_query(_of(DeviceKnown, wants)),
    }
    return writers[name]()


def _of[W](kind: type[W], wants: Iterable[Want]) -> list[W]:
    return [want for want in wants if isinstance(want, kind)]
