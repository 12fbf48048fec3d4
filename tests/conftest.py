"""How many cases hypothesis tries, and what a worker has one of: the local CA and Microsoft's KQL parser.

`HYPOTHESIS_PROFILE=long` tries many cases, `HYPOTHESIS_EXAMPLES` says how many; docs/reliability.md has the
commands. A test that names its own number keeps it.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.folders import pytest_collect_directory as pytest_collect_directory  # a hook, for all tests

if TYPE_CHECKING:
    from local.certs import Certificates
    from local.simulator.gate import Gate

# The usual run tries the same cases each time, so that it says of a change alone whether it is at fault;
# `long` looks for new ones. A busy machine is no failure.
settings.register_profile("usual", deadline=None, derandomize=True)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20000")),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))

# A shell that starts a run in the background (`&`) lets it ignore Ctrl-C, and all that tests start as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # until all tests are collected: nothing of it is garbage


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end, with what little of it is garbage. Each search for garbage
    would look through all of it: a twentieth of the run's processor time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    from local.certs import make_certificates  # most tests need no cryptography, which takes time to import

    return make_certificates(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """Microsoft's parser with the hunting schema; it takes a second of processor time to start."""
    from local.simulator.gate import Gate

    with Gate() as running:
        yield running
