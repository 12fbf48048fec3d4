"""A query is judged once for all its times, and anew where anything else differs."""

from collections.abc import Sequence

from local.simulator.gate import Gate, Verdict
from tests.faults.judged import JudgedOnce


class Counting(Gate):
    """A parser that takes every query, and notes it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def judge_all(self, queries: Sequence[str], lacking: Sequence[str] = ()) -> list[Verdict]:
        self.asked += queries
        return [Verdict(ok=True, runnable=f"run: {kql}") for kql in queries]


def test_only_times_are_none_of_a_query() -> None:
    counting = Counting()
    gate = JudgedOnce(counting)
    query = "T | where At between (datetime(2026-11-24T10:00:00Z) .. datetime(2026-11-24T10:0{}:00.5Z))"
    for minute in (1, 2):
        assert gate.judge(query.format(minute)).runnable == f"run: {query.format(minute)}"
    assert len(counting.asked) == 1
    for other in (query.format(1).replace("T |", "U |"), query.replace("datetime(2", "datetime(x")):
        assert gate.judge(other).runnable == f"run: {other}"
    gate.judge(query.format(1), ["T.At"])
    assert len(counting.asked) == 4
