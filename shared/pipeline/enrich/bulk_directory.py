"""Look-ups for many entities by hunting, where that costs one call instead of dozens.

Logged-on users come from `DeviceInfo`, files from `FileProfile`. On how many devices a file or an address was
met is asked of Defender, one call each, and of hunting's own tables where that would be more calls than
Defender answers in half a minute. Few keys, or keys that hunting cannot answer, are asked of Defender one by
one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from shared import telemetry
from shared.core.hunting import bulk_queries
from shared.core.lookups import Device, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.errors import AppError
from shared.pipeline.ports import Directory, Hunter, Rows

MANY = 8  # keys from which on one hunting call, which the tenant has 45 of a minute, is worth it
TOO_MANY = 50  # keys from which on Defender's 100 calls a minute are left to others; for 30 days of tables
_TIMESPAN = "P7D"
_MET_TIMESPAN = "P30D"  # as far as Defender's own statistics look back
_SHA1 = re.compile(r"[0-9a-f]{40}")


class FileStatistics(Protocol):
    """The organisation's prevalence of files alone."""

    def file_statistics(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """By hash; half the calls of `Directory.files`."""


@dataclass(frozen=True, slots=True)
class BulkDirectory:
    """A Directory that asks hunting for many at once; `may_hunt` takes a call from the tenant's budget."""

    inner: Directory
    statistics: FileStatistics
    hunter: Hunter
    may_hunt: Callable[[], bool]

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        """Devices by id."""
        return self.inner.devices(ids)

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        """Logged-on users by device id."""
        wanted = list(dict.fromkeys(device_ids))
        is_many = len(wanted) >= MANY
        rows = self._hunt("logged-on-users", bulk_queries.users_query(wanted)) if is_many else None
        known = bulk_queries.users_in(rows or ())
        found = {key: Lookup(Outcome.FOUND, known[key]) for key in wanted if key in known}
        return found | self.inner.users(key for key in wanted if key not in known)

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """Files by hash."""
        wanted = list(dict.fromkeys(hashes))
        by_sha1 = [key for key in wanted if _SHA1.fullmatch(key)][: bulk_queries.MOST_FILES]
        is_many = len(by_sha1) >= MANY
        rows = self._hunt("file-profiles", bulk_queries.profiles_query(by_sha1)) if is_many else None
        profiles = bulk_queries.profiles_in(rows or ())
        statistics = self._statistics(profiles)
        found = {key: _together(profiles[key], known) for key, known in statistics.items()}
        return found | self.inner.files(key for key in wanted if key not in profiles)

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by IP address."""
        wanted = list(dict.fromkeys(addresses))
        met = self._met("RemoteIP", wanted)
        if met is None:
            return self.inner.addresses(wanted)
        found = {key: Lookup(Outcome.FOUND, replace(met[key], key=key)) for key in wanted if key in met}
        return {key: found.get(key, Lookup(Outcome.NOT_FOUND)) for key in wanted}

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by domain."""
        return self.inner.domains(hosts)

    def _statistics(self, hashes: Collection[str]) -> Mapping[str, Lookup[File]]:
        met = self._met("SHA1", hashes)
        if met is None:
            return self.statistics.file_statistics(hashes)
        return {key: _met_file(key, met[key]) if key in met else Lookup(Outcome.NOT_FOUND) for key in hashes}

    def _met(self, column: str, keys: Collection[str]) -> Mapping[str, Prevalence] | None:
        """The prevalence of those that were met; None where Defender is to be asked."""
        if len(keys) < TOO_MANY:
            return None
        rows = self._hunt("met", bulk_queries.met_query(column, keys), _MET_TIMESPAN)
        return None if rows is None else bulk_queries.met_in(rows)

    def _hunt(self, name: str, kql: str, timespan: str = _TIMESPAN) -> Rows | None:
        """The rows; None where no call was left or hunting did not answer: Defender is asked then."""
        if not self.may_hunt():
            return None
        try:
            return self.hunter.run(name, kql, timespan)
        except AppError as err:
            telemetry.warning("bulk look-up failed", query=name, kind=type(err).__name__, reason=str(err))
            return None


def _met_file(key: str, met: Prevalence) -> Lookup[File]:
    return Lookup(Outcome.FOUND, _with_prevalence(File(key), met))


def _together(profile: File, statistics: Lookup[File]) -> Lookup[File]:
    """The profile with the organisation's statistics; without them where the service has none."""
    if statistics.outcome is Outcome.NOT_FOUND:
        return Lookup(Outcome.FOUND, replace(profile, org_prevalence=0))
    if statistics.value is None:
        return Lookup(statistics.outcome, detail=f"its prevalence: {statistics.detail}")
    return Lookup(Outcome.FOUND, _with_prevalence(profile, statistics.value))


def _with_prevalence(file: File, known: File | Prevalence) -> File:
    return replace(
        file,
        org_prevalence=known.org_prevalence,
        org_first_seen=known.org_first_seen,
        org_last_seen=known.org_last_seen,
    )
