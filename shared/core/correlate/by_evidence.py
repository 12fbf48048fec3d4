"""Rows that name what an alert's evidence names, and the processes they lead to."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.correlate import spelling
from shared.core.correlate.device_activity import ACTIONS, TOOLS
from shared.core.correlate.finding import Method, ProcessKey, TiedEvent
from shared.core.correlate.indicators import Indicator, Mention, mentions, narrows
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Observation, Overflow
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View

TIES = {
    Method.FILE_HASH: "evidence-hash",
    Method.FILE_NAME: "evidence-name",
    Method.ADDRESS: "evidence-address",
    Method.URL: "evidence-url",
    Method.REGISTRY: "evidence-registry",
    Method.ACCOUNT: "evidence-account",
}


@dataclass(frozen=True, slots=True)
class Named:
    """What the strongest kind of evidence found: its rows, and the processes that become anchors.

    The nearest to the alert come first; `counted` is the true number of rows.
    """

    method: Method = Method.NONE
    events: tuple[TiedEvent, ...] = ()
    anchors: tuple[ProcessKey, ...] = ()
    counted: int = 0
    anchors_left_out: int = 0


class Mentions:
    """Everything that rows name, for finding it. The pass over all rows is made when first asked."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._found: dict[tuple[Method, str], list[tuple[Observation, Mention]]] | None = None

    def _index(self) -> dict[tuple[Method, str], list[tuple[Observation, Mention]]]:
        if self._found is None:
            self._found = defaultdict(list)
            for observation in self._view.telemetry.observations.values():
                for mention in mentions(observation):
                    self._found[mention.method, mention.value].append((observation, mention))
        return self._found

    def of(self, indicator: Indicator, subject: Subject) -> Iterator[tuple[Observation, Mention]]:
        """Rows that name the thing, on the alert's device and near it in time."""
        device = indicator.device_id or subject.device_id
        for observation, mention in self._index().get((indicator.method, indicator.value), ()):
            event = observation.event
            if device and event.device_id != device:
                continue
            if event.time in subject.mention_span and narrows(indicator, observation):
                yield observation, mention


def by_evidence(view: View, found: Mentions, subject: Subject, policy: HuntPolicy) -> Named:
    """The rows of the strongest kind of evidence that any row names; empty where none does.

    Of an account's processes only those become anchors that another account started: there it came in.
    """
    by_method: dict[Method, list[tuple[Observation, Mention]]] = defaultdict(list)
    for indicator in subject.indicators:
        by_method[indicator.method] += found.of(indicator, subject)
    for method in TIES:
        if by_method[method]:
            return _named(view, subject, method, by_method[method], policy)
    return Named()


def _named(
    view: View,
    subject: Subject,
    method: Method,
    matches: list[tuple[Observation, Mention]],
    policy: HuntPolicy,
) -> Named:
    matches.sort(key=lambda match: (abs(match[0].event.time.ticks - subject.near.ticks), match[0].event.key))
    events: dict[object, TiedEvent] = {}
    anchors: dict[ProcessKey, None] = {}
    for observation, mention in matches:
        key = view.key(mention.doer) if mention.doer is not None else None
        if key is not None and (method is not Method.ACCOUNT or _came_in(observation)):
            anchors[key] = None
        if not mention.is_itself or observation.created is not None:
            events.setdefault(observation.event.key, TiedEvent(observation.event, TIES[method], None, key))
    kept = tuple(events.values())[: policy.mention_rows]
    counted = max(len(events), _crowded(view, subject, method))
    first = tuple(anchors)[: policy.max_anchors]
    return Named(method, kept, first, counted, len(anchors) - len(first))


def _came_in(observation: Observation) -> bool:
    row = observation.event.row
    names = [str(row.get(prefix + "AccountName", "")).lower() for prefix in ("", "InitiatingProcess")]
    return observation.created is not None and "" not in names and names[0] != names[1]


def _crowded(view: View, subject: Subject, method: Method) -> int:
    """Rows that were only counted, of the things this alert names."""
    wanted = {indicator.value for indicator in subject.indicators if indicator.method is method}
    return sum(
        overflow.rows for overflow in overflows_of(view, subject) if wanted & _spellings(overflow.match)
    )


def _spellings(match: str) -> set[str | None]:
    return {match.lower(), spelling.address(match), spelling.host(match), spelling.registry_key(match)}


def overflows_of(view: View, subject: Subject) -> list[Overflow]:
    """Overflows of rows that name a thing of the alert, or telling activity where it names only a device."""
    wanted: set[str | None] = {indicator.value for indicator in subject.indicators}
    if subject.has_only_a_device:
        wanted |= {word.lower() for word in (*TOOLS, *ACTIONS)}
    return [
        overflow
        for overflow in view.telemetry.overflows
        if overflow.match
        and subject.device_id in ("", overflow.device_id)
        and wanted & _spellings(overflow.match)
    ]
