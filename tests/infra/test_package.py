"""What is deployed: only what the app needs, small, and it loads in the platform's own worker."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from functools import cache
from importlib.metadata import PackageNotFoundError, files, requires
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from local import pins
from local.cli import ROOT
from local.host.loading import load_functions
from tests.infra.package import build, packaged_files

REQUIREMENTS = pins.REQUIREMENTS.read_text("utf-8")
_FUNCTIONS = {"FetchAlerts", "EnrichAlert", "HuntCorrelate"}
# The least that the app starts with: the storage connection and the client id.
_SETTINGS = {
    "AzureWebJobsStorage__accountName": "alertsabcdefghijklm",
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": "11111111-2222-3333-4444-555555555555",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("package") / "app.zip")


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder


def test_only_what_the_app_needs_is_in_it() -> None:
    """Of this very checkout, with all that lies in it; tests/infra/test_funcignore.py has what else may."""
    paths = [path for path in packaged_files() if not path.startswith(".python_packages/")]
    assert {path.split("/")[0] for path in paths} == {"host.json", "requirements.txt", "shared", *_FUNCTIONS}
    unwanted = r"(^|/)(tests?|local|conftest|simulator|\.|__pycache__)|local\.settings|\.md$"
    assert [path for path in paths if re.search(unwanted, path)] == []
    assert {Path(path).suffix for path in paths} <= {".py", ".json", ".txt"}


def test_a_file_that_would_make_it_another_app_is_not_in_it() -> None:
    """With function_app.py at the root the platform would take it for the v2 programming model."""
    assert "function_app.py" not in packaged_files()


def test_it_is_small(package: Path) -> None:
    assert package.stat().st_size < 2 * 2**20


def test_it_loads_in_the_platforms_worker_with_no_setting_but_storage_and_client_id(unpacked: Path) -> None:
    results = load_functions(unpacked, _SETTINGS)
    assert {result.function: result.error for result in results} == dict.fromkeys(_FUNCTIONS, "")
    assert all(result.ok for result in results)


def test_the_app_is_put_together_with_no_setting_but_storage_and_client_id(unpacked: Path) -> None:
    """Loading only imports; this makes the clients, in a Python that sees the package and not this folder."""
    code = "from shared import wiring; app = wiring.app(); print(type(app.ports).__name__, app.policy.tenant)"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        cwd=unpacked, env=_SETTINGS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["Ports", "home"]


def test_without_storage_it_says_what_is_missing(unpacked: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from shared import wiring; wiring.app()"],
        cwd=unpacked, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "AzureWebJobsStorage__accountName" in done.stderr


def test_it_imports_nothing_that_its_requirements_do_not_bring(unpacked: Path) -> None:
    listed = pins.pins(pins.top((unpacked / "requirements.txt").read_text("utf-8"))).keys()
    brought = listed | {
        re.split(r"[^\w.-]", need)[0].lower()
        for name in listed
        for need in requires(name) or []
        if "extra" not in need
    }
    own = {"shared", *_FUNCTIONS}
    foreign = set()
    for file in unpacked.rglob("*.py"):
        for module in _imported(ast.parse(file.read_text("utf-8"))):
            top = module.split(".")[0]
            if top not in sys.stdlib_module_names and top not in own and not _brings(module, brought):
                foreign.add(f"{file.relative_to(unpacked)}: {module}")
    assert foreign == set()


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from azure import identity` names a package of its own
            found |= (
                {f"azure.{name.name}" for name in node.names} if node.module == "azure" else {node.module}
            )
    return found


@cache
def _modules_of(distribution: str) -> frozenset[str]:
    """The top modules that an installed distribution brings; none where it is not installed."""
    try:
        return frozenset(path.parts[0].removesuffix(".py") for path in files(distribution) or ())
    except PackageNotFoundError:
        return frozenset()


def _brings(module: str, brought: set[str]) -> bool:
    """Whether a listed distribution brings the module; azure.* is shared by many, so its name decides."""
    if module.startswith("azure."):
        names = module.split(".")
        return any("-".join(names[:count]) in brought for count in (2, 3))
    return any(module.split(".")[0] in _modules_of(name) for name in brought)


def test_the_requirements_are_wheels_for_the_platform_at_the_tested_versions(tmp_path: Path) -> None:
    """The platform builds nothing, so a source archive alone would fail; and nothing is left to choose."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:",
         "--python-version", "3.13", "--platform", "manylinux2014_x86_64", "--retries", "1",
         "--dest", str(tmp_path), "-r", str(ROOT / "requirements.txt")],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if re.search(r"Connection|name resolution|Network is unreachable|Temporary failure", done.stderr):
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr[-2000:]
    names = [parse_wheel_filename(file.name)[:2] for file in tmp_path.iterdir()]
    assert {str(name): str(version) for name, version in names} == pins.pins(REQUIREMENTS)
    assert pins.pins(REQUIREMENTS).items() <= pins.pins(pins.LOCK.read_text("utf-8")).items()
