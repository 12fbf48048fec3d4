"""A door in front of Azurite: every call of one of its services passes it, and may meet a fault there."""

import re
from collections.abc import Callable
from pathlib import Path

import requests

from local.certs import Certificates
from tests.adapters.service import Asked, Reply, Service

BUSY = Reply(503, b"<Error><Code>ServerBusy</Code><Message>Injected.</Message></Error>")
_RACE = (
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\n\r\n"
    b'{"odata.error":{"code":"UpdateConditionNotSatisfied","message":{"value":"0:Injected."}}}\r\n'
    b"--c--\r\n--b--\r\n"
)
LOST_RACE = Reply(202, _RACE, {"Content-Type": "multipart/mixed; boundary=b"})
_HOP = ("Host", "Connection", "Content-Length")
_WRITTEN = re.compile(rb"(?:POST|PUT|PATCH|DELETE) https://[^/]+/[^/]+/(\w+)")


class StorageDoor:
    """An address of a service; `fault` is asked before each call, and answers it or lets it pass. What `lose`
    answers replaces the service's own answer, so that what it did stays done."""

    def __init__(self, certificates: Certificates, uri: str) -> None:
        self._origin, _, self._account = uri.rpartition("/")
        self._ca: Path = certificates.ca
        self._session = requests.Session()
        self._session.trust_env = False  # else each call looks through the environment for a proxy
        self.fault: Callable[[Asked], Reply | None] | None = None
        self.lose: Callable[[Asked], Reply | None] | None = None
        self.service = Service(certificates)
        self.service.answer = self._answer

    @property
    def uri(self) -> str:
        """The account's address at this door."""
        return f"{self.service.url}/{self._account}"

    def _answer(self, asked: Asked) -> Reply:
        self.service.asked.clear()  # nobody looks at them, and they are many
        struck = self.fault(asked) if self.fault else None
        if struck is not None:
            return struck
        passed = self._passed(asked)
        return (self.lose and self.lose(asked)) or passed

    def _passed(self, asked: Asked) -> Reply:
        got = self._session.request(
            asked.method,
            self._origin + asked.target,
            headers={name: value for name, value in asked.headers.items() if name not in _HOP},
            data=asked.body,
            verify=str(self._ca),
            timeout=30,
        )
        kept = {n: v for n, v in got.headers.items() if n not in (*_HOP, "Transfer-Encoding", "Keep-Alive")}
        return Reply(got.status_code, got.content, kept)


def table_of(asked: Asked) -> str:
    """The table that a call is about."""
    if asked.path.endswith("$batch"):
        found = _WRITTEN.search(asked.body)
        return found[1].decode() if found else ""
    return asked.path.rpartition("/")[2].partition("(")[0]
