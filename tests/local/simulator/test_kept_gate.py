"""What one process has had judged serves the next, and every answer is the parser's own."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from local.simulator.gate import Gate, Verdict
from local.simulator.kept_gate import KeptGate

GOLDEN = Path(__file__).resolve().parents[2] / "core" / "hunting" / "golden"
SIZES = range(1_000, 6_000)  # the longest are made of the others' parts, and take the parser longest
ASKED = [file.read_text("utf-8") for file in sorted(GOLDEN.glob("*.kql")) if file.stat().st_size in SIZES]
COLUMNS = ", ".join(f"Column{number} = ProcessId + {number}" for number in range(60))
# Long enough to be kept, with a time and with cells.
LONG = f"""let Named = datatable(DeviceId:string, Pid:long, Created:datetime) [
    "d1", 7, datetime(2026-11-24T08:12:30.9581590Z), "d2", 0, datetime(2026-11-24T08:12:30.0000000Z)
];
DeviceProcessEvents
| where Timestamp > datetime(2026-11-24T08:12:30.9581590Z) and DeviceId in ((Named | distinct DeviceId))
| project DeviceId, {COLUMNS}"""


class Counting(KeptGate):
    """Counts what the parser is asked, by a gate that is up already."""

    def __init__(self, gate: Gate, folder: Path) -> None:
        super().__init__(folder=folder)
        self._gate = gate
        self.asked: list[str] = []

    def _ask(self, op: str, texts: Sequence[str], lacking: Sequence[str] = ()) -> list[object]:
        self.asked += texts
        return self._gate._ask(op, texts, lacking)


def test_the_app_s_hunts_are_answered_as_by_the_parser_and_then_without_it(
    gate: Gate, tmp_path: Path
) -> None:
    wanted = gate.judge_all(ASKED)
    assert len(ASKED) > 5 and all(verdict.ok for verdict in wanted)
    assert Counting(gate, tmp_path).judge_all(ASKED) == wanted
    later = Counting(gate, tmp_path)
    assert later.judge_all(ASKED) == wanted
    assert len(later.asked) < len(ASKED) / 4


def test_other_times_and_cells_are_of_the_same_shape(gate: Gate, tmp_path: Path) -> None:
    own = Counting(gate, tmp_path)
    other = LONG.replace("2026-11-24", "2025-01-31").replace('"d1", 7', '"d3", 81').replace('"d2"', '"d9"')
    assert own.judge_all([LONG, other]) == gate.judge_all([LONG, other])
    assert len(own.asked) == 1


@pytest.mark.parametrize(
    ("of", "to"),
    [
        ("project DeviceId,", "project DeviceIx,"),
        ("2026-11-24", "2026-13-45"),
        ("2026-11-24", "0000-01-01"),
        ('"d1"', '"d\u2028"'),
        ('"d1"', '"d\x85"'),
        ('"d1"', "'d1'"),
        ('"d1", 7', '7, "d1"'),
        ("\n];", ", 7\n];"),
        ("project DeviceId,", 'invoke FileProfile("SHA1", 500) | project DeviceId, GlobalPrevalence,'),
        (COLUMNS, f"{COLUMNS} | count; print 1"),
        ("let Named = ", '// @"datatable(A:string) [""]"\nlet Named = '),
        ("project DeviceId,", 'project Shown = @"datatable(A:string) [""]", DeviceId,'),
    ],
)
def test_every_answer_is_the_parser_s_own(gate: Gate, tmp_path: Path, of: str, to: str) -> None:
    assert of in LONG
    own, asked = Counting(gate, tmp_path), [LONG, LONG.replace(of, to)]
    wanted = gate.judge_all(asked)
    assert wanted[0].ok
    assert own.judge_all(asked) == wanted
    assert Counting(gate, tmp_path).judge_all(asked) == wanted


def test_a_tenant_that_lacks_a_column_has_verdicts_of_its_own(gate: Gate, tmp_path: Path) -> None:
    own, lacking = Counting(gate, tmp_path), ["DeviceProcessEvents.ProcessId"]
    assert own.judge(LONG).ok
    assert own.judge(LONG, lacking) == gate.judge(LONG, lacking) != own.judge(LONG)
    assert own.judge("DeviceInfo", ["DeviceInfo"]) == gate.judge("DeviceInfo", ["DeviceInfo"])


@pytest.mark.parametrize("spoilt", ["{", "[]", "7", '[["a"]]', '{"a": 1}'])
def test_a_file_that_cannot_be_read_is_made_again(gate: Gate, tmp_path: Path, spoilt: str) -> None:
    right: Verdict = Counting(gate, tmp_path).judge(LONG)
    [file] = tmp_path.iterdir()
    file.write_text(spoilt, "utf-8")
    later = Counting(gate, tmp_path)
    assert (later.judge(LONG), len(later.asked)) == (right, 1)


def test_the_parser_is_started_when_it_is_asked(gate: Gate, tmp_path: Path) -> None:
    Counting(gate, tmp_path).judge(LONG)
    with KeptGate(folder=tmp_path) as own:
        assert own.judge(LONG).ok
        assert own._child is None
        assert own.judge("DeviceInfo").ok
        assert own._child is not None
