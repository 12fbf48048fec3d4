"""The rows that the app would publish of hunted alerts, written by the app's own step into lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.incident_rows import incidents_of
from local.published import Row, gravest_first, plain
from local.score.hunting import RULES
from local.score.looking_up import RecordedDirectory
from local.score.recording import Recording
from shared.core.conclude import MOST_SIGHTINGS, Sighting, sightings_of, traits_of
from shared.core.correlate import Finding
from shared.core.hunting import Case
from shared.core.incidents import NEEDED
from shared.core.lookups import Enrichment, wanted_entities
from shared.core.progress import Lease, admission, digests
from shared.core.values import Checkpoint, Column, EventRow, Instant, RowWrite, StoredRow, table_keys
from shared.pipeline.enrich import look_up
from shared.pipeline.hunt import Publication, Taken, publish
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import lease as stored


@dataclass(frozen=True, slots=True)
class Published:
    """One alert's row and the rows of its events, as an export holds them."""

    alert: Row
    events: list[Row]


@dataclass(slots=True)
class _AlertRows:
    """Every row is written for the first time."""

    written: list[RowWrite] = field(default_factory=list)

    def read(
        self, keys: Iterable[tuple[str, str]], columns: Collection[str] = ()
    ) -> dict[tuple[str, str], StoredRow]:
        return {}

    def write(self, writes: Sequence[RowWrite]) -> list[RowWrite]:
        self.written += writes
        return list(writes)


@dataclass(slots=True)
class _EventRows:
    written: list[EventRow] = field(default_factory=list)

    def write(self, rows: Sequence[EventRow]) -> None:
        self.written += rows

    def keys(self, partition: str) -> set[str]:
        return set()

    def remove(self, partition: str, row_keys: Iterable[str]) -> None:
        """There is nothing to remove."""


class _Memberships:
    """Incidents are made from the rows in the end, and of each no day is known."""

    def days(self, incident_ids: Iterable[str]) -> dict[str, str]:
        return {}

    def keep_days(self, days: Mapping[str, str]) -> list[str]:
        return list(days)

    def add(self, alerts: Mapping[str, Collection[tuple[str, str]]]) -> None:
        """They are known by the rows."""


@dataclass(slots=True)
class _Sightings:
    """Of each trait the newest, as many as the app looks at: alerts come oldest first."""

    by_trait: dict[str, dict[str, Sighting]] = field(default_factory=dict)

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        return {trait: list(self.by_trait[trait].values()) for trait in traits if trait in self.by_trait}

    def add(self, sightings: Sequence[Sighting]) -> None:
        for seen in sightings:
            known = self.by_trait.setdefault(seen.trait, {})
            known[seen.alert_id] = seen
            if len(known) > MOST_SIGHTINGS:
                del known[next(iter(known))]


@dataclass(frozen=True, slots=True)
class _Source:
    name: str


class _Checkpoints:
    def read(self, source: str) -> Checkpoint:
        return Checkpoint()

    def write(self, source: str, checkpoint: Checkpoint) -> Checkpoint:
        return checkpoint


@dataclass(slots=True)
class _Leases:
    """A lease that nobody else asks for."""

    lease: Lease = field(default_factory=Lease)

    def read(self) -> Lease:
        return self.lease

    def write(self, lease: Lease) -> Lease:
        self.lease = lease
        return lease


@dataclass(slots=True)
class _Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        """Nothing is waited for."""


class Publisher:
    """Publishes alerts of one recording; what earlier ones showed is known to the later."""

    def __init__(self, recording: Recording, policy: Policy) -> None:
        self._recording, self._policy = recording, policy
        self._directory = RecordedDirectory(recording.directory)
        self._sightings = _Sightings()
        self._of_incidents: dict[tuple[str, str], dict[str, Column]] = {}

    def incidents(self) -> list[Row]:
        """The rows of the incidents of all that was published, gravest first."""
        rows = [{"PartitionKey": day, "RowKey": key, **row} for (day, key), row in self._of_incidents.items()]
        made = incidents_of(rows, self._recording.newest.to_datetime())
        return [plain(row) for row in sorted(made, key=gravest_first)]

    def published(
        self, cases: Sequence[Case], findings: Mapping[str, Finding], now: Instant
    ) -> list[Published]:
        """The rows of these alerts, published together at `now`; all of them or, interrupted, none."""
        rows, events = _AlertRows(), _EventRows()
        publications = [self._publication(case, findings[case.alert.id], now) for case in cases]
        # The app publishes again once an alert has settled; by then it knows those hunted with it, too.
        for one in publications:
            alert, found = one.item.alert, one.item.enrichment
            self._sightings.add(sightings_of(alert, traits_of(alert, one.finding, found)))
        held = stored.take(self._ports(rows, events, now), self._policy, "score")
        assert held is not None  # noqa: S101 - nobody else holds a lease that was just made
        publish(held, publications)
        for row in rows.written:
            if row.columns["IncidentId"]:
                needed = {name: row.columns[name] for name in NEEDED}
                self._of_incidents[row.day, row.row_key] = needed
        by_alert: dict[str, list[Row]] = {}
        for event in events.written:
            keys = {"PartitionKey": event.partition, "RowKey": event.row_key}
            by_alert.setdefault(event.partition, []).append(plain({**keys, **event.columns}))
        order = {table_keys.alert_keys(case.alert): place for place, case in enumerate(cases)}
        return [
            Published(
                plain({"PartitionKey": row.day, "RowKey": row.row_key, **row.columns}),
                by_alert.get(row.row_key, []),
            )
            for row in sorted(rows.written, key=lambda row: order[row.day, row.row_key])
        ]

    def _publication(self, case: Case, finding: Finding, now: Instant) -> Publication:
        alert = case.alert
        _, row = admission.admit(None, alert, digests(alert), "", now.to_datetime(), self._policy.ledger)
        assert row is not None  # noqa: S101 - an alert that was never seen always gets a row
        enrichment = look_up(self._directory, wanted_entities(alert), Enrichment(), anew=True)
        return Publication(Taken(row, alert, enrichment, None), finding, ended=True)

    def _ports(self, rows: _AlertRows, events: _EventRows, now: Instant) -> Ports:
        memberships: Any = _Memberships()  # what building asks is left out
        unused: Any = None  # publishing asks nobody for anything; where that changes, this fails at once
        return Ports(
            source=_named(self._recording.source),
            directory=self._directory,
            hunter=unused,
            ledger=unused,
            documents=unused,
            checkpoints=_Checkpoints(),
            leases=_Leases(),
            alert_rows=rows,
            event_rows=events,
            incident_rows=unused,
            memberships=memberships,
            sightings=self._sightings,
            retention=unused,
            calls=unused,
            clock=_Clock(now.to_datetime()),
            rules=RULES.rules,
        )


def _named(source: str) -> Any:
    """The alerts' source, of which publishing needs the name alone."""
    return _Source(source)
