"""Reads and writes against Azurite: transactions that fail in part, missing tables, errors by their fate."""

import base64
import os
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import pytest
from azure.core.credentials import AccessToken

from local.azurite import Azurite
from local.identity import GRAPH, STORAGE, Identity, IdentityEndpoint, TokenIssuer
from shared.adapters.http.auth import Tokens, own_credential
from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.entities import Entity, Long
from shared.adapters.storage.failures import Refusal
from shared.adapters.storage.operations import Operation, Ready, Verb
from shared.adapters.storage.wire import STORAGE_SCOPE
from shared.errors import AccessDenied, Unavailable, UnexpectedResponse


class Calls:
    """Counts what goes over the wire: the operations of each request that writes, and single reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writes: list[int] = []
        self.reads = 0
        send, get = StorageTables._send, StorageTables.get

        def count(tables: StorageTables, table: str, group: list[Ready]) -> list[str] | Refusal:
            self.writes.append(len(group))
            return send(tables, table, group)

        def count_read(
            tables: StorageTables, table: str, partition: str, key: str, select: Collection[str] = ()
        ) -> Entity | None:
            self.reads += 1
            return get(tables, table, partition, key, select)

        monkeypatch.setattr(StorageTables, "_send", count)
        monkeypatch.setattr(StorageTables, "get", count_read)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch)


def op(verb: Verb, row: str, etag: str = "", partition: str = "p", **columns: object) -> Operation:
    return Operation(verb, {"PartitionKey": partition, "RowKey": row, **columns}, etag)


def rows(tables: StorageTables, partition: str = "p") -> dict[str, dict[str, object]]:
    return {
        str(row["RowKey"]): {
            name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey")
        }
        for row in tables.query("Things", in_partition(partition))
    }


def test_a_table_is_made_when_it_is_first_written_to_and_reads_do_without_it(tables: StorageTables) -> None:
    assert tables.get("Things", "p", "r") is None
    assert list(tables.query("Things", in_partition("p"))) == []
    assert tables.get_many("Things", "p", [str(n) for n in range(20)], gets_per_page=10) == {}
    assert tables.apply("Things", [op(Verb.MERGE, "r", 'W/"x"', A=1)]) == [None]
    [etag] = tables.apply("Things", [op(Verb.CREATE, "r", A=1)])
    found = tables.get("Things", "p", "r")
    assert found is not None and found["A"] == 1 and found.metadata["etag"] == etag


def test_a_missing_table_is_made_by_a_transaction_too(tables: StorageTables) -> None:
    etags = tables.apply("Things", [op(Verb.CREATE, "a"), op(Verb.CREATE, "b")])
    assert all(etags) and set(rows(tables)) == {"a", "b"}


def test_the_etags_of_a_transaction_are_the_rows_own(tables: StorageTables) -> None:
    etags = tables.apply("Things", [op(Verb.PUT, f"{n}", N=n) for n in range(5)])
    for number, etag in enumerate(etags):
        found = tables.get("Things", "p", f"{number}")
        assert found is not None and found.metadata["etag"] == etag
    again = tables.apply("Things", [op(Verb.REPLACE, f"{n}", str(etags[n]), N=n) for n in range(5)])
    assert all(again) and set(again).isdisjoint(etags)


@pytest.mark.parametrize("others", [0, 4])
def test_one_that_loses_its_race_does_not_stop_the_others(tables: StorageTables, others: int) -> None:
    """Alone and in a transaction, each verb alike."""
    stale = str(tables.apply("Things", [op(Verb.PUT, "old", A=1)])[0])
    tables.apply("Things", [op(Verb.PUT, "old", A=2)])
    for loser in (
        op(Verb.CREATE, "old", A=3),
        op(Verb.REPLACE, "old", stale, A=3),
        op(Verb.MERGE, "old", stale, B=3),
        op(Verb.REPLACE, "missing", stale, A=3),
        op(Verb.DELETE, "old", stale),
    ):
        winners = [op(Verb.PUT, f"w{n}", A=n) for n in range(others)]
        written = tables.apply("Things", [*winners[:2], loser, *winners[2:]])
        assert [etag is None for etag in written].index(True) == min(2, others)
        assert written.count(None) == 1
    assert rows(tables)["old"] == {"A": 2}
    assert len(rows(tables)) == 1 + others


@pytest.mark.parametrize("others", [0, 4])
def test_a_row_that_is_gone_already_counts_as_deleted(tables: StorageTables, others: int) -> None:
    etag = str(tables.apply("Things", [op(Verb.PUT, "x")])[0])
    tables.apply("Things", [op(Verb.DELETE, "x", etag)])
    puts = [op(Verb.PUT, f"w{n}") for n in range(others)]
    assert None not in tables.apply("Things", [op(Verb.DELETE, "x", etag), *puts])
    assert None not in tables.apply("Things", [op(Verb.DELETE, "x"), *puts])
    assert len(rows(tables)) == others


def test_replace_clears_what_merge_keeps(tables: StorageTables) -> None:
    [etag] = tables.apply("Things", [op(Verb.PUT, "r", A=1, B=2)])
    [etag] = tables.apply("Things", [op(Verb.MERGE, "r", str(etag), B=3)])
    assert rows(tables)["r"] == {"A": 1, "B": 3}
    tables.apply("Things", [op(Verb.REPLACE, "r", str(etag), C=4)])
    assert rows(tables)["r"] == {"C": 4}


def test_a_batch_is_as_few_calls_as_can_be(tables: StorageTables, calls: Calls) -> None:
    tables.apply("Things", [op(Verb.PUT, "x")])
    calls.writes.clear()
    tables.apply("Things", [op(Verb.PUT, f"{n:03}") for n in range(150)] + [op(Verb.PUT, "x", partition="q")])
    assert sorted(calls.writes) == [1, 50, 100]


def test_few_losers_cost_a_round_each_and_many_are_written_alone(tables: StorageTables, calls: Calls) -> None:
    tables.apply("Things", [op(Verb.PUT, "taken")])
    calls.writes.clear()
    fresh = [op(Verb.CREATE, f"n{n}") for n in range(50)]
    assert tables.apply("Things", [op(Verb.CREATE, "taken"), *fresh]).count(None) == 1
    assert calls.writes == [51, 50]
    calls.writes.clear()
    assert tables.apply("Things", fresh) == [None] * 50
    assert calls.writes == [50, 49, 48] + [1] * 47


def test_every_kind_of_value_comes_back(tables: StorageTables) -> None:
    values: dict[str, object] = {
        "Text": "quotes ' \" \\ and\r\nlines \u202e \U0001f600 --changeset_x HTTP/1.1 500",
        "Empty": "",
        "Short": -(2**31),
        "Flag": False,
        "Ratio": 0.1,
        "Bytes": bytes(range(256)),
        "When": datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC),
    }
    keys = ("it's", "a|b~%2F=,.:@ \u00fc\u65e5")
    entity = {"PartitionKey": keys[0], "RowKey": keys[1], **values, "Long": 2**62, "None": None}
    for verb in (Verb.CREATE, Verb.PUT):
        [etag] = tables.apply("Things", [Operation(verb, entity)])
        found = tables.get("Things", *keys)
        assert found is not None and found.metadata["etag"] == etag
        assert dict(found) == {
            "PartitionKey": keys[0],
            "RowKey": keys[1],
            **values,
            "Long": Long(2**62),
        }


@pytest.mark.parametrize("stored", [0, 30, 400])
@pytest.mark.parametrize("wanted", [1, 5, 60])
@pytest.mark.parametrize("gets_per_page", [1, 100, 10_000])
def test_many_are_found_whichever_way_they_are_read(
    tables: StorageTables, stored: int, wanted: int, gets_per_page: int
) -> None:
    tables.apply("Things", [op(Verb.PUT, f"{n:05}", N=n) for n in range(stored)])
    asked = [f"{n * 7:05}" for n in range(wanted)] + ["zzz"]
    found = tables.get_many("Things", "p", asked, gets_per_page=gets_per_page)
    assert {key: row["N"] for key, row in found.items()} == {
        key: int(key) for key in asked[:-1] if int(key) < stored
    }


def test_rows_beyond_the_first_pages_are_still_found(
    tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.storage.client._PAGE", 10)
    tables.apply("Things", [op(Verb.PUT, f"{n:05}", N=n) for n in range(200)])
    asked = [f"{n * 20:05}" for n in range(10)]
    found = tables.get_many("Things", "p", asked, gets_per_page=1)
    assert sorted(found) == asked


def test_present_keys_are_read_without_asking_for_missing_ones(tables: StorageTables, calls: Calls) -> None:
    tables.apply("Things", [op(Verb.PUT, "k050")])
    calls.reads = 0
    found = tables.get_many("Things", "p", [f"k{n:03}" for n in range(100)], gets_per_page=10_000)
    assert (set(found), calls.reads) == ({"k050"}, 1)


def test_quotes_in_keys_stay_inside_the_filter(tables: StorageTables) -> None:
    tables.apply("Things", [op(Verb.PUT, "a", partition="o'neil"), op(Verb.PUT, "b", partition="x")])
    assert [row["RowKey"] for row in tables.query("Things", in_partition("o'neil"))] == ["a"]
    assert list(tables.query("Things", in_partition("' or PartitionKey eq 'x"))) == []


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as endpoint:
        for name, value in endpoint.settings.items():
            monkeypatch.setenv(name, value)
        yield endpoint


def test_the_managed_identity_opens_the_tables(azurite: Azurite, identity: IdentityEndpoint) -> None:
    make = own_credential(os.environ, identity.identity.client_id, "https://login.example")
    tables = StorageTables.by_identity(
        azurite.table_uri, Tokens(make, [STORAGE_SCOPE]), prefix=f"T{uuid.uuid4().hex}"
    )
    tables.apply("Things", [op(Verb.CREATE, "a"), op(Verb.CREATE, "b")])
    assert set(rows(tables)) == {"a", "b"}
    assert identity.asked == {STORAGE: 1}


class _WrongAudience:
    """A credential whose tokens are meant for another service."""

    def __init__(self) -> None:
        self._issuer, self._identity = TokenIssuer(), Identity()

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        return AccessToken(*self._issuer.issue(self._identity, GRAPH, roles=(), lifetime_seconds=600))


@pytest.mark.parametrize("by_key", [True, False])
def test_an_account_that_refuses_is_a_matter_for_a_person(azurite: Azurite, *, by_key: bool) -> None:
    wrong = azurite.connection_string.replace(azurite.account_key, base64.b64encode(b"x" * 64).decode())
    tables = (
        StorageTables.by_connection(wrong)
        if by_key
        else StorageTables.by_identity(azurite.table_uri, _WrongAudience())
    )
    for attempt in (
        lambda: tables.get("Things", "p", "r"),
        lambda: list(tables.query("Things", in_partition("p"))),
        lambda: tables.apply("Things", [op(Verb.PUT, "r")]),
        lambda: tables.apply("Things", [op(Verb.PUT, "r"), op(Verb.PUT, "s")]),
    ):
        with pytest.raises(AccessDenied) as caught:
            attempt()
        assert caught.value.service == "tables"


def test_an_account_that_is_not_there_is_unavailable(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "shared.adapters.storage.client._OPTIONS", {"retry_total": 0, "connection_timeout": 1}
    )
    gone = azurite.connection_string.replace(azurite.table_uri, "https://127.0.0.1:1/localstack")
    tables = StorageTables.by_connection(gone)
    for attempt in (
        lambda: tables.get("Things", "p", "r"),
        lambda: list(tables.query("Things", in_partition("p"))),
        lambda: tables.apply("Things", [op(Verb.PUT, "r"), op(Verb.PUT, "s")]),
    ):
        with pytest.raises(Unavailable):
            attempt()


def test_what_the_service_does_not_understand_is_unexpected(tables: StorageTables) -> None:
    tables.apply("Things", [op(Verb.PUT, "r")])
    with pytest.raises(UnexpectedResponse):
        list(tables.query("Things", "PartitionKey eq"))
