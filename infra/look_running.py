"""Looks that a published app runs: three functions, this checkout's version, and a first fetch.

    python3 infra/look_running.py --app APP_NAME

Publishing can end well though nothing runs (https://github.com/Azure/azure-functions-host/issues/11915 and
10169, read 2026-11): no function is listed, or an older package still runs. So it asks Azure to read the
triggers again until the three functions are listed, then waits for the app's own lines in its logs. Nothing
else is changed.

You need: the Azure CLI, signed in, with Reader on the resource group and Website Contributor on the app.
Any Python from 3.9, no packages.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from infra.azure_cli import Azure, Failed
from shared.version import version

FUNCTIONS = ("EnrichAlert", "FetchAlerts", "HuntCorrelate")
API = "api-version=2024-04-01"
# The app's lines of the last day, newest first: a start names the version, a fetch shows that it works.
QUERY = """AppTraces
| where Message startswith "{"
| extend line = parse_json(Message)
| where tostring(line.event) in ("started", "fetched", "fetch failed")
| extend event = tostring(line.event), version = tostring(line["version"])
| project TimeGenerated, event, version, fault = tostring(line["kind"]), reason = tostring(line.reason)
| order by TimeGenerated desc
| take 200"""
NOT_LISTED = """Way out: publish again (func azure functionapp publish {app} --python, or with
--build local), then this. If Azure says RuntimeFailed or 04916, or it stays so: a second app beside it, see
docs/runbook.md#a-second-app-beside-the-first."""
NOT_STARTED = """Way out: az functionapp restart --ids {site}, and wait for the next minute. If no start is
logged then, see `exceptions` in Application Insights and docs/runbook.md#function-failing."""
OLD_VERSION = "Way out: publish again from this checkout; or, where another version is meant, --any-version."
NOT_FETCHED = """Way out: docs/runbook.md#no-successful-fetch. AccessDenied: infra/grant-roles.sh; a role
that was granted after the app first started takes up to a day to show."""


class Look:
    """One look after an app. `az` is called as Azure.call is."""

    def __init__(
        self,
        app: str,
        az: Callable[..., object],
        sleep: Callable[[float], None] = time.sleep,
        wait: float = 900,
    ) -> None:
        self._app, self._az, self._sleep, self._wait = app, az, sleep, wait

    def site(self) -> str:
        """The app's resource id."""
        self._az("account", "show")
        kind = "Microsoft.Web/sites"
        found = self._az("resource", "list", "--name", self._app, "--resource-type", kind, "--query", "[].id")
        if not isinstance(found, list) or len(found) != 1:
            raise Failed(f"no app {self._app} in this subscription that you may read: see `az account show`")
        return str(found[0])

    def functions(self, site: str) -> None:
        """Returns once the three functions are listed."""
        listed: set[str] = set()
        for _ in self._rounds(15, self._wait / 3):
            url = f"{site}/functions?{API}"
            answer = self._az("rest", "--method", "get", "--url", url, "--query", "value[].name")
            listed = {str(name).split("/")[-1] for name in answer} if isinstance(answer, list) else set()
            if listed >= set(FUNCTIONS):
                return
            self._az("rest", "--method", "post", "--url", f"{site}/host/default/sync?{API}")
        missing = ", ".join(sorted(set(FUNCTIONS) - listed))
        raise Failed(
            f"not listed, though triggers were synced: {missing}. {NOT_LISTED.format(app=self._app)}"
        )

    def workspace(self, site: str) -> str:
        """The id of the workspace that lies beside the app."""
        group = site.split("/resourceGroups/")[1].split("/")[0]
        kind = "Microsoft.OperationalInsights/workspaces"
        found = self._az(
            "resource", "list", "--resource-group", group, "--resource-type", kind, "--query", "[].id"
        )
        if not isinstance(found, list) or len(found) != 1:
            raise Failed(
                f"not one workspace in {group}: give its id (output logWorkspaceId) with --workspace"
            )
        url = f"{found[0]}?api-version=2023-09-01"
        return str(self._az("rest", "--method", "get", "--url", url, "--query", "properties.customerId"))

    def fetched(self, site: str, workspace: str, wanted: str | None) -> str:
        """A line on the version that runs and its first fetch; `wanted` None takes any version."""
        why = ""
        for _ in self._rounds(20, self._wait):
            rows = self._logged(workspace)
            start = next((row for row in rows if row["event"] == "started"), None)
            if start is None:
                why = f"no start of the app is in the logs. {NOT_STARTED.format(site=site)}"
                continue
            if wanted and start["version"] != wanted:
                why = f"version {start['version']} runs, this checkout is {wanted}. {OLD_VERSION}"
                continue
            since = [row for row in rows if row["TimeGenerated"] >= start["TimeGenerated"]]
            fetch = next((row for row in since if row["event"] == "fetched"), None)
            if fetch is not None:
                when = f"started {start['TimeGenerated']}, fetched {fetch['TimeGenerated']}"
                return f"version {start['version']}: {when}"
            faults = [f"{row['fault']}: {row['reason']}" for row in since if row["event"] == "fetch failed"]
            last = faults[0] if faults else "none yet"
            why = f"version {start['version']} runs and has fetched nothing (failure: {last}). {NOT_FETCHED}"
        raise Failed(why)

    def _logged(self, workspace: str) -> list[dict[str, str]]:
        """The app's lines, newest first."""
        host = self._az("cloud", "show", "--query", "endpoints.logAnalyticsResourceId")
        url = f"{host}/v1/workspaces/{workspace}/query"
        body = json.dumps({"query": QUERY, "timespan": "P1D"})
        answer = self._az(
            "rest", "--method", "post", "--url", url, "--resource", str(host),
            "--headers", "Content-Type=application/json", "--body", body,
        )  # fmt: skip
        if not isinstance(answer, dict):
            raise Failed("the logs did not answer with a table")
        table = answer["tables"][0]
        names = [column["name"] for column in table["columns"]]
        return [dict(zip(names, map(str, row))) for row in table["rows"]]  # noqa: B905 - Python 3.9 has no strict=

    def _rounds(self, pause: float, most: float) -> Iterator[int]:
        """One turn now, and one more after each pause, until the time is over."""
        for turn in range(max(1, int(most / pause))):
            if turn:
                self._sleep(pause)
            yield turn


def main(
    argv: Sequence[str] | None = None,
    az: Callable[..., object] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """0 it runs; 1 it does not, and the way out was said."""
    parser = argparse.ArgumentParser(description="Looks that a published app runs.")
    parser.add_argument("--app", required=True, metavar="NAME", help="the function app (output appName)")
    parser.add_argument("--workspace", metavar="ID", help="its logs (output logWorkspaceId); else looked for")
    parser.add_argument(
        "--any-version", action="store_true", help="whatever version runs, not this checkout's"
    )
    parser.add_argument("--wait", type=float, default=900, metavar="SECONDS", help="at most (default: 900)")
    given = parser.parse_args(argv)
    look = Look(given.app, az or Azure().call, sleep, given.wait)
    try:
        site = look.site()
        look.functions(site)
        print(f"listed: {', '.join(FUNCTIONS)}", flush=True)
        workspace = given.workspace or look.workspace(site)
        print(look.fetched(site, workspace, None if given.any_version else version()))
    except Failed as failed:
        print(f"Not running: {failed}", file=sys.stderr)
        return 1
    print("It runs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
