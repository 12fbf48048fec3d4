"""Deliberate changes of the stand-ins: the simulator's own parts are replaced while it runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from local.simulator import access, answers, defender, directory, graph, hunting, odata, ticks
from local.simulator.answers import Answer, Refused, Request
from local.simulator.simulator import Simulator

type Change = Callable[[pytest.MonkeyPatch, Simulator], None]


@dataclass(frozen=True, slots=True)
class Case:
    """`part` of the probe must say that `about` is otherwise."""

    name: str
    part: str
    about: str
    change: Change


def _lacks(*names: str) -> Change:
    def change(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
        config = dataclasses.replace(simulator.config, hunting_lacks=names)
        patch.setattr(simulator.hunting, "_config", config)

    return change


def _rows(changed: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Change:
    """Each row that hunting answers is changed."""

    def change(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
        run = simulator.tenant.engine.run

        def changing(*given: Any, **named: Any) -> Any:
            result = run(*given, **named)
            return dataclasses.replace(result, rows=tuple({**row, **changed(row)} for row in result.rows))

        patch.setattr(simulator.tenant.engine, "run", changing)

    return change


def _no_column(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    """`getschema` does not list LogonId."""
    run = simulator.tenant.engine.run

    def changing(*given: Any, **named: Any) -> Any:
        result = run(*given, **named)
        rows = tuple(row for row in result.rows if row.get("ColumnName") != "LogonId")
        return dataclasses.replace(result, rows=rows)

    patch.setattr(simulator.tenant.engine, "run", changing)


def _value(column: str, value: Any) -> Change:
    return _rows(lambda row: {column: value} if column in row else {})


def _much_later(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    """Each row came a quarter of an hour later than it did."""
    run = simulator.tenant.engine.run

    def changing(*given: Any, **named: Any) -> Any:
        result = run(*given, **named)
        later = ticks.from_seconds(900)
        rows = tuple(
            {**row, "Came": ticks.text(ticks.parse(row["Came"]) + later)} if "Came" in row else row
            for row in result.rows
        )
        return dataclasses.replace(result, rows=rows)

    patch.setattr(simulator.tenant.engine, "run", changing)


def _set(where: Any, name: str, value: Any) -> Change:
    return lambda patch, _: patch.setattr(where, name, value)


def _without(fields: Mapping[str, odata.Field], name: str) -> Change:
    return lambda patch, _: patch.delitem(fields, name.lower())


def _with(fields: Mapping[str, odata.Field], name: str) -> Change:
    return lambda patch, _: patch.setitem(fields, name.lower(), odata.Field(name, "text"))


def _refused_as(status: int, code: str, message: str | None = None) -> Change:
    """Every refusal has this status and code."""

    def change(patch: pytest.MonkeyPatch, _: Simulator) -> None:
        made = Refused.__init__

        def init(self: Refused, _status: int, _code: str, text: str, wait: int | None = None) -> None:
            made(self, status, code, text if message is None else message, wait)

        patch.setattr(Refused, "__init__", init)

    return change


def _type_of(row: dict[str, Any]) -> Mapping[str, Any]:
    return {"ColumnType": "int"} if row.get("ColumnName") == "FileSize" else {}


def _linked(patch: pytest.MonkeyPatch, simulator: Simulator) -> None:
    page = defender.Defender._page

    def linking(self: defender.Defender, request: Request, *given: Any) -> dict[str, Any]:
        link = {"@odata.nextLink": f"{request.origin}/api/alerts?$skiptoken=1"}
        return {**page(self, request, *given), **link}

    patch.setattr(defender.Defender, "_page", linking)


def _graph_body(changed: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    def change(patch: pytest.MonkeyPatch, _: Simulator) -> None:
        answer = answers.graph_answer
        patch.setattr(graph, "graph_answer", lambda body, request: answer(changed(body), request))

    return change


def _evidence(kept: bool) -> Change:
    """Alerts come with their evidence, or never."""

    def change(patch: pytest.MonkeyPatch, _: Simulator) -> None:
        context = defender._context

        def changing(request: Request, name: str, body: dict[str, Any]) -> Answer:
            some = [{"entityType": "File"}] if kept else []
            if name == "Alerts":
                body = {**body, "value": [{**alert, "evidence": some} for alert in body["value"]]}
            return context(request, name, body)

        patch.setattr(defender, "_context", changing)

    return change


def _known(kind: str) -> Change:
    """Every entity of this kind is known."""
    return lambda patch, _: patch.setattr(
        directory.Directory, kind, lambda self, key: {"id": key, "sha1": key}
    )


def _no_prevalence(kind: str) -> Change:
    return lambda patch, _: patch.setattr(directory.Directory, kind, lambda self, key: {"host": key})


_PLAIN_TYPES = {**hunting._NET_TYPES, "long": "Long"}
_REFUSAL = "a table that is missing"
ALERTS, GRAPH = "defender alerts", "graph alerts"

CASES = (
    Case("a table is missing", "tables", "table DeviceImageLoadEvents", _lacks("DeviceImageLoadEvents")),
    Case("a column is missing", "tables", "column DeviceEvents.LogonId", _no_column),
    Case("a column is of another type", "tables", ".FileSize", _rows(_type_of)),
    Case("longs are rounded", "values", "a long beyond", _value("L", 9007199254740992)),
    Case("null longs are 0", "values", "a long that is null", _value("NoL", 0)),
    Case("times are cut to ms", "values", "a time", _value("T", "2026-01-01T00:00:00.123Z")),
    Case("null times are empty texts", "values", "a time that is null", _value("NoT", "")),
    Case("empty strings are null", "values", "an empty string", _value("S", None)),
    Case("bags are lists", "values", "a bag", _value("O", [])),
    Case("lists are null", "values", "a list", _value("A", None)),
    Case("bools are texts", "values", "a bool", _value("B", "true")),
    Case("reals are texts", "values", "a real", _value("R", "1.5")),
    Case("types have other names", "values", "names of types", _set(hunting, "_NET_TYPES", _PLAIN_TYPES)),
    Case("refusals name nothing", "refusals", _REFUSAL, _set(hunting, "refusal_of", lambda verdict: "no")),
    Case("refusals have another code", "refusals", _REFUSAL, _refused_as(400, "SemanticError")),
    Case("refusals have another status", "refusals", _REFUSAL, _refused_as(422, "BadRequest")),
    Case(
        "any time span is taken",
        "refusals",
        "a time span",
        _set(hunting, "_interval", lambda span, now: (0, now)),
    ),
    Case("telemetry comes late", "lateness", "half of the telemetry", _much_later),
    Case("no filter by severity", ALERTS, "by severity", _without(defender._ALERT_FIELDS, "severity")),
    Case(
        "no filter by update", ALERTS, "by lastEventTime", _without(defender._ALERT_FIELDS, "lastEventTime")
    ),
    Case("a filter by title", ALERTS, "by title", _with(defender._ALERT_FIELDS, "title")),
    Case("a page is smaller", ALERTS, "$top=10000", _set(defender, "PAGE", 5_000)),
    Case("a page is larger", ALERTS, "$top=10001", _set(defender, "PAGE", 20_000)),
    Case("pages have links", ALERTS, "a link to the next page", _linked),
    Case("evidence is always there", ALERTS, "without $expand", _evidence(True)),
    Case("evidence is never there", ALERTS, "with $expand", _evidence(False)),
    Case("an unknown alert is 410", ALERTS, "an alert that is not there", _refused_as(410, "Gone")),
    Case("no filter by service", GRAPH, "by serviceSource", _without(graph._FIELDS, "serviceSource")),
    Case("a filter by state", GRAPH, "by investigationState", _with(graph._FIELDS, "investigationState")),
    Case("skip reaches further", GRAPH, "over 6,000", _set(graph, "MAX_REACH", 60_000)),
    Case("skip reaches less", GRAPH, "$top=1000", _set(graph, "MAX_REACH", 500)),
    Case("alerts are not counted", GRAPH, "$count", _graph_body(lambda body: body | {"@odata.count": None})),
    Case(
        "no links",
        GRAPH,
        "a link to the next page",
        _graph_body(lambda body: {k: v for k, v in body.items() if k != "@odata.nextLink"}),
    ),
    Case(
        "oldest first",
        GRAPH,
        "the order",
        _set(graph, "_sorted", lambda items, _: sorted(items, key=lambda one: str(one["createdDateTime"]))),
    ),
    Case("no filter by id", "entities", "25 devices", _without(defender._MACHINE_FIELDS, "id")),
    Case("any device is known", "entities", "a device that is not there", _known("machine")),
    Case("any file is known", "entities", "a file that is not there", _known("file")),
    Case(
        "no prevalence of addresses", "entities", "an address that was never seen", _no_prevalence("ip_stats")
    ),
    Case(
        "no prevalence of domains", "entities", "a domain that was never seen", _no_prevalence("domain_stats")
    ),
    Case("hours without end", "entities", "lookBackHours", _set(defender, "MAX_LOOK_BACK_HOURS", 9_999)),
    Case(
        "tokens refused otherwise",
        "access",
        "a token for somebody else at Defender",
        _refused_as(403, "Forbidden"),
    ),
    Case(
        "any role will do",
        "access",
        "a call whose role",
        _set(access, "_granted", lambda claims, roles: True),
    ),
)
