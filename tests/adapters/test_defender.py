"""Defender's list and look-ups against a scripted service."""

import threading

import pytest

from shared.adapters.defender import DefenderAlerts, DefenderDirectory
from shared.adapters.http.json_api import JsonApi
from shared.core.lookups import entity_parsing
from shared.core.lookups.entities import Device, Lookup, Outcome
from shared.core.progress.polling import Window
from shared.core.values.instant import Instant
from shared.errors import NotFound, UnexpectedResponse
from tests.adapters.service import Asked, FakeClock, FakeTokens, Reply, Service

WINDOW = Window(Instant.parse("2026-11-24T09:00:00.1234567Z"), Instant.parse("2026-11-24T10:00:00Z"))
SHA1, SHA256 = "ab" * 20, "cd" * 32


@pytest.fixture
def api(service: Service, clock: FakeClock) -> JsonApi:
    return JsonApi("defender", service.url, "scope", FakeTokens(), clock=clock)


@pytest.fixture
def directory(api: JsonApi, clock: FakeClock) -> DefenderDirectory:
    return DefenderDirectory(api, clock)


def test_a_list_that_is_refused_is_said_and_not_asked_for_again_within_the_hour(
    service: Service, directory: DefenderDirectory, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    lists: list[Asked] = []

    def answer(asked: Asked) -> Reply:
        if asked.path != "/api/machines":
            return Reply(body={"id": asked.path.rpartition("/")[2]})
        lists.append(asked)
        return Reply(400, {"error": {"code": "BadRequest", "message": "The node count limit of '10' ..."}})

    service.answer = answer
    keys = [f"{n:040x}" for n in range(60)]
    for _ in range(2):
        assert {look.outcome for look in directory.devices(keys).values()} == {Outcome.FOUND}
    assert len(lists) == 1
    assert [("device list refused" in line, "node count" in line) for line in caplog.messages] == [
        (True, True)
    ]
    clock.at += 3_601
    directory.devices(keys)
    assert len(lists) == 2


def test_no_list_of_devices_has_more_ids_than_the_services_framework_takes_nodes(
    service: Service, directory: DefenderDirectory
) -> None:
    filters: list[str] = []

    def answer(asked: Asked) -> Reply:
        filters.append(asked.query["$filter"])
        ids = [text for text in asked.query["$filter"].split("'")[1::2]]
        return Reply(body={"value": [{"id": each} for each in ids]})

    service.answer = answer
    directory.devices([f"{n:040x}" for n in range(60)])
    # Each comparison is four nodes (id, eq, the value, and the or), and the framework's limit is 100.
    assert sorted(each.count(" eq ") for each in filters) == [10, 25, 25]


def test_lists_of_devices_after_the_first_are_asked_for_side_by_side(
    service: Service, directory: DefenderDirectory
) -> None:
    first, two = threading.Lock(), threading.Barrier(2)

    def answer(asked: Asked) -> Reply:
        if not first.acquire(blocking=False):
            two.wait(60)
        return Reply(body={"value": [{"id": each} for each in asked.query["$filter"].split("'")[1::2]]})

    service.answer = answer
    keys = [f"{n:040x}" for n in range(60)]
    assert {look.outcome for look in directory.devices(keys).values()} == {Outcome.FOUND}
    assert not two.broken


def test_a_window_is_asked_with_both_ends_to_the_tick_and_with_evidence(
    service: Service, api: JsonApi
) -> None:
    service.replies = [Reply(body={"value": [{"id": "a"}, 5]})]
    page = DefenderAlerts(api).updated_in(WINDOW)
    assert (page.items, page.full) == (({"id": "a"}, 5), False)
    [asked] = service.asked
    assert asked.path == "/api/alerts"
    assert asked.query == {
        "$filter": "lastUpdateTime ge 2026-11-24T09:00:00.1234567Z and "
        "lastUpdateTime lt 2026-11-24T10:00:00.0000000Z",
        "$top": "1000",
        "$expand": "evidence",
    }


def test_the_audit_asks_by_creation_without_evidence(service: Service, api: JsonApi) -> None:
    service.replies = [Reply(body={"value": []})]
    assert DefenderAlerts(api).created_in(WINDOW).full is False
    query = service.asked[0].query
    assert query["$filter"].startswith("alertCreationTime ge 2026-11-24T09:00:00.1234567Z and")
    assert (query["$top"], "$expand" in query) == ("10000", False)


@pytest.mark.parametrize(("count", "full"), [(999, False), (1000, True)])
def test_a_page_of_a_thousand_is_full(service: Service, api: JsonApi, count: int, full: bool) -> None:
    service.replies = [Reply(body={"value": [{"id": str(n)} for n in range(count)]})]
    page = DefenderAlerts(api).updated_in(WINDOW)
    assert (len(page.items), page.full) == (count, full)


def test_a_page_link_is_followed_through_an_empty_page(service: Service, api: JsonApi) -> None:
    def link(n: int) -> str:
        return f"{service.url}/api/alerts?$skip={n}"

    service.replies = [
        Reply(body={"value": [1], "@odata.nextLink": link(1)}),
        Reply(body={"value": [], "@odata.nextLink": link(2)}),
        Reply(body={"value": [2, 3]}),
    ]
    page = DefenderAlerts(api).updated_in(WINDOW)
    assert (page.items, page.full) == ((1, 2, 3), False)


def test_page_links_in_a_circle_are_noticed(service: Service, api: JsonApi) -> None:
    service.answer = lambda _: Reply(
        body={"value": [1], "@odata.nextLink": f"{service.url}/api/alerts?$skip=1"}
    )
    with pytest.raises(UnexpectedResponse, match="circle"):
        DefenderAlerts(api).updated_in(WINDOW)
    assert len(service.asked) == 2


def test_page_links_without_end_are_bounded(service: Service, api: JsonApi) -> None:
    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("$skip", "0")) + 1
        return Reply(body={"value": [], "@odata.nextLink": f"{service.url}/api/alerts?$skip={number}"})

    service.answer = answer
    assert DefenderAlerts(api).updated_in(WINDOW).full is True
    assert len(service.asked) == 21


def test_a_page_link_to_another_host_is_refused(service: Service, api: JsonApi) -> None:
    service.replies = [Reply(body={"value": [1], "@odata.nextLink": "https://evil.example/api/alerts"})]
    with pytest.raises(UnexpectedResponse, match="link to another place"):
        DefenderAlerts(api).updated_in(WINDOW)


@pytest.mark.parametrize(
    "body", [{}, {"value": None}, {"value": {}}, [], None, {"value": [], "@odata.nextLink": 5}]
)
def test_a_list_of_another_shape_is_unexpected(service: Service, api: JsonApi, body: object) -> None:
    service.replies = [Reply(body=body)]
    with pytest.raises(UnexpectedResponse, match="not a list"):
        DefenderAlerts(api).updated_in(WINDOW)


def test_one_alert_is_asked_by_its_quoted_id(service: Service, api: JsonApi) -> None:
    service.replies = [Reply(body={"id": "da1_-2/x"}), Reply(404)]
    assert DefenderAlerts(api).one("da1_-2/x") == {"id": "da1_-2/x"}
    assert service.asked[0].path == "/api/alerts/da1_-2%2Fx"
    with pytest.raises(NotFound):
        DefenderAlerts(api).one("da9")
    with pytest.raises(NotFound):
        DefenderAlerts(api).one("..")
    assert len(service.asked) == 2


def outcomes(found: dict[str, Lookup[object]]) -> dict[str, str]:
    return {key: look.outcome.value for key, look in found.items()}


def test_each_look_up_ends_in_its_own_outcome(service: Service, directory: DefenderDirectory) -> None:
    replies = {
        "found": Reply(body={"id": "f0" * 20, "computerDnsName": "pc1"}),
        "unknown": Reply(404, {"error": {"code": "ResourceNotFound", "message": "no machine"}}),
        "forbidden": Reply(403, {"error": {"code": "Forbidden", "message": "role"}}),
        "broken": Reply(501),
        "odd": Reply(body=[]),
    }
    service.answer = lambda asked: replies[asked.path.rpartition("/")[2]]
    found = directory.devices([*replies, "found"])
    assert outcomes(dict(found)) == {
        "found": "found",
        "unknown": "not found",
        "forbidden": "forbidden",
        "broken": "failed",
        "odd": "failed",
    }
    device = found["found"].value
    assert device is not None and device.name == "pc1"
    assert found["unknown"].detail == "ResourceNotFound: no machine"
    assert "token has roles none" in found["forbidden"].detail
    assert len(service.asked) == 5


def test_once_throttled_the_rest_is_not_asked_until_the_service_is_open_again(
    service: Service, directory: DefenderDirectory, clock: FakeClock
) -> None:
    service.answer = lambda _: Reply(429, headers={"Retry-After": "40"})
    keys = [f"{n:040x}" for n in range(50)]
    assert set(outcomes(dict(directory.users(keys))).values()) == {"throttled"}
    asked = len(service.asked)
    assert asked <= 4  # those that were under way side by side
    assert set(outcomes(dict(directory.users(keys))).values()) == {"throttled"}
    assert len(service.asked) == asked
    service.answer = lambda _: Reply(body={"value": []})
    clock.at += 41
    assert outcomes(dict(directory.users(keys[:2]))) == {keys[0]: "found", keys[1]: "found"}


def test_one_api_that_is_throttled_does_not_close_the_others(
    service: Service, directory: DefenderDirectory
) -> None:
    service.answer = lambda asked: (
        Reply(429, headers={"Retry-After": "40"})
        if asked.path.endswith("/logonusers")
        else Reply(body={"id": "f0" * 20})
    )
    assert outcomes(dict(directory.users(["d"]))) == {"d": "throttled"}
    assert outcomes(dict(directory.devices(["d"]))) == {"d": "found"}


def test_a_short_wait_is_waited_for(service: Service, directory: DefenderDirectory, clock: FakeClock) -> None:
    service.replies = [Reply(429, headers={"Retry-After": "2"}), Reply(body={"id": "f0" * 20})]
    assert outcomes(dict(directory.devices(["d"]))) == {"d": "found"}
    assert clock.slept == [2.0]


def test_a_file_is_its_identity_and_its_prevalence(service: Service, directory: DefenderDirectory) -> None:
    bodies: dict[str, object] = {
        f"/api/files/{SHA1}": {"sha1": SHA1, "signer": "Contoso", "globalPrevalence": 5},
        f"/api/files/{SHA1}/stats": {"sha1": SHA1, "organizationPrevalence": "7", "globallyPrevalence": "9"},
    }
    service.answer = lambda asked: Reply(body=bodies[asked.path]) if asked.path in bodies else Reply(404)
    found = directory.files([SHA1, SHA256, "..", "not-a-hash"])
    assert outcomes(dict(found)) == {
        SHA1: "found",
        SHA256: "not found",
        "..": "not found",
        "not-a-hash": "not found",
    }
    file = found[SHA1].value
    assert file is not None
    assert (file.signer, file.org_prevalence, file.global_prevalence) == ("Contoso", 7, 9)
    stats = next(asked for asked in service.asked if asked.path.endswith("/stats"))
    assert stats.query == {"lookBackHours": "720"}
    assert len(service.asked) == 3  # nothing more is asked of a file the service does not know


def test_a_file_whose_prevalence_is_throttled_is_asked_again_whole(
    service: Service, directory: DefenderDirectory
) -> None:
    service.answer = lambda asked: (
        Reply(429, headers={"Retry-After": "60"}) if "stats" in asked.path else Reply(body={"sha1": SHA1})
    )
    assert outcomes(dict(directory.files([SHA1]))) == {SHA1: "throttled"}


def test_addresses_and_domains_are_asked_for_their_prevalence(
    service: Service, directory: DefenderDirectory
) -> None:
    refused = {"error": {"code": "InvalidIpAddress", "message": "not an IPv4 address"}}

    def answer(asked: Asked) -> Reply:
        if "2001%3Adb8" in asked.path:
            return Reply(400, refused)
        return Reply(body={"organizationPrevalence": 3, "orgFirstSeen": "2026-11-01T00:00:00Z"})

    service.answer = answer
    addresses = directory.addresses(["203.0.113.9", "2001:db8::1"])
    assert outcomes(dict(addresses)) == {"203.0.113.9": "found", "2001:db8::1": "not found"}
    assert addresses["2001:db8::1"].detail == "InvalidIpAddress: not an IPv4 address"
    value = addresses["203.0.113.9"].value
    assert value is not None and value.org_prevalence == 3
    assert outcomes(dict(directory.domains(["evil.example/x"]))) == {"evil.example/x": "found"}
    assert service.asked[-1].path == "/api/domains/evil.example%2Fx/stats"


def test_no_more_than_four_look_ups_run_side_by_side(service: Service, directory: DefenderDirectory) -> None:
    lock = threading.Lock()
    running, most = 0, 0

    def answer(_: Asked) -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return Reply(body={"id": "f0" * 20})

    service.answer = answer
    found = directory.devices([f"{n:040x}" for n in range(20)])
    assert {look.outcome for look in found.values()} == {Outcome.FOUND}
    assert 2 <= most <= 4


def test_an_answer_that_its_reader_stumbles_over_costs_one_look_up(
    service: Service, directory: DefenderDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in reading one device's answer ends that device's look-up and no other."""
    right = entity_parsing.device

    def wrong(raw: object) -> Device:
        if isinstance(raw, dict) and raw["id"] == "b" * 40:
            raise RecursionError("a fault of ours")
        return right(raw)

    monkeypatch.setattr(entity_parsing, "device", wrong)
    service.answer = lambda asked: Reply(body={"id": asked.path.rpartition("/")[2]})
    found = directory.devices(["a" * 40, "b" * 40])
    assert [found[key * 40].outcome for key in "ab"] == [Outcome.FOUND, Outcome.FAILED]
