"""What the platform's own library accepts and refuses when it loads a function."""

from __future__ import annotations

import pytest

from local.host.loading import load_functions
from tests.local.host.conftest import TIMER, AppMaker, queue_output, queue_trigger


def _main(output: str) -> str:
    return f"def main(msg: func.QueueMessage, out: func.Out[{output}]) -> None:\n    pass\n"


def test_the_library_s_verdict_on_annotations(make_app: AppMaker) -> None:
    bindings = [queue_trigger("in-queue"), queue_output("out-queue")]
    app = make_app(
        {
            "Good": (bindings, _main("typing.List[str]")),
            "Lower": (bindings, _main("list[str]")),
            "Messages": (bindings, _main("typing.List[func.QueueMessage]")),
            "Extra": (bindings, _main("str").replace(") ->", ", client=None) ->")),
            "Broken": (bindings, "raise RuntimeError('at import')\n"),
        }
    )
    results = {result.function: result for result in load_functions(app)}
    assert {name for name, result in results.items() if result.ok} == {"Good"}
    assert "invalid non-type annotation" in results["Lower"].error
    assert "at import" in results["Broken"].error


def test_an_app_imports_its_own_folders_and_not_this_project_s(make_app: AppMaker) -> None:
    code = "from shared import mine\ndef main(timer: func.TimerRequest) -> None:\n    pass\n"
    stranger = "import tests.local.host.conftest\ndef main(timer: func.TimerRequest) -> None:\n    pass\n"
    app = make_app({"Own": ([TIMER], code), "Stranger": ([TIMER], stranger)})
    (app / "shared").mkdir()
    (app / "shared" / "__init__.py").touch()
    (app / "shared" / "mine.py").touch()
    results = {result.function: result for result in load_functions(app)}
    assert results["Own"].ok, results["Own"].error
    assert not results["Stranger"].ok


def test_the_worker_s_environment_is_an_allow_list_and_the_settings(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("IDENTITY_SERVER_THUMBPRINT", "stray")
    code = (
        "import os\n"
        "raise RuntimeError(sorted(os.environ.keys() - {'PATH', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TMPDIR',"
        " 'LD_LIBRARY_PATH', 'PYTHON_THREADPOOL_THREAD_COUNT'}))\n"
    )
    (result,) = load_functions(make_app({"Env": ([TIMER], code)}), {"MY_SETTING": "x"})
    assert "['MY_SETTING']" in result.error
