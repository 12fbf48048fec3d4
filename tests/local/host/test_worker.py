"""What the platform's worker does with an app, as seen with the worker 4.40 on 2026-11-30."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from local.host.loading import load_functions
from local.host.records import Outcome
from tests.local.host.conftest import TIMER, AppMaker, Storage, queue_output, run_host, write_app

ROOT = Path(__file__).resolve().parents[3]
MAIN = "def main(timer: func.TimerRequest) -> None:\n    pass\n"


def test_the_app_s_folder_is_the_last_place_that_is_looked_in_and_a_function_is_a_module_below_app(
    make_app: AppMaker,
) -> None:
    code = "import sys, certifi\nraise RuntimeError(f'{sys.path[-1]} {__name__} {certifi.__file__}')\n"
    app = make_app({"Look": ([TIMER], code)})
    (app / "certifi.py").write_text("raise RuntimeError('the app hides what is installed')\n")
    (result,) = load_functions(app)
    assert f"{app} __app__.Look " in result.error
    assert "site-packages/certifi" in result.error.replace("\\", "/")


def test_nothing_that_the_app_needs_hides_a_folder_of_the_app() -> None:
    """The app's folder is looked in last, so an installed package of the same name would be taken for it."""
    names = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert "azure-functions" in names
    installed = {
        file.parts[0].removesuffix(".py")
        for name in names
        for file in distribution(name).files or ()
        if len(file.parts) > 1 or file.suffix == ".py"
    }
    assert "requests" in installed
    folders = {file.parent.name for file in ROOT.glob("*/function.json")} | {"shared"}
    assert folders & installed == set()
    assert "orjson" not in installed  # the library would use it, and then refuses a lone surrogate


def test_the_host_gives_a_worker_a_thousand_threads_unless_the_app_says_otherwise(make_app: AppMaker) -> None:
    code = "import os\nraise RuntimeError(os.environ['PYTHON_THREADPOOL_THREAD_COUNT'])\n"
    app = make_app({"Count": ([TIMER], code)})
    assert "1000" in load_functions(app)[0].error
    assert "RuntimeError: 7" in load_functions(app, {"PYTHON_THREADPOOL_THREAD_COUNT": "7"})[0].error


HELD: dict[str, list[str] | None] = {
    "['a', 'b']": ["a", "b"],
    "(text for text in ('a', 'b'))": ["a", "b"],
    "'one text'": ["one text"],
    "[]": [],
    "None": [],
    "['a', b'bytes']": None,
    "['a', 1]": None,
}


@pytest.fixture(scope="module")
def sending(
    storage: Storage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Outcome, list[str]]]]:
    """How the run of a function that sends this ends, and what is then in its queue. All are of one app."""
    names = {items: f"Send{number}" for number, items in enumerate(HELD)}
    queues = {items: f"held-{number}" for number, items in enumerate(HELD)}
    code = (
        "def main(timer: func.TimerRequest, out: func.Out[typing.List[str]]) -> None:\n    out.set({items})\n"
    )
    app = write_app(
        tmp_path_factory.mktemp("sending"),
        {
            name: ([TIMER, queue_output(queues[items])], code.format(items=items))
            for items, name in names.items()
        },
    )
    with run_host(app, storage, one_process_per_function=False) as host:
        yield lambda items: (host.run_timer(names[items]).outcome, storage.bodies(queues[items]))


@pytest.mark.parametrize("items", HELD)
def test_what_an_output_may_hold(sending: Callable[[str], tuple[Outcome, list[str]]], items: str) -> None:
    sent = HELD[items]
    assert sending(items) == (Outcome.FAILED if sent is None else Outcome.SUCCEEDED, sent or [])
