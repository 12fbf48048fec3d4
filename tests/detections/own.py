"""Our own rules, read once for all tests of a worker.

Most tests judge by the compiled file, which takes a twentieth of the time that its rules take to be read and
compiled: test_rules.py sees to it that it is that of the folder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from local.detections import text
from local.detections.compile import COMMITTED, FOLDER, Folder, folder_of, rule_files
from shared.core.detections import Detections, Rule, load


@cache
def folder() -> Folder:
    """The rules of `detections/`, compiled anew."""
    return folder_of(FOLDER)


@cache
def detections() -> Detections:
    """All of them with the list of known agents, ready to judge."""
    return load(COMMITTED.read_bytes())


@cache
def files() -> dict[Path, Rule]:
    """Each rule by the file that it is written in."""
    by_id = {rule.id: rule for rule in detections().rules}
    return {path: by_id[text.document(path)["id"]] for path in rule_files(FOLDER)}
