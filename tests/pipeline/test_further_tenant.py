"""A further tenant's alerts on their whole way: the same rows as home's, under keys of the tenant's own."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.values.portal import Portal
from shared.core.values.records import Column
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Platform
from tests.pipeline.recorded import raw_alerts, titled, world_of

TITLES = ("Suspicious service launched",)
ID = str(next(iter(raw_alerts().values()))["aadTenantId"])
HOME = Policy()
ACME = replace(HOME, tenant="acme", row_tenant="acme", tenant_id=ID, portal=Portal(tenant_id=ID))
type Rows = dict[tuple[str, str], Mapping[str, Column]]


def published(policy: Policy) -> tuple[Rows, Rows, Rows]:
    """Alerts, AlertEvents and Incidents after a run that nothing disturbed."""
    platform = Platform(world_of(*TITLES), policy)
    platform.settle_on()
    world = platform.world
    alerts = {key: row.columns for key, row in world.rows.items()}
    incidents = {key: row.columns for key, row in world.incidents.items()}
    return alerts, dict(world.events), incidents


def differing(one: Rows, other: Rows) -> set[str]:
    """Columns that differ between the rows of the same places."""
    return {
        name
        for (_, row), (_, its) in zip(sorted(one.items()), sorted(other.items()), strict=True)
        for name in row.keys() | its.keys()
        if row.get(name) != its.get(name)
    }


def test_all_is_as_for_home_but_the_name_in_keys_and_columns_and_the_id_in_links() -> None:
    home, acme = published(HOME), published(ACME)
    assert sorted(str(row["AlertId"]) for row in home[0].values()) == sorted(titled(*TITLES))
    alerts, events, incidents = acme
    assert set(alerts) == {(day, f"acme|{key}") for day, key in home[0]}
    assert set(events) == {(f"acme|{key}", row) for key, row in home[1]}
    assert set(incidents) == {(day, f"acme|{key}") for day, key in home[2]}
    assert min(len(alerts), len(events), len(incidents)) > 0
    for rows, name in ((home, "home"), (acme, "acme")):
        assert {row["Tenant"] for table in rows for row in table.values()} == {name}

    linked = {"IncidentUrl", "EventReportUrl", "HuntingUrl", "EntitiesJson", "NextSteps"}
    assert differing(home[0], alerts) == {"Tenant", *linked}
    assert differing(home[1], events) == {"Tenant"}
    # An incident names the keys of its alerts, too.
    named: Rows = {
        (day, row): {name: str(value).replace("acme|", "") for name, value in columns.items()}
        for (day, row), columns in incidents.items()
    }
    plain: Rows = {
        key: {name: str(value) for name, value in columns.items()} for key, columns in home[2].items()
    }
    assert differing(plain, named) == {"Tenant", "IncidentUrl", "NextSteps"}


def test_the_audit_finds_a_further_tenants_rows_by_their_own_keys() -> None:
    platform = Platform(world_of(*TITLES), ACME)
    platform.settle_on()
    moved = {**platform.world.alerts[0], "incidentId": 77}
    platform.world.alerts[0] = moved
    platform.world.pass_time(hours=2)
    platform.tick()
    platform.settle_on()
    row = next(row for row in platform.world.rows.values() if row.columns["AlertId"] == moved["id"])
    assert row.columns["IncidentId"] == "77"
    assert all(key.startswith("acme|") for _, key in (*platform.world.rows, *platform.world.incidents))
