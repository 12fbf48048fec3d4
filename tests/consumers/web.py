"""The HTTP action of a workflow: what it sends, and what later actions see of the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

# The engine removes these without a word (https://learn.microsoft.com/azure/connectors/connectors-native-http,
# read 2026-11).
_DROPPED = {
    "allow",
    "cookie",
    "expires",
    "host",
    "last-modified",
    "origin",
    "set-cookie",
    "transfer-encoding",
}
_CONTENT_KEPT = {"content-disposition", "content-encoding", "content-type"}
# Where a workflow says nothing the engine tries four times more, on these; here without the waits between.
_RETRIED = {408, 429, 500, 502, 503, 504}
_TRIES = 5
METHODS = {"GET", "PUT", "POST", "PATCH", "DELETE"}


def new_session() -> requests.Session:
    """Connections that nothing of this machine's settings changes."""
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that an action made, and the status it was answered with."""

    action: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any
    status: int


@dataclass
class Web:
    """Makes the requests. `token` gives one for an audience, as the identity of the workflow would;
    `spelled` are names of headers as another server would spell them, by how this one does; `page_size`,
    where it is not 0, is how many rows of a table come at once instead of the service's 1,000. What is asked
    of `storage` goes over connections that are `kept` from one test to the next."""

    ca: Path
    token: Callable[[str], str]
    sent: list[Sent] = field(default_factory=list)
    spelled: dict[str, str] = field(default_factory=dict)
    page_size: int = 0
    storage: tuple[str, ...] = ()
    kept: requests.Session = field(default_factory=new_session)

    def __post_init__(self) -> None:
        self._session = new_session()

    def send(self, action: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
        """The action's outputs; None where there was no answer at all."""
        headers = {name: value for name, value in inputs.get("headers", {}).items() if not is_dropped(name)}
        headers |= self._authorization(inputs.get("authentication"))
        smaller = f"&$top={self.page_size}" if self.page_size and "?$filter=" in inputs["uri"] else ""
        body = inputs.get("body")
        session = self.kept if inputs["uri"].startswith(self.storage) else self._session
        for _ in range(_TRIES):
            try:
                answer = session.request(
                    inputs["method"],
                    inputs["uri"] + smaller,
                    headers=headers,
                    json=None if isinstance(body, str) else body,
                    data=body.encode() if isinstance(body, str) else None,
                    verify=str(self.ca),
                    timeout=30,
                )
            except requests.RequestException:
                continue
            self.sent.append(Sent(action, inputs["method"], inputs["uri"], headers, body, answer.status_code))
            if answer.status_code not in _RETRIED:
                break
        else:
            return None
        answered = {self.spelled.get(name, name): value for name, value in answer.headers.items()}
        return {"statusCode": answer.status_code, "headers": answered, "body": _body(answer)}

    def _authorization(self, wanted: dict[str, str] | None) -> dict[str, str]:
        if wanted is None:
            return {}
        if wanted["type"] == "Raw":
            return {"Authorization": wanted["value"]}
        if wanted["type"] == "ManagedServiceIdentity":
            return {"Authorization": f"Bearer {self.token(wanted['audience'])}"}
        raise AssertionError(f"authentication {wanted['type']} is not known here")


def is_dropped(header: str) -> bool:
    """True for a header that the engine leaves out of a request."""
    name = header.lower()
    of_content = name.startswith("content-") and name not in _CONTENT_KEPT
    return name in _DROPPED or name.startswith("accept-") or of_content


def _body(answer: requests.Response) -> Any:
    if answer.headers.get("Content-Type", "").startswith("application/json") and answer.content:
        return answer.json()
    return answer.text or None
