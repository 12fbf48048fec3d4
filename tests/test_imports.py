"""The house's arrows: imports point inward, and a wrong one fails here in well under a second."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STDLIB = sys.stdlib_module_names
HANDLERS = ("FetchAlerts", "EnrichAlert", "HuntCorrelate")
NOT_IN_CORE = {"os", "time", "random", "logging", "threading", "socket", "subprocess", "secrets", "uuid"}
PACKAGES = ("shared", "shared.core", "shared.pipeline", "shared.adapters")
# What each room of the core may import of the others; what is not here is an arrow up, or a circle.
BELOW: dict[str, set[str]] = {
    "values": set(),
    "tables": set(),
    "calls": set(),
    "alert": {"values", "tables"},
    "lookups": {"values", "alert"},
    "correlate": {"values", "alert", "tables"},
    "progress": {"values", "alert", "lookups", "correlate"},
    "tenants": set(),
    "hunting": {"values", "alert", "lookups", "correlate", "tables", "progress"},
    "detections": {"correlate"},
    "conclude": {"values", "alert", "lookups", "correlate", "hunting", "detections", "tables"},
    "row": {"values", "alert", "lookups", "correlate", "hunting", "conclude", "tables"},
    "verdicts": {"values", "conclude"},
    "known_benign": {"values"},
    "incidents": {"values", "alert", "conclude", "row"},
    "write_back": {"values", "alert", "correlate", "hunting", "conclude", "known_benign"},
}
AROUND = ("shared.errors", "shared.on_demand", "shared.telemetry", "shared.threads")
OURS = ("shared", "local", "tests", *HANDLERS)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """All statements inside, however deep: an import is one, and most of what `ast.walk` finds is not."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(node, field, ()):
            if isinstance(inner, ast.stmt):
                yield inner
            yield from _statements(inner)


def imports_of(source: str) -> Iterator[str]:
    """Full names of the imported modules; what is imported from one of our packages is named with it."""
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in PACKAGES and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def _is_inside(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


def _stdlib(module: str, *but: str) -> bool:
    top = module.split(".")[0]
    return top in STDLIB and top not in but


def is_allowed(file: Path, module: str) -> bool:
    """Whether the file, named from the root, may import the module."""
    if module.startswith("."):
        return False  # a relative import makes a second copy of each module on the platform
    where = file.as_posix()
    inside: tuple[str, ...]
    if where.startswith("shared/core/"):
        return _stdlib(module, *NOT_IN_CORE) or _is_inside(
            module, "shared.core", "shared.errors", "shared.on_demand"
        )
    if where == "shared/errors.py":
        return _stdlib(module)
    if where in ("shared/settings.py", "shared/clouds.py"):
        return _stdlib(module) or _is_inside(module, "shared.errors", "shared.clouds")
    if where in ("shared/threads.py", "shared/on_demand.py"):
        return _stdlib(module)
    if where == "shared/telemetry.py":  # what looks like a secret is said in one place, for logs and rows
        return _stdlib(module) or _is_inside(module, "shared.core.values")
    if where.startswith("shared/pipeline/"):
        inside = ("shared.core", "shared.pipeline", *AROUND)
        return _stdlib(module, "os") or _is_inside(module, *inside)
    if where.startswith("shared/adapters/"):
        inside = ("shared.core", "shared.adapters", *AROUND)
        third = not _is_inside(module, *OURS) and not _is_inside(module, "azure.functions")
        return third or _is_inside(module, *inside)
    if where in ("shared/wiring.py", "shared/policies.py"):
        return not _is_inside(module, "local", "tests", *HANDLERS, "azure.functions")
    if file.parts[0] in HANDLERS:
        inside = ("shared.wiring", "shared.errors", "shared.core.progress.codec", "shared.pipeline")
        return module in ("typing", "azure.functions") or _is_inside(module, *inside)
    if where.startswith(("local/simulator/", "local/host/", "local/identity/", "local/incidents/")):
        return not _is_inside(module, "shared", "tests", *HANDLERS)
    if where.startswith("local/"):
        return not _is_inside(module, "tests", *HANDLERS)
    return True


def _files() -> list[Path]:
    rooms = ("shared", "local", *HANDLERS)
    found = [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    return [file.relative_to(ROOT) for file in found if "node_modules" not in file.parts]


@cache
def _imported() -> dict[Path, tuple[str, ...]]:
    """What each file imports, read once for all tests."""
    return {file: tuple(imports_of((ROOT / file).read_text("utf-8"))) for file in _files()}


def test_every_import_points_inward() -> None:
    wrong = [
        f"{file} imports {module}"
        for file, modules in _imported().items()
        for module in modules
        if not is_allowed(file, module)
    ]
    assert wrong == []
    assert len(_imported()) > 100


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("shared/core/alert/model.py", "import os"),
        ("shared/core/alert/model.py", "from time import time"),
        ("shared/core/alert/model.py", "from shared.adapters import tables"),
        ("shared/core/alert/model.py", "from shared import telemetry"),
        ("shared/core/alert/model.py", "import requests"),
        ("shared/pipeline/hunt/batch.py", "from shared.adapters.tables import StorageTables"),
        ("shared/pipeline/hunt/batch.py", "from shared.settings import Settings"),
        ("shared/pipeline/hunt/batch.py", "import azure.data.tables"),
        ("shared/adapters/http/json_api.py", "from shared.pipeline.ports import Ports"),
        ("shared/adapters/http/json_api.py", "from shared import pipeline"),
        ("shared/adapters/http/json_api.py", "import azure.functions as func"),
        ("shared/settings.py", "from shared.core.instant import Instant"),
        ("FetchAlerts/__init__.py", "from ..shared import wiring"),
        ("FetchAlerts/__init__.py", "import requests"),
        ("FetchAlerts/__init__.py", "import EnrichAlert"),
        ("local/simulator/defender.py", "from shared.core import kql"),
        ("shared/wiring.py", "import local.stack"),
        (
            "shared/core/alert/model.py",
            "class A:\n  def f():\n    if 1:\n      pass\n    else:\n      import os",
        ),
        ("shared/core/alert/model.py", "try:\n  pass\nexcept E:\n  import os"),
        ("shared/core/alert/model.py", "try:\n  pass\nfinally:\n  import os"),
        ("shared/core/alert/model.py", "match 1:\n  case 1:\n    import os"),
    ],
)
def test_a_wrong_arrow_is_seen(file: str, source: str) -> None:
    assert not all(is_allowed(Path(file), module) for module in imports_of(source))


def _arrows(file: Path, modules: Iterable[str]) -> Iterator[str]:
    """What a module of one room of the core imports of the others, in wrong ways."""
    room = file.parts[2]
    for module in modules:
        parts = module.split(".")
        if parts[:2] != ["shared", "core"] or parts[2:3] == [room]:
            continue
        if len(parts) != 3 or parts[2] not in BELOW[room]:
            yield f"{file} imports {module}"


def test_rooms_of_the_core_import_those_below_them_by_their_door() -> None:
    inside = [file for file in _imported() if file.parts[:2] == ("shared", "core") and len(file.parts) > 3]
    assert {file.parts[2] for file in inside} == set(BELOW)
    assert [arrow for file in inside for arrow in _arrows(file, _imported()[file])] == []


def test_no_room_is_below_itself() -> None:
    left = dict(BELOW)
    while bottom := [room for room, below in left.items() if not below & set(left)]:
        for room in bottom:
            del left[room]
    assert left == {}


@pytest.mark.parametrize(
    "source",
    ["from shared.core.row import content", "from shared.core.values.table_keys import safe_id"],
)
def test_an_arrow_up_or_past_a_door_is_seen(source: str) -> None:
    assert list(_arrows(Path("shared/core/alert/model.py"), imports_of(source)))


def test_nothing_but_handlers_and_the_local_stack_imports_wiring() -> None:
    users = {file.parts[0] for file, modules in _imported().items() if "shared.wiring" in modules}
    assert users <= {*HANDLERS, "local"}


def test_there_is_no_function_app_beside_the_handlers() -> None:
    """The platform would silently take another worker for it."""
    assert not (ROOT / "function_app.py").exists()
