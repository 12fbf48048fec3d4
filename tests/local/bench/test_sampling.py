"""Where threads spend CPU and wait, of a module made for it; and what a profile of the app tells."""

import importlib.util
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

from local.bench.profile import told, waited_for
from local.bench.sampling import Sampler, Spent, can_sample

pytestmark = pytest.mark.skipif(not can_sample(), reason="this system does not tell the CPU of threads")

_CODE = """
import time

def works():
    began = time.thread_time()
    while time.thread_time() - began < 0.6:
        pass

def waits():
    time.sleep(1.0)

def asks(inner):
    inner()
"""


def _module(folder: Path, name: str) -> ModuleType:
    file = folder / f"{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_CODE, "utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_work_and_waiting_of_threads_are_told_apart(tmp_path: Path) -> None:
    mine, others = _module(tmp_path / "app", "mine"), _module(tmp_path / "other", "others")
    with Sampler(tmp_path / "app") as sampler:
        threads = [threading.Thread(target=run) for run in (mine.works, mine.waits, others.works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    spent = sampler.spent
    # What a thread had before it was first seen is not counted.
    assert 0.1 < spent.cpu_by_place["mine:works"] < 0.65
    assert spent.cpu_by_place["mine:waits"] < 0.05
    assert spent.waiting_by_place["mine:waits"] > 0.2
    assert not [place for place in spent.cpu_by_place if place.startswith("other")]
    assert set(spent.cpu_by_library) <= {"the app itself"}


def test_who_waits_in_a_shared_place_waits_for_its_asker(tmp_path: Path) -> None:
    asker, http = _module(tmp_path / "app", "asker"), _module(tmp_path / "app" / "http", "http")
    with Sampler(tmp_path / "app", passed_over="http") as sampler:
        thread = threading.Thread(target=asker.asks, args=(http.waits,))
        thread.start()
        thread.join()

    assert max(sampler.spent.waiting_by_place, key=sampler.spent.waiting_by_place.__getitem__) == "asker:asks"


def test_waiting_is_told_by_what_is_waited_for() -> None:
    spent = Spent()
    spent.waiting_by_place["adapters.hunting:run"] = 3.0
    spent.waiting_by_place["adapters.storage.wire:send"] = 1.0
    spent.waiting_by_place["adapters.storage.batch:request"] = 1.0
    spent.cpu_by_place["core.row.text:dumps"] = 0.5

    figures = told(spent)

    assert figures["waiting_by_what"] == {"hunting": 3.0, "storage": 2.0}
    assert figures["cpu_s"] == 0.5
    assert waited_for("shared.pipeline.hunt.batch:work").startswith("other threads")


def test_a_moment_is_enough_to_end() -> None:
    began = time.monotonic()
    with Sampler(Path("/nowhere")):
        pass

    assert time.monotonic() - began < 5
