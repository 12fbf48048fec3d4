"""Doors that give their names on demand, and ports that are made at their first use."""

import ast
import importlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared import on_demand

ROOT = Path(__file__).resolve().parents[1]
# What is of no use to a function that neither hunts nor publishes …
HUNTS = tuple(f"shared.core.{room}." for room in ("conclude", "correlate", "detections", "hunting", "row"))
HUNTS += ("shared.core.known_benign.", "shared.core.verdicts.", "shared.pipeline.hunt.")
# … but for the words and numbers in which the ledger and the settings speak of it.
WORDS = {"shared.core.correlate.finding", "shared.core.correlate.policy"}


def _doors() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / "shared").rglob("__init__.py")):
        source = file.read_text("utf-8")
        if "on_demand.names(" in source:
            yield ".".join(file.parent.relative_to(ROOT).parts), ast.parse(source)


DOORS = dict(_doors())


def _listed(door: str) -> dict[str, str]:
    """By name the module that the door's block for the type checker imports it from."""
    [block] = [each for each in DOORS[door].body if isinstance(each, ast.If)]
    found: dict[str, str] = {}
    for each in block.body:
        assert isinstance(each, ast.ImportFrom)
        assert each.module == door or str(each.module).startswith(f"{door}.")
        found |= {alias.name: str(each.module) for alias in each.names if alias.asname is None}
    return found


@pytest.mark.parametrize("door", DOORS)
def test_a_door_gives_at_run_time_what_the_type_checker_reads(door: str) -> None:
    opened = importlib.import_module(door)
    assert _listed(door)
    for name, home in _listed(door).items():
        if home == door:
            assert getattr(opened, name) is importlib.import_module(f"{door}.{name}")
        else:
            assert getattr(opened, name) is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize("door", DOORS)
def test_no_module_takes_the_place_of_a_name(door: str) -> None:
    folder = ROOT.joinpath(*door.split("."))
    modules = {each.stem for each in folder.iterdir() if each.suffix == ".py" or each.is_dir()}
    assert modules & {name for name, home in _listed(door).items() if home != door} == set()


def test_a_door_knows_no_other_name() -> None:
    with pytest.raises(AttributeError, match=r"shared\.core\.correlate.*no attribute 'nonsense'"):
        importlib.import_module("shared.core.correlate").nonsense  # noqa: B018 - asking is the test


class _Port:
    def __init__(self) -> None:
        self.calls = 0

    def call(self, word: str) -> str:
        self.calls += 1
        return word

    def __call__(self) -> str:
        return "called"


def test_a_port_is_made_at_its_first_use_and_once_for_all_threads() -> None:
    made: list[_Port] = []
    together = threading.Barrier(8)

    def make() -> _Port:
        made.append(_Port())
        threading.Event().wait(0.05)  # long enough for all others to ask meanwhile
        return made[-1]

    port = on_demand.made(make)
    assert made == []

    def use(number: int) -> str:
        together.wait()
        return port.call(str(number))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(8))) == [str(number) for number in range(8)]
    assert len(made) == 1
    assert port() == "called"
    assert (port.calls, made[0].calls) == (8, 8)


def test_what_could_not_be_made_is_tried_again_at_the_next_use() -> None:
    tries: list[int] = []

    def make() -> _Port:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no such file")
        return _Port()

    port = on_demand.made(make)
    with pytest.raises(OSError, match="no such file"):
        port.call("x")
    assert port.call("x") == "x"
    assert len(tries) == 2


@pytest.mark.parametrize("function", ["FetchAlerts", "EnrichAlert"])
def test_a_function_that_hunts_nothing_imports_nothing_of_hunting(function: str) -> None:
    program = f"import sys; sys.path.append({str(ROOT)!r}); import {function}; print(*sys.modules, sep='\\n')"
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-s", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    imported = ended.stdout.split()
    assert "shared.wiring" in imported
    assert {each for each in imported if each.startswith(HUNTS)} == WORDS
