"""Table `EntityCache`: answers of look-ups, shared by all instances, with a small front in memory."""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from shared import telemetry
from shared.adapters.clock import Clock
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.limits import MOST_BINARY
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.row_shape import moment
from shared.core.values import CachedAnswer, table_keys

TABLE = "EntityCache"
_FRONT = 4_000  # answers kept in memory, a few KB each at the most
_FRONT_SECONDS = 120.0  # after which the table is asked again: another instance may know more by then
_PLAIN = 10_000  # characters of a body that is kept as text, for whoever looks at the table
_GETS_PER_PAGE = 15


class CacheFront:
    """The newest answers of all tenants of an instance, by tenant, kind and key; safe between threads."""

    def __init__(self, clock: Clock, most: int = _FRONT) -> None:
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, CachedAnswer]] = OrderedDict()

    def get(self, tenant: str, kind: str, keys: Iterable[str]) -> dict[str, CachedAnswer]:
        """Those of the tenant that were put within two minutes."""
        oldest = self._clock.monotonic() - _FRONT_SECONDS
        with self._lock:
            kept = {key: self._kept.get((tenant, kind, key)) for key in keys}
        return {key: each[1] for key, each in kept.items() if each is not None and each[0] >= oldest}

    def put(self, tenant: str, kind: str, answers: Mapping[str, CachedAnswer]) -> None:
        """Keeps them in place of the oldest of any tenant."""
        now = self._clock.monotonic()
        with self._lock:
            for key, answer in answers.items():
                self._kept[tenant, kind, key] = (now, answer)
                self._kept.move_to_end((tenant, kind, key))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class TableEntityCache:
    """One tenant's answers, by kind and key."""

    def __init__(
        self, tables: StorageTables, tenant: str, clock: Clock, front: CacheFront | None = None
    ) -> None:
        self._tables = tables
        self._tenant = tenant
        self._front = front or CacheFront(clock)

    def get(self, kind: str, keys: Iterable[str]) -> dict[str, CachedAnswer]:
        """Cached answers, however old; unknown keys are absent."""
        asked = list(dict.fromkeys(keys))
        found = self._front.get(self._tenant, kind, asked)
        rows = {table_keys.cache_row(key): key for key in asked if key not in found}
        if not rows:
            return found
        partition = table_keys.cache_partition(self._tenant, kind)
        entities = self._tables.get_many(TABLE, partition, rows, gets_per_page=_GETS_PER_PAGE)
        stored = {rows[row_key]: _answer(entity) for row_key, entity in entities.items()}
        known = {key: answer for key, answer in stored.items() if answer is not None}
        self._front.put(self._tenant, kind, known)
        return found | known

    def put(self, kind: str, answers: Mapping[str, CachedAnswer]) -> None:
        """Inserts or replaces them; one too large to be kept is left out."""
        partition = table_keys.cache_partition(self._tenant, kind)
        operations = []
        for key, answer in answers.items():
            body = _body(answer.body)
            if body is None:
                telemetry.warning("answer too large for the cache", kind=kind, key=key)
                continue
            entity = {
                "PartitionKey": partition,
                "RowKey": table_keys.cache_row(key),
                "Outcome": answer.outcome,
                "At": answer.at,
                **body,
            }
            operations.append(Operation(Verb.PUT, entity))
        self._tables.apply(TABLE, operations)
        self._front.put(self._tenant, kind, answers)


def _body(text: str) -> dict[str, object] | None:
    """The body's column; None where it does not fit into one."""
    if len(text) <= _PLAIN:
        return {"Body": text}
    packed = zlib.compress(text.encode("utf-8", "surrogatepass"))
    return {"Packed": packed} if len(packed) <= MOST_BINARY else None


def _answer(entity: Entity) -> CachedAnswer | None:
    """The answer as put; None where the row is not one of ours, which is then looked up anew."""
    try:
        body = entity.get("Body")
        if body is None:
            body = zlib.decompress(entity["Packed"]).decode("utf-8", "surrogatepass")
        return CachedAnswer(str(entity["Outcome"]), str(body), moment(entity["At"]))
    except (KeyError, AttributeError, TypeError, ValueError, zlib.error):
        return None
