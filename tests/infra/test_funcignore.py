"""What is published of a checkout that somebody works in: the app, and nothing that lies about beside it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from local.cli import ROOT
from tests.infra.funcignore import CoreToolsRules, by_azd, by_core_tools
from tests.infra.package import FUNCIGNORE

_FUNCTIONS = ("FetchAlerts", "EnrichAlert", "HuntCorrelate")
_RULES = ("shared/core/detections/compiled.json", "shared/core/detections/added.json")
# What lies about where people work; the comments say what put it there.
_ABOUT = (
    ".venv/lib/python3.13/site-packages/azure/core/__init__.py", ".venv/pyvenv.cfg", ".venv-uv/bin/uv",
    "venv/lib/python3.13/site-packages/requests/api.py", "env/bin/activate", "myenv/lib/x.py",
    ".env", ".env.production", ".envrc", "local.settings.json", "local.settings.json.example",
    "local.settings.production.json", ".azure/dev/.env", ".azure/config.json",  # azd
    ".idea/workspace.xml", ".vscode/settings.json", ".vs/x/y.json", ".DS_Store", "shared/.DS_Store",
    "key.pem", "certificate.pfx", "id_rsa", "kubeconfig", "exports/alerts.csv", "alerts.json", "notes.txt",
    "out/report.html", "out/setup.log", "func.log", "core.1234", "a.out", "x.py", "scratch/x.py",
    "shared/__pycache__/errors.cpython-313.pyc", "shared/core/__pycache__/x.cpython-313.pyc",
    "shared/core/row/__pycache__/x.cpython-313.pyc.14", "FetchAlerts/__pycache__/__init__.cpython-313.pyc",
    "shared/.mypy_cache/3.13/shared/errors.data.json", "shared/core/.pytest_cache/README.md",
    ".mypy_cache/3.13/cache.db", ".ruff_cache/x", ".pytest_cache/README.md", ".hypothesis/x", ".coverage",
    "htmlcov/index.html", "node_modules/a/package.json", "local/node_modules/azurite/package.json",
    "local/.state/azurite/__blobstorage__/x", "__azurite_db_queue__.json", "__blobstorage__/x",
    "mutants/shared/errors.py", ".git/config", ".gitattributes", ".github/workflows/deploy.yml", ".ci/run",
    "FetchAlerts/sample.dat", "FetchAlerts/readme.md", "EnrichAlert/function.proj", "HuntCorrelate/x.json",
    "shared/core/detections/secret.yml", "shared/core/x.json", "shared/core/notes.md", "shared/errors.pyi",
    "build/lib/shared/errors.py", "dist/app.zip", "app.zip", "tests/infra/package.py", "docs/table.md",
    "infra/main.bicep", "infra/main.parameters.json", "README.md", "LICENSE", "azure.yaml", "dev.py",
    "pyproject.toml", "requirements-dev.txt", "Dockerfile", "function_app.py", "proxies.json",
)  # fmt: skip
# What Core Tools' rules give no way to leave out: a name that begins like one of ours, or that has no ASCII
# letter. Nothing secret is called so, and the host looks at none of them.
_SLIPS = ("host.json.bak", "shared/errors.py.orig", "shared/.errors.py.swp", "проба")


def _app() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the git there is
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    code = [path for path in listed if path.startswith(("shared/", *(f"{name}/" for name in _FUNCTIONS)))]
    return sorted({"host.json", "requirements.txt", *_RULES, *code})


APP = _app()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app's files, and everything that lies about, each empty."""
    root = tmp_path_factory.mktemp("work") / "checkout"
    for path in (*APP, *_ABOUT):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def test_the_app_is_all_there_is_to_publish() -> None:
    assert {path.split("/")[0] for path in APP} == {"host.json", "requirements.txt", "shared", *_FUNCTIONS}
    assert {Path(path).suffix for path in APP} == {".py", ".json", ".txt"}
    assert len(APP) > 100


def test_core_tools_take_the_app_and_nothing_else(tree: Path) -> None:
    assert by_core_tools(tree, FUNCIGNORE) == APP


def test_azd_takes_the_app_and_nothing_else(tree: Path) -> None:
    assert by_azd(tree, FUNCIGNORE) == APP


def test_rules_that_somebody_added_are_published_though_git_does_not_know_them() -> None:
    assert CoreToolsRules(FUNCIGNORE).takes("shared/core/detections/added.json")


def test_packages_installed_beforehand_are_taken_along(tmp_path: Path) -> None:
    """`func … --no-build` takes what the file lets through; `--build local` adds the folder in any case."""
    wheel = ".python_packages/lib/site-packages/azure/core/__init__.py"
    assert CoreToolsRules(FUNCIGNORE).takes(wheel)
    root = tmp_path / "checkout"
    (root / wheel).parent.mkdir(parents=True)
    (root / wheel).touch()
    assert by_azd(root, FUNCIGNORE) == []  # azd builds remotely: what was installed here is of no use there


def test_what_slips_through_is_known() -> None:
    rules = CoreToolsRules(FUNCIGNORE)
    assert [path for path in _SLIPS if not rules.takes(path)] == []


LINES = [line for line in FUNCIGNORE.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_no_line_can_be_missed(tree: Path, line: str) -> None:
    """Without any one of its lines, one of the two programs publishes something else."""
    text = "\n".join(each for each in LINES if each != line)
    if line == "!/.python_packages/":
        assert not CoreToolsRules(text).takes(".python_packages/lib/site-packages/x.py")
        return
    without = [by_core_tools(tree, text), by_azd(tree, text)]
    assert without != [APP, APP]


@pytest.mark.parametrize(
    ("line", "slips"),
    [
        ("!/shared/", "shared/__pycache__/errors.cpython-313.pyc"),
        ("!/*.json", "alerts.json"),
        ("!/shared/**", ".DS_Store"),
        ("!/FetchAlerts/", "FetchAlerts/sample.dat"),
        ("!/local", "local.settings.json.example"),
    ],
)
def test_a_line_that_lets_more_through_is_seen(tree: Path, line: str, slips: str) -> None:
    found = set(by_core_tools(tree, f"{FUNCIGNORE}\n{line}\n")) - set(APP)
    assert any(path.endswith(slips) for path in found), found


# (pattern, path, whether a plain line with it leaves the path out)
@pytest.mark.parametrize(
    ("pattern", "path", "out"),
    [
        (".venv/", ".venv/bin/python", True),
        (".venv*/", ".venv/bin/python", False),  # `*` is at least one character
        (".venv*/", ".venv-uv/bin/uv", True),
        (".env*", ".env", False),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),  # no slash in `*`
        ("**.md", "docs/README.md", True),
        ("__pycache__/", "shared/__pycache__/x.pyc", False),  # from the start only
        ("docs", "docs-old/x", True),  # to a word's end, and whatever follows
        ("docs", "docs2/x", False),
        ("docs/", "docs/x", True),
        ("docs/", "docs/.x", False),  # after the slash a word must begin
        ("/docs", "docs/x", True),
        ("[d]ocs", "docs/x", False),  # brackets are themselves
        ("DOCS", "docs/x", False),
        ("# docs", "docs/x", False),
    ],
)
def test_core_tools_rules(pattern: str, path: str, out: bool) -> None:
    assert CoreToolsRules(pattern).takes(path) is not out
    assert CoreToolsRules(f"!{pattern.lstrip('#')}\n{pattern}").takes(path)  # `!` wins wherever it stands


def test_git_is_there_to_read_by_its_own_rules() -> None:
    assert shutil.which("git")
