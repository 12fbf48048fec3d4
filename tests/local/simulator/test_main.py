from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from local.certs import Certificates
from local.identity import DEFENDER, Identity, TokenIssuer
from local.lifeline import start_child, stop_child
from local.simulator.config import Config, ConfigError
from tests.local.simulator.running import alert, write_recording


@pytest.fixture
def config(tmp_path: Path, certificates: Certificates, public_key: Path) -> Path:
    settings = {
        "data": str(write_recording(tmp_path / "data", alerts=[alert(1, "2020-01-01T00:00:00Z")])),
        "public_key": str(public_key),
        "cert": str(certificates.cert),
        "key": str(certificates.key),
        "control_secret": "known",
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    return tmp_path / "config.json"


def run(config: Path, *more: str) -> subprocess.Popen[bytes]:
    return start_child(
        [sys.executable, "-m", "local.simulator", "--config", config, *more], merge_output=False
    )


def ready(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert child.stdout is not None
    said: dict[str, Any] = json.loads(child.stdout.readline())
    return said


def close(child: subprocess.Popen[bytes]) -> int:
    code = stop_child(child)
    for pipe in (child.stdout, child.stderr):
        assert pipe is not None
        pipe.close()
    return code


def test_it_runs_as_its_own_process_and_ends_with_its_input(
    config: Path, certificates: Certificates, issuer: TokenIssuer
) -> None:
    child = run(config)
    try:
        said = ready(child)
        token, _ = issuer.issue(Identity(), DEFENDER, roles=["Alert.Read.All"], lifetime_seconds=60)
        answer = requests.get(
            said["defender"] + "/api/alerts",
            headers={"Authorization": f"Bearer {token}"},
            verify=str(certificates.ca),
            timeout=60,
        )
        [listed] = answer.json()["value"]
        assert not listed["alertCreationTime"].startswith("2020"), "times are moved to the present"
        assert said["defender"] != said["graph"]
    finally:
        assert close(child) == 0


def test_a_recording_that_cannot_be_used_is_one_line_and_exit_2(config: Path, tmp_path: Path) -> None:
    child = run(config, "--data", str(tmp_path / "nowhere"))
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (2, b"")
    assert err.decode() == f"simulator: {tmp_path / 'nowhere'}: no such folder\n"


def test_settings_that_are_unknown_or_missing_are_named(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text('{"public_key": "k", "cert": "c", "key": "k", "qoutas": false}')
    with pytest.raises(ConfigError, match="qoutas"):
        Config.from_file(file)
    file.write_text('{"cert": "c", "key": "k"}')
    with pytest.raises(ConfigError, match="public_key"):
        Config.from_file(file)
    file.write_text("{")
    with pytest.raises(ConfigError, match=r"c\.json"):
        Config.from_file(file)
