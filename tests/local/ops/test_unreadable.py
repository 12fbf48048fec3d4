"""Rows that could not be read: the operator sees how many, looks, puts one back or drops it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.ops import purge
from local.ops.target import Target
from shared.adapters.storage import in_partition
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import table_keys
from tests.local.ops.conftest import Ops

LEASE = "home%7Clease"


@pytest.fixture
def broken(target: Target) -> Iterator[Target]:
    """The lease cannot be read, and the app has met it."""
    partition, row_key = table_keys.lease_key(target.tenant)
    was = {"PartitionKey": partition, "RowKey": row_key, "Until": "whenever", "Holder": "me", "Calls": ""}
    target.tables.apply("Checkpoints", [Operation(Verb.PUT, was)])
    assert target.ports.leases.read().until is None
    yield target
    for row in list(
        target.tables.query("AlertWork", in_partition(table_keys.set_apart_partition(target.tenant)))
    ):
        keys = {name: row[name] for name in ("PartitionKey", "RowKey")}
        target.tables.apply("AlertWork", [Operation(Verb.DELETE, keys, str(row.metadata["etag"]))])


def test_the_operator_is_told_and_sees_what_was_kept(broken: Target, run_ops: Ops) -> None:
    assert "1 could not be read and were kept apart: `ops unreadable`" in run_ops("status").out
    listed = run_ops("unreadable")
    assert (listed.code, "from Checkpoints, home / lease; not read: until" in listed.out) == (0, True)
    shown = run_ops("unreadable", LEASE).out
    assert "Until" in shown
    assert "whenever" in shown
    assert run_ops("unreadable", "no such row").code == 1
    assert run_ops("unreadable", "--drop").code == 2


def test_a_row_is_put_back_as_it_was(broken: Target, run_ops: Ops) -> None:
    assert run_ops("unreadable", LEASE, "--put-back").code == 0
    standing = broken.tables.get("Checkpoints", *table_keys.lease_key(broken.tenant))
    assert standing is not None
    assert {name: standing.get(name) for name in ("Until", "Holder", "KeptFromTable")} == {
        "Until": "whenever",
        "Holder": "me",
        "KeptFromTable": None,
    }
    assert "0 rows were kept apart" in run_ops("unreadable").out
    broken.ports.leases.read()  # it is met again, and mended


def test_a_row_is_dropped(broken: Target, run_ops: Ops) -> None:
    assert run_ops("unreadable", LEASE, "--drop").code == 0
    assert "0 rows were kept apart" in run_ops("unreadable").out
    assert "could not be read" not in run_ops("status").out


def test_what_was_kept_long_ago_is_purged_and_what_is_younger_stays(broken: Target) -> None:
    now, quiet = broken.ports.clock.now(), timedelta(minutes=-1)
    assert purge.purge(broken, now - timedelta(days=7), is_dry=False, quiet=quiet).unreadable == 0
    later = now + timedelta(minutes=1)
    assert purge.purge(broken, later, is_dry=True, quiet=quiet).unreadable == 1
    only = in_partition(table_keys.set_apart_partition(broken.tenant))
    assert [row["RowKey"] for row in broken.tables.query("AlertWork", only)] == [LEASE]
