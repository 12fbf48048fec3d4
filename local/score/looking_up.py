"""Look-ups of recorded entities, read as the app reads the answers of Defender's entity APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from local.simulator.answers import Refused
from local.simulator.directory import Directory
from shared.core.lookups import Device, File, LoggedOnUser, Lookup, Outcome, Prevalence, entity_parsing


class RecordedDirectory:
    """The app's directory over recorded entities; what was not recorded is not found."""

    def __init__(self, recorded: Directory) -> None:
        self._recorded = recorded

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        """Devices by id."""
        return {key: _found(self._recorded.machine, key, entity_parsing.device) for key in ids}

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        """Logged-on users by device id; none of a device that is not known."""
        return {key: _found(self._users, key, entity_parsing.logged_on_users) for key in device_ids}

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """Files by SHA-1 or SHA-256."""
        return {key: self._file(key) for key in hashes}

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by IP address."""
        return {key: self._prevalence(self._recorded.ip_stats, key) for key in addresses}

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by domain."""
        return {key: self._prevalence(self._recorded.domain_stats, key) for key in hosts}

    def _users(self, device_id: str) -> object:
        return None if self._recorded.machine(device_id) is None else self._recorded.logged_on(device_id)

    def _file(self, key: str) -> Lookup[File]:
        def read(about: object) -> File:
            return entity_parsing.file(key, about, self._recorded.file_stats(key))

        return _found(self._recorded.file, key, read)

    def _prevalence(self, ask: Callable[[str], object], key: str) -> Lookup[Prevalence]:
        return _found(ask, key, lambda body: entity_parsing.prevalence(key, body))


def _found[T](ask: Callable[[str], object], key: str, read: Callable[[object], T]) -> Lookup[T]:
    try:
        body = ask(key)
    except Refused as refused:
        return Lookup(Outcome.NOT_FOUND, detail=refused.message)
    return Lookup(Outcome.NOT_FOUND) if body is None else Lookup(Outcome.FOUND, read(body))
