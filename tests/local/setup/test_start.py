"""Handing over to the command, and what a person reads when the environment cannot be made."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import ROOT
from local.setup.screen import Screen, way_out

HAND_OVER = """
import os, sys
from pathlib import Path
from local.setup.start import hand_over
code = hand_over([sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]), dict(os.environ))
sys.exit(code)
"""


def test_the_command_runs_in_the_checkout_knows_where_it_was_typed_and_its_exit_code_is_ours(
    tmp_path: Path,
) -> None:
    command = "import os, sys; print(os.getcwd()); print(os.environ['DEV_CALLED_FROM']); sys.exit(7)"
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", HAND_OVER, command, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.splitlines() == [str(tmp_path), str(ROOT)]


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("ERROR: No matching distribution found for x==1", "lacks a locked version"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("npm error code EAI_AGAIN", "not reached"),
        ("anything else", "it starts afresh"),
    ],
)
def test_a_known_failure_comes_with_what_to_do_about_it(printed: str, advice: str) -> None:
    assert advice in way_out(printed)


def test_warnings_of_pip_and_npm_do_not_reach_the_person_but_the_error_does(tmp_path: Path) -> None:
    output = "WARNING: Location '/x' is ignored\nnpm warn Unknown user config\n\nERROR: broke\n"
    text = str(Screen(tmp_path / "log").failure("pip", output))
    assert "ERROR: broke" in text
    assert "WARNING" not in text
    assert "npm warn" not in text


def test_a_step_says_its_seconds_or_that_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(tmp_path / "log")
    with screen.step("first"):
        pass
    with pytest.raises(ValueError, match="broke"), screen.step("second"):
        raise ValueError("broke")
    assert capsys.readouterr().err == "  first ... 0.0 s\n  second ... stopped\n"
