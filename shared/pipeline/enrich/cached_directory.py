"""Look-ups with a memory: one answer per entity and lifetime, shared by all instances through a table."""

import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared import telemetry
from shared.core.lookups import Device, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.progress import codec
from shared.core.values import CachedAnswer
from shared.errors import BadDocument, Retryable
from shared.pipeline.policy import CachePolicy
from shared.pipeline.ports import Ask, Clock, Directory, EntityCache

_USERS = tuple[LoggedOnUser, ...]
_FORBIDDEN_FOR = 900.0  # seconds: a role that was granted meanwhile should show soon
_KEPT = (Outcome.FOUND, Outcome.NOT_FOUND, Outcome.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class CachedDirectory:
    """A Directory that asks `inner` only for what no fresh answer is cached for.

    "Not found" and "forbidden" are kept as well. While the service throttles or fails, an answer past its
    lifetime is used, and says so.
    """

    inner: Directory
    cache: EntityCache
    clock: Clock
    lifetimes: CachePolicy

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        """Devices by id."""
        return self._ask("device", ids, self.inner.devices, Device, self.lifetimes.device)

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        """Logged-on users by device id."""
        return self._ask("users", device_ids, self.inner.users, _USERS, self.lifetimes.user)

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """Files by hash."""
        return self._ask("file", hashes, self.inner.files, File, self.lifetimes.prevalence)

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by IP address."""
        return self._ask("address", addresses, self.inner.addresses, Prevalence, self.lifetimes.prevalence)

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by domain."""
        return self._ask("domain", hosts, self.inner.domains, Prevalence, self.lifetimes.prevalence)

    def _ask[T](
        self, kind: str, keys: Iterable[str], ask: Ask[T], hint: typing.Any, lifetime: float
    ) -> dict[str, Lookup[T]]:
        wanted = list(dict.fromkeys(keys))
        now = self.clock.now()
        cached = self._cached(kind, wanted)
        found: dict[str, Lookup[T]] = {}
        for key, answer in cached.items():
            look: Lookup[T] | None = _look(answer, hint)
            if look is not None and _age(answer, now) < (
                _FORBIDDEN_FOR if look.outcome is Outcome.FORBIDDEN else lifetime
            ):
                found[key] = look
        missing = [key for key in wanted if key not in found]
        if not missing:
            return found
        fresh = ask(missing)
        self._keep(kind, fresh, hint, now)
        for key, new in fresh.items():
            found[key] = new if new.outcome in _KEPT else _stale(cached.get(key), hint, now) or new
        return found

    def _cached(self, kind: str, keys: list[str]) -> Mapping[str, CachedAnswer]:
        """The cache must never stop a look-up: without it every key is asked for."""
        try:
            return self.cache.get(kind, keys)
        except Retryable as err:
            telemetry.warning("cache not read", kind=kind, reason=str(err))
            return {}

    def _keep[T](self, kind: str, fresh: Mapping[str, Lookup[T]], hint: typing.Any, now: datetime) -> None:
        answers = {
            key: CachedAnswer(
                str(look.outcome), "" if look.value is None else codec.to_text(hint, look.value), now
            )
            for key, look in fresh.items()
            if look.outcome in _KEPT
        }
        try:
            self.cache.put(kind, answers)
        except Retryable as err:
            telemetry.warning("cache not written", kind=kind, reason=str(err))


def _age(answer: CachedAnswer, now: datetime) -> float:
    return (now - answer.at).total_seconds()


def _look[T](answer: CachedAnswer, hint: typing.Any, detail: str = "") -> Lookup[T] | None:
    """The look-up that a cached answer stands for; None where it cannot be read any more."""
    try:
        outcome = Outcome(answer.outcome)
        value = codec.from_text(hint, answer.body) if answer.body else None
    except (ValueError, BadDocument):
        return None
    return Lookup(outcome, value, detail)


def _stale[T](answer: CachedAnswer | None, hint: typing.Any, now: datetime) -> Lookup[T] | None:
    """A past answer in place of none at all, with its age."""
    if answer is None:
        return None
    look: Lookup[T] | None = _look(answer, hint, f"answer of {_age(answer, now) / 3600:.1f} h ago")
    return look if look is not None and look.outcome is not Outcome.FORBIDDEN else None
