"""Makes docs/configuration.md and local.settings.json.example from the settings' own declarations.

`python -m local.docs.configuration` writes both; a test fails when either is stale.
"""

from __future__ import annotations

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path

from shared import settings
from shared.clouds import CLOUDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "configuration.md"
EXAMPLE = ROOT / "local.settings.json.example"

_HOST = (
    (
        "AzureWebJobsStorage__accountName",
        "The storage account of the host, its queues and our tables (public cloud).",
    ),
    (
        "AzureWebJobsStorage__tableServiceUri",
        "Instead of the account's name, in other clouds or with own DNS; then `__queueServiceUri` and "
        "`__blobServiceUri` too.",
    ),
    ("AzureWebJobsStorage__credential", "`managedidentity`."),
    ("AzureWebJobsStorage__clientId", "Client id of a user-assigned identity; our own calls use it as well."),
    ("AzureWebJobsStorage", "A connection string instead of all these: for the storage emulator only."),
    (
        "PYTHON_THREADPOOL_THREAD_COUNT",
        "Unset is right: host.json's batchSize stays below the worker's threads.",
    ),
)


def declared() -> list[tuple[str, str, str]]:
    """(name, default, meaning) of every setting, in the order of the page; the meaning is the text that is
    written below its declaration."""
    [of_settings] = [
        node for node in ast.parse(inspect.getsource(settings)).body if isinstance(node, ast.ClassDef)
    ]
    found = []
    for field, below in pairwise(of_settings.body):
        match field, below:
            case (
                ast.AnnAssign(
                    value=ast.Call(ast.Name("_setting"), [ast.Constant(name), _, ast.Constant(default)])
                ),
                ast.Expr(ast.Constant(str(meaning))),
            ):
                found.append((str(name), str(default), " ".join(meaning.split())))
    return found


def page() -> str:
    """The page on every setting."""
    lines = [
        "# Configuration",
        "",
        "The app starts with the storage account alone (and the client id, where the identity is "
        "user-assigned). Every other setting has a default that suits production. All settings that cannot "
        "be used are named together in one error when the first function runs.",
        "",
        "Durations are a number and a unit: `90s`, `15m`, `24h`, `7d`.",
        "",
        "## Settings of the app",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {f'`{default}`' if default else '-'} | {meaning} |"
        for name, default, meaning in declared()
    ]
    lines += ["", "## Settings of the host", "", "| setting | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in _HOST]
    lines += [
        "",
        "## Clouds",
        "",
        "| `CLOUD` | Defender | token scope | Graph | portal |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {cloud.defender_url} | {cloud.defender_scope} | {cloud.graph_url} "
        f"| {cloud.portal_url} |"
        for name, cloud in CLOUDS.items()
    ]
    lines += [
        "",
        "The token scope of the public cloud keeps the older name although the host has the newer one: a "
        "token for the newer name belongs to another resource app, without the Defender for Endpoint roles.",
        "",
    ]
    return "\n".join(lines)


def example() -> str:
    """The example of local.settings.json; a name with an underscore explains the setting after it."""
    values: dict[str, str] = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    }
    for name, default, meaning in declared():
        values[f"_{name}"] = meaning
        values[name] = default
    return json.dumps({"IsEncrypted": False, "Values": values}, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes both files."""
    PAGE.write_text(page(), "utf-8")
    EXAMPLE.write_text(example(), "utf-8")


if __name__ == "__main__":
    main()
