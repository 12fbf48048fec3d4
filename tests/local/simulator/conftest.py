"""What several tests of the simulator share: one parser for all, since it takes a second to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.simulator.gate import Gate


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    with Gate() as running:
        yield running
