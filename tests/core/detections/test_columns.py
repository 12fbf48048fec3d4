from shared.adapters.detections import DetectionFiles
from shared.core.tables import TABLES


def test_every_column_that_a_rule_reads_is_asked_of_its_table() -> None:
    """Else a rule would be silent on real rows, and nobody would see it."""
    read = DetectionFiles(frozenset()).rules().detections.columns
    asked = {table.name: set(table.asked) for table in TABLES}
    assert read.keys() <= asked.keys()
    assert {
        name: set(columns) - asked[name] for name, columns in read.items() if set(columns) - asked[name]
    } == {}


def test_no_column_is_asked_for_rules_that_none_reads() -> None:
    read = DetectionFiles(frozenset()).rules().detections.columns
    unread = {table.name: set(table.rule_columns) - set(read.get(table.name, ())) for table in TABLES}
    assert {name: columns for name, columns in unread.items() if columns} == {}
