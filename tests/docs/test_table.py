"""docs/table.md and docs/alerts.schema.json: fresh, and true when followed word for word."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jmespath
import pytest
import requests
from azure.core import MatchConditions
from azure.core.credentials import AccessToken
from azure.data.tables import TableClient, TableServiceClient, UpdateMode
from jsonschema import Draft202012Validator

from local.azurite import Azurite
from local.certs import make_certificates
from local.docs.filters import DEVICE, EARLIER, FILTERS, RULE, Filter
from local.docs.schema import row_schema
from local.docs.table import FOLDER, documents
from local.identity import STORAGE, Identity, TokenIssuer
from shared.core import incidents
from shared.core.alert.model import Alert, Severity
from shared.core.conclude import NO_RULES, Behaviour, conclude
from shared.core.conclude.conclusion import Conclusion, Validation
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.incidents import INCIDENT_COLUMNS
from shared.core.row import Context, Decision, Definition, content, decide, event_rows, incidents_before
from shared.core.row.column import FIRST_TIME, Kind
from shared.core.row.definition import BY_NAME, EVENT_BY_NAME
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import Column, StoredRow
from tests.builders import evidence
from tests.consumers.expressions import parse
from tests.consumers.functions import evaluate
from tests.docs.table_rows import CONTEXT, CREATED, FOUND, NEARLY, NOW, PLAIN, SECOND, TIED, WEAK

type Json = Any  # an answer of the table service


def shown(
    about: Alert, found: Finding = TIED, story: str = "a story", told: Validation | None = None
) -> dict[str, Column]:
    """The content of a row."""
    validation = told or (Validation.CONFIRMED if found is TIED else Validation.NO_TELEMETRY)
    # The gravest comes first: with these, the one that is asked for; with all others, the second.
    rules = (RULE,) if found is TIED else (RULE, "sequence-x") if found is WEAK else ("other", RULE)
    behaviours = tuple(Behaviour(rule, "A title", "high", CREATED, "a text") for rule in rules)
    return content(about, None, found, Conclusion(validation, "because", story, behaviours=behaviours), "")


@dataclass
class Storage:
    """The tables, and the table service as a consumer reaches it: plain HTTPS with a bearer token."""

    url: str
    ca: str
    token: str
    alerts: TableClient
    events: TableClient
    incidents: TableClient

    def ask(self, table: str, **query: str) -> requests.Response:
        """One page, as docs/table.md says to ask."""
        accept = {"Accept": "application/json;odata=minimalmetadata"}
        return self._send("GET", f"{table}()", params=query, headers=accept)

    def all(self, table: str, **query: str) -> list[Json]:
        """All rows, following the continuation."""
        rows: list[Json] = []
        while True:
            answer = self.ask(table, **query)
            answer.raise_for_status()
            rows += answer.json()["value"]
            if "x-ms-continuation-NextPartitionKey" not in answer.headers:
                return rows
            for name in ("NextPartitionKey", "NextRowKey"):
                query[name] = answer.headers[f"x-ms-continuation-{name}"]

    def mark(self, row: Json, **columns: Column) -> int:
        """The status of a PATCH on condition that the row is still the one read."""
        keys = [quote(row[name].replace("'", "''"), safe="") for name in ("PartitionKey", "RowKey")]
        path = f"Alerts(PartitionKey='{keys[0]}',RowKey='{keys[1]}')"
        return self._send("PATCH", path, json=columns, headers={"If-Match": row["odata.etag"]}).status_code

    def _send(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> requests.Response:
        ours = {"Authorization": f"Bearer {self.token}", "x-ms-version": "2020-12-06"}
        return requests.request(
            method, f"{self.url}/{path}", headers={**ours, **headers}, verify=self.ca, timeout=60, **more
        )

    def stored(self, about: Alert) -> StoredRow:
        """A row as the SDK reads it."""
        entity = self.alerts.get_entity(*table_keys.alert_keys(about))
        return StoredRow(dict(entity), str(entity.metadata["etag"]))

    def publish(self, about: Alert, columns: dict[str, Column], context: Context = CONTEXT) -> Decision:
        """Decides and writes, as the pipeline does."""
        partition, row = table_keys.alert_keys(about)
        stood = list(self.alerts.query_entities(f"PartitionKey eq '{partition}' and RowKey eq '{row}'"))
        if not stood:
            decision = decide(None, columns, context)
            self.alerts.create_entity({"PartitionKey": partition, "RowKey": row, **(decision.columns or {})})
            return decision
        before = self.stored(about)
        decision = decide(before, columns, context)
        if decision.columns is not None:
            self.alerts.update_entity(
                {"PartitionKey": partition, "RowKey": row, **decision.columns},
                mode=UpdateMode.MERGE,
                etag=before.etag,
                match_condition=MatchConditions.IfNotModified,
            )
        return decision


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    certificates = make_certificates(tmp_path_factory.mktemp("certs"))
    token, expires = TokenIssuer().issue(Identity(), STORAGE, roles=(), lifetime_seconds=900)

    class _Credential:
        def get_token(self, *_scopes: str, **_: object) -> AccessToken:
            return AccessToken(token, expires)

    with Azurite(cert=certificates.cert, key=certificates.key) as azurite:
        service = TableServiceClient(
            endpoint=azurite.table_uri, credential=_Credential(), connection_verify=str(certificates.ca)
        )
        tables = [service.create_table(name) for name in COLUMNS_OF]
        made = Storage(azurite.table_uri, str(certificates.ca), token, *tables)
        _fill(made)
        yield made


def known_benign(state: str) -> Context:
    """The context of a row that matches an entry."""
    return replace(CONTEXT, known_benign=lambda _: {"KnownBenign": "entry v1", "KnownBenignState": state})


COLUMNS_OF: Mapping[str, Mapping[str, Definition]] = {
    "Alerts": BY_NAME,
    "AlertEvents": EVENT_BY_NAME,
    "Incidents": {column.name: column for column in INCIDENT_COLUMNS},
}
CONCLUDED = conclude(PLAIN, None, TIED, NO_RULES)


def _fill(storage: Storage) -> None:
    storage.publish(PLAIN, shown(PLAIN))
    for row in event_rows(table_keys.alert_keys(PLAIN)[1], PLAIN, TIED, CONCLUDED, 1):
        storage.events.create_entity({"PartitionKey": row.partition, "RowKey": row.row_key, **row.columns})
    odd = replace(
        PLAIN,
        incident_id="1",
        device_id="other",
        device_name="ws-00421.contoso.example",
        related_user=None,
        techniques=("T1105",),
        evidence=NEARLY,
    )
    unknown = replace(odd, id="unknown", severity=Severity.UNKNOWN, created=CREATED.plus(7_200))
    no_role = Finding("unknown", Status.FAILED, reason=Reason.ROLE_MISSING)
    storage.publish(unknown, shown(unknown, no_role))
    low = replace(odd, id="low", severity=Severity.LOW)
    storage.publish(low, shown(low, WEAK), known_benign("contradicted"))
    unread = replace(low, id="unread", unreadable=("machineId",))
    storage.publish(unread, shown(unread, Finding("unread", Status.NO_MATCH)))
    unproven = replace(low, id="unproven")
    storage.publish(unproven, shown(unproven, told=Validation.UNPROVEN), known_benign("matches"))
    old = replace(
        odd,
        id="old",
        device_id=DEVICE,
        device_name="ws-0042",
        techniques=("T1059",),
        evidence=SECOND,
        created=Instant.parse("2026-11-17T05:00:00Z"),
    )
    storage.publish(old, shown(old, Finding("old", Status.NO_MATCH)))
    storage.publish(old, shown(old))
    # One that was in incident 2, and is in incident 1 now.
    before = replace(
        low, id="moved", incident_id="2", device_id="a", created=Instant.parse("2026-10-05T00:00:00Z")
    )
    for each in (before, replace(before, incident_id="1")):
        storage.publish(each, shown(each, Finding(each.id, Status.NO_MATCH)))
    rows = {(row["PartitionKey"], row["RowKey"]): row for row in storage.alerts.list_entities()}
    for incident_id in ("4711", "1", "2"):
        known = dict(rows) if incident_id == "1" else {}
        known |= {key: row for key, row in rows.items() if row["IncidentId"] == incident_id}
        known |= {key: row for key, row in rows.items() if incident_id in incidents_before(row)}
        columns = incidents.decide(None, incidents.content(incident_id, known), known.values(), NOW).columns
        key = {"PartitionKey": "2026-11-24", "RowKey": incident_id}
        storage.incidents.create_entity({**key, **(columns or {})})

    _fill_of_another_tenant(storage)


def _fill_of_another_tenant(storage: Storage) -> None:
    """An alert and an incident of acme's, the alert on a day that no other filter reads."""
    [low] = storage.alerts.query_entities("AlertId eq 'low'")
    theirs = {**low, "PartitionKey": EARLIER, "RowKey": "acme|theirs", "AlertId": "theirs", "Tenant": "acme"}
    storage.alerts.create_entity(theirs)
    incident = storage.incidents.get_entity("2026-11-24", "1")
    apart = {"RowKey": "acme|1", "Tenant": "acme", "State": "resolved", "NotifyState": "historic"}
    storage.incidents.create_entity({**incident, **apart})


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_document_is_fresh(name: str) -> None:
    made = documents()[name]
    assert (FOLDER / name).read_text(encoding="utf-8") == made, "run `python -m local.docs.table`"


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: each.question)
def test_a_filter_names_the_tables_columns_and_bounds_the_partition(each: Filter) -> None:
    columns = COLUMNS_OF[each.table]
    terms = re.findall(r"(\w+) (eq|ne|lt|le|gt|ge) (datetime'|'|true|false|\d)", each.text)
    literals = {"datetime'": Kind.DATETIME, "'": Kind.STRING, "true": Kind.BOOLEAN, "false": Kind.BOOLEAN}
    bounds = {(name, operator) for name, operator, _ in terms if name == "PartitionKey"}
    assert bounds in ({("PartitionKey", "eq")}, {("PartitionKey", "ge"), ("PartitionKey", "le")})
    assert " or " not in re.sub(r"\(.*?\)", "", each.text), "an `or` beside the partition would undo it"
    for name, _, literal in terms:
        if name not in ("PartitionKey", "RowKey"):
            assert columns[name].kind is literals.get(literal, Kind.INT32), name


@pytest.mark.parametrize("each", FILTERS, ids=lambda each: each.question)
def test_a_filter_finds_what_it_says(storage: Storage, each: Filter) -> None:
    column = {"Alerts": "AlertId", "AlertEvents": "SourceTable", "Incidents": "IncidentId"}[each.table]
    page = (FOLDER / "table.md").read_text("utf-8")
    assert f"`{each.text}`" in page
    if not each.column:
        rows = storage.all(each.table, **{"$filter": each.text})
    else:
        assert f"`{each.select}`" in page and f"`{each.keep}`" in page
        asked = storage.all(each.table, **{"$filter": each.text, "$select": each.select})
        assert set(asked[0]) - {"odata.etag"} == set(each.select.split(","))
        rows = jmespath.search(each.keep, asked)
        condition = parse(in_a_workflow(each))

        def is_kept(row: Json) -> bool:
            return bool(evaluate(condition, lambda *_: row))

        kept_by_workflow = [row for row in asked if is_kept(row)]
        assert rows == kept_by_workflow and len(rows) < len(asked)
    assert {row[column] for row in rows} == FOUND[each.question]


def in_a_workflow(each: Filter) -> str:
    """What the page says of *Filter array*, with the filter's own column and value."""
    said = "contains(concat(', ', item()?['AllUsers'], ', '), ', contoso\\alice, ')"
    assert f"`{said}`" in (FOLDER / "table.md").read_text("utf-8")
    return said.replace("AllUsers", each.column).replace("contoso\\alice", each.value)


def test_the_rows_as_read_keep_to_the_schema(storage: Storage) -> None:
    schema = row_schema()
    Draft202012Validator.check_schema(schema)
    checks = {"Alerts": schema, **schema["$defs"]}  # type: ignore[dict-item]  # a literal
    assert checks.keys() == COLUMNS_OF.keys()
    for table, check in checks.items():
        rows = storage.all(table)
        assert len(rows) >= 3
        for row in rows:
            Draft202012Validator(check).validate(row)
            with pytest.raises(Exception, match="required property"):
                Draft202012Validator(check).validate(
                    {k: v for k, v in row.items() if k not in ("AlertId", "IncidentId")}
                )


def test_a_row_read_back_is_what_was_written_and_leaves_nothing_to_write(storage: Storage) -> None:
    columns = shown(PLAIN)
    stored = storage.stored(PLAIN)
    assert {name: stored.columns[name] for name in columns} == columns
    assert stored.columns["ResolvedTime"] == FIRST_TIME
    assert decide(stored, columns, replace(CONTEXT, now=NOW + timedelta(hours=1))).columns is None


def test_the_fullest_row_there_can_be_is_stored(storage: Storage) -> None:
    full = "\U0001f600" * 20_000
    about = replace(
        PLAIN,
        id="full",
        created=Instant.parse("2026-10-01T00:00:00Z"),
        title=full,
        description=full,
        recommended_actions=full,
        incident_id=full,
        evidence=tuple(evidence("process", command_line=full, process_id=n) for n in range(50)),
    )
    columns = shown(about, replace(TIED, query=full), full)
    storage.publish(about, columns)
    assert storage.stored(about).columns["Story"] == columns["Story"]
    assert len(str(columns["ValuesTruncated"]).split(", ")) >= 8


def test_a_consumer_who_follows_the_page_loses_no_update_and_keeps_what_is_theirs(storage: Storage) -> None:
    about = replace(PLAIN, id="told/é'%", created=Instant.parse("2026-10-02T00:00:00Z"))
    context = replace(CONTEXT, installed_at=None)
    ask = {"$filter": f"PartitionKey eq '{about.day}' and (NotifyState eq 'new' or NotifyState eq 'updated')"}
    storage.publish(about, shown(about, Finding(about.id, Status.NO_MATCH)), context)
    (first,) = storage.all("Alerts", **ask)
    # Our write comes between the consumer's read and its mark.
    between = storage.publish(about, shown(about), replace(context, now=NOW + timedelta(minutes=5)))
    assert (between.revision, between.notify_state) == (2, "new")
    assert storage.mark(first, NotifyState="told") == 412
    (second,) = storage.all("Alerts", **ask)
    assert (first["Revision"], second["Revision"]) == (1, 2)
    assert storage.mark(second, NotifyState="told", Ticket="INC-1") == 204
    assert storage.all("Alerts", **ask) == []
    # A change that is no news leaves the mark; one that is brings the row back, the consumer's column in it.
    assigned = replace(about, assigned_to="soc@contoso.example")
    storage.publish(assigned, shown(assigned), replace(context, now=NOW + timedelta(minutes=6)))
    assert storage.all("Alerts", **ask) == []
    more = replace(assigned, evidence=(*about.evidence, evidence("ip", ip_address="203.0.113.11")))
    storage.publish(more, shown(more), replace(context, generation=2, now=NOW + timedelta(minutes=7)))
    (third,) = storage.all("Alerts", **ask)
    assert (third["NotifyState"], third["Revision"], third["Ticket"]) == ("updated", 3, "INC-1")
    assert third["AssignedTo"] == "soc@contoso.example" and "IpAddr" in third["ChangedFields"]


def test_the_page_says_how_the_marking_was_tried_here() -> None:
    page = Path(FOLDER / "table.md").read_text(encoding="utf-8")
    for said in ("odata=minimalmetadata", "x-ms-continuation-NextPartitionKey", "`PATCH ", "If-Match", "412"):
        assert said in page
    assert json.dumps({"NotifyState": "told"}) in page
