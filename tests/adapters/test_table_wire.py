"""The way to the table service: who signs, what is trusted, where nothing goes, how pages are followed."""

import base64
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.data.tables import AccountSasPermissions, ResourceTypes, generate_account_sas

from local.azurite import Azurite
from local.certs import Certificates
from shared.adapters.storage.client import _OPTIONS, StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.wire import STORAGE_SCOPE, Wire
from shared.errors import AccessDenied, AppError, ConfigError, Unavailable, UnexpectedResponse
from tests.adapters.service import Reply, Service

KEY = base64.b64encode(b"k" * 64).decode()
NOTHING = Reply(200, {"value": []})
MISSING = Reply(404, {"odata.error": {"code": "TableNotFound", "message": {"value": "0:no"}}})
DONE = Reply(
    202,
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nETag: e1\r\n\r\n\r\n--c--\r\n--b--\r\n",
    {"Content-Type": "multipart/mixed; boundary=b"},
)
PUT = [Operation(Verb.PUT, {"PartitionKey": "p", "RowKey": "r"})]


class Signed:
    """A credential that remembers for what it was asked."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        self.scopes += scopes
        return AccessToken("storage-token", 2**40)


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = {**_OPTIONS, "retry_total": 0, "connection_timeout": 1}
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", quick)


@pytest.fixture
def tables(service: Service) -> StorageTables:
    return StorageTables.by_identity(f"{service.url}/a", Signed())


def page(tables: StorageTables) -> object:
    return list(tables.query("Things", "PartitionKey eq 'p'"))


def test_each_call_carries_the_identitys_token_and_a_date(service: Service) -> None:
    credential = Signed()
    tables = StorageTables.by_identity(f"{service.url}/a", credential)
    service.answer = lambda asked: MISSING if asked.method == "POST" else NOTHING
    page(tables)
    with pytest.raises(AppError):
        tables.apply("Things", PUT)
    assert {asked.method for asked in service.asked} == {"GET", "POST"}
    assert {asked.headers["Authorization"] for asked in service.asked} == {"Bearer storage-token"}
    assert set(credential.scopes) == {STORAGE_SCOPE}
    for asked in service.asked:
        sent = datetime.strptime(asked.headers["x-ms-date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - sent) < timedelta(minutes=1)


def test_a_challenge_cannot_ask_for_another_services_token(service: Service) -> None:
    credential = Signed()
    tables = StorageTables.by_identity(f"{service.url}/a", credential)
    challenge = "Bearer authorization_uri=https://login.example/x resource_id=https://graph.microsoft.com"
    service.answer = lambda _: Reply(401, headers={"WWW-Authenticate": challenge})
    for call in (
        page,
        lambda tables: tables.get("Things", "p", "r"),
        lambda tables: tables.apply("Things", PUT),
    ):
        with pytest.raises(AccessDenied):
            call(tables)
    assert set(credential.scopes) == {STORAGE_SCOPE}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/a", "127.0.0.1:1/a", "https://me:secret@127.0.0.1:1/a", ""]
)
def test_a_token_is_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        StorageTables.by_identity(url, Signed())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_making_of_a_table_is_redirected_nowhere(
    service: Service, certificates: Certificates, tables: StorageTables, status: int
) -> None:
    with Service(certificates) as other:
        elsewhere = Reply(status, headers={"Location": f"{other.url}/a/Tables"})
        service.answer = lambda asked: MISSING if asked.path.endswith("$batch") else elsewhere
        with pytest.raises(AppError):
            tables.apply("Things", PUT)
        assert other.connections == 0
    assert [asked.path for asked in service.asked] == ["/a/$batch", "/a/Tables"]


def test_a_table_is_made_once_and_the_write_goes_again(service: Service, tables: StorageTables) -> None:
    """Another instance may make it at the same time."""
    there = Reply(409, {"odata.error": {"code": "TableAlreadyExists", "message": {"value": "there"}}})
    for made in (Reply(201, {"TableName": "Things"}), Reply(204), there):
        service.asked.clear()
        service.replies = [MISSING, made, DONE]
        assert tables.apply("Things", PUT) == ["e1"]
        assert [asked.path for asked in service.asked] == ["/a/$batch", "/a/Tables", "/a/$batch"]
        assert json.loads(service.asked[1].body) == {"TableName": "Things"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(503), Unavailable),
        (Reply(status=0), Unavailable),
        (
            Reply(409, {"odata.error": {"code": "TableBeingDeleted", "message": {"value": "x"}}}),
            UnexpectedResponse,
        ),
        (Reply(403), AccessDenied),
        (Reply(200, b"<html/>"), UnexpectedResponse),
    ],
)
def test_a_table_that_cannot_be_made_ends_by_fate(
    service: Service, tables: StorageTables, answer: Reply, kind: type[AppError]
) -> None:
    service.answer = lambda asked: MISSING if asked.path.endswith("$batch") else answer
    with pytest.raises(kind):
        tables.apply("Things", PUT)


@pytest.mark.parametrize("key", ["no base64!", "x"])
def test_a_key_that_is_none_is_a_matter_for_a_person(service: Service, key: str) -> None:
    tables = StorageTables.by_connection(f"AccountName=a;AccountKey={key};TableEndpoint={service.url}/a")
    with pytest.raises(AccessDenied):
        tables.get("Things", "p", "r")
    assert service.asked == []


@pytest.mark.parametrize(
    "connection",
    ["", "nonsense", "AccountName=a;AccountName=b", "AccountName=a", "TableEndpoint=https://a.example"],
)
def test_a_connection_string_that_cannot_be_used_is_a_matter_of_settings(connection: str) -> None:
    with pytest.raises(ConfigError):
        StorageTables.by_connection(connection)


def test_the_emulators_short_connection_string_is_understood() -> None:
    wire = Wire.by_connection("UseDevelopmentStorage=true", {})
    assert wire.url == "http://127.0.0.1:10002/devstoreaccount1"


def test_a_shared_access_signature_opens_the_tables(azurite: Azurite) -> None:
    signature = generate_account_sas(
        AzureNamedKeyCredential(azurite.account, azurite.account_key),
        ResourceTypes(service=True, container=True, object=True),
        AccountSasPermissions(
            read=True, write=True, list=True, add=True, update=True, delete=True, create=True
        ),
        datetime.now(UTC) + timedelta(hours=1),
    )
    tables = StorageTables.by_connection(
        f"TableEndpoint={azurite.table_uri};SharedAccessSignature={signature}", prefix=f"T{uuid.uuid4().hex}"
    )
    tables.apply("Things", PUT)
    assert tables.get("Things", "p", "r") == {"PartitionKey": "p", "RowKey": "r"}
    assert len(list(tables.query("Things", "PartitionKey eq 'p'"))) == 1


def test_a_netrc_file_does_not_replace_the_token(
    service: Service, tables: StorageTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    service.replies = [MISSING, Reply(201), DONE, NOTHING]
    tables.apply("Things", PUT)
    page(tables)
    assert len(service.asked) == 4
    assert {asked.headers["Authorization"] for asked in service.asked} == {"Bearer storage-token"}


def test_the_environments_proxy_is_passed_unless_the_host_is_excepted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer = lambda _: NOTHING
    for name in ("NO_PROXY", "no_proxy"):  # as a stack of another test in this process may have set them
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    behind = StorageTables.by_identity(f"{service.url}/a", Signed())
    with pytest.raises(Unavailable, match=r"[Pp]roxy"):
        page(behind)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    page(StorageTables.by_identity(f"{service.url}/a", Signed()))
    assert len(service.asked) == 1


def test_the_environment_is_asked_once_and_not_at_every_call(
    service: Service, tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer = lambda _: NOTHING
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    assert page(tables) == []


def test_a_service_that_the_environments_ca_does_not_know_is_not_spoken_to(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Unavailable, match="certificate"):
        page(StorageTables.by_identity(f"{service.url}/a", Signed()))
    assert service.asked == []


def test_pages_are_followed_to_the_last_though_one_is_empty(service: Service, tables: StorageTables) -> None:
    odd = "1!8!a+/&= '\u00fc"
    named = odd.encode().decode("latin-1")
    service.replies = [
        Reply(200, {"value": [{"RowKey": "1"}]}, {"x-ms-continuation-NextPartitionKey": "1!4!cA--"}),
        Reply(
            200,
            {"value": []},
            {"x-ms-continuation-NextPartitionKey": named, "x-ms-continuation-NextRowKey": "1!4!cg--"},
        ),
        Reply(200, {"value": [{"RowKey": "2"}]}),
    ]
    assert page(tables) == [{"RowKey": "1"}, {"RowKey": "2"}]
    first, second, third = (asked.query for asked in service.asked)
    assert first == {"$top": "1000", "$filter": "PartitionKey eq 'p'"}
    assert second == {**first, "NextPartitionKey": "1!4!cA--"}
    assert third == {**first, "NextPartitionKey": named, "NextRowKey": "1!4!cg--"}


def test_a_page_that_leads_to_itself_ends(service: Service, tables: StorageTables) -> None:
    again = Reply(200, {"value": []}, {"x-ms-continuation-NextRowKey": "again"})
    service.replies = [again] * 9 + [NOTHING]
    with pytest.raises(UnexpectedResponse, match="leads to itself"):
        page(tables)
    assert len(service.asked) == 2


def test_a_page_is_asked_for_when_it_is_needed(service: Service, tables: StorageTables) -> None:
    service.answer = lambda asked: Reply(
        200, {"value": [{"RowKey": "1"}]}, {"x-ms-continuation-NextRowKey": f"{len(service.asked)}"}
    )
    rows = tables.query("Things", "x", ["RowKey", "At"], page=1)
    assert service.asked == []
    next(rows)
    assert [asked.query["$select"] for asked in service.asked] == ["RowKey,At"]
    next(rows)
    assert len(service.asked) == 2


def test_an_answer_of_storage_that_drips_is_cut_off_in_time(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**_OPTIONS, "retry_total": 0, "read_timeout": 0.2}
    monkeypatch.setattr("shared.adapters.storage.client._OPTIONS", options)
    service.answer = lambda _: Reply(200, {"value": [{"RowKey": "x" * 1_000}]}, drip=0.05)
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="too slowly"):
        page(StorageTables.by_identity(f"{service.url}/a", Signed()))
    assert time.monotonic() - begun < 30


def test_an_answer_of_storage_over_its_bound_is_not_read_to_its_end(
    service: Service, tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.storage.wire._MOST_BYTES", 10_000)
    small = StorageTables.by_identity(f"{service.url}/a", Signed())
    service.answer = lambda _: Reply(200, {"value": [{"RowKey": "x" * 20_000}]})
    with pytest.raises(Unavailable, match="over 10000 bytes"):
        page(small)
    assert page(tables)


def test_a_page_nested_without_end_is_an_unexpected_answer(service: Service, tables: StorageTables) -> None:
    service.answer = lambda _: Reply(200, b'{"value":' + b"[" * 100_000)
    with pytest.raises(UnexpectedResponse):
        page(tables)
