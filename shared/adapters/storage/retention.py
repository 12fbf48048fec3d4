"""Deletes what is older than it must be: history, documents, events, sightings, cached answers, and rows that
could not be read.

Rows of `Alerts` and `Incidents` are the consumers' and stay; entries of operators are theirs. A purge with
nothing to delete reads one page of each kind at the most, and its next run goes on behind it; one that finds
something goes on as long as it may.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import KW_ONLY, asdict, dataclass

from shared.adapters.clock import Clock
from shared.adapters.storage.aged_rows import KEYS, AgedRows, Kind, Purged
from shared.adapters.storage.client import Place, StorageTables
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.purge_progress import Progress
from shared.errors import UnexpectedResponse

_QUIET = dt.timedelta(hours=1)
_REFUSED = 400  # how the service answers a place at which no page starts


@dataclass(frozen=True, slots=True)
class TableRetention:
    """Purges one tenant's rows; it may run while the app works."""

    tables: StorageTables
    tenant: str
    clock: Clock
    _: KW_ONLY
    quiet: dt.timedelta = _QUIET
    row_tenant: str = ""  # as `published_row` takes it

    def purge(self, older_than: dt.datetime, seconds: float, progress: str) -> tuple[dict[str, int], str]:
        """(how many rows of each kind went, the progress for the next purge). It goes on from `progress`, ""
        being the beginning, and stops after `seconds`: each kind has its share of these, and one page anyway.
        """
        rows, reached = self._rows(is_dry=False), Progress.read(progress)
        kinds, end = rows.kinds(), self.clock.monotonic() + seconds
        for done, kind in enumerate(kinds):
            share = max(0.0, end - self.clock.monotonic()) / (len(kinds) - done)
            self._purge(kind, older_than, reached, self.clock.monotonic() + share)
        return asdict(rows.purged), reached.text()

    def run(self, older_than: dt.datetime, *, is_dry: bool) -> Purged:
        """What went, or with `is_dry` would go, from all that is there, however long it takes."""
        rows = self._rows(is_dry=is_dry)
        for kind in rows.kinds():
            for page, _ in self._pages(kind, older_than, {}):
                kind.remove(page, older_than)
        return rows.purged

    def _rows(self, *, is_dry: bool) -> AgedRows:
        untouched_since = self.clock.now() - self.quiet
        return AgedRows(self.tables, self.tenant, self.row_tenant, untouched_since, is_dry)

    def _purge(self, kind: Kind, older_than: dt.datetime, reached: Progress, end: float) -> None:
        """One kind, until its end, its time, or the first page on which nothing may go. None is left out for
        want of time, or those that come last would be for ever while the first have much to delete."""
        moment, place = reached.start(kind.name, older_than)
        try:
            for page, further in self._pages(kind, moment, place):
                went = kind.remove(page, moment)
                reached.reached(kind.name, moment, further)
                if not went or self.clock.monotonic() >= end:
                    return
        except UnexpectedResponse as err:
            if err.status != _REFUSED or not place:
                raise
            reached.reached(kind.name, moment, {})  # the next purge begins anew

    def _pages(self, kind: Kind, moment: dt.datetime, place: Place) -> Iterator[tuple[list[Entity], Place]]:
        return self.tables.pages(
            kind.table, kind.older_than(moment), (*KEYS, *kind.columns), page=kind.page, start=place
        )
