"""The probe's calls: read only, counted against a bound, and answered whatever the status is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.adapters.http import Call, JsonApi
from shared.errors import AppError

MOST_CALLS = 90  # Defender's list takes 100 a minute for the app
MOST_HUNTS = 24  # hunting 45 a minute for the whole tenant
_EVERY_ERROR = frozenset(range(400, 600))
_PATIENCE = 200.0  # the service ends a query after three minutes
_HUNT = "/v1.0/security/runHuntingQuery"


class BoundReached(RuntimeError):
    """The probe has made as many calls as it may."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. Status 0: nothing did, and `code` is the kind of failure."""

    status: int
    code: str = ""
    message: str = ""
    body: object = None

    @property
    def was_taken(self) -> bool:
        """True for a success."""
        return 200 <= self.status < 300

    @property
    def says_nothing(self) -> bool:
        """True where it cannot be told from the answer what the service thinks of the question."""
        return self.status in (0, 401, 403, 429) or self.status >= 500

    def field(self, name: str) -> object:
        """A property of the body, None where there is none."""
        return self.body.get(name) if isinstance(self.body, Mapping) else None

    def items(self) -> list[Mapping[str, object]]:
        """The objects in the body's `value`."""
        value = self.field("value")
        return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


@dataclass(slots=True)
class Asker:
    """Both APIs, and each with the other's token, as it is refused."""

    defender: JsonApi
    graph: JsonApi
    defender_with_wrong_token: JsonApi
    graph_with_wrong_token: JsonApi
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    calls: int = 0
    hunts: int = 0

    def get(self, api: JsonApi, path: str, **query: str | int) -> Answered:
        """A GET; names of the query go out with `$` before them. Raises BoundReached."""
        if self.calls >= MOST_CALLS:
            raise BoundReached(f"more than {MOST_CALLS} calls")
        self.calls += 1
        named = {name if name == "lookBackHours" else f"${name}": value for name, value in query.items()}
        return _sent(api, Call(api="probe", path=path, query=named, accept=_EVERY_ERROR, patience=0.0))

    def hunt(self, kql: str, timespan: str = "P1D", api: JsonApi | None = None) -> Answered:
        """A hunt over the last day. Raises BoundReached."""
        if self.hunts >= MOST_HUNTS:
            raise BoundReached(f"more than {MOST_HUNTS} hunting calls")
        self.hunts += 1
        return _sent(
            api or self.graph,
            Call(
                api="probe",
                path=_HUNT,
                body={"Query": kql, "Timespan": timespan},
                accept=_EVERY_ERROR,
                heavy=True,
                patience=0.0,
                read_timeout=_PATIENCE,
            ),
        )


def _sent(api: JsonApi, call: Call) -> Answered:
    try:
        answer = api.send(call)
    except AppError as err:
        return Answered(0, type(err).__name__, str(err))
    if answer.error is not None:
        return Answered(answer.status, answer.error.code, answer.error.message)
    return Answered(answer.status, body=answer.body)
