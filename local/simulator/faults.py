"""Faults on demand: the next calls of a kind fail in a given way."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.simulator.answers import Answer

KINDS = ("status", "delay", "cut", "malformed", "html", "empty_page", "repeated_page", "foreign_next_link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to the next `times` calls that match, after the first `skip` of them.

    `path` is a regular expression that the whole path must match. `status` answers with that status, and with
    Retry-After if `retry_after` is given; `delay` waits `delay_s` and goes on; the others spoil the answer.
    `tenant` is a tenant's id.
    """

    kind: str
    service: str = "any"
    method: str = "any"
    path: str = ".*"
    tenant: str = "any"
    times: int = 1
    skip: int = 0
    status: int = 503
    retry_after: int | None = None
    code: str = "ServiceUnavailable"
    message: str = "Injected fault."
    delay_s: float = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {self.kind!r}; known: {', '.join(KINDS)}")
        re.compile(self.path)

    def matches(self, service: str, method: str, path: str, tenant: str = "") -> bool:
        """Whether it is meant for this call."""
        return (
            self.service in ("any", service)
            and self.tenant in ("any", tenant)
            and self.method in ("any", method)
            and re.fullmatch(self.path, path) is not None
        )


class FaultBook:
    """The faults that are still to come, the oldest first."""

    def __init__(self) -> None:
        self._faults: list[list[Any]] = []  # [fault, calls to skip, calls left]
        self._last_pages: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """From now on, this one too."""
        with self._lock:
            self._faults.append([fault, fault.skip, fault.times])

    def forget(self) -> None:
        """Nothing more goes wrong."""
        with self._lock:
            self._faults.clear()

    def left(self) -> list[Mapping[str, Any]]:
        """The faults that have not all happened yet, ready for JSON."""
        with self._lock:
            return [{**dataclasses.asdict(fault), "times": left} for fault, _, left in self._faults]

    def take(self, service: str, method: str, path: str, tenant: str = "") -> Fault | None:
        """The fault of this call, which is then spent."""
        with self._lock:
            for entry in self._faults:
                fault: Fault = entry[0]
                if not fault.matches(service, method, path, tenant):
                    continue
                if entry[1]:
                    entry[1] -= 1
                    continue
                entry[2] -= 1
                if not entry[2]:
                    self._faults.remove(entry)
                return fault
        return None

    def spoiled(self, fault: Fault | None, path: str, answer: Answer, tenant: str = "") -> Answer:
        """The answer as the fault leaves it; a good one is remembered for `repeated_page`."""
        kind = fault.kind if fault else ""
        if kind == "cut":
            return dataclasses.replace(answer, cut=True)
        if kind == "malformed":
            return dataclasses.replace(answer, body=answer.body[: len(answer.body) // 2] + b"\x00{")
        if kind == "html":
            page = b"<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"
            return Answer(answer.status, page, {"Content-Type": "text/html"})
        if answer.status != 200:
            return answer
        if kind == "repeated_page" and (tenant, path) in self._last_pages:
            return dataclasses.replace(answer, body=self._last_pages[tenant, path])
        if kind in ("empty_page", "foreign_next_link"):
            return _repaged(kind, answer)
        self._last_pages[tenant, path] = answer.body
        return answer


def _repaged(kind: str, answer: Answer) -> Answer:
    body = json.loads(answer.body)
    if kind == "empty_page":
        body["value"] = []
    else:
        body["@odata.nextLink"] = "https://pages.example/next?$skiptoken=1"
    return dataclasses.replace(answer, body=json.dumps(body).encode())
