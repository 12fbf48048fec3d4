"""Rows that name what an alert's evidence names, and the processes they lead to."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.correlate import spelling
from shared.core.correlate.finding import Method, ProcessKey, TiedEvent
from shared.core.correlate.needles import Mention, Needle, mentions, narrows
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Crowd, Sighting
from shared.core.correlate.subject import Subject
from shared.core.correlate.telemetry import View
from shared.core.correlate.telling import ACTIONS, TOOLS

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
        self._found: dict[tuple[Method, str], list[tuple[Sighting, Mention]]] | None = None

    def _index(self) -> dict[tuple[Method, str], list[tuple[Sighting, Mention]]]:
        if self._found is None:
            self._found = defaultdict(list)
            for sighting in self._view.telemetry.sightings.values():
                for mention in mentions(sighting):
                    self._found[mention.method, mention.value].append((sighting, mention))
        return self._found

    def of(self, needle: Needle, subject: Subject) -> Iterator[tuple[Sighting, Mention]]:
        """Rows that name the thing, on the alert's device and near it in time."""
        device = needle.device_id or subject.device_id
        for sighting, mention in self._index().get((needle.method, needle.value), ()):
            event = sighting.event
            if device and event.device_id != device:
                continue
            if event.time in subject.mention_span and narrows(needle, sighting):
                yield sighting, mention


def by_evidence(view: View, found: Mentions, subject: Subject, policy: HuntPolicy) -> Named:
    """The rows of the strongest kind of evidence that any row names; empty where none does.

    Of an account's processes only those become anchors that another account started: there it came in.
    """
    by_method: dict[Method, list[tuple[Sighting, Mention]]] = defaultdict(list)
    for needle in subject.needles:
        by_method[needle.method] += found.of(needle, subject)
    for method in TIES:
        if by_method[method]:
            return _named(view, subject, method, by_method[method], policy)
    return Named()


def _named(
    view: View, subject: Subject, method: Method, matches: list[tuple[Sighting, Mention]], policy: HuntPolicy
) -> Named:
    matches.sort(key=lambda match: (abs(match[0].event.time.ticks - subject.near.ticks), match[0].event.key))
    events: dict[object, TiedEvent] = {}
    anchors: dict[ProcessKey, None] = {}
    for sighting, mention in matches:
        key = view.key(mention.doer) if mention.doer is not None else None
        if key is not None and (method is not Method.ACCOUNT or _came_in(sighting)):
            anchors[key] = None
        if not mention.is_itself or sighting.created is not None:
            events.setdefault(sighting.event.key, TiedEvent(sighting.event, TIES[method], None, key))
    kept = tuple(events.values())[: policy.mention_rows]
    counted = max(len(events), _crowded(view, subject, method))
    first = tuple(anchors)[: policy.max_anchors]
    return Named(method, kept, first, counted, len(anchors) - len(first))


def _came_in(sighting: Sighting) -> bool:
    row = sighting.event.row
    names = [str(row.get(prefix + "AccountName", "")).lower() for prefix in ("", "InitiatingProcess")]
    return sighting.created is not None and "" not in names and names[0] != names[1]


def _crowded(view: View, subject: Subject, method: Method) -> int:
    """Rows that were only counted, of the things this alert names."""
    wanted = {needle.value for needle in subject.needles if needle.method is method}
    return sum(crowd.rows for crowd in crowds_of(view, subject) if wanted & _spellings(crowd.match))


def _spellings(match: str) -> set[str | None]:
    return {match.lower(), spelling.address(match), spelling.host(match), spelling.registry_key(match)}


def crowds_of(view: View, subject: Subject) -> list[Crowd]:
    """Crowds of rows that name a thing of the alert, or telling activity where it names only a device."""
    wanted: set[str | None] = {needle.value for needle in subject.needles}
    if subject.has_only_a_device:
        wanted |= {word.lower() for word in (*TOOLS, *ACTIONS)}
    return [
        crowd
        for crowd in view.telemetry.crowds
        if crowd.match and subject.device_id in ("", crowd.device_id) and wanted & _spellings(crowd.match)
    ]
