"""What earlier versions have stored: the golden sets of tests/data/stored."""

import json
from pathlib import Path
from typing import Any

FIRST = "6c33e1d"  # the first version, before formats were contracts


def golden(name: str, version: str = FIRST) -> Any:
    """The content of one file of a version's set."""
    folder = Path(__file__).parent / "data" / "stored" / version
    return json.loads((folder / f"{name}.json").read_text("utf-8"))
