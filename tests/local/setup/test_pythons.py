"""Where a Python 3.13 is looked for, on every system, and what is believed."""

import json
import sys
from collections.abc import Mapping, Sequence

from local.setup.pythons import Machine, candidates, search
from local.setup.running import Outcome, ask


def machine(
    system: str, folders: Mapping[str, Sequence[str]], environ: Mapping[str, str], running: str = "/x/python3"
) -> Machine:
    home = "C:\\Users\\me" if system == "win32" else "/home/me"
    return Machine(system, environ, home, running, lambda folder: folders.get(folder, []))


def answer(
    version: Sequence[int], executable: str = "/real/python3.13", missing: Sequence[str] = ()
) -> Outcome:
    return Outcome(0, json.dumps([list(version), executable, list(missing)]) + "\n")


def test_path_comes_before_the_version_manager_and_that_before_the_neighbour_of_the_running_python() -> None:
    found = list(candidates(machine(
        "linux",
        {
            "/a": ["python3"],
            "/b": ["python3.13", "python3"],
            "/home/me/.pyenv/versions": ["3.12.1", "3.13.0"],
        },
        {"PATH": "/a:/b"},
        running="/opt/py/bin/python3",
    )))  # fmt: skip
    assert found == [
        ("/b/python3.13",),
        ("/a/python3",),
        ("/b/python3",),
        ("/home/me/.pyenv/versions/3.13.0/bin/python",),
        ("/opt/py/bin/python3",),
        ("/opt/py/bin/python3.13",),
    ]


def test_the_version_managers_newest_fitting_version_comes_first() -> None:
    versions = ["3.13.9", "3.13.10", "3.13t", "3.13-dev", "3.130.1", "env-3.13.1"]
    found = list(candidates(machine("linux", {"/pe/versions": versions}, {"PYENV_ROOT": "/pe", "PATH": ""})))
    assert found[:-2] == [("/pe/versions/3.13.10/bin/python",), ("/pe/versions/3.13.9/bin/python",)]


def test_on_windows_the_launcher_and_windows_paths_are_asked() -> None:
    versions = "C:\\Users\\me\\.pyenv\\pyenv-win\\versions"
    found = list(candidates(machine(
        "win32",
        {"C:\\P": ["python.exe"], versions: ["3.13.1"]},
        {"PATH": "C:\\P;D:\\none"},
        running="D:\\Py\\python.exe",
    )))  # fmt: skip
    assert found == [
        ("C:\\P\\python.exe",),
        (versions + "\\3.13.1\\python.exe",),
        ("D:\\Py\\python.exe",),
        ("D:\\Py\\python3.13.exe",),
        ("py", "-3.13"),
    ]


def test_on_macos_the_usual_places_are_asked_though_path_lacks_them() -> None:
    found = list(candidates(machine("darwin", {}, {"PATH": "/usr/bin:/bin"})))
    assert ("/opt/homebrew/bin/python3.13",) in found
    assert ("/Library/Frameworks/Python.framework/Versions/3.13/bin/python3.13",) in found


def test_no_candidate_is_named_twice() -> None:
    found = list(candidates(machine("linux", {"/a": ["python3"]}, {"PATH": "/a:/a"}, running="/a/python3")))
    assert len(found) == len(set(found))


def test_a_shim_that_fails_or_says_something_else_is_passed_over() -> None:
    said = {
        "/shim": Outcome(127, "pyenv: python3.13: command not found"),
        "/talks": Outcome(0, "hello"),
        "/silent": Outcome(0, ""),
        "/hangs": Outcome(None, "timed out"),
        "/older": answer((3, 12, 9)),
        "/newer": answer((3, 14, 0)),
        "/good": answer((3, 13, 5)),
    }
    looked = search(iter((name,) for name in said), lambda command: said[command[0]])
    assert looked.found is not None
    assert looked.found.version == (3, 13, 5)
    assert looked.found.executable == "/real/python3.13"


def test_a_fitting_version_that_cannot_make_environments_is_named_with_what_to_install() -> None:
    outcomes = {
        "/debian": answer((3, 13, 2), "/usr/bin/python3.13", ["venv"]),
        "/nogil": answer((3, 13, 2), "/usr/bin/python3.13t", ["GIL"]),
    }
    looked = search(iter((name,) for name in outcomes), lambda command: outcomes[command[0]])
    assert looked.found is None
    assert "/usr/bin/python3.13" in looked.unfit[0]
    assert "python3.13-venv" in looked.unfit[0]
    assert "free-threaded" in looked.unfit[1]


def test_this_very_interpreter_answers_the_question_with_its_base_not_its_environment() -> None:
    looked = search(iter([(sys.executable,)]), lambda command: ask(command, {}))
    assert looked.found is not None
    assert looked.found.version == sys.version_info[:3]
    assert looked.found.executable != sys.executable  # the tests run in a virtual environment


def test_a_command_that_does_not_exist_or_hangs_is_an_outcome_not_an_error() -> None:
    assert ask(["/nowhere/python"], {}).code is None
    assert ask([sys.executable, "-c", "import time; time.sleep(9)"], {}, timeout_seconds=0.2).code is None
