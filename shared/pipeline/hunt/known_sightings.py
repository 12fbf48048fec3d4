"""Sightings while a lease is held: what was read or written once is known, and not read again.

Only the lease's holder adds any. In a storm the same few hundred files and addresses come back with each
publication, each with up to a hundred sightings.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from shared.core.conclude import MOST_SIGHTINGS, Sighting
from shared.core.values import table_keys
from shared.pipeline.ports import Sightings

_MOST = 50_000  # sightings, some 300 bytes each; of the traits that were asked for longest ago none are kept


class KnownSightings:
    """The sightings of `inner`, for one holder of the lease; safe to share between its threads."""

    def __init__(self, inner: Sightings, most: int = _MOST) -> None:
        self._inner = inner
        self._most = most
        self._lock = threading.Lock()
        # By trait, of those that nobody showed too; by the place in the table, in its order.
        self._kept: OrderedDict[str, dict[str, Sighting]] = OrderedDict()
        self._count = 0

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        """The newest sightings of each trait; traits that nobody showed are absent."""
        wanted = list(dict.fromkeys(traits))
        with self._lock:
            unknown = [trait for trait in wanted if trait not in self._kept]
            read = self._inner.find(unknown) if unknown else {}
            for trait in unknown:
                self._keep(trait, {_place(seen): seen for seen in read.get(trait, ())})
            for trait in wanted:
                self._kept.move_to_end(trait)
            found = {trait: list(seen.values()) for trait in wanted if (seen := self._kept[trait])}
            self._let_go()
        return found

    def add(self, sightings: Sequence[Sighting]) -> None:
        """Inserts or replaces them; those that stand so are not written again."""
        with self._lock:
            placed = {(seen.trait, _place(seen)): seen for seen in sightings}
            fresh = {
                key: seen for key, seen in placed.items() if self._kept.get(key[0], {}).get(key[1]) != seen
            }
            try:
                self._inner.add(list(fresh.values()))
            except BaseException:
                for trait, _ in fresh:  # nobody knows which of them were written
                    self._count -= len(self._kept.pop(trait, ()))
                raise
            for (trait, place), seen in fresh.items():
                if (known := self._kept.get(trait)) is not None:
                    self._keep(trait, dict(sorted({**known, place: seen}.items())[:MOST_SIGHTINGS]))
            self._let_go()

    def _keep(self, trait: str, seen: dict[str, Sighting]) -> None:
        self._count += len(seen) - len(self._kept.get(trait, ()))
        self._kept[trait] = seen

    def _let_go(self) -> None:
        while self._count > self._most:
            _, seen = self._kept.popitem(last=False)
            self._count -= len(seen)


def _place(seen: Sighting) -> str:
    return table_keys.seen_row(seen.trait, seen.created, seen.alert_id)
