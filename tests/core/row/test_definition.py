from datetime import datetime

from shared.core.row.column import FIRST_TIME, MAX_ROW, Definition, Kind
from shared.core.row.definition import (
    COLUMNS,
    CONTENT,
    CORRELATION_NAMES,
    EVENT_COLUMNS,
    LIFECYCLE_NAMES,
    VOLATILE,
)
from shared.core.row.text import fitted

# The contract of the design: no name among these may ever be missing.
PROMISED = """
AlertId AlertName AlertDescription EventSeverity AlertStatus AlertVerdict AttackTactics AttackTechniques
ThreatName ThreatCategory DvcHostname DvcId DvcIpAddr DvcOs Username ProcessCommandLine FileName FileSHA1
Url EventReportUrl IncidentId IncidentUrl DetectionSource Classification Determination AssignedTo
DvcGroup DvcTags DvcRiskScore DvcValue FirstEventTime LastEventTime SeverityId Validation
ValidationReason CorrelationStatus CorrelationMethod CorrelationReason CorrelationConfidence EventCount
EventsTruncated HuntingQuery HuntingUrl Story ProcessTree EnrichmentStatus SeenBefore Revision
NotifyState ChangedFields FirstPublished LastPublished DetectionFinding TenantId
""".split()
PROMISED_OF_EVENTS = "AlertId Revision SourceTable ReportId EventTime ActionType Tie Depth".split()
_TYPES = {Kind.STRING: str, Kind.INT32: int, Kind.BOOLEAN: bool, Kind.DATETIME: datetime}
_TABLES_OWN = {"PartitionKey", "RowKey", "Timestamp", "ETag"}


def test_every_promised_column_is_defined_once_under_a_name_of_its_own() -> None:
    for columns, promised in ((COLUMNS, PROMISED), (EVENT_COLUMNS, PROMISED_OF_EVENTS)):
        names = [column.name for column in columns]
        assert set(promised) <= set(names)
        assert len(set(names)) == len(names)
        assert not _TABLES_OWN & set(names)
        assert all(name.isalnum() and name.isascii() and name[0].isupper() for name in names)


def test_a_row_can_never_be_too_large_and_leaves_a_consumer_room_for_columns_of_its_own() -> None:
    for columns in (COLUMNS, EVENT_COLUMNS):
        assert sum(column.most_bytes for column in columns) < MAX_ROW - 128 * 1024
        assert len(columns) <= 252 - 50


def test_examples_and_empty_values_are_of_the_columns_type_and_fit() -> None:
    for column in (*COLUMNS, *EVENT_COLUMNS):
        for value in (column.example, column.empty):
            assert isinstance(value, _TYPES[column.kind]), column.name
            assert fitted(column, value) == (value, False), column.name


def test_every_column_says_what_it_means_and_where_it_comes_from() -> None:
    for column in (*COLUMNS, *EVENT_COLUMNS):
        assert column.meaning.endswith((".", ")", ";")) and column.source, column.name


def test_a_word_that_a_column_may_hold_fits_it() -> None:
    spoken: list[Definition] = [column for column in (*COLUMNS, *EVENT_COLUMNS) if column.words]
    assert len(spoken) >= 8
    for column in spoken:
        assert all(len(word) <= column.limit for word in column.words)


def test_who_decides_a_column_is_said_once() -> None:
    assert {column.name for column in CONTENT} | set(LIFECYCLE_NAMES) == {column.name for column in COLUMNS}
    assert {column.name for column in CONTENT}.isdisjoint(LIFECYCLE_NAMES)
    assert {"CorrelationStatus", "Validation", "Story", "HuntingQuery"} <= CORRELATION_NAMES
    assert set(VOLATILE) <= {*LIFECYCLE_NAMES, "SeenBefore"} and len(VOLATILE) <= 6


def test_no_time_is_the_earliest_that_table_storage_holds() -> None:
    times = [column for column in COLUMNS if column.kind is Kind.DATETIME]
    assert {column.empty for column in times} == {FIRST_TIME}
