"""Where the rows come from: an export, a storage account, or the local stack that is running."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.data.tables import TableServiceClient
from azure.identity import DefaultAzureCredential

from local.report.arguments import Arguments
from local.report.rows import Row, Rows
from local.report.tables import read_tables
from local.stack_state import StackState, running

_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_ADDRESS = re.compile(r"https://[a-z0-9-]{3,60}\.table\.[a-z0-9.-]+/?")


class NothingToShow(ValueError):
    """No page can be made; the message says why, and the way out."""


def read(arguments: Arguments, now: dt.datetime | None = None) -> Rows:
    """The rows of the last `days`, newest first. Raises NothingToShow."""
    since = None
    if arguments.days is not None:
        since = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(days=arguments.days)
    rows = _read(arguments, since)
    if not rows.alerts:
        span = f" of the last {arguments.days} days" if arguments.days else ""
        raise NothingToShow(f"there are no alerts{span} in {rows.source}")
    return replace(rows, alerts=sorted(rows.alerts, key=_created, reverse=True))


def _created(row: Row) -> str:
    return str(row.get("CreatedTime", ""))


def _read(arguments: Arguments, since: dt.datetime | None) -> Rows:
    if arguments.export is not None:
        try:
            content = json.loads(arguments.export.read_text("utf-8"))
        except (OSError, ValueError) as err:
            raise NothingToShow(f"{arguments.export} cannot be read: {err}") from err
        return from_export(content, arguments.export.name, since)
    try:
        if arguments.account is not None:
            return read_tables(_account(arguments.account), f"the account {arguments.account}", since)
        stack = running()
        if stack is None:
            raise NothingToShow(
                "no local stack is running. Give --export FILE (from dev.py demo --export FILE), or "
                "--account NAME, or keep a stack up with dev.py demo --keep"
            )
        return read_tables(_stack(stack), "the local stack", since)
    except AzureError as err:
        raise NothingToShow(f"the tables cannot be read: {_why(err)}") from err


def _why(err: AzureError) -> str:
    """What the service or the sign-in said, in one line, and what may be missing."""
    said = str(err).splitlines()[0]
    refused = isinstance(err, HttpResponseError) and err.status_code in (401, 403)
    if refused or isinstance(err, ClientAuthenticationError):
        return f"{said} Sign in with `az login`; reading needs the role Storage Table Data Reader."
    return said


def from_export(content: Any, name: str, since: dt.datetime | None = None) -> Rows:
    """The rows of an export's JSON. Raises NothingToShow where it is something else."""
    lists = [content.get(name) for name in ("alerts", "events")] if isinstance(content, dict) else [None]
    if not all(isinstance(one, list) for one in lists):
        raise NothingToShow(f"{name} is not an export: it has no lists `alerts` and `events`")
    alerts = [row for row in content["alerts"] if isinstance(row, dict) and row.get("RowKey")]
    if since is not None:
        alerts = [row for row in alerts if _created(row) >= since.strftime("%Y-%m-%dT%H:%M:%S")]
    events: dict[str, list[Row]] = defaultdict(list)
    for row in content["events"]:
        if isinstance(row, dict):
            events[str(row.get("PartitionKey"))].append(row)
    listed = content.get("incidents")
    incidents = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return Rows(source=name, alerts=alerts, incidents=_with_alerts(incidents, alerts), events=dict(events))


def _with_alerts(incidents: list[Row], alerts: list[Row]) -> list[Row]:
    """Those that an alert here is in: an older one would stand in the list with nothing under it."""
    named = {row.get("IncidentId") for row in alerts}
    return [row for row in incidents if row.get("IncidentId") in named]


def _account(name: str) -> TableServiceClient:
    if _ACCOUNT.fullmatch(name):
        address = f"https://{name}.table.core.windows.net"
    elif _ADDRESS.fullmatch(name):
        address = name
    else:
        raise NothingToShow(
            f"{name!r} is no storage account: give its name, or its address as "
            "https://NAME.table.core.usgovcloudapi.net"
        )
    logging.getLogger("azure.identity").setLevel(logging.CRITICAL)  # it tells of each way that it tried
    return TableServiceClient(endpoint=address, credential=DefaultAzureCredential())


def _stack(stack: StackState) -> TableServiceClient:
    return TableServiceClient.from_connection_string(stack.connection_string, connection_verify=stack.ca)
