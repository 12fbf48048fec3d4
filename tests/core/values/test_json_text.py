"""JSON from outside can be unreadable, but it cannot end its reader."""

import ast
from pathlib import Path

import pytest

from shared.core.values import json_from_outside

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("text", ["", "[", "[" * 100_000, '{"a":' * 100_000, "9" * 5_000, b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        json_from_outside(text)


def test_json_is_read() -> None:
    assert json_from_outside('{"a":[1,null]}') == {"a": [1, None]}


# Text that we wrote ourselves, in this very run or when the package was built.
OURS = {"shared/core/row/ocsf.py", "shared/core/detections/rules.py"}


def test_no_place_reads_foreign_json_without_a_thought_of_its_depth() -> None:
    """Each file with a `json.loads` of foreign text catches RecursionError beside it."""
    careless = []
    for path in sorted((ROOT / "shared").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        caught = any(isinstance(each, ast.Name) and each.id == "RecursionError" for each in ast.walk(tree))
        if "json.loads(" in path.read_text("utf-8") and not caught and name not in OURS:
            careless.append(name)
    assert careless == []
