"""The rules ready to judge, from their compiled files."""

from contextlib import AbstractContextManager

from shared.core.detections.judging import Detections
from shared.core.detections.rules import read


def load(*compiled: bytes, lock: AbstractContextManager[object] | None = None) -> Detections:
    """The rules of these compiled files, ready to judge. Raises ConfigError for one that cannot be read.

    `lock` is what threads that judge by them at the same time share.
    """
    return Detections([read(file) for file in compiled], lock)
