"""The official KQL parser and the engine, each started once."""

from collections.abc import Iterator

import pytest

from local.simulator.engine import Engine


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    """An engine with empty tables."""
    made = Engine()
    yield made
    made.close()
