"""No text of an alert and no answer of a service leads a call anywhere but where it was meant to go.

A second service stands by for calls that go astray. Links to other hosts by name, cookies, netrc files and
certificates are tested in tests/adapters/test_http_bounds.py.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.storage.queue import QueueServiceClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.certs import Certificates
from local.ops import target as targets
from shared.adapters.defender import DefenderAlerts, DefenderDirectory
from shared.adapters.graph import GraphAlerts
from shared.adapters.http.addresses import segment
from shared.adapters.http.json_api import Call, JsonApi
from shared.adapters.hunting import GraphHunter
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.errors import AppError, NotFound
from tests.adapters.service import Asked, FakeClock, FakeTokens, Reply, Service
from tests.security.hostile import ATTACKS

ANY = st.text(st.characters(codec=None), max_size=40)
PIECES = st.lists(st.sampled_from([*"'/\\?#%.;&=:@ \r\n\t\x00é", "..", "%2f", "%5c", "a"]), max_size=8).map(
    "".join
)
SHARED = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
SEGMENTS = {
    "machines": (4, 5),
    "files": (4, 5),
    "ips": (5,),
    "domains": (5,),
    "alerts": (4,),
    "alerts_v2": (5,),
}


@pytest.fixture
def astray(certificates: Certificates, trusted: None) -> Iterator[Service]:
    """Where no call may arrive."""
    with Service(certificates) as running:
        running.answer = lambda _: Reply(body={"value": [{"id": "from the other service"}]})
        yield running
        assert running.asked == []


@pytest.fixture
def api(service: Service, clock: FakeClock) -> JsonApi:
    return JsonApi("defender", service.url, "scope", FakeTokens(), clock=clock)


def meant(asked: Asked, keys: set[str]) -> None:
    """Fails unless the call is one to a known collection, with one of the keys in its one place."""
    parts = asked.path.split("/")
    at = 4 if parts[1] == "v1.0" else 3
    collection = parts[at - 1]
    assert len(parts) in SEGMENTS[collection], asked.target
    assert unquote(parts[at], errors="strict") in keys, asked.target
    assert not any(re.fullmatch(r"\.+", part) for part in re.split(r"[/\\]", unquote(asked.path)))
    assert set(asked.query) <= {"lookBackHours"}
    assert "X-Injected" not in asked.headers


@SHARED
@given(keys=st.lists(ANY | PIECES, min_size=1, max_size=5))
@example(keys=list(ATTACKS))
def test_a_key_is_one_segment_of_a_look_up_or_nothing_is_asked(
    service: Service, clock: FakeClock, keys: list[str]
) -> None:
    service.asked.clear()
    service.answer = lambda _: Reply(404)
    api = JsonApi("defender", service.url, "scope", FakeTokens(), clock=clock)
    directory = DefenderDirectory(api, clock)
    for look_up in (directory.devices, directory.users, directory.files, directory.file_statistics):
        look_up(keys)
    directory.addresses(keys)
    directory.domains(keys)
    for key in keys:
        for source in (DefenderAlerts(api), GraphAlerts(api)):
            with pytest.raises(NotFound):
                source.one(key)
    sent = {re.sub("[\ud800-\udfff]", "?", key) for key in keys}
    for asked in service.asked:
        meant(asked, sent)


def test_only_ids_of_forty_digits_enter_the_filter_of_the_device_list(
    service: Service, api: JsonApi, clock: FakeClock
) -> None:
    service.answer = lambda _: Reply(404)
    plain = [character * 40 for character in "abc"]
    DefenderDirectory(api, clock).devices([*plain, *ATTACKS, "a" * 39 + "'", "A" * 40, "a" * 40 + "\n"])
    [filters] = [asked.query for asked in service.asked if "$filter" in asked.query]
    assert filters["$filter"] == " or ".join(f"id eq '{key}'" for key in plain)
    assert filters["$top"] == "3"


@pytest.mark.parametrize("text", ["a/../b", "..\\..\\alerts", "a\\.", "x/..", "./x", "a/..\\b"])
def test_steps_behind_a_slash_are_no_segment_either(text: str) -> None:
    # Some servers and proxies take %2F and %5C for slashes before they look for steps.
    with pytest.raises(NotFound):
        segment(text)


LINKS = (
    "https://{ours}@{other}/x",
    "https://{ours}\\@{other}/x",
    "https://{ours}%40{other}/x",
    "https://{ours}#@{other}/x",
    "https://{ours}?@{other}/x",
    "https://{ours}\t@{other}/x",
    "https://{other}/x",
    "HTTPS://{other}/x",
    "https://{other}\n/x",
    "https:{other}/x",
    "https:/{other}/x",
    "https:///{other}/x",
    "https:\\\\{other}/x",
    "//{other}/x",
    "/\\{other}/x",
    "\\\\{other}/x",
    "/\t/{other}/x",
    "\x00https://{other}/x",
    " https://{other}/x",
    "https://localhost:{other_port}/x",
    "https://127.1:{other_port}/x",
    "https://[::ffff:127.0.0.1]:{other_port}/x",
    "https://127\u30020\u30020\u30021:{other_port}/x",
    "https://\uff11\uff12\uff17.0.0.1:{ours_port}/x",
    "https://127.0.0.1.:{ours_port}/x",
    "https://xn--127-0-0-1.example:{ours_port}/x",
    "http://{ours}/x",
    "http://{other}/x",
    "ftp://{ours}/x",
    "https://127.0.0.1:{ours_port}{other_port}/x",
    "https://127.0.0.1:-{ours_port}/x",
    "https://127.0.0.1\t:{ours_port}/x",
    "https://127.0.0.1:{ours_port}\r\nHost: {other}\r\n/x",
)


@pytest.mark.parametrize("link", LINKS)
def test_a_page_link_never_leads_to_the_other_service(
    service: Service, astray: Service, api: JsonApi, link: str
) -> None:
    ours, other = urlsplit(service.url).netloc, urlsplit(astray.url).netloc
    names = {"ours": ours, "other": other, "ours_port": ours[10:], "other_port": other[10:]}
    service.replies = [Reply(body={"value": [1]})]
    service.answer = lambda asked: Reply(body={"value": []})
    try:
        api.send(Call(api="things", path=link.format(**names)))
    except AppError:
        assert service.asked == []
    else:
        [asked] = service.asked
        assert asked.headers["Host"] == ours and "\\" not in asked.target


def test_a_link_with_a_control_character_is_refused_as_it_stands(service: Service, api: JsonApi) -> None:
    for link in (f"{service.url}/a\r\nX-Injected: 1", f"{service.url}\t/a", f"{service.url}/a\x85"):
        with pytest.raises(AppError, match="link to another place"):
            api.send(Call(api="things", path=link))
    assert service.asked == []


REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("status", REDIRECTS)
def test_defender_and_graph_redirect_nobody(
    service: Service, astray: Service, api: JsonApi, clock: FakeClock, status: int
) -> None:
    service.answer = lambda _: Reply(status, {}, {"Location": f"{astray.url}/api/alerts"})
    with pytest.raises(AppError):
        DefenderAlerts(api).one("da1")
    with pytest.raises(AppError):
        GraphHunter(api, clock).run("q", "AlertInfo", "")
    assert len(service.asked) == 2


class _Signed:
    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("storage-token", 2**40)


def reads_one(tables: StorageTables) -> None:
    tables.get("Alerts", "p", "r")


def reads_many(tables: StorageTables) -> None:
    list(tables.query("Alerts", "PartitionKey eq 'p'"))


def writes(tables: StorageTables) -> None:
    tables.apply("Alerts", [Operation(Verb.PUT, {"PartitionKey": "p", "RowKey": "r", "Title": "x"})])


@pytest.mark.parametrize("status", REDIRECTS)
def test_the_storage_account_redirects_nobody(service: Service, astray: Service, status: int) -> None:
    service.answer = lambda _: Reply(status, {}, {"Location": f"{astray.url}/account/Alerts"})
    tables = StorageTables.by_identity(f"{service.url}/account", _Signed())
    for call in (reads_one, reads_many, writes):
        with pytest.raises(AppError):
            call(tables)
    assert {asked.headers["Authorization"] for asked in service.asked} == {"Bearer storage-token"}


@pytest.mark.parametrize("status", REDIRECTS)
def test_nor_are_the_operators_commands_led_to_another_queue(
    service: Service, astray: Service, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    service.answer = lambda _: Reply(status, {}, {"Location": f"{astray.url}/account/q"})
    monkeypatch.setitem(targets._PATIENCE, "retry_total", 0)
    queues = QueueServiceClient(f"{service.url}/account", credential=_Signed(), **targets._PATIENCE)
    with pytest.raises(AzureError):
        queues.get_queue_client("q").get_queue_properties()
    assert service.asked
