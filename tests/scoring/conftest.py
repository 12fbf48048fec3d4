"""The recorded incident, and the same one made with twice the noise and three times the pid reuse."""

from pathlib import Path

import pytest

from local.incidents import make
from tests.scoring.harness import BUSIER, Recording, load


@pytest.fixture(scope="session")
def contoso() -> Recording:
    """The committed recording."""
    return load(make.CONTOSO)


@pytest.fixture(scope="session")
def busier(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The same attacks in a busier company."""
    return load(made(tmp_path_factory, *BUSIER))


@pytest.fixture(scope="session")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """More alerts within one minute than one batch has."""
    return load(made(tmp_path_factory, "--kind", "storm", "--alerts", "120"))


def made(factory: pytest.TempPathFactory, *arguments: str) -> Path:
    """A recording made by the generator."""
    folder = factory.mktemp("recording")
    assert make.main([*arguments, "--out", str(folder)]) == 0
    return folder
