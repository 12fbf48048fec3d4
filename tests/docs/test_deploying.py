"""The commands of the deployment pages: those that run here do; of the others the parts are checked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import look_running, preflight
from infra.azure_cli import Failed
from local.cli import ROOT
from tests.docs.pages import Page, pages
from tests.infra.agreement import main_template
from tests.infra.bicep import Template
from tests.infra.facts import read_texts

BY_NAME = {page.name: page for page in pages()}
OF = [BY_NAME[name] for name in ("README.md", "infra/README.md", "docs/runbook.md", "docs/consumers.md")]
# What a page stands for, and something that it may be.
_MEANT = {
    "OBJECT-ID": "11111111-2222-3333-4444-555555555555",
    "IDENTITY_NAME": "id-defender-alerts-abc",
    "APP_NAME": "func-defender-alerts-abc",
    "NEW_NAME": "func-defender-alerts-b-abc",
}
# Programs that are not here; tests/infra has stand-ins for what the scripts ask of them.
_ABSENT = {"az", "func", "azd", "gh", "git"}
_HERE = {"grep"}  # runs in tests/local/ops, on a stack's log files
_OURS = {"python3", "infra/grant-roles.sh", "infra/grant-roles.ps1", "infra/preflight.sh"}
_SHELL = {"export", "PREFIX=$(gh", "cat"}


def lines(page: Page) -> list[str]:
    """Its commands, continued lines joined; of the languages that are typed."""
    found = []
    for language, text in page.fences:
        if language in ("", "bash", "sh"):
            joined = re.sub(r" \\\n\s*", " ", re.sub(r"<<JSON\n.*?\nJSON", "", text, flags=re.DOTALL))
            found += [line.strip() for line in joined.splitlines() if line.strip()]
    return found


ALL = sorted({line for page in OF for line in lines(page)})


def words(line: str) -> list[str]:
    return [_MEANT.get(word, word) for word in shlex.split(re.sub(r"\$\(.*\)", "x", line))]


def test_every_command_is_one_that_is_known() -> None:
    assert len(ALL) > 50
    strange = [line for line in ALL if line.split()[0] not in _ABSENT | _HERE | _OURS | _SHELL]
    assert strange == []


@pytest.mark.parametrize("line", [line for line in ALL if line.startswith("python3 infra/")])
def test_a_script_of_ours_takes_its_arguments(line: str) -> None:
    def nothing(*arguments: str) -> object:
        raise Failed("nobody is signed in")

    _, script, *arguments = words(line)
    assert {"infra/look_running.py": look_running.main}[script](arguments, nothing) == 1


@pytest.mark.parametrize(
    "line", [line for line in ALL if line.startswith(("infra/grant-roles.sh", "infra/preflight.sh"))]
)
def test_a_shell_script_of_ours_takes_its_arguments(line: str, tmp_path: Path) -> None:
    """It gets as far as asking for the Azure CLI, which is not there: 1, not the 2 of wrong arguments."""
    for name in ("dirname", "bash", "sh", "cat", "sed", "grep"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "python3").symlink_to(sys.executable)
    script, *arguments = words(line)
    command = [str(shutil.which("bash")), str(ROOT / script), *arguments]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1 and "install-azure-cli" in done.stdout + done.stderr


def test_the_scripts_of_ours_show_their_help(capsys: pytest.CaptureFixture[str]) -> None:
    for main in (look_running.main, preflight.main):
        with pytest.raises(SystemExit) as end:
            main(["--help"])
        assert end.value.code == 0
    assert "--any-version" in capsys.readouterr().out


@pytest.mark.parametrize("line", [line for line in ALL if line.startswith("az deployment group")])
def test_a_deployment_names_files_and_parameters_that_there_are(line: str) -> None:
    given = words(line)
    texts = read_texts()
    template = main_template(texts)
    if "--template-file" in given:
        file = ROOT / given[given.index("--template-file") + 1]
        template = Template(file.read_text("utf-8"))
    at = [index for index, word in enumerate(given) if word == "--parameters"]
    after = [word for index in at for word in _until_option(given[index + 1 :])]
    files = [word for word in after if "=" not in word]
    assert all((ROOT / name).is_file() for name in files)
    assert {word.split("=")[0] for word in after if "=" in word} <= template.parameters.keys()
    creates = given[3] == "create"
    assert not creates or files or "--template-file" in given


def _until_option(given: list[str]) -> list[str]:
    return given[: next((index for index, word in enumerate(given) if word.startswith("--")), len(given))]


def test_what_a_page_exports_is_what_the_parameter_file_reads() -> None:
    text = (ROOT / "infra" / "main.bicepparam").read_text("utf-8")
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", text))
    exported = {name for line in ALL if line.startswith("export ") for name in re.findall(r"(\w+)=", line)}
    azd = {word for page in OF for word in re.findall(r"azd env set (\w+)", page.text)}
    assert exported | azd <= read and "ALERT_EMAIL" in exported & azd
    table = BY_NAME["infra/README.md"].text.split("## Parameters")[1].split("\n## ")[0]
    assert {name for name in read if f"`{name}`" not in table} == set()


# D3: GitHub's subject has two forms, and only GitHub knows which one a repository sends.
@pytest.mark.parametrize(
    ("answered", "subject"),
    [
        ("repo:contoso@123/alerts@456", "repo:contoso@123/alerts@456:environment:production"),
        ("repo:contoso/alerts", "repo:contoso/alerts:environment:production"),
    ],
)
def test_the_subject_is_the_one_that_github_says(answered: str, subject: str, tmp_path: Path) -> None:
    """The page's own lines, as far as they need no Azure, with a stand-in for the GitHub CLI."""
    [block] = [text for language, text in BY_NAME["infra/README.md"].fences if "sub_claim_prefix //" in text]
    steps = block.split("az ad app create")[0]
    (tmp_path / "gh").write_text(
        "#!/bin/sh\n"
        '[ "$1 $2" = "api repos/OWNER/REPOSITORY/actions/oidc/customization/sub" ] || exit 1\n'
        f"[ \"$3\" = --jq ] && echo '{answered}'\n"
    )
    (tmp_path / "gh").chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    done = subprocess.run([str(shutil.which("bash")), "-euc", steps], cwd=tmp_path, env=env, check=False)  # noqa: S603
    assert done.returncode == 0
    credential = json.loads((tmp_path / "credential.json").read_text("utf-8"))
    assert credential == {
        "name": "production",
        "issuer": "https://token.actions.githubusercontent.com",
        "audiences": ["api://AzureADTokenExchange"],
        "subject": subject,
    }


def test_both_shells_take_the_subject_from_github_and_give_json_by_a_file() -> None:
    text = BY_NAME["infra/README.md"].text.split("## Publishing from GitHub")[1].split("\n## ")[0]
    blocks = re.findall(r"```(bash|powershell)\n(.*?)```", text, re.DOTALL)
    assert [language for language, _ in blocks] == ["bash", "powershell"]
    for _, block in blocks:
        assert "actions/oidc/customization/sub" in block and "sub_claim_prefix" in block
        assert "--parameters credential.json" in block and "environment:production" in block
    environment = (ROOT / ".github" / "workflows" / "deploy.yml").read_text("utf-8")
    assert "environment: production" in environment
    assert "AADSTS700213" in BY_NAME["README.md"].text


def test_what_stops_a_first_day_is_in_the_readme() -> None:
    """Each with its way out: the wrong Python of a remote build, nothing that runs, roles that come late."""
    table = BY_NAME["README.md"].text.split("## When it is refused")[1].split("\n## ")[0]
    for seen, out in (
        ("--platform-version 3.11", "--build local"),
        ("nothing runs", "infra/look_running.py"),
        ("AADSTS700213", "infra/README.md#publishing-from-github"),
        ("a licence that does not cover it", "doctor"),
        ("Key based authentication is not permitted", "az login"),
    ):
        [row] = [line for line in table.splitlines() if seen in line]
        assert out in row
