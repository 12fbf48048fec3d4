"""The version that the app logs at its start is that of its files, in a checkout as in the package."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from local.cli import ROOT
from shared import telemetry, wiring
from shared.version import version
from tests.infra.package import build, packaged_files


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built once."""
    return build(tmp_path_factory.mktemp("package") / "app.zip")


@pytest.fixture
def unpacked(package: Path, tmp_path: Path) -> Path:
    """The package's files, for one test alone to change."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "app")
    return tmp_path / "app"


def test_the_package_and_the_checkout_have_one_version(unpacked: Path) -> None:
    assert version(unpacked) == version(ROOT) == version()
    assert len(version()) == 12


def test_every_file_of_the_package_counts(unpacked: Path) -> None:
    seen = {version(unpacked)}
    paths = [path for path in packaged_files() if not path.startswith(".python_packages/")]
    some = {Path(path).parts[:2]: path for path in paths}.values()
    for path in some:
        file = unpacked / path
        file.write_text(file.read_text("utf-8") + " ", "utf-8")
        seen.add(version(unpacked))
    assert len(seen) == len(some) + 1 > 8


def test_what_lies_beside_the_app_does_not_count(unpacked: Path) -> None:
    before = version(unpacked)
    for path in (
        "shared/__pycache__/x.cpython-313.pyc",
        "local.settings.json",
        "tests/__init__.py",
        "README.md",
    ):
        (unpacked / path).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / path).write_text("x")
    shutil.copytree(unpacked / "shared" / "core", unpacked / ".python_packages" / "core")
    assert version(unpacked) == before


def test_line_ends_do_not_count(unpacked: Path) -> None:
    before = version(unpacked)
    for file in (*unpacked.rglob("*.py"), *unpacked.rglob("*.json"), unpacked / "requirements.txt"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert version(unpacked) == before


def test_the_app_says_it_once_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, object]] = []
    monkeypatch.setenv("AzureWebJobsStorage", "UseDevelopmentStorage=true")
    monkeypatch.setattr(telemetry, "info", lambda event, **fields: said.append({"event": event, **fields}))
    monkeypatch.setattr(wiring, "make", lambda settings: settings)
    wiring.app.cache_clear()
    try:
        wiring.app()
        wiring.app()
    finally:
        wiring.app.cache_clear()
    assert [each["event"] for each in said] == ["started"]
    assert said[0] == json.loads(
        telemetry.line("started", {k: v for k, v in said[0].items() if k != "event"})
    )
    assert said[0]["version"] == version()
