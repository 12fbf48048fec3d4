"""What a refusal's words tell, and the queries that do without it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulator.gate import SCHEMA_FILE, Gate
from shared.core.hunting import Gap, Tenant, gaps_in, gaps_named, whose_column_query, without_gaps
from shared.core.tables import TABLES, TYPES
from tests.core.hunting.builders import NOW

KQL = "union (DeviceFileEvents | project SHA1), (DeviceProcessEvents | project SHA1, ProcessTokenElevation)"
# But those that only stand in links: a person asks them in the portal, and reads there what is lacking.
GOLDEN = sorted(
    file for file in (Path(__file__).parent / "golden").glob("*.kql") if not file.stem.startswith("ask_")
)


@pytest.mark.parametrize(
    ("refusal", "gaps"),
    [
        (
            "'where' operator: Failed to resolve table or column expression named 'DeviceFileEvents'. "
            "Fix semantic errors in your query.",
            (Gap("DeviceFileEvents"),),
        ),
        (
            "'project' operator: Failed to resolve scalar expression named 'ProcessTokenElevation'",
            (Gap("DeviceProcessEvents", "ProcessTokenElevation"),),
        ),
        (
            "'where' operator: Failed to resolve table or column or scalar expression named 'SHA1'.",
            (Gap("DeviceProcessEvents", "SHA1"), Gap("DeviceFileEvents", "SHA1")),
        ),
        ('failed to resolve column named "SHA1"', (Gap("DeviceProcessEvents", "SHA1"),) * 1),
        ("'where' operator: Failed to resolve scalar expression named 'x'", ()),
        ("Failed to resolve table or column expression named 'DeviceLogonEvents'", ()),  # not asked
        ("A recognition error occurred.", ()),
        ("", ()),
    ],
)
def test_what_the_words_of_a_refusal_name(refusal: str, gaps: tuple[Gap, ...]) -> None:
    assert gaps_named(refusal, KQL)[: len(gaps) or None] == gaps


@given(st.text())
def test_no_text_makes_a_gap_of_what_is_not_ours(text: str) -> None:
    for gap in gaps_named(f"Failed to resolve scalar expression named '{text}'", KQL):
        assert gap.column == text or gap.table == text


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_query_runs_where_what_it_names_is_not_there(gate: Gate, file: Path) -> None:
    kql = file.read_text("utf-8")
    gaps = {
        Gap("DeviceProcessEvents"),
        Gap("DeviceFileEvents", "SHA1"),
        Gap("DeviceRegistryEvents", "InitiatingProcessParentId"),
        Gap("DeviceEvents", "ProcessCreationTime"),
        Gap("DeviceInfo"),
        Gap("AlertEvidence", "RemoteUrl"),
    }
    lacking = [".".join(filter(None, (gap.table, gap.column))) for gap in gaps]
    assert gate.judge(without_gaps(kql, gaps), lacking).ok
    assert gate.judge(kql, lacking).ok == (not gaps_in(kql, gaps))


def test_whose_column_it_is_can_be_asked(gate: Gate) -> None:
    assert gate.judge(whose_column_query([Gap("DeviceFileEvents", "SHA1"), Gap("DeviceEvents", "SHA1")])).ok


def test_a_query_without_gaps_stays_as_it_is() -> None:
    assert without_gaps(KQL, ()) == without_gaps(KQL, {Gap("DeviceLogonEvents")}) == KQL


def test_every_type_is_the_schemas() -> None:
    """A column that is stood in for must have its own type, or the rows of others would have another name."""
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))["tables"]
    for table in TABLES:
        for column in table.asked:
            assert schema[table.name][column] == TYPES.get(column, "string"), (table.name, column)


def test_what_is_known_of_a_tenant_is_read_back() -> None:
    tenant = Tenant().lacking([Gap("DeviceEvents", "LogonId"), Gap("DeviceInfo")], NOW).refused("no", NOW)
    assert Tenant.from_text(tenant.to_text()) == tenant
    assert Tenant.from_text(Tenant().to_text()) == Tenant()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"gaps": 1}', '{"gaps": [[1]], "denied": ""}'])
def test_what_is_not_ours_to_read_is_nothing_known(text: str) -> None:
    assert Tenant.from_text(text) == Tenant()
