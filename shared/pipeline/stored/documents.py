"""Alerts, enrichments and findings as documents: written before the ledger row that names them.

A document is named by its content and never changed, so writing it twice changes nothing. One that cannot be
read is no absent one: it is told, and `ops replay` brings its alert back without it.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared import telemetry
from shared.core.alert import SOURCES, Alert, normalize, source_of
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment
from shared.core.progress import LedgerRow, codec
from shared.core.values import DocumentKey, json_from_outside
from shared.errors import AppError, BadDocument, error_text
from shared.pipeline.ports import Documents

ALERT, ENRICHMENT, FINDING = "alert", "enrichment", "finding"


def packed(raw: object) -> bytes:
    """The raw alert as it is kept: the API's own JSON, so that a later version can read it better."""
    return zlib.compress(
        json.dumps(raw, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode(), 6
    )


def ref_of(body: bytes) -> str:
    """A name for the content: the same content has the same name, so writing it twice changes nothing."""
    return hashlib.sha256(body).hexdigest()[:16]


def key(row: LedgerRow, kind: str, ref: str) -> DocumentKey:
    """Where the document of `row`'s alert lies."""
    return DocumentKey(row.day, row.alert_id, kind, ref)


def document(row: LedgerRow, value: Enrichment | Finding) -> tuple[DocumentKey, bytes]:
    """(key, bytes) of what is to be kept of `row`'s alert; the ledger names it by the key's `ref`."""
    body = codec.encode(value)
    return key(row, FINDING if isinstance(value, Finding) else ENRICHMENT, ref_of(body)), body


@dataclass(frozen=True, slots=True)
class Loaded:
    """An alert with everything that is kept of it; `unreadable` names kinds that are there for nobody."""

    row: LedgerRow
    alert: Alert | None
    enrichment: Enrichment | None
    finding: Finding | None
    unreadable: tuple[str, ...] = ()


def load(documents: Documents, rows: Sequence[LedgerRow]) -> list[Loaded]:
    """The rows with the documents that they name, None for what is gone or cannot be read."""
    kept = documents.get([key for row in rows for key in keys_of(row)])
    return [read(row, kept) for row in rows]


def keys_of(row: LedgerRow) -> list[DocumentKey]:
    """The documents that the row names."""
    named = ((ALERT, row.body_ref), (ENRICHMENT, row.enrichment_ref), (FINDING, row.finding_ref))
    return [key(row, kind, ref) for kind, ref in named if ref]


def read(row: LedgerRow, kept: Mapping[DocumentKey, bytes]) -> Loaded:
    """The row with those of its documents that are in `kept`."""
    unreadable: list[str] = []

    def one[T](kind: str, ref: str, decode: Callable[[bytes], T]) -> T | None:
        body = kept.get(key(row, kind, ref))
        try:
            return None if body is None else decode(body)
        except Exception as err:  # whatever the reader stumbles over: this document, and no other, is lost
            said = str(err) if isinstance(err, BadDocument) else error_text(err)
            telemetry.error("document cannot be read", alert_id=row.alert_id, kind=kind, reason=said[:300])
            unreadable.append(kind)
            return None

    return Loaded(
        row,
        one(ALERT, row.body_ref, lambda body: _alert(row, body)),
        one(ENRICHMENT, row.enrichment_ref, codec.decode_enrichment),
        one(FINDING, row.finding_ref, codec.decode_finding),
        tuple(unreadable),
    )


def _alert(row: LedgerRow, body: bytes) -> Alert:
    """The alert in a body, read by the rules of the API that the body itself shows, under the ledger's id."""
    try:
        raw = json_from_outside(zlib.decompress(body))
        # A row of an earlier version may name the wrong API; a source that we do not know is no such slip.
        shown = source_of(raw) if row.source in SOURCES else None
        alert = normalize(raw, shown or row.source, fallback=row.created)
    except (zlib.error, ValueError, AppError) as err:
        raise BadDocument(f"not an alert as {row.source} sends it: {err}") from err
    return replace(alert, id=row.alert_id)
