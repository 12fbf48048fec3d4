"""The groups of modules that are mutated, each with the tests that have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Group:
    """`files` and `tests` are patterns from the root; the tests run in this order until one fails."""

    files: tuple[str, ...]
    tests: tuple[str, ...]

    def sources(self, root: Path) -> list[str]:
        """The modules, as paths from `root`; those that only name what others hold are left out."""
        return [each for each in _found(root, self.files) if not each.endswith("__init__.py")]

    def test_files(self, root: Path) -> list[str]:
        """The tests, as paths from `root`, nearest first."""
        return [each for each in _found(root, self.tests) if each not in _LEFT_OUT]


def _found(root: Path, patterns: tuple[str, ...]) -> list[str]:
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    return list(dict.fromkeys(path.relative_to(root).as_posix() for path in found))


# They ask the KQL parser, whose node.js wants more memory than a mutant's tests may have.
_LEFT_OUT = ("tests/pipeline/hunt/test_tenant_gaps.py", "tests/core/hunting/test_gaps.py")

# The runs that crash at each effect in turn are left out: they take minutes for each mutant.
_STEPS = (
    "tests/pipeline/stored/test_*.py",
    "tests/pipeline/fetch/test_fetch_alerts.py",
    "tests/pipeline/fetch/test_audit.py",
    "tests/pipeline/enrich/test_enrich_alert.py",
    "tests/pipeline/hunt/test_*.py",
    "tests/pipeline/test_hourly.py",
    "tests/pipeline/test_side_by_side.py",
)

GROUPS = {
    "ledger": Group(
        tuple(
            f"shared/core/progress/{name}.py" for name in ("ledger", "looking_up", "ledger_row", "admission")
        ),
        (
            "tests/core/progress/test_ledger*.py",
            "tests/core/progress/test_looking_up.py",
            "tests/core/progress/test_admission.py",
            "tests/core/progress/test_rejudged.py",
            "tests/core/progress/test_due.py",
            *_STEPS,
        ),
    ),
    "due": Group(
        ("shared/core/progress/due.py",),
        ("tests/core/progress/test_due*.py", "tests/core/progress/test_ledger.py", *_STEPS),
    ),
    "lease": Group(
        ("shared/core/progress/lease.py", "shared/pipeline/stored/lease.py"),
        ("tests/core/progress/test_lease*.py", "tests/pipeline/stored/test_lease.py", *_STEPS),
    ),
    "polling": Group(
        ("shared/core/progress/polling.py",),
        (
            "tests/core/progress/test_polling.py",
            "tests/core/progress/test_checkpoint.py",
            "tests/pipeline/fetch/test_cadence.py",
            "tests/pipeline/fetch/test_overlap.py",
            *_STEPS[1:3],
        ),
    ),
    "budget": Group(
        ("shared/core/progress/budget.py", "shared/core/progress/write_budget.py"),
        (
            "tests/core/progress/test_budget*.py",
            "tests/core/progress/test_write_budget.py",
            "tests/pipeline/stored/test_lease.py",
            *_STEPS,
        ),
    ),
    "correlate": Group(
        ("shared/core/correlate/*.py",),
        ("tests/core/correlate/test_*.py", "tests/core/hunting/test_*.py"),
    ),
}
