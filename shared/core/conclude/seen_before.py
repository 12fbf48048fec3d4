"""Seen before: earlier alerts that share a file, an outside address or a command's shape with this one."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.core.alert import Alert
from shared.core.correlate import Finding
from shared.core.lookups import outside_address
from shared.core.values import Instant

MOST_OF_A_KIND = 4
MOST_SIGHTINGS = 100  # of one trait that are looked at, the newest
_LONGEST = 100  # characters of a device's id or of a verdict; a longer one is no honest service's

# What differs between two runs of the same command: numbers, long hex or base64, paths of one user.
_SHAPE = (
    (re.compile(r"[\"'^`]"), ""),
    (re.compile(r"(?i)(?:[a-z]:)?[\\/](?:users|home|documents and settings)[\\/][^\\/\s]+"), "~"),
    (re.compile(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "#"),
    (re.compile(r"[A-Za-z0-9+/]{24,}={0,2}"), "#"),
    (re.compile(r"\d+"), "#"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True)
class Trait:
    """What two alerts can share. `key` is short and safe; `words` say it to a person."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One alert that showed a trait."""

    trait: str
    alert_id: str
    created: Instant
    device_id: str
    classification: str


def traits_of(alert: Alert, finding: Finding) -> tuple[Trait, ...]:
    """The alert's files (SHA-1 first), outside addresses and the shapes of its own commands."""
    hashes = [(item.sha1 or item.sha256 or "").lower() for item in alert.evidence]
    addresses = [outside_address(item.ip_address) or "" for item in alert.evidence]
    commands = [node.command_line or "" for node in finding.nodes if node.is_anchor]
    commands += [item.command_line or "" for item in alert.evidence]
    kinds = (("file", hashes), ("address", addresses), ("command", [shape_of(text) for text in commands]))
    return tuple(
        Trait(_key(kind, value), f"{kind} {'like ' if kind == 'command' else ''}{value[:120]}")
        for kind, values in kinds
        for value in _some(values)
    )


def shape_of(command: str) -> str:
    """The command without what changes from run to run; "" for a bare program name, which says nothing."""
    shape = command[:2_000]
    for pattern, instead in _SHAPE:
        shape = pattern.sub(instead, shape)
    shape = shape.strip().lower()
    return shape if " " in shape else ""


def sightings_of(alert: Alert, traits: Sequence[Trait]) -> list[Sighting]:
    """What this alert adds to the memory, in words of a length that a row can hold."""
    device, verdict = (alert.device_id or "")[:_LONGEST], (alert.classification or "")[:_LONGEST]
    return [Sighting(trait.key, alert.id, alert.created, device, verdict) for trait in traits]


def seen_before_text(alert: Alert, traits: Sequence[Trait], found: Mapping[str, Sequence[Sighting]]) -> str:
    """One line a trait that earlier alerts showed; "" where there is none."""
    lines = []
    for trait in traits:
        earlier = [
            seen
            for seen in found.get(trait.key, ())
            if seen.alert_id != alert.id and (seen.created, seen.alert_id) < (alert.created, alert.id)
        ]
        if earlier:
            lines.append(f"{trait.words}: {_summary(earlier)}")
    return "\n".join(lines)


def _summary(earlier: Sequence[Sighting]) -> str:
    count = len(earlier)
    many = f"{count} or more" if count >= MOST_SIGHTINGS - 1 else str(count)
    devices = len({seen.device_id for seen in earlier})
    since = min(seen.created for seen in earlier).day()
    judged: dict[str, int] = {}
    for seen in earlier:
        if seen.classification:
            judged[seen.classification] = judged.get(seen.classification, 0) + 1
    verdicts = ", ".join(f"{word} {number}" for word, number in sorted(judged.items())) or "none classified"
    return (
        f"{many} earlier alert{'s' if count != 1 else ''} on {devices} device{'s' if devices != 1 else ''} "
        f"since {since} ({verdicts})"
    )


def _some(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value][:MOST_OF_A_KIND]


def _key(kind: str, value: str) -> str:
    return f"{kind}-{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
