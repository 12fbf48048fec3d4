"""Deployments of tenants with the same ids and another truth, and what is to be compared of them."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.certs import Certificates
from local.simulator.config import Config
from local.simulator.gate import Gate
from shared.adapters.storage import TableKnownBenign, TableTenants, TableWriteRules
from shared.core.known_benign import Entry, State
from shared.core.tenants.overrides import overrides_text
from shared.core.write_back import WriteRule
from shared.pipeline.stored.tenants import add, changed
from tests.table_service import Key, Row
from tests.twins import network
from tests.twins.recording import written
from tests.twins.services import PRESENT, START, Truth
from tests.twins.stage import Stage, staged

KINDS = {"home": "one", "acme": "two", "acme2": "three"}
IDS = {
    "home": "00000000-0000-4000-8000-000000000001",
    "acme": "00000000-0000-4000-8000-00000000000a",
    "acme2": "00000000-0000-4000-8000-00000000000b",
}
EMPTY = "empty"
DETECTOR = "83a46a08-7e4c-dcbb-ab6d-e69af4fa0aa3"  # of the alert that each operator wrote of
OFF_IN_ACME = "d1934b8b-1cc3-47ca-82be-d4e3768bd042"  # which the second alert meets
# Log lines that are of the instance, and come when it is new.
OF_THE_APP = frozenset({"started", "tenant bound", "tenants fetched", "detections loaded"})


def truths_in(folder: Path) -> dict[str, Truth]:
    """By tenant; and a home in which nothing happens."""
    (folder / EMPTY).mkdir()
    (folder / EMPTY / "alerts.json").write_text('{"value": []}', "utf-8")
    data = {name: written(folder / name, kind, IDS[name]) for name, kind in KINDS.items()}
    return {
        name: Truth(
            IDS.get(name, IDS["home"]),
            Config(public_key=folder, cert=folder, key=folder, data=where, shift=False),
        )
        for name, where in {**data, EMPTY: folder / EMPTY}.items()
    }


@dataclass(frozen=True, eq=False)
class Runs:
    """Makes stages, and remembers what came of those that nobody disturbed."""

    gate: Gate
    certificates: Certificates
    truths: Mapping[str, Truth]

    @contextmanager
    def of(self, *names: str) -> Iterator[Stage]:
        """A deployment with these tenants. Without home among them its own tenant is empty; with home alone
        it is today's app, which knows of no other tenants."""
        with pytest.MonkeyPatch.context() as patch:
            held = {name: self.truths[name] for name in ("home", *names)}
            if "home" not in names:
                held["home"] = self.truths[EMPTY]
            env = {"WRITE_BACK": "rules", "LATE_HUNTS": "2m", "SETTLE_AFTER": "1m", "RESEND_AFTER": "2m"}
            with staged(patch, self.gate, self.certificates, held, **env) as stage:
                if names == ("home",):
                    patch.delenv("TENANTS_APP_ID")
                lay(stage, names)
                yield stage

    @cache  # noqa: B019 - a handful, all of which are asked for again
    def told(self, *names: str) -> "Told":
        """What came of the deployment with these tenants."""
        with self.of(*names) as stage:
            stage.settle()
            return Told(
                {name: outcome(stage, name) for name in names},
                {name: lines(stage, name, names) for name in names},
                {name: calls(stage, name) for name in names},
                {name: texts(stage, name) for name in names},
                strays(stage),
            )


@dataclass
class Told:
    """What a deployment did of each of its tenants."""

    outcomes: dict[str, dict[str, Any]]
    lines: dict[str, Counter[str]]
    calls: dict[str, Counter[tuple[str, str]]]
    texts: dict[str, str]
    strays: list[tuple[str, Key]]  # rows that are nobody's, or two's


def lay(stage: Stage, names: tuple[str, ...]) -> None:
    """What operators have written down: further tenants, and in each tenant something else, which would fit
    the alerts of all."""
    tables = stage.tables.client()
    rows = TableTenants(tables)
    for name in names:
        if name != "home":
            add(rows, name, IDS[name], START)
    if "acme2" in names:
        _override(rows, "acme2", WRITE_BACK="off")
    conditions: Any = {
        "state": State.ACTIVE,
        "detector": DETECTOR,
        "owner": "o",
        "reason": "r",
        "title": "Anomaly*",
    }
    if "acme" in names:
        _override(rows, "acme", DETECTIONS_OFF=OFF_IN_ACME)
        expires = START + timedelta(days=30)
        entry = Entry(id="benign-here", tested_version=1, expires=expires, **conditions)
        TableKnownBenign(tables, "acme").write(entry)
    if "home" in names:
        rule = WriteRule(id="rule-here", set_status="InProgress", **conditions)
        TableWriteRules(tables, "home").write(rule)


def _override(rows: TableTenants, name: str, **settings: str) -> None:
    own = overrides_text(settings)
    changed(rows, name, lambda row: (replace(row, overrides=own), None))


def outcome(stage: Stage, name: str) -> dict[str, Any]:
    """All that stands of one tenant in the end: its rows, whole, and what was written to its alerts. Both
    runs take their steps at the same times, so the rows' own times are the same."""
    found: dict[str, Any] = {
        table: {key: _bare(row) for key, row in stage.tables.all(table).items() if is_of(name, table, key)}
        for table in stage.tables.tables
        if table != "Tenants"
    }
    return {**{table: rows for table, rows in found.items() if rows}, "Defender": in_defender(stage, name)}


def is_of(name: str, table: str, key: Key) -> bool:
    """Whether the row is the tenant's, by its key."""
    if table in ("Alerts", "Incidents", "AlertEvents"):
        part = key[0] if table == "AlertEvents" else key[1]
        return part.startswith(f"{name}|") if name != "home" else "|" not in part
    return name in key[0].split("|")


def strays(stage: Stage) -> list[tuple[str, Key]]:
    """The rows that are not of just one of the stage's tenants."""
    return [
        (table, key)
        for table, key in stage.tables.everything()
        if table != "Tenants" and sum(is_of(name, table, key) for name in stage.tenants) != 1
    ]


def _bare(row: Mapping[str, object]) -> Row:
    return {column: value for column, value in row.items() if column not in ("Timestamp", "odata.etag")}


def in_defender(stage: Stage, name: str) -> list[object]:
    """What stands on the tenant's alerts at last: comments and fields, without when."""
    alerts = sorted(stage.tenants[name].alerts.listed(PRESENT.now()), key=lambda one: str(one["id"]))
    fields = ("id", "status", "classification", "determination", "assignedTo")
    return [
        (*(one[name] for name in fields), [said["comment"] for said in one.get("comments", [])])
        for one in alerts
    ]


def lines(stage: Stage, name: str, names: tuple[str, ...]) -> Counter[str]:
    """The tenant's log lines. An app that knows of no other tenants names none."""
    unnamed = "home" if names == ("home",) else ""
    mine = (
        line
        for line in stage.lines
        if line.get("tenant", unnamed) == name and line["event"] not in OF_THE_APP
    )
    return Counter(json.dumps({key: line[key] for key in sorted(line) if key != "tenant"}) for line in mine)


def calls(stage: Stage, name: str) -> Counter[tuple[str, str]]:
    """The calls to the two APIs with a token of the tenant."""
    called = (one for one in stage.network.calls if one.host in (network.DEFENDER, network.GRAPH))
    return Counter((one.host, one.what) for one in called if one.tenant == IDS[name])


def texts(stage: Stage, name: str) -> str:
    """Every text of its rows and of its log lines."""
    return row_texts(stage, name) + json.dumps([line for line in stage.lines if line.get("tenant") == name])


def row_texts(stage: Stage, name: str) -> str:
    """Every text of its rows, bodies unpacked."""
    said = []
    for table in stage.tables.tables:
        for key, row in stage.tables.all(table).items():
            if is_of(name, table, key):
                said.append({column: _unpacked(value) for column, value in row.items()})
    return json.dumps(said)


def _unpacked(value: object) -> object:
    """A body as text, where the value is one."""
    try:
        return zlib.decompress(base64.b64decode(str(value), validate=True)).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return value
