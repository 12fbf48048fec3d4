"""The command that changes the code: what it changes, what it notices, and how it counts."""

from pathlib import Path

import pytest

from local.cli import ROOT
from local.mutants import equivalent, figures
from local.mutants.arguments import parse
from local.mutants.groups import GROUPS
from local.mutants.making import Mutant, sample
from local.mutants.running import Ended, NotMeasurable, copied, run

SOURCE = """\
LIMIT = 10


class Line:
    @property
    def is_long(self) -> bool:
        return self.length > LIMIT

    length: int = 3


def half(number: int) -> int:
    return number // 2
"""
TEST = """\
from shared.small import Line, half


def test_half():
    assert half(4) == 2 and not Line().is_long
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "small.py").write_text(SOURCE)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_small.py").write_text(TEST)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\npythonpath = ["."]\n'
    )
    (tmp_path / "local").symlink_to(ROOT / "local")
    return tmp_path


def _changes(project: Path, count: int = 100, seed: int = 1) -> list[tuple[str, str]]:
    return [(each.before, each.after) for each in sample(project, ["shared/small.py"], count, seed)]


def test_constants_properties_defaults_and_functions_are_changed(project: Path) -> None:
    changes = _changes(project)
    assert ("LIMIT = 10", "LIMIT = 11") in changes
    assert ("return self.length > LIMIT", "return self.length >= LIMIT") in changes
    assert ("length: int = 3", "length: int = 4") in changes
    assert ("return number // 2", "return number / 2") in changes
    assert len(set(changes)) == len(changes)


def test_a_seed_gives_the_same_sample_and_another_seed_another(project: Path) -> None:
    assert _changes(project, 4) == _changes(project, 4)
    assert len(_changes(project, 4)) == 4
    assert any(_changes(project, 4) != _changes(project, 4, seed) for seed in range(2, 6))


def test_a_change_that_a_test_notices_fails_and_another_passes(project: Path) -> None:
    mutants = [
        Mutant("shared/small.py", 13, "", "noticed", SOURCE.replace("number // 2", "number // 3")),
        Mutant("shared/small.py", 1, "", "unnoticed", SOURCE.replace("LIMIT = 10", "LIMIT = 11")),
        Mutant("shared/small.py", 13, "", "endless", SOURCE.replace("return number", "while True: number")),
    ]
    ended = {each.mutant.after: each.end for each in run(project, ["tests/test_small.py"], mutants, 1, 0.5)}
    assert ended == {"noticed": "failed", "unnoticed": "passed", "endless": "overran"}


def test_tests_that_fail_as_it_is_are_told_from_a_noticed_mutant(project: Path) -> None:
    (project / "tests" / "test_small.py").write_text("def test_no():\n    assert False\n")
    with pytest.raises(NotMeasurable, match=r"tests/test_small\.py::test_no$"):
        list(run(project, ["tests/test_small.py"], [], 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", GROUPS)
def test_a_groups_tests_pass_in_the_copy_as_long_as_nothing_is_changed(name: str) -> None:
    with copied(ROOT) as copy:
        assert list(run(copy, GROUPS[name].test_files(copy), [], 1)) == []


def test_a_run_is_made_on_a_copy_that_is_removed(project: Path) -> None:
    (project / "local").unlink()
    with copied(project) as copy:
        assert (copy / "shared" / "small.py").read_text() == SOURCE
        assert (copy / "pyproject.toml").is_file()
    assert not copy.exists()


def test_equivalent_mutants_do_not_count_and_a_noticed_one_is_never_equivalent() -> None:
    mutants = [Mutant("shared/a.py", n, f"old {n}", f"new {n}", "") for n in range(4)]
    ended = [
        Ended(each, end, 1.0)
        for each, end in zip(mutants, ["passed", "passed", "failed", "overran"], strict=True)
    ]
    same = {mutants[0].change, mutants[2].change}
    assert figures.counted(ended, same) == figures.Counted(ran=4, equivalent=1, survived=1)
    assert figures.counted(ended, same).share == pytest.approx(1 / 3)
    assert figures.wrongly_listed(ended, same) == [mutants[2].change]
    assert [each.mutant for each in figures.survivors(ended, same)] == [mutants[1]]


def test_every_equivalent_mutant_has_a_reason_and_stands_for_lines_that_are_there() -> None:
    listed = equivalent.read(equivalent.LIST.read_text("utf-8"))
    assert listed
    assert all(listed.values())
    assert equivalent.stale(ROOT, listed) == []


def test_a_list_that_is_not_whole_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        equivalent.read("shared/a.py\n+ put in")
    with pytest.raises(ValueError, match="line 3"):
        equivalent.read("shared/a.py\n- taken out\n+ without a reason")


def test_every_group_has_modules_and_tests() -> None:
    for name, group in GROUPS.items():
        assert group.sources(ROOT), name
        assert group.test_files(ROOT)[0].startswith("tests/core/"), name
        missing = [file for file in group.files if not list(ROOT.glob(file))]
        assert not missing, "a module that moved would be left out unseen"


def test_arguments_name_groups_sample_and_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([]).groups == tuple(GROUPS)
    given = parse(["--group", "lease", "--group", "due", "--sample", "7", "--seed", "3"])
    assert (given.groups, given.sample, given.seed) == (("due", "lease"), 7, 3)
    with pytest.raises(SystemExit):
        parse(["--sample", "0"])
    assert "must be 1 or more" in capsys.readouterr().err
