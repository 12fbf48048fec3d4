"""The lock files agree with what they were made from, and name no place to fetch from."""

import json
import re
from pathlib import Path

import pytest

from local.cli import ROOT

SETUP = ROOT / "local" / "setup"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[\w+\])?==([^\s;]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(path.read_text())}


@pytest.mark.parametrize(
    "wanted", [ROOT / "requirements.txt", SETUP / "requirements-dev.in"], ids=lambda p: p.name
)
def test_every_wanted_package_is_locked_at_its_version(wanted: Path) -> None:
    locked = pins(SETUP / "requirements-dev.lock")
    assert pins(wanted)
    assert {name: locked.get(name) for name in pins(wanted)} == pins(wanted)


def test_no_wanted_package_is_left_without_a_version() -> None:
    lines = (SETUP / "requirements-dev.in").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert [line for line in wanted if not PIN.match(line)] == []


@pytest.mark.parametrize("name", ["requirements-dev.lock", "requirements-uv.lock"])
def test_every_locked_package_has_hashes_and_nothing_names_an_index(name: str) -> None:
    text = (SETUP / name).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted", text)


def test_node_packages_are_locked_with_their_digest_and_no_address() -> None:
    wanted = json.loads((ROOT / "local" / "package.json").read_text())["dependencies"]
    packages = json.loads((ROOT / "local" / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["dependencies"] == wanted
    assert all(packages[f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    assert [path for path, package in packages.items() if "integrity" not in package] == []
    assert [path for path, package in packages.items() if "resolved" in package] == []
