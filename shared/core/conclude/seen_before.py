"""Seen before: earlier alerts that share a file, an outside address or a command's shape with this one.

A file that half the world runs says nothing: two alerts on powershell.exe have no more in common than two on
Windows. So it is no trait, and neither is what a well-known publisher has signed.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.core.alert import Alert, Evidence
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment, File, outside_address, value_in
from shared.core.values import Instant

MOST_OF_A_KIND = 4
MOST_SIGHTINGS = 100  # of one trait that are looked at, the newest
MANY_DEVICES = 100_000  # anywhere; more than malware reaches before the world knows it
_LONGEST = 100  # characters of a device's id or of a verdict; a longer one is no honest service's
_LONGEST_NAME, _LONGEST_ID = 60, 300
# As their certificates name them, whole: a name that only begins so may be anybody's. Those that Microsoft
# signs drivers of others with are not among them.
_KNOWN_PUBLISHERS = frozenset(
    (
        *(
            "adobe inc.",
            "apple inc.",
            "canonical group limited",
            "cisco systems, inc.",
            "citrix systems, inc.",
        ),
        *("google inc", "google llc", "intel corporation", "microsoft corporation", "microsoft windows"),
        *("microsoft windows publisher", "mozilla corporation", "openjs foundation", "oracle america, inc."),
        *("python software foundation", "red hat, inc.", "vmware, inc.", "zoom video communications, inc."),
    )
)

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
    """What two alerts can share. `key` is short and safe; `words` say it to a person, `facts` what is known
    of it: who signed it, on how many devices it is, since when."""

    key: str
    words: str
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One alert that showed a trait; `validation` is what we said of it, where the trait is its detector."""

    trait: str
    alert_id: str
    created: Instant
    device_id: str
    classification: str
    validation: str = ""


def traits_of(alert: Alert, finding: Finding, enrichment: Enrichment | None = None) -> tuple[Trait, ...]:
    """The alert's files (SHA-1 first), outside addresses and the shapes of its own commands; no file that by
    its look-up is everybody's."""
    addresses = [outside_address(item.ip_address) or "" for item in alert.evidence]
    commands = [node.command_line or "" for node in finding.nodes if node.is_anchor]
    commands += [item.command_line or "" for item in alert.evidence]
    shapes = [shape_of(text) for text in commands]
    return (
        *_files(alert, enrichment or Enrichment()),
        *(Trait(_key("address", value), f"address {value[:120]}") for value in _some(addresses)),
        *(Trait(_key("command", value), f"command like {value[:120]}") for value in _some(shapes)),
    )


def _files(alert: Alert, enrichment: Enrichment) -> list[Trait]:
    found: dict[str, Trait] = {}
    for item in alert.evidence:
        value = (item.sha1 or item.sha256 or "").lower()
        known = _known(item, enrichment)
        if not value or (known is not None and is_everybodys(known)):
            continue
        name = _one_line(item.file_name or "")
        words = f"file {name} ({value[:64]})" if name else f"file {value[:64]}"
        if value not in found or (name and not found[value].words.endswith(")")):
            found[value] = Trait(_key("file", value), words, _facts(known))
    return list(found.values())[:MOST_OF_A_KIND]


def _known(item: Evidence, enrichment: Enrichment) -> File | None:
    """What the look-up found of the item's file."""
    for hashed in (item.sha1, item.sha256):
        if (known := value_in(enrichment.files, hashed)) is not None:
            return known
    return None


def is_everybodys(file: File) -> bool:
    """True for what a well-known publisher has signed validly, or very many devices have; never for what
    Defender holds to be malware."""
    if (file.determination or "").lower() not in ("", "unknown", "clean"):
        return False
    by_known = (file.signer or "").strip().lower() in _KNOWN_PUBLISHERS and file.is_valid_certificate is True
    return by_known or (file.global_prevalence or 0) >= MANY_DEVICES


def _facts(known: File | None) -> str:
    """Who signed it, on how many devices it is, since when; "" where nothing is known."""
    return ", ".join(_said(known)) if known is not None else ""


def _said(known: File) -> Iterator[str]:
    if known.signer:
        how = "not validly signed" if known.is_valid_certificate is False else "signed"
        yield f"{how} by {_one_line(known.signer)}"
    elif known.is_valid_certificate is False or known.global_prevalence is not None:
        yield "unsigned"
    here, anywhere = known.org_prevalence, known.global_prevalence
    if here is not None:
        yield f"on {_devices(here)} here"
    if anywhere is not None:
        yield f"on {_devices(anywhere)} anywhere"
    first = min(filter(None, (known.global_first_seen, known.org_first_seen)), default=None)
    if first is not None:
        yield f"known since {first.day()}"


def _devices(count: int) -> str:
    return f"{count} device{'s' if count != 1 else ''}"


def _one_line(text: str, most: int = _LONGEST_NAME) -> str:
    """A name as part of a line: short, and nothing in it ends the line or hides."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:most])


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
            facts = f"; {trait.facts}" if trait.facts else ""
            lines.append(f"{trait.words}: {_summary(earlier)}{facts}")
    return "\n".join(lines)


def _summary(earlier: Sequence[Sighting]) -> str:
    count = len(earlier)
    many = f"{count} or more" if count >= MOST_SIGHTINGS - 1 else str(count)
    devices = len({seen.device_id for seen in earlier})
    last = max(earlier, key=lambda seen: (seen.created, seen.alert_id))
    since = min(seen.created for seen in earlier).day()
    judged: dict[str, int] = {}
    for seen in earlier:
        if seen.classification:
            judged[seen.classification] = judged.get(seen.classification, 0) + 1
    verdicts = ", ".join(f"{word} {number}" for word, number in sorted(judged.items())) or "none classified"
    return (
        f"{many} earlier alert{'s' if count != 1 else ''} on {_devices(devices)} since {since} ({verdicts}), "
        f"the last {_one_line(last.alert_id, _LONGEST_ID)} of {last.created.day()}"
    )


def _some(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value][:MOST_OF_A_KIND]


def _key(kind: str, value: str) -> str:
    return f"{kind}-{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
