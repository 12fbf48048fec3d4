"""Which processes get an alert."""

from pathlib import Path

import pytest

from local.recordings.attacks import AttacksUnusable, read_attacks
from local.recordings.choosing import choose
from local.recordings.processes import Processes, guid_of
from tests.local.recordings import written
from tests.local.recordings.written import EXPLORER, born, guid, read

SERVICES = (90, 600, "C:\\Windows\\System32\\services.exe")
SVCHOST = (91, 601, "C:\\Windows\\System32\\svchost.exe")


def attacks(folder: Path, *lines: str) -> Path:
    file = folder / "attacks.txt"
    file.write_text("\n".join(lines), "utf-8")
    return file


def test_without_a_list_every_root_below_a_session_is_of_unknown_kind() -> None:
    more = [born(*SVCHOST, 8, parent=SERVICES), born(7, 700, "C:\\s.exe", 9, parent=SVCHOST)]
    before = born(20, 800, "C:\\old child.exe", 9, parent=(21, 801, "C:\\older.exe"))
    processes = Processes(read(*written.session(), *more, before))
    chosen = choose(processes, None, dataset="d", seed=1, benign=0)
    assert {one.kind for one in chosen} == {"unknown"}
    assert [one.process.name for one in chosen] == ["cmd.exe", "editor.exe", "s.exe", "old child.exe"]


def test_the_list_names_attacks_and_what_is_near_them_is_not_benign(tmp_path: Path) -> None:
    listed = read_attacks(attacks(tmp_path, "# ours", "", f"{guid(2)}\tT1003.001"))
    processes = Processes(read(*written.session()))
    chosen = choose(processes, listed, dataset="d", seed=1, benign=9)
    assert [(one.kind, one.process.name, one.technique) for one in chosen] == [
        ("attack", "tool.exe", "T1003.001"),
        ("benign", "editor.exe", ""),
    ]
    assert listed.not_met == []


def test_a_command_line_names_every_process_that_has_it(tmp_path: Path) -> None:
    listed = read_attacks(attacks(tmp_path, '"c:\\apps\\PLUGIN.exe" -x ', "never run\tT1059"))
    chosen = choose(Processes(read(*written.session())), listed, dataset="d", seed=1, benign=0)
    assert [guid_of(guid(number)) for number in (5, 6)] == [one.process.guid for one in chosen]
    assert listed.not_met == ["never run"]


def test_the_seed_draws_the_same_ones_again(tmp_path: Path) -> None:
    records = [born(number, number, f"C:\\{number}.exe", number, parent=EXPLORER) for number in range(10, 60)]
    processes = Processes(read(*records))
    listed = read_attacks(attacks(tmp_path, guid(10)))

    def drawn(seed: int, dataset: str = "d") -> list[str]:
        chosen = choose(processes, listed, dataset=dataset, seed=seed, benign=5)
        return [one.process.name for one in chosen if one.kind == "benign"]

    assert drawn(1) == drawn(1)
    assert len(set(drawn(1))) == 5
    assert drawn(1) != drawn(2)
    assert drawn(1) != drawn(1, "other")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "names no process"),
        (["# nothing"], "names no process"),
        (["cmd.exe\tT1"], "line 1: 'T1' is no technique"),
        (["cmd.exe", "\tT1059"], "line 2: no process"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path, lines: list[str], why: str) -> None:
    with pytest.raises(AttacksUnusable, match=why):
        read_attacks(attacks(tmp_path, *lines))
