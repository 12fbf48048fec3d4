"""Our own rules, read once for all tests of a worker."""

from __future__ import annotations

from functools import cache

from local.detections.compile import FOLDER, Folder, folder_of
from local.detections.trying import ready
from shared.core.detections import Detections


@cache
def folder() -> Folder:
    """The rules of `detections/`."""
    return folder_of(FOLDER)


@cache
def detections() -> Detections:
    """The same, ready to judge."""
    return ready(folder(), FOLDER)
