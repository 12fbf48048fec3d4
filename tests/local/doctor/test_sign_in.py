"""An account looked at with a person's own sign-in: none at all, or one that gets no token for some APIs."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from local.cli import ROOT
from local.doctor import identity, services, storage
from local.doctor.check import Check, Verdict
from local.ops.parser import Where
from local.ops.target import Target, one_line, opened
from shared.adapters.http.auth import Tokens
from tests.local.doctor.conftest import Parts, now

ACCOUNT = "alertsabc123"
# As azure-identity 1.27 words it on a machine with an Azure CLI where nobody is signed in.
UNSIGNED = (
    "DefaultAzureCredential failed to retrieve a token from the included credentials.\n"
    "Attempted credentials:\n"
    "\tEnvironmentCredential: EnvironmentCredential authentication unavailable. Environment variables are "
    "not fully configured.\nVisit https://aka.ms/azsdk/python/identity/environmentcredential/troubleshoot\n"
    "\tAzureCliCredential: Please run 'az login' to set up an account\n"
    "\tAzurePowerShellCredential: PowerShell is not installed\n"
    "To mitigate this issue, please refer to the troubleshooting guidelines."
)


@dataclass(frozen=True)
class Ended:
    code: int
    lines: list[str]
    errors: str

    def about(self, what: str) -> str:
        """The one line of this check."""
        [found] = [line for line in self.lines if line[4:].startswith(what)]
        return found


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The command on a machine with an Azure CLI that nobody signed in with, and without a network."""
    home = tmp_path_factory.mktemp("home")
    az = home / "az"
    az.write_text("#!/bin/sh\necho 'ERROR: Please run \"az login\" to setup account.' >&2\nexit 1\n")
    az.chmod(az.stat().st_mode | stat.S_IXUSR)
    environ = {
        "HOME": str(home),
        "PATH": f"{home}{os.pathsep}/usr/bin{os.pathsep}/bin",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),  # nothing leaves this machine
    }
    command = [sys.executable, "-m", "local.cli", "doctor", "--account", ACCOUNT]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    return Ended(done.returncode, done.stdout.splitlines(), done.stderr)


def test_without_a_sign_in_every_check_is_one_clear_line(unsigned: Ended) -> None:
    checks = unsigned.lines[1 : unsigned.lines.index("")]
    assert unsigned.lines[0] == f"account {ACCOUNT}, tenant home, and this machine"
    assert {line[:4] for line in checks} == {"ok  ", "--  ", "!!  "}
    assert max(map(len, checks)) < 130
    assert "\\u" not in "".join(unsigned.lines)
    assert unsigned.about("sign-in").endswith(
        "this machine has none that serves: Please run 'az login' to set up an account"
    )
    assert unsigned.about("hunting").endswith("not tried: there is no token")


def test_without_a_sign_in_the_next_step_is_to_sign_in(unsigned: Ended) -> None:
    assert unsigned.code == 1
    after = unsigned.lines[unsigned.lines.index("What to do next:") + 1 :]
    assert after[0] == "  1. az login, then run this again"
    # That nothing answers on a machine without a network is a finding of its own; no role is asked for yet.
    assert not any("az login" in line or "grant" in line or "role" in line for line in after[1:])


def test_without_a_sign_in_no_library_writes_to_the_terminal(unsigned: Ended) -> None:
    assert unsigned.errors == ""


class SomeTokens:
    """A sign-in that gets tokens for the storage alone."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        if scopes == ("https://storage.azure.com/.default",):
            return AccessToken("opaque", 2**33)
        raise ClientAuthenticationError(UNSIGNED)

    def close(self) -> None:
        """As the protocol has it."""


@pytest.fixture
def of_account(parts: Parts) -> Iterator[Target]:
    """The stack, as an account that is looked at with a person's own sign-in."""
    with opened(Where(), parts.state) as target:
        scopes = [api.scope for api in identity.apis(target)]
        yield replace(target, is_local=False, tokens=Tokens(SomeTokens, scopes))


def lines(checks: Iterator[Check]) -> dict[str, Check]:
    return {check.what: check for check in checks}


def test_a_sign_in_for_storage_alone_leaves_the_rest_untried(of_account: Target) -> None:
    without = identity.lacking(of_account)
    assert without == dict.fromkeys(("Defender", "Graph"), "Please run 'az login' to set up an account")
    tokens = lines(identity.look_at(of_account, without))
    assert "sign-in" not in tokens
    assert "the app's identity may" in tokens["token for Defender"].found
    tried = lines(services.look_at(of_account, without))
    assert {check.verdict for check in tried.values()} == {Verdict.NOTE}
    assert tried.keys() == {"alerts (defender)", "hunting", "look-ups"}


def test_what_there_is_a_token_for_is_looked_at(of_account: Target) -> None:
    found = lines(storage.look_at(of_account, now, identity.lacking(of_account)))
    assert found["tables"].verdict is Verdict.GOOD
    assert found["queue hunt-requests"].found == "0 messages"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (UNSIGNED, "Please run 'az login' to set up an account"),
        (UNSIGNED.replace("AzureCli", "Other"), "PowerShell is not installed"),
        ("managed identity: No User Assigned\nmore", "managed identity: No User Assigned"),
        ("x" * 9_000, "x" * 1_000),
        ("", "ClientAuthenticationError"),
    ],
)
def test_a_failure_is_told_in_one_line(told: str, line: str) -> None:
    err = ClientAuthenticationError()
    err.message, err.args = told, (told,)
    assert one_line(err) == line
