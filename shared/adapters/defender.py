"""Defender for Endpoint: its list of alerts, and what it knows of the entities around one.

Roles, limits and shapes: https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts and the pages of
each entity beside it (read 2026-11). "machine" is this API's word for a device, and stays in this file.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from shared import telemetry
from shared.adapters.clock import Clock
from shared.adapters.http import Call, JsonApi, ListBounds, read_list, read_one, segment
from shared.core.lookups import Device, File, LoggedOnUser, Lookup, Outcome, Prevalence, entity_parsing
from shared.core.progress import Window
from shared.core.values import AlertPage, OtherAlerts
from shared.errors import AccessDenied, AppError, NotFound, Throttled
from shared.threads import side_by_side

_BOUNDS = ListBounds()
_PAGE_WITHOUT_EVIDENCE = 10_000  # the most that `$top` may ask for
_LOOK_BACK: dict[str, str | int] = {"lookBackHours": 720}  # the most there is: 30 days
_SIDE_BY_SIDE = 4
_HASH = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)
_DEVICE = re.compile(r"[0-9a-f]{40}")
_LISTED_FROM = 3  # devices from which on they are listed together …
# … so many with one filter, which then has 99 nodes. A service on ASP.NET's OData takes 100 unless it is told
# otherwise (https://community.dynamics.com/forums/thread/details/?threadid=f4bc1a3e-3956-ef11-a316-6045bdec6b18,
# read 2026-11-30); whether this one was is on no page.
_LISTED = 25
_REFUSED_FOR = 3_600.0  # seconds without a list, once one was refused
_MERGES = 3  # devices that are followed one after the other
_ASKED_WRONGLY = 400
_ANSWERED = frozenset((_ASKED_WRONGLY, 404))  # for a key that the service refuses or does not know
_MACHINES_LIST = "defender machines"


class DefenderAlerts:
    """`GET /api/alerts`. The list comes in no order and without page links, so windows are narrow and a full
    page is asked for in halves by the caller."""

    name = "defender"

    def __init__(self, api: JsonApi, bounds: ListBounds = _BOUNDS) -> None:
        self._api = api
        self._bounds = bounds

    def updated_in(self, window: Window) -> AlertPage:
        """Up to 1,000 alerts, or a page, last updated inside `window`, with evidence."""
        return self._list("lastUpdateTime", window, self._bounds.page, {"$expand": "evidence"})

    def created_in(self, window: Window) -> AlertPage:
        """Up to 10,000 alerts created inside `window`, without evidence."""
        return self._list("alertCreationTime", window, _PAGE_WITHOUT_EVIDENCE, {})

    def touched_in(self, window: Window) -> AlertPage:
        """Up to 10,000 alerts last updated inside `window`, without evidence."""
        return self._list("lastUpdateTime", window, _PAGE_WITHOUT_EVIDENCE, {})

    def others_in(self, window: Window) -> OtherAlerts | None:
        """None: this API holds the alerts of Defender for Endpoint alone."""
        return None

    def one(self, alert_id: str) -> object:
        """The alert with this id, with evidence. Raises NotFound."""
        return read_one(self._api, Call(api="defender alert", path=f"/api/alerts/{segment(alert_id)}"))

    def _list(self, field: str, window: Window, most: int, more: Mapping[str, str]) -> AlertPage:
        inside = f"{field} ge {window.start.text()} and {field} lt {window.end.text()}"
        call = Call(
            api="defender alerts",
            path="/api/alerts",
            query={"$filter": inside, "$top": most, **more},
            patience=self._bounds.patience,
            read_timeout=self._bounds.read_timeout,
        )
        return read_list(self._api, call, most)


@dataclass(frozen=True, slots=True)
class _Machine:
    """A device, and the id of the one that it was merged into, if it was."""

    device: Device
    into: str | None


class DefenderDirectory:
    """Look-ups by key, a few side by side. Once an API of them is throttled, it is left alone for as long as
    it asked, by this instance, and the keys meanwhile end as throttled without a call."""

    def __init__(self, api: JsonApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until: dict[str, float] = {}  # by API, in the clock's monotonic seconds

    def devices(self, ids: Iterable[str]) -> dict[str, Lookup[Device]]:
        """Devices by id: several with one call, and by itself whatever that list does not hold. One that was
        merged into another is described as that other is now, under its own id."""
        first = self._machines(ids)
        last, newest = first, first
        for _ in range(_MERGES):
            moved = {key: look.value.into for key, look in newest.items() if look.value and look.value.into}
            successors = self._machines(moved.values()) if moved else {}
            newest = {key: new for key, into in moved.items() if (new := successors[into]).value}
            last = last | newest
        return {key: _as_of(look, last[key]) for key, look in first.items()}

    def _machines(self, ids: Iterable[str]) -> dict[str, Lookup[_Machine]]:
        wanted = list(dict.fromkeys(ids))
        listed: dict[str, Lookup[_Machine]] = {}
        if len(wanted) >= _LISTED_FROM and self._closed_for(_MACHINES_LIST) <= 0:
            plain = [key for key in wanted if _DEVICE.fullmatch(key)]
            parts = [plain[start : start + _LISTED] for start in range(0, len(plain), _LISTED)]
            # The first one alone: where the list is refused it is asked for once.
            for some in (parts[:1], parts[1:]):
                for found in side_by_side(self._listed, some, _SIDE_BY_SIDE):
                    listed |= found
        left = [key for key in wanted if key not in listed]
        return listed | _each(left, lambda key: self._ask("defender machine", ("machines", key), _machine))

    def _listed(self, ids: list[str]) -> dict[str, Lookup[_Machine]]:
        """Those of the devices that the list of recently seen ones holds."""
        one_of = " or ".join(f"id eq '{key}'" for key in ids)
        query: dict[str, str | int] = {"$filter": one_of, "$top": len(ids)}
        found = self._ask(_MACHINES_LIST, ("machines",), _items, query, self._list_refused)
        machines = [_read(_machine, raw) for raw in found.value or ()]
        return {look.value.device.id.lower(): look for look in machines if look.value is not None}

    def _list_refused(self, reason: str) -> None:
        """Remembers it, so that a refusal is not paid for again with each storm."""
        telemetry.warning("device list refused", reason=reason, seconds=_REFUSED_FOR)
        self._close(_MACHINES_LIST, _REFUSED_FOR)

    def users(self, device_ids: Iterable[str]) -> dict[str, Lookup[tuple[LoggedOnUser, ...]]]:
        """Logged-on users by device id."""

        def one(key: str) -> Lookup[tuple[LoggedOnUser, ...]]:
            path = ("machines", key, "logonusers")
            return self._ask("defender logonusers", path, entity_parsing.logged_on_users)

        return _each(device_ids, one)

    def files(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """Files by SHA-1 or SHA-256, with signer and prevalence: two calls a file that the service knows."""
        return _each(hashes, self._file)

    def file_statistics(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        """The organisation's prevalence of files alone: one call a file."""

        def one(key: str) -> Lookup[File]:
            read = partial(entity_parsing.file, key, None)
            return self._ask("defender file stats", ("files", key, "stats"), read, _LOOK_BACK)

        return _each(hashes, one)

    def addresses(self, addresses: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by IP address. IPv6 is refused by the service, which counts as not found."""
        return _each(addresses, lambda key: self._prevalence("defender ip stats", "ips", key))

    def domains(self, hosts: Iterable[str]) -> dict[str, Lookup[Prevalence]]:
        """Prevalence by domain."""
        return _each(hosts, lambda key: self._prevalence("defender domain stats", "domains", key))

    def _file(self, key: str) -> Lookup[File]:
        if not _HASH.fullmatch(key):
            return Lookup(Outcome.NOT_FOUND, detail="neither a SHA-1 nor a SHA-256")
        about = self._ask("defender file", ("files", key), _as_is)
        if about.outcome is not Outcome.FOUND:
            return Lookup(about.outcome, detail=about.detail)
        stats = self._ask("defender file stats", ("files", key, "stats"), _as_is, _LOOK_BACK)
        if stats.outcome not in (Outcome.FOUND, Outcome.NOT_FOUND):
            return Lookup(stats.outcome, detail=f"its prevalence: {stats.detail}")
        return _read(lambda body: entity_parsing.file(key, body, stats.value), about.value)

    def _prevalence(self, api: str, collection: str, key: str) -> Lookup[Prevalence]:
        read = partial(entity_parsing.prevalence, key)
        return self._ask(api, (collection, key, "stats"), read, _LOOK_BACK)

    def _ask[T](
        self,
        api: str,
        path: tuple[str, ...],
        read: Callable[[object], T],
        query: Mapping[str, str | int] | None = None,
        asked_wrongly: Callable[[str], None] = lambda reason: None,
    ) -> Lookup[T]:
        """One call's end as an outcome; never raises for what the service or the key is like. A 400 is told
        to `asked_wrongly` too."""
        wait = self._closed_for(api)
        if wait > 0:
            return Lookup(Outcome.THROTTLED, detail=f"{api}: not asked, open again in {wait:.0f} s")
        try:
            address = "/api/" + "/".join(segment(part) for part in path)
        except NotFound as err:
            return Lookup(Outcome.NOT_FOUND, detail=_short(err))
        try:
            call = Call(api=api, path=address, query=query or {}, accept=_ANSWERED, patience=3.0)
            answer = self._api.send(call)
        except Throttled as err:
            self._close(api, err.retry_after)
            return Lookup(Outcome.THROTTLED, detail=_short(err))
        except AccessDenied as err:
            return Lookup(Outcome.FORBIDDEN, detail=_short(err))
        except AppError as err:
            return Lookup(Outcome.FAILED, detail=_short(err))
        if answer.error is not None:
            if answer.status == _ASKED_WRONGLY:
                asked_wrongly(answer.error.text[:200])
            return Lookup(Outcome.NOT_FOUND, detail=answer.error.text[:200] or f"answered {answer.status}")
        return _read(read, answer.body)

    def _closed_for(self, api: str) -> float:
        with self._lock:
            return self._closed_until.get(api, 0.0) - self._clock.monotonic()

    def _close(self, api: str, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        with self._lock:
            self._closed_until[api] = max(until, self._closed_until.get(api, 0.0))


def _each[T](keys: Iterable[str], look_up: Callable[[str], Lookup[T]]) -> dict[str, Lookup[T]]:
    wanted = list(dict.fromkeys(keys))
    return dict(zip(wanted, side_by_side(look_up, wanted, _SIDE_BY_SIDE), strict=True))


def _read[T](read: Callable[[object], T], body: object) -> Lookup[T]:
    """What `read` makes of an answer. One that it stumbles over costs its own look-up, and no other."""
    try:
        return Lookup(Outcome.FOUND, read(body))
    except AppError as err:
        return Lookup(Outcome.FAILED, detail=_short(err))
    except Exception as err:
        telemetry.error("answer cannot be read", kind=type(err).__name__, reason=str(err))
        return Lookup(Outcome.FAILED, detail=f"the answer cannot be read: {type(err).__name__}")


def _machine(raw: object) -> _Machine:
    return _Machine(entity_parsing.device(raw), entity_parsing.merged_into(raw))


def _as_of(look: Lookup[_Machine], last: Lookup[_Machine]) -> Lookup[Device]:
    """The look-up's device, as the last one that it was merged into stands."""
    if look.value is None or last.value is None:
        return Lookup(look.outcome, detail=look.detail)
    return Lookup(look.outcome, replace(last.value.device, id=look.value.device.id))


def _items(body: object) -> list[object]:
    items = body.get("value") if isinstance(body, dict) else None
    return items if isinstance(items, list) else []


def _as_is(body: object) -> object:
    return body


def _short(err: AppError) -> str:
    return str(err)[:200]
