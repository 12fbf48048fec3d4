"""docs/reliability.md: its table of faults is what the tests of the faults hold."""

from tests.docs import fault_table
from tests.faults.cases import CASES


def test_the_faults_on_the_page_are_those_that_are_tested() -> None:
    assert fault_table.PAGE.read_text("utf-8") == fault_table.page(), "run `python -m tests.docs.fault_table`"


def test_every_case_has_its_place() -> None:
    lines = [line for block in fault_table.blocks().values() for line in block.splitlines()[2:]]
    named = [name for line in lines for name in line.split(" | ")[0].removeprefix("| ").split("; ")]
    assert sorted(named) == sorted(case.fault for case in CASES)
