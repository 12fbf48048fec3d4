"""Storage that takes nothing: every write is made ready as for the service, and checked, and that is all."""

import json
from collections.abc import Sequence

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, by_partition


class Checked(StorageTables):
    """Raises OverLimit where the service would refuse a write, AssertionError where it would be read back as
    another."""

    def __init__(self) -> None:
        self.writes = 0

    def apply(self, table: str, operations: Sequence[Operation]) -> list[str | None]:
        """An etag for each, as if written."""
        ready = {
            one.position: one for groups in by_partition(operations) for group in groups for one in group
        }
        for position, operation in enumerate(operations):
            _is_kept_exactly(operation, ready[position].body)
        self.writes += len(operations)
        return ["1"] * len(operations)


def _is_kept_exactly(operation: Operation, body: bytes) -> None:
    written = json.loads(body)
    for name, value in operation.entity.items():
        if isinstance(value, str):
            assert written[name] == value, f"{name} is stored as another text"
            assert "\x00" not in value, f"{name} holds a NUL"
