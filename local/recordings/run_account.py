"""Runs `dev.py recordings from-account` and says what was replaced, and whether the verdict stayed."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from azure.core.exceptions import AzureError
from rich.console import Console

from local.demo.show import labelled
from local.ops.target import NoTarget, Target, one_line, opened
from local.recordings.arguments import AccountArguments
from local.recordings.from_account import NamesLeft, Replaced, verdict_live, verdict_of, without_names
from local.recordings.gathering import Account, CallsSpent, Gathered, gather
from local.stack_state import StackState
from shared.adapters.clock import SystemClock
from shared.adapters.http import JsonApi
from shared.core.values import Instant
from shared.errors import AppError, NotFound


def run(arguments: AccountArguments, console: Console | None = None, state: StackState | None = None) -> int:
    """0 if the folder was written and its verdict is the same; 1 where the verdict is another, or the alert
    could not be had; 2 where there is no account."""
    console = console or Console(highlight=False)
    logging.getLogger("alerts").addHandler(logging.NullHandler())  # refusals are told below, each once
    try:
        with opened(arguments.where, state) as target:
            return _run(arguments, account_of(target), console)
    except NoTarget as err:
        return _failed(console, str(err), 2)
    except NotFound:
        return _failed(console, "the account has no alert of this id", 1)
    except (AppError, AzureError, CallsSpent, NamesLeft) as err:
        return _failed(console, one_line(err), 1)


def account_of(target: Target) -> Account:
    """What is asked of a target; its cache is passed by, so that the services themselves answer."""
    clouds = target.settings.endpoints
    api = JsonApi("defender", clouds.defender_url, clouds.defender_scope, target.tokens, clock=SystemClock())
    ports = target.ports
    return Account(ports.source, api, ports.hunter, ports.rules(), target.policy)


def _run(arguments: AccountArguments, account: Account, console: Console) -> int:
    now = Instant.of(SystemClock().now())
    gathered = gather(account, arguments.alert, now)
    replaced = without_names(gathered, secrets.token_bytes(32))
    replaced.write(arguments.out)
    _tell(console, arguments.out, gathered, replaced)
    true, recorded = (
        verdict_live(gathered, now, account.policy),
        verdict_of(arguments.out, now, account.policy),
    )
    if true == recorded:
        console.print(labelled("the same verdict:", "bold", recorded), soft_wrap=True)
    else:
        console.print(labelled("another verdict:", "bold red", recorded), soft_wrap=True)
        console.print(labelled("on the true answers:", "", true), soft_wrap=True)
    source = "" if replaced.source == "defender" else f" --source {replaced.source}"
    console.print(
        labelled("next:", "", f"python3 dev.py demo --data {arguments.out}{source}"), soft_wrap=True
    )
    console.print("Look through the folder before you give it to anybody.")
    return 0 if true == recorded else 1


def _tell(console: Console, out: Path, gathered: Gathered, replaced: Replaced) -> None:
    rows = sum(len(rows) for rows in replaced.rows.values())
    looked_up = sum(len(items) for items in replaced.entities.values())
    console.print(
        labelled(f"1 alert, {looked_up} look-ups, {rows} rows in {out}:", "bold", replaced.alert_id),
        soft_wrap=True,
    )
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(replaced.counts.items())) or "nothing"
    console.print(labelled("replaced:", "", counts), soft_wrap=True)
    if gathered.counted:
        counted = ", ".join(f"{count} of {table}" for table, count in gathered.counted.items())
        console.print(
            labelled("rows that hunting only counted, not recorded:", "yellow", counted), soft_wrap=True
        )


def _failed(console: Console, why: str, code: int) -> int:
    console.print(labelled("recordings:", "bold red", why), soft_wrap=True)
    return code
