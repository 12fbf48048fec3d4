"""What was stopped and what was not, item by item, by the one table of words in `ranking`."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.core.alert import Evidence, ranking
from shared.core.conclude.context import AlertContext, cell, is_remedy, moment
from shared.core.correlate import ProcessKey, ProcessNode, TiedEvent
from shared.core.values import Instant

_ABOUT = frozenset({"process", "file", "ip", "url", "registry"})
_LONGEST_NAME = 200
_NEAR = 2.0  # seconds that a process's creation time may differ between the alert and telemetry


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the alert is about: `state` is stopped, active, detected, or "" where nothing is said."""

    name: str
    state: str
    word: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Something was stopped: when, by what in words, the processes that the stopped things are, and the words
    for where something else is spoken of."""

    at: Instant
    by: str
    culprits: frozenset[ProcessKey]
    beside: str


def items_of(context: AlertContext) -> list[Item]:
    """What the alert is about, each with what became of it. What was found clean is not among them."""
    found = []
    for item in context.alert.evidence:
        if item.kind not in _ABOUT or ranking.is_clean(item):
            continue
        state, word = ranking.state_of(item)
        found.append(Item(_name(item), state, word, item))
    return found


def _name(item: Evidence) -> str:
    return item.file_name or item.url or item.ip_address or item.registry_key or item.kind


def stop_of(context: AlertContext, items: list[Item]) -> Stop | None:
    """How the alert was stopped; None where nothing was, or where anything that it is about still is active,
    unremediated or only detected."""
    reports = [tied for tied in context.events if is_remedy(tied)]
    by_antivirus = [item for item in items if item.state == "detected" and _is_target(item, reports)]
    if any(item.state == "active" for item in items):
        return None
    if any(item.state == "detected" and item not in by_antivirus for item in items):
        return None
    stopped = [item for item in items if item.state == "stopped"]
    if stopped:
        at = context.alert.last_event or context.alert.first_event or context.alert.created
        at = min([at, *(moment(tied) for tied in reports)])
        words = sorted({item.word for item in stopped})
        by = f"Defender {words[0]} {_listed([item.name for item in stopped])}"
        return Stop(at, by, _culprits(context, stopped, reports), by)
    if reports:
        culprits = _culprits(context, by_antivirus, reports)
        beside = _listed([cell(tied, "FileName")[:_LONGEST_NAME] or "something" for tied in reports])
        return Stop(
            moment(reports[0]), "the antivirus stopped it", culprits, f"the antivirus stopped {beside}"
        )
    return None


def _listed(named: list[str]) -> str:
    names = list(dict.fromkeys(named))
    return f"{', '.join(names[:2])} and {len(names) - 2} more" if len(names) > 2 else " and ".join(names)


def _is_target(item: Item, reports: list[TiedEvent]) -> bool:
    """True where the antivirus reports what it did about this very thing."""
    evidence = item.evidence
    if evidence is None:
        return False
    mine = {text.lower() for text in (evidence.sha1, evidence.sha256, evidence.file_name) if text}
    named = ("SHA1", "SHA256", "FileName")
    return any(mine & {cell(tied, name).lower() for name in named} for tied in reports)


def _culprits(context: AlertContext, items: list[Item], reports: list[TiedEvent]) -> frozenset[ProcessKey]:
    """The processes that the stopped things are, or that run them, with all these started: not a program
    that merely wrote or fetched what was stopped."""
    names_nothing = any(not cell(tied, "SHA1") and not cell(tied, "FileName") for tied in reports)
    keys = {
        node.key
        for node in context.own_nodes()
        if any(item.evidence is not None and _is_process(node, item.evidence) for item in items)
        or any(_runs_reported(node, tied) for tied in reports)
        or (names_nothing and node.is_anchor)  # then the report is about the process it hangs on
    }
    for node in sorted(context.nodes.values(), key=lambda node: node.depth):
        if node.parent in keys:
            keys.add(node.key)
    return frozenset(keys)


def _is_process(node: ProcessNode, item: Evidence) -> bool:
    if item.process_id is not None and item.process_created is not None:
        near = abs(node.key.created.seconds_since(item.process_created)) <= _NEAR
        return node.key.pid == item.process_id and near
    if item.kind not in ("file", "process"):
        return False
    if item.sha1 and node.sha1:
        return item.sha1.lower() == node.sha1.lower()
    if item.sha256 and node.sha256:
        return item.sha256.lower() == node.sha256.lower()
    if item.file_name:
        return item.file_name.lower() == (node.file_name or "").lower()
    return item.kind == "process" and node.is_anchor


def _runs_reported(node: ProcessNode, tied: TiedEvent) -> bool:
    sha1 = cell(tied, "SHA1").lower()
    return bool(sha1) and sha1 == (node.sha1 or "").lower()


def said_of(items: list[Item]) -> Iterator[str]:
    """What became of each thing, where they differ: "blocked: a.exe; detected: chrome.exe"."""
    for word in dict.fromkeys(item.word for item in items if item.word):
        yield f"{word}: {_listed([item.name for item in items if item.word == word])}"
