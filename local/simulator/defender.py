"""The Defender for Endpoint API: alerts, and the entities around them.

Roles and quotas are those of each call's page under https://learn.microsoft.com/en-us/defender-endpoint/api/
(read 2026-11-24).
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from local.simulator import odata
from local.simulator.answers import Answer, Refused, Request, defender_answer
from local.simulator.directory import Entity, evidence_hosts
from local.simulator.quotas import Limit
from local.simulator.routes import HOUR, MINUTE, Route
from local.simulator.tenant import Tenant

PAGE = 10_000
MAX_LOOK_BACK_HOURS = 720
_LIMITS = (Limit(100, MINUTE), Limit(1500, HOUR))
_ALERT_FIELDS = odata.fields(
    alertCreationTime="time",
    lastUpdateTime="time",
    lastEventTime="time",
    incidentId="number",
    investigationId="number",
    id="text",
    assignedTo="text",
    detectionSource="text",
    status="text",
    severity="text",
    category="text",
)
_MACHINE_FIELDS = odata.fields(
    lastSeen="time",
    rbacGroupId="number",
    **dict.fromkeys(
        "computerDnsName id version deviceValue aadDeviceId exposureLevel onboardingStatus lastIpAddress "
        "healthStatus osPlatform riskScore".split(),
        "text",
    ),
)


class Defender:
    """The routes of the API over a tenant; lists come in another order with every request."""

    def __init__(self, tenant: Tenant, *, seed: int = 1) -> None:
        self._tenant = tenant
        self._seed = seed
        self._requests = itertools.count()
        alert, machine, file, user = (_roles(name) for name in ("Alert", "Machine", "File", "User"))
        ip, url = _roles("Ip"), _roles("Url")
        self.routes: Sequence[Route] = [
            _route("alerts", alert, self._alerts),
            _route("alerts/{id}", alert, self._alert),
            _route("alerts/{id}/machine", machine, self._alert_machine),
            _route("alerts/{id}/files", file, self._alert_files),
            _route("alerts/{id}/ips", ip, self._alert_ips),
            _route("alerts/{id}/domains", url, self._alert_domains),
            _route("alerts/{id}/user", user, self._alert_user),
            _route("machines", machine, self._machines),
            _route("machines/{id}", machine, self._machine),
            _route("machines/{id}/logonusers", user, self._logon_users),
            _route("machines/{id}/software", _roles("Software"), _no_software),
            _route("files/{id}", file, self._file),
            _route("files/{id}/stats", file, self._file_stats),
            _route("ips/{ip}/stats", ip, self._ip_stats),
            _route("domains/{domain}/stats", url, self._domain_stats),
        ]

    def _alerts(self, request: Request, _: tuple[str, ...]) -> Answer:
        query = odata.options(request.query, ("$filter", "$top", "$skip", "$expand", "$skiptoken"))
        if query.get("$expand", "evidence") != "evidence":
            raise Refused(400, "ODataError", "Only evidence can be expanded.")
        items = self._tenant.alerts.listed(self._tenant.clock.now())
        page = self._page(request, query, items, _ALERT_FIELDS)
        if "$expand" not in query:
            page["value"] = [{**alert, "evidence": []} for alert in page["value"]]
        return _context(request, "Alerts", page)

    def _machines(self, request: Request, _: tuple[str, ...]) -> Answer:
        query = odata.options(request.query, ("$filter", "$top", "$skip", "$skiptoken"))
        page = self._page(request, query, self._tenant.directory.machines(), _MACHINE_FIELDS)
        if not page["value"]:
            raise Refused(404, "ResourceNotFound", "No machines were found.")
        return _context(request, "Machines", page)

    def _page(
        self, request: Request, query: dict[str, str], items: list[Entity], fields: dict[str, odata.Field]
    ) -> dict[str, Any]:
        """A page in no order. A link to the next is there only if the caller named no size."""
        top = odata.number(query, "$top", default=PAGE, most=PAGE)
        skip = odata.number(query, "$skip", default=0, most=2**31)
        if "$filter" in query:
            test = odata.compiled(query["$filter"], fields)
            items = [item for item in items if test(item)]
        seed = next(self._requests)
        if "$skiptoken" in query:
            seed, skip = _skip_token(query["$skiptoken"])
        random.Random(f"{self._seed}/{seed}").shuffle(items)  # noqa: S311 - an order, not a secret
        page: dict[str, Any] = {"value": items[skip : skip + top]}
        if "$top" not in query and skip + top < len(items):
            token = base64.urlsafe_b64encode(f"{seed}/{skip + top}".encode()).decode()
            kept = {name: query[name] for name in ("$filter", "$expand") if name in query}
            asked = urlencode([*kept.items(), ("$skiptoken", token)])
            page["@odata.nextLink"] = f"{request.origin}{request.path}?{asked}"
        return page

    def _alert(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        return _context(request, "Alerts/$entity", self._known_alert(values[0]))

    def _known_alert(self, alert_id: str) -> Entity:
        alert = self._tenant.alerts.one(alert_id, self._tenant.clock.now())
        if alert is None:
            raise Refused(404, "ResourceNotFound", f"Alert {alert_id[:100]} was not found.")
        return alert

    def _alert_machine(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        key = str(self._known_alert(values[0]).get("machineId"))
        return _context(request, "Machines/$entity", self._known_machine(key))

    def _known_machine(self, key: str) -> Entity:
        machine = self._tenant.directory.machine(key)
        if machine is None:
            raise Refused(404, "ResourceNotFound", f"Machine {key[:100]} was not found.")
        return machine

    def _alert_files(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        files: dict[object, Entity] = {}
        for item in _evidence(self._known_alert(values[0])):
            for key in (item.get("sha1"), item.get("sha256")):
                if isinstance(key, str) and (file := _quietly(self._tenant.directory.file, key)):
                    files[file.get("sha1")] = file
        return _context(request, "Files", {"value": list(files.values())})

    def _alert_ips(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        found = [item.get("ipAddress") for item in _evidence(self._known_alert(values[0]))]
        unique = dict.fromkeys(ip for ip in found if isinstance(ip, str))
        return _context(request, "Ips", {"value": [{"id": ip} for ip in unique]})

    def _alert_domains(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        hosts = evidence_hosts(self._known_alert(values[0]))
        return _context(request, "Domains", {"value": [{"host": host} for host in hosts]})

    def _alert_user(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        related = self._known_alert(values[0]).get("relatedUser") or {}
        user = self._tenant.directory.user(str(related.get("userName")), str(related.get("domainName")))
        if user is None:
            raise Refused(404, "ResourceNotFound", "User was not found.")
        return _context(request, "Users/$entity", user)

    def _machine(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        return _context(request, "Machines/$entity", self._known_machine(values[0]))

    def _logon_users(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        machine = self._known_machine(values[0])
        users = self._tenant.directory.logged_on(str(machine.get("id")))
        return _context(request, "Users", {"value": users})

    def _file(self, request: Request, values: tuple[str, ...]) -> Answer:
        odata.options(request.query, ())
        return self._file_answer(request, values[0], "Files/$entity", self._tenant.directory.file)

    def _file_stats(self, request: Request, values: tuple[str, ...]) -> Answer:
        _look_back(request)
        context = "microsoft.windowsDefenderATP.api.InOrgFileStats"
        return self._file_answer(request, values[0], context, self._tenant.directory.file_stats)

    def _file_answer(
        self, request: Request, key: str, context: str, look_up: Callable[[str], Entity | None]
    ) -> Answer:
        found = look_up(key)
        if found is None:
            raise Refused(404, "ResourceNotFound", f"File {key[:100]} was not found.")
        return _context(request, context, found)

    def _ip_stats(self, request: Request, values: tuple[str, ...]) -> Answer:
        _look_back(request)
        context = "microsoft.windowsDefenderATP.api.InOrgIPStats"
        return _context(request, context, self._tenant.directory.ip_stats(values[0]))

    def _domain_stats(self, request: Request, values: tuple[str, ...]) -> Answer:
        _look_back(request)
        context = "microsoft.windowsDefenderATP.api.InOrgDomainStats"
        return _context(request, context, self._tenant.directory.domain_stats(values[0]))


def _roles(name: str) -> tuple[str, ...]:
    readers = (f"{name}.Read.All",)
    return (*readers, f"{name}.ReadWrite.All") if name in ("Alert", "Machine") else readers


def _route(path: str, roles: tuple[str, ...], run: Callable[[Request, tuple[str, ...]], Answer]) -> Route:
    return Route("GET", f"/api/{path}", roles, _LIMITS, run)


def _context(request: Request, name: str, body: dict[str, Any]) -> Answer:
    return defender_answer({"@odata.context": f"{request.origin}/api/$metadata#{name}", **body})


def _no_software(request: Request, _: tuple[str, ...]) -> Answer:
    """The role for it is none of the app's, which is what the route is there for."""
    odata.options(request.query, ())
    return _context(request, "Software", {"value": []})


def _evidence(alert: Entity) -> list[Entity]:
    return [item for item in alert.get("evidence") or () if isinstance(item, dict)]


def _quietly(look_up: Callable[[str], Entity | None], key: str) -> Entity | None:
    try:
        return look_up(key)
    except Refused:
        return None


def _look_back(request: Request) -> None:
    query = odata.options(request.query, ("lookBackHours",))
    hours = query.get("lookBackHours", "1")
    if not (hours.isascii() and hours.isdecimal() and 1 <= int(hours) <= MAX_LOOK_BACK_HOURS):
        raise Refused(400, "InvalidInput", f"lookBackHours must be 1 to {MAX_LOOK_BACK_HOURS}.")


def _skip_token(text: str) -> tuple[int, int]:
    try:
        seed, _, skip = base64.urlsafe_b64decode(text).decode().partition("/")
        return int(seed), int(skip)
    except ValueError:
        raise Refused(400, "BadRequest", "The $skiptoken is not valid.") from None
