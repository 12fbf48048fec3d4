"""Advanced hunting through Microsoft Graph.

https://learn.microsoft.com/en-us/graph/api/security-security-runhuntingquery; error texts:
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-errors (read 2026-11). The older hunting APIs
stop returning data on 1 February 2027.
"""

import json
from collections.abc import Callable, Mapping

from shared.adapters.clock import Clock
from shared.adapters.http import AnswerTooLarge, Call, HttpAnswer, JsonApi, TimedOut
from shared.core.calls import default_wait, quota_of
from shared.core.correlate import Cell
from shared.errors import AppError, QueryRejected, ResultTooLarge, Throttled, Unavailable, UnexpectedResponse

_PATH = "/v1.0/security/runHuntingQuery"
_READ_TIMEOUT = 200.0  # the service ends a query after three minutes
_MOST_BYTES = 64 * 2**20  # the service's own limit is 50 MB
_TOO_LARGE = (
    "result size limit exceeded",
    "exceeded the allowed result size",
    "exceeded the allowed limits",
    "result set is too large",
    "excessive resource consumption",
    "exceeded the timeout period",
)
_SPENT = ("processing resources allocated", "quota exceeded")
_PASSING = ("unexpected error occurred during query execution", "try again in a few minutes")


class GraphHunter:
    """`POST /v1.0/security/runHuntingQuery`.

    It never waits for a quota: the tenant's calls are spent in one place, in the hunting lease. A query that
    ran into the service's time limit, or into a gateway's, is `Unavailable` with status 504.
    """

    def __init__(self, api: JsonApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def run(self, name: str, kql: str, timespan: str) -> tuple[Mapping[str, Cell], ...]:
        """The rows of one query, in the service's order; times are the service's text.

        Raises QueryRejected, ResultTooLarge, Throttled, AccessDenied, Unavailable, UnexpectedResponse.
        """
        body = {"Query": kql, "Timespan": timespan} if timespan else {"Query": kql}
        call = Call(
            api="graph hunting",
            path=_PATH,
            body=body,
            accept=frozenset((400, 413, 504)),
            heavy=True,
            patience=2.0,  # enough for a connection that must be made anew, too little for a quota
            read_timeout=_READ_TIMEOUT,
            most_bytes=_MOST_BYTES,
        )
        try:
            answer = self._api.send(call)
        except AnswerTooLarge as err:
            raise ResultTooLarge(name, str(err), status=err.status, request_id=err.request_id) from err
        except TimedOut as err:
            raise _heavy(name, err.request_id) from err
        if answer.error is not None:
            raise self._refusal(name, answer)
        return _rows(name, answer)

    def _refusal(self, name: str, answer: HttpAnswer) -> AppError:
        message = answer.error.text if answer.error else ""
        lowered = message.lower()
        answered = answer.by("graph")
        if answer.status == 504:
            return _heavy(name, answer.request_id)
        if answer.status == 413 or any(words in lowered for words in _TOO_LARGE):
            return ResultTooLarge(name, message, **answered)
        if any(words in lowered for words in _SPENT):
            wait, quota = default_wait(message, self._clock.now()), quota_of(message)
            return Throttled(f"query {name!r}: {message}", retry_after=wait, quota=quota, **answered)
        if any(words in lowered for words in _PASSING):
            return Unavailable(f"query {name!r}: {message}", **answered)
        return QueryRejected(name, message, **answered)


def _heavy(name: str, request_id: str) -> Unavailable:
    return Unavailable(
        f"query {name!r} is too heavy or hunting is slow: it was not answered in time",
        service="graph",
        status=504,
        request_id=request_id,
    )


def _rows(name: str, answer: HttpAnswer) -> tuple[Mapping[str, Cell], ...]:
    """The rows of a success. Captured answers differ in the case of the keys (`schema`, `Schema`), so that
    is not looked at."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    parts = {str(key).lower(): value for key, value in body.items()}
    results = parts.get("results")
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise UnexpectedResponse(f"graph: query {name!r}: the answer has no rows", **answer.by("graph"))
    special = _converters(parts.get("schema"))
    known: dict[str, str] = {}  # rows repeat names of devices, persons, files: each text is kept once
    for row in results:
        # Some answers (seen July 2026) write null as {}, and beside a value its type, as OData's JSON may.
        for column in [name for name in row if "@odata." in name]:
            del row[column]
        for column, value in row.items():
            if isinstance(value, str):
                row[column] = known.setdefault(value, value)
            elif isinstance(value, (dict, list)):
                row[column] = _as_text(value) if value else None
        for column, convert in special:
            if row.get(column) is not None:
                row[column] = convert(row[column])
    return tuple(results)


def _as_text(value: object) -> str:
    """The value as JSON; nothing of one that is nested deeper than Python writes."""
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    except RecursionError:
        return ""


def _converters(schema: object) -> list[tuple[str, Callable[[Cell], Cell]]]:
    """(column, conversion) for columns whose JSON may not be of their type: a long sent as text, and
    Kusto's bool, which is called SByte and may come as 0 or 1."""
    found: list[tuple[str, Callable[[Cell], Cell]]] = []
    for column in schema if isinstance(schema, list) else ():
        if not isinstance(column, Mapping):
            continue
        parts = {str(key).lower(): value for key, value in column.items()}
        column_name, kind = parts.get("name"), str(parts.get("type")).lower().removeprefix("system.")
        if not isinstance(column_name, str):
            continue
        if kind in ("int64", "int32", "long", "int"):
            found.append((column_name, _whole))
        elif kind in ("sbyte", "bool", "boolean"):
            found.append((column_name, _flag))
    return found


def _whole(value: Cell) -> Cell:
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return value
    return value


def _flag(value: Cell) -> Cell:
    if isinstance(value, int):
        return bool(value)
    return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower(), value)
