"""The recorded incident, hunted once."""

import pytest

from local.incidents.make import CONTOSO
from tests.disguise.measure import Share, hunted, measured
from tests.scoring.harness import Recording, load


@pytest.fixture(scope="session")
def contoso() -> Recording:
    """The committed recording."""
    return load(CONTOSO)


@pytest.fixture(scope="session")
def shares(contoso: Recording) -> dict[str, Share]:
    """What each disguise leaves, of the alerts tied by a process."""
    kinds = {
        alert_id: str(one["kind"])
        for alert_id, one in contoso.truth.items()
        if one["method"] in ("ExactProcess", "ProcessWithinTolerance")
    }
    return measured(contoso.alerts, hunted(contoso), kinds)
