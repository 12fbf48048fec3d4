"""Alerts, enrichments and findings as documents: written before the ledger row that names them."""

import hashlib
import json
import zlib
from collections.abc import Mapping

from shared.core.alert import Alert, normalize
from shared.core.correlate import Finding
from shared.core.lookups import Enrichment
from shared.core.progress import LedgerRow, codec
from shared.core.values import DocumentKey

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


def keys_of(row: LedgerRow) -> list[DocumentKey]:
    """The documents that the row names."""
    named = ((ALERT, row.body_ref), (ENRICHMENT, row.enrichment_ref), (FINDING, row.finding_ref))
    return [key(row, kind, ref) for kind, ref in named if ref]


def alert_of(row: LedgerRow, bodies: Mapping[DocumentKey, bytes]) -> Alert | None:
    """The row's alert; None where its body is gone."""
    body = bodies.get(key(row, ALERT, row.body_ref))
    if body is None:
        return None
    return normalize(json.loads(zlib.decompress(body)), row.source, fallback=row.created)


def enrichment_of(row: LedgerRow, bodies: Mapping[DocumentKey, bytes]) -> Enrichment | None:
    """The row's enrichment; None where there is none."""
    body = bodies.get(key(row, ENRICHMENT, row.enrichment_ref))
    return None if body is None else codec.decode_enrichment(body)


def finding_of(row: LedgerRow, bodies: Mapping[DocumentKey, bytes]) -> Finding | None:
    """The row's last finding; None where there is none."""
    body = bodies.get(key(row, FINDING, row.finding_ref))
    return None if body is None else codec.decode_finding(body)
