"""Graph's alerts and advanced hunting against a scripted service."""

import json

import pytest

from shared.adapters.graph import GraphAlerts
from shared.adapters.http.json_api import JsonApi
from shared.adapters.hunting import GraphHunter
from shared.core.progress.polling import Window
from shared.core.values.instant import Instant
from shared.errors import (
    AccessDenied,
    AppError,
    QueryRejected,
    ResultTooLarge,
    Throttled,
    Unavailable,
    UnexpectedResponse,
)
from tests.adapters.service import FakeClock, FakeTokens, Reply, Service

WINDOW = Window(Instant.parse("2026-11-24T09:00:00Z"), Instant.parse("2026-11-24T10:00:00Z"))


@pytest.fixture
def api(service: Service, clock: FakeClock) -> JsonApi:
    return JsonApi("graph", service.url, "scope", FakeTokens(), clock=clock)


@pytest.fixture
def hunter(api: JsonApi, clock: FakeClock) -> GraphHunter:
    return GraphHunter(api, clock)


def test_a_window_of_alerts_of_defender_for_endpoint_alone(service: Service, api: JsonApi) -> None:
    service.replies = [
        Reply(
            body={"value": [{"id": "a"}], "@odata.nextLink": f"{service.url}/v1.0/security/alerts_v2?$skip=1"}
        ),
        Reply(body={"value": [{"id": "b"}]}),
    ]
    page = GraphAlerts(api).updated_in(WINDOW)
    assert (page.items, page.full) == (({"id": "a"}, {"id": "b"}), False)
    first, second = service.asked
    assert first.path == "/v1.0/security/alerts_v2"
    assert first.query == {
        "$filter": "serviceSource eq 'microsoftDefenderForEndpoint' and "
        "lastUpdateDateTime ge 2026-11-24T09:00:00.0000000Z and "
        "lastUpdateDateTime lt 2026-11-24T10:00:00.0000000Z",
        "$top": "1000",
    }
    assert {asked.headers["Prefer"] for asked in (first, second)} == {"include-unknown-enum-members"}
    assert second.target == "/v1.0/security/alerts_v2?$skip=1"


def test_a_thousand_alerts_are_a_full_page_and_no_link_is_followed(service: Service, api: JsonApi) -> None:
    link = f"{service.url}/v1.0/security/alerts_v2?$skip=1000"
    service.replies = [Reply(body={"value": [{}] * 1_000, "@odata.nextLink": link})]
    assert GraphAlerts(api).updated_in(WINDOW).full is True


def test_the_audit_keeps_no_evidence_and_stops_where_skip_ends(service: Service, api: JsonApi) -> None:
    link = f"{service.url}/v1.0/security/alerts_v2?$skip="
    service.replies = [
        Reply(body={"value": [{"id": f"{n}", "evidence": [1]}], "@odata.nextLink": f"{link}{n}"})
        for n in range(6)
    ]
    page = GraphAlerts(api).created_in(WINDOW)
    assert page.items == tuple({"id": f"{n}"} for n in range(6))
    assert page.full is True
    assert "createdDateTime ge" in service.asked[0].query["$filter"]


def test_alerts_of_other_services_are_counted_by_service(service: Service, api: JsonApi) -> None:
    ours, link = "microsoftDefenderForEndpoint", f"{service.url}/v1.0/security/alerts_v2?$skip="
    services = (ours, "microsoftSentinel", "microsoftSentinel", "microsoftDefenderForIdentity", None)
    service.replies = [Reply(body={"value": [{"serviceSource": name, "evidence": [1]} for name in services]})]
    counted = GraphAlerts(api).others_in(WINDOW)
    assert counted is not None
    assert (counted.counts, counted.is_whole) == (
        {"microsoftSentinel": 2, "microsoftDefenderForIdentity": 1, "unknown": 1},
        True,
    )
    assert "serviceSource" not in service.asked[0].query["$filter"]
    assert "createdDateTime ge 2026-11-24T09" in service.asked[0].query["$filter"]
    service.replies = [
        Reply(body={"value": [{"serviceSource": ours}], "@odata.nextLink": f"{link}{n}"}) for n in range(6)
    ]
    counted = GraphAlerts(api).others_in(WINDOW)
    assert counted is not None
    assert (counted.counts, counted.is_whole) == ({}, False)


def test_one_alert(service: Service, api: JsonApi) -> None:
    service.replies = [Reply(body={"id": "x"})]
    assert GraphAlerts(api).one("a b") == {"id": "x"}
    assert service.asked[0].path == "/v1.0/security/alerts_v2/a%20b"


@pytest.mark.parametrize(
    ("schema", "results", "name", "kind"),
    [("schema", "results", "name", "type"), ("Schema", "Results", "Name", "Type")],
)
def test_rows_are_read_whatever_the_case_of_the_keys(
    service: Service, hunter: GraphHunter, schema: str, results: str, name: str, kind: str
) -> None:
    columns = {
        "Timestamp": "DateTime",
        "ReportId": "Int64",
        "Count": "Int32",
        "IsAdmin": "SByte",
        "Flag": "System.SByte",
        "Extra": "Object",
        "Empty": "String",
        "Ratio": "Double",
    }
    row = {
        "Timestamp": "2026-11-24T09:39:50.7688641Z",
        "ReportId": "9007199254740993",
        "Count": 3,
        "IsAdmin": 1,
        "Flag": "false",
        "Extra": {"k": ["ü"]},
        "Empty": None,
        "Ratio": 0.5,
    }
    service.replies = [Reply(body={schema: [{name: c, kind: t} for c, t in columns.items()], results: [row]})]
    [found] = hunter.run("anchors", "DeviceInfo | take 1", "P30D")
    assert found == {
        "Timestamp": "2026-11-24T09:39:50.7688641Z",
        "ReportId": 9007199254740993,
        "Count": 3,
        "IsAdmin": True,
        "Flag": False,
        "Extra": '{"k":["\\u00fc"]}',
        "Empty": None,
        "Ratio": 0.5,
    }
    [asked] = service.asked
    assert (asked.method, asked.path) == ("POST", "/v1.0/security/runHuntingQuery")
    assert json.loads(asked.body) == {"Query": "DeviceInfo | take 1", "Timespan": "P30D"}


def test_no_rows_are_no_rows_and_a_missing_schema_does_no_harm(service: Service, hunter: GraphHunter) -> None:
    service.replies = [Reply(body={"results": []}), Reply(body={"results": [{"A": "x"}], "schema": None})]
    assert hunter.run("q", "x", "") == ()
    assert hunter.run("q", "x", "P1D") == ({"A": "x"},)
    assert json.loads(service.asked[0].body) == {"Query": "x"}


def test_a_text_that_many_rows_repeat_is_kept_once(service: Service, hunter: GraphHunter) -> None:
    rows = [{"DeviceName": "one.example.org", "AccountName": f"one.example{'.org'}"} for _ in range(3)]
    service.replies = [Reply(body={"results": rows})]
    found = hunter.run("q", "DeviceEvents", "")
    assert [dict(row) for row in found] == rows
    assert len({id(value) for row in found for value in row.values()}) == 1


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": [1]}, [], None, "x"])
def test_an_answer_without_rows_is_unexpected(service: Service, hunter: GraphHunter, body: object) -> None:
    service.replies = [Reply(body=body)]
    with pytest.raises(UnexpectedResponse, match="'q'"):
        hunter.run("q", "x", "P1D")


def error(message: str, code: str = "BadRequest") -> object:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": "g-7"}}}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (
            Reply(400, error("'project' operator: Failed to resolve scalar expression named 'x'")),
            QueryRejected,
        ),
        (Reply(400, error("A recognition error occurred.")), QueryRejected),
        (Reply(400, error('Result size limit exceeded. Use "summarize"')), ResultTooLarge),
        (Reply(400, error("Query stopped due to excessive resource consumption.")), ResultTooLarge),
        (Reply(400, error("Query exceeded the timeout period.")), ResultTooLarge),
        (Reply(413, error("")), ResultTooLarge),
        (Reply(400, error("You have exceeded processing resources allocated to this tenant.")), Throttled),
        (Reply(429, error("API calls quota exceeded! maximum allowed 45 per 00:01:00")), Throttled),
        (Reply(400, error("An unexpected error occurred during query execution.")), Unavailable),
        (Reply(500, error("", "UnknownError")), Unavailable),
        (Reply(504, error("", "UnknownError")), Unavailable),
        (Reply(403, error("Missing application scopes", "Forbidden")), AccessDenied),
    ],
)
def test_each_refusal_has_its_fate_after_one_call(
    service: Service, hunter: GraphHunter, reply: Reply, kind: type[AppError]
) -> None:
    service.replies = [reply]
    with pytest.raises(kind) as caught:
        hunter.run("anchors", "x", "P1D")
    assert type(caught.value) is kind
    assert (len(service.asked), caught.value.request_id) == (1, "g-7")
    if isinstance(caught.value, QueryRejected):
        assert "query 'anchors'" in str(caught.value)


def test_a_gateway_time_out_and_our_own_both_say_heavy(
    service: Service, hunter: GraphHunter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.hunting._READ_TIMEOUT", 0.05)
    service.replies = [Reply(504, b""), Reply(body={}, delay=0.3)]
    for _ in range(2):
        with pytest.raises(Unavailable, match="too heavy") as caught:
            hunter.run("q", "x", "P1D")
        assert caught.value.status == 504
    assert len(service.asked) == 2


def test_a_quota_is_never_waited_for(service: Service, hunter: GraphHunter, clock: FakeClock) -> None:
    service.replies = [Reply(429, error("quota exceeded"), {"Retry-After": "30"})]
    with pytest.raises(Throttled) as caught:
        hunter.run("q", "x", "P1D")
    assert (caught.value.retry_after, clock.slept) == (30.0, [])


def test_an_answer_over_the_bound_asks_for_less(
    service: Service, hunter: GraphHunter, api: JsonApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.hunting._MOST_BYTES", 1_000)
    service.replies = [Reply(body={"results": [{"a": "x" * 2_000}]})]
    with pytest.raises(ResultTooLarge):
        hunter.run("q", "x", "P1D")


def test_a_null_that_is_an_empty_object_is_null_and_what_stands_beside_a_value_is_no_column(
    service: Service, hunter: GraphHunter
) -> None:
    row = {
        "ProcessCreationTime@odata.type": "#DateTimeOffset",
        "ProcessCreationTime": {},
        "FileSize@odata.type": "#Int64",
        "FileSize": {},
        "ProcessId@odata.type": "#Int64",
        "ProcessId": "4711",
        "AdditionalFields": ["a", {"b": 1}],
        "LoggedOnUsers": [],
        "@odata.type": "#x",
    }
    schema = [{"name": "ProcessId", "type": "Int64"}, {"name": "FileSize", "type": "Int64"}]
    service.replies = [Reply(body={"results": [row], "schema": schema})]
    assert hunter.run("q", "x", "") == (
        {
            "ProcessCreationTime": None,
            "FileSize": None,
            "ProcessId": 4711,
            "AdditionalFields": '["a",{"b":1}]',
            "LoggedOnUsers": None,
        },
    )
