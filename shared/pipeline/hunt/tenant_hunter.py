"""Hunting as one tenant has it: what it lacks is learned from refusals, kept for all instances, tried again.

It is kept in the cache of look-ups. A table that is there one day, or a licence that is bought, is found when
the lifetime of what was known ends, at the cost of one refused call.
"""

import threading
from collections.abc import Callable

from shared import telemetry
from shared.core.hunting import Gap, Tenant, gaps_named, whose_column_query, without_gaps, without_whole
from shared.core.values import CachedAnswer, Instant
from shared.errors import AccessDenied, AppError, Denied, Lacking, QueryRejected, ResultTooLarge, Retryable
from shared.pipeline.ports import Clock, EntityCache, Hunter, Rows

KIND = "hunting"
KEY = "tenant"
_ROLE = "ThreatHunting.Read.All"
_READ_AGAIN = 60.0  # seconds; another instance may have learned something by then


class KnowingHunter:
    """Asks `inner`, which knows nothing of the tenant. Safe to share between threads."""

    def __init__(self, inner: Hunter, cache: EntityCache, clock: Clock) -> None:
        self._inner = inner
        self._cache = cache
        self._clock = clock
        self._lock = threading.Lock()
        self._tenant = Tenant()
        self._read_at: Instant | None = None

    def run(self, name: str, kql: str, timespan: str) -> Rows:
        """The rows of one query, without what the tenant lacks.

        Raises Lacking where the refusal told something new: the same query then does without it. Where the
        tenant has no licence for hunting, that is said once and the service left alone for ten minutes, then
        ever longer up to six hours; meanwhile AccessDenied is raised without a call.
        """
        known = self._known()
        if known.is_denied(self._now()):
            raise AccessDenied(known.denied, service="graph", status=403, roles=(_ROLE,), needed=_ROLE)
        try:
            rows = self._inner.run(name, without_gaps(kql, known.gaps(self._now())), timespan)
        except AccessDenied as err:
            telemetry.warning("hunting denied", query=name, status=err.status, lacks=err.lacks)
            if err.lacks is Denied.LICENCE:
                words = str(err)
                self._change(lambda tenant: tenant.refused(words, self._now()))
            raise
        except QueryRejected as err:
            if not isinstance(err, ResultTooLarge) and (fresh := self._told(err, name, kql, timespan)):
                said = ", ".join(gap.words for gap in fresh)
                raise Lacking(name, f"{said} is not there", request_id=err.request_id) from err
            raise
        if known.denied:
            self._change(Tenant.served)
        return rows

    def gaps(self) -> frozenset[Gap]:
        """What the tenant's hunting is known to lack."""
        return self._known().gaps(self._now())

    def _told(self, err: QueryRejected, name: str, kql: str, timespan: str) -> tuple[Gap, ...]:
        """What the refusal told that was not known to this query."""
        told = gaps_named(str(err), kql)
        if len(told) > 1:  # a column that several tables have: one call more tells which of them lack it
            told = self._those_without(told, name, timespan)
        known = self.gaps()
        fresh = tuple(gap for gap in told if gap not in known)
        if fresh:
            telemetry.warning("hunting lacks", what=[gap.words for gap in fresh], query=name)
            self._change(lambda tenant: tenant.lacking(fresh, self._now()))
        return fresh

    def _those_without(self, suspects: tuple[Gap, ...], name: str, timespan: str) -> tuple[Gap, ...]:
        asked = [gap for gap in suspects if Gap(gap.table) not in self.gaps()]
        while asked:
            question = whose_column_query(asked)
            try:
                return without_whole(asked, self._inner.run(f"{name}-columns", question, timespan))
            except AppError as err:
                lacking = {gap.table for gap in gaps_named(str(err), question) if not gap.column}
                if not lacking:
                    telemetry.warning("whose column is missing was not told", query=name, reason=str(err))
                    break
                asked = [gap for gap in asked if gap.table not in lacking]
        return tuple(asked)

    def _now(self) -> Instant:
        return Instant.of(self._clock.now())

    def _known(self) -> Tenant:
        with self._lock:
            now = self._now()
            if self._read_at is None or now.seconds_since(self._read_at) >= _READ_AGAIN:
                self._tenant, self._read_at = self._read(), now
            return self._tenant

    def _change(self, change: Callable[[Tenant], Tenant]) -> None:
        """Changes what is known, here and for all. Two instances at once: one of the two learns it again."""
        with self._lock:
            self._tenant = change(self._read())
            self._read_at = self._now()
            kept = CachedAnswer("known", self._tenant.to_text(), self._clock.now())
            try:
                self._cache.put(KIND, {KEY: kept})
            except Retryable as err:
                telemetry.warning("what hunting lacks was not kept", reason=str(err))

    def _read(self) -> Tenant:
        """What all instances know; what this one knew where that cannot be read."""
        try:
            kept = self._cache.get(KIND, [KEY]).get(KEY)
            return Tenant.from_text(kept.body) if kept is not None else self._tenant
        except Retryable as err:
            telemetry.warning("what hunting lacks was not read", reason=str(err))
            return self._tenant
