"""Microsoft Graph security: alerts_v2 as a second source of alerts.

https://learn.microsoft.com/en-us/graph/api/security-list-alerts_v2 (read 2026-11).
"""

from collections import Counter
from collections.abc import Mapping

from shared.adapters.http import Call, JsonApi, ListBounds, read_list, read_one, segment
from shared.core.progress import Window
from shared.core.values import AlertPage, OtherAlerts

_PATH = "/v1.0/security/alerts_v2"
_BOUNDS = ListBounds()
_PAGE = 1_000  # the service cuts a larger `$top` to this
_MOST_WITHOUT_EVIDENCE = 10_000
# The links count on by `$skip`, which together with `$top` must stay within 6,000:
# https://learn.microsoft.com/en-us/graph/api/resources/security-error-codes (read 2026-11).
_MOST_LINKS = 5
# Members of enumerations that are newer than v1.0 otherwise come back as "unknownFutureValue".
_HEADERS = {"Prefer": "include-unknown-enum-members"}
_SERVICE = "microsoftDefenderForEndpoint"
_OURS = f"serviceSource eq '{_SERVICE}'"


class GraphAlerts:
    """`GET /v1.0/security/alerts_v2`, the alerts of Defender for Endpoint alone.

    It leaves out what Defender's own list has: alerts suppressed by tuning, and those in no incident.
    """

    name = "graph"

    def __init__(self, api: JsonApi, bounds: ListBounds = _BOUNDS) -> None:
        self._api = api
        self._bounds = bounds

    def updated_in(self, window: Window) -> AlertPage:
        """Up to 1,000 alerts last updated inside `window`, with evidence."""
        call = self._list("lastUpdateDateTime", window, f"{_OURS} and ", self._bounds.page)
        return read_list(self._api, call, self._bounds.page, most_links=_MOST_LINKS)

    def created_in(self, window: Window) -> AlertPage:
        """Up to 6,000 alerts created inside `window`, their evidence dropped page by page."""
        return self._bare("createdDateTime", window)

    def touched_in(self, window: Window) -> AlertPage:
        """The same for alerts last updated inside `window`."""
        return self._bare("lastUpdateDateTime", window)

    def _bare(self, field: str, window: Window) -> AlertPage:
        call = self._list(field, window, f"{_OURS} and ")
        return read_list(self._api, call, _MOST_WITHOUT_EVIDENCE, _without_evidence, _MOST_LINKS)

    def others_in(self, window: Window) -> OtherAlerts | None:
        """Alerts of other services created inside `window`, of the first 6,000 of all services.

        All are asked for: that the list can be filtered by what a service is not is documented nowhere.
        """
        call = self._list("createdDateTime", window)
        page = read_list(self._api, call, _MOST_WITHOUT_EVIDENCE, _service_of, _MOST_LINKS)
        counts = Counter(str(service) for service in page.items if service != _SERVICE)
        return OtherAlerts(dict(counts), is_whole=not page.full)

    def one(self, alert_id: str) -> object:
        """The alert with this id, with evidence. Raises NotFound."""
        call = Call(api="graph alert", path=f"{_PATH}/{segment(alert_id)}", headers=_HEADERS)
        return read_one(self._api, call)

    def _list(self, field: str, window: Window, of: str = "", top: int = _PAGE) -> Call:
        inside = f"{field} ge {window.start.text()} and {field} lt {window.end.text()}"
        return Call(
            api="graph alerts",
            path=_PATH,
            query={"$filter": f"{of}{inside}", "$top": top},
            headers=_HEADERS,
            patience=self._bounds.patience,
            read_timeout=self._bounds.read_timeout,
        )


def _service_of(item: object) -> object:
    return (isinstance(item, Mapping) and item.get("serviceSource")) or "unknown"


def _without_evidence(item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    return {name: value for name, value in item.items() if name != "evidence"}
