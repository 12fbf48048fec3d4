"""What `func azure functionapp publish` would take along, by .funcignore."""

import subprocess

import pathspec

from local.cli import ROOT

PACKAGE = ("host.json", "requirements.txt", "shared/", "FetchAlerts/", "EnrichAlert/", "HuntCorrelate/")


def packaged(paths: list[str]) -> list[str]:
    """The paths that are left; .funcignore is written and read as .gitignore is."""
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text().splitlines())
    return [path for path in paths if not ignored.match_file(path)]


def test_only_the_app_itself_is_packaged_and_all_of_it() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the git there is
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    wanted = [path for path in listed if path.startswith(PACKAGE)]
    assert len(wanted) > 10
    assert packaged([path for path in listed if path]) == wanted


def test_what_a_person_has_beside_it_stays_at_home() -> None:
    beside = [
        ".venv/bin/python", ".venv-uv/bin/uv", "local.settings.json", "local.settings.json.example", ".env",
        "shared/__pycache__/x.cpython-313.pyc", "local/node_modules/azurite/package.json", "out/setup.log",
        ".git/config", ".mypy_cache/x", "docs/operations.md", "infra/main.bicep", "README.md", ".ci/run",
    ]  # fmt: skip
    assert packaged(beside) == []
