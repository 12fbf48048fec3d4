"""Lists of alerts, page by page, within bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shared import telemetry
from shared.adapters.http.json_api import READ_TIMEOUT, AnswerTooLarge, Call, JsonApi
from shared.core.values import AlertPage
from shared.errors import UnexpectedResponse

_MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class ListBounds:
    """How many alerts with their evidence a call asks for, and how long it may take, in seconds: all waiting
    between attempts, and that for the answer's next bytes. A thousand alerts are 10 MB while being read."""

    page: int = 1_000
    patience: float = 20.0
    read_timeout: float = READ_TIMEOUT


def read_list(
    api: JsonApi,
    call: Call,
    most: int,
    keep: Callable[[object], object] = lambda item: item,
    most_links: int = _MOST_LINKS,
) -> AlertPage:
    """The items of `call`'s list, its page links followed until `most` items are there.

    `full` where the list may go on, also after a page that was larger than the call allows: a narrower
    window may fit. `keep` is what to keep of each item. Raises UnexpectedResponse for links that go in a
    circle or leave the host.
    """
    items: list[object] = []
    followed: set[str] = set()
    while True:
        try:
            values, link = _page(api, call)
        except AnswerTooLarge as err:
            telemetry.warning("page too large", api=call.api, reason=str(err))
            return AlertPage(tuple(items), full=True)
        items += map(keep, values)
        if len(items) >= most:
            return AlertPage(tuple(items), full=True)
        if link is None:
            return AlertPage(tuple(items), full=False)
        if link in followed:
            raise UnexpectedResponse(
                f"{api.service}: {call.api}: page links go in a circle", service=api.service
            )
        if len(followed) >= most_links:
            return AlertPage(tuple(items), full=True)
        followed.add(link)
        call = replace(call, path=link, query={})


def read_one(api: JsonApi, call: Call) -> object:
    """The one item that `call` answers with, as it would stand in a list."""
    body = api.send(call).body
    if not isinstance(body, Mapping):
        return body
    return {name: value for name, value in body.items() if name != "@odata.context"}


def _page(api: JsonApi, call: Call) -> tuple[list[object], str | None]:
    answer = api.send(call)
    body = answer.body
    values = body.get("value") if isinstance(body, Mapping) else None
    link = body.get("@odata.nextLink") if isinstance(body, Mapping) else None
    if not isinstance(values, list) or not (link is None or isinstance(link, str)):
        said = f"{api.service}: {call.api}: the answer is not a list of values"
        raise UnexpectedResponse(said, **answer.by(api.service))
    return values, link or None
