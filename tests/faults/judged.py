"""Microsoft's parser, asked once for queries that differ in nothing but their times."""

import re
from collections.abc import Sequence
from dataclasses import replace

from local.simulator.gate import Gate, Verdict

_TIME = re.compile(
    r"datetime\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z\)"
)  # any other is judged as it stands


class JudgedOnce(Gate):
    """Verdicts of another gate, which is kept running by who started it. The cases hunt the same two alerts
    at other times, and to judge a query costs some thirty milliseconds."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate
        self._known: dict[tuple[str, tuple[str, ...]], Verdict] = {}

    def judge_all(self, queries: Sequence[str], lacking: Sequence[str] = ()) -> list[Verdict]:
        return [self._judged(kql, tuple(lacking)) for kql in queries]

    def _judged(self, kql: str, lacking: tuple[str, ...]) -> Verdict:
        times: list[str] = _TIME.findall(kql)
        numbers = iter(range(len(times)))
        shape = _TIME.sub(lambda _: _stand_in(next(numbers)), kql)
        if (shape, lacking) not in self._known:
            self._known[shape, lacking] = self._gate.judge(shape, lacking)
        verdict = self._known[shape, lacking]
        runnable = verdict.runnable
        for number, time in enumerate(times if runnable else ()):
            runnable = (runnable or "").replace(_stand_in(number), time)
        return replace(verdict, runnable=runnable)


def _stand_in(number: int) -> str:
    return f"datetime(2026-01-01T00:00:00.{number:07}Z)"
