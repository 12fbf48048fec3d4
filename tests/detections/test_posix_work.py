"""Linux and macOS: ordinary work does not bear an alert out, attacks do. No recording holds either."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from local.detections import text
from shared.core.detections import Detections
from tests.detections import own


def _sessions(name: str) -> list[dict[str, Any]]:
    return list(text.document(Path(__file__).with_name(name)))


@pytest.fixture(scope="module")
def detections() -> Detections:
    """All rules, as the app has them; those of Windows judge no row of another system."""
    return own.detections()


@pytest.mark.parametrize("session", _sessions("ordinary_posix.yml"), ids=lambda each: each["session"])
def test_ordinary_work_is_not_confirmed(session: dict[str, Any], detections: Detections) -> None:
    assert grounds(session, detections) == []


@pytest.mark.parametrize("session", _sessions("attacks_posix.yml"), ids=lambda each: each["session"])
def test_an_attack_is_confirmed(session: dict[str, Any], detections: Detections) -> None:
    assert grounds(session, detections)


def grounds(session: dict[str, Any], detections: Detections) -> list[str]:
    """What confirms: titles of strong rules, and pairs of weak ones that share no technique."""
    judged = detections.judge([row_of(step) for step in session["steps"]], session["system"])
    met = {hit.rule.id: hit.rule for hit in judged.hits}.values()
    strong = [rule.title for rule in met if rule.level in ("high", "critical")]
    weak = [rule for rule in met if rule.level == "medium"]
    pairs = [
        f"{one.title}, {other.title}"
        for one, other in combinations(weak, 2)
        if not set(one.techniques) & set(other.techniques)
    ]
    return strong + pairs


def row_of(step: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    """A step of a session as a hunting row."""
    doer = _path(step["by"])
    name = doer.rsplit("/", 1)[-1]
    row: dict[str, Any] = {
        "InitiatingProcessFileName": name,
        "InitiatingProcessFolderPath": doer,
        "InitiatingProcessCommandLine": step.get("by_line", f"-{name}" if name.endswith("sh") else doer),
    }
    if "connect" in step:
        address, port = step["connect"].rsplit(":", 1)
        more = {"RemoteIP": address, "RemotePort": int(port), "Protocol": "Tcp"}
        return "DeviceNetworkEvents", "ConnectionSuccess", row | more
    target = _path(step.get("run") or step["write"])
    row |= {"FileName": target.rsplit("/", 1)[-1], "FolderPath": target}
    if "write" in step:
        return "DeviceFileEvents", "FileCreated", row
    more = {"ProcessCommandLine": step["line"], "AccountName": "ada"}
    return "DeviceProcessEvents", "ProcessCreated", row | more


def _path(program: str) -> str:
    return program if program.startswith("/") else f"/usr/bin/{program}"
