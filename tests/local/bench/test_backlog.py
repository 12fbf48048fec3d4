"""What open alerts cost that are not due, on small sizes."""

from pathlib import Path

import pytest

from local.bench import backlog


def test_open_alerts_that_are_not_due_cost_no_request_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")  # the part sets it, for its own Azurite
    few, more = backlog.measure(tmp_path, sizes=(20, 60), seed=7, say=lambda _: None)["backlogs"]
    for way in ("fetch", "lone"):
        assert more[way]["requests"] == few[way]["requests"]
    assert few["fetch"]["rows"] == 1, "the checkpoint"
    # And what is remembered for minutes of the incident of the three lone alerts between the two.
    assert more["fetch"]["rows"] <= 1 + 2 * 3
    assert (few["all"]["rows"], more["all"]["rows"]) == (20, 60)
    assert (few["repair"]["rows"], more["repair"]["rows"]) == (40, 120)
