"""One answer of an API through everything that is pure on an alert's way, as the three functions go it.

Each piece is asked for what must hold of it whatever the alert says; what breaks raises AssertionError, and
anything else that is raised is a bug by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.adapters.detections import DetectionFiles
from shared.adapters.http.answers import read_json
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import SHAPE, TableLedger
from shared.adapters.storage.limits import MOST_PROPERTIES
from shared.adapters.storage.rows import TableAlertRows, TableEventRows
from shared.adapters.storage.sightings import TableSightings
from shared.core.alert.model import Account, Alert, Severity
from shared.core.alert.normalize import normalize
from shared.core.conclude import conclude
from shared.core.conclude.seen_before import sightings_of, traits_of
from shared.core.correlate.finding import Cell, Finding
from shared.core.hunting import Answer, Case, HuntPolicy, Query, start
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.lookups.wanted import Wanted, wanted_entities
from shared.core.progress import admission, codec
from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow
from shared.core.progress.messages import MAX_BYTES, Pointer
from shared.core.progress.versions import digests
from shared.core.row import Context, content, decide, event_rows
from shared.core.row.definition import BY_NAME, COLUMNS, EVENT_BY_NAME
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import Column, EventRow, RowWrite, StoredRow
from shared.pipeline.stored import documents
from tests.hostile.storage import Checked

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)  # hours after the sample alerts
TENANT = "home"
_AT = Instant.of(NOW)
_HUNT, _WAITS = HuntPolicy(), LedgerPolicy()
_TABLES = Checked()
_LEDGER, _DOCUMENTS = TableLedger(_TABLES, TENANT), TableDocuments(_TABLES, TENANT)
_RULES = DetectionFiles(frozenset()).rules()
_ROWS, _EVENTS = TableAlertRows(_TABLES), TableEventRows(_TABLES)
_SIGHTINGS = TableSightings(_TABLES, TENANT)
# What a query is made of once its strings are taken away.
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\["\\]|\\u[0-9A-F]{4})*"', re.ASCII)
_TITLE = re.compile(r"\A// [ -~]*\n")
_BARE = re.compile(r"[\w\s.,:;()\[\]|=<>!+*$/'~-]*", re.ASCII)

type Rows = tuple[Mapping[str, Cell], ...]
type Telemetry = Callable[[Alert], Callable[[Query], Rows]]


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of an alert."""

    alert: Alert
    severity_rank: int
    finding: Finding
    row: Mapping[str, Column]
    events: tuple[EventRow, ...]
    queries: tuple[str, ...]


def nothing(_: Alert) -> Callable[[Query], Rows]:
    """Telemetry that has no row of the alert."""
    return lambda _: ()


def passed(text: str, source: str, telemetry: Telemetry = nothing) -> Passed:
    """The alert in the text of an answer, at the end of its way. Raises BadAlert if it has no usable id."""
    raw = read_json(text.encode("utf-8"))
    alert, row = admitted(raw, source)
    enrichment = looked_up(wanted_entities(alert))
    assert codec.decode_enrichment(codec.encode(enrichment)) == enrichment
    finding, queries = hunted(alert, telemetry)
    assert codec.decode_finding(codec.encode(finding)) == finding
    columns, events = published(row, alert, enrichment, finding)
    return Passed(alert, row.severity_rank, finding, columns, events, queries)


def admitted(raw: object, source: str) -> tuple[Alert, LedgerRow]:
    """What FetchAlerts makes of it: the alert as it is read again from its kept body, and its ledger row."""
    body = documents.packed(raw)
    alert = normalize(raw, source, fallback=_AT)
    marks = digests(alert)
    _, row = admission.admit(None, alert, marks, documents.ref_of(body), NOW, _WAITS)
    assert row is not None
    kept = documents.read(row, {documents.key(row, documents.ALERT, row.body_ref): body})
    assert kept.alert == alert
    assert re.fullmatch("[0-9a-f]{32}", marks.hunt) and re.fullmatch("[0-9a-f]{32}", marks.status)
    if alert.severity is Severity.UNKNOWN:
        assert row.severity_rank == Severity.HIGH.rank
    assert SHAPE.read(SHAPE.columns(row), "") == (row, frozenset())
    _DOCUMENTS.put({documents.key(row, documents.ALERT, row.body_ref): body})
    _LEDGER.write([row])
    _LEDGER.keep([row])
    pointer = Pointer(TENANT, row.alert_id, row.generation)
    message = pointer.to_text()
    assert Pointer.parse(message) == pointer and len(message) <= MAX_BYTES
    return alert, row


def looked_up(wanted: Wanted) -> Enrichment:
    """An answer for each entity: found, with the key wherever a text can stand, or not, by turns."""

    def ends[T](wanted_keys: Sequence[str], make: Callable[[str], T]) -> dict[str, Lookup[T]]:
        others = (Lookup[T](Outcome.NOT_FOUND), Lookup[T](Outcome.FAILED, detail=f"no answer: {wanted_keys}"))
        found = {key: Lookup(Outcome.FOUND, make(key)) for key in wanted_keys}
        return {
            key: look if at % 3 == 0 else others[at % 3 - 1] for at, (key, look) in enumerate(found.items())
        }

    return Enrichment(
        devices=ends(
            wanted.devices, lambda key: Device(key, name=key, os=key, tags=(key, "vip"), last_ip=key)
        ),
        users=ends(wanted.devices, lambda key: (LoggedOnUser(Account(name=key, domain=key)),)),
        files=ends(wanted.files, lambda key: File(key, signer=key, global_prevalence=2**62)),
        addresses=ends(wanted.addresses, lambda key: Prevalence(key, org_prevalence=3)),
        domains=ends(wanted.domains, lambda key: Prevalence(key)),
    )


def hunted(alert: Alert, telemetry: Telemetry) -> tuple[Finding, tuple[str, ...]]:
    """The finding once every question was answered, and all that was asked."""
    hunt = start((Case(alert),), _AT, _HUNT)
    answer = telemetry(alert)
    asked: list[str] = []
    while hunt.queries:
        asked += [query.kql for query in hunt.queries]
        hunt = hunt.answered([Answer(query, rows=answer(query)) for query in hunt.queries])
    found = hunt.findings()[alert.id]
    asked += [found.query] if found.query else []
    for text in asked:
        keeps_shape(text)
    return found, tuple(asked)


def keeps_shape(query: str) -> None:
    """Fails where anything but whole string literals and our own words is in the query."""
    bare = _STRING.sub("", _TITLE.sub("", query))
    odd = _BARE.sub("", bare)
    assert not odd and query.isascii(), f"{odd[:40]!r} outside a string"
    assert "\r" not in query and "//" not in bare


def published(
    row: LedgerRow, alert: Alert, enrichment: Enrichment, finding: Finding
) -> tuple[Mapping[str, Column], tuple[EventRow, ...]]:
    """The row and its events as HuntCorrelate writes them, within every limit of their tables."""
    concluded = conclude(alert, enrichment, finding, _RULES)
    about = content(alert, enrichment, finding, concluded, "")
    context = Context(
        now=NOW,
        generation=1,
        first_seen=row.first_seen,
        installed_at=None,
        backfill=False,
        hunt_ended=True,
        notify_after=180.0,
    )
    first = decide(None, about, context)
    assert first.columns is not None and not first.columns.keys() - BY_NAME.keys()
    day, key = table_keys.alert_keys(alert)
    _ROWS.write([RowWrite(day, key, first.columns, "")])
    again = decide(StoredRow(first.columns, "1"), about, context)
    assert again.columns is None, "written twice, the row changes"
    assert len(first.columns) == len(COLUMNS) <= MOST_PROPERTIES
    events = tuple(event_rows(key, alert, finding, concluded, 1))
    assert all(event.columns.keys() == EVENT_BY_NAME.keys() for event in events)
    assert len({event.row_key for event in events}) == len(events) == len(finding.events)
    _EVENTS.write(events)
    _SIGHTINGS.add(sightings_of(alert, traits_of(alert, finding)))
    return first.columns, events
